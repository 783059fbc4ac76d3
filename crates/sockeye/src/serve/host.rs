//! What a server does for its sessions: their person, their lines, their log.

use std::collections::HashSet;
use std::sync::Arc;

use convo::{Ask, Refusal, Role};
use net::{About, Again, Asking, Host, Report, Warning};

use crate::journal::{self, Journal};
use crate::person::{Notes, Person};
use crate::report::Screen;

/// The server's side of the program.
#[derive(Debug)]
pub(super) struct ServeHost {
    pub(super) screen: Screen,
    pub(super) person: Person,
    pub(super) journal: Journal,
    notes: Notes,
    /// The convos in which both sides' people are asked.
    chats: HashSet<Arc<str>>,
}

impl ServeHost {
    /// A host for these convos, of which `chats` ask both sides' people.
    pub(super) fn new(chats: HashSet<Arc<str>>) -> Self {
        let person = Person::typing();
        Self { screen: Screen::new(), journal: Journal::new(), notes: Notes::to(&person), person, chats }
    }

    fn is_chat(&self, about: &About) -> bool {
        self.chats.contains(&about.convo)
    }
}

impl Host for ServeHost {
    fn opened(&self, about: &About) {
        journal::opened(about);
        if self.is_chat(about) {
            self.notes.begin();
            self.notes.waiting(&about.peer);
        }
    }

    fn closed(&self, about: &About, report: &Report) {
        if self.is_chat(about) {
            self.notes.closed(&about.peer, &report.end);
        }
        self.journal.closed(about, report);
    }

    fn busy(&self, about: &About) {
        let About { peer, convo, address, .. } = about;
        tracing::debug!(%peer, %convo, %address, "{peer} refused: {convo} on {address} is busy");
    }

    fn show(&self, about: &About, line: &str) {
        if self.is_chat(about) {
            self.notes.happened();
        }
        self.screen.show(line);
    }

    fn traces(&self) -> bool {
        journal::wants_messages()
    }

    fn message(&self, about: &About, from: Role, text: &[u8]) {
        journal::message(about, from, text);
    }

    fn ask(&self, about: &Arc<About>, ask: Ask<'_>) -> Asking {
        self.notes.asking(&ask);
        let prompt = if ask.prompt.is_empty() { "> " } else { ask.prompt };
        let answer = self.person.ask(format!("{} | {prompt}", about.peer));
        let notes = self.notes.clone();
        let about = Arc::clone(about);
        let chat = self.is_chat(&about);
        Box::pin(async move {
            let answer = answer.await;
            notes.answered();
            if chat {
                notes.waiting(&about.peer);
            }
            answer
        })
    }

    fn refused(&self, _: &About, refusal: &Refusal) -> Again {
        self.person.refused(refusal)
    }

    fn warn(&self, about: Option<&About>, warning: &Warning) {
        match about {
            Some(About { peer, convo, .. }) => self.journal.warn(&format!("{peer} {convo}: {warning}")),
            None => self.journal.warn(&warning.to_string()),
        }
    }
}
