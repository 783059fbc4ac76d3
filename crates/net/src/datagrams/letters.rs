//! The datagrams of a peer that wait for its session: what the listener and the session's task share.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

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

/// Where a peer's datagrams wait. Clones are the same box.
#[derive(Debug, Clone, Default)]
pub(crate) struct Letterbox(Arc<Mutex<Letters>>);

#[derive(Debug, Default)]
struct Letters {
    waiting: VecDeque<Letter>,
    /// The session's task, where it waits for one.
    reader: Option<Waker>,
    state: State,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Open,
    /// The session has to end.
    Displaced,
    /// The session is over.
    Over,
}

impl Letterbox {
    fn letters(&self) -> MutexGuard<'_, Letters> {
        // Nothing is left half done under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a datagram in; it is lost where the box is full. It comes back where the session is over.
    pub(crate) fn put(&self, letter: Letter) -> Result<(), Letter> {
        let mut letters = self.letters();
        if letters.state == State::Over {
            return Err(letter);
        }
        if letters.waiting.len() < LETTERS_MAX {
            letters.waiting.push_back(letter);
        }
        letters.wake();
        Ok(())
    }

    /// Comes with the next datagram.
    pub(crate) fn poll_next(&self, cx: &Context<'_>) -> Poll<Letter> {
        let mut letters = self.letters();
        let letter = letters.waiting.pop_front();
        letter.map_or_else(|| letters.wait(cx), Poll::Ready)
    }

    /// Ends the session, whatever it waits for.
    pub(crate) fn displace(&self) {
        let mut letters = self.letters();
        letters.state = State::Displaced;
        letters.wake();
    }

    /// Comes when the session has to end.
    pub(crate) fn poll_displaced(&self, cx: &Context<'_>) -> Poll<()> {
        let mut letters = self.letters();
        if letters.state == State::Displaced { Poll::Ready(()) } else { letters.wait(cx) }
    }

    /// The session is over: takes what was not heard, in order, and no more comes.
    pub(crate) fn close(&self) -> VecDeque<Letter> {
        let mut letters = self.letters();
        letters.state = State::Over;
        std::mem::take(&mut letters.waiting)
    }
}

impl Letters {
    fn wait<T>(&mut self, cx: &Context<'_>) -> Poll<T> {
        match &mut self.reader {
            Some(reader) => reader.clone_from(cx.waker()),
            None => self.reader = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    fn wake(&self) {
        if let Some(reader) = &self.reader {
            reader.wake_by_ref();
        }
    }
}
