//! Who answers what a convo asks.
//!
//! ```text
//!                    ┌── Told       the arguments after the convo's name, in order
//!  Ask ── Person ────┤
//!                    └── Keyboard   standard input, read by one thread, and only once something is asked:
//!                                     ├── Editor   a terminal: prompts, history
//!                                     └── Lines    a pipe or a file: a line each, no prompts
//! ```

mod keyboard;
mod lines;
mod notes;

use std::collections::VecDeque;
use std::io::{self, IsTerminal};
use std::sync::{Mutex, PoisonError};

use convo::Refusal;
use net::{Again, Answer};

pub(crate) use keyboard::Keyboard;
pub(crate) use notes::Notes;

use crate::report;

/// Our person: answers in the order of asking.
#[derive(Debug)]
pub(crate) struct Person {
    source: Source,
}

#[derive(Debug)]
enum Source {
    Told(Mutex<VecDeque<String>>),
    Typing(Keyboard),
}

impl Person {
    /// Answers with these values, and then no more.
    pub(crate) fn told(values: Vec<String>) -> Self {
        Self { source: Source::Told(Mutex::new(values.into())) }
    }

    /// Answers from standard input, which is not read before something is asked.
    pub(crate) fn typing() -> Self {
        Self { source: Source::Typing(Keyboard::new()) }
    }

    /// Whether somebody sits at a terminal and answers.
    pub(crate) fn is_present(&self) -> bool {
        match &self.source {
            Source::Told(_) => false,
            Source::Typing(_) => at_terminal(),
        }
    }

    /// The next answer. What the future needs is copied. Cancel safe: what is typed for a question that
    /// nobody waits for any more answers the next one.
    pub(crate) fn ask(&self, prompt: String) -> net::Asking {
        match &self.source {
            Source::Told(values) => {
                let value = values.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                Box::pin(std::future::ready(value.map_or(Answer::Gone, Answer::Text)))
            }
            Source::Typing(keyboard) => Box::pin(keyboard.ask(prompt)),
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

    /// Comes when the person pressed Ctrl-C in the line editor, where it is a key and no signal. Cancel safe.
    pub(crate) async fn interrupted(&self) {
        match &self.source {
            Source::Told(_) => std::future::pending().await,
            Source::Typing(keyboard) => keyboard.interrupted().await,
        }
    }
}

/// Whether standard input is somebody's terminal.
fn at_terminal() -> bool {
    io::stdin().is_terminal()
}
