//! Finding in what came a message that may come here: cutting it, and telling which it is.

use super::{Link, Session};
use crate::Role;
use crate::code::Fault;
use crate::framing::{Cut, Progress, cut, cut_datagram};
use crate::pattern::{Ends, Pattern, Scan};
use crate::program::{Point, Program, Way};
use crate::syntax::tree::Framing;

/// A chunk shorter than this is tried again with each read; a longer one when it has grown by an eighth.
const TRY_BYTES: usize = 4096;
/// The number of the way on which a server says that it is busy.
pub(super) const BUSY: usize = usize::MAX;

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
    pub(super) fn find(&mut self, program: &Program, point: &Point, from: Role) -> Result<Heard, Fault> {
        // Before its first message a server may say that it is busy.
        let busy = program.busy_pattern.as_deref().filter(|_| self.received == 0 && from == Role::Server);
        let ways = Ways { busy, ways: &point.ways, from };
        let limit = self.message_bytes_max;
        if self.link == Link::Datagram || self.secured {
            let Some(datagram) = self.mail.of(from).datagram() else {
                return Ok(Heard::More { settle: false });
            };
            // Holes of a size may hold newlines.
            if !self.secured && self.framing.is_line() && ways.sized() {
                return self.measure(ways, Ends::Line);
            }
            let cut = if self.secured {
                Cut::Message { start: 0, end: datagram.len(), taken: 0 }
            } else {
                cut_datagram(self.framing, datagram, limit)
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
        let settled =
            inbox.ended || (inbox.settling.is_some() && self.monotonic >= self.settled(program, ways.from));
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
            let now = self.monotonic;
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
}
