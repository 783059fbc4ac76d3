//! Both roles of a convo against each other, in memory: what correct programs say to each other.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::model::Fits;
use crate::program::{At, Op};
use crate::session::{Ending, Input, Link, Now, Output, Refusal, Session, Setup, Violation};
use crate::syntax::tree::Framing;
use crate::{Convo, Role, framing};

use super::candidates::Asked;
use super::react::Lists;

/// Turns of a rehearsal, at most: a convo whose roles never wait for each other ends here.
const TURNS_MAX: usize = 20_000;
/// The longest message in a rehearsal, bytes; that of `serve` and `call`.
pub(super) const MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// Plain text that one block carries after `secure` in a rehearsal: that of the shortest key.
const BLOCK_BYTES_MAX: usize = 86;

/// What the persons at both sides answer, in order. When theirs run out, a person leaves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Answers {
    /// The client's.
    pub client: Vec<String>,
    /// The server's.
    pub server: Vec<String>,
}

/// How a message is told from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cutting {
    /// Any cut of the bytes gives the same messages.
    Sound,
    /// As `Sound`, and each ends with a newline.
    Lines,
    /// As `Lines`, with a carriage return before it.
    LinesCrlf,
    /// By what one read delivers: the protocol cannot promise that.
    Chunk,
    /// Each message is one encrypted block.
    Secured,
}

/// A hole of a message that was said.
#[derive(Debug, Clone)]
pub struct Hole {
    /// The hole as it is written, without braces.
    pub text: String,
    /// What fits it.
    pub kind: HoleKind,
    /// Where it lies in [`Said::text`].
    pub range: std::ops::Range<usize>,
}

/// What fits a hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoleKind {
    /// Text or bytes of any length.
    Text,
    /// Text without white space.
    Word,
    /// A decimal integer.
    Int,
    /// So many bytes, or an integer of fixed width.
    Sized,
}

/// One message of a rehearsal.
#[derive(Debug, Clone)]
pub struct Said {
    /// Who said it.
    pub from: Role,
    /// Its line in the convo, from 1; 0 where it cannot be told.
    pub line: usize,
    /// The message without its framing.
    pub text: Vec<u8>,
    /// What goes over the wire: one write, or two under `counted`.
    pub writes: Vec<Vec<u8>>,
    /// How it is told from the next.
    pub cutting: Cutting,
    /// Whether it is JSON.
    pub json: bool,
    /// Its holes, in order; none of JSON.
    pub holes: Vec<Hole>,
    /// How many answers its role had been given before it was said.
    pub answers: usize,
    pub(super) framing: Option<Framing>,
}

impl Said {
    /// All of it as one piece.
    pub fn wire(&self) -> Vec<u8> {
        self.writes.concat()
    }

    /// Another text with the frame of this one.
    pub fn framed(&self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        match self.framing {
            Some(kind) => framing::wrap(kind, text, &mut out),
            None => out.extend_from_slice(text),
        }
        out
    }
}

/// What happened in a rehearsal.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    /// The messages, in order.
    pub said: Vec<Said>,
    /// How the client ended; `None` where both waited for each other, or nothing more was answered.
    pub client: Option<Result<Ending, Violation>>,
    /// How the server ended.
    pub server: Option<Result<Ending, Violation>>,
    /// Whether the server itself stopped.
    pub stops: bool,
    /// An answer that could not be taken.
    pub refused: Option<Refusal>,
    /// How many answers of each side were taken.
    pub answered: Answers,
    /// What was shown at the client's terminal.
    pub client_shows: Vec<String>,
    /// What was shown at the server's terminal.
    pub server_shows: Vec<String>,
    /// When each of the client's answers was asked for: how many messages the client had said and heard.
    pub client_asked: Vec<(u64, u64)>,
    /// When each of the server's answers was asked for: how many messages the server had said and heard.
    pub server_asked: Vec<(u64, u64)>,
    /// Whether the client's person leaves at a question that comes after others and was never asked before: in the middle
    /// of a round. A client that asks all of them before it says anything says less there, which is lawful.
    pub leaves_midway: bool,
    /// Who would have been asked next, where the answers ran out.
    pub(super) open: Option<Asked>,
    pub(super) ways: [BTreeSet<(At, At)>; 2],
}

