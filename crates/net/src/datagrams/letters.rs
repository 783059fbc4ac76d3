//! The datagrams of a peer that wait for its session: what the listener and the session share.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

/// Datagrams of one peer that wait for its session, which may wait for the disk; more are dropped.
const LETTERS_MAX: usize = 1024;
/// Bytes of all datagrams of a listener that wait for their sessions; more are dropped.
const LETTERS_BYTES_MAX: usize = 16 * 1024 * 1024;
/// What a waiting datagram costs beside its bytes, roughly.
const LETTER_BYTES: usize = 64;

/// The bytes of all datagrams of a listener that wait.
#[derive(Debug, Clone, Default)]
pub(crate) struct Space(Arc<AtomicUsize>);

impl Space {
    /// A datagram that takes its part of this space while it waits, if there is as much.
    pub(crate) fn letter(&self, bytes: &[u8]) -> Option<Letter> {
        let more = bytes.len() + LETTER_BYTES;
        if self.0.fetch_add(more, Ordering::Relaxed) + more > LETTERS_BYTES_MAX {
            self.0.fetch_sub(more, Ordering::Relaxed);
            return None;
        }
        Some(Letter { bytes: bytes.to_vec(), space: self.clone() })
    }
}

/// A datagram that waits for its session.
#[derive(Debug)]
pub(crate) struct Letter {
    pub(crate) bytes: Vec<u8>,
    space: Space,
}

impl Drop for Letter {
    fn drop(&mut self) {
        self.space.0.fetch_sub(self.bytes.len() + LETTER_BYTES, Ordering::Relaxed);
    }
}

/// Where a peer's datagrams wait. Clones are the same box. The listener runs the sessions, and lets one go on whenever it
/// has put something in: nobody has to be woken.
#[derive(Debug, Clone, Default)]
pub(crate) struct Letterbox(Arc<Mutex<Letters>>);

#[derive(Debug, Default)]
struct Letters {
    waiting: VecDeque<Letter>,
    /// The session has to end.
    displaced: bool,
}

impl Letterbox {
    fn letters(&self) -> MutexGuard<'_, Letters> {
        // Nothing is left half done under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a datagram in; it is lost where the box is full.
    pub(crate) fn put(&self, letter: Letter) {
        let mut letters = self.letters();
        if letters.waiting.len() < LETTERS_MAX {
            letters.waiting.push_back(letter);
        }
    }

    /// Comes with the next datagram.
    pub(crate) fn poll_next(&self) -> Poll<Letter> {
        self.letters().waiting.pop_front().map_or(Poll::Pending, Poll::Ready)
    }

    /// Ends the session, whatever it waits for.
    pub(crate) fn displace(&self) {
        self.letters().displaced = true;
    }

    /// Comes when the session has to end.
    pub(crate) fn poll_displaced(&self) -> Poll<()> {
        if self.letters().displaced { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Takes what was not heard, in order.
    pub(crate) fn empty(&self) -> VecDeque<Letter> {
        std::mem::take(&mut self.letters().waiting)
    }
}
