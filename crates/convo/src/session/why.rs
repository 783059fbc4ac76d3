//! How conversations end badly, told in one line: what was expected, what came.

use std::fmt::Write as _;

use super::mind::Difference;
use super::{Ending, Session, State, Violation, ViolationKind};
use crate::Role;
use crate::knowledge::View;
use crate::model::Fits;
use crate::pattern::canonical;
use crate::program::{Op, Point, Way};

/// Characters of a message shown in an explanation.
const SHOWN_CHARS: usize = 60;
/// Alternatives named in an explanation.
const SHOWN_WAYS: usize = 4;

impl Session {
    /// The convo's line at which the session is.
    pub(super) fn line(&self) -> usize {
        match &self.program.steps[self.at] {
            Op::Given(given) => given.line,
            Op::Let { line, .. }
            | Op::Look { line, .. }
            | Op::Show { line, .. }
            | Op::Unless { line, .. }
            | Op::Begin { line, .. }
            | Op::Add { line, .. }
            | Op::Tell { line, .. }
            | Op::Secure { line } => *line,
            Op::Send(send) => send.line,
            Op::Pick(pick) => pick.line,
            Op::Hear(point) => point.line,
            Op::Free(free) => free.point.line,
            Op::Connect | Op::Jump(_) | Op::Next { .. } | Op::Framing(_) | Op::End | Op::Stop | Op::Left => 0,
        }
    }

    pub(super) fn broke(&mut self, kind: ViolationKind, line: usize, why: &str) {
        let file = &self.program.file;
        let text = if line == 0 { format!("{file}: {why}") } else { format!("{file}:{line}: {why}") };
        self.rare().violation = Some(Violation { kind, line, text });
        self.finish(State::Broken);
    }

    /// Ends the conversation. Where the convo answers the peer's leaving (`on C leaves`), that is done first: however
    /// the peer went, it is gone.
    pub(super) fn finish(&mut self, state: State) {
        let leaves = match &self.program.steps[self.at] {
            Op::Hear(point) => point.leaves,
            Op::Free(free) => free.point.leaves,
            _ => None,
        };
        match leaves {
            Some(to) => {
                self.rare().last = Some(state);
                self.go(to);
            }
            None => self.state = state,
        }
    }

    /// Our own fault: an expression without a value, a store that failed.
    pub(super) fn fault(&mut self, line: usize, why: &str) {
        self.broke(ViolationKind::Ours, line, why);
    }

    /// The connection is gone.
    pub(super) fn reset(&mut self) {
        if self.peer_may_leave && self.mail.first.is_empty() {
            self.finish(State::Closed(Ending::PeerLeft));
            return;
        }
        if matches!(self.state, State::Closing(_)) {
            self.state = State::Closed(Ending::Done);
            return;
        }
        let (line, expected) = match &self.program.steps[self.at] {
            Op::Hear(point) if self.state == State::Hearing => (point.line, expected(point)),
            _ if self.said_at > 0 => (self.said_at, "the other side to read this".to_owned()),
            _ => (self.line(), "the other side to stay".to_owned()),
        };
        self.broke(ViolationKind::Reset, line, &format!("expected {expected}, the connection was reset"));
    }

    pub(super) fn closed(&mut self, point: &Point) {
        let rest = self.mail.of(point.from).bytes();
        let expected = expected(point);
        let who = match (self.program.view, point.from) {
            (View::Client | View::Server, _) => "the other side",
            (View::Observer, Role::Client) => "the client",
            (View::Observer, Role::Server) => "the server",
        };
        let why = if rest.is_empty() {
            format!("expected {expected}, {who} closed")
        } else {
            format!("expected {expected}, {who} closed in the middle of a message, after {}", quote(rest))
        };
        self.broke(ViolationKind::Closed, point.line, &why);
    }