impl Rehearsal {
    /// Whether the client ended in good order, the server did or waits on (for a datagram's end is heard by
    /// nobody), and every answer was taken.
    pub fn is_sound(&self) -> bool {
        self.refused.is_none() && matches!(self.client, Some(Ok(_))) && !matches!(self.server, Some(Err(_)))
    }

    /// Whether the server's person was asked on when all answers were used up.
    pub fn server_is_asked_on(&self) -> bool {
        self.open.as_ref().is_some_and(|asked| asked.role == Role::Server)
    }

    /// The client's messages.
    pub fn client_said(&self) -> impl Iterator<Item = &Said> {
        self.said.iter().filter(|said| said.from == Role::Client)
    }

    /// The server's messages.
    pub fn server_said(&self) -> impl Iterator<Item = &Said> {
        self.said.iter().filter(|said| said.from == Role::Server)
    }
}

/// Whether what a server says may depend on what earlier conversations left.
pub fn keeps(convo: &Convo) -> bool {
    convo.program(Role::Server).steps.iter().any(|op| matches!(op, Op::Add { .. }))
}

/// Whether there are conversations after which the server itself stops.
pub fn stops(convo: &Convo) -> bool {
    convo.program(Role::Server).steps.iter().any(|op| matches!(op, Op::Stop))
}

/// Runs both roles against each other with these answers.
pub fn rehearse(convo: &Convo, link: Link, answers: &Answers, seed: u64) -> Rehearsal {
    Stage::new(convo, link, answers, seed).run()
}

/// What a rehearsal begins with.
pub(super) fn setup(link: Link, seed: u64) -> Setup {
    Setup {
        link,
        peer: "127.0.0.1:40000".to_owned(),
        values: Vec::new(),
        seed,
        message_bytes_max: MESSAGE_BYTES_MAX,
        patience: None,
        trace: true,
        now: Now { monotonic: Duration::ZERO, unix: 1_800_000_000 },
    }
}

struct Side {
    role: Role,
    session: Session,
    answers: VecDeque<String>,
    answered: Vec<String>,
    asked: Vec<(u64, u64)>,
    /// The questions that were answered.
    questions: BTreeSet<At>,
    /// The last question comes after others and was new.
    midway: bool,
    shows: Vec<String>,
    /// What the other side wrote and this one has not read.
    inbox: VecDeque<Vec<u8>>,
    ended: Option<Result<Ending, Violation>>,
    told_end: bool,
    until: Option<Duration>,
}

struct Stage {
    link: Link,
    now: Duration,
    sides: [Side; 2],
    lists: Lists,
    rehearsal: Rehearsal,
    /// Both sides know the keys once both have come to `secure`.
    securing: [bool; 2],
    halted: bool,
}

impl Stage {
    fn new(convo: &Convo, link: Link, answers: &Answers, seed: u64) -> Self {
        let side = |role: Role, answers: &[String]| {
            let mut session = Session::start(Arc::clone(convo.program(role)), setup(link, seed), Vec::new());
            session.note_steps();
            Side {
                role,
                session,
                answers: answers.iter().cloned().collect(),
                answered: Vec::new(),
                asked: Vec::new(),
                questions: BTreeSet::new(),
                midway: false,
                shows: Vec::new(),
                inbox: VecDeque::new(),
                ended: None,
                told_end: false,
                until: None,
            }
        };
        Self {
            link,
            now: Duration::ZERO,
            sides: [side(Role::Client, &answers.client), side(Role::Server, &answers.server)],
            lists: Lists::default(),
            rehearsal: Rehearsal {
                said: Vec::new(),
                client: None,
                server: None,
                stops: false,
                refused: None,
                answered: Answers::default(),
                client_shows: Vec::new(),
                server_shows: Vec::new(),
                client_asked: Vec::new(),
                server_asked: Vec::new(),
                leaves_midway: false,
                open: None,
                ways: [BTreeSet::new(), BTreeSet::new()],
            },
            securing: [false; 2],
            halted: false,
        }
    }

