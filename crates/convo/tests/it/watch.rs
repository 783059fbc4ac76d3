//! An observer and what it saw.

use std::time::Duration;

use convo::{Convo, Input, Link, Now, Observed, Observer, Role};

use crate::side::Terms;

pub(crate) struct Watch {
    observer: Observer,
    now: Now,
    pub(crate) until: Option<Duration>,
    /// Messages of the client, of the server.
    pub(crate) messages: [Vec<Vec<u8>>; 2],
    /// Lengths that passed under encryption.
    pub(crate) sealed: [Vec<usize>; 2],
    /// Bytes that passed and were not followed.
    pub(crate) bytes: [Vec<u8>; 2],
    /// How it ended, or why it could not be followed.
    pub(crate) notes: Vec<String>,
}

impl Watch {
    pub(crate) fn new(convo: &Convo, terms: &Terms) -> Self {
        let now = Now { monotonic: Duration::ZERO, unix: 1_790_000_000 };
        Self::with(Observer::new(convo, terms.link, terms.message_bytes_max, now), now)
    }

    /// Watches a stream with the default limit.
    pub(crate) fn stream(convo: &Convo) -> Self {
        let now = Now { monotonic: Duration::ZERO, unix: 1_790_000_000 };
        Self::with(Observer::new(convo, Link::Stream, 64 * 1024, now), now)
    }

    fn with(observer: Observer, now: Now) -> Self {
        let mut watch = Self {
            observer,
            now,
            until: None,
            messages: Default::default(),
            sealed: Default::default(),
            bytes: Default::default(),
            notes: Vec::new(),
        };
        watch.look();
        watch
    }

    pub(crate) fn hear(&mut self, from: Role, input: Input<'_>) {
        self.observer.hear(self.now, from, input).expect("what an observer can hear");
        self.look();
    }

    pub(crate) fn pass_time(&mut self, to: Duration) {
        self.now.monotonic = to;
        self.hear(Role::Client, Input::Tick);
    }

    fn look(&mut self) {
        loop {
            match self.observer.poll() {
                Observed::Message { from, text } => self.messages[index(from)].push(text.to_vec()),
                Observed::Sealed { from, bytes } => self.sealed[index(from)].push(bytes),
                Observed::Bytes { from, bytes } => self.bytes[index(from)].extend_from_slice(bytes),
                Observed::Over(ending) => self.notes.push(format!("over: {ending:?}")),
                Observed::Stop => self.notes.push("stop".to_owned()),
                Observed::Broke(violation) => self.notes.push(violation.to_string()),
                Observed::Lost { line } => self.notes.push(format!("lost at line {line}")),
                Observed::Wait(until) => {
                    self.until = until;
                    return;
                }
            }
        }
    }
}

fn index(role: Role) -> usize {
    match role {
        Role::Client => 0,
        Role::Server => 1,
    }
}
