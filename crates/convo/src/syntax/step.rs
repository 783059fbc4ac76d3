//! Lines to steps: the first words say what a line is.

use std::time::Duration;

use super::cursor::{Cursor, Wrong, wrong};
use super::expression::{RESERVED, expression, iterable, room};
use super::hole::plain_type;
use super::lines::Nested;
use super::message::plain_text;
use super::tree::{
    Block, Expr, Framing, FreeOn, FreeRow, Given, Kind, Line, Name, RoomLine, Row, Source, Tree,
};
use crate::finding::{Findings, Span};
use crate::{Limit, Listen, Role, Transport};

/// Builds the tree of nested lines.
pub(super) fn tree(lines: &[Nested], findings: &mut Findings<'_>) -> Tree {
    let mut tree = Tree { title: title(findings), ..Tree::default() };
    let texts = findings.lines();
    let mut builder = Builder { findings, texts };
    let mut first_step = lines.len();
    for (index, line) in lines.iter().enumerate() {
        match builder.header_line(line, &mut tree) {
            Ok(true) => {}
            Ok(false) => {
                // A framing or a given may stand before a header line; a message may not.
                if !matches!(builder.first_word(line), "framing" | "given" | "let")
                    && first_step == lines.len()
                {
                    first_step = index;
                }
                continue;
            }
            Err(why) => builder.error(why),
        }
        if index > first_step {
            let span = line.span;
            builder.findings.error(
                span,
                "this line stands at the top only",
                "move it before the first message",
            );
        }
    }
    tree.body = builder.block(lines, true);
    tree
}

/// The first comment line, without its mark.
fn title(findings: &Findings<'_>) -> String {
    let first = findings.lines().into_iter().find(|line| !line.trim().is_empty()).unwrap_or_default();
    first.trim_start_matches('\u{feff}').trim().strip_prefix('#').unwrap_or_default().trim().to_owned()
}

/// Lines that a room keeps, at most.
const ROOM_LINES_MAX: usize = 10_000;
/// Header lines by their first word.
const HEADER: [&str; 6] = ["listen", "ignore", "limit", "idle", "keep", "room"];

struct Builder<'f, 'a> {
    findings: &'f mut Findings<'a>,
    texts: Vec<&'a str>,
}

