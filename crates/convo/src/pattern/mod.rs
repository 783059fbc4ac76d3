//! What a message must look like, for whoever receives it.
//!
//! ```text
//! Client of {client}: {number}      parts: Literal Hole(Text) Literal Hole(Int)
//! ```
//!
//! A message is matched by one pass that takes the first way that offers itself ([`greedy`]); where that fails and
//! another way is left, by a search that visits each pair of state and place once ([`search`]). Both are linear in
//! the message for a given convo: peers choose the text.

pub(crate) mod algebra;
mod greedy;
pub(crate) mod json;
mod nfa;
mod scan;
mod search;

use std::sync::Arc;

use crate::code::{Code, Fault, Own, Scratch, Slot};
use crate::model::Fits;
use crate::value::{INT_DIGITS_MAX, Int, Value, is_space};

pub(crate) use nfa::{Nfa, Style};
pub(crate) use scan::{Ends, Scan};

/// A message as its receiver reads it.
#[derive(Debug)]
pub(crate) struct Pattern {
    /// The number of the step that says it.
    pub(crate) say: usize,
    /// Its line in the convo, from 1.
    pub(crate) line: usize,
    /// The message as it is written, for explanations.
    pub(crate) text: Arc<str>,
    pub(crate) parts: Vec<Part>,
    /// Holes in order: what is done with what fits them.
    pub(crate) holes: Vec<Hole>,
    pub(crate) json: Option<json::Shape>,
    pub(crate) ignore_case: bool,
    /// Its framing lets no newline in.
    pub(crate) one_line: bool,
    /// It has holes of a size that is found out while reading: it is read from its beginning, never searched.
    pub(crate) sized: bool,
    /// Where all of the message goes, if it is one text that is learned: the commonest message, and the quickest.
    pub(crate) all_into: Option<Slot>,
    /// As [`Pattern::all_into`], of one integer.
    pub(crate) int_into: Option<Slot>,
    /// For the search; by type where a value is not known.
    pub(crate) nfa: Nfa,
}

#[derive(Debug, Clone)]
pub(crate) enum Part {
    Literal(Vec<u8>),
    /// The number of a hole.
    Hole(usize),
}

/// A hole and what its receiver does with it.
#[derive(Debug, Clone)]
pub(crate) struct Hole {
    pub(crate) fits: Fits,
    pub(crate) bind: Bind,
    /// The hole as it is written, without braces.
    pub(crate) text: Arc<str>,
}

#[derive(Debug, Clone)]
pub(crate) enum Bind {
    /// Learns the name.
    Capture(Slot),
    /// Compares with what is known before the message.
    Verify(Code),
    /// Compares with what is known once the message is read.
    Check(Code),
    /// Reads past it.
    Past,
}

impl Pattern {
    /// This pattern, its holes used in other ways.
    pub(crate) fn with_binds(&self, bind: impl Fn(&Bind) -> Bind) -> Self {
        let mut holes = self.holes.clone();
        for hole in &mut holes {
            hole.bind = bind(&hole.bind);
        }
        let style = Style { by_value: true, one_line: self.one_line, ignore_case: self.ignore_case };
        Self {
            nfa: Nfa::build(&self.parts, &holes, style),
            all_into: all_into(&self.parts, &holes),
            int_into: int_into(&self.parts, &holes),
            holes,
            text: Arc::clone(&self.text),
            parts: self.parts.clone(),
            json: self.json.clone(),
            ..*self
        }
    }

    /// Whether a message fits, where that takes nothing but a look at it: the pattern is one text.
    #[inline]
    pub(crate) fn equals(&self, message: &[u8]) -> Option<bool> {
        let [Part::Literal(text)] = self.parts.as_slice() else { return None };
        Some(text.len() == message.len() && begins(message, text, self.ignore_case))
    }

    /// Whether all of the message goes into one name.
    pub(crate) fn is_one_name(&self) -> bool {
        self.all_into.or(self.int_into).is_some()
    }

    /// This pattern by the types of its holes alone.
    pub(crate) fn loose(&self) -> Self {
        self.with_binds(|_| Bind::Past)
    }
}