    pub(super) fn silent(&mut self, point: &Point) {
        let rest = self.mail.of(point.from).bytes();
        let waited = humantime::format_duration(self.patience.unwrap_or_default());
        let mut why = format!("expected {}, nothing came for {waited}", expected(point));
        if !rest.is_empty() {
            let _ = write!(why, " after {}", quote(rest));
        }
        self.broke(ViolationKind::Silent, point.line, &why);
    }

    pub(super) fn too_long(&mut self, point: &Point) {
        let limit = self.block_bytes_max().unwrap_or(self.message_bytes_max);
        let why = format!("expected {}, a message longer than {limit} bytes came", expected(point));
        self.broke(ViolationKind::TooLong, point.line, &why);
    }

    pub(super) fn no_message(&mut self, point: &Point, wanted: &str) {
        let came = self.mail.of(point.from);
        let came = quote(came.message());
        self.broke(ViolationKind::Unexpected, point.line, &format!("expected {wanted}, got {came}"));
    }

    pub(super) fn unexpected(&mut self, point: &Point, message: &[u8]) {
        let why = format!("expected {}, got {}", expected(point), quote(message));
        self.broke(ViolationKind::Unexpected, point.line, &why);
    }

    pub(super) fn busy(&mut self, message: &[u8]) {
        let why = format!("the server is busy: it says {}", quote(message));
        self.broke(ViolationKind::Busy, 0, &why);
    }

    pub(super) fn more_than_the_text_has(&mut self) {
        let came = quote(self.mail.first.message());
        let why = format!("expected the other side to close, for the conversation is over, got {came}");
        self.broke(ViolationKind::Unexpected, 0, &why);
    }

    /// A value that differs from what is known here.
    pub(super) fn differs(&mut self, way: &Way, difference: &Difference) {
        let Difference { hole, known, found } = difference;
        let name = &way.pattern.holes[*hole].text;
        let who = way.from.name();
        let why = format!("{name} is {} here, the {who} says {}", value(known), value(found));
        self.broke(ViolationKind::Differs, way.pattern.line, &why);
    }
}

/// What may come at a place, in words.
fn expected(point: &Point) -> String {
    let mut words: Vec<String> = Vec::new();
    for way in point.ways.iter().take(SHOWN_WAYS) {
        words.push(format!("`{}: {}`", way.from.letter(), way.pattern.text));
    }
    if point.ways.len() > SHOWN_WAYS {
        words.push(format!("one of {} more", point.ways.len() - SHOWN_WAYS));
    }
    if point.close.is_some() {
        words.push("a close".to_owned());
    }
    words.join(" or ")
}

/// A message in quotes, its control characters as escapes, cut where it is long.
pub(super) fn quote(message: &[u8]) -> String {
    let mut out = String::from("\"");
    let mut shown = 0;
    for chunk in message.utf8_chunks() {
        for c in chunk.valid().chars() {
            if shown == SHOWN_CHARS {
                let _ = write!(out, "\"… ({} bytes)", message.len());
                return out;
            }
            shown += 1;
            match c {
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                c if c.is_control() || is_hidden(c) => {
                    let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
                }
                c => out.push(c),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out.push('"');
    out
}

/// Whether a character changes how others are shown and shows nothing itself: marks of direction, joiners.
fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

/// A value for a person: an integer bare, anything else in quotes.
fn value(bytes: &[u8]) -> String {
    let (_, digits) = canonical(bytes);
    let plain = !digits.is_empty() && digits.len() <= SHOWN_CHARS && digits.iter().all(u8::is_ascii_digit);
    match std::str::from_utf8(bytes) {
        Ok(text) if plain => text.trim().to_owned(),
        _ => quote(bytes),
    }
}

/// A number that was received in binary, as a person reads it.
pub(super) fn readable(fits: &Fits, found: &[u8]) -> Vec<u8> {
    match fits {
        Fits::Fixed(fixed) => fixed.read(found).to_string().into_bytes(),
        _ => found.to_vec(),
    }
}
