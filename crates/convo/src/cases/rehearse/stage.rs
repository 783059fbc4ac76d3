//! The stage of a rehearsal: two sessions, and all that is around them.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::super::candidates::Asked;
use super::super::house::House;
use super::{Answers, BLOCK_BYTES_MAX, Cutting, Hole, HoleKind, Rehearsal, Said, Shown, TURNS_MAX};
use crate::model::Fits;
use crate::program::At;
use crate::session::{Ending, Input, Link, Now, Output, Session, Setup, Violation};
use crate::syntax::tree::Framing;
use crate::{Convo, Role, framing};

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
    /// Its person may say something, or leave, whenever they like.
    asked_freely: bool,
    shows: Vec<Shown>,
    /// What the other side wrote and this one has not read.
    inbox: VecDeque<Vec<u8>>,
    ended: Option<Result<Ending, Violation>>,
    told_end: bool,
    until: Option<Duration>,
}

pub(super) struct Stage {
    link: Link,
    now: Duration,
    sides: [Side; 2],
    house: House,
    rehearsal: Rehearsal,
    /// Both sides know the keys once both have come to `secure`.
    securing: [bool; 2],
    halted: bool,
}

impl Stage {
    pub(super) fn new(convo: &Convo, setup: Setup, house: House, answers: &Answers) -> Self {
        let (link, around) = (setup.link, house.around());
        let side = |role: Role, answers: &[String]| {
            let mut session = Session::new(Arc::clone(convo.program(role)), setup.clone());
            session.note_steps();
            Side {
                role,
                session,
                answers: answers.iter().cloned().collect(),
                answered: Vec::new(),
                asked: Vec::new(),
                questions: BTreeSet::new(),
                midway: false,
                asked_freely: false,
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
            house,
            rehearsal: Rehearsal {
                around,
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

    /// What happened, and what is kept and told then.
    pub(super) fn run(mut self) -> (Rehearsal, House) {
        for _ in 0..TURNS_MAX {
            let moved = self.turn(0) | self.turn(1);
            if self.halted || self.sides.iter().all(|side| side.ended.is_some()) {
                break;
            }
            if !moved && !self.speak_freely() && !self.pass_time() {
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
        (rehearsal, self.house)
    }

    fn now(&self) -> Now {
        Now { monotonic: self.now, unix: 1_800_000_000 }
    }

    /// Where nothing else happens, one of those who may speak whenever they like does: who has said less, of those who have
    /// something to say. When all is said, they leave, the client first. Whether anybody did anything.
    fn speak_freely(&mut self) -> bool {
        let less = |index: &usize| self.sides[*index].answered.len();
        let is_free = |index: &usize| self.sides[*index].asked_freely && self.sides[*index].ended.is_none();
        let free: Vec<usize> = (0..self.sides.len()).filter(is_free).collect();
        let speaks = |index: &usize| !self.sides[*index].answers.is_empty();
        let Some(next) = free.iter().copied().filter(speaks).min_by_key(less) else {
            let Some(next) = free.iter().copied().min_by_key(less) else { return false };
            if self.rehearsal.open.is_none() {
                let side = &self.sides[next];
                self.rehearsal.open = Asked::of(&side.session, side.role);
            }
            self.answer(free[0], None);
            return true;
        };
        let answer = self.sides[next].answers.pop_front();
        self.answer(next, answer);
        true
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
            output @ (Output::Look(_)
            | Output::Add(_)
            | Output::Join(_)
            | Output::Leave { .. }
            | Output::Tell(_)) => {
                if let Some(reply) = self.house.answer(&output) {
                    let _ = side.session.hear(now, reply.as_input());
                }
            }
            Output::Unsaid(_) => {}
            Output::Show(text) => {
                let text = text.to_owned();
                let (line, constant) = side.session.shown().unwrap_or_default();
                side.shows.push(Shown { line, text, constant });
            }
            Output::Message { from, text } => {
                if from == role {
                    let text = text.to_vec();
                    let said = said(side, text, self.link);
                    self.rehearsal.said.push(said);
                }
            }
            Output::Ask(ask) if ask.freely => side.asked_freely = true,
            Output::Ask(_) => return self.ask(index),
            Output::Refused(refusal) => {
                self.rehearsal.refused = Some(refusal.clone());
                self.halted = true;
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
        let side = &mut self.sides[index];
        let place = side.session.place();
        let midway = !side.questions.is_empty() && !side.questions.contains(&place);
        let answer = side.answers.pop_front();
        if answer.is_some() {
            side.questions.insert(place);
            side.midway = midway;
        } else if self.rehearsal.open.is_none() {
            self.rehearsal.open = Asked::of(&side.session, side.role);
            side.midway = midway;
        }
        self.answer(index, answer);
        Act::Goes
    }

    /// A person answers, or leaves.
    fn answer(&mut self, index: usize, answer: Option<String>) {
        let now = self.now();
        let side = &mut self.sides[index];
        side.asked_freely = false;
        let asked = side.session.messages();
        // What was asked is answered.
        let _ = side.session.hear(now, answer.as_deref().map_or(Input::NoAnswer, Input::Answer));
        if let Some(answer) = answer {
            side.asked.push(asked);
            side.answered.push(answer);
        }
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
