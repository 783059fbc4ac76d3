//! Framings that need no pattern to cut a message: lines, JSON, counts and lengths.
//!
//! ```text
//! line        hello\n
//! counted     5 │ hello            the count in a chunk of its own
//! length u16  00 05 hello
//! ```

use crate::Link;
use crate::syntax::JSON_DEPTH_MAX;
use crate::syntax::tree::Framing;
use crate::value::Ascii;

/// What lies at the beginning of the bytes at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// A message at `start..end`; with its frame it takes `taken` bytes.
    Message {
        start: usize,
        end: usize,
        taken: usize,
    },
    More,
    TooLong,
    /// Nothing that this framing knows; what was expected.
    Wrong(&'static str),
}

/// How far a search for the end of a message has come; begin anew with each message.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Progress {
    at: usize,
    start: usize,
    depth: usize,
    text: bool,
    escape: bool,
}

impl Progress {
    /// A search that found no newline in so many bytes.
    pub(crate) fn searched(at: usize) -> Self {
        Self { at, ..Self::default() }
    }

    /// Bytes that have been searched.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Bytes before the first message that mean nothing: white space before JSON.
    pub(crate) fn blank(&self) -> usize {
        if self.depth == 0 { self.start } else { 0 }
    }
}

/// Bytes that one datagram carries over IPv4 (RFC 768, RFC 791), which is less than over IPv6.
const DATAGRAM_BYTES_MAX: usize = 65_507;
/// Texts up to this, bytes, are searched quicker word by word than with wider instructions, which have to be begun.
const SHORT_BYTES_MAX: usize = 128;
/// The lowest and the highest bit of each of eight bytes.
const ONES: u64 = u64::from_ne_bytes([1; 8]);
const HIGHEST: u64 = ONES << 7;
/// Digits of a count, at most.
const COUNT_DIGITS_MAX: usize = 9;

/// Cuts the message at the beginning of `bytes`.
pub(crate) fn cut(framing: Framing, bytes: &[u8], progress: &mut Progress, bytes_max: usize) -> Cut {
    match framing {
        Framing::Line | Framing::LineCrlf => line(bytes, progress, bytes_max),
        Framing::Json | Framing::JsonLine => json(bytes, progress, bytes_max),
        Framing::Counted => counted(bytes, progress, bytes_max),
        Framing::LengthU16 => length(bytes, 2, bytes_max),
        Framing::LengthU32 => length(bytes, 4, bytes_max),
        Framing::Chunk | Framing::Exact => whole(bytes, bytes_max),
    }
}

/// All bytes as one message.
fn whole(bytes: &[u8], bytes_max: usize) -> Cut {
    if bytes.len() > bytes_max {
        return Cut::TooLong;
    }
    Cut::Message { start: 0, end: bytes.len(), taken: bytes.len() }
}

/// Cuts the one message that a datagram holds.
#[inline]
pub(crate) fn cut_datagram(framing: Framing, bytes: &[u8], bytes_max: usize) -> Cut {
    match framing {
        Framing::Chunk | Framing::Exact => whole(bytes, bytes_max),
        _ => cut_framed(framing, bytes, bytes_max),
    }
}

/// As [`cut_datagram`], where the datagram has a frame in it.
fn cut_framed(framing: Framing, bytes: &[u8], bytes_max: usize) -> Cut {
    let cut = match framing {
        Framing::Counted => counted_datagram(bytes, bytes_max),
        _ => cut(framing, bytes, &mut Progress::default(), bytes_max),
    };
    let wrong = || match framing {
        Framing::Line | Framing::LineCrlf => "a datagram that holds one line and its end",
        Framing::Json | Framing::JsonLine => "a datagram that holds one JSON object or array",
        Framing::Counted => "a datagram that holds a count and so many characters",
        Framing::LengthU16 | Framing::LengthU32 => "a datagram that holds a length and so many bytes",
        Framing::Chunk | Framing::Exact => "a datagram",
    };
    match cut {
        Cut::Message { taken, .. } if framing.is_json() && is_blank(&bytes[taken..]) => cut,
        Cut::Message { taken, .. } if taken == bytes.len() => cut,
        Cut::TooLong => Cut::TooLong,
        Cut::Message { .. } | Cut::More | Cut::Wrong(_) => Cut::Wrong(wrong()),
    }
}

/// Whether there is nothing but the white space that JSON knows.
pub(crate) fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

/// Whether a text would end its line before its own end.
pub(crate) fn ends_line(text: &[u8]) -> bool {
    has(b'\n', text) || text.ends_with(b"\r")
}

/// Whether a byte is in a text, in which most of the time it is not.
fn has(byte: u8, text: &[u8]) -> bool {
    if text.len() > SHORT_BYTES_MAX {
        return memchr::memchr(byte, text).is_some();
    }
    let (words, rest) = text.as_chunks::<8>();
    let found = words.iter().fold(0, |found, word| {
        let differs = u64::from_ne_bytes(*word) ^ (ONES * u64::from(byte));
        // The highest bit of a byte that does not differ, and at most of bytes above it.
        found | (differs.wrapping_sub(ONES) & !differs)
    });
    found & HIGHEST != 0 || rest.contains(&byte)
}

