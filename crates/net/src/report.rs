//! What became of a session.

use std::time::Duration;

use convo::{Ending, Violation};

use crate::{SecureError, StoreError};

/// Messages and bytes in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Messages of the convo.
    pub messages: u64,
    /// Bytes on the wire, keys and framing included.
    pub bytes: u64,
}

/// What became of a session. `Display` of [`Report::end`] says why it ended.
#[derive(Debug)]
pub struct Report {
    /// What we said.
    pub sent: Tally,
    /// What the peer said.
    pub received: Tally,
    /// From opening to the end. A server's session counts turns of its engine as moments: one that begins and ends within
    /// a turn takes no time.
    pub lasted: Duration,
    /// Why it ended.
    pub end: End,
}

/// Why a session ended.
#[derive(Debug, thiserror::Error)]
pub enum End {
    /// In good order.
    #[error("{}", ending_text(*.0))]
    Done(Ending),
    /// In good order, by `stop`.
    #[error("the convo said stop")]
    Stop,
    /// The conversation broke. A client maps [`convo::ViolationKind::Silent`] to its own exit code.
    #[error("{0}")]
    Broke(Violation),
    /// [`crate::Answer::GiveUp`] or [`crate::Again::GiveUp`], with its explanation.
    #[error("{0}")]
    GaveUp(String),
    /// The peer took nothing of what we sent for this long.
    #[error("the peer read nothing for {} s", .0.as_secs())]
    Stalled(Duration),
    /// The peer did not read what it was to hear in a room, and was put out of it.
    #[error("the peer did not read what was told in its room")]
    Overrun,
    /// The system cannot watch one more connection.
    #[error("the system cannot watch this connection: {0}")]
    Unwatched(std::io::Error),
    /// No address of the UDP server called took a datagram: names the one tried last, and what the system said of it. A
    /// network error.
    #[error("cannot reach {0}")]
    Unreachable(String),
    /// The store did not say what it holds.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// Keys or blocks were wrong.
    #[error("{0}")]
    Secure(#[from] SecureError),
    /// A UDP session whose peer was heard only once gave its place to a new peer.
    #[error("a new peer took its place")]
    Displaced,
    /// The server ended while the session was under way.
    #[error("the server ended")]
    Cut,
    /// Our own fault: the session panicked.
    #[error("an error inside the program ended the session: please report it")]
    Panicked,
}

fn ending_text(ending: Ending) -> &'static str {
    match ending {
        Ending::Done => "all was said",
        Ending::WeLeft => "we left",
        Ending::PeerLeft => "the peer left",
        Ending::Idle => "the peer was idle",
    }
}
