//! The conversation itself: what the session says is written, what comes is heard, what its person answers is typed.

use std::collections::VecDeque;
use std::time::Duration;

use convo::cases::House;
use convo::{Ending, Input, Link, Now, Output, Role, Session, Violation, ViolationKind};
use net::{Heard, Probe};
use tokio::time::Instant;

use super::super::program::Program;
use super::super::trace::{Event, Trace};
use super::{End, Part, Talk, settle, unix_now};

/// A client that says nothing for this part of the patience may ask for more before it speaks.
const ASKS_ON_PART: u32 = 4;

/// How often it is looked whether a program has shown all.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Messages of one conversation; a program that says more never comes to an end.
const HEARD_MAX: usize = 100_000;

/// A conversation under way.
pub(super) struct Talker<'a> {
    pub(super) part: Part<'a>,
    pub(super) probe: &'a mut Probe,
    pub(super) program: Option<&'a mut Program>,
    pub(super) trace: &'a mut Trace,
    pub(super) session: Session,
    pub(super) answers: VecDeque<String>,
    /// Each write is told by a `Send`, which says whether it stands apart.
    pub(super) whole: bool,
    pub(super) typing: VecDeque<(u64, u64, String)>,
    pub(super) begun: Instant,
    /// How long was written: the program's time begins after that.
    pub(super) paused: Duration,
    /// How much of its time was not waited for, because nothing could come.
    pub(super) skipped: Duration,
    pub(super) house: House,
    /// Our person may say something, or leave, whenever they like.
    pub(super) asked_freely: bool,
    /// How many answers our person has given.
    pub(super) answered: usize,
    /// Since when all is said that the program's person has to hear.
    pub(super) done_at: Option<Instant>,
    /// What was written before it was said.
    pub(super) ahead: Vec<u8>,
    /// What is not yet written of the last of that.
    pub(super) held: Vec<u8>,
    /// Our key, where it goes with the next message.
    pub(super) key: Vec<u8>,
    /// Where the messages in the bytes at hand end.
    pub(super) borders: Vec<usize>,
    /// The bytes at hand must not share a read with those before them.
    pub(super) apart: bool,
    pub(super) talk: Talk,
}

/// What a step of a conversation brought.
enum Next {
    On,
    Wait(Option<Duration>),
    Secure,
    Over(End),
}

