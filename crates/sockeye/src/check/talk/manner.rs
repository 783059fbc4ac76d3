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
    /// How long each message waits before it is written.
    pub(in super::super) slow: Option<Duration>,
    /// Before the how-manieth message it is told that it was reached, and then waited.
    pub(in super::super) hold: Option<(usize, Arc<Hold>)>,
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
    /// One after the other.
    pub(in super::super) bytes: Vec<u8>,
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
    /// Something else is written that has an answer.
    Odd(Vec<u8>),
    /// It is not written.
    Nothing,
}
