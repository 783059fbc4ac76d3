//! Both roles watched: what a tap does with the bytes that pass it.
//!
//! ```text
//! client ──bytes──▶ ┌──────────┐ ──bytes──▶ server
//!                   │ Observer │  Message, Message, … Over
//! client ◀──bytes── └──────────┘ ◀──bytes── server
//! ```
//!
//! An observer knows only what has been said. It verifies what it can compute from that and reads past the rest.
//! Where it cannot follow any more it says why, once, and hands on bytes from there; after `secure` it sees lengths.

use std::collections::VecDeque;
use std::time::Duration;

use crate::session::{Ending, Input, Link, Misuse, Now, Output, Session, Setup, Violation};
use crate::{Convo, Role};

/// Watches one conversation.
#[derive(Debug)]
pub struct Observer {
    session: Session,
    sight: Sight,
    /// The client's empty datagram only opens the session: it is no message.
    opening: bool,
    /// What passed since the conversation cannot be followed.
    passed: VecDeque<(Role, Vec<u8>)>,
    /// What the output at hand shows.
    shown: Vec<u8>,
    violation: Option<Violation>,
}

/// What an observer sees.
#[derive(Debug)]
pub enum Observed<'a> {
    /// A message, whole and as the convo has it.
    Message {
        /// Who said it.
        from: Role,
        /// The message without its framing.
        text: &'a [u8],
    },
    /// The conversation is over in good order; what still passes comes as `Bytes`.
    Over(Ending),
    /// As `Over`, and the server itself stops.
    Stop,
    /// The conversation broke; what still passes comes as `Bytes`.
    Broke(&'a Violation),
    /// From this line of the convo on (from 1) only unsaid values tell what comes; it comes as `Bytes`.
    Lost {
        /// The convo's line.
        line: usize,
    },
    /// Bytes, as they passed.
    Bytes {
        /// Who sent them.
        from: Role,
        /// What one read delivered, one datagram, or what had not become a message yet.
        bytes: &'a [u8],
    },
    /// After `secure`: keys and encrypted blocks, of which only the length is seen.
    Sealed {
        /// Who sent them.
        from: Role,
        /// How many bytes.
        bytes: usize,
    },
    /// Nothing to see before the next input, or before this time (of [`Now::monotonic`]) if one is given.
    Wait(Option<Duration>),
}

/// How well an observer sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    Messages,
    Bytes,
    Lengths,
}

impl Observer {
    /// Watches a conversation from its beginning. Messages longer than `message_bytes_max` break it.
    pub fn new(convo: &Convo, link: Link, message_bytes_max: usize, now: Now) -> Self {
        let setup = Setup { message_bytes_max, trace: true, ..Setup::of(link, now) };
        Self {
            session: Session::new(convo.observer().clone(), setup),
            sight: Sight::Messages,
            opening: link == Link::Datagram && convo.program(Role::Server).speaks_first(),
            passed: VecDeque::new(),
            shown: Vec::new(),
            violation: None,
        }
    }

    /// Takes what one role sent, or its end. Call [`Observer::poll`] until `Wait` after each.
    ///
    /// # Errors
    /// [`Misuse`]: an input that only a role's own session has (an answer, what is kept, keys); nothing changed.
    pub fn hear(&mut self, now: Now, from: Role, input: Input<'_>) -> Result<(), Misuse> {
        if let Input::Datagram([]) = input
            && from == Role::Client
            && std::mem::take(&mut self.opening)
        {
            return Ok(());
        }
        self.opening &= from == Role::Server;
        match (self.sight, input) {
            (Sight::Messages, input) => self.session.overhear(now, from, input),
            (_, Input::Bytes(bytes) | Input::Datagram(bytes)) => {
                self.passed.push_back((from, bytes.to_vec()));
                Ok(())
            }
            (_, Input::End | Input::Reset | Input::Tick) => Ok(()),
            (
                _,
                Input::Answer(_)
                | Input::NoAnswer
                | Input::Found(_)
                | Input::Added(_)
                | Input::Untold(_)
                | Input::Heard { .. }
                | Input::Secured { .. },
            ) => Err(Misuse),
        }
    }

    /// What is to be seen next.
    pub fn poll(&mut self) -> Observed<'_> {
        if self.sight != Sight::Messages {
            return self.pass();
        }
        // An observer writes nothing: this stays empty.
        match self.session.poll(&mut Vec::new()) {
            Output::Message { from, text } => {
                self.shown.clear();
                self.shown.extend_from_slice(text);
                Observed::Message { from, text: &self.shown }
            }
            Output::Close(ending) => {
                self.follow_no_more(Sight::Bytes);
                Observed::Over(ending)
            }
            Output::Stop => {
                self.follow_no_more(Sight::Bytes);
                Observed::Stop
            }
            Output::Broke(violation) => {
                let violation = violation.clone();
                self.follow_no_more(Sight::Bytes);
                Observed::Broke(self.violation.insert(violation))
            }
            Output::Secure => {
                self.follow_no_more(Sight::Lengths);
                self.pass()
            }
            Output::Wait(until) => match self.session.lost() {
                Some(line) => {
                    self.follow_no_more(Sight::Bytes);
                    Observed::Lost { line }
                }
                None => Observed::Wait(until),
            },
            // An observer says, shows, asks and keeps nothing.
            Output::Connect
            | Output::Send { .. }
            | Output::Show(_)
            | Output::Ask(_)
            | Output::Refused(_)
            | Output::Look(_)
            | Output::Add(_)
            | Output::Join(_)
            | Output::Leave { .. }
            | Output::Tell(_)
            | Output::Unsaid(_) => Observed::Wait(None),
        }
    }

    /// What passed since the conversation cannot be followed.
    fn pass(&mut self) -> Observed<'_> {
        let Some((from, bytes)) = self.passed.pop_front() else { return Observed::Wait(None) };
        if self.sight == Sight::Lengths {
            return Observed::Sealed { from, bytes: bytes.len() };
        }
        self.shown = bytes;
        Observed::Bytes { from, bytes: &self.shown }
    }

    fn follow_no_more(&mut self, sight: Sight) {
        self.sight = sight;
        for from in [Role::Client, Role::Server] {
            self.passed.extend(self.session.unread(from).into_iter().map(|bytes| (from, bytes)));
        }
    }
}
