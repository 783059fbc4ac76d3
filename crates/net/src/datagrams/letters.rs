//! The datagrams of a peer that wait for its session.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

/// Datagrams of one peer that wait for its session, which may wait for the disk; more are dropped.
const LETTERS_MAX: usize = 1024;
/// Bytes of all datagrams of a listener that wait for their sessions; more are dropped.
const LETTERS_BYTES_MAX: usize = 16 * 1024 * 1024;
/// What a waiting datagram costs beside its bytes, roughly.
const LETTER_BYTES: usize = 64;

/// The bytes of all datagrams of a listener that wait.
#[derive(Debug, Clone, Default)]
pub(crate) struct Space(Rc<Cell<usize>>);

impl Space {
    /// A datagram that takes its part of this space while it waits, if there is as much.
    pub(crate) fn letter(&self, bytes: &[u8]) -> Option<Letter> {
        let taken = self.0.get() + bytes.len() + LETTER_BYTES;
        if taken > LETTERS_BYTES_MAX {
            return None;
        }
        self.0.set(taken);
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
        self.space.0.set(self.space.0.get() - self.bytes.len() - LETTER_BYTES);
    }
}

/// A peer's datagrams that wait, in order.
#[derive(Debug, Default)]
pub(crate) struct Letters(VecDeque<Letter>);

impl Letters {
    /// Puts a datagram in; it is lost where too many wait.
    pub(crate) fn put(&mut self, letter: Letter) {
        if self.0.len() < LETTERS_MAX {
            self.0.push_back(letter);
        }
    }

    pub(crate) fn next(&mut self) -> Option<Letter> {
        let next = self.0.pop_front()?;
        if self.0.is_empty() {
            self.0 = VecDeque::new();
        }
        Some(next)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
