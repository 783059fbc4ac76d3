//! A conversation of known questions, one or several on the way: they leave ahead of the session, which then asks the
//! same, one by one, as the answers come, and verifies each.
//!
//! ```text
//!  questions ──▶ write …… q3 q2 q1 ──▶ server
//!                flights  q3 q2 q1           session   asks q1, verifies a1, asks q2 …
//!  session ◀──── read ◀── a1 a2 ◀────  server          (its own bytes must be those that were written)
//! ```
//!
//! Where the answers are known, too, and each turn is like the first, an answer that is byte for byte the known one is
//! right: such a session has taken it before, in memory. The first that is not leaves this and all others to the session.
//!
//! Datagrams are put in order first: an answer is known by its question, so that a lost, doubled or late one is told
//! from a wrong one. In place of one that was lost the session is given the answer that should have come.

use std::collections::VecDeque;
use std::io;
use std::time::Instant;

use convo::{Ending, Input, Link, Output, Session, Violation};
use net::Came;

use super::after::{After, broke, is_nobody};
use super::plan::Run;
use super::port::{Event, Port, Wants};
use super::questions::{Question, Questions};
use super::schedule::Grant;
use crate::report::Failure;

/// Datagrams answered, or given up, that are remembered to know a doubled one, for each request on the way.
const PAST: usize = 4;

/// A conversation under way.
pub(super) struct Ahead<'r> {
    port: Port<'r>,
    session: Session,
    questions: &'r Questions,
    flights: VecDeque<Flight>,
    /// So much of the first answer has come and is as known; nothing once the session judges.
    matched: Option<usize>,
    /// Flights of which the session knows.
    told: usize,
    /// Of these, the ones whose bytes were compared.
    compared: usize,
    /// The session waits to be asked its next question.
    asked: bool,
    /// What the session would have written.
    out: Vec<u8>,
    /// What is written.
    batch: Vec<u8>,
    heard: u64,
    due: Option<Instant>,
    no_more: bool,
    /// Questions that were answered lately or are lost, datagrams only.
    past: VecDeque<(usize, Fate)>,
    now: Instant,
    /// It is still that time: it was just read.
    just: bool,
}

/// A request on the way.
#[derive(Debug, Clone, Copy)]
struct Flight {
    question: usize,
    due: Instant,
    sent: Instant,
    /// When its datagram came, while one before it has not.
    heard: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Answered,
    Lost,
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
            port,
            session,
            questions,
            flights: VecDeque::new(),
            matched: questions.are_known().then_some(0),
            told: 0,
            compared: 0,
            asked: false,
            out: Vec::new(),
            batch: Vec::new(),
            heard: 0,
            due,
            no_more: false,
            past: VecDeque::new(),
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

    fn question(&self, flight: usize) -> Option<&'r Question> {
        self.flights.get(flight).map(|flight| self.questions.at(flight.question))
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
            until: self.flights.front().map(|flight| flight.sent + plan.timeout),
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
            let question = plan.values.draw();
            self.flights.push_back(Flight { question, due, sent: self.now, heard: None });
            let bytes = &self.questions.at(question).bytes;
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

    /// Lets the session ask what has been asked already, and read what came.
    fn speak(&mut self) -> Result<(), Stop> {
        if self.matched.is_some() {
            return Ok(());
        }
        let now = self.run().now(self.now);
        loop {
            if self.asked {
                if self.told == self.flights.len() {
                    break;
                }
                let value = self.question(self.told).and_then(|question| question.value.as_deref());
                // It was asked.
                let _ = self.session.hear(now, Input::Answer(value.unwrap_or_default()));
                self.told += 1;
                self.asked = false;
            }
            match self.session.poll(&mut self.out) {
                Output::Ask(_) => self.asked = true,
                Output::Wait(_) => break,
                Output::Close(ending) => return Err(Stop::Over(Ok(ending))),
                Output::Broke(violation) => return Err(Stop::Over(Err(violation.clone()))),
                Output::Refused(refusal) => {
                    self.port.run.give_up(Failure::usage(refusal.to_string()));
                    return Err(Stop::GivenUp);
                }
                // It was tried beforehand: there is nothing else in such a convo that a client would have to do.
                _ => {}
            }
        }
        self.compare()
    }

    /// The session must have said what was written ahead of it.
    fn compare(&mut self) -> Result<(), Stop> {
        let mut start = 0;
        while start < self.out.len()
            && let Some(question) = self.question(self.compared)
        {
            if !self.out[start..].starts_with(&question.bytes) {
                let failure = Failure::usage(
                    "the convo went on otherwise than it began: it is no loop of one question and one answer",
                );
                self.port.run.give_up(
                    failure.hint("load it over TCP without --depth: each question waits for an answer there"),
                );
                return Err(Stop::GivenUp);
            }
            start += question.bytes.len();
            self.compared += 1;
        }
        // Where nothing is asked of a person, the session is one question ahead of us.
        self.told = self.told.max(self.compared);
        self.out.drain(..start);
        Ok(())
    }

    async fn hear(&mut self, wants: Wants) -> Event {
        let (port, mut ears) = self.ears();
        let event = port.wait(wants, |came, bytes| ears.hear(came, bytes)).await;
        let (now, known) = (ears.now, ears.known);
        self.just = matches!(event, Event::Heard);
        self.now = now;
        self.answered(known);
        event
    }

