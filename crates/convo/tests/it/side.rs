//! One session, its person and its lists: polled until it waits, everything that it puts out written down.

use std::collections::VecDeque;
use std::time::Duration;

use convo::transcript::Event;
use convo::{
    Convo, Ending, Found, Input, Link, Now, Output, Presets, Role, Session, Setup, Violation, ViolationKind,
};

use crate::kept::{Answer, Kept};

/// Bytes of plain text that one block carries: 2048-bit RSA-OAEP with SHA-1.
pub(crate) const BLOCK_BYTES_MAX: usize = 214;
/// Outputs of one poll after the other before a test gives up.
const OUTPUTS_MAX: usize = 200_000;

/// When everything begins.
pub(crate) const START: Now = Now { monotonic: Duration::ZERO, unix: 1_790_000_000 };

/// How a session is set up; `Default` is a patient stream with the default limit.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    pub(crate) link: Link,
    pub(crate) values: Vec<(String, String)>,
    pub(crate) seed: u64,
    pub(crate) message_bytes_max: usize,
    pub(crate) patience: Option<Duration>,
}

impl Default for Terms {
    fn default() -> Self {
        Self { link: Link::Stream, values: Vec::new(), seed: 1, message_bytes_max: 64 * 1024, patience: None }
    }
}

/// One write, one datagram or one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Write {
    pub(crate) bytes: Vec<u8>,
    /// It is kept apart from the write before it.
    pub(crate) apart: bool,
    pub(crate) sealed: bool,
}

pub(crate) struct Side {
    pub(crate) role: Role,
    session: Session,
    link: Link,
    pub(crate) now: Now,
    typed: VecDeque<String>,
    /// What it has written and nobody has taken.
    pub(crate) writes: VecDeque<Write>,
    out: Vec<u8>,
    pub(crate) secured: bool,
    pub(crate) events: Vec<Event>,
    /// Messages of the peer, as this session took them.
    pub(crate) heard: Vec<Vec<u8>>,
    pub(crate) refused: Vec<String>,
    pub(crate) ending: Option<Ending>,
    pub(crate) violation: Option<Violation>,
    pub(crate) connected: bool,
    pub(crate) over: bool,
    /// When it wants to be told the time.
    pub(crate) until: Option<Duration>,
}

impl Side {
    pub(crate) fn new(convo: &Convo, role: Role, terms: &Terms, typed: &[String]) -> Self {
        let now = START;
        let givens: Vec<_> = convo.program(role).givens().map(str::to_owned).collect();
        let values: Vec<_> = terms.values.iter().filter(|(name, _)| givens.contains(name)).cloned().collect();
        let setup = Setup {
            link: terms.link,
            peer: "127.0.0.1:5000".to_owned(),
            presets: Presets::read(convo.program(role), &values).expect("values that fit"),
            seed: terms.seed,
            message_bytes_max: terms.message_bytes_max,
            patience: terms.patience,
            trace: true,
            now,
        };
        Self {
            role,
            session: Session::new(convo.program(role).clone(), setup),
            link: terms.link,
            now,
            typed: typed.iter().cloned().collect(),
            writes: VecDeque::new(),
            out: Vec::new(),
            secured: false,
            events: Vec::new(),
            heard: Vec::new(),
            refused: Vec::new(),
            ending: None,
            violation: None,
            connected: role == Role::Server,
            over: false,
            until: None,
        }
    }

    pub(crate) fn hear(&mut self, input: Input<'_>) {
        self.session.hear(self.now, input).expect("an input that is waited for");
    }

    pub(crate) fn listens(&self) -> bool {
        self.session.listens()
    }

    pub(crate) fn broke(&self) -> Option<ViolationKind> {
        self.violation.as_ref().map(|violation| violation.kind)
    }

    /// Everything that it said, as it went over the wire.
    pub(crate) fn wire(&mut self) -> Vec<u8> {
        self.writes.drain(..).flat_map(|write| write.bytes).collect()
    }

