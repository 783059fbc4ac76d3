//! Who answers what a convo asks.
//!
//! ```text
//!                    ┌── Told       the arguments after the convo's name, in order
//!  Ask ── Person ────┼── Terminal   standard input at a terminal: keys ─ Editor ─▶ the line being typed
//!                    └── Lines      a pipe or a file: a line each, no prompts
//! ```
//!
//! Standard input is read by one thread, and only once something is asked.

mod editor;
mod keys;
mod lines;
mod notes;
mod talk;
mod terminal;

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use convo::{Ask, Refusal};
use net::{Again, Answer};

pub(crate) use notes::Notes;
pub(crate) use talk::Talk;

use crate::report;
use lines::Lines;
use terminal::Terminal;

/// Our person: answers in the order of asking.
#[derive(Debug)]
pub(crate) struct Person {
    source: Source,
}

#[derive(Debug)]
enum Source {
    Told(Mutex<VecDeque<String>>),
    Terminal(Terminal),
    Lines(Lines),
}

impl Person {
    /// Answers with these values, and then no more.
    pub(crate) fn told(values: Vec<String>) -> Self {
        Self { source: Source::Told(Mutex::new(values.into())) }
    }

    /// Answers from standard input, which is not read before something is asked.
    pub(crate) fn typing() -> Self {
        let lines = || Source::Lines(Lines::open());
        Self { source: Terminal::open().map_or_else(lines, Source::Terminal) }
    }

    /// Whether somebody sits at a terminal and answers.
    pub(crate) fn is_present(&self) -> bool {
        match &self.source {
            Source::Told(_) => false,
            Source::Terminal(_) => true,
            Source::Lines(lines) => lines.are_typed(),
        }
    }

    /// The next answer. What the future needs is copied. Cancel safe: what is typed for a question that
    /// nobody waits for any more answers the next one.
    pub(crate) fn ask(&self, prompt: String, ask: &Ask<'_>) -> net::Asking {
        let answer = self.answer(prompt);
        if !(self.is_present() && talk::leaves_by_word(ask)) {
            return answer;
        }
        Box::pin(async {
            match answer.await {
                Answer::Text(text) if text == talk::LEAVE => Answer::Gone,
                answer => answer,
            }
        })
    }

    fn answer(&self, prompt: String) -> net::Asking {
        match &self.source {
            Source::Told(values) => {
                let value = values.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                Box::pin(std::future::ready(value.map_or(Answer::Gone, Answer::Text)))
            }
            Source::Terminal(terminal) => Box::pin(terminal.ask(prompt)),
            Source::Lines(lines) => Box::pin(lines.ask(&prompt)),
        }
    }

    /// What follows an answer that cannot be taken: somebody at a terminal is told and asked again; elsewhere
    /// only what cannot be said (too long for one encrypted block) is passed over.
    pub(crate) fn refused(&self, refusal: &Refusal) -> Again {
        match refusal {
            Refusal::Unfit(why) if !self.is_present() => Again::GiveUp(why.clone()),
            Refusal::Unsayable(why) if !self.is_present() => {
                tracing::warn!("{why}");
                Again::Ask
            }
            Refusal::Unfit(why) | Refusal::Unsayable(why) => {
                report::notice(why);
                Again::Ask
            }
        }
    }

    /// Comes when a person at a terminal pressed Ctrl-D while nothing was asked. Cancel safe.
    pub(crate) async fn left(&self) {
        match &self.source {
            Source::Told(_) | Source::Lines(_) => std::future::pending().await,
            Source::Terminal(terminal) => terminal.left().await,
        }
    }
}