    fn run(mut self) -> Rehearsal {
        for _ in 0..TURNS_MAX {
            let moved = self.turn(0) | self.turn(1);
            if self.halted || self.sides.iter().all(|side| side.ended.is_some()) {
                break;
            }
            if !moved && !self.pass_time() {
                break;
            }
        }
        let [client, server] = self.sides;
        let mut rehearsal = self.rehearsal;
        rehearsal.ways = [&client, &server].map(|side| {
            let mut ways = side.session.steps_passed().map(|passed| passed.ways.clone()).unwrap_or_default();
            if let Some(Ok(ending)) = side.ended {
                ways.insert((side.session.place(), usize::MAX - ending as usize));
            }
            ways
        });
        rehearsal.leaves_midway = client.midway && matches!(client.ended, Some(Ok(Ending::WeLeft)));
        rehearsal.answered = Answers { client: client.answered, server: server.answered };
        (rehearsal.client, rehearsal.server) = (client.ended, server.ended);
        (rehearsal.client_shows, rehearsal.server_shows) = (client.shows, server.shows);
        (rehearsal.client_asked, rehearsal.server_asked) = (client.asked, server.asked);
        rehearsal
    }

    fn now(&self) -> Now {
        Now { monotonic: self.now, unix: 1_800_000_000 }
    }

    /// Lets time go on to the next deadline, if there is one.
    fn pass_time(&mut self) -> bool {
        let due = self.sides.iter().filter(|side| side.ended.is_none()).filter_map(|side| side.until).min();
        let Some(due) = due else { return false };
        self.now = self.now.max(due);
        let now = self.now();
        for side in &mut self.sides {
            // A tick is never refused.
            let _ = side.session.hear(now, Input::Tick);
        }
        true
    }

    /// Lets one side read and go on until it waits. Whether anything happened.
    fn turn(&mut self, index: usize) -> bool {
        if self.sides[index].ended.is_some() {
            return false;
        }
        let mut moved = self.speak(index);
        while self.sides[index].ended.is_none() && self.sides[index].session.listens() {
            let now = self.now();
            let side = &mut self.sides[index];
            if let Some(bytes) = side.inbox.pop_front() {
                let input = match self.link {
                    Link::Stream if !side.session.is_secured() => Input::Bytes(&bytes),
                    Link::Stream | Link::Datagram => Input::Datagram(&bytes),
                };
                let _ = side.session.hear(now, input);
            } else if self.sides[1 - index].ended.is_some() && !self.sides[index].told_end {
                let side = &mut self.sides[index];
                side.told_end = true;
                if self.link == Link::Datagram {
                    break;
                }
                let _ = side.session.hear(now, Input::End);
            } else {
                break;
            }
            moved = true;
            self.speak(index);
        }
        moved
    }

    fn speak(&mut self, index: usize) -> bool {
        let mut moved = false;
        let mut out = Vec::new();
        loop {
            match self.act(index, &mut out) {
                Act::Waits => {
                    self.write(index, &mut out);
                    return moved;
                }
                Act::Goes => moved = true,
                Act::Over => {
                    self.write(index, &mut out);
                    return true;
                }
            }
            if self.halted {
                return true;
            }
        }
    }

    fn write(&mut self, index: usize, out: &mut Vec<u8>) {
        if !out.is_empty() {
            self.sides[1 - index].inbox.push_back(std::mem::take(out));
        }
    }