    /// Polls until the session waits or is over.
    pub(crate) fn run(&mut self, kept: &mut Kept) {
        assert!(self.run_briefly(kept, OUTPUTS_MAX), "the {} never waits", self.role.name());
    }

    /// Polls for so many outputs at most; `false` if the session could go on.
    pub(crate) fn run_briefly(&mut self, kept: &mut Kept, outputs: usize) -> bool {
        let waits = (0..outputs).any(|_| !self.one(kept));
        if !self.out.is_empty() {
            self.write(false);
        }
        waits
    }

    /// One output; `false` if nothing more comes before the next input.
    fn one(&mut self, kept: &mut Kept) -> bool {
        let role = self.role;
        let reply = match self.session.poll(&mut self.out) {
            Output::Connect => {
                self.connected = true;
                return true;
            }
            Output::Send { apart } => {
                self.write(apart);
                return true;
            }
            Output::Show(line) => {
                self.events.push(Event::Shown(role, line.to_owned()));
                return true;
            }
            Output::Message { from, text } if from == role => {
                self.events.push(Event::Said(role, text.to_vec()));
                return true;
            }
            Output::Message { text, .. } => {
                self.heard.push(text.to_vec());
                return true;
            }
            Output::Refused(refusal) => {
                self.refused.push(refusal.to_string());
                return true;
            }
            // One session alone has a room for itself: nobody else hears.
            Output::Join(_) | Output::Leave { .. } | Output::Tell(_) => return true,
            Output::Unsaid(why) => {
                self.refused.push(why.to_owned());
                return true;
            }
            Output::Wait(until) => {
                self.until = until;
                return false;
            }
            Output::Close(ending) => {
                let event = if ending == Ending::WeLeft { Event::Left(role) } else { Event::Closed(role) };
                self.ending = Some(ending);
                return self.finish(event);
            }
            Output::Stop => return self.finish(Event::Stopped(role)),
            Output::Broke(violation) => {
                self.violation = Some(violation.clone());
                let event = Event::Broke(role, violation.text.clone());
                return self.finish(event);
            }
            Output::Ask(_) => Reply::Person,
            Output::Look(look) => Reply::Found(kept.look(look)),
            Output::Add(add) => Reply::Added(kept.add(add)),
            Output::Secure => Reply::Secured,
        };
        self.reply(reply);
        true
    }

    fn reply(&mut self, reply: Reply) {
        match reply {
            Reply::Person => match self.typed.pop_front() {
                Some(line) => {
                    self.events.push(Event::Typed(self.role, line.clone()));
                    self.hear(Input::Answer(&line));
                }
                None => self.hear(Input::NoAnswer),
            },
            Reply::Found(Answer::Items { items, more }) => {
                self.hear(Input::Found(Found::Items { items: &items.into(), more }));
            }
            Reply::Found(Answer::Text(text)) => self.hear(Input::Found(Found::Text(text.as_deref()))),
            Reply::Found(Answer::Members(names)) => self.hear(Input::Found(Found::Members(&names))),
            Reply::Found(Answer::Count(count)) => self.hear(Input::Found(Found::Count(count))),
            Reply::Added(added) => self.hear(Input::Added(added)),
            Reply::Secured => {
                self.secured = true;
                self.hear(Input::Secured { message_bytes_max: BLOCK_BYTES_MAX });
            }
        }
    }

    fn finish(&mut self, event: Event) -> bool {
        if !self.over {
            self.over = true;
            self.events.push(event);
        }
        self.until = None;
        false
    }

    /// A datagram and a block may be empty; nothing to write on a stream is no write.
    fn write(&mut self, apart: bool) {
        if self.link == Link::Datagram || self.secured || !self.out.is_empty() {
            let bytes = std::mem::take(&mut self.out);
            self.writes.push_back(Write { bytes, apart, sealed: self.secured });
        }
    }
}

enum Reply {
    Person,
    Found(Answer),
    Added(Result<u64, &'static str>),
    Secured,
}
