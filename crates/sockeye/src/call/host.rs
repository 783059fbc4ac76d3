//! What a client does for its session: its person, its lines, its log.

use std::sync::Arc;

use convo::{Ask, Refusal, Role};
use net::{About, Again, Answer, Asking, Host, Report, Warning};

use super::again::Memory;
use crate::journal;
use crate::person::{Notes, Person, Talk};
use crate::report::Screen;

/// The client's side of the program.
#[derive(Debug)]
pub(super) struct CallHost {
    pub(super) screen: Screen,
    pub(super) person: Person,
    pub(super) memory: Arc<Memory>,
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

impl CallHost {
    pub(super) fn new(person: Person, output: Output, talk: Talk) -> Self {
        let notes = Notes::to(&person);
        Self { screen: Screen::new(), person, memory: Arc::default(), notes, output, talk }
    }
}

impl Host for CallHost {
    fn opened(&self, about: &About) {
        journal::opened(about);
    }

    fn closed(&self, about: &About, report: &Report) {
        if self.talk == Talk::Turns {
            self.notes.closed(&about.peer, &report.end);
        }
        journal::closed(about, report);
    }

    fn busy(&self, _: &About) {}

    fn show(&self, _: &About, line: &str) {
        self.notes.happened();
        match self.talk {
            Talk::Free => self.screen.show_talk(line.as_bytes()),
            Talk::Alone | Talk::Turns => self.screen.show(line),
        }
    }

    fn traces(&self) -> bool {
        self.output == Output::Said || journal::wants_messages()
    }

    fn message(&self, about: &About, from: Role, text: &[u8]) {
        journal::message(about, from, text);
        if self.output == Output::Said && from == Role::Server {
            self.notes.happened();
            match self.talk {
                Talk::Free => self.screen.show_talk(text),
                Talk::Alone | Talk::Turns => self.screen.show_message(text),
            }
        }
    }

    fn ask(&self, about: &About, ask: Ask<'_>) -> Asking {
        if let Some(answer) = self.memory.recall(&ask) {
            return Box::pin(std::future::ready(Answer::Text(answer)));
        }
        self.notes.asking(&ask);
        let prompt = if ask.prompt.is_empty() { "> " } else { ask.prompt };
        let answer = self.person.ask(prompt.to_owned(), &ask);
        let asked = (!ask.freely).then(|| (Arc::clone(&self.memory), ask.prompt.to_owned()));
        let notes = self.notes.clone();
        let (talk, peer) = (self.talk, about.peer.clone());
        Box::pin(async move {
            let answer = answer.await;
            notes.answered();
            if let (Some((memory, prompt)), Answer::Text(text)) = (asked, &answer) {
                memory.learn(prompt, text.clone());
            }
            if talk == Talk::Turns {
                notes.waiting(&peer);
            }
            answer
        })
    }

    fn refused(&self, _: &About, refusal: &Refusal) -> Again {
        self.memory.forget();
        self.person.refused(refusal)
    }

    fn warn(&self, _: Option<&About>, warning: &Warning) {
        tracing::warn!("{warning}");
    }
}