impl Talker<'_> {
    pub(super) async fn run(mut self) -> Talk {
        let mut out = Vec::new();
        if self.opens_with_nothing() {
            let _ = self.write(&[]).await;
        }
        loop {
            let next = self.step(&mut out);
            let written = match &next {
                Next::On if self.borders.is_empty() => Ok(()),
                _ => {
                    let since = Instant::now();
                    let written = self.deliver(&mut out).await;
                    self.paused += since.elapsed();
                    written
                }
            };
            if let Err(end) = written {
                return self.over(end);
            }
            match next {
                Next::On => {}
                Next::Over(end) => return self.over(end),
                Next::Secure => {
                    if let Err(end) = self.secure().await {
                        return self.over(end);
                    }
                }
                Next::Wait(until) => {
                    if let Some(end) = self.wait(until).await {
                        return self.over(end);
                    }
                }
            }
        }
    }

    /// Whether each message goes in a unit of its own, which may be empty: a datagram, or a block.
    pub(super) fn in_units(&self) -> bool {
        self.part.link == Link::Datagram || self.probe.is_sealed()
    }

    fn over(mut self, end: End) -> Talk {
        self.talk.end = end;
        self.talk
    }

    /// Over UDP the client opens the session where the server speaks first.
    fn opens_with_nothing(&self) -> bool {
        self.part.role == Role::Client
            && self.part.link == Link::Datagram
            && !self.part.convo.program(Role::Client).speaks_first()
    }

    fn now(&self) -> Now {
        Now { monotonic: (self.begun.elapsed() + self.skipped).saturating_sub(self.paused), unix: unix_now() }
    }

    pub(super) fn hear(&mut self, input: Input<'_>) {
        let now = self.now();
        // Only what was asked for is answered.
        let _ = self.session.hear(now, input);
    }

    /// One output of the session; what it says gathers in `out`.
    fn step(&mut self, out: &mut Vec<u8>) -> Next {
        let now = self.now();
        let role = self.part.role;
        match self.session.poll(out) {
            Output::Connect => Next::On,
            Output::Send { apart } => {
                self.apart |= apart;
                if self.in_units() || !out.is_empty() {
                    self.borders.push(out.len());
                }
                Next::On
            }
            Output::Message { from, text } => {
                if from != role {
                    self.talk.heard.push(text.to_vec());
                    self.talk.lines.insert(self.session.line_heard());
                    if self.talk.heard.len() > HEARD_MAX {
                        return Next::Over(End::Broke(endless()));
                    }
                } else if !self.in_units() && !out.is_empty() && !self.whole {
                    self.borders.push(out.len());
                }
                Next::On
            }
            Output::Show(text) => {
                self.talk.shows.push(text.to_owned());
                Next::On
            }
            Output::Ask(ask) if ask.freely => {
                self.asked_freely = true;
                Next::On
            }
            Output::Ask(_) => {
                self.answer();
                Next::On
            }
            Output::Refused(refusal) => {
                let why = refusal.to_string();
                self.answers.clear();
                tracing::debug!("an answer was refused: {why}");
                Next::On
            }
            output @ (Output::Look(_)
            | Output::Add(_)
            | Output::Join(_)
            | Output::Leave { .. }
            | Output::Tell(_)) => {
                if let Some(reply) = self.house.answer(&output) {
                    let _ = self.session.hear(now, reply.as_input());
                }
                Next::On
            }
            Output::Unsaid(_) => Next::On,
            Output::Secure => Next::Secure,
            Output::Wait(until) => Next::Wait(until),
            Output::Close(ending) => {
                self.talk.left_open = ending == Ending::Done
                    && role == Role::Client
                    && self.part.link == Link::Stream
                    && !self.talk.they_ended;
                Next::Over(End::Good(ending))
            }
            Output::Stop => Next::Over(End::Stop),
            Output::Broke(violation) => Next::Over(End::Broke(violation.clone())),
        }
    }

    /// Waits for the program, for its person, or until the session has waited long enough.
    async fn wait(&mut self, until: Option<Duration>) -> Option<End> {
        self.types().await;
        if self.asked_freely && self.speaks_now() {
            self.answer();
            return None;
        }
        // Where the program's person is asked, the session itself waits for ever.
        let cap = self.now().monotonic + self.part.patience * 2;
        let until = self.begun + self.paused + until.unwrap_or(cap).min(cap).saturating_sub(self.skipped);
        let datagrams = self.part.link == Link::Datagram;
        tokio::select! {
            biased;
            heard = self.probe.hear() => {
                self.trace.heard(&heard);
                match heard {
                    Heard::Bytes(bytes) if self.in_units() => self.hear(Input::Datagram(&bytes)),
                    Heard::Garbled { why, .. } => {
                        let kind = ViolationKind::Unexpected;
                        return Some(End::Broke(Violation { kind, line: 0, text: why }));
                    }
                    Heard::Bytes(bytes) => self.hear(Input::Bytes(&bytes)),
                    Heard::Stranger { .. } => {}
                    Heard::End => {
                        self.talk.they_ended = true;
                        self.hear(Input::End);
                    }
                    Heard::Reset => {
                        self.talk.they_ended = true;
                        self.hear(Input::Reset);
                    }
                }
                None
            }
            () = tokio::time::sleep(LOOK_EVERY), if self.done_at.is_some() => None,
            () = tokio::time::sleep(self.part.patience / ASKS_ON_PART), if self.may_ask_on() => {
                // It may ask all that it needs before it says the first of it.
                self.types_next().await;
                None
            }
            // A client that has ended says no more, and over UDP no end of a connection tells that: its time is over.
            () = ended(self.program.as_deref_mut()), if datagrams && self.part.role == Role::Server => {
                self.skipped += until.saturating_duration_since(Instant::now());
                self.too_late(cap)
            }
            () = tokio::time::sleep_until(until) => self.too_late(cap),
        }
    }

    /// Our person answers, or leaves where there is no more to say.
    fn answer(&mut self) {
        self.asked_freely = false;
        self.answered += 1;
        match self.answers.pop_front() {
            Some(answer) => self.hear(Input::Answer(&answer)),
            None => self.hear(Input::NoAnswer),
        }
    }

    /// Whether our person, who may speak whenever they like, does so now: when as much was said and heard as in the
    /// rehearsal. When all was, the client leaves, and the server waits for that.
    fn speaks_now(&self) -> bool {
        let rehearsal = &self.part.way.rehearsal;
        let (client, server) =
            (rehearsal.client_said().count() as u64, rehearsal.server_said().count() as u64);
        let (asked, leaves) = match self.part.role {
            Role::Client => (&rehearsal.client_asked, Some((client, server))),
            Role::Server => (&rehearsal.server_asked, None),
        };
        let (sent, received) = self.session.messages();
        let due = asked.get(self.answered).copied().or(leaves);
        due.is_some_and(|(ours, theirs)| sent >= ours && received >= theirs)
    }

    /// What the session waited for did not come.
    fn too_late(&mut self, cap: Duration) -> Option<End> {
        self.hear(Input::Tick);
        if self.now().monotonic < cap {
            return None;
        }
        self.trace.note(Event::Silence(self.part.patience));
        let text = format!("nothing came for {:?}", self.part.patience * 2);
        Some(End::Broke(Violation { kind: ViolationKind::Silent, line: 0, text }))
    }

    /// Whether the program is a client whose person has more to say.
    fn may_ask_on(&self) -> bool {
        self.part.role == Role::Server && self.program.is_some() && !self.typing.is_empty()
    }

    /// Whether everybody says what they like now.
    fn is_free(&self) -> bool {
        self.part.convo.program(self.part.role).is_free()
    }

    /// Whether a program that may leave at the end of its input still has something to show.
    fn has_to_show(&mut self) -> bool {
        let due = *self.done_at.get_or_insert_with(Instant::now) + self.part.patience;
        let output = self.program.as_deref().map(Program::screen).unwrap_or_default();
        self.is_free() && Instant::now() < due && !self.part.shows.iter().all(|value| output.contains(value))
    }

    /// Types what the program's person answers now.
    async fn types(&mut self) {
        if self.program.is_none() {
            return;
        }
        let (sent, received) = self.session.messages();
        let due = |&(ours, theirs): &(u64, u64)| sent >= ours && received >= theirs;
        if self.typing.is_empty() && self.part.ends_typing.as_ref().is_some_and(due) {
            if !self.has_to_show() {
                self.done_at = None;
                self.part.ends_typing = None;
                if let Some(program) = &mut self.program {
                    program.types_end().await;
                }
            }
            return;
        }
        while self.typing.front().is_some_and(|(ours, theirs, _)| due(&(*ours, *theirs))) {
            if self.part.role == Role::Client && self.is_free() {
                // Whoever was there before would hear it.
                settle(self.probe).await;
            }
            self.types_next().await;
        }
    }

    /// Types the next line.
    async fn types_next(&mut self) {
        let (Some(program), Some((_, _, line))) = (&mut self.program, self.typing.pop_front()) else {
            return;
        };
        self.trace.note(Event::Typed(line.clone()));
        program.types(&line).await;
    }
}

/// Completes when the program, if there is one, has ended. Cancel safe.
async fn ended(program: Option<&mut Program>) {
    match program {
        Some(program) => program.over().await,
        None => std::future::pending().await,
    }
}

/// What is wrong with a program that says more and more.
fn endless() -> Violation {
    let text = format!("the program has said {HEARD_MAX} messages and comes to no end");
    Violation { kind: ViolationKind::Unexpected, line: 0, text }
}
