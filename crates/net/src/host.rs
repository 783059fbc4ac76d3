//! What the program does for sessions: their person, their log lines.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use convo::{Ask, Link, Refusal, Role};

use crate::{Address, PeerAddress, Report};

/// Which session this is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Counts the sessions of this process, from 1.
    pub number: u64,
    /// The convo's name, as the program gave it.
    pub convo: Arc<str>,
    /// Which role we play.
    pub role: Role,
    /// Stream or datagrams.
    pub link: Link,
    /// For a server: the listener's address. For a client: the address called.
    pub address: Arc<Address>,
    /// The peer. For a client before it is connected: the address called.
    pub peer: PeerAddress,
}

/// Our person's answer to an [`Ask`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// This text.
    Text(String),
    /// There is nobody (any more) who answers: this role leaves, where the convo lets it.
    Gone,
    /// The session cannot go on: it ends as [`crate::End::GaveUp`] with this explanation.
    GiveUp(String),
}

/// What to do when an answer was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Again {
    /// Ask the same again.
    Ask,
    /// The session ends as [`crate::End::GaveUp`] with this explanation.
    GiveUp(String),
}

/// A pending answer. It is dropped, unanswered, when its session ends: what a person types then belongs to the next
/// question.
pub type Asking = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Something the log should say, that belongs to no [`Report`].
#[derive(Debug, thiserror::Error)]
pub enum Warning {
    /// `accept` failed; the listener pauses for a moment and goes on. At most one in ten seconds a listener.
    #[error("{listener} cannot accept connections just now ({error}), and tries again every {} ms{}", pause.as_millis(), files(error))]
    Accept {
        /// The listener's address.
        listener: Address,
        /// What the system said.
        error: std::io::Error,
        /// Until it tries again.
        pause: Duration,
    },
    /// Receiving from a UDP socket failed; the listener goes on. At most one in ten seconds a listener.
    #[error("{listener} cannot receive just now: {error}")]
    Receive {
        /// The listener's address.
        listener: Address,
        /// What the system said.
        error: std::io::Error,
    },
    /// A UDP listener's table of peers is full of peers that are in the middle of a conversation: datagrams of others
    /// are dropped. At most one in ten seconds a listener.
    #[error("{listener} talks to {peers} peers already: datagrams of further ones are dropped")]
    Crowded {
        /// The listener's address.
        listener: Address,
        /// How many peers the table holds.
        peers: usize,
    },
    /// The peer's RSA key is shorter than what is held to be safe.
    #[error("the peer's RSA key has {bits} bits: under 2048 it is no longer held to be safe")]
    WeakKey {
        /// Its length.
        bits: usize,
    },
    /// Something heard in a room could not be said to this session's peer; the session goes on without it.
    #[error("{0}")]
    Unsaid(String),
    /// Something could not be kept or told. An error: it is the server's own, and somebody has to look after it.
    #[error("{0}")]
    Refused(String),
    /// NATS does not let us in, or do something.
    #[error("NATS at {place} says: {why}")]
    NatsSays {
        /// The servers.
        place: String,
        /// What it says.
        why: String,
    },
    /// The connection to NATS is lost; the store connects again and again.
    #[error(
        "the connection to NATS at {place} is lost; what cannot be kept or told until it is back is refused"
    )]
    NatsLost {
        /// The servers.
        place: String,
    },
    /// The connection to NATS is back.
    #[error("the connection to NATS at {place} is back")]
    NatsBack {
        /// The servers.
        place: String,
    },
    /// Lines told in rooms while the connection to NATS was lost are no longer there.
    #[error(
        "{lines} lines of the rooms of {convo} were told while the connection to NATS was lost, and are gone"
    )]
    Missed {
        /// The convo's name.
        convo: Arc<str>,
        /// How many.
        lines: u64,
    },
    /// The stream of a convo's rooms was made anew: what was told before is no longer there.
    #[error("NATS lost what was told in the rooms of {convo}: what was not heard before is gone")]
    Anew {
        /// The convo's name.
        convo: Arc<str>,
    },
    /// The convo said `stop`, and may not stop this server.
    #[error(
        "the convo says `stop`, which ends only this session: not every listener is on loopback (--allow-stop lets it)"
    )]
    StopRefused,
}

/// What to do about an error that says that there are too many open files.
fn files(error: &std::io::Error) -> &'static str {
    use rustix::io::Errno;
    match Errno::from_io_error(error) {
        Some(Errno::MFILE) => "; let this process have more open files with `ulimit -n`",
        _ => "",
    }
}

/// What the program does for sessions. Calls come from the thread that runs them, which for a server is one for all: they
/// must not block for long.
pub trait Host: Send + Sync + 'static {
    /// A session began: a server accepted it, a client is connected.
    fn opened(&self, about: &About);

    /// A session that was `opened` is over. Comes exactly once, also when the session panicked.
    fn closed(&self, about: &About, report: &Report);

    /// A client beyond the convo's `limit` was told that the server is busy. Neither opened nor closed follow.
    fn busy(&self, about: &About);

    /// A line for our person (`C>`, `S>`), without its newline.
    fn show(&self, about: &About, line: &str);

    /// Whether sessions report each message. Asked once a session, when it begins.
    fn traces(&self) -> bool;

    /// A message was said by `from`. Only where [`Host::traces`].
    fn message(&self, about: &About, from: Role, text: &[u8]);

    /// Asks our person. What the future needs of `ask` it has to copy. A server's sessions whose convo asks are run one
    /// at a time; a client has one session.
    fn ask(&self, about: &About, ask: Ask<'_>) -> Asking;

    /// The last answer cannot be taken. After [`Again::Ask`] the same question is asked by [`Host::ask`].
    fn refused(&self, about: &About, refusal: &Refusal) -> Again;

    /// Something for the log, about a session if `about` is given.
    fn warn(&self, about: Option<&About>, warning: &Warning);
}