impl<'a> Builder<'_, 'a> {
    fn cursor(&self, line: &Nested) -> Cursor<'a> {
        Cursor::new(self.texts.get(line.span.line - 1).copied().unwrap_or_default(), line.span)
    }

    fn first_word(&self, line: &Nested) -> &'a str {
        self.cursor(line).peek_name().unwrap_or_default()
    }

    fn error(&mut self, why: Wrong) {
        self.findings.error(why.span, why.message, why.hint);
    }

    /// Reads a line that stands at the top only; `false` if this is none.
    fn header_line(&mut self, line: &Nested, tree: &mut Tree) -> Result<bool, Wrong> {
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

    /// Builds the steps of a block; `top` skips header lines, which are read already.
    fn block(&mut self, lines: &[Nested], top: bool) -> Block {
        let mut block = Block::new();
        for line in lines {
            if HEADER.contains(&self.first_word(line)) && !self.is_message(line) {
                if !top {
                    let hint = "move it to the top, before the first message";
                    self.findings.error(line.span, "this line stands at the top only", hint);
                }
                continue;
            }
            if let Err(why) = self.line(line, &mut block) {
                self.error(why);
                // What is wrong with a line hides nothing inside its block.
                self.block(&line.block, false);
            }
        }
        block
    }

    fn is_message(&self, line: &Nested) -> bool {
        speaker(self.cursor(line).rest()).is_some()
    }

    fn line(&mut self, line: &Nested, block: &mut Block) -> Result<(), Wrong> {
        let mut cursor = self.cursor(line);
        if let Some((role, mark)) = speaker(cursor.rest()) {
            cursor.at += 2;
            cursor.skip_spaces();
            let span = Span { start: cursor.at, ..line.span };
            let kind = if mark == ':' { Kind::Message(role, span) } else { Kind::Show(role, span) };
            return self.leaf(line, kind, block);
        }
        let Some((word, span)) = cursor.name() else {
            return wrong(line.span, "this line says nothing that a convo knows", FIRST_WORDS);
        };
        match word {
            "given" => {
                let given = given(&mut cursor)?;
                self.last(line, cursor, Kind::Given(given), block)
            }
            "let" => {
                let name = declared(&mut cursor)?;
                assign(&mut cursor)?;
                let value = expression(&mut cursor)?;
                self.last(line, cursor, Kind::Let(name, value), block)
            }
            "add" => {
                let kind = add(&mut cursor)?;
                self.last(line, cursor, kind, block)
            }
            "framing" => {
                let kind = Kind::Framing(framing(&mut cursor)?);
                self.last(line, cursor, kind, block)
            }
            "secure" => {
                if !(cursor.eat_word("rsa") && cursor.eat("-") && cursor.eat_word("oaep")) {
                    return cursor.wrong("`secure` is followed by a method", "write: secure rsa-oaep");
                }
                self.last(line, cursor, Kind::Secure, block)
            }
            "break" => self.last(line, cursor, Kind::Break, block),
            "end" => self.last(line, cursor, Kind::End, block),
            "stop" => self.last(line, cursor, Kind::Stop, block),
            "if" | "elif" | "else" => self.branch(word, span, cursor, line, block),
            "on" | "otherwise" => self.row(word, span, cursor, line, block),
            "loop" => {
                self.opens(cursor, line)?;
                let kind = Kind::Loop(self.block(&line.block, false));
                block.push(Line { span: line.span, kind });
                Ok(())
            }
            "for" => {
                let name = declared(&mut cursor)?;
                if !cursor.eat_word("in") {
                    return cursor.wrong("`for` wants `in` here", "for example: for note in notes:");
                }
                let over = iterable(&mut cursor)?;
                self.opens(cursor, line)?;
                let kind = Kind::For(name, over, self.block(&line.block, false));
                block.push(Line { span: line.span, kind });
                Ok(())
            }
            "tell" => {
                let room = room(&mut cursor)?;
                if !cursor.eat(":") {
                    return cursor.wrong("a `:` is wanted here", "for example: tell lobby: * {nick} is here");
                }
                cursor.skip_spaces();
                let text = Span { start: cursor.at, ..line.span };
                self.leaf(line, Kind::Tell(room, text), block)
            }
            "freely" => {
                self.opens(cursor, line)?;
                let rows = self.free_rows(&line.block);
                block.push(Line { span: line.span, kind: Kind::Freely(rows) });
                Ok(())
            }
            "hear" => {
                wrong(span, "`hear` stands in `freely`", "freely: and below it, indented, hear lobby: {line}")
            }
            _ => wrong(span, format!("no line begins with `{word}`"), FIRST_WORDS),
        }
    }

    /// A step of one line, whose cursor must be at the end.
    fn last(
        &mut self,
        line: &Nested,
        mut cursor: Cursor<'_>,
        kind: Kind,
        block: &mut Block,
    ) -> Result<(), Wrong> {
        cursor.finish("this line")?;
        self.leaf(line, kind, block)
    }

    fn leaf(&mut self, line: &Nested, kind: Kind, block: &mut Block) -> Result<(), Wrong> {
        block.push(Line { span: line.span, kind });
        let Some(inner) = line.block.first() else { return Ok(()) };
        wrong(inner.span, "this line is indented, but the line before it opens no block", "remove the spaces")
    }

    /// The line ends with a colon and has a block.
    fn opens(&mut self, mut cursor: Cursor<'_>, line: &Nested) -> Result<(), Wrong> {
        if !cursor.eat(":") {
            return cursor.wrong("a `:` is wanted here", "it opens the block below");
        }
        cursor.finish("this line")?;
        if line.block.is_empty() {
            let message = "a block is wanted below this line";
            return wrong(line.span, message, "indent the lines that belong to it by 4 spaces more");
        }
        Ok(())
    }

    fn branch(
        &mut self,
        word: &str,
        span: Span,
        mut cursor: Cursor<'_>,
        line: &Nested,
        block: &mut Block,
    ) -> Result<(), Wrong> {
        let condition = if word == "else" { None } else { Some(expression(&mut cursor)?) };
        self.opens(cursor, line)?;
        let inner = self.block(&line.block, false);
        if word == "if" {
            let arms = condition.map(|condition| (condition, inner)).into_iter().collect();
            block.push(Line { span: line.span, kind: Kind::If { arms, otherwise: None } });
            return Ok(());
        }
        let open = block.last_mut().map(|line| &mut line.kind);
        let Some(Kind::If { arms, otherwise: otherwise @ None }) = open else {
            return wrong(
                span,
                format!("`{word}` without its `if`"),
                "it follows the block of an `if` or `elif`",
            );
        };
        match condition {
            Some(condition) => arms.push((condition, inner)),
            None => *otherwise = Some(inner),
        }
        Ok(())
    }

    /// The rows of `freely`.
    fn free_rows(&mut self, lines: &[Nested]) -> Vec<FreeRow> {
        let mut rows: Vec<FreeRow> = Vec::new();
        for line in lines {
            let last = rows.iter().rev().find_map(|row| match row.on {
                FreeOn::Says(role, _) => Some(role),
                _ => None,
            });
            match self.free_row(line, last) {
                Ok(on) => {
                    let block = self.block(&line.block, false);
                    rows.push(FreeRow { span: line.span, on, block });
                }
                Err(why) => {
                    self.error(why);
                    self.block(&line.block, false);
                }
            }
        }
        rows
    }

    fn free_row(&mut self, line: &Nested, last: Option<Role>) -> Result<FreeOn, Wrong> {
        const ROWS: &str =
            "in `freely` stand rows: on C: …, on S: …, on C leaves:, otherwise:, hear lobby: …";
        let mut cursor = self.cursor(line);
        let Some((word, span)) = cursor.name() else {
            return wrong(line.span, "this is no row of `freely`", ROWS);
        };
        match word {
            "on" => {
                let role = on_role(&mut cursor)?;
                if cursor.eat_word("leaves") {
                    self.opens(cursor, line)?;
                    return Ok(FreeOn::Leaves(role));
                }
                if !cursor.eat(":") {
                    return cursor.wrong("a `:` is wanted here", "for example: on C: {text}");
                }
                cursor.skip_spaces();
                Ok(FreeOn::Says(role, Span { start: cursor.at, ..line.span }))
            }
            "otherwise" => {
                self.opens(cursor, line)?;
                let Some(role) = last else {
                    return wrong(span, "`otherwise` without its `on`", "it follows rows of `on C: …`");
                };
                Ok(FreeOn::Otherwise(role))
            }
            "hear" => {
                let room = room(&mut cursor)?;
                let name = if cursor.eat_word("as") { Some(expression(&mut cursor)?) } else { None };
                if !cursor.eat(":") {
                    return cursor.wrong("a `:` is wanted here", "for example: hear lobby: {line}");
                }
                cursor.skip_spaces();
                Ok(FreeOn::Hears { room, name, line: Span { start: cursor.at, ..line.span } })
            }
            _ => wrong(span, format!("`{word}` is no row of `freely`"), ROWS),
        }
    }

    fn row(
        &mut self,
        word: &str,
        span: Span,
        mut cursor: Cursor<'_>,
        line: &Nested,
        block: &mut Block,
    ) -> Result<(), Wrong> {
        if word == "otherwise" {
            self.opens(cursor, line)?;
            let inner = self.block(&line.block, false);
            let open = block.last_mut().map(|line| &mut line.kind);
            let Some(Kind::On { otherwise: otherwise @ None, .. }) = open else {
                return wrong(span, "`otherwise` without its `on`", "it closes a row of `on C: …`");
            };
            *otherwise = Some(inner);
            return Ok(());
        }
        let role = on_role(&mut cursor)?;
        if cursor.eat_word("leaves") {
            self.opens(cursor, line)?;
            let inner = self.block(&line.block, false);
            let open = block.last_mut().map(|line| &mut line.kind);
            return match open {
                Some(Kind::On { role: open, leaves: leaves @ None, .. }) if *open == role => {
                    *leaves = Some(inner);
                    Ok(())
                }
                _ => wrong(
                    span,
                    "`leaves` without a row of `on` of the same role",
                    "it closes a row of `on C: …`",
                ),
            };
        }
        if !cursor.eat(":") {
            return cursor.wrong("a `:` is wanted here", "for example: on C: GET");
        }
        cursor.skip_spaces();
        let message = Span { start: cursor.at, ..line.span };
        let row = Row { message, block: self.block(&line.block, false) };
        match block.last_mut().map(|line| &mut line.kind) {
            Some(Kind::On { role: open, rows, otherwise: None, leaves: None }) if *open == role => {
                rows.push(row)
            }
            _ => {
                let kind = Kind::On { role, rows: vec![row], otherwise: None, leaves: None };
                block.push(Line { span: line.span, kind });
            }
        }
        Ok(())
    }
}

