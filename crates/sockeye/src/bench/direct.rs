//! A conversation in which each question waits for the answer before it: any convo, over any transport.
//!
//! ```text
//!           ┌───────────────────────────────────────────────────────────┐
//!  session ─┴▶ out ── a request is due ──▶ write ── read ──▶ hear ──────┘
//!              latency counts from when it was due to the last message heard before the session speaks again
//! ```

use std::io;
use std::sync::Arc;
use std::time::Instant;

use convo::{Ask, Ending, Input, Link, Output, Session, Violation};
use net::Came;

use super::after::{After, broke, is_nobody};
use super::plan::{Keep, Run};
use super::port::{Event, Port, Wants};
use super::schedule::Grant;
use crate::report::Failure;

/// So many answers that cannot be taken, one after the other, are one too many.
const REFUSALS_MAX: usize = 8;

/// A conversation under way.
pub(super) struct Direct<'r> {
    port: Port<'r>,
    session: Session,
    out: Vec<u8>,
    /// A request that was given out and is not sent yet.
    due: Option<Instant>,
    /// What our person answers next: it was asked while something was still to be written.
    pending: Option<(Arc<[String]>, usize)>,
    /// Whether our person is asked in `freely`.
    freely: bool,
    /// The request that waits for its answer.
    flight: Option<Flight>,
    /// Messages said with a request, and heard, until now.
    said: u64,
    heard: u64,
    /// Requests that were answered, or have no answer.
    done: u64,
    now: Instant,
    /// It is still that time: something was just heard.
    just: bool,
    heard_at: Instant,
    /// Since when the server is waited for: an answer must be whole within the timeout.
    since: Instant,
}

#[derive(Debug, Clone, Copy)]
struct Flight {
    due: Instant,
    heard_before: u64,
    /// What is heard in `freely` answers nothing that was said.
    freely: bool,
}

/// Where the session stopped.
#[derive(Debug)]
enum Stop {
    /// What is in `out` is one write, one datagram, one block.
    Unit {
        apart: bool,
    },
    /// It is asked something, and what it said before is to leave first.
    Asked,
    Wait(Option<Instant>),
    Secure,
    Over(Result<Ending, Violation>),
    /// The run was given up.
    GivenUp,
}

impl<'r> Direct<'r> {
    /// A conversation on a new connection, made for the request that was due then, if any.
    pub(super) fn new(port: Port<'r>, session: Session, due: Option<Instant>, now: Instant) -> Self {
        Self {
            port,
            session,
            out: Vec::new(),
            due,
            pending: None,
            freely: false,
            flight: None,
            said: 0,
            heard: 0,
            done: 0,
            now,
            just: false,
            heard_at: now,
            since: now,
        }
    }

    /// Holds it to its end.
    pub(super) async fn play(mut self) -> After {
        if self.run().plan.link == Link::Datagram && !self.run().plan.program.speaks_first() {
            // The server speaks first, and learns by an empty datagram that somebody is there.
            if let Err(error) = self.port.say(&[]) {
                return self.gone(&error).await;
            }
        }
        loop {
            let stop = self.speak();
            self.account(&stop);
            match stop {
                Stop::Over(result) => return self.over(result),
                Stop::GivenUp => return After::Nothing,
                Stop::Unit { .. } | Stop::Asked | Stop::Wait(_) | Stop::Secure => {}
            }
            if !self.out.is_empty() {
                if self.is_new_request() {
                    if self.done > 0 && self.run().plan.keep == Keep::OneRequest {
                        return After::Another;
                    }
                    let due = match self.request().await {
                        Ok(Some(due)) => due,
                        Ok(None) => return After::Nothing,
                        Err(error) => return self.gone(&error).await,
                    };
                    self.flight = Some(Flight { due, heard_before: self.heard, freely: self.freely });
                    self.said = self.session.messages().0;
                }
                if let Err(error) = self.write(&stop).await {
                    return self.gone(&error).await;
                }
            }
            let on = match stop {
                Stop::Wait(until) => self.listen(until).await,
                Stop::Secure => self.secure().await,
                Stop::Asked => self.settle().await,
                Stop::Unit { .. } | Stop::Over(_) | Stop::GivenUp => None,
            };
            if let Some(after) = on {
                return after;
            }
        }
    }

