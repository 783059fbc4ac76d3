//! A conversation of known questions, one or several on the way: they leave ahead of the session, which then asks the
//! same, one by one, as the answers come, and verifies each.
//!
//! ```text
//!  questions ──▶ write …… q3 q2 q1 ──▶ server
//!                flights  q3 q2 q1           session   asks q1, verifies a1, asks q2 …
//!  session ◀──── read ◀── a1 a2 ◀────  server          (its own bytes must be those that were written)
//! ```
//!
//! What is known of the answers beforehand is `ahead/flights.rs`, what the session has to be asked for `ahead/lagging.rs`.

mod flights;
mod lagging;

use std::io;
use std::time::Instant;

use convo::{Ending, Input, Link, Session, Violation};
use net::Came;

use super::after::{After, broke, is_nobody};
use super::plan::Run;
use super::port::{Event, Port, Wants};
use super::questions::Questions;
use super::schedule::Grant;
use flights::{Fate, Flights};
use lagging::Lagging;

/// A conversation under way.
pub(super) struct Ahead<'r> {
    port: Port<'r>,
    flights: Flights<'r>,
    session: Lagging,
    /// What is written.
    batch: Vec<u8>,
    due: Option<Instant>,
    no_more: bool,
    now: Instant,
    /// It is still that time: it was just read.
    just: bool,
}

/// Why it cannot go on.
enum Stop {
    Over(Result<Ending, Violation>),
    /// Lost datagrams whose answers nobody knows: the conversation has to begin anew.
    Lost,
    GivenUp,
    Gone(io::Error),
    Silent,
}

impl<'r> Ahead<'r> {
    /// A conversation on a new connection, made for the request that was due then, if any.
    pub(super) fn new(
        port: Port<'r>,
        session: Session,
        questions: &'r Questions,
        due: Option<Instant>,
        now: Instant,
    ) -> Self {
        Self {
            flights: Flights::new(questions, port.run.plan.depth),
            port,
            session: Lagging::new(session),
            batch: Vec::new(),
            due,
            no_more: false,
            now,
            just: true,
        }
    }

    /// Holds it until there are no more requests, or it breaks.
    pub(super) async fn play(mut self) -> After {
        loop {
            match self.turn().await {
                Ok(true) => {}
                Ok(false) => return After::Nothing,
                Err(stop) => {
                    let stop = self.rest(stop).await;
                    // What was answered before it broke was answered.
                    self.count();
                    return self.stopped(stop);
                }
            }
        }
    }