/// The name that learns all of a message of these parts, if that is all there is to it.
pub(crate) fn all_into(parts: &[Part], holes: &[Hole]) -> Option<Slot> {
    match (parts, holes) {
        ([Part::Hole(0)], [Hole { fits: Fits::Text, bind: Bind::Capture(slot), .. }]) => Some(*slot),
        _ => None,
    }
}

/// The name that learns all of a message as an integer, if that is all there is to it.
pub(crate) fn int_into(parts: &[Part], holes: &[Hole]) -> Option<Slot> {
    match (parts, holes) {
        ([Part::Hole(0)], [Hole { fits: Fits::Int, bind: Bind::Capture(slot), .. }]) => Some(*slot),
        _ => None,
    }
}

/// Where a hole's bytes lie in the message.
pub(crate) type Range = (usize, usize);

/// The buffers of matching: kept between messages, so that a message costs no allocation.
#[derive(Debug, Default)]
pub(crate) struct Matcher {
    /// Where each hole's bytes lie, after a match.
    pub(crate) ranges: Vec<Range>,
    /// The JSON values of the holes, after a match of JSON.
    pub(crate) json: Vec<json::Found>,
    wanted: Vec<Option<Wanted>>,
    text: Vec<u8>,
    /// Most messages never need it.
    search: Option<Box<search::Search>>,
}

/// A known value as it must stand in the message.
#[derive(Debug, Clone)]
struct Wanted {
    /// Bytes in [`Matcher::text`]; of an integer the digits without leading zeros.
    start: usize,
    end: usize,
    /// Of an integer: whether it is negative.
    negative: Option<bool>,
}

/// Whether known values are compared, or only their types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rigour {
    ByValue,
    ByType,
}

impl Matcher {
    /// Bytes that its largest buffers take.
    pub(crate) fn capacity(&self) -> usize {
        self.text.capacity() + self.search.as_ref().map_or(0, |search| search.capacity())
    }

    /// Computes what must stand in the holes whose values are known. Goes before any match.
    ///
    /// # Errors
    /// An expression has no value: our own fault.
    pub(crate) fn prepare(
        &mut self,
        pattern: &Pattern,
        rigour: Rigour,
        frame: &[Value],
        own: &mut Own,
        scratch: &mut Scratch,
    ) -> Result<(), Fault> {
        self.wanted.clear();
        self.text.clear();
        self.json.clear();
        self.ranges.clear();
        self.ranges.resize(pattern.holes.len(), (0, 0));
        if pattern.holes.iter().all(|hole| !matches!(hole.bind, Bind::Verify(_))) {
            return Ok(());
        }
        for hole in &pattern.holes {
            let wanted = match &hole.bind {
                Bind::Verify(code) if rigour == Rigour::ByValue => {
                    Some(self.wanted(code, &hole.fits, frame, own, scratch)?)
                }
                _ => None,
            };
            self.wanted.push(wanted);
        }
        Ok(())
    }

    fn wanted(
        &mut self,
        code: &Code,
        fits: &Fits,
        frame: &[Value],
        own: &mut Own,
        scratch: &mut Scratch,
    ) -> Result<Wanted, Fault> {
        let start = self.text.len();
        let mut negative = None;
        match fits {
            Fits::Int => {
                let value = scratch.int(code, frame, own)?;
                negative = Some(value.is_negative());
                let magnitude = if value.is_negative() { value.neg() } else { value };
                magnitude.write(&mut self.text);
            }
            Fits::Fixed(fixed) => {
                let value = scratch.int(code, frame, own)?;
                // A value beyond the hole's bits is never received.
                let value = value.to_i128().filter(|value| {
                    let (first, last) = fixed.range();
                    (first..=last).contains(value)
                });
                if let Some(value) = value {
                    fixed.write(value, &mut self.text);
                }
            }
            Fits::Text | Fits::Word | Fits::Bytes | Fits::Sized { .. } => {
                scratch.bytes(code, frame, own, &mut self.text)?;
            }
        }
        Ok(Wanted { start, end: self.text.len(), negative })
    }

