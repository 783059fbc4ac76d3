//! Reading a message from its beginning, where its own parts say how long it is: `framing exact`, and holes of a
//! size that is known by then.

use super::{Bind, Matcher, Part, Pattern, begins, capture, int_at, may_become_int};
use crate::code::{Fault, Lent};
use crate::model::Fits;
use crate::value::is_space;

/// Where the message ends, beside its own parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// Where its last part ends.
    Itself,
    /// At a newline, which stands only in holes of a size.
    Line,
    /// With the bytes at hand: they are the whole message.
    Whole,
}

/// What the bytes at hand are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scan {
    /// A message of `length` bytes; with its end it takes `taken` bytes of the stream.
    Fits {
        length: usize,
        taken: usize,
    },
    /// The beginning of one, perhaps.
    More,
    /// The beginning of one that is longer than the limit.
    TooLong,
    Never,
}

/// How far one part goes.
enum Step {
    To(usize),
    More,
    TooLong,
    Never,
}

impl Matcher {
    /// Reads a message at the beginning of `bytes`. Integers that later sizes need are stored among the names.
    ///
    /// # Errors
    /// A size has no value: our own fault.
    pub(crate) fn scan(
        &mut self,
        pattern: &Pattern,
        bytes: &[u8],
        ends: Ends,
        bytes_max: usize,
        lent: &mut Lent<'_>,
    ) -> Result<Scan, Fault> {
        let mut at = 0;
        for (index, part) in pattern.parts.iter().enumerate() {
            let last = index + 1 == pattern.parts.len();
            let newline = if ends == Ends::Line { memchr::memchr(b'\n', &bytes[at..]) } else { None };
            let reach = Reach {
                rest: &bytes[at..newline.map_or(bytes.len(), |length| at + length)],
                all: &bytes[at..],
                whole: ends == Ends::Whole || newline.is_some(),
                rest_is_last: last && ends != Ends::Itself,
            };
            let step = match part {
                Part::Literal(literal) => reach.literal(literal, pattern.ignore_case),
                Part::Hole(hole) => {
                    let step = self.hole(pattern, *hole, &reach, bytes_max, lent)?;
                    if let Step::To(length) = step {
                        self.ranges[*hole] = (at, at + length);
                        if let Bind::Capture(slot) = pattern.holes[*hole].bind {
                            capture(
                                &pattern.holes[*hole].fits,
                                &bytes[at..at + length],
                                &mut lent.frame[slot],
                            );
                        }
                    }
                    step
                }
            };
            match step {
                Step::To(length) => at += length,
                Step::More => return Ok(Scan::More),
                Step::TooLong => return Ok(Scan::TooLong),
                Step::Never => return Ok(Scan::Never),
            }
        }
        Ok(match (ends, &bytes[at..]) {
            (Ends::Itself, _) | (Ends::Whole, []) => Scan::Fits { length: at, taken: at },
            (Ends::Whole, _) => Scan::Never,
            (Ends::Line, [b'\n', ..]) => Scan::Fits { length: at, taken: at + 1 },
            (Ends::Line, [b'\r', b'\n', ..]) => Scan::Fits { length: at, taken: at + 2 },
            (Ends::Line, [] | [b'\r']) => Scan::More,
            (Ends::Line, _) => Scan::Never,
        })
    }

    fn hole(
        &self,
        pattern: &Pattern,
        hole: usize,
        reach: &Reach<'_>,
        bytes_max: usize,
        lent: &mut Lent<'_>,
    ) -> Result<Step, Fault> {
        let fits = &pattern.holes[hole].fits;
        if let Some(wanted) = self.known(hole)
            && !matches!(fits, Fits::Int | Fits::Sized { .. })
        {
            let known = self.bytes(wanted);
            if matches!(fits, Fits::Fixed(_)) && known.is_empty() {
                return Ok(Step::Never);
            }
            return Ok(reach.literal(known, false));
        }
        Ok(match fits {
            Fits::Sized { size, text, .. } => {
                let size = lent.scratch.int(size, lent.frame, lent.own)?;
                let Some(size) = size.to_usize().filter(|size| *size <= bytes_max) else {
                    return Ok(if size.is_negative() { Step::Never } else { Step::TooLong });
                };
                match (reach.all.get(..size), self.known(hole)) {
                    (None, _) => Step::More,
                    (Some(found), Some(wanted)) if found != self.bytes(wanted) => Step::Never,
                    (Some(found), _) if *text && std::str::from_utf8(found).is_err() => Step::Never,
                    (Some(_), _) => Step::To(size),
                }
            }
            Fits::Fixed(fixed) => reach.fixed(fixed.bytes),
            Fits::Int => {
                let step = reach.int();
                match (step, self.known(hole)) {
                    (Step::To(length), Some(wanted)) if !self.is_int(wanted, &reach.rest[..length]) => {
                        Step::Never
                    }
                    (step, _) => step,
                }
            }
            Fits::Word => {
                let length = reach.rest.iter().take_while(|byte| !is_space(**byte)).count();
                if length == reach.rest.len() && !reach.whole {
                    Step::More
                } else if length == 0 || std::str::from_utf8(&reach.rest[..length]).is_err() {
                    Step::Never
                } else {
                    Step::To(length)
                }
            }
            Fits::Text | Fits::Bytes => reach.tail(matches!(fits, Fits::Text)),
        })
    }
}

/// The bytes that a part can reach.
struct Reach<'a> {
    /// Up to the newline, where that ends the message.
    rest: &'a [u8],
    /// All that came.
    all: &'a [u8],
    /// No further byte belongs to `rest`.
    whole: bool,
    /// This part takes all of the rest.
    rest_is_last: bool,
}

impl Reach<'_> {
    fn literal(&self, literal: &[u8], ignore_case: bool) -> Step {
        // A literal may hold a newline only where no newline ends the message.
        if begins(self.rest, literal, ignore_case) {
            Step::To(literal.len())
        } else if !self.whole && self.rest.len() < literal.len() && begins(literal, self.rest, ignore_case) {
            Step::More
        } else {
            Step::Never
        }
    }

    fn fixed(&self, bytes: usize) -> Step {
        if self.all.len() >= bytes { Step::To(bytes) } else { Step::More }
    }

    fn int(&self) -> Step {
        match int_at(self.rest) {
            Some((_, end)) if end == self.rest.len() && !self.whole => Step::More,
            Some((digits_end, end)) => Step::To(if self.rest_is_last { end } else { digits_end }),
            None if !self.whole && may_become_int(self.rest) => Step::More,
            None => Step::Never,
        }
    }

    fn tail(&self, text: bool) -> Step {
        if !self.whole {
            return Step::More;
        }
        let end = self.rest.strip_suffix(b"\r").filter(|_| self.all.len() > self.rest.len());
        let found = end.unwrap_or(self.rest);
        if text && std::str::from_utf8(found).is_err() { Step::Never } else { Step::To(found.len()) }
    }
}
