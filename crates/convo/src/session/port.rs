//! What goes into a session and what comes out of it.

use std::sync::Arc;
use std::time::Duration;

use super::Presets;
use crate::Role;

/// The longest message that is accepted or sent unless said, bytes.
const MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// The time at which something happened. The caller reads the clocks, never this crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// A clock that never goes back, since any fixed moment of the caller's choice.
    pub monotonic: Duration,
    /// Seconds since 1970-01-01T00:00:00Z, for the language's `now`.
    pub unix: u64,
}

/// How the peer is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// A byte stream: TCP, a Unix stream socket.
    Stream,
    /// Datagrams: UDP.
    Datagram,
}

/// What a session starts with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Stream or datagrams.
    pub link: Link,
    /// The peer's address as the language's `peer` shows it. Used where [`crate::Program::needs_peer`].
    pub peer: String,
    /// `--set name=value`: answers to top `given`s of this role, read for its program.
    pub presets: Presets,
    /// Seeds `random`.
    pub seed: u64,
    /// The longest message accepted or sent, bytes.
    pub message_bytes_max: usize,
    /// How long this role waits for its peer: the server's `idle`, the client's `--timeout`.
    pub patience: Option<Duration>,
    /// Whether each message is reported as [`Output::Message`].
    pub trace: bool,
    /// The time of the session's start.
    pub now: Now,
}

impl Setup {
    /// What a session starts with of which nothing more is said: no peer, nothing set, 0 as the seed, messages of up to
    /// 64 KiB, no patience, no trace.
    pub fn of(link: Link, now: Now) -> Self {
        Self {
            link,
            peer: String::new(),
            presets: Presets::default(),
            seed: 0,
            message_bytes_max: MESSAGE_BYTES_MAX,
            patience: None,
            trace: false,
            now,
        }
    }
}

