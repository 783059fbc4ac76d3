//! `freely`: what comes, what our person says and what is heard in rooms, in the order in which it happens.

use std::collections::VecDeque;

use super::{Join, Output, Session, State, Tell, Turn};
use crate::code::{Code, Fault};
use crate::program::{Fill, Free, HearRow, Op, Program};

/// What only `freely` needs.
#[derive(Debug, Default)]
pub(super) struct Freedom {
    /// The rooms in which this session is, and its name there.
    rooms: Vec<Place>,
    /// The room entered or left last.
    moved: Place,
    /// Lines heard and not yet handled.
    heard: VecDeque<(String, Vec<u8>)>,
    /// Our person is being asked.
    asked: bool,
    /// What our person said while something else was going on.
    answered: Option<String>,
    /// The body at hand is that of a row that hears a room.
    in_hear: bool,
}

#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Place {
    room: String,
    name: String,
    keep: usize,
}

impl Freedom {
    pub(super) fn hear(&mut self, room: &str, line: &[u8]) {
        self.heard.push_back((room.to_owned(), line.to_vec()));
    }
}

impl Session {
    /// Does one thing of what can be done; waits if there is none.
    pub(super) fn freely(&mut self, program: &Program, free: &Free) -> Turn {
        self.freedom().in_hear = false;
        self.peer_may_leave = true;
        match self.moves(free) {
            Ok(None) => {}
            Ok(Some(turn)) => return turn,
            Err(why) => {
                self.fault(free.point.line, &why);
                return Turn::Over;
            }
        }
        if let (Some(text), Some(pick)) = (self.freedom().answered.take(), &free.pick) {
            self.pick(pick, &text);
            return Turn::Next;
        }
        let here = self.at;
        let received = self.received;
        let turn = self.listen(program, &free.point);
        if !matches!(turn, Turn::Wait(_)) || self.at != here || self.received != received {
            return turn;
        }
        match self.heard_line(free) {
            Ok(true) => return Turn::Next,
            Ok(false) => {}
            Err(why) => {
                self.fault(free.point.line, &why);
                return Turn::Over;
            }
        }
        self.state = State::Free;
        if free.pick.is_some() && !std::mem::replace(&mut self.freedom().asked, true) {
            return Turn::Ask;
        }
        turn
    }

    fn freedom(&mut self) -> &mut Freedom {
        self.free.get_or_insert_default()
    }

    /// Enters and leaves rooms until this session is where its rows hear.
    fn moves(&mut self, free: &Free) -> Result<Option<Turn>, Fault> {
        if free.hears.is_empty() {
            return Ok(None);
        }
        let mut wanted: Vec<Place> = Vec::new();
        for row in &free.hears {
            let place = self.place_of(row)?;
            if !wanted.iter().any(|other| other.room == place.room) {
                wanted.push(place);
            }
        }
        let freedom = self.freedom();
        if let Some(left) = freedom.rooms.iter().position(|place| !wanted.contains(place)) {
            freedom.moved = freedom.rooms.remove(left);
            let room = &freedom.moved.room;
            freedom.heard.retain(|(other, _)| other != room);
            return Ok(Some(Turn::Leave));
        }
        let entered = wanted.into_iter().find(|place| !freedom.rooms.contains(place));
        Ok(entered.map(|place| {
            freedom.rooms.push(place.clone());
            freedom.moved = place;
            Turn::Join
        }))
    }

    fn place_of(&mut self, row: &HearRow) -> Result<Place, Fault> {
        let room = self.text_of(&row.room)?;
        let name = match &row.name {
            Some(name) => self.text_of(name)?,
            None => self.mind.own.peer.clone(),
        };
        Ok(Place { room, name, keep: row.keep })
    }

    /// Handles the next line heard in a room; whether there was one that a row takes.
    fn heard_line(&mut self, free: &Free) -> Result<bool, Fault> {
        while let Some((room, line)) = self.freedom().heard.pop_front() {
            for row in &free.hears {
                if self.text_of(&row.room)? == room && self.mind.fits(&row.pattern, &line)? {
                    self.at = row.to;
                    self.freedom().in_hear = true;
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    pub(super) fn hears_a_room(&self) -> bool {
        self.free.as_ref().is_some_and(|free| free.in_hear)
    }

    pub(super) fn is_asking_freely(&self) -> bool {
        self.free.as_ref().is_some_and(|free| free.asked)
    }

    /// Our person says something; it is said when what is going on is done.
    pub(super) fn answer_freely(&mut self, text: &str) {
        let freedom = self.freedom();
        freedom.asked = false;
        freedom.answered = Some(text.to_owned());
    }

    /// Tells a line in a room.
    pub(super) fn tell(&mut self, room: &Code, fill: &Fill, line: usize) -> Turn {
        let mut told = Vec::new();
        let name = self.text_of(room);
        match (name, self.mind.fill(fill, 0, None, &mut told)) {
            (Ok(name), Ok(())) => {
                self.key = Some(name);
                self.bytes = told;
                self.at += 1;
                Turn::Tell
            }
            (Err(why), _) | (_, Err(why)) => {
                self.fault(line, &why);
                Turn::Over
            }
        }
    }

    pub(super) fn joining(&self) -> Output<'_> {
        let Some(free) = &self.free else { return Output::Wait(None) };
        let Place { room, name, keep } = &free.moved;
        Output::Join(Join { room, name, keep: *keep })
    }

    pub(super) fn leaving(&self) -> Output<'_> {
        let Some(free) = &self.free else { return Output::Wait(None) };
        Output::Leave { room: &free.moved.room }
    }

    /// What was told by the step before this one.
    pub(super) fn telling(&self) -> Output<'_> {
        let keep = match &self.program.steps[self.at - 1] {
            Op::Tell { keep, .. } => *keep,
            _ => 0,
        };
        Output::Tell(Tell { room: self.key.as_deref().unwrap_or_default(), line: &self.bytes, keep })
    }
}
