//! `freely`: what comes, what our person says and what is heard in rooms, in the order in which it happens.

use std::collections::VecDeque;

use super::{Join, OUT_BYTES_MAX, Output, Session, State, Tell, Turn};
use crate::code::{Code, Fault, Slot};
use crate::framing;
use crate::program::{At, Fill, Free, HearRow, Op, Piece, Program, Send};
use crate::syntax::tree::Framing;
use crate::value::Value;
use crate::value::is_text;

/// What only `freely` needs.
#[derive(Debug, Default)]
pub(super) struct Freedom {
    /// The rooms in which this session is, and its name there.
    places: Vec<Place>,
    /// For each row that hears: the number of its place.
    rows: Vec<usize>,
    /// This session is where its rows hear, and no row has changed that since.
    settled: bool,
    /// The room entered or left last.
    moved: Place,
    /// The number that the next place gets.
    next: usize,
    /// Lines heard and not yet handled.
    heard: Lines,
    /// Our person is being asked.
    asked: bool,
    /// What our person said while something else was going on.
    answered: Option<String>,
    /// The body at hand is that of a row that hears a room.
    in_hear: bool,
}

#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Place {
    number: usize,
    room: String,
    name: String,
    keep: usize,
}

/// Lines one behind the other, each with a newline after it and with the number of the place where it was heard.
#[derive(Debug, Default)]
struct Lines {
    bytes: Vec<u8>,
    /// Where the first line begins.
    start: usize,
    ends: VecDeque<(usize, usize)>,
}

impl Lines {
    fn push(&mut self, place: usize, line: &[u8]) {
        self.bytes.reserve(line.len() + 1);
        self.bytes.extend_from_slice(line);
        self.ends.push_back((place, self.bytes.len()));
        self.bytes.push(b'\n');
    }

    /// The place of the first line.
    fn place(&self) -> Option<usize> {
        self.ends.front().map(|(place, _)| *place)
    }

    /// The lines heard at `place` before the first one heard elsewhere: as many as begin in the next so many bytes.
    fn run(&self, place: usize, bytes_max: usize) -> impl Iterator<Item = &[u8]> {
        let mut start = self.start;
        let run = self.ends.iter().take_while(move |(of, _)| *of == place);
        run.map_while(move |(_, end)| {
            let from = std::mem::replace(&mut start, end + 1);
            (from - self.start < bytes_max).then(|| &self.bytes[from..*end])
        })
    }

    /// Takes the first line away: its place, and where it lies in `bytes` until the next `push`.
    fn next(&mut self) -> Option<(usize, std::ops::Range<usize>)> {
        let Some((place, end)) = self.ends.pop_front() else {
            self.start = 0;
            self.bytes.clear();
            self.bytes.shrink_to(LINES_KEPT_BYTES_MAX);
            return None;
        };
        Some((place, std::mem::replace(&mut self.start, end + 1)..end))
    }

    /// Takes so many lines away, which lie, each with its newline, in so many bytes.
    fn skip(&mut self, lines: usize, bytes: usize) {
        self.ends.drain(..lines);
        self.start += bytes;
    }
}

/// The message and the name of a row that says what it hears, as it is, and nothing else.
pub(super) fn echo<'p>(program: &'p Program, here: At, row: &HearRow) -> Option<(&'p Send, Slot)> {
    let slot = row.pattern.all_into?;
    let (Op::Send(send), Op::Jump(to)) = (&program.steps[row.to], &program.steps[row.to + 1]) else {
        return None;
    };
    let Fill::Pieces(pieces) = &send.fill else { return None };
    let [Piece::Hole(hole)] = pieces.as_slice() else { return None };
    let same = hole.code.bare() == Some(slot) && hole.is_text();
    (same && *to == here && row.stays).then_some((send, slot))
}

