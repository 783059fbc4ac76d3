//! What a correct server does with bytes that no correct client may send.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::session::{Input, Link, Now, Output, Session, Violation};
use crate::{Convo, Role};

use super::house::House;
use super::rehearse::{BLOCK_BYTES_MAX, setup};

/// How long a chunk that may go on is waited for, with something to spare.
const SETTLE: Duration = Duration::from_secs(1);
/// Bytes of a message that is looked at cut everywhere, at most.
const CUTS_MAX: usize = 1_024;
/// Outputs of one turn, at most.
const OUTPUTS_MAX: usize = 100_000;

/// What a role did with the last of what it heard.
#[derive(Debug, Clone)]
pub enum Reaction {
    /// It said something; whether it then closed.
    Answers {
        /// What it said, framing included.
        bytes: Vec<u8>,
        /// Whether the conversation was over then.
        closes: bool,
    },
    /// It closed, or stopped, in good order and without a word.
    Closes,
    /// It waits for more.
    Waits,
    /// It broke the conversation off: what came fits nothing.
    Refuses(Violation),
}

/// Plays `role` alone: it hears each of `heard` in turn (what one read delivers, or a datagram) and is then given time.
/// `answers` are those of its person.
pub fn react(convo: &Convo, role: Role, link: Link, heard: &[Vec<u8>], answers: &[String]) -> Reaction {
    let mut alone = Alone::new(convo, role, link, answers);
    let mut last = alone.drain();
    for bytes in heard {
        alone.hear_message(bytes);
        last = alone.drain();
    }
    if matches!(last, Reaction::Waits) {
        alone.now += SETTLE;
        alone.hear(Input::Tick);
        last = alone.drain();
    }
    last
}

/// Whether a correct server may stop at `heard` (what each write delivered), wherever the last of it is cut: what begins like a
/// message after which it stops may be taken for that. Of more than `CUTS_MAX` bytes nothing is known, nor of what was
/// encrypted, and it may.
pub fn may_stop(convo: &Convo, link: Link, heard: &[Vec<u8>]) -> bool {
    let Some((last, before)) = heard.split_last() else { return false };
    let stops = |length: usize| {
        let mut alone = Alone::new(convo, Role::Server, link, &[]);
        before.iter().map(Vec::as_slice).chain([&last[..length]]).for_each(|bytes| {
            alone.hear_message(bytes);
            alone.drain();
            alone.now += SETTLE;
            alone.hear(Input::Tick);
            alone.drain();
        });
        alone.stopped
    };
    last.len() > CUTS_MAX || convo.program(Role::Server).secures() || (1..=last.len()).any(stops)
}

/// One role by itself.
pub(super) struct Alone {
    session: Session,
    pub(super) house: House,
    role: Role,
    link: Link,
    /// The convo's lines of what it has said.
    pub(super) lines: BTreeSet<usize>,
    /// It waits for the other side's key.
    needs_keys: bool,
    answers: Vec<String>,
    now: Duration,
    /// It has stopped, not only closed.
    stopped: bool,
}

impl Alone {
    pub(super) fn new(convo: &Convo, role: Role, link: Link, answers: &[String]) -> Self {
        let mut session = Session::new(Arc::clone(convo.program(role)), setup(link, 0));
        session.note_steps();
        Self {
            session,
            house: House::default(),
            role,
            link,
            lines: BTreeSet::new(),
            needs_keys: false,
            answers: answers.to_vec(),
            now: Duration::ZERO,
            stopped: false,
        }
    }

    /// What one read delivers, a datagram, or the text of an encrypted block.
    pub(super) fn hear_message(&mut self, bytes: &[u8]) {
        if std::mem::take(&mut self.needs_keys) {
            // Keys came before it.
            self.hear(Input::Secured { message_bytes_max: BLOCK_BYTES_MAX });
            self.drain();
        }
        let whole = self.link == Link::Datagram || self.session.is_secured();
        self.hear(if whole { Input::Datagram(bytes) } else { Input::Bytes(bytes) });
    }

    fn now(&self) -> Now {
        Now { monotonic: self.now, unix: 1_800_000_000 }
    }

    pub(super) fn hear(&mut self, input: Input<'_>) {
        let now = self.now();
        // What was not asked for is not told here.
        let _ = self.session.hear(now, input);
    }

    pub(super) fn drain(&mut self) -> Reaction {
        let mut out = Vec::new();
        let now = self.now();
        for _ in 0..OUTPUTS_MAX {
            match self.session.poll(&mut out) {
                Output::Wait(_) => break,
                Output::Secure => {
                    self.needs_keys = true;
                    break;
                }
                output @ (Output::Close(_) | Output::Stop) => {
                    self.stopped |= matches!(output, Output::Stop);
                    return if out.is_empty() {
                        Reaction::Closes
                    } else {
                        Reaction::Answers { bytes: out, closes: true }
                    };
                }
                Output::Broke(violation) => return Reaction::Refuses(violation.clone()),
                output @ (Output::Look(_)
                | Output::Add(_)
                | Output::Join(_)
                | Output::Leave { .. }
                | Output::Tell(_)) => {
                    if let Some(reply) = self.house.answer(&output) {
                        let _ = self.session.hear(now, reply.as_input());
                    }
                }
                // Who says what they like is not waited for.
                Output::Ask(ask) if ask.freely && self.answers.is_empty() => {}
                Output::Ask(_) => {
                    let answer = if self.answers.is_empty() { None } else { Some(self.answers.remove(0)) };
                    let _ = match &answer {
                        Some(answer) => self.session.hear(now, Input::Answer(answer)),
                        None => self.session.hear(now, Input::NoAnswer),
                    };
                }
                Output::Connect
                | Output::Send { .. }
                | Output::Show(_)
                | Output::Refused(_)
                | Output::Unsaid(_) => {}
                Output::Message { from, .. } => {
                    if from == self.role {
                        self.lines.extend(self.session.said().map(|(_, line)| line));
                    }
                }
            }
        }
        if out.is_empty() { Reaction::Waits } else { Reaction::Answers { bytes: out, closes: false } }
    }
}
