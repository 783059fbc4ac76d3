//! One role of one conversation: inputs in, outputs out.
//!
//! ```text
//!            hear(bytes)                       poll
//! caller ───────────────▶ inbox ─ cut ─ match ─ store ─▶ next step ─▶ Send, Show, Ask … Wait
//! ```
//!
//! A session runs its program until it has to wait: for its peer, its person, what is kept, or keys. It handles all
//! messages of one read before it waits again, so its caller writes once for all of them.

mod act;
mod ask;
mod desk;
mod emits;
mod find;
mod free;
mod hear;
mod inbox;
mod lines;
mod mind;
mod overhear;
mod passed;
mod port;
mod rare;
mod relay;
mod rounds;
mod say;
mod why;

use std::sync::Arc;
use std::time::Duration;

use crate::Role;
use crate::code::{Own, Slot};
use crate::knowledge::View;
use crate::program::{At, Op, Program};
use crate::syntax::tree::Framing;
use crate::value::Value;
use act::Iterator;
use desk::Desk;
use emits::{Emit, Emits};
use hear::Mail;
use mind::Mind;
pub(crate) use passed::Question;
pub use port::{
    Add, Ask, Ending, Found, Input, Item, Join, Link, Look, Misuse, Now, Output, Refusal, Setup, SetupError,
    Tell, Violation, ViolationKind,
};
use rare::Rare;

/// How long a client that has said all waits for its server to close.
const CLOSE_WAIT: Duration = Duration::from_secs(1);
/// Bytes that lie in `out` before the caller is asked to write them.
const OUT_BYTES_MAX: usize = 64 * 1024;
/// Steps of one call of [`Session::poll`] before others have their turn.
const STEPS_MAX: usize = 100_000;

/// One role of one conversation with one peer.
#[derive(Debug)]
pub struct Session {
    program: Arc<Program>,
    at: At,
    iterators: Box<[Iterator]>,
    state: State,
    emits: Emits,
    mail: Mail,
    framing: Framing,
    /// Each message is one encrypted block.
    secured: bool,
    link: Link,
    message_bytes_max: usize,
    patience: Option<Duration>,
    trace: bool,
    /// When it was told something last.
    monotonic: Duration,
    waiting_since: Option<Duration>,
    /// Our last message has not been answered: under `chunk` the next is kept apart from it.
    spoke: bool,
    /// The peer may leave where it is now.
    peer_may_leave: bool,
    sent: u64,
    received: u64,
    mind: Mind,
    /// In `freely`: what only that needs.
    free: Option<Box<free::Freedom>>,
    rare: Option<Box<Rare>>,
    /// The line of what this role said last.
    said_at: usize,
}

/// Answers to top `given`s of a program: read once, then shared by its sessions.
#[derive(Debug, Clone, Default)]
pub struct Presets(Option<Arc<[(Slot, Value)]>>);

/// What the session waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    Hearing,
    /// In `freely`: for whatever comes first.
    Free,
    Asking,
    Looking,
    Adding,
    Securing,
    /// A client that has said all waits for the server's close, until then.
    Closing(Duration),
    Closed(Ending),
    Stopped,
    Broken,
    /// An observer cannot tell what comes.
    Lost,
}

/// What [`Session::poll`] puts out, before it borrows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Nothing: the next step.
    Next,
    Connect,
    Send {
        apart: bool,
    },
    Show,
    Ask,
    Refused,
    Message(Role),
    Look,
    Add,
    Join,
    Leave,
    Tell,
    Unsaid,
    Secure,
    Wait(Option<Duration>),
    Over,
}

impl Session {
    /// Starts a session.
    pub fn new(program: Arc<Program>, setup: Setup) -> Self {
        let client = (program.view == View::Observer).then(Box::default);
        let chance = fastrand::Rng::with_seed(setup.seed);
        let mind = Mind {
            frame: vec![Value::None; program.names.len()].into(),
            own: Own { chance, unix: setup.now.unix, peer: setup.peer.into() },
            desk: Desk::default(),
        };
        let presets = setup.presets;
        let rare = (!presets.is_empty()).then(|| Box::new(Rare { presets, ..Rare::default() }));
        // A server that begins with hearing its peer listens from the start: what has come already is answered at once.
        let begins = if program.view == View::Server { program.first_hearing() } else { None };
        Self {
            at: begins.map_or(0, |(at, ..)| at),
            iterators: vec![Iterator::default(); program.iterators].into(),
            state: if begins.is_some() { State::Hearing } else { State::Running },
            emits: Emits::default(),
            mail: Mail { client, ..Mail::default() },
            framing: begins.map_or_else(Framing::default, |(_, framing, _)| framing),
            secured: false,
            link: setup.link,
            message_bytes_max: setup.message_bytes_max,
            patience: setup.patience,
            trace: setup.trace,
            monotonic: setup.now.monotonic,
            waiting_since: None,
            spoke: false,
            peer_may_leave: begins.is_some_and(|(.., point)| point.may_leave),
            sent: 0,
            received: 0,
            mind,
            free: None,
            rare,
            said_at: 0,
            program,
        }
    }