/// Whether these are so many lines of text, each with a newline after it and no other end of a line in it.
fn are_lines(bytes: &[u8], lines: usize) -> bool {
    is_text(bytes)
        && memchr::memchr(b'\r', bytes).is_none()
        && memchr::memchr_iter(b'\n', bytes).count() == lines
}

/// Memory for heard lines that is kept while nothing is told, bytes.
const LINES_KEPT_BYTES_MAX: usize = 4096;

impl Freedom {
    /// Nothing is to be done before something happens.
    pub(super) fn is_quiet(&self) -> bool {
        self.settled && self.answered.is_none() && self.heard.place().is_none()
    }

    pub(super) fn is_in_one_room(&self) -> bool {
        self.places.len() == 1
    }

    pub(super) fn hear(&mut self, room: &str, line: &[u8]) {
        if let Some(place) = self.places.iter().find(|place| place.room == room) {
            self.heard.push(place.number, line);
        }
    }
}

impl Session {
    /// Does one thing of what can be done; waits if there is none.
    pub(super) fn freely(&mut self, program: &Program, free: &Free, out: &mut Vec<u8>) -> Turn {
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
        // What was heard goes first: it is bounded, and whoever speaks is listened to when it is done.
        match self.heard_line(program, free, out) {
            Ok(true) => return Turn::Next,
            Ok(false) => {}
            Err(why) => {
                self.fault(free.point.line, &why);
                return Turn::Over;
            }
        }
        if let (Some(text), Some(pick)) = (self.freedom().answered.take(), &free.pick) {
            self.freedom().settled &= free.settled;
            self.pick(pick, &text);
            return Turn::Next;
        }
        let here = self.at;
        let received = self.received;
        let turn = self.listen(program, &free.point);
        if self.at != here {
            self.freedom().settled &= free.settled;
        }
        if !matches!(turn, Turn::Wait(_)) || self.at != here || self.received != received {
            return turn;
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
        if free.hears.is_empty() || self.freedom().settled {
            return Ok(None);
        }
        let wanted = free.hears.iter().map(|row| self.place_of(row)).collect::<Result<Vec<_>, _>>()?;
        let freedom = self.freedom();
        let is = |place: &Place, other: &Place| place.room == other.room && place.name == other.name;
        let stays = |place: &Place| wanted.iter().any(|other| is(other, place));
        if let Some(left) = freedom.places.iter().position(|place| !stays(place)) {
            freedom.moved = freedom.places.remove(left);
            return Ok(Some(Turn::Leave));
        }
        let there = |place: &Place| freedom.places.iter().any(|other| other.room == place.room);
        if let Some(entered) = wanted.iter().find(|place| !there(place)) {
            freedom.next += 1;
            let entered = Place { number: freedom.next, ..entered.clone() };
            freedom.places.push(entered.clone());
            freedom.moved = entered;
            return Ok(Some(Turn::Join));
        }
        let number = |place: &Place| freedom.places.iter().find(|other| other.room == place.room);
        freedom.rows = wanted.iter().filter_map(number).map(|place| place.number).collect();
        freedom.settled = true;
        Ok(None)
    }

    fn place_of(&mut self, row: &HearRow) -> Result<Place, Fault> {
        let room = self.text_of(&row.room)?;
        let name = match &row.name {
            Some(name) => self.text_of(name)?,
            None => self.mind.own.peer.to_string(),
        };
        Ok(Place { number: 0, room, name, keep: row.keep })
    }

    /// Handles the next line heard in a room; whether there was one that a row takes.
    fn heard_line(&mut self, program: &Program, free: &Free, out: &mut Vec<u8>) -> Result<bool, Fault> {
        let Some(mut freedom) = self.free.take() else { return Ok(false) };
        let taken = match self.pass_on(&mut freedom, program, free, out) {
            0 => self.next_line(&mut freedom, free),
            _ => Ok(true),
        };
        self.free = Some(freedom);
        taken
    }

    /// Says what was heard as it is, many lines in one go, where a row does nothing else: a room's members cost no more
    /// than the copies that they get. Returns how many lines; what is in any way odd is left to the row.
    fn pass_on(&mut self, freedom: &mut Freedom, program: &Program, free: &Free, out: &mut Vec<u8>) -> usize {
        let Some(place) = freedom.heard.place().filter(|_| self.is_plain() && !self.is_led()) else {
            return 0;
        };
        let mut rows = free.hears.iter().zip(&freedom.rows);
        let row = rows.find(|(_, of)| **of == place);
        let Some((send, slot)) = row.and_then(|(row, _)| echo(program, self.at, row)) else { return 0 };
        let heard = &freedom.heard;
        let limit = self.limit();
        let (mut said, mut bytes, mut last) = (0, 0, &[][..]);
        for line in heard.run(place, OUT_BYTES_MAX).take_while(|line| line.len() <= limit) {
            (said, bytes, last) = (said + 1, bytes + line.len() + 1, line);
        }
        if !(send.is_plain() && self.sent > 0 && are_lines(&heard.bytes[heard.start..][..bytes], said)) {
            // One of them is odd, or may be: which, is found out one by one.
            (said, bytes) = (0, 0);
            for line in heard.run(place, OUT_BYTES_MAX) {
                let fits = is_text(line) && line.len() <= limit;
                if !fits || self.lawful(&send.guard, line, &[(0, line.len())]).is_err() {
                    break;
                }
                (said, bytes, last) = (said + 1, bytes + line.len() + 1, line);
            }
        }
        if said == 0 {
            return 0;
        }
        if self.framing == Framing::Line {
            out.extend_from_slice(&heard.bytes[heard.start..][..bytes]);
        } else {
            for line in heard.run(place, OUT_BYTES_MAX).take(said) {
                framing::wrap(self.framing, line, out);
            }
        }
        self.mind.frame[slot].set_bytes(last);
        freedom.heard.skip(said, bytes);
        self.said_at = send.line;
        self.sent += said as u64;
        self.spoke = true;
        said
    }

    fn next_line(&mut self, freedom: &mut Freedom, free: &Free) -> Result<bool, Fault> {
        while let Some((place, range)) = freedom.heard.next() {
            let line = &freedom.heard.bytes[range];
            for (row, number) in free.hears.iter().zip(&freedom.rows) {
                if *number == place && self.mind.fits(&row.pattern, line)? {
                    self.at = row.to;
                    freedom.in_hear = true;
                    freedom.settled &= row.stays;
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
    pub(super) fn tell(&mut self, room: &Code, fill: &Fill, done: Option<usize>, line: usize) -> Turn {
        let mut told = Vec::new();
        let name = self.text_of(room);
        match (name, self.mind.fill(fill, 0, None, &mut told)) {
            (Ok(name), Ok(())) => {
                let rare = self.rare();
                (rare.key, rare.bytes) = (Some(name), told);
                if let Some(done) = done {
                    self.mind.frame[done] = Value::Bool(true);
                }
                self.at += 1;
                Turn::Tell
            }
            (Err(why), _) | (_, Err(why)) => {
                self.fault(line, &why);
                Turn::Over
            }
        }
    }

    /// What the step before this one told could not be told: the session goes on where the convo says how. One that
    /// its peer has left meanwhile is elsewhere.
    pub(super) fn untold(&mut self, why: &str) {
        let told = self.at.checked_sub(1).map(|at| &self.program.steps[at]);
        match told {
            Some(Op::Tell { done: Some(done), .. }) => self.mind.frame[*done] = Value::Bool(false),
            Some(Op::Tell { done: None, line, .. }) => self.fault(*line, why),
            _ => {}
        }
    }

    pub(super) fn joining(&self) -> Output<'_> {
        let Some(free) = &self.free else { return Output::Wait(None) };
        let Place { room, name, keep, .. } = &free.moved;
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
        Output::Tell(Tell { room: self.key().unwrap_or_default(), line: self.bytes(), keep })
    }
}
