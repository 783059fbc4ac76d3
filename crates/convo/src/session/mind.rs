//! What a role knows while it runs, and how it reads and fills messages with it.

use super::desk::{Buffers, Desk};
use super::why::readable;
use crate::code::{Code, Fault, Lent, Own};
use crate::model::Fits;
use crate::pattern::{Bind, Ends, Pattern, Range, Rigour, Scan, canonical, capture, json};
use crate::program::{Fill, FillHole, Json, Piece};
use crate::value::{Int, Value, is_text};

/// A role's names and what is its own.
#[derive(Debug)]
pub(super) struct Mind {
    pub(super) frame: Box<[Value]>,
    pub(super) own: Own,
    pub(super) desk: Desk,
}

/// A hole whose value is not what is known.
#[derive(Debug)]
pub(super) struct Difference {
    pub(super) hole: usize,
    pub(super) known: Vec<u8>,
    pub(super) found: Vec<u8>,
}

impl Mind {
    /// Whether a message fits; then what it brings is stored.
    pub(super) fn fits(&mut self, pattern: &Pattern, message: &[u8]) -> Result<bool, Fault> {
        if let Some(slot) = pattern.all_into {
            let text = is_text(message);
            if text {
                self.frame[slot].set_bytes(message);
            }
            return Ok(text);
        }
        if let Some(slot) = pattern.int_into {
            let int = Int::parse(message);
            let fits = int.is_some();
            if let Some(int) = int {
                self.frame[slot] = Value::Int(int);
            }
            return Ok(fits);
        }
        self.prepare(pattern)?;
        Ok(self.matches(pattern, message)? && self.store(pattern, message)?)
    }

    /// Whether a message fits, with nothing stored.
    pub(super) fn fits_only(&mut self, pattern: &Pattern, message: &[u8]) -> Result<bool, Fault> {
        self.prepare(pattern)?;
        self.matches(pattern, message)
    }

    /// Computes what must stand in the holes whose values are known.
    pub(super) fn prepare(&mut self, pattern: &Pattern) -> Result<(), Fault> {
        let Buffers { matcher, scratch } = self.desk.open();
        matcher.prepare(pattern, Rigour::ByValue, &self.frame, &mut self.own, scratch)
    }

    fn matches(&mut self, pattern: &Pattern, message: &[u8]) -> Result<bool, Fault> {
        if let Some(shape) = &pattern.json {
            return Ok(self.desk.open().matcher.json(pattern, shape, message));
        }
        if !pattern.sized {
            return Ok(self.desk.open().matcher.full(pattern, message));
        }
        let scan = self.scan(pattern, message, Ends::Whole, message.len())?;
        Ok(matches!(scan, Scan::Fits { .. }))
    }

    /// Reads a message whose parts say how long it is; the pattern is prepared.
    pub(super) fn scan(
        &mut self,
        pattern: &Pattern,
        bytes: &[u8],
        ends: Ends,
        bytes_max: usize,
    ) -> Result<Scan, Fault> {
        let Buffers { matcher, scratch } = self.desk.open();
        let mut lent = Lent { frame: &mut self.frame, own: &mut self.own, scratch };
        matcher.scan(pattern, bytes, ends, bytes_max, &mut lent)
    }

    /// The longest beginning of `bytes` that fits, and whether all of it may become a message.
    pub(super) fn beginning(
        &mut self,
        pattern: &Pattern,
        bytes: &[u8],
    ) -> Result<(Option<usize>, bool), Fault> {
        self.prepare(pattern)?;
        if !pattern.sized {
            return Ok(self.desk.open().matcher.longest(pattern, bytes));
        }
        Ok(match self.scan(pattern, bytes, Ends::Itself, bytes.len())? {
            Scan::Fits { length, .. } => (Some(length), false),
            Scan::More | Scan::TooLong => (None, true),
            Scan::Never => (None, false),
        })
    }

    /// Stores what a matched message brings; then compares what could not be computed before.
    pub(super) fn store(&mut self, pattern: &Pattern, message: &[u8]) -> Result<bool, Fault> {
        let mut checks = false;
        let matcher = &self.desk.open().matcher;
        for (index, hole) in pattern.holes.iter().enumerate() {
            checks |= matches!(hole.bind, Bind::Check(_));
            let Bind::Capture(slot) = hole.bind else { continue };
            if pattern.json.is_some() {
                let found = matcher.json[index].bytes();
                capture(&hole.fits, &found, &mut self.frame[slot]);
            } else {
                let (start, end) = matcher.ranges[index];
                capture(&hole.fits, &message[start..end], &mut self.frame[slot]);
            }
        }
        Ok(!checks || self.difference(pattern, message, |bind| matches!(bind, Bind::Check(_)))?.is_none())
    }