/// The longest message that a frame can carry over `link`, bytes.
pub(crate) fn message_bytes_max(framing: Framing, link: Link) -> usize {
    let frame = match framing {
        Framing::LengthU16 => usize::from(u16::MAX),
        Framing::LengthU32 => u32::MAX as usize,
        _ => usize::MAX,
    };
    match link {
        Link::Stream => frame,
        Link::Datagram => frame.min(DATAGRAM_BYTES_MAX - overhead(framing)),
    }
}

/// Bytes that a frame adds to a message, at most.
fn overhead(framing: Framing) -> usize {
    match framing {
        Framing::Line | Framing::JsonLine => 1,
        Framing::LineCrlf | Framing::LengthU16 => 2,
        Framing::LengthU32 => 4,
        Framing::Counted => 5,
        Framing::Chunk | Framing::Exact | Framing::Json => 0,
    }
}

/// Appends a message with its frame. Under `counted` over a stream the frame goes apart: see [`count`].
pub(crate) fn wrap(framing: Framing, message: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    begin(framing, out);
    out.extend_from_slice(message);
    finish(framing, start, out);
}

/// Makes room for what stands before a message; the message is then appended to `out`.
pub(crate) fn begin(framing: Framing, out: &mut Vec<u8>) {
    match framing {
        Framing::LengthU16 => out.extend_from_slice(&[0; 2]),
        Framing::LengthU32 => out.extend_from_slice(&[0; 4]),
        _ => {}
    }
}

/// Completes the frame that [`begin`] began at `start` of `out`.
pub(crate) fn finish(framing: Framing, start: usize, out: &mut Vec<u8>) {
    match framing {
        Framing::Line | Framing::JsonLine => out.push(b'\n'),
        Framing::LineCrlf => out.extend_from_slice(b"\r\n"),
        Framing::LengthU16 => {
            let length = u16::try_from(out.len() - start - 2).unwrap_or(u16::MAX);
            out[start..start + 2].copy_from_slice(&length.to_be_bytes());
        }
        Framing::LengthU32 => {
            let length = u32::try_from(out.len() - start - 4).unwrap_or(u32::MAX);
            out[start..start + 4].copy_from_slice(&length.to_be_bytes());
        }
        Framing::Counted => {
            let count = count(&out[start..]);
            out.splice(start..start, count);
        }
        Framing::Chunk | Framing::Exact | Framing::Json => {}
    }
}

/// The count that goes before a text.
pub(crate) fn count(text: &[u8]) -> Vec<u8> {
    let characters = text.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
    characters.to_string().into_bytes()
}

/// A line at the beginning of the bytes at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    /// Where its text ends.
    pub(crate) end: usize,
    /// How long it is with what ends it.
    pub(crate) taken: usize,
    pub(crate) ascii: Ascii,
}

/// The line at the beginning of `bytes`, of which the first `searched` hold no newline.
#[inline]
pub(crate) fn first_line(bytes: &[u8], searched: usize) -> Option<Line> {
    if searched == bytes.len() {
        return None;
    }
    let head = if searched == 0 { &bytes[..bytes.len().min(SHORT_BYTES_MAX)] } else { &[] };
    let (newline, ascii) = match short_line(head) {
        Some(found) => found,
        None => {
            let searched = searched.max(head.len());
            (searched + memchr::memchr(b'\n', &bytes[searched..])?, Ascii::Unknown)
        }
    };
    Some(Line { end: line_end(newline, bytes), taken: newline + 1, ascii })
}

/// Where the newline is, and whether all before it is ASCII: eight bytes at a time, which for a short line is quicker
/// than wider instructions, which have to be begun.
fn short_line(bytes: &[u8]) -> Option<(usize, Ascii)> {
    let mut all = 0;
    for (index, word) in bytes.as_chunks::<8>().0.iter().enumerate() {
        if let Some(newline) = newline_in(*word, &mut all) {
            return Some((8 * index + newline, ascii(all)));
        }
    }
    // What lies behind the last whole word is looked at with some of what lies before.
    if let Some(word) = bytes.last_chunk::<8>() {
        let newline = newline_in(*word, &mut all)?;
        return Some((bytes.len() - 8 + newline, ascii(all)));
    }
    let newline = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((newline, ascii(bytes[..newline].iter().fold(0, |all, byte| all | u64::from(*byte)))))
}

/// Where the newline is among eight bytes; those before it are added to `all`.
#[inline]
fn newline_in(bytes: [u8; 8], all: &mut u64) -> Option<usize> {
    let word = u64::from_le_bytes(bytes);
    let differs = word ^ (ONES * u64::from(b'\n'));
    // The highest bit of a byte that does not differ, and at most of bytes above it.
    let found = differs.wrapping_sub(ONES) & !differs & HIGHEST;
    if found == 0 {
        *all |= word;
        return None;
    }
    *all |= word & ((found & found.wrapping_neg()) - 1);
    Some(found.trailing_zeros() as usize / 8)
}

