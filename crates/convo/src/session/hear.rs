//! Hearing: cutting a message, finding which of those that may come here it is, storing what it brings.

use std::sync::Arc;
use std::time::Duration;

use super::inbox::Inbox;
use super::why::{compares, readable};
use super::{Emit, Ending, Link, Session, State, Turn};
use crate::Role;
use crate::code::{Code, Fault};
use crate::framing::{Cut, Progress, cut, cut_datagram};
use crate::knowledge::View;
use crate::model::Fits;
use crate::pattern::{Bind, Ends, Pattern, Rigour, Scan, capture};
use crate::program::{Point, Way};
use crate::syntax::tree::Framing;

/// A chunk shorter than this is tried again with each read; a longer one when it has grown by an eighth.
const TRY_BYTES: usize = 4096;

/// What lies in the inbox.
enum Heard {
    /// A message at `start..end` that fits `way`; with its frame it takes `taken` bytes.
    Message { way: usize, start: usize, end: usize, taken: usize },
    /// Nothing whole yet; `settle`: a chunk waits for the rest.
    More { settle: bool },
    /// A message that fits nothing.
    Unfit { start: usize, end: usize },
    TooLong,
    /// Nothing that the framing knows.
    Wrong(&'static str),
    Fault(Fault),
}

impl Session {
    pub(super) fn inbox_of(&self, from: Role) -> &Inbox {
        match (&self.second_inbox, from) {
            (Some(inbox), Role::Client) => inbox,
            _ => &self.inbox,
        }
    }

    pub(super) fn inbox_mut(&mut self, from: Role) -> &mut Inbox {
        match (&mut self.second_inbox, from) {
            (Some(inbox), Role::Client) => inbox,
            _ => &mut self.inbox,
        }
    }

    pub(super) fn hear_datagram(&mut self, datagram: &[u8]) {
        // Where the server speaks first, the client's empty datagram only opens the session.
        let opens = datagram.is_empty() && self.received == 0 && self.program.speaks_first();
        if !opens {
            self.inbox.push_datagram(datagram);
        }
    }

    /// Looks for a message that may come at this point.
    pub(super) fn listen(&mut self, point: &Point) -> Turn {
        self.peer_may_leave = point.may_leave;
        let mut from = point.from;
        let mut heard = self.find(point, from);
        if self.program.view == View::Observer && matches!(heard, Heard::More { .. }) {
            let other = self.find(point, from.other());
            if !matches!(other, Heard::More { .. }) {
                (from, heard) = (from.other(), other);
            }
        }
        match heard {
            Heard::Message { way, start, end, taken } => {
                self.waiting_since = None;
                let Some(way) = point.ways.get(way) else {
                    let message = self.message(from, start, end).to_vec();
                    self.busy(&message);
                    return Turn::Over;
                };
                self.at = way.to;
                if way.takes {
                    self.take(way, start, end, taken);
                }
                Turn::Next
            }
            Heard::More { settle } => self.nothing(point, from, settle),
            Heard::Unfit { start, end } => {
                let message = self.message(from, start, end).to_vec();
                self.explain(point, &message);
                Turn::Over
            }
            Heard::TooLong => {
                self.too_long(point);
                Turn::Over
            }
            Heard::Wrong(wanted) => {
                self.no_message(point, wanted);
                Turn::Over
            }
            Heard::Fault(why) => {
                self.fault(point.line, &why);
                Turn::Over
            }
        }
    }

    fn message(&self, from: Role, start: usize, end: usize) -> &[u8] {
        let inbox = self.inbox_of(from);
        &inbox.datagram().unwrap_or(inbox.bytes())[start..end]
    }