    /// The first hole of a matched message whose value is not what is known.
    pub(super) fn difference(
        &mut self,
        pattern: &Pattern,
        message: &[u8],
        compares: impl Fn(&Bind) -> bool,
    ) -> Result<Option<Difference>, Fault> {
        for (index, hole) in pattern.holes.iter().enumerate() {
            let (Bind::Verify(code) | Bind::Check(code)) = &hole.bind else { continue };
            if !compares(&hole.bind) {
                continue;
            }
            let found = if pattern.json.is_some() {
                match &self.desk.open().matcher.json[index] {
                    json::Found::Missing => continue,
                    found => found.bytes(),
                }
            } else {
                let (start, end) = self.desk.open().matcher.ranges[index];
                readable(&hole.fits, &message[start..end])
            };
            let known = self.known(&hole.fits, code)?;
            if known != plain(&hole.fits, &found) {
                return Ok(Some(Difference { hole: index, known, found }));
            }
        }
        Ok(None)
    }

    /// What is known of a hole, as it is compared.
    fn known(&mut self, fits: &Fits, code: &Code) -> Result<Vec<u8>, Fault> {
        let mut known = Vec::new();
        if matches!(fits, Fits::Int | Fits::Fixed(_)) {
            self.desk.open().scratch.int(code, &self.frame, &mut self.own)?.write(&mut known);
        } else {
            self.desk.open().scratch.bytes(code, &self.frame, &mut self.own, &mut known)?;
        }
        Ok(known)
    }

    /// Appends a filled message to `out`; where each hole's bytes lie (from `start` on) goes into `ranges`.
    #[inline]
    pub(super) fn fill(
        &mut self,
        fill: &Fill,
        start: usize,
        mut ranges: Option<&mut Vec<Range>>,
        out: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        let pieces = match fill {
            Fill::Pieces(pieces) => pieces,
            Fill::Json(json) => return self.fill_json(json, out),
        };
        for piece in pieces {
            match piece {
                Piece::Literal(bytes) => out.extend_from_slice(bytes),
                Piece::Hole(hole) => {
                    let from = out.len() - start;
                    self.fill_hole(hole, out)?;
                    if let Some(ranges) = &mut ranges {
                        ranges.push((from, out.len() - start));
                    }
                }
            }
        }
        Ok(())
    }

    fn fill_hole(&mut self, hole: &FillHole, out: &mut Vec<u8>) -> Result<(), Fault> {
        let start = out.len();
        if !hole.is_int {
            match hole.code.bare() {
                Some(slot) => out.extend_from_slice(self.frame[slot].bytes()),
                None => self.desk.open().scratch.bytes(&hole.code, &self.frame, &mut self.own, out)?,
            }
            if let Fits::Sized { size, .. } = &hole.fits {
                let size = self.desk.open().scratch.int(size, &self.frame, &mut self.own)?;
                let length = out.len() - start;
                if size.to_usize() != Some(length) {
                    return Err(format!(
                        "{} is {length} bytes long, its size is {}",
                        hole.text,
                        digits(&size)
                    ));
                }
            }
            return Ok(());
        }
        let value = match hole.code.small(&self.frame) {
            Some(value) => Int::Small(value),
            None => self.desk.open().scratch.int(&hole.code, &self.frame, &mut self.own)?,
        };
        let Fits::Fixed(fixed) = &hole.fits else {
            value.write(out);
            return Ok(());
        };
        let (first, last) = fixed.range();
        match value.to_i128().filter(|value| (first..=last).contains(value)) {
            Some(value) => {
                fixed.write(value, out);
                Ok(())
            }
            None => {
                let value = digits(&value);
                Err(format!("{} does not hold {value}, it goes from {first} to {last}", hole.text))
            }
        }
    }

    fn fill_json(&mut self, json: &Json, out: &mut Vec<u8>) -> Result<(), Fault> {
        match json {
            Json::Object(members) => {
                out.push(b'{');
                for (index, (key, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.extend_from_slice(b", ");
                    }
                    json::write_text(key, out);
                    out.extend_from_slice(b": ");
                    self.fill_json(value, out)?;
                }
                out.push(b'}');
            }
            Json::Array(items) => {
                out.push(b'[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.extend_from_slice(b", ");
                    }
                    self.fill_json(item, out)?;
                }
                out.push(b']');
            }
            Json::Null => out.extend_from_slice(b"null"),
            Json::Bool(true) => out.extend_from_slice(b"true"),
            Json::Bool(false) => out.extend_from_slice(b"false"),
            Json::Int(value) => value.write(out),
            Json::Text(text) => json::write_text(&String::from_utf8_lossy(text), out),
            Json::Hole(hole) if hole.is_int => self.fill_hole(hole, out)?,
            Json::Hole(hole) => {
                let mut text = Vec::new();
                self.fill_hole(hole, &mut text)?;
                json::write_text(&String::from_utf8_lossy(&text), out);
            }
        }
        Ok(())
    }
}

/// An integer without its spelling; anything else as it is.
fn plain(fits: &Fits, found: &[u8]) -> Vec<u8> {
    if !matches!(fits, Fits::Int | Fits::Fixed(_)) {
        return found.to_vec();
    }
    let (negative, digits) = canonical(found);
    let sign: &[u8] = if negative && digits != b"0" { b"-" } else { b"" };
    [sign, digits].concat()
}

fn digits(value: &Int) -> String {
    let mut text = Vec::new();
    value.write(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}