fn ascii(all: u64) -> Ascii {
    if all & HIGHEST == 0 { Ascii::Yes } else { Ascii::Unknown }
}

fn line(bytes: &[u8], progress: &mut Progress, bytes_max: usize) -> Cut {
    let Some(found) = memchr::memchr(b'\n', &bytes[progress.at..]) else {
        progress.at = bytes.len();
        // A `\r` may be the beginning of the line's end.
        return if bytes.len() > bytes_max + 1 { Cut::TooLong } else { Cut::More };
    };
    let newline = progress.at + found;
    let end = line_end(newline, bytes);
    if end > bytes_max {
        return Cut::TooLong;
    }
    Cut::Message { start: 0, end, taken: newline + 1 }
}

/// Where the text ends of a line whose newline is there.
fn line_end(newline: usize, bytes: &[u8]) -> usize {
    if newline > 0 && bytes[newline - 1] == b'\r' { newline - 1 } else { newline }
}

/// Finds the end of a JSON object or array by its brackets; whether it is JSON is found out by reading it.
fn json(bytes: &[u8], progress: &mut Progress, bytes_max: usize) -> Cut {
    while let Some(byte) = bytes.get(progress.at) {
        progress.at += 1;
        if progress.depth == 0 {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => progress.start = progress.at,
                b'{' | b'[' => {
                    progress.start = progress.at - 1;
                    progress.depth = 1;
                }
                _ => return Cut::Wrong("a JSON object or array"),
            }
            continue;
        }
        if progress.text {
            match byte {
                _ if progress.escape => progress.escape = false,
                b'\\' => progress.escape = true,
                b'"' => progress.text = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => progress.text = true,
            b'{' | b'[' => progress.depth += 1,
            b'}' | b']' => progress.depth -= 1,
            _ => {}
        }
        if progress.depth > JSON_DEPTH_MAX {
            return Cut::Wrong("JSON that is nested no deeper than 64");
        }
        if progress.at - progress.start > bytes_max {
            return Cut::TooLong;
        }
        if progress.depth == 0 {
            return Cut::Message { start: progress.start, end: progress.at, taken: progress.at };
        }
    }
    if bytes.len() - progress.start > bytes_max { Cut::TooLong } else { Cut::More }
}

fn counted(bytes: &[u8], progress: &mut Progress, bytes_max: usize) -> Cut {
    if progress.start == 0 {
        let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if bytes.is_empty() {
            return Cut::More;
        }
        if digits == 0 {
            return Cut::Wrong("a count of characters");
        }
        if digits > COUNT_DIGITS_MAX {
            return Cut::TooLong;
        }
        let count = bytes[..digits].iter().fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0'));
        if count > bytes_max {
            return Cut::TooLong;
        }
        *progress = Progress { at: digits, start: digits, depth: count, ..Progress::default() };
    }
    // `depth` counts the characters that are wanted yet.
    while progress.depth > 0 {
        let Some(first) = bytes.get(progress.at) else { return Cut::More };
        let wide = match first {
            0x00..=0x7f => 1,
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => return Cut::Wrong("a text in UTF-8"),
        };
        if progress.at + wide > bytes.len() {
            return Cut::More;
        }
        if progress.at + wide - progress.start > bytes_max {
            return Cut::TooLong;
        }
        progress.at += wide;
        progress.depth -= 1;
    }
    Cut::Message { start: progress.start, end: progress.at, taken: progress.at }
}

/// A count and its text in one datagram: of the digits at its beginning so many are the count that the text has
/// the length that they say. No two counts can do that.
fn counted_datagram(bytes: &[u8], bytes_max: usize) -> Cut {
    let mut count = 0;
    for (index, digit) in
        bytes.iter().take_while(|byte| byte.is_ascii_digit()).take(COUNT_DIGITS_MAX).enumerate()
    {
        count = count * 10 + usize::from(digit - b'0');
        let start = index + 1;
        let length = std::str::from_utf8(&bytes[start..]).map(|text| text.chars().count());
        if length == Ok(count) {
            let fits = bytes.len() - start <= bytes_max;
            return if fits {
                Cut::Message { start, end: bytes.len(), taken: bytes.len() }
            } else {
                Cut::TooLong
            };
        }
    }
    Cut::More
}

fn length(bytes: &[u8], width: usize, bytes_max: usize) -> Cut {
    let Some(head) = bytes.get(..width) else { return Cut::More };
    let length = head.iter().fold(0usize, |sum, byte| (sum << 8) | usize::from(*byte));
    if length > bytes_max {
        return Cut::TooLong;
    }
    if bytes.len() < width + length {
        return Cut::More;
    }
    Cut::Message { start: width, end: width + length, taken: width + length }
}

#[cfg(test)]
mod tests;