    async fn hear_rest(&mut self) {
        let (port, mut ears) = self.ears();
        port.rest(|came, bytes| ears.hear(came, bytes)).await;
        let (now, known) = (ears.now, ears.known);
        self.now = now;
        self.answered(known);
    }

    fn ears(&mut self) -> (&mut Port<'r>, Ears<'_>) {
        let ears = Ears {
            run: self.port.run,
            session: &mut self.session,
            questions: self.questions,
            flights: &mut self.flights,
            matched: &mut self.matched,
            known: 0,
            past: &self.past,
            now: self.now,
        };
        (&mut self.port, ears)
    }

    /// Gives the session the datagrams that are known, in the order of their questions.
    fn drain(&mut self) -> Result<(), Stop> {
        while let Some(flight) = self.flights.front()
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
        if self.matched.is_none() {
            let answer =
                self.question(0).and_then(|question| question.answer.as_deref()).ok_or(Stop::Lost)?;
            self.speak()?;
            let now = self.run().now(self.now);
            let _ = self.session.hear(now, Input::Datagram(answer));
            self.speak()?;
            self.heard = self.session.messages().1;
            self.told = self.told.saturating_sub(1);
            self.compared = self.compared.saturating_sub(1);
        }
        if let Some(flight) = self.flights.pop_front() {
            self.past.push_back((flight.question, fate));
            if self.past.len() > PAST * self.run().plan.depth {
                self.past.pop_front();
            }
        }
        Ok(())
    }

    /// Writes down the answers that the session has taken.
    fn count(&mut self) {
        let heard = self.session.messages().1;
        let taken = usize::try_from(heard - self.heard).unwrap_or(usize::MAX);
        self.heard = heard;
        self.told = self.told.saturating_sub(taken);
        self.compared = self.compared.saturating_sub(taken);
        self.answered(taken);
    }

    /// Writes down that so many questions on the way were answered, the first ones.
    fn answered(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        let mut ledger = self.port.run.ledger();
        ledger.counts.heard += count as u64;
        for flight in self.flights.drain(..count.min(self.flights.len())) {
            ledger.answered(flight.due, self.now);
        }
    }

    /// The oldest question was not answered in time.
    fn expire(&mut self) -> Result<(), Stop> {
        let plan = &self.run().plan;
        if plan.link == Link::Stream {
            return Err(Stop::Silent);
        }
        while let Some(flight) = self.flights.front()
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
struct Ears<'a> {
    run: &'a Run,
    session: &'a mut Session,
    questions: &'a Questions,
    flights: &'a mut VecDeque<Flight>,
    matched: &'a mut Option<usize>,
    /// Answers to the first flights that came as they were known.
    known: usize,
    past: &'a VecDeque<(usize, Fate)>,
    /// When something came last.
    now: Instant,
}

impl<'a> Ears<'a> {
    fn hear(&mut self, came: Came, bytes: &[u8]) {
        self.now = Instant::now();
        let input = match came {
            Came::Bytes(_) => match self.unknown(bytes) {
                [] => return,
                rest => Input::Bytes(rest),
            },
            Came::End => Input::End,
            Came::Datagram(_) if self.sort(bytes) => return,
            Came::Datagram(_) => Input::Datagram(bytes),
        };
        // Nobody knows it: from here on the session judges. Bytes can be heard at any time.
        let now = self.run.now(self.now);
        if let Some(matched @ 1..) = self.matched.take()
            && let Some(answer) = self.answer(self.known)
        {
            let _ = self.session.hear(now, Input::Bytes(&answer[..matched]));
        }
        let _ = self.session.hear(now, input);
    }

    /// What a flight's answer should be.
    fn answer(&self, flight: usize) -> Option<&'a [u8]> {
        self.flights.get(flight).and_then(|flight| self.questions.at(flight.question).answer.as_deref())
    }

    /// Takes of a stream what is known to be right; the rest is left.
    fn unknown<'b>(&mut self, mut bytes: &'b [u8]) -> &'b [u8] {
        while let Some(matched) = *self.matched
            && let Some(answer) = self.answer(self.known)
        {
            let next = &answer[matched..];
            let length = next.len().min(bytes.len());
            if bytes[..length] != next[..length] || length == 0 {
                break;
            }
            bytes = &bytes[length..];
            *self.matched = Some(matched + length);
            if matched + length == answer.len() {
                *self.matched = Some(0);
                self.known += 1;
            }
        }
        bytes
    }

    /// Finds the question that a datagram answers. Whether it is known at all.
    fn sort(&mut self, datagram: &[u8]) -> bool {
        let (run, questions) = (self.run, self.questions);
        let answers = |question: usize| questions.at(question).answer.as_deref() == Some(datagram);
        let waits = |flight: &Flight| flight.heard.is_none() && answers(flight.question);
        if let Some(at) = self.flights.iter().position(waits) {
            self.flights[at].heard = Some(self.now);
            if self.flights.range(at + 1..).any(|later| later.heard.is_some()) {
                run.ledger().counts.reordered += 1;
            }
            return true;
        }
        let heard = self.flights.iter().filter(|flight| flight.heard.is_some());
        if heard.map(|flight| flight.question).any(answers) {
            run.ledger().counts.doubled += 1;
            return true;
        }
        match self.past.iter().find(|(question, _)| answers(*question)) {
            Some((_, Fate::Answered)) => run.ledger().counts.doubled += 1,
            // It was counted as lost: too late is lost.
            Some((_, Fate::Lost)) => {}
            None => return false,
        }
        true
    }
}