/// What happened outside, told to [`crate::Session::hear`].
#[derive(Debug)]
pub enum Input<'a> {
    /// What one read of a stream delivered.
    Bytes(&'a [u8]),
    /// One datagram, or one decrypted block.
    Datagram(&'a [u8]),
    /// The peer will send no more (end of stream).
    End,
    /// The connection was reset, or sending to the peer failed.
    Reset,
    /// Time passed: the deadline of [`Output::Wait`] may be over.
    Tick,
    /// Our person's answer to [`Output::Ask`].
    Answer(&'a str),
    /// Our person will answer nothing more: this role leaves.
    NoAnswer,
    /// What [`Output::Look`] asked for.
    Found(Found<'a>),
    /// [`Output::Add`] is done, or why it could not be.
    Added(Result<u64, &'a str>),
    /// The [`Output::Tell`] that was put out last could not be done, and why. Where it can, nothing is said.
    Untold(&'a str),
    /// A line told in a room in which this session is.
    Heard {
        /// The room's name.
        room: &'a str,
        /// The line.
        line: &'a [u8],
    },
    /// [`Output::Secure`] is done; the longest message one block carries, bytes.
    Secured {
        /// Bytes of plain text.
        message_bytes_max: usize,
    },
}

/// What the caller has to do next.
#[derive(Debug)]
pub enum Output<'a> {
    /// Client only, once: the values needed before connecting are there. Connect now.
    Connect,
    /// What was appended to `out` until now is to be written: one write where the framing is `chunk` or
    /// `counted`, one datagram, or one block to encrypt. Streams of other framings coalesce: their bytes lie in
    /// `out` when `Wait` (or any other output) comes.
    Send {
        /// Keep this write apart from the one before it by the framing's gap.
        apart: bool,
    },
    /// A line for our person's terminal.
    Show(&'a str),
    /// Ask our person; comes back as [`Input::Answer`] or [`Input::NoAnswer`].
    Ask(Ask<'a>),
    /// The last answer cannot be taken; an `Ask` follows.
    Refused(&'a Refusal),
    /// With [`Setup::trace`]: a message was sent or received.
    Message {
        /// Who said it.
        from: Role,
        /// The message without its framing.
        text: &'a [u8],
    },
    /// Look into a kept list; comes back as [`Input::Found`].
    Look(Look<'a>),
    /// Put something into a kept list; comes back as [`Input::Added`].
    Add(Add<'a>),
    /// Enter a room: what is told there from now on comes as [`Input::Heard`], first what it kept.
    Join(Join<'a>),
    /// Leave a room.
    Leave {
        /// The room's name.
        room: &'a str,
    },
    /// Tell a line to all others in a room.
    Tell(Tell<'a>),
    /// A message to this role's peer was not said, for it would not be read back as what it is; the session goes on.
    Unsaid(&'a str),
    /// Exchange keys (the client first); comes back as [`Input::Secured`]. From then on each message is one block.
    Secure,
    /// Nothing to do before the next input, or before this time (of [`Now::monotonic`]) if one is given.
    Wait(Option<Duration>),
    /// Over in good order: write what is in `out`, shut down our side, close.
    Close(Ending),
    /// As `Close`, and the server itself stops.
    Stop,
    /// The conversation broke: close.
    Broke(&'a Violation),
}

/// A question to our person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask<'a> {
    /// The prompt; empty where a whole line is the message (`on C:` played by the client).
    pub prompt: &'a str,
    /// The word that makes this role leave. The session itself compares with it.
    pub until: Option<&'a str>,
    /// What can be answered, for a hint: a type's name, or the alternatives.
    pub expects: &'a str,
    /// Asked in `freely`: whatever is answered, it is asked again.
    pub freely: bool,
}

/// Why an answer was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It does not parse as the type, or fits none of the alternatives: ask again at a terminal, an error elsewhere.
    Unfit(String),
    /// It cannot be said here (too long for one encrypted block): the session asks again in any case.
    Unsayable(String),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unfit(why) | Self::Unsayable(why) => f.write_str(why),
        }
    }
}

/// A question to a kept list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look<'a> {
    /// Begin a reading of the list as it is now, from a number on: the first page comes as [`Found::Items`].
    Begin {
        /// The list's name.
        list: &'a str,
        /// Which reading it is, a small number: a further `Begin` with it gives the earlier one up.
        reading: usize,
        /// The number of the first item wanted; items before it are passed over.
        from: u64,
    },
    /// The next page of a reading.
    More {
        /// Which.
        reading: usize,
    },
    /// The text under a key, as [`Found::Text`].
    Key {
        /// The list's name.
        list: &'a str,
        /// The key.
        key: &'a str,
    },
    /// How many items there are, as [`Found::Count`].
    Count {
        /// The list's name.
        list: &'a str,
    },
    /// Who is in a room, as [`Found::Members`].
    Members {
        /// The room's name.
        room: &'a str,
    },
}

/// A room to enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Join<'a> {
    /// The room's name.
    pub room: &'a str,
    /// The name under which others find this session there.
    pub name: &'a str,
    /// Lines that the room keeps for those who come later.
    pub keep: usize,
}

/// Something to tell in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tell<'a> {
    /// The room's name.
    pub room: &'a str,
    /// The line.
    pub line: &'a [u8],
    /// Lines that the room keeps for those who come later.
    pub keep: usize,
}

/// An answer to [`Look`].
#[derive(Debug, Clone, Copy)]
pub enum Found<'a> {
    /// Some items in order; `more` if others follow.
    Items {
        /// A page of the list.
        items: &'a Arc<[Arc<Item>]>,
        /// Whether [`Look::More`] finds more.
        more: bool,
    },
    /// The text under the key, if there is one.
    Text(Option<&'a str>),
    /// The number of items.
    Count(u64),
    /// The names of those in the room, in the order in which they came.
    Members(&'a [String]),
}

/// Something to put into a kept list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Add<'a> {
    /// The list's name.
    pub list: &'a str,
    /// The key under which it replaces what was there; without one it goes last.
    pub key: Option<&'a str>,
    /// The text.
    pub text: &'a str,
    /// The sender's address.
    pub from: &'a str,
    /// When, in seconds since 1970.
    pub at: u64,
}

/// One item of a kept list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its number, from 1.
    pub seq: u64,
    /// What was added.
    pub text: String,
    /// Its key: the one given, or its number.
    pub key: String,
    /// The sender's address, `127.0.0.1:5000`.
    pub from: String,
    /// When it was added, in seconds since 1970.
    pub at: u64,
}

/// How a conversation ended in good order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// All was said.
    Done,
    /// This role left where the text lets it.
    WeLeft,
    /// The peer left where the text lets it.
    PeerLeft,
    /// The server waited longer than `idle`.
    Idle,
}

/// How a conversation broke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What went wrong.
    pub kind: ViolationKind,
    /// The convo's line at which it happened, from 1; 0 where there is none.
    pub line: usize,
    /// The whole explanation, one line: what was expected, what came.
    pub text: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// Kinds of [`Violation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViolationKind {
    /// A message that fits nothing expected here.
    Unexpected,
    /// A verified value differed.
    Differs,
    /// The peer closed where it may not.
    Closed,
    /// The connection was reset where the peer may not leave.
    Reset,
    /// The peer was silent too long (the client's `--timeout`).
    Silent,
    /// A message longer than the limit.
    TooLong,
    /// The server said that it is busy.
    Busy,
    /// Our own fault: a value that cannot be sent so that it is read back, a division by zero, a store that failed.
    Ours,
}

/// [`crate::Session::new`] was given a value that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SetupError(pub String);

/// The caller told a session something that it did not ask for (an `Answer` without an `Ask`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the session waits for something else than this input")]
pub struct Misuse;