const FIRST_WORDS: &str =
    "C: S: C> S> given let if for loop on freely add tell framing secure break end stop";

/// `C:`, `S:`, `C>` or `S>` at the beginning of a line.
fn speaker(text: &str) -> Option<(Role, char)> {
    let mut chars = text.chars();
    let role = match chars.next()? {
        'C' => Role::Client,
        'S' => Role::Server,
        _ => return None,
    };
    chars.next().filter(|mark| matches!(mark, ':' | '>')).map(|mark| (role, mark))
}

fn role(name: &str) -> Option<Role> {
    match name {
        "C" => Some(Role::Client),
        "S" => Some(Role::Server),
        _ => None,
    }
}

/// The role after `on`.
fn on_role(cursor: &mut Cursor<'_>) -> Result<Role, Wrong> {
    let Some((name, span)) = cursor.name() else {
        return cursor.wrong("a role is wanted after `on`", "write `on C: message` or `on S: message`");
    };
    let Some(role) = role(name) else {
        return wrong(span, format!("`{name}` is no role"), "the roles are C and S");
    };
    Ok(role)
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

/// A name that this line declares.
fn declared(cursor: &mut Cursor<'_>) -> Result<Name, Wrong> {
    let Some((text, span)) = cursor.name() else {
        return cursor.wrong("a name is wanted here", "letters, digits and _, no digit first");
    };
    if RESERVED.contains(&text) {
        return wrong(span, format!("`{text}` is a word of the language"), "choose another name");
    }
    Ok(Name { text: text.to_owned(), span })
}

fn assign(cursor: &mut Cursor<'_>) -> Result<(), Wrong> {
    if cursor.eat("=") {
        return Ok(());
    }
    cursor.wrong("a `=` and a value are wanted here", "for example: let x = 1")
}

fn given(cursor: &mut Cursor<'_>) -> Result<Given, Wrong> {
    let Some((role_name, span)) = cursor.name() else {
        return cursor.wrong("a role is wanted after `given`", "for example: given C name = ask \"Name: \"");
    };
    let Some(role) = role(role_name) else {
        return wrong(span, format!("`{role_name}` is no role"), "the roles are C and S");
    };
    let name = declared(cursor)?;
    let mut ty = None;
    if cursor.eat(":") {
        let Some((word, span)) = cursor.name() else {
            return cursor.wrong("a type is wanted here", "one of text word int bytes");
        };
        ty = plain_type(word);
        if ty.is_none() {
            return wrong(span, format!("`{word}` is no type of a name"), "one of text word int bytes");
        }
    }
    assign(cursor)?;
    if !cursor.eat_word("ask") {
        return Ok(Given { role, name, ty, source: Source::Expr(expression(cursor)?) });
    }
    let prompt = text(cursor)?;
    let until = if cursor.eat_word("until") { Some(text(cursor)?) } else { None };
    Ok(Given { role, name, ty, source: Source::Ask { prompt, until } })
}

/// A quoted text that people see or type.
fn text(cursor: &mut Cursor<'_>) -> Result<String, Wrong> {
    cursor.skip_spaces();
    let start = cursor.at;
    let Ok(text) = String::from_utf8(plain_text(cursor)?) else {
        let span = cursor.span_from(start);
        return wrong(span, "this is no UTF-8 text", r"\u{e9} is a character, \xe9 is a byte");
    };
    Ok(text)
}

fn add(cursor: &mut Cursor<'_>) -> Result<Kind, Wrong> {
    let value = expression(cursor)?;
    if !cursor.eat_word("to") {
        return cursor.wrong("`add` wants `to` here", "for example: add text to notes");
    }
    let list = declared(cursor)?;
    let key: Option<Expr> = if cursor.eat_word("at") { Some(expression(cursor)?) } else { None };
    Ok(Kind::Add { value, list, key })
}

fn framing(cursor: &mut Cursor<'_>) -> Result<Framing, Wrong> {
    let rest: Vec<_> = cursor.rest().split_whitespace().collect();
    let words = rest.join(" ");
    let Some((_, framing)) = Framing::ALL.iter().find(|(name, _)| *name == words) else {
        cursor.skip_spaces();
        let span = Span { end: cursor.at + cursor.rest().len().max(1), ..cursor.here() };
        let names: Vec<_> = Framing::ALL.iter().map(|(name, _)| *name).collect();
        return wrong(span, "there is no such framing", format!("one of: {}", names.join(", ")));
    };
    cursor.at += cursor.rest().len();
    Ok(*framing)
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
    Ok(Limit { sessions, busy: plain_text(cursor)? })
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
