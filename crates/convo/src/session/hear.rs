//! Hearing: cutting a message, finding which of those that may come here it is, storing what it brings.

use std::time::Duration;

use super::inbox::Inbox;
use super::{Emit, Ending, Link, OUT_BYTES_MAX, Session, State, Turn};
use crate::Role;
use crate::code::{Fault, Slot};
use crate::framing::{self, Cut, Progress, cut, cut_datagram};
use crate::knowledge::View;
use crate::pattern::{Bind, Ends, Pattern, Rigour, Scan};
use crate::program::{At, Op, Point, Program, Way};
use crate::syntax::tree::Framing;
use crate::value::is_text;

/// A chunk shorter than this is tried again with each read; a longer one when it has grown by an eighth.
const TRY_BYTES: usize = 4096;
/// The number of the way on which a server says that it is busy.
pub(super) const BUSY: usize = usize::MAX;

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

/// What lies in the inbox.
pub(super) enum Heard {
    /// A message at `start..end` that fits `way`; with its frame it takes `taken` bytes.
    Message {
        way: usize,
        start: usize,
        end: usize,
        taken: usize,
    },
    /// Nothing whole yet; `settle`: a chunk waits for the rest.
    More {
        settle: bool,
    },
    /// A message that fits nothing.
    Unfit {
        start: usize,
        end: usize,
    },
    TooLong,
    /// Nothing that the framing knows.
    Wrong(&'static str),
}

/// The messages that may come: numbered, in the order in which they are tried.
#[derive(Clone, Copy)]
struct Ways<'p> {
    busy: Option<&'p Pattern>,
    ways: &'p [Way],
    from: Role,
}

impl<'p> Ways<'p> {
    fn iter(self) -> impl Iterator<Item = (usize, &'p Pattern)> {
        let busy = self.busy.map(|pattern| (BUSY, pattern));
        let ways = self.ways.iter().enumerate().filter(move |(_, way)| way.from == self.from);
        busy.into_iter().chain(ways.map(|(index, way)| (index, &*way.pattern)))
    }

    fn sized(self) -> bool {
        self.ways.iter().any(|way| way.pattern.sized)
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

    /// Takes a line where nothing but a line of text may come, as is most common: nothing is tried, nothing told apart.
    /// What is in any way odd is left as it is.
    fn plain_line(&mut self, program: &Program, point: &Point) -> Option<Turn> {
        let (slot, to) = self.plain_way(point)?;
        let inbox = &mut self.mail.first;
        let mut progress = inbox.progress;
        let cut = cut(Framing::Line, inbox.bytes(), &mut progress, self.message_bytes_max);
        let (end, taken) = match cut {
            Cut::Message { end, taken, .. } => (end, taken),
            Cut::More => {
                inbox.progress = progress;
                return Some(self.nothing(program, point, point.from, false));
            }
            Cut::TooLong | Cut::Wrong(_) => return None,
        };
        let line = &inbox.bytes()[..end];
        if !is_text(line) {
            return None;
        }
        self.mind.frame[slot].set_bytes(line);
        inbox.take(taken);
        self.waiting_since = None;
        self.received += 1;
        self.spoke = false;
        self.at = to;
        Some(Turn::Next)
    }

    /// The name that learns the line, and where it goes on, where nothing but a line of text may come.
    fn plain_way(&self, point: &Point) -> Option<(Slot, At)> {
        let [way] = point.ways.as_slice() else { return None };
        let slot = way.pattern.all_into?;
        (way.takes && self.is_plain()).then_some((slot, way.to))
    }

    /// Answers the lines at hand where nothing but a line of text may come here, and one message follows until it is heard
    /// here again: a loop of questions and answers. A line that is odd, as it is or in what would be said to it, is left
    /// to the steps as they are, with those after it.
    pub(super) fn rounds(&mut self, program: &Program, point: &Point, out: &mut Vec<u8>) {
        let Some((slot, to)) = self.plain_way(point) else { return };
        let (Op::Send(send), Some(Op::Jump(back))) = (&program.steps[to], program.steps.get(to + 1)) else {
            return;
        };
        let may_be_busy = self.sent == 0 && program.busy.is_some();
        if *back != self.at || !send.is_plain() || may_be_busy || self.passed.is_some() {
            return;
        }
        let limit = self.limit();
        let inbox = &mut self.mail.first;
        let (mut taken, mut rounds, mut progress) = (0, 0, inbox.progress);
        while out.len() <= OUT_BYTES_MAX {
            let rest = &inbox.bytes()[taken..];
            let Cut::Message { end, taken: length, .. } =
                cut(Framing::Line, rest, &mut progress, self.message_bytes_max)
            else {
                break;
            };
            let line = &rest[..end];
            if !is_text(line) {
                break;
            }
            self.mind.frame[slot].set_bytes(line);
            if !self.mind.answer(send, self.framing, limit, out) {
                break;
            }
            progress = Progress::default();
            taken += length;
            rounds += 1;
        }
        if rounds > 0 {
            inbox.take(taken);
            self.waiting_since = None;
            self.received += rounds;
            self.sent += rounds;
            self.said_at = send.line;
            self.spoke = true;
        }
        self.mail.first.progress = progress;
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
            self.bytes.clear();
            self.bytes.extend_from_slice(&inbox.message()[start..end]);
            self.heard_at = way.pattern.line;
            self.emits.push_back(Emit::Message(way.from));
        }
        inbox.take(taken);
    }