    /// The message is this role's now.
    fn take(&mut self, way: &Way, start: usize, end: usize, taken: usize) {
        self.received += 1;
        self.spoke = false;
        if self.trace {
            let mut bytes = std::mem::take(&mut self.bytes);
            bytes.clear();
            bytes.extend_from_slice(self.message(way.from, start, end));
            self.bytes = bytes;
            self.emits.push_back(Emit::Message(way.from));
        }
        let inbox = self.inbox_mut(way.from);
        if inbox.datagram().is_some() {
            inbox.take_datagram();
        } else {
            inbox.take(taken);
        }
    }

    /// Nothing whole has come: wait, or the peer has ended, or it took too long.
    fn nothing(&mut self, point: &Point, from: Role, settle: bool) -> Turn {
        let inbox = self.inbox_of(from);
        if inbox.ended {
            if !inbox.is_empty() {
                self.closed(point);
                return Turn::Over;
            }
            let to = point.close.or(point.leaves);
            match to {
                Some(to) => {
                    self.go(to);
                    return Turn::Next;
                }
                None if point.may_leave => self.state = State::Closed(Ending::PeerLeft),
                None => self.closed(point),
            }
            return Turn::Over;
        }
        let since = *self.waiting_since.get_or_insert(self.now.monotonic);
        let patience = self.patience.filter(|_| !(point.person && self.program.view == View::Client));
        let until = patience.map(|patience| since + patience);
        if until.is_some_and(|until| self.now.monotonic >= until) {
            match self.program.view {
                View::Client => self.silent(point),
                View::Server | View::Observer => self.state = State::Closed(Ending::Idle),
            }
            return Turn::Over;
        }
        let settled = settle.then(|| self.settled(from));
        self.state = State::Hearing;
        Turn::Wait([until, settled].into_iter().flatten().min())
    }

    /// Waits on, with the deadlines of the point at hand.
    pub(super) fn wait(&mut self) -> Turn {
        let program = Arc::clone(&self.program);
        let crate::program::Op::Hear(point) = &program.steps[self.at] else { return Turn::Wait(None) };
        let settle = self.inbox_of(point.from).settling.is_some();
        self.nothing(point, point.from, settle)
    }

    /// When a chunk that may go on is taken for what it is.
    fn settled(&self, from: Role) -> Duration {
        self.inbox_of(from).settling.unwrap_or(self.now.monotonic) + self.program.settle
    }

    fn find(&mut self, point: &Point, from: Role) -> Heard {
        let program = Arc::clone(&self.program);
        // Before its first message a server may say that it is busy: an alternative behind all others by number,
        // before them by order.
        let busy = program.busy_pattern.as_ref().filter(|_| self.received == 0);
        let ways = || {
            let busy = busy.map(|pattern| (usize::MAX, pattern));
            let ways = point.ways.iter().enumerate().filter(move |(_, way)| way.from == from);
            busy.into_iter().chain(ways.map(|(index, way)| (index, &way.pattern)))
        };
        let limit = self.message_bytes_max;
        if self.link == Link::Datagram || self.secured.is_some() {
            let Some(datagram) = self.inbox_of(from).datagram() else { return Heard::More { settle: false } };
            let cut = match self.secured {
                Some(_) => Cut::Message { start: 0, end: datagram.len(), taken: 0 },
                None => cut_datagram(self.framing, datagram, limit),
            };
            return self.among(ways(), from, cut);
        }
        match self.framing {
            Framing::Exact => self.measure(ways(), from, Ends::Itself),
            Framing::Line | Framing::LineCrlf if ways().any(|(_, pattern)| pattern.sized) => {
                self.measure(ways(), from, Ends::Line)
            }
            Framing::Chunk => self.chunk(ways, from),
            framing => {
                let inbox = self.inbox_mut(from);
                let mut progress = inbox.progress;
                let cut = cut(framing, inbox.bytes(), &mut progress, limit);
                inbox.progress = progress;
                self.among(ways(), from, cut)
            }
        }
    }