    fn run(&self) -> &'r Run {
        self.port.run
    }

    fn is_new_request(&self) -> bool {
        self.session.messages().0 > self.said
    }

    /// Lets the session go on until something is to be done on the wire.
    fn speak(&mut self) -> Stop {
        let mut refusals = 0;
        loop {
            if let Some((values, index)) = self.pending.take() {
                let now = self.port.run.now(self.now);
                // It was asked.
                let _ = self.session.hear(now, Input::Answer(&values[index]));
            }
            match self.session.poll(&mut self.out) {
                Output::Ask(ask) => {
                    let Some(answer) = answer(self.port.run, &ask) else { return Stop::GivenUp };
                    self.pending = Some(answer);
                    self.freely = ask.freely;
                    if !self.out.is_empty() {
                        return Stop::Asked;
                    }
                }
                Output::Refused(refusal) => {
                    refusals += 1;
                    if refusals == REFUSALS_MAX {
                        let failure = Failure::usage(refusal.to_string());
                        self.port.run.give_up(failure.hint("--values FILE says what to answer, a line each"));
                        return Stop::GivenUp;
                    }
                }
                Output::Send { apart } => return Stop::Unit { apart },
                Output::Secure => return Stop::Secure,
                Output::Wait(until) => {
                    return Stop::Wait(until.map(|until| self.port.run.moment(until)));
                }
                Output::Close(ending) => return Stop::Over(Ok(ending)),
                Output::Stop => return Stop::Over(Ok(Ending::Done)),
                Output::Broke(violation) => return Stop::Over(Err(violation.clone())),
                // What a client shows or leaves unsaid is nobody's concern here; the rest is the server's.
                Output::Connect
                | Output::Show(_)
                | Output::Message { .. }
                | Output::Unsaid(_)
                | Output::Look(_)
                | Output::Add(_)
                | Output::Join(_)
                | Output::Leave { .. }
                | Output::Tell(_) => {}
            }
        }
    }

    /// Writes down what became of the request that is on the way.
    fn account(&mut self, stop: &Stop) {
        let (said, heard) = self.session.messages();
        if heard > self.heard {
            self.run().ledger().counts.heard += heard - self.heard;
            self.heard = heard;
            self.heard_at = self.now;
        }
        let Some(flight) = self.flight else { return };
        let goes_on = match stop {
            // A time limit without more to say: it waits for the close.
            Stop::Wait(until) => until.is_some() || !self.out.is_empty(),
            Stop::Unit { .. } | Stop::Asked | Stop::Secure | Stop::Over(Ok(_)) => true,
            Stop::Over(Err(_)) | Stop::GivenUp => false,
        };
        if !goes_on {
            return;
        }
        if heard > flight.heard_before && !flight.freely {
            self.run().ledger().answered(flight.due, self.heard_at);
        } else if said > self.said || matches!(stop, Stop::Over(_)) {
            self.run().ledger().counts.unanswered += 1;
        } else {
            return;
        }
        self.flight = None;
        self.done += 1;
    }

    /// Waits until a request is due; none if there are no more.
    async fn request(&mut self) -> io::Result<Option<Instant>> {
        if let Some(due) = self.due.take() {
            return Ok(Some(due));
        }
        if !std::mem::take(&mut self.just) {
            self.now = Instant::now();
        }
        match self.run().take(self.now) {
            Grant::Due(due) => return Ok(Some(due)),
            Grant::Over => return Ok(None),
            Grant::Later => {}
        }
        loop {
            let wants = Wants { request: true, words: self.session.listens(), settled: false, until: None };
            match self.wait(wants).await {
                Event::Due(due) => return Ok(Some(due)),
                Event::NoMore => return Ok(None),
                Event::Gone(error) => return Err(error),
                Event::Heard | Event::Settled | Event::Late => {}
            }
        }
    }

    /// Lets what was said leave, where the next thing can be said without an answer; what comes meanwhile is heard, so
    /// that two who both write do not wait for each other.
    async fn settle(&mut self) -> Option<After> {
        let silent = self.since + self.run().plan.timeout;
        loop {
            let words = self.session.listens();
            match self.wait(Wants { request: false, words, settled: true, until: Some(silent) }).await {
                Event::Settled => return None,
                Event::Gone(error) => return Some(self.gone(&error).await),
                Event::Late => return Some(self.silent()),
                Event::Heard | Event::Due(_) | Event::NoMore => {}
            }
        }
    }

    /// Waits for what comes first; the session hears what the server says.
    async fn wait(&mut self, wants: Wants) -> Event {
        let (run, session) = (self.port.run, &mut self.session);
        let mut now = None;
        let event = self
            .port
            .wait(wants, |came, bytes| {
                let at = Instant::now();
                now = Some(at);
                hear(run, session, came, bytes, at);
            })
            .await;
        self.just = now.is_some();
        self.now = now.unwrap_or_else(Instant::now);
        event
    }

    async fn write(&mut self, stop: &Stop) -> io::Result<()> {
        let said = match stop {
            Stop::Unit { apart: true } => self.port.say_apart(&self.out).await,
            _ => self.port.say(&self.out),
        };
        self.out.clear();
        self.since = self.now;
        said
    }

    /// Waits for the server, or the session's own deadline.
    async fn listen(&mut self, until: Option<Instant>) -> Option<After> {
        let silent = self.since + self.run().plan.timeout;
        let until = until.map_or(silent, |until| until.min(silent));
        match self.wait(Wants { request: false, words: true, settled: false, until: Some(until) }).await {
            Event::Gone(error) => return Some(self.gone(&error).await),
            Event::Late if self.now >= silent => return Some(self.silent()),
            Event::Late => {
                let now = self.run().now(self.now);
                let _ = self.session.hear(now, Input::Tick);
            }
            Event::Heard | Event::Settled | Event::Due(_) | Event::NoMore => {}
        }
        None
    }

    async fn secure(&mut self) -> Option<After> {
        let secured = self.port.secure().await;
        self.now = Instant::now();
        match secured {
            Ok(message_bytes_max) => {
                let now = self.run().now(self.now);
                let _ = self.session.hear(now, Input::Secured { message_bytes_max });
                None
            }
            Err(error) => {
                self.run().ledger().failed("keys", 1, &error);
                Some(After::Broken)
            }
        }
    }

    /// No answer came in time.
    fn silent(&self) -> After {
        let run = self.run();
        if run.plan.link == Link::Datagram {
            run.ledger().counts.lost += 1;
            return After::Another;
        }
        run.ledger().failed("silent", 1, &format!("no answer within {:?}", run.plan.timeout));
        After::Broken
    }

    /// The connection went: the session hears what came before and says whether that is a fault.
    async fn gone(&mut self, error: &io::Error) -> After {
        let (run, session) = (self.port.run, &mut self.session);
        if is_nobody(run, error) {
            return After::Nothing;
        }
        self.port.rest(|came, bytes| hear(run, session, came, bytes, Instant::now())).await;
        self.now = Instant::now();
        let mut stop = self.speak();
        self.account(&stop);
        if !matches!(stop, Stop::Over(_)) {
            let _ = self.session.hear(run.now(self.now), Input::Reset);
            self.out.clear();
            stop = self.speak();
            self.account(&stop);
        }
        match stop {
            Stop::Over(result) => self.over(result),
            _ => {
                run.ledger().failed("reset", 1, error);
                After::Broken
            }
        }
    }

    fn over(&mut self, result: Result<Ending, Violation>) -> After {
        let run = self.run();
        match (result, self.due.take()) {
            (Err(violation), _) => {
                broke(run, &violation, 1);
                return After::Broken;
            }
            // A conversation in which only the server speaks is one request.
            (Ok(_), Some(due)) if self.done == 0 && self.heard > 0 => {
                run.ledger().answered(due, self.heard_at);
            }
            (Ok(ending), Some(_)) if self.done == 0 => {
                run.ledger().failed("closed", 1, &format!("it was over before it began ({ending:?})"));
                return After::Broken;
            }
            (Ok(_), _) => {}
        }
        After::Another
    }
}

fn hear(run: &Run, session: &mut Session, came: Came, bytes: &[u8], at: Instant) {
    let input = match came {
        Came::Bytes(_) => Input::Bytes(bytes),
        Came::Datagram(_) => Input::Datagram(bytes),
        Came::End => Input::End,
    };
    // Bytes can be heard at any time.
    let _ = session.hear(run.now(at), input);
}

/// What is answered to a question of the convo: values, and which of them. Gives the run up where there is none.
fn answer(run: &Run, ask: &Ask<'_>) -> Option<(Arc<[String]>, usize)> {
    let values = run.plan.values.of(ask);
    for _ in 0..=values.len() {
        let Some(number) = run.plan.values.draw().checked_rem(values.len()) else { break };
        if ask.until != Some(values[number].as_str()) {
            return Some((values, number));
        }
    }
    let expects = ask.expects;
    run.give_up(
        Failure::usage(format!("nothing can be made up for what the convo asks here: {expects}"))
            .hint("--values FILE says what to answer, a line each"),
    );
    None
}
