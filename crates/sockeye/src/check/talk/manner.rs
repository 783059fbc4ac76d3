//! How what a session says is written: cut, glued, doubled, held back, broken off.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

/// How what a session says is written.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Manner {
    /// Where the segments of a message end, by message.
    pub(in super::super) cuts: Vec<(usize, Vec<usize>)>,
    /// Each byte is a segment.
    pub(in super::super) bytewise: bool,
    /// Written at once, as one segment, when the first of it is said.
    pub(in super::super) ahead: Option<Ahead>,
    /// Written instead of messages.
    pub(in super::super) instead: Vec<(usize, Vec<u8>)>,
    /// Our sending side is closed after so many messages.
    pub(in super::super) half_close_after: Option<usize>,
    /// A message is written twice.
    pub(in super::super) double: Option<usize>,
    /// This is done at the how-manieth message, instead of it.
    pub(in super::super) break_off: Option<(usize, Break)>,
    /// This is done with our key, where keys are exchanged.
    pub(in super::super) key: Option<Keying>,
    /// How long each message waits before it is written.
    pub(in super::super) slow: Option<Duration>,
    /// Before the how-manieth message it is told that it was reached, and then waited.
    pub(in super::super) hold: Option<(usize, Arc<Hold>)>,
}

impl Manner {
    /// How the conversation is broken off on purpose, if it is.
    pub(in super::super) fn breaks_off(&self) -> Option<&Break> {
        match (&self.break_off, &self.key) {
            (Some((_, how)), _) | (None, Some(Keying::BreakOff(how))) => Some(how),
            _ => None,
        }
    }
}

/// How our key is written.
#[derive(Debug, Clone)]
pub(in super::super) enum Keying {
    /// In segments that end here.
    Cut(Vec<usize>),
    /// In one segment with the message after it.
    Glued,
    /// Instead of it the conversation is broken off.
    BreakOff(Break),
}

/// A conversation that stands still until others are done.
#[derive(Debug, Default)]
pub(in super::super) struct Hold {
    /// It stands still now.
    pub(in super::super) reached: Notify,
    /// It goes on.
    pub(in super::super) go: Notify,
    /// It stands still after half of its message.
    pub(in super::super) in_message: bool,
}

/// Bytes written before they are said: what the program said meanwhile is not waited for.
#[derive(Debug, Clone)]
pub(in super::super) struct Ahead {
    /// The message with which they begin.
    pub(in super::super) first: usize,
    /// What is said in each write, one after the other.
    pub(in super::super) writes: Vec<Vec<u8>>,
    /// Of the last one only the half.
    pub(in super::super) half: bool,
}

/// How a conversation is broken off on purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Break {
    /// Half of the message, then a reset.
    Reset,
    /// Half of the message, then a close.
    Close,
    /// Something else is written, and it is seen what comes.
    Strange(Vec<u8>),
    /// The same, as it is: after an exchange of keys it is no block.
    Raw(Vec<u8>),
    /// Something else is written that has an answer.
    Odd(Vec<u8>),
    /// It is not written.
    Nothing,
}