    /// The first of `ways` that a cut message fits.
    fn among<'w>(
        &mut self,
        ways: impl Iterator<Item = (usize, &'w Arc<Pattern>)>,
        from: Role,
        cut: Cut,
    ) -> Heard {
        let (start, end, taken) = match cut {
            Cut::Message { start, end, taken } => (start, end, taken),
            Cut::More => return Heard::More { settle: false },
            Cut::TooLong => return Heard::TooLong,
            Cut::Wrong(wanted) => return Heard::Wrong(wanted),
        };
        for (way, pattern) in ways {
            match self.fits_at(pattern, from, start, end) {
                Ok(true) => return Heard::Message { way, start, end, taken },
                Ok(false) => {}
                Err(why) => return Heard::Fault(why),
            }
        }
        Heard::Unfit { start, end }
    }

    /// The first of `ways` that fits the beginning of what came, each of its own length.
    fn measure<'w>(
        &mut self,
        ways: impl Iterator<Item = (usize, &'w Arc<Pattern>)>,
        from: Role,
        ends: Ends,
    ) -> Heard {
        let ended = self.inbox_of(from).ended;
        let limit = self.message_bytes_max;
        let mut more = false;
        for (way, pattern) in ways {
            if ends == Ends::Line && !pattern.sized {
                let line = cut(Framing::Line, self.inbox_of(from).bytes(), &mut Progress::default(), limit);
                match self.among(std::iter::once((way, pattern)), from, line) {
                    Heard::Unfit { .. } => continue,
                    Heard::More { .. } => {
                        more = true;
                        break;
                    }
                    heard => return heard,
                }
            }
            if let Err(why) = self.prepare(pattern) {
                return Heard::Fault(why);
            }
            let inbox = match (&self.second_inbox, from) {
                (Some(inbox), Role::Client) => inbox,
                _ => &self.inbox,
            };
            let scan = self.matcher.scan(
                pattern,
                inbox.bytes(),
                ends,
                limit,
                &mut self.frame,
                &mut self.own,
                &mut self.scratch,
            );
            match scan {
                Ok(Scan::Fits { length, .. }) if length > limit => return Heard::TooLong,
                Ok(Scan::Fits { length, taken }) => match self.store_at(pattern, from, 0, length) {
                    Ok(true) => return Heard::Message { way, start: 0, end: length, taken },
                    Ok(false) => {}
                    Err(why) => return Heard::Fault(why),
                },
                // An earlier way that may still fit goes before a later one that does.
                Ok(Scan::More) => {
                    more = true;
                    if !ended {
                        break;
                    }
                }
                Ok(Scan::TooLong) => return Heard::TooLong,
                Ok(Scan::Never) => {}
                Err(why) => return Heard::Fault(why),
            }
        }
        let length = self.inbox_of(from).bytes().len();
        match more || length == 0 {
            true if length > limit.saturating_mul(2) => Heard::TooLong,
            true => Heard::More { settle: false },
            false => Heard::Unfit { start: 0, end: length.min(limit) },
        }
    }