    /// Nothing whole has come: wait, or the peer has ended, or it took too long.
    fn nothing(&mut self, program: &Program, point: &Point, from: Role, settle: bool) -> Turn {
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
        let since = *self.waiting_since.get_or_insert(self.now.monotonic);
        let patience = self.patience.filter(|_| !(point.person && program.view == View::Client));
        let until = patience.map(|patience| since + patience);
        if until.is_some_and(|until| self.now.monotonic >= until) {
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
    fn settled(&self, program: &Program, from: Role) -> Duration {
        self.mail.of(from).settling.unwrap_or(self.now.monotonic) + program.settle
    }

    pub(super) fn find(&mut self, program: &Program, point: &Point, from: Role) -> Result<Heard, Fault> {
        // Before its first message a server may say that it is busy.
        let busy = program.busy_pattern.as_deref().filter(|_| self.received == 0 && from == Role::Server);
        let ways = Ways { busy, ways: &point.ways, from };
        let limit = self.message_bytes_max;
        if self.link == Link::Datagram || self.secured.is_some() {
            let Some(datagram) = self.mail.of(from).datagram() else {
                return Ok(Heard::More { settle: false });
            };
            // Holes of a size may hold newlines.
            if self.secured.is_none() && self.framing.is_line() && ways.sized() {
                return self.measure(ways, Ends::Line);
            }
            let cut = match self.secured {
                Some(_) => Cut::Message { start: 0, end: datagram.len(), taken: 0 },
                None => cut_datagram(self.framing, datagram, limit),
            };
            return self.among(ways, cut);
        }
        match self.framing {
            Framing::Exact => self.measure(ways, Ends::Itself),
            Framing::Line | Framing::LineCrlf if ways.sized() => self.measure(ways, Ends::Line),
            Framing::Chunk => self.chunk(program, ways),
            framing => {
                let inbox = self.mail.of_mut(from);
                let mut progress = inbox.progress;
                let cut = cut(framing, inbox.bytes(), &mut progress, limit);
                inbox.progress = progress;
                if cut == Cut::More && framing.is_json() && progress.blank() > 0 {
                    // White space between messages is no part of any: it is not kept, and counts for no limit.
                    inbox.take(progress.blank());
                }
                self.among(ways, cut)
            }
        }
    }

    /// The first of `ways` that a cut message fits.
    fn among(&mut self, ways: Ways<'_>, cut: Cut) -> Result<Heard, Fault> {
        let (start, end, taken) = match cut {
            Cut::Message { start, end, taken } => (start, end, taken),
            Cut::More => return Ok(Heard::More { settle: false }),
            Cut::TooLong => return Ok(Heard::TooLong),
            Cut::Wrong(wanted) => return Ok(Heard::Wrong(wanted)),
        };
        let message = &self.mail.of(ways.from).message()[start..end];
        for (way, pattern) in ways.iter() {
            if self.mind.fits(pattern, message)? {
                return Ok(Heard::Message { way, start, end, taken });
            }
        }
        Ok(Heard::Unfit { start, end })
    }

    /// The first of `ways` that fits the beginning of what came, each of its own length.
    fn measure(&mut self, ways: Ways<'_>, ends: Ends) -> Result<Heard, Fault> {
        let inbox = self.mail.of(ways.from);
        let bytes = inbox.message();
        // A datagram holds one message and nothing else.
        let whole = inbox.datagram().map(<[u8]>::len);
        let fills = |taken: usize| whole.is_none_or(|length| length == taken);
        let limit = self.message_bytes_max;
        let mut more = false;
        for (way, pattern) in ways.iter() {
            let (length, taken) = if ends == Ends::Line && !pattern.sized {
                match cut(Framing::Line, bytes, &mut Progress::default(), limit) {
                    Cut::Message { end, taken, .. } => {
                        if fills(taken) && self.mind.fits(pattern, &bytes[..end])? {
                            return Ok(Heard::Message { way, start: 0, end, taken });
                        }
                        continue;
                    }
                    Cut::More => (0, 0),
                    Cut::TooLong | Cut::Wrong(_) => return Ok(Heard::TooLong),
                }
            } else {
                self.mind.prepare(pattern)?;
                match self.mind.scan(pattern, bytes, ends, limit)? {
                    Scan::Fits { length, taken } => (length, taken),
                    Scan::More => (0, 0),
                    Scan::TooLong => return Ok(Heard::TooLong),
                    Scan::Never => continue,
                }
            };
            if length > limit {
                return Ok(Heard::TooLong);
            }
            if taken == 0 {
                // An earlier way that may still fit goes before a later one that does.
                more = true;
                if inbox.ended || whole.is_some() {
                    continue;
                }
                break;
            }
            if fills(taken) && self.mind.store(pattern, &bytes[..length])? {
                return Ok(Heard::Message { way, start: 0, end: length, taken });
            }
        }
        Ok(match (more || bytes.is_empty()) && whole.is_none() {
            true if bytes.len() > limit.saturating_mul(2) => Heard::TooLong,
            true => Heard::More { settle: false },
            false => {
                let line = memchr::memchr(b'\n', bytes).filter(|_| ends == Ends::Line);
                Heard::Unfit { start: 0, end: line.unwrap_or(bytes.len()).min(limit) }
            }
        })
    }

    /// Under `chunk`: what came at once, or its longest beginning that fits.
    fn chunk(&mut self, program: &Program, ways: Ways<'_>) -> Result<Heard, Fault> {
        let inbox = self.mail.of(ways.from);
        let length = inbox.bytes().len();
        if length == 0 {
            return Ok(Heard::More { settle: false });
        }
        let settled = inbox.ended
            || (inbox.settling.is_some() && self.now.monotonic >= self.settled(program, ways.from));
        if !settled && length >= TRY_BYTES && length < inbox.tried + inbox.tried / 8 {
            return Ok(Heard::More { settle: true });
        }
        let limit = self.message_bytes_max;
        if length <= limit {
            for (way, pattern) in ways.iter() {
                if self.mind.fits(pattern, inbox.bytes())? {
                    return Ok(Heard::Message { way, start: 0, end: length, taken: length });
                }
            }
        }
        let bytes = &inbox.bytes()[..length.min(limit)];
        let (mut longest, mut more) = (None, false);
        for (way, pattern) in ways.iter() {
            let (fits, may_go_on) = self.mind.beginning(pattern, bytes)?;
            more |= may_go_on;
            if let Some(end) = fits.filter(|end| *end > 0 && longest.is_none_or(|(_, _, best)| *end > best)) {
                longest = Some((way, pattern, end));
            }
        }
        if more && !settled && length <= limit {
            let now = self.now.monotonic;
            let inbox = self.mail.of_mut(ways.from);
            inbox.settling.get_or_insert(now);
            inbox.tried = length;
            return Ok(Heard::More { settle: true });
        }
        Ok(match longest {
            // It would have gone on.
            Some((_, _, end)) if more && end == limit && length > limit => Heard::TooLong,
            Some((way, pattern, end)) if self.mind.fits(pattern, &bytes[..end])? => {
                Heard::Message { way, start: 0, end, taken: end }
            }
            None if length > limit => Heard::TooLong,
            Some(_) | None => Heard::Unfit { start: 0, end: bytes.len() },
        })
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
            let (frame, own, scratch) = (&mind.frame, &mut mind.own, &mut mind.scratch);
            if mind.matcher.prepare(pattern, Rigour::ByType, frame, own, scratch).is_err() {
                continue;
            }
            let fits = match &pattern.json {
                Some(shape) => mind.matcher.json(pattern, shape, message),
                None if pattern.sized => {
                    matches!(mind.scan(pattern, message, Ends::Whole, message.len()), Ok(Scan::Fits { .. }))
                }
                None => mind.matcher.full(&pattern.loose(), message),
            };
            if fits && let Ok(Some(differs)) = mind.difference(pattern, message, compares) {
                return self.differs(way, &differs);
            }
        }
        self.unexpected(point, message);
    }
}
