//! Requests on the way, and what is known of their answers beforehand.
//!
//! Where the answers are known and each turn of the client is like the first, an answer to a stream's first question that
//! is byte for byte the known one is right: a session has taken it before, in memory. The first that is not leaves this and
//! all others to the session.
//!
//! Datagrams are put in order: an answer is known by its question, so that a lost, doubled or late one is told from a wrong
//! one.

use std::collections::VecDeque;
use std::time::Instant;

use super::Run;
use crate::bench::questions::{Question, Questions};

/// Datagrams answered, or given up, that are remembered to know a doubled one, for each request on the way.
const PAST: usize = 4;

/// The requests on the way, the oldest first.
pub(super) struct Flights<'r> {
    questions: &'r Questions,
    flights: VecDeque<Flight>,
    /// So much of the first answer has come and is as known; nothing once the session judges.
    matched: Option<usize>,
    /// Questions that were answered lately or are lost, datagrams only.
    past: VecDeque<(usize, Fate)>,
    past_max: usize,
}

/// A request on the way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flight {
    question: usize,
    pub(super) due: Instant,
    pub(super) sent: Instant,
    /// When its datagram came, while one before it has not.
    pub(super) heard: Option<Instant>,
}

/// What became of a request whose answer is a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Answered,
    Lost,
}

impl<'r> Flights<'r> {
    /// None yet; up to `depth` at a time.
    pub(super) fn new(questions: &'r Questions, depth: usize) -> Self {
        Self {
            questions,
            flights: VecDeque::new(),
            matched: questions.are_known().then_some(0),
            past: VecDeque::new(),
            past_max: PAST * depth,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.flights.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.flights.is_empty()
    }

    /// The oldest one.
    pub(super) fn first(&self) -> Option<&Flight> {
        self.flights.front()
    }

    /// Begins one; returns what is to be written.
    pub(super) fn begin(&mut self, question: usize, due: Instant, sent: Instant) -> &'r [u8] {
        self.flights.push_back(Flight { question, due, sent, heard: None });
        &self.questions.at(question).bytes
    }

    /// What was asked with the one at a place.
    pub(super) fn question(&self, at: usize) -> Option<&'r Question> {
        self.flights.get(at).map(|flight| self.questions.at(flight.question))
    }

    /// What the answer to it should be, where that is known.
    pub(super) fn answer(&self, at: usize) -> Option<&'r [u8]> {
        self.question(at).and_then(|question| question.answer.as_deref())
    }

    /// Whether answers are compared with the known ones, and the session asked nothing.
    pub(super) fn are_matched(&self) -> bool {
        self.matched.is_some()
    }

    /// From here on the session judges. Returns what has come of the first answer before.
    pub(super) fn leave(&mut self) -> &'r [u8] {
        let matched = self.matched.take().unwrap_or_default();
        self.answer(0).and_then(|answer| answer.get(..matched)).unwrap_or_default()
    }

    /// Takes of a stream what is known to be right, and writes it down; the rest is left.
    pub(super) fn take<'b>(&mut self, run: &Run, mut bytes: &'b [u8], now: Instant) -> &'b [u8] {
        let mut taken = 0;
        while let Some(matched) = self.matched
            && let Some(answer) = self.answer(taken)
        {
            let next = &answer[matched..];
            let length = next.len().min(bytes.len());
            if bytes[..length] != next[..length] || length == 0 {
                break;
            }
            bytes = &bytes[length..];
            self.matched = Some(matched + length);
            if matched + length == answer.len() {
                self.matched = Some(0);
                taken += 1;
            }
        }
        self.answered(run, taken, now);
        bytes
    }

    /// The first ones, so many, were answered now: that is written down.
    pub(super) fn answered(&mut self, run: &Run, count: usize, now: Instant) {
        if count == 0 {
            return;
        }
        let mut ledger = run.ledger();
        ledger.counts.heard += count as u64;
        for flight in self.flights.drain(..count.min(self.flights.len())) {
            ledger.answered(flight.due, now);
        }
    }

    /// The first one is done with; its datagram, should it come, is told from others for a while.
    pub(super) fn pass(&mut self, fate: Fate) {
        let Some(flight) = self.flights.pop_front() else { return };
        self.past.push_back((flight.question, fate));
        if self.past.len() > self.past_max {
            self.past.pop_front();
        }
    }

    /// Finds the question that a datagram answers. Whether it is known at all.
    pub(super) fn sort(&mut self, run: &Run, datagram: &[u8], now: Instant) -> bool {
        let questions = self.questions;
        let answers = |question: usize| questions.at(question).answer.as_deref() == Some(datagram);
        let waits = |flight: &Flight| flight.heard.is_none() && answers(flight.question);
        if let Some(at) = self.flights.iter().position(waits) {
            self.flights[at].heard = Some(now);
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