    fn run(&self) -> &'r Run {
        self.port.run
    }

    /// Asks, waits, hears. Whether there is more to do.
    async fn turn(&mut self) -> Result<bool, Stop> {
        self.ask().map_err(Stop::Gone)?;
        self.speak()?;
        if self.flights.is_empty() && self.no_more {
            return Ok(false);
        }
        let plan = &self.run().plan;
        let wants = Wants {
            request: self.flights.len() < plan.depth && !self.no_more,
            words: !self.flights.is_empty(),
            settled: false,
            until: self.flights.first().map(|flight| flight.sent + plan.timeout),
        };
        match self.hear(wants).await {
            Event::Due(due) => self.due = Some(due),
            Event::NoMore => self.no_more = true,
            Event::Settled => {}
            Event::Heard => {
                self.drain()?;
                self.speak()?;
                self.count();
            }
            Event::Late => {
                self.now = Instant::now();
                self.expire()?;
            }
            Event::Gone(error) => return Err(Stop::Gone(error)),
        }
        Ok(true)
    }

    /// Sends requests that are due while there is room for them: on a stream in one write.
    fn ask(&mut self) -> io::Result<()> {
        let plan = &self.run().plan;
        if self.flights.len() < plan.depth && !std::mem::take(&mut self.just) {
            self.now = Instant::now();
        }
        while self.flights.len() < plan.depth && !self.no_more {
            let due = match self.due.take() {
                Some(due) => due,
                None => match self.run().take(self.now) {
                    Grant::Due(due) => due,
                    Grant::Later => break,
                    Grant::Over => {
                        self.no_more = true;
                        break;
                    }
                },
            };
            let bytes = self.flights.begin(plan.values.draw(), due, self.now);
            match plan.link {
                Link::Stream => self.batch.extend_from_slice(bytes),
                Link::Datagram => self.port.say(bytes)?,
            }
        }
        if !self.batch.is_empty() {
            self.port.say(&self.batch)?;
            self.batch.clear();
        }
        Ok(())
    }

    /// Lets the session catch up, if it judges.
    fn speak(&mut self) -> Result<(), Stop> {
        if self.flights.are_matched() {
            return Ok(());
        }
        self.session.speak(self.port.run, self.now, &self.flights)
    }

    async fn hear(&mut self, wants: Wants) -> Event {
        let (port, mut ears) = self.ears();
        let event = port.wait(wants, |came, bytes| ears.hear(came, bytes)).await;
        self.just = matches!(event, Event::Heard);
        event
    }

    async fn hear_rest(&mut self) {
        let (port, mut ears) = self.ears();
        port.rest(|came, bytes| ears.hear(came, bytes)).await;
    }

    fn ears(&mut self) -> (&mut Port<'r>, Ears<'_, 'r>) {
        let run = self.port.run;
        let ears = Ears { run, flights: &mut self.flights, session: &mut self.session, now: &mut self.now };
        (&mut self.port, ears)
    }

    /// Gives the session the datagrams that are known, in the order of their questions.
    fn drain(&mut self) -> Result<(), Stop> {
        while let Some(flight) = self.flights.first()
            && let Some(heard) = flight.heard
        {
            let due = flight.due;
            self.pass(Fate::Answered)?;
            let mut ledger = self.run().ledger();
            ledger.counts.heard += 1;
            ledger.answered(due, heard);
        }
        Ok(())
    }

    /// The first question is done with: the session hears its answer, be it the one that should have come.
    fn pass(&mut self, fate: Fate) -> Result<(), Stop> {
        if !self.flights.are_matched() {
            let answer = self.flights.answer(0).ok_or(Stop::Lost)?;
            self.speak()?;
            self.session.hear(self.run().now(self.now), Input::Datagram(answer));
            self.speak()?;
            self.session.land(1);
        }
        self.flights.pass(fate);
        Ok(())
    }

    /// Writes down the answers that the session has taken.
    fn count(&mut self) {
        let taken = self.session.taken();
        self.session.land(taken);
        self.flights.answered(self.run(), taken, self.now);
    }

    /// The oldest question was not answered in time.
    fn expire(&mut self) -> Result<(), Stop> {
        let plan = &self.run().plan;
        if plan.link == Link::Stream {
            return Err(Stop::Silent);
        }
        while let Some(flight) = self.flights.first()
            && flight.sent + plan.timeout <= self.now
        {
            self.pass(Fate::Lost)?;
            self.run().ledger().counts.lost += 1;
            self.drain()?;
        }
        Ok(())
    }

    /// What came before the connection went; it may hold answers, and say why it went.
    async fn rest(&mut self, stop: Stop) -> Stop {
        let Stop::Gone(error) = stop else { return stop };
        self.hear_rest().await;
        let rest = self.drain().and_then(|()| self.speak());
        rest.err().unwrap_or(Stop::Gone(error))
    }

    fn stopped(&mut self, stop: Stop) -> After {
        let run = self.run();
        let requests = (self.flights.len() as u64).max(1);
        match stop {
            Stop::GivenUp => return After::Nothing,
            Stop::Lost => {
                run.ledger().counts.lost += requests;
                return After::Another;
            }
            Stop::Silent => {
                let why = format!("no answer within {:?}", run.plan.timeout);
                run.ledger().failed("silent", requests, &why);
            }
            Stop::Gone(error) if is_nobody(run, &error) => return After::Nothing,
            Stop::Gone(error) => run.ledger().failed("reset", requests, &error),
            Stop::Over(Err(violation)) => broke(run, &violation, requests),
            Stop::Over(Ok(_)) if self.flights.is_empty() => return After::Another,
            Stop::Over(Ok(ending)) => {
                run.ledger().failed("closed", requests, &format!("the conversation was over ({ending:?})"));
            }
        }
        After::Broken
    }
}

/// What hears the server while its connection is waited on.
struct Ears<'a, 'r> {
    run: &'r Run,
    flights: &'a mut Flights<'r>,
    session: &'a mut Lagging,
    /// When something came last.
    now: &'a mut Instant,
}

impl Ears<'_, '_> {
    fn hear(&mut self, came: Came, bytes: &[u8]) {
        *self.now = Instant::now();
        let now = *self.now;
        let input = match came {
            Came::Bytes(_) => match self.flights.take(self.run, bytes, now) {
                [] => return,
                rest => Input::Bytes(rest),
            },
            Came::End => Input::End,
            Came::Datagram(_) if self.flights.sort(self.run, bytes, now) => return,
            Came::Datagram(_) => Input::Datagram(bytes),
        };
        // Nobody knows it: from here on the session judges.
        let now = self.run.now(now);
        let begun = self.flights.leave();
        if !begun.is_empty() {
            self.session.hear(now, Input::Bytes(begun));
        }
        self.session.hear(now, input);
    }
}
