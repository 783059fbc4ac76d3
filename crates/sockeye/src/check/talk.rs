//! One conversation with the program: a session says what to write and judges what comes; the manner says how it is
//! written.
//!
//! ```text
//! session ──bytes──▶ manner ──segments──▶ program
//!         ◀──────── what comes ─────────
//! ```

mod keys;
mod manner;
mod talker;
mod writing;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use convo::cases::{Cutting, House, Rehearsal, Said};
use convo::{Convo, Ending, Link, Now, Presets, Role, Session, Setup, Violation};
use net::{Keys, Probe};
use tokio::time::Instant;

use super::case::Way;
use super::program::Program;
use super::trace::Trace;
pub(super) use manner::{Ahead, Break, Hold, Keying, Manner};
use talker::Talker;
pub(super) use writing::settle;

/// The longest message in a check, bytes.
pub(super) const MESSAGE_BYTES_MAX: usize = 128 * 1024;

/// How a conversation went.
#[derive(Debug)]
pub(super) struct Talk {
    pub(super) end: End,
    /// Messages of ours that were written.
    pub(super) sent: usize,
    /// What the program said, each message without its framing.
    pub(super) heard: Vec<Vec<u8>>,
    /// The convo's lines of that.
    pub(super) lines: BTreeSet<usize>,
    /// What our person would have seen.
    pub(super) shows: Vec<String>,
    /// The program's end was heard.
    pub(super) they_ended: bool,
    /// Where we stood, as the program sees it.
    pub(super) ours: Option<SocketAddr>,
    /// Whether a client that had said all waited in vain for the server to close.
    pub(super) left_open: bool,
}

/// The end of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// In good order.
    Good(Ending),
    /// In good order, and the server stops.
    Stop,
    /// What came, or did not come, is not what the convo says.
    Broke(Violation),
    /// Broken off on purpose.
    BrokenOff(Aftermath),
    /// The program did not take what we wrote.
    Lost(String),
    /// Our part could not be played.
    NotPlayed(String),
}

/// What came after something strange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Aftermath {
    /// Nothing was waited for.
    Unwatched,
    /// It answered.
    Answered(Vec<u8>),
    /// It closed.
    Closed,
    /// It reset the connection.
    Reset,
    /// Nothing came for a while.
    Silence,
}

/// A line that is typed after so many messages of ours and of the program's.
pub(super) type Typed = (u64, u64, String);

/// What one conversation needs.
pub(super) struct Part<'a> {
    pub(super) convo: &'a Convo,
    /// Whose part we play.
    pub(super) role: Role,
    pub(super) link: Link,
    /// What is said, and what our persons answer.
    pub(super) way: &'a Way,
    pub(super) manner: &'a Manner,
    /// How long each answer may take.
    pub(super) patience: Duration,
    pub(super) keys: Keys,
    pub(super) seed: u64,
    /// What is typed at the program's terminal, and when: after so many messages of ours and of its.
    pub(super) typing: Vec<Typed>,
    /// After so many messages of ours and of its the program's input ends.
    pub(super) ends_typing: Option<(u64, u64)>,
    /// What the program should show before that, where it may leave as soon as its input ends.
    pub(super) shows: Vec<String>,
}

/// Whether each message on a way is told by its write: the framing is `chunk`, or they are encrypted.
fn is_whole(rehearsal: &Rehearsal) -> bool {
    let whole = |said: &Said| matches!(said.cutting, Cutting::Chunk | Cutting::Secured);
    !rehearsal.said.is_empty() && rehearsal.said.iter().all(whole)
}

impl<'a> Part<'a> {
    /// The times at which the program's person answers, by a rehearsal.
    pub(super) fn typing_of(role: Role, rehearsal: &Rehearsal) -> Vec<Typed> {
        let (asked, answers) = match role {
            Role::Client => (&rehearsal.server_asked, &rehearsal.answered.server),
            Role::Server => (&rehearsal.client_asked, &rehearsal.answered.client),
        };
        // What the program has said is what we have heard.
        asked.iter().zip(answers).map(|(&(said, heard), line)| (heard, said, line.clone())).collect()
    }

    /// Has the conversation.
    pub(super) async fn talk(
        self,
        probe: &mut Probe,
        program: Option<&mut Program>,
        trace: &mut Trace,
    ) -> Talk {
        let setup = Setup {
            link: self.link,
            peer: "127.0.0.1:1".to_owned(),
            presets: Presets::default(),
            seed: self.seed,
            message_bytes_max: MESSAGE_BYTES_MAX,
            patience: Some(self.patience),
            trace: true,
            now: Now { monotonic: Duration::ZERO, unix: unix_now() },
        };
        let session = Session::new(Arc::clone(self.convo.program(self.role)), setup);
        let answers = match self.role {
            Role::Client => &self.way.answers.client,
            Role::Server => &self.way.answers.server,
        };
        Talker {
            session,
            answers: answers.iter().cloned().collect(),
            whole: is_whole(&self.way.rehearsal),
            typing: self.typing.iter().cloned().collect(),
            begun: Instant::now(),
            paused: Duration::ZERO,
            skipped: Duration::ZERO,
            house: House::new(self.way.rehearsal.around),
            asked_freely: false,
            answered: 0,
            done_at: None,
            ahead: Vec::new(),
            held: Vec::new(),
            key: Vec::new(),
            borders: Vec::new(),
            apart: false,
            talk: Talk::of(End::NotPlayed(String::new())),
            part: self,
            probe,
            program,
            trace,
        }
        .run()
        .await
    }
}

impl Talk {
    pub(super) fn of(end: End) -> Self {
        Self {
            end,
            sent: 0,
            heard: Vec::new(),
            lines: BTreeSet::new(),
            shows: Vec::new(),
            they_ended: false,
            ours: None,
            left_open: false,
        }
    }

    /// With another conversation after it, as if they were one.
    pub(super) fn and(mut self, next: Self) -> Self {
        self.heard.extend(next.heard);
        self.lines.extend(next.lines);
        self.shows.extend(next.shows);
        Self { sent: self.sent + next.sent, heard: self.heard, lines: self.lines, shows: self.shows, ..next }
    }

    /// The violation that it ended with.
    pub(super) fn violation(&self) -> Option<&Violation> {
        match &self.end {
            End::Broke(violation) => Some(violation),
            _ => None,
        }
    }
}

fn unix_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