    fn act(&mut self, index: usize, out: &mut Vec<u8>) -> Act {
        let now = self.now();
        let side = &mut self.sides[index];
        let role = side.role;
        match side.session.poll(out) {
            Output::Connect => {
                let opens =
                    role == Role::Client && self.link == Link::Datagram && !side.session.speaks_first();
                if opens {
                    self.sides[1 - index].inbox.push_back(Vec::new());
                }
            }
            Output::Send { .. } => {
                let bytes = std::mem::take(out);
                self.sides[1 - index].inbox.push_back(bytes);
            }
            // Nobody else is in a room of a rehearsal.
            Output::Join(_) | Output::Leave { .. } | Output::Tell(_) | Output::Unsaid(_) => {}
            Output::Show(text) => side.shows.push(text.to_owned()),
            Output::Message { from, text } => {
                if from == role {
                    let text = text.to_vec();
                    let said = said(side, text, self.link);
                    self.rehearsal.said.push(said);
                }
            }
            Output::Ask(_) => return self.ask(index),
            Output::Refused(refusal) => {
                self.rehearsal.refused = Some(refusal.clone());
                self.halted = true;
            }
            Output::Look(look) => {
                let found = self.lists.look(&look);
                let _ = side.session.hear(now, Input::Found(found.as_found()));
            }
            Output::Add(add) => {
                let number = self.lists.add(&add);
                let _ = side.session.hear(now, Input::Added(Ok(number)));
            }
            Output::Secure => {
                self.securing[index] = true;
                if self.securing == [true; 2] {
                    for side in &mut self.sides {
                        let _ = side.session.hear(now, Input::Secured { message_bytes_max: BLOCK_BYTES_MAX });
                    }
                }
            }
            Output::Wait(until) => {
                side.until = until;
                return Act::Waits;
            }
            Output::Close(ending) => side.ended = Some(Ok(ending)),
            Output::Stop => {
                side.ended = Some(Ok(Ending::Done));
                self.rehearsal.stops |= role == Role::Server;
            }
            Output::Broke(violation) => side.ended = Some(Err(violation.clone())),
        }
        if self.sides[index].ended.is_some() { Act::Over } else { Act::Goes }
    }

    fn ask(&mut self, index: usize) -> Act {
        let now = self.now();
        let side = &mut self.sides[index];
        let (sent, received) = side.session.messages();
        let place = side.session.place();
        let midway = !side.questions.is_empty() && !side.questions.contains(&place);
        if let Some(answer) = side.answers.pop_front() {
            side.asked.push((sent, received));
            side.questions.insert(place);
            side.midway = midway;
            let _ = side.session.hear(now, Input::Answer(&answer));
            side.answered.push(answer);
            return Act::Goes;
        }
        if self.rehearsal.open.is_none() {
            self.rehearsal.open = Asked::of(&side.session, side.role);
            side.midway = midway;
        }
        let _ = side.session.hear(now, Input::NoAnswer);
        Act::Goes
    }
}

enum Act {
    Goes,
    Waits,
    Over,
}

fn said(side: &mut Side, text: Vec<u8>, link: Link) -> Said {
    let framing = side.session.cut_by();
    let (at, line) = side.session.said().unwrap_or((0, 0));
    let holes = side.session.holes_of(at, &text);
    let holes = holes
        .into_iter()
        .map(|hole| Hole {
            text: hole.text.trim_start_matches('{').trim_end_matches('}').to_owned(),
            kind: match hole.fits {
                Fits::Text | Fits::Bytes => HoleKind::Text,
                Fits::Word => HoleKind::Word,
                Fits::Int => HoleKind::Int,
                Fits::Sized { .. } | Fits::Fixed(_) => HoleKind::Sized,
            },
            range: hole.range.0..hole.range.1,
        })
        .collect();
    let mut wire = Vec::new();
    match framing {
        Some(kind) => framing::wrap(kind, &text, &mut wire),
        None => wire.extend_from_slice(&text),
    }
    let writes = match framing {
        Some(Framing::Counted) if link == Link::Stream && wire.len() > text.len() => {
            let rest = wire.split_off(wire.len() - text.len());
            [wire, rest].into_iter().filter(|write| !write.is_empty()).collect()
        }
        _ => vec![wire],
    };
    Said {
        from: side.role,
        line,
        text,
        writes,
        cutting: cutting(framing),
        json: framing.is_some_and(Framing::is_json),
        holes,
        answers: side.answered.len(),
        framing,
    }
}

fn cutting(framing: Option<Framing>) -> Cutting {
    match framing {
        None => Cutting::Secured,
        Some(Framing::Chunk | Framing::Counted) => Cutting::Chunk,
        Some(Framing::Line | Framing::JsonLine) => Cutting::Lines,
        Some(Framing::LineCrlf) => Cutting::LinesCrlf,
        Some(Framing::Exact | Framing::Json | Framing::LengthU16 | Framing::LengthU32) => Cutting::Sound,
    }
}