    /// Takes an input. Call [`Session::poll`] until `Wait` (or the end) after each.
    ///
    /// # Errors
    /// [`Misuse`]: the input answers nothing that was asked; nothing changed.
    pub fn hear(&mut self, now: Now, input: Input<'_>) -> Result<(), Misuse> {
        self.monotonic = now.monotonic;
        self.mind.own.unix = now.unix;
        if self.is_over() {
            return Ok(());
        }
        match (input, self.state) {
            (Input::Bytes(bytes), _) => self.mail.first.push(bytes),
            (Input::Datagram(datagram), _) => self.hear_datagram(self.program.role().other(), datagram),
            (Input::End, _) => self.mail.first.ended = true,
            (Input::Reset, _) => {
                self.reset();
                return Ok(());
            }
            (Input::Tick, _) => {}
            (Input::Heard { room, line }, _) => {
                let Some(free) = &mut self.free else { return Ok(()) };
                free.hear(room, line);
            }
            (Input::Answer(text), _) if self.is_asking_freely() => {
                self.answer_freely(text);
            }
            (Input::NoAnswer, _) if self.is_asking_freely() => {
                self.state = State::Closed(Ending::WeLeft);
                return Ok(());
            }
            (Input::Answer(text), State::Asking) => {
                self.answer(text);
                return Ok(());
            }
            (Input::NoAnswer, State::Asking) => {
                self.state = State::Closed(Ending::WeLeft);
                return Ok(());
            }
            (Input::Found(found), State::Looking) => {
                self.found(found);
                return Ok(());
            }
            (Input::Added(added), State::Adding) => {
                self.added(added);
                return Ok(());
            }
            (Input::Untold(why), State::Running) => {
                self.untold(why);
                return Ok(());
            }
            (Input::Secured { message_bytes_max }, State::Securing) => {
                self.secured = true;
                self.rare().block_bytes_max = message_bytes_max.min(self.message_bytes_max);
                self.go(self.at + 1);
                return Ok(());
            }
            (
                Input::Answer(_)
                | Input::NoAnswer
                | Input::Found(_)
                | Input::Added(_)
                | Input::Untold(_)
                | Input::Secured { .. },
                _,
            ) => return Err(Misuse),
        }
        if matches!(self.state, State::Hearing | State::Free) {
            self.state = State::Running;
        }
        Ok(())
    }

