//! Connections that are closed on our side, until the other side closes its own.
//!
//! A socket closed with unread bytes in it is reset, and a reset destroys our last answer on its way. So each is kept for
//! a moment, and what still comes is read past. Nobody is woken for one: two are looked at whenever another is added, and
//! all of them some times a second.

use std::collections::VecDeque;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::net::{RecvFlags, recv};
use tokio::time::Instant;

use crate::clock::turn;
use crate::stream::{PARTING_BYTES_MAX, PARTING_MAX};

/// How often all are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// So many are kept; of more the oldest are closed.
const PARTINGS_MAX: usize = 4096;
/// One read takes up to so many bytes.
const READ_BYTES: usize = 1024;

/// The connections, the oldest first, but for those that were looked at since.
#[derive(Debug, Default)]
pub(super) struct Partings {
    kept: VecDeque<Parting>,
    /// When all are looked at next.
    due: Option<Instant>,
}

#[derive(Debug)]
struct Parting {
    socket: OwnedFd,
    until: Instant,
    /// So many bytes are still read past.
    bytes_left: usize,
}

impl Partings {
    /// Keeps a connection that is closed on our side.
    pub(super) fn keep(&mut self, socket: OwnedFd) {
        let now = turn();
        self.look_at(2, now);
        if self.kept.len() == PARTINGS_MAX {
            self.kept.pop_front();
        }
        self.due.get_or_insert(now + LOOK_EVERY);
        self.kept.push_back(Parting { socket, until: now + PARTING_MAX, bytes_left: PARTING_BYTES_MAX });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// When [`Partings::look`] is to be called.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Looks at all, if it is time.
    pub(super) fn look(&mut self, now: Instant) {
        if self.due.is_some_and(|due| due <= now) {
            self.look_at(self.kept.len(), now);
            self.due = (!self.is_empty()).then_some(now + LOOK_EVERY);
        }
    }

    /// Closes those among the first `count` that are over.
    fn look_at(&mut self, count: usize, now: Instant) {
        for _ in 0..count.min(self.kept.len()) {
            if let Some(mut parting) = self.kept.pop_front()
                && parting.goes_on(now)
            {
                self.kept.push_back(parting);
            }
        }
    }
}

impl Parting {
    /// Whether the other side may still send, after what there is was read past.
    fn goes_on(&mut self, now: Instant) -> bool {
        let mut bytes = [MaybeUninit::uninit(); READ_BYTES];
        while self.bytes_left > 0 && now < self.until {
            match recv(&self.socket, &mut bytes, RecvFlags::DONTWAIT) {
                Ok((_, length @ 1..)) => self.bytes_left = self.bytes_left.saturating_sub(length),
                Err(rustix::io::Errno::AGAIN) => return true,
                Ok((_, 0)) | Err(_) => return false,
            }
        }
        false
    }
}
