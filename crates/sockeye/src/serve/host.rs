//! What a server does for its sessions: their person, their lines, their log.

use std::io;
use std::sync::Arc;

use convo::{Ask, Refusal, Role};
use net::{About, Again, Asking, Host, Report, Warning};

use crate::journal::{self, Journal};
use crate::person::{Notes, Person, Talk};
use crate::report::Screen;

/// The server's side of the program.
#[derive(Debug)]
pub(super) struct ServeHost {
    pub(super) screen: Screen,
    pub(super) person: Person,
    pub(super) journal: Journal,
    notes: Notes,
    /// How people talk in each convo: there are few.
    talks: Vec<(Arc<str>, Talk)>,
}

impl ServeHost {
    /// A host for these convos.
    ///
    /// # Errors
    /// The system gives no thread to print from.
    pub(super) fn new(talks: Vec<(Arc<str>, Talk)>) -> io::Result<Self> {
        let (person, screen) = (Person::typing(), Screen::unwaiting()?);
        Ok(Self { screen, journal: Journal::new(), notes: Notes::to(&person), person, talks })
    }

    fn talk(&self, about: &About) -> Talk {
        let talk = self.talks.iter().find(|(convo, _)| *convo == about.convo);
        talk.map_or(Talk::Alone, |(_, talk)| *talk)
    }
}

impl Host for ServeHost {
    fn opened(&self, about: &About) {
        journal::opened(about);
        match self.talk(about) {
            Talk::Alone => {}
            Talk::Turns => {
                self.notes.begin();
                self.notes.waiting(&about.peer);
            }
            Talk::Free => self.notes.begin(),
        }
    }

    fn closed(&self, about: &About, report: &Report) {
        if self.talk(about) == Talk::Turns {
            self.notes.closed(&about.peer, &report.end);
        }
        self.journal.closed(about, report);
    }

    fn busy(&self, about: &About) {
        let About { peer, convo, address, .. } = about;
        tracing::debug!(%peer, %convo, %address, "{peer} refused: {convo} on {address} is busy");
    }

    fn show(&self, about: &About, line: &str) {
        match self.talk(about) {
            Talk::Alone => self.screen.show(line),
            Talk::Turns => {
                self.notes.happened();
                self.screen.show(line);
            }
            Talk::Free => self.screen.show_talk(line.as_bytes()),
        }
    }

    fn traces(&self) -> bool {
        journal::wants_messages()
    }

    fn message(&self, about: &About, from: Role, text: &[u8]) {
        journal::message(about, from, text);
    }

    fn ask(&self, about: &About, ask: Ask<'_>) -> Asking {
        self.notes.asking(&ask);
        let prompt = if ask.prompt.is_empty() { "> " } else { ask.prompt };
        let answer = self.person.ask(format!("{} | {prompt}", about.peer), &ask);
        let notes = self.notes.clone();
        let (talk, peer) = (self.talk(about), about.peer.clone());
        Box::pin(async move {
            let answer = answer.await;
            notes.answered();
            if talk == Talk::Turns {
                notes.waiting(&peer);
            }
            answer
        })
    }

    fn refused(&self, _: &About, refusal: &Refusal) -> Again {
        self.person.refused(refusal)
    }

    fn warn(&self, about: Option<&About>, warning: &Warning) {
        match about {
            Some(About { peer, convo, .. }) if matches!(warning, Warning::Refused(_)) => {
                self.journal.fail(&format!("{peer} {convo}: {warning}"));
            }
            Some(About { peer, convo, .. }) => self.journal.warn(&format!("{peer} {convo}: {warning}")),
            None => self.journal.warn_of_own(&warning.to_string()),
        }
    }
}
