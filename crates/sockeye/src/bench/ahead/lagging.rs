//! The session behind what is written: it asks the same questions, one by one, as the answers come, and verifies each.
//!
//! In place of a datagram that was lost it is given the answer that should have come.

use std::time::Instant;

use convo::{Input, Now, Output, Session};

use super::flights::Flights;
use super::{Run, Stop};
use crate::report::Failure;

/// A session that lags behind what is written.
pub(super) struct Lagging {
    session: Session,
    /// Requests on the way of which it knows.
    told: usize,
    /// Of these, the ones whose bytes were compared.
    compared: usize,
    /// It waits to be asked its next question.
    asked: bool,
    /// What it would have written.
    out: Vec<u8>,
    /// Answers that it had taken when they were last written down.
    heard: u64,
}

impl Lagging {
    pub(super) fn new(session: Session) -> Self {
        Self { session, told: 0, compared: 0, asked: false, out: Vec::new(), heard: 0 }
    }

    /// Hears what came.
    pub(super) fn hear(&mut self, now: Now, input: Input<'_>) {
        // It can be heard at any time.
        let _ = self.session.hear(now, input);
    }

    /// Asks what has been asked already, and reads what came.
    pub(super) fn speak(&mut self, run: &Run, now: Instant, flights: &Flights<'_>) -> Result<(), Stop> {
        let now = run.now(now);
        loop {
            if self.asked {
                if self.told == flights.len() {
                    break;
                }
                let value = flights.question(self.told).and_then(|question| question.value.as_deref());
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
                    run.give_up(Failure::usage(refusal.to_string()));
                    return Err(Stop::GivenUp);
                }
                // It was tried beforehand: there is nothing else in such a convo that a client would have to do.
                _ => {}
            }
        }
        self.compare(run, flights)
    }

    /// It must have said what was written ahead of it.
    fn compare(&mut self, run: &Run, flights: &Flights<'_>) -> Result<(), Stop> {
        let mut start = 0;
        while start < self.out.len()
            && let Some(question) = flights.question(self.compared)
        {
            if !self.out[start..].starts_with(&question.bytes) {
                let failure = Failure::usage(
                    "the convo went on otherwise than it began: it is no loop of one question and one answer",
                );
                run.give_up(
                    failure.hint("load it over TCP without --depth: each question waits for an answer there"),
                );
                return Err(Stop::GivenUp);
            }
            start += question.bytes.len();
            self.compared += 1;
        }
        // Where nothing is asked of a person, it is one question ahead of us.
        self.told = self.told.max(self.compared);
        self.out.drain(..start);
        Ok(())
    }

    /// How many answers it has taken since they were last written down.
    pub(super) fn taken(&self) -> usize {
        usize::try_from(self.session.messages().1 - self.heard).unwrap_or(usize::MAX)
    }

    /// What it has taken is written down, and so many requests are on the way no more.
    pub(super) fn land(&mut self, count: usize) {
        self.heard = self.session.messages().1;
        self.told = self.told.saturating_sub(count);
        self.compared = self.compared.saturating_sub(count);
    }
}