    /// Whether the whole of `message` fits a pattern without sized holes.
    pub(crate) fn full(&mut self, pattern: &Pattern, message: &[u8]) -> bool {
        match greedy::run(pattern, self, message) {
            greedy::Outcome::Fits => true,
            greedy::Outcome::Never => false,
            greedy::Outcome::Perhaps => {
                let mut search = self.search.take().unwrap_or_default();
                let found = search.run(pattern, self, message, search::Goal::Whole);
                self.search = Some(search);
                found.is_some() && self.ints_are_short(pattern, message)
            }
        }
    }

    /// The longest beginning of `message` that fits, and whether more bytes could make all of it fit.
    pub(crate) fn longest(&mut self, pattern: &Pattern, message: &[u8]) -> (Option<usize>, bool) {
        let mut search = self.search.take().unwrap_or_default();
        let longest = search.run(pattern, self, message, search::Goal::Longest);
        let more = search.more();
        self.search = Some(search);
        (longest, more)
    }

    /// Whether each integer found has no more digits than one can have.
    fn ints_are_short(&self, pattern: &Pattern, message: &[u8]) -> bool {
        pattern.holes.iter().zip(&self.ranges).all(|(hole, (start, end))| {
            !matches!(hole.fits, Fits::Int) || int_at(&message[*start..*end]).is_some()
        })
    }

    fn known(&self, hole: usize) -> Option<&Wanted> {
        self.wanted.get(hole).and_then(Option::as_ref)
    }

    fn bytes(&self, wanted: &Wanted) -> &[u8] {
        &self.text[wanted.start..wanted.end]
    }

    /// Whether the digits found are those of a known integer.
    fn is_int(&self, wanted: &Wanted, found: &[u8]) -> bool {
        let (negative, digits) = canonical(found);
        let known = self.bytes(wanted);
        digits == known && (negative == (wanted.negative == Some(true)) || digits == b"0")
    }
}

/// The sign and the digits of an integer as it was received, without white space and leading zeros.
pub(crate) fn canonical(found: &[u8]) -> (bool, &[u8]) {
    let found = crate::value::trim(found);
    let (negative, digits) = match found.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, found),
    };
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    (negative, &digits[zeros.min(digits.len().saturating_sub(1))..])
}

/// The longest integer at the beginning of `text`: where its digits end and where the white space after them ends.
fn int_at(text: &[u8]) -> Option<(usize, usize)> {
    let spaces = text.iter().take_while(|byte| is_space(**byte)).count();
    let sign = usize::from(matches!(text.get(spaces), Some(b'+' | b'-')));
    let digits = text[spaces + sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=INT_DIGITS_MAX).contains(&digits) {
        return None;
    }
    let end = spaces + sign + digits;
    let after = text[end..].iter().take_while(|byte| is_space(**byte)).count();
    Some((end, end + after))
}

/// Whether an integer at the end of what came so far could go on or begin.
fn may_become_int(text: &[u8]) -> bool {
    let spaces = text.iter().take_while(|byte| is_space(**byte)).count();
    matches!(&text[spaces..], [] | [b'+' | b'-'])
}

/// Whether `text` begins with `literal`.
fn begins(text: &[u8], literal: &[u8], ignore_case: bool) -> bool {
    match text.get(..literal.len()) {
        Some(head) if ignore_case => head.eq_ignore_ascii_case(literal),
        Some(head) => head == literal,
        None => false,
    }
}

/// Stores what a hole caught.
pub(crate) fn capture(fits: &Fits, found: &[u8], value: &mut Value) {
    match fits {
        Fits::Int => *value = Int::parse(found).map_or(Value::None, Value::Int),
        Fits::Fixed(fixed) => {
            let raw = fixed.read(found);
            let int =
                i64::try_from(raw).map_or_else(|_| Int::from(num_bigint::BigInt::from(raw)), Int::Small);
            *value = Value::Int(int);
        }
        Fits::Text | Fits::Word | Fits::Bytes | Fits::Sized { .. } => value.set_bytes(found),
    }
}

#[cfg(test)]
mod tests;
