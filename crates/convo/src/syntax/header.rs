//! The lines that stand at the top only: listen, ignore case, limit, idle, keep, room.

use std::time::Duration;

use super::cursor::{Cursor, Wrong, wrong};
use super::lines::Nested;
use super::message::plain_text;
use super::step::{Builder, declared};
use super::tree::{RoomLine, Tree};
use crate::finding::{Findings, Span};
use crate::{Limit, Listen, Transport};

/// Lines that a room keeps, at most.
const ROOM_LINES_MAX: usize = 10_000;
/// Header lines by their first word.
pub(super) const HEADER: [&str; 6] = ["listen", "ignore", "limit", "idle", "keep", "room"];

impl Builder<'_, '_> {
    /// Reads a line that stands at the top only; `false` if this is none.
    pub(super) fn header_line(&mut self, line: &Nested, tree: &mut Tree) -> Result<bool, Wrong> {
        let mut cursor = self.cursor(line);
        let Some(word) = cursor.peek_name().filter(|word| HEADER.contains(word)) else { return Ok(false) };
        cursor.name();
        let header = &mut tree.header;
        match word {
            "listen" => {
                let listen = listen(&mut cursor)?;
                header.listens.push(listen);
            }
            "ignore" => {
                if !cursor.eat_word("case") {
                    return cursor.wrong("`ignore` is followed by `case`", "write: ignore case");
                }
                header.ignore_case = true;
            }
            "limit" => {
                let limit = limit(&mut cursor)?;
                if header.limit.replace(limit).is_some() {
                    return wrong(line.span, "a second `limit`", "keep one of them");
                }
            }
            "idle" => {
                let idle = duration(&mut cursor)?;
                if header.idle.replace(idle).is_some() {
                    return wrong(line.span, "a second `idle`", "keep one of them");
                }
            }
            "keep" => {
                let name = declared(&mut cursor)?;
                if header.keeps.iter().any(|known| known.text == name.text) {
                    return wrong(name.span, format!("`{}` is kept twice", name.text), "keep one of them");
                }
                header.keeps.push(name);
            }
            _ => {
                let room = room_line(&mut cursor)?;
                let same = |known: &RoomLine| match (&known.name, &room.name) {
                    (Some(a), Some(b)) => a.text == b.text,
                    (a, b) => a.is_none() && b.is_none(),
                };
                if header.rooms.iter().any(same) {
                    return wrong(line.span, "this room is declared twice", "keep one of the lines");
                }
                header.rooms.push(room);
            }
        }
        cursor.finish("this line")?;
        if line.block.is_empty() {
            return Ok(true);
        }
        wrong(
            line.block[0].span,
            "this line is indented, but the line before it opens no block",
            "remove the spaces",
        )
    }
}

/// The first comment line, without its mark.
pub(super) fn title(findings: &Findings<'_>) -> String {
    let first = findings.lines().into_iter().find(|line| !line.trim().is_empty()).unwrap_or_default();
    first.trim().strip_prefix('#').unwrap_or_default().trim().to_owned()
}

fn listen(cursor: &mut Cursor<'_>) -> Result<Listen, Wrong> {
    let transport = if cursor.eat_word("tcp") {
        Transport::Tcp
    } else if cursor.eat_word("udp") {
        Transport::Udp
    } else {
        return cursor.wrong("a transport is wanted here", "tcp or udp: listen tcp 7200");
    };
    let (digits, span) = number(cursor)?;
    let Ok(port) = digits.parse() else {
        return wrong(span, "this is no port", "ports go from 0 to 65535");
    };
    Ok(Listen { transport, port })
}

fn limit(cursor: &mut Cursor<'_>) -> Result<Limit, Wrong> {
    let (digits, span) = number(cursor)?;
    let sessions = digits.parse().ok().filter(|sessions| (1..=1_000_000).contains(sessions));
    let Some(sessions) = sessions else {
        return wrong(span, "this is no number of sessions", "from 1 to 1000000");
    };
    if !cursor.eat_word("busy") {
        return cursor.wrong("`limit` wants `busy` here", "for example: limit 4 busy \"Server Is Busy\"");
    }
    cursor.skip_spaces();
    let start = cursor.at;
    let busy = plain_text(cursor)?;
    if busy.is_empty() {
        let hint = "a client has to hear something: busy \"Server Is Busy\"";
        return wrong(cursor.span_from(start), "the busy message is empty", hint);
    }
    Ok(Limit { sessions, busy })
}

fn number<'a>(cursor: &mut Cursor<'a>) -> Result<(&'a str, Span), Wrong> {
    cursor.skip_spaces();
    let rest = cursor.rest();
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    if digits == 0 {
        return cursor.wrong("a number is wanted here", "decimal digits");
    }
    let start = cursor.at;
    cursor.at += digits;
    Ok((&rest[..digits], cursor.span_from(start)))
}

fn duration(cursor: &mut Cursor<'_>) -> Result<Duration, Wrong> {
    cursor.skip_spaces();
    let start = cursor.at;
    let word = cursor.rest().split_whitespace().next().unwrap_or_default();
    cursor.at += word.len();
    match humantime::parse_duration(word) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => {
            let span = Span { end: cursor.at.max(start + 1), ..cursor.span_from(start) };
            wrong(span, "a time is wanted here", "a number and ms, s, m or h: idle 10s")
        }
    }
}
/// `room lobby keep 100`, after its first word.
fn room_line(cursor: &mut Cursor<'_>) -> Result<RoomLine, Wrong> {
    let name = if cursor.eat("{") {
        if cursor.name().is_none() || !cursor.eat("}") {
            return cursor
                .wrong("a name in braces is wanted here", "room {where} says that a value names the room");
        }
        None
    } else {
        Some(declared(cursor)?)
    };
    let mut keep = 0;
    if cursor.eat_word("keep") {
        let (digits, span) = number(cursor)?;
        let Some(lines) = digits.parse().ok().filter(|lines| *lines <= ROOM_LINES_MAX) else {
            return wrong(span, "a room keeps up to 10000 lines", "for example: room lobby keep 100");
        };
        keep = lines;
    }
    Ok(RoomLine { name, keep })
}
