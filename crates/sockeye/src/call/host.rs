//! What a client does for its session: its person, its lines, its log.

use std::sync::Arc;

use convo::{Ask, Refusal, Role};
use net::{About, Again, Asking, Host, Report, Warning};

use crate::journal;
use crate::person::{Notes, Person};
use crate::report::Screen;

/// The client's side of the program.
#[derive(Debug)]
pub(super) struct CallHost {
    pub(super) screen: Screen,
    pub(super) person: Person,
    notes: Notes,
    output: Output,
    talk: Talk,
}

/// What goes to standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Output {
    /// The convo's `C>` lines.
    Shown,
    /// The convo has none: what the server said, a message a line.
    Said,
}

/// Who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Talk {
    /// Our person only.
    Ours,
    /// People at both sides, by turns.
    Both,
}

impl CallHost {
    pub(super) fn new(person: Person, output: Output, talk: Talk) -> Self {
        Self { screen: Screen::new(), notes: Notes::to(&person), person, output, talk }
    }
}

impl Host for CallHost {
    fn opened(&self, about: &About) {
        journal::opened(about);
    }

    fn closed(&self, about: &About, report: &Report) {
        if self.talk == Talk::Both {
            self.notes.closed(&about.peer, &report.end);
        }
        journal::closed(about, report);
    }

    fn busy(&self, _: &About) {}

    fn show(&self, _: &About, line: &str) {
        self.notes.happened();
        self.screen.show(line);
    }

    fn traces(&self) -> bool {
        self.output == Output::Said || journal::wants_messages()
    }

    fn message(&self, about: &About, from: Role, text: &[u8]) {
        journal::message(about, from, text);
        if self.output == Output::Said && from == Role::Server {
            self.notes.happened();
            self.screen.show_message(text);
        }
    }

    fn ask(&self, about: &Arc<About>, ask: Ask<'_>) -> Asking {
        self.notes.asking(&ask);
        let prompt = if ask.prompt.is_empty() { "> " } else { ask.prompt };
        let answer = self.person.ask(prompt.to_owned());
        let notes = self.notes.clone();
        let about = Arc::clone(about);
        let talk = self.talk;
        Box::pin(async move {
            let answer = answer.await;
            notes.answered();
            if talk == Talk::Both {
                notes.waiting(&about.peer);
            }
            answer
        })
    }

    fn refused(&self, _: &About, refusal: &Refusal) -> Again {
        self.person.refused(refusal)
    }

    fn warn(&self, _: Option<&About>, warning: &Warning) {
        tracing::warn!("{warning}");
    }
}