    /// Under `chunk`: what came at once, or its longest beginning that fits.
    fn chunk<'w, W>(&mut self, ways: impl Fn() -> W, from: Role) -> Heard
    where
        W: Iterator<Item = (usize, &'w Arc<Pattern>)>,
    {
        let inbox = self.inbox_of(from);
        let length = inbox.bytes().len();
        let ended = inbox.ended;
        if length == 0 {
            return Heard::More { settle: false };
        }
        let settled = ended || inbox.settling.is_some() && self.now.monotonic >= self.settled(from);
        if !settled && length >= TRY_BYTES && length < inbox.tried + inbox.tried / 8 {
            return Heard::More { settle: true };
        }
        if length <= self.message_bytes_max {
            for (way, pattern) in ways() {
                match self.fits_at(pattern, from, 0, length) {
                    Ok(true) => return Heard::Message { way, start: 0, end: length, taken: length },
                    Ok(false) => {}
                    Err(why) => return Heard::Fault(why),
                }
            }
        }
        let (mut longest, mut more) = (None, false);
        for (way, pattern) in ways() {
            match self.beginning(pattern, from) {
                Ok((fits, may_go_on)) => {
                    more |= may_go_on;
                    if let Some(end) = fits.filter(|end| *end > 0 && longest.is_none_or(|(_, best)| *end > best)) {
                        longest = Some((way, end));
                    }
                }
                Err(why) => return Heard::Fault(why),
            }
        }
        if more && !settled && length <= self.message_bytes_max {
            let now = self.now.monotonic;
            let inbox = self.inbox_mut(from);
            inbox.settling.get_or_insert(now);
            inbox.tried = length;
            return Heard::More { settle: true };
        }
        let Some((way, end)) = longest else {
            let too_long = length > self.message_bytes_max;
            return if too_long { Heard::TooLong } else { Heard::Unfit { start: 0, end: length } };
        };
        let pattern = ways().find(|(index, _)| *index == way).map(|(_, pattern)| pattern);
        match pattern.map(|pattern| self.fits_at(pattern, from, 0, end)) {
            Some(Ok(true)) => Heard::Message { way, start: 0, end, taken: end },
            Some(Err(why)) => Heard::Fault(why),
            _ => Heard::Unfit { start: 0, end: length },
        }
    }

    /// The longest beginning of what came that fits, and whether all of it may become a message.
    fn beginning(&mut self, pattern: &Pattern, from: Role) -> Result<(Option<usize>, bool), Fault> {
        self.prepare(pattern)?;
        let limit = self.message_bytes_max;
        let inbox = match (&self.second_inbox, from) {
            (Some(inbox), Role::Client) => inbox,
            _ => &self.inbox,
        };
        let bytes = inbox.bytes();
        let bytes = &bytes[..bytes.len().min(limit)];
        if !pattern.sized {
            return Ok(self.matcher.longest(pattern, bytes));
        }
        let (frame, own, scratch) = (&mut self.frame, &mut self.own, &mut self.scratch);
        let scan = self.matcher.scan(pattern, bytes, Ends::Itself, limit, frame, own, scratch)?;
        Ok(match scan {
            Scan::Fits { length, .. } => (Some(length), false),
            Scan::More => (None, true),
            Scan::TooLong | Scan::Never => (None, false),
        })
    }

    fn prepare(&mut self, pattern: &Pattern) -> Result<(), Fault> {
        self.matcher.prepare(pattern, Rigour::ByValue, &self.frame, &mut self.own, &mut self.scratch)
    }

    /// Whether a prepared pattern fits all of a message.
    pub(super) fn matches(&mut self, pattern: &Pattern, message: &[u8]) -> Result<bool, Fault> {
        if let Some(shape) = &pattern.json {
            return Ok(self.matcher.json(pattern, shape, message));
        }
        if !pattern.sized {
            return Ok(self.matcher.full(pattern, message));
        }
        let (frame, own, scratch) = (&mut self.frame, &mut self.own, &mut self.scratch);
        let scan = self.matcher.scan(pattern, message, Ends::Whole, message.len(), frame, own, scratch)?;
        Ok(matches!(scan, Scan::Fits { .. }))
    }

    /// Whether a message in an inbox fits; then what it brings is stored.
    fn fits_at(&mut self, pattern: &Pattern, from: Role, start: usize, end: usize) -> Result<bool, Fault> {
        let inbox = std::mem::take(self.inbox_mut(from));
        let message = &inbox.datagram().unwrap_or(inbox.bytes())[start..end];
        let fits = self.fits(pattern, message);
        *self.inbox_mut(from) = inbox;
        fits
    }

    fn store_at(&mut self, pattern: &Pattern, from: Role, start: usize, end: usize) -> Result<bool, Fault> {
        let inbox = std::mem::take(self.inbox_mut(from));
        let message = &inbox.datagram().unwrap_or(inbox.bytes())[start..end];
        let fits = self.store_message(pattern, message);
        *self.inbox_mut(from) = inbox;
        fits
    }

    /// Whether a message fits; then what it brings is stored.
    pub(super) fn fits(&mut self, pattern: &Pattern, message: &[u8]) -> Result<bool, Fault> {
        self.prepare(pattern)?;
        Ok(self.matches(pattern, message)? && self.store_message(pattern, message)?)
    }

    /// Stores what a matched message brings; then compares what could not be computed before.
    fn store_message(&mut self, pattern: &Pattern, message: &[u8]) -> Result<bool, Fault> {
        for (index, hole) in pattern.holes.iter().enumerate() {
            let Bind::Capture(slot) = hole.bind else { continue };
            if pattern.json.is_some() {
                let found = self.matcher.json[index].bytes();
                capture(&hole.fits, &found, &mut self.frame[slot]);
            } else {
                let (start, end) = self.matcher.ranges[index];
                capture(&hole.fits, &message[start..end], &mut self.frame[slot]);
            }
        }
        for (index, hole) in pattern.holes.iter().enumerate() {
            let Bind::Check(code) = &hole.bind else { continue };
            let found = self.found_in(pattern, index, message);
            if self.known(&hole.fits, code)? != canonical_bytes(&hole.fits, &found) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What a hole caught in the last match.
    fn found_in(&self, pattern: &Pattern, hole: usize, message: &[u8]) -> Vec<u8> {
        if pattern.json.is_some() {
            return self.matcher.json[hole].bytes();
        }
        let (start, end) = self.matcher.ranges[hole];
        readable(&pattern.holes[hole].fits, &message[start..end])
    }

    /// What is known of a hole, as it is compared.
    fn known(&mut self, fits: &Fits, code: &Code) -> Result<Vec<u8>, Fault> {
        let mut known = Vec::new();
        if matches!(fits, Fits::Int | Fits::Fixed(_)) {
            self.scratch.int(code, &self.frame, &mut self.own)?.write(&mut known);
        } else {
            self.scratch.bytes(code, &self.frame, &mut self.own, &mut known)?;
        }
        Ok(known)
    }

    /// A message fits nothing here: is it only a value that differs?
    fn explain(&mut self, point: &Point, message: &[u8]) {
        for way in &point.ways {
            let pattern = &way.pattern;
            if !pattern.holes.iter().any(|hole| compares(&hole.bind)) {
                continue;
            }
            let (frame, own, scratch) = (&self.frame, &mut self.own, &mut self.scratch);
            let prepared = self.matcher.prepare(pattern, Rigour::ByType, frame, own, scratch);
            if prepared.is_err() || !matches!(self.by_type(pattern, message), Ok(true)) {
                continue;
            }
            for (index, hole) in pattern.holes.iter().enumerate() {
                let (Bind::Verify(code) | Bind::Check(code)) = &hole.bind else { continue };
                if pattern.json.is_some() && self.matcher.json[index] == crate::pattern::json::Found::Missing {
                    continue;
                }
                let found = self.found_in(pattern, index, message);
                let Ok(known) = self.known(&hole.fits, code) else { continue };
                if known != canonical_bytes(&hole.fits, &found) {
                    return self.differs(pattern, index, &known, &found);
                }
            }
        }
        self.unexpected(point, message);
    }

    /// Whether a message fits by the types of its holes alone.
    fn by_type(&mut self, pattern: &Pattern, message: &[u8]) -> Result<bool, Fault> {
        if pattern.json.is_some() || pattern.sized {
            return self.matches(pattern, message);
        }
        let loose = pattern.loose();
        Ok(self.matcher.full(&loose, message))
    }
}

/// An integer without its spelling; anything else as it is.
fn canonical_bytes(fits: &Fits, found: &[u8]) -> Vec<u8> {
    if !matches!(fits, Fits::Int | Fits::Fixed(_)) {
        return found.to_vec();
    }
    let (negative, digits) = crate::pattern::canonical(found);
    let sign: &[u8] = if negative && digits != b"0" { b"-" } else { b"" };
    [sign, digits].concat()
}