    /// The next thing to do. Bytes to send are appended to `out`; the caller empties it when it writes.
    /// `Ask`, `Look`, `Add` and `Secure` come once and then `Wait` until they are answered; the last output
    /// (`Close`, `Stop`, `Broke`) is repeated.
    pub fn poll(&mut self, out: &mut Vec<u8>) -> Output<'_> {
        let turn = self.turn(out);
        self.mind.desk.clear();
        self.output(turn)
    }

    /// Whether this session can use more of the peer's bytes now: the other side's end and next messages are
    /// noticed where this side next receives, so while this is false the caller does not read.
    pub fn listens(&self) -> bool {
        matches!(self.state, State::Hearing | State::Free | State::Closing(_))
    }

    /// When it was told something last.
    pub fn told_at(&self) -> Now {
        Now { monotonic: self.monotonic, unix: self.mind.own.unix }
    }

    /// Messages said and heard so far: (sent, received).
    pub fn messages(&self) -> (u64, u64) {
        (self.sent, self.received)
    }

    /// With [`Setup::trace`]: the convo's line of the message that was heard last, from 1; 0 before the first.
    pub fn line_heard(&self) -> usize {
        self.rare.as_ref().map_or(0, |rare| rare.heard_at)
    }

    /// A server, neither secured nor watched: what it hears and says is what is on the wire.
    fn is_bare(&self) -> bool {
        self.program.view == View::Server && !self.secured && !self.trace
    }

    /// As [`Session::is_bare`], of a stream in lines.
    fn is_plain(&self) -> bool {
        self.is_bare() && self.link == Link::Stream && self.framing.is_line()
    }

    /// Whether a person, or somebody who wants to know each step, leads it now.
    fn is_led(&self) -> bool {
        self.rare.as_ref().is_some_and(|rare| rare.picked.is_some() || rare.passed.is_some())
    }

    /// Whether it ended: every further input changes nothing.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Closed(_) | State::Stopped | State::Broken)
    }

    fn turn(&mut self, out: &mut Vec<u8>) -> Turn {
        if self.emits.is_empty()
            && let Some(turn) = self.rounds(out)
        {
            return turn;
        }
        let program = Arc::clone(&self.program);
        for _ in 0..STEPS_MAX {
            if let Some(emit) = self.emits.pop() {
                return match emit {
                    Emit::Message(role) => Turn::Message(role),
                    Emit::Send { apart } => Turn::Send { apart },
                    Emit::Text => {
                        out.append(&mut self.rare().bytes);
                        Turn::Send { apart: self.link == Link::Stream }
                    }
                    Emit::Refused => Turn::Refused,
                    Emit::Ask => Turn::Ask,
                };
            }
            match self.state {
                State::Running => {}
                State::Hearing | State::Free => match self.wait(&program) {
                    Turn::Next | Turn::Over if self.state == State::Running => continue,
                    turn => return turn,
                },
                State::Closing(until) => return self.closing(until),
                State::Asking | State::Looking | State::Adding | State::Securing | State::Lost => {
                    return Turn::Wait(None);
                }
                State::Closed(_) | State::Stopped | State::Broken => return Turn::Over,
            }
            let turn = match self.rare.as_mut().and_then(|rare| rare.picked.take()) {
                Some(text) => self.send_picked(&text, out),
                None => {
                    if let Some(passed) = self.rare.as_mut().and_then(|rare| rare.passed.as_mut()) {
                        passed.go(self.at);
                    } else if let Op::Jump(to) = &program.steps[self.at] {
                        self.at = *to;
                    }
                    self.step(&program, out)
                }
            };
            // Over, but for what the convo does when the peer has left.
            let answers_leaving = turn == Turn::Over && self.state == State::Running;
            if turn != Turn::Next && !answers_leaving {
                return turn;
            }
            if out.len() > OUT_BYTES_MAX && self.link == Link::Stream {
                return Turn::Send { apart: false };
            }
        }
        // A long computation: the others first.
        Turn::Wait(Some(self.monotonic))
    }

    fn output(&mut self, turn: Turn) -> Output<'_> {
        match turn {
            Turn::Next => Output::Wait(None),
            Turn::Connect => Output::Connect,
            Turn::Send { apart } => Output::Send { apart },
            Turn::Show => Output::Show(self.text()),
            Turn::Ask => {
                if let Some(rare) = &mut self.rare {
                    rare.refusal = None;
                }
                self.question()
            }
            Turn::Refused => match self.rare.as_ref().and_then(|rare| rare.refusal.as_ref()) {
                Some(refusal) => Output::Refused(refusal),
                None => Output::Wait(None),
            },
            Turn::Message(from) => Output::Message { from, text: self.bytes() },
            Turn::Look => self.look(),
            Turn::Add => self.addition(),
            Turn::Join => self.joining(),
            Turn::Leave => self.leaving(),
            Turn::Tell => self.telling(),
            Turn::Unsaid => Output::Unsaid(self.text()),
            Turn::Secure => Output::Secure,
            Turn::Wait(until) => Output::Wait(until),
            Turn::Over => match (self.state, self.rare.as_ref().and_then(|rare| rare.violation.as_ref())) {
                (State::Broken, Some(violation)) => Output::Broke(violation),
                (State::Stopped, _) => Output::Stop,
                (State::Closed(ending), _) => Output::Close(ending),
                _ => Output::Close(Ending::Done),
            },
        }
    }

    /// Goes on at `at`.
    fn go(&mut self, at: At) {
        self.at = at;
        self.state = State::Running;
    }

    /// A client that has said all waits for the server to close first.
    fn closing(&mut self, until: Duration) -> Turn {
        // What was under way when `freely` ended is nobody's fault.
        if !self.has_read_all(Role::Server) && self.free.is_none() {
            self.more_than_the_text_has();
            return Turn::Over;
        }
        if self.mail.first.ended || self.monotonic >= until {
            self.state = State::Closed(Ending::Done);
            return Turn::Over;
        }
        Turn::Wait(Some(until))
    }
}

#[cfg(test)]
mod tests;
