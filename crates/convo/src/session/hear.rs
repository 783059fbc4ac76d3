//! Hearing: what becomes of a message that came, or of waiting for one.

use std::time::Duration;

use super::desk::Buffers;
use super::find::{BUSY, Heard};
use super::inbox::Inbox;
use super::{Emit, Ending, Session, State, Turn};
use crate::Role;
use crate::framing;
use crate::knowledge::View;
use crate::pattern::{Bind, Ends, Rigour, Scan};
use crate::program::{Op, Point, Program, Way};

/// What the peers said and nobody has read: one peer's, or both for the observer.
#[derive(Debug, Default)]
pub(super) struct Mail {
    pub(super) first: Inbox,
    /// What the client said, for the observer.
    pub(super) client: Option<Box<Inbox>>,
}

impl Mail {
    pub(super) fn of(&self, from: Role) -> &Inbox {
        match (&self.client, from) {
            (Some(inbox), Role::Client) => inbox,
            _ => &self.first,
        }
    }

    pub(super) fn of_mut(&mut self, from: Role) -> &mut Inbox {
        match (&mut self.client, from) {
            (Some(inbox), Role::Client) => inbox,
            _ => &mut self.first,
        }
    }
}

impl Session {
    pub(super) fn hear_datagram(&mut self, from: Role, datagram: &[u8]) {
        // Where the server speaks first, the client's empty datagram only opens the session.
        let opens =
            from == Role::Client && datagram.is_empty() && self.received == 0 && self.program.speaks_first();
        if !opens {
            self.mail.of_mut(from).push_datagram(datagram);
        }
    }

    /// Looks for a message that may come at this point.
    pub(super) fn listen(&mut self, program: &Program, point: &Point) -> Turn {
        self.peer_may_leave = point.may_leave;
        if let Some(turn) = self.plain_line(program, point) {
            return turn;
        }
        let (from, heard) = match program.view {
            View::Client | View::Server => (point.from, self.find(program, point, point.from)),
            View::Observer if !point.told => {
                self.state = State::Lost;
                return Turn::Wait(None);
            }
            View::Observer => self.either(program, point),
        };
        match heard {
            Ok(Heard::Message { way: BUSY, start, end, .. }) => {
                let message = self.message(from, start, end).to_vec();
                self.busy(&message);
            }
            Ok(Heard::Message { way, start, end, taken }) => {
                self.waiting_since = None;
                let way = &point.ways[way];
                self.at = way.to;
                if way.takes {
                    self.take(way, start, end, taken);
                }
                return Turn::Next;
            }
            Ok(Heard::More { settle }) => return self.nothing(program, point, from, settle),
            Ok(Heard::Unfit { start, end }) => {
                let message = self.message(from, start, end).to_vec();
                self.explain(point, &message);
            }
            Ok(Heard::TooLong) => self.too_long(point),
            Ok(Heard::Wrong(wanted)) => self.no_message(point, wanted),
            Err(why) => self.fault(point.line, &why),
        }
        Turn::Over
    }

    fn message(&self, from: Role, start: usize, end: usize) -> &[u8] {
        &self.mail.of(from).message()[start..end]
    }

    /// The message is this role's now.
    fn take(&mut self, way: &Way, start: usize, end: usize, taken: usize) {
        self.received += 1;
        self.spoke = false;
        let inbox = self.mail.of_mut(way.from);
        if self.trace {
            let rare = self.rare.get_or_insert_default();
            rare.bytes.clear();
            rare.bytes.extend_from_slice(&inbox.message()[start..end]);
            rare.heard_at = way.pattern.line;
            self.emits.push(Emit::Message(way.from));
        }
        inbox.take(taken);
    }

    /// Nothing whole has come: wait, or the peer has ended, or it took too long.
    pub(super) fn nothing(&mut self, program: &Program, point: &Point, from: Role, settle: bool) -> Turn {
        let inbox = self.mail.of(from);
        if inbox.ended && !self.other_may_speak(point, from) {
            let all_read = self.has_read_all(from);
            let to = point.close.or(point.leaves).filter(|_| all_read);
            match to {
                Some(to) => {
                    self.go(to);
                    return Turn::Next;
                }
                None if point.may_leave && all_read => self.finish(State::Closed(Ending::PeerLeft)),
                None => self.closed(point),
            }
            return Turn::Over;
        }
        let since = *self.waiting_since.get_or_insert(self.monotonic);
        let patience = self.patience.filter(|_| !(point.person && program.view == View::Client));
        let until = patience.map(|patience| since + patience);
        if until.is_some_and(|until| self.monotonic >= until) {
            match program.view {
                View::Client => self.silent(point),
                View::Server | View::Observer => self.finish(State::Closed(Ending::Idle)),
            }
            return Turn::Over;
        }
        let settled = settle.then(|| self.settled(program, from));
        if !matches!(program.steps[self.at], Op::Free(_)) {
            self.state = State::Hearing;
        }
        Turn::Wait([until, settled].into_iter().flatten().min())
    }

    /// Whether nothing of a role's lies unread; white space between JSON messages is nothing.
    pub(super) fn has_read_all(&self, from: Role) -> bool {
        let inbox = self.mail.of(from);
        let blank = || inbox.datagram().is_none() && framing::is_blank(inbox.bytes());
        inbox.is_empty() || (self.framing.is_json() && blank())
    }

    /// Waits on, with the deadlines of the point at hand.
    pub(super) fn wait(&mut self, program: &Program) -> Turn {
        let point = match &program.steps[self.at] {
            Op::Hear(point) => point,
            Op::Free(free) => &free.point,
            _ => return Turn::Wait(None),
        };
        let settling = |from: &Role| self.mail.of(*from).settling.is_some();
        let from = [point.from, point.from.other()].into_iter().find(settling);
        self.nothing(program, point, from.unwrap_or(point.from), from.is_some())
    }

    /// When a chunk that may go on is taken for what it is.
    pub(super) fn settled(&self, program: &Program, from: Role) -> Duration {
        self.mail.of(from).settling.unwrap_or(self.monotonic) + program.settle
    }

    /// A message fits nothing here: is it only a value that differs?
    fn explain(&mut self, point: &Point, message: &[u8]) {
        let compares = |bind: &Bind| matches!(bind, Bind::Verify(_) | Bind::Check(_));
        for way in &point.ways {
            let pattern = &way.pattern;
            if !pattern.holes.iter().any(|hole| compares(&hole.bind)) {
                continue;
            }
            let mind = &mut self.mind;
            let Buffers { matcher, scratch } = mind.desk.open();
            if matcher.prepare(pattern, Rigour::ByType, &mind.frame, &mut mind.own, scratch).is_err() {
                continue;
            }
            let fits = match &pattern.json {
                Some(shape) => matcher.json(pattern, shape, message),
                None if pattern.sized => {
                    matches!(mind.scan(pattern, message, Ends::Whole, message.len()), Ok(Scan::Fits { .. }))
                }
                None => matcher.full(&pattern.loose(), message),
            };
            if fits && let Ok(Some(differs)) = mind.difference(pattern, message, compares) {
                return self.differs(way, &differs);
            }
        }
        self.unexpected(point, message);
    }
}
