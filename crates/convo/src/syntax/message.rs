//! Messages: text with holes, or JSON whose values are expressions.

use super::cursor::{Cursor, Wrong, escape, wrong};
use super::expression::{expression, string};
use super::hole::{Hole, HoleType, hole, hole_type};
use super::tree::Expr;
use crate::finding::Span;

/// JSON inside JSON, at most.
pub(crate) const JSON_DEPTH_MAX: usize = 64;

/// A part of a message.
#[derive(Debug, Clone)]
pub(crate) enum Piece {
    Literal(Vec<u8>),
    Hole(Hole),
}

/// A JSON message.
#[derive(Debug, Clone)]
pub(crate) enum Json {
    Object(Vec<Member>),
    Array(Vec<Self>),
    Null,
    Bool(bool),
    /// A name, a literal or an expression; a name may be typed: `{"n": n: int}`.
    Expr(Expr, Option<HoleType>),
}

/// `"key": value`, or `"key"?: value`: sent always, received perhaps.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) key: String,
    pub(crate) optional: bool,
    pub(crate) value: Json,
}

/// Reads a message with holes. `text` is the whole line, `span` the message in it.
pub(crate) fn parse_pieces(text: &str, span: Span) -> Result<Vec<Piece>, Wrong> {
    let mut cursor = Cursor::new(text, span);
    let quoted = cursor.rest().starts_with('"');
    let start = cursor.at;
    if quoted {
        cursor.next();
    }
    let mut pieces = Vec::new();
    let mut literal = Vec::new();
    loop {
        match cursor.peek() {
            None if quoted => {
                let hint = "a message that begins with a quote ends with one; a quote itself is \\\"";
                return wrong(cursor.span_from(start), "this quoted message is not closed", hint);
            }
            None => break,
            Some('"') if quoted => {
                cursor.next();
                cursor.finish("the quoted message")?;
                break;
            }
            Some('{') if !cursor.rest().starts_with("{{") => {
                let hole = hole(&mut cursor)?;
                if !literal.is_empty() {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                }
                pieces.push(Piece::Hole(hole));
            }
            Some(_) => character(&mut cursor, &mut literal)?,
        }
    }
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

/// Reads one character that is no hole, an escape or a doubled brace.
fn character(cursor: &mut Cursor<'_>, out: &mut Vec<u8>) -> Result<(), Wrong> {
    match cursor.next() {
        Some('\\') => escape(cursor, out),
        Some(brace @ ('{' | '}')) => {
            if cursor.next() == Some(brace) {
                out.push(brace as u8);
                return Ok(());
            }
            let span = cursor.span_from(cursor.at.saturating_sub(1));
            wrong(span, "a `}` without its `{`", "a brace itself is written twice: }}")
        }
        Some(c) => {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            Ok(())
        }
        None => Ok(()),
    }
}

/// Reads a message that has no holes: escapes and quotes as in a convo, braces stand for themselves.
pub(crate) fn parse_said(text: &str) -> Result<Vec<u8>, Wrong> {
    let text = text.trim();
    let mut cursor = Cursor::new(text, Span { line: 1, start: 0, end: text.len() });
    if cursor.peek() == Some('"') {
        let said = string(&mut cursor)?;
        cursor.finish("the quoted message")?;
        return Ok(said);
    }
    let mut said = Vec::new();
    while let Some(c) = cursor.next() {
        match c {
            '\\' => escape(&mut cursor, &mut said)?,
            c => said.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Ok(said)
}

/// Reads a quoted text with escapes and no holes, as prompts and `busy` have it; the rest of the line is left.
pub(super) fn plain_text(cursor: &mut Cursor<'_>) -> Result<Vec<u8>, Wrong> {
    cursor.skip_spaces();
    if cursor.peek() != Some('"') {
        return cursor.wrong("a text in quotes is wanted here", "for example \"Your name: \"");
    }
    string(cursor)
}

/// Reads a JSON message.
pub(crate) fn parse_json(text: &str, span: Span) -> Result<Json, Wrong> {
    let mut cursor = Cursor::new(text, span);
    cursor.skip_spaces();
    if !matches!(cursor.peek(), Some('{' | '[')) {
        let hint = "under `framing json` a message is JSON: {\"name\": name}";
        return cursor.wrong("a JSON object or array is wanted here", hint);
    }
    let json = json(&mut cursor, 0)?;
    cursor.finish("the JSON")?;
    Ok(json)
}

fn json(cursor: &mut Cursor<'_>, depth: usize) -> Result<Json, Wrong> {
    if depth > JSON_DEPTH_MAX {
        return cursor
            .wrong("this JSON is nested deeper than 64", "a flatter message is read by more programs");
    }
    cursor.skip_spaces();
    match cursor.peek() {
        Some('{') => object(cursor, depth),
        Some('[') => array(cursor, depth),
        _ => {
            for (word, json) in
                [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))]
            {
                if cursor.eat_word(word) {
                    return Ok(json);
                }
            }
            let expr = expression(cursor)?;
            let ty = if cursor.eat(":") { Some(hole_type(cursor)?) } else { None };
            Ok(Json::Expr(expr, ty))
        }
    }
}

fn object(cursor: &mut Cursor<'_>, depth: usize) -> Result<Json, Wrong> {
    cursor.eat("{");
    let mut members: Vec<Member> = Vec::new();
    while !cursor.eat("}") {
        cursor.skip_spaces();
        let start = cursor.at;
        let Ok(key) = String::from_utf8(plain_text(cursor)?) else {
            return wrong(cursor.span_from(start), "a key is text", r"\u{e9} is a character, \xe9 is a byte");
        };
        if members.iter().any(|member| member.key == key) {
            return wrong(cursor.span_from(start), "this key stands here twice", "keep one of them");
        }
        let optional = cursor.eat("?");
        if !cursor.eat(":") {
            return cursor.wrong("a `:` is wanted after the key", "for example {\"name\": name}");
        }
        let value = json(cursor, depth + 1)?;
        members.push(Member { key, optional, value });
        if !cursor.eat(",") {
            close(cursor, "}")?;
            break;
        }
    }
    Ok(Json::Object(members))
}

fn array(cursor: &mut Cursor<'_>, depth: usize) -> Result<Json, Wrong> {
    cursor.eat("[");
    let mut items = Vec::new();
    while !cursor.eat("]") {
        items.push(json(cursor, depth + 1)?);
        if !cursor.eat(",") {
            close(cursor, "]")?;
            break;
        }
    }
    Ok(Json::Array(items))
}

fn close(cursor: &mut Cursor<'_>, token: &str) -> Result<(), Wrong> {
    if cursor.eat(token) {
        return Ok(());
    }
    cursor.wrong(format!("`,` or `{token}` is wanted here"), "JSON separates by commas")
}

impl Json {
    /// Calls `visit` with each expression in it.
    pub(crate) fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Expr)) {
        match self {
            Self::Object(members) => members.iter().for_each(|member| member.value.walk(visit)),
            Self::Array(items) => items.iter().for_each(|item| item.walk(visit)),
            Self::Null | Self::Bool(_) => {}
            Self::Expr(expr, _) => visit(expr),
        }
    }
}
