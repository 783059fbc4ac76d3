//! Conversations as text: parse, print, compare.
//!
//! ```text
//! # Reverse echo, once.
//! C< hello                     the client's person types it
//! C: hello                     the client says it
//! S: olleh                     the server says it
//! C> Client received: olleh    the client's person is shown it
//! C leaves                     the client closes where the text lets it go
//! S closes                     the server closes in good order
//! ```
//!
//! Further endings are `S stops` and `S breaks: why`. Escapes and quotes are those of a convo's messages; braces
//! stand for themselves, for nothing here is a hole.

use std::fmt::{self, Write as _};

use crate::Role;
use crate::syntax::parse_said;

/// A conversation, event by event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transcript {
    /// What happened, in order.
    pub events: Vec<Event>,
}

/// One thing that happened, at one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// `C: message`, without its framing.
    Said(Role, Vec<u8>),
    /// `C> line`
    Shown(Role, String),
    /// `C< line`
    Typed(Role, String),
    /// `C closes`
    Closed(Role),
    /// `C leaves`
    Left(Role),
    /// `C stops`
    Stopped(Role),
    /// `C breaks: why`
    Broke(Role, String),
}

/// A line that is no event of a transcript.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "transcript:{line}: {why}: {text}\nhint: a line is `C: …`, `C> …`, `C< …`, `C closes`, `C leaves`, `C stops` or `C breaks: …`"
)]
pub struct TranscriptError {
    /// From 1.
    pub line: usize,
    /// The line itself.
    pub text: String,
    /// What is wrong with it.
    pub why: String,
}

impl Transcript {
    /// Reads a transcript. Comments (`# …`) and empty lines are left out.
    ///
    /// # Errors
    /// The first line that is no event.
    pub fn parse(text: &str) -> Result<Self, TranscriptError> {
        let mut events = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let event = Event::parse(line);
            events.push(event.map_err(|why| TranscriptError {
                line: index + 1,
                text: line.to_owned(),
                why,
            })?);
        }
        Ok(Self { events })
    }

    /// Where this transcript and what came instead differ, as lines marked `-` (missing) and `+` (too much);
    /// nothing where they are the same.
    pub fn difference(&self, came: &Self) -> Option<String> {
        if self == came {
            return None;
        }
        let same = self.events.iter().zip(&came.events).take_while(|(a, b)| a == b).count();
        let (missing, extra) = (&self.events[same..], &came.events[same..]);
        let again = missing.iter().rev().zip(extra.iter().rev()).take_while(|(a, b)| a == b).count();
        let mut out = String::new();
        let mut lines = |mark: char, events: &[Event]| {
            for event in events {
                let _ = writeln!(out, "{mark} {event}");
            }
        };
        lines(' ', &self.events[..same]);
        lines('-', &missing[..missing.len() - again]);
        lines('+', &extra[..extra.len() - again]);
        lines(' ', &missing[missing.len() - again..]);
        Some(out)
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.events.iter().try_for_each(|event| writeln!(f, "{event}"))
    }
}

impl Event {
    fn parse(line: &str) -> Result<Self, String> {
        let role = match line.get(..1) {
            Some("C") => Role::Client,
            Some("S") => Role::Server,
            _ => return Err("this names no role".to_owned()),
        };
        let rest = &line[1..];
        let said = |text: &str| parse_said(text).map_err(|wrong| wrong.message);
        let text =
            |text: &str| String::from_utf8(said(text)?).map_err(|_| "this is no UTF-8 text".to_owned());
        if let Some(message) = rest.strip_prefix(':') {
            return Ok(Self::Said(role, said(message)?));
        }
        if let Some(shown) = rest.strip_prefix('>') {
            return Ok(Self::Shown(role, text(shown)?));
        }
        if let Some(typed) = rest.strip_prefix('<') {
            return Ok(Self::Typed(role, text(typed)?));
        }
        match rest.trim() {
            "closes" => Ok(Self::Closed(role)),
            "leaves" => Ok(Self::Left(role)),
            "stops" => Ok(Self::Stopped(role)),
            other => match other.strip_prefix("breaks:") {
                Some(why) => Ok(Self::Broke(role, text(why)?)),
                None => Err("there is no such event".to_owned()),
            },
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Said(role, message) => line(f, *role, ":", message),
            Self::Shown(role, text) => line(f, *role, ">", text.as_bytes()),
            Self::Typed(role, text) => line(f, *role, "<", text.as_bytes()),
            Self::Broke(role, why) => line(f, *role, " breaks:", why.as_bytes()),
            Self::Closed(role) => write!(f, "{} closes", role.letter()),
            Self::Left(role) => write!(f, "{} leaves", role.letter()),
            Self::Stopped(role) => write!(f, "{} stops", role.letter()),
        }
    }
}

/// A line that is read back as the same bytes: quoted where its edges or its first quote ask for it.
fn line(f: &mut fmt::Formatter<'_>, role: Role, mark: &str, bytes: &[u8]) -> fmt::Result {
    let escaped = escape(bytes);
    let quoted = escaped.trim() != escaped || escaped.starts_with('"');
    match (quoted, escaped.is_empty()) {
        (true, _) => write!(f, "{}{mark} \"{}\"", role.letter(), escaped.replace('"', "\\\"")),
        (false, true) => write!(f, "{}{mark}", role.letter()),
        (false, false) => write!(f, "{}{mark} {escaped}", role.letter()),
    }
}

fn escape(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\0' => out.push_str("\\0"),
                '\\' => out.push_str("\\\\"),
                c if c.is_control() => {
                    let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
                }
                c => out.push(c),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

#[cfg(test)]
mod tests;
