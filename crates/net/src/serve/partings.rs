//! Connections that are closed on our side, until the other side closes its own.
//!
//! A socket closed with unread bytes in it is reset, and a reset destroys our last answer on its way. So each is kept for
//! a moment, and what still comes is read past. Nobody is woken for one: two are looked at whenever another is added, and
//! all of them a few times a second.

use std::collections::VecDeque;
use std::future::pending;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::time::Duration;

use rustix::net::{RecvFlags, recv};
use tokio::time::{Instant, Sleep, sleep};

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
    /// When all are looked at next; set by the first.
    timer: Option<Pin<Box<Sleep>>>,
}

#[derive(Debug)]
struct Parting {
    socket: OwnedFd,
    until: Instant,
    /// So many bytes are still read past.
    bytes_left: usize,
}

impl Extend<OwnedFd> for Partings {
    fn extend<T: IntoIterator<Item = OwnedFd>>(&mut self, sockets: T) {
        for socket in sockets {
            let now = Instant::now();
            self.look_at(2, now);
            if self.kept.len() == PARTINGS_MAX {
                self.kept.pop_front();
            }
            self.kept.push_back(Parting { socket, until: now + PARTING_MAX, bytes_left: PARTING_BYTES_MAX });
        }
    }
}

impl Partings {
    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Comes when all were looked at; while there are none, never. Cancel safe.
    pub(super) async fn look(&mut self) {
        if self.is_empty() {
            pending::<()>().await;
        }
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(LOOK_EVERY)));
        timer.as_mut().await;
        let now = Instant::now();
        timer.as_mut().reset(now + LOOK_EVERY);
        self.look_at(self.kept.len(), now);
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
        let mut bytes = [0; READ_BYTES];
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
