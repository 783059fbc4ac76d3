//! Lines to steps: the first words say what a line is.

use super::cursor::{Cursor, Wrong, wrong};
use super::expression::{RESERVED, expression, iterable, room};
use super::header::{HEADER, title};
use super::hole::plain_type;
use super::lines::Nested;
use super::message::plain_text;
use super::tree::{Block, Expr, Framing, Given, Kind, Line, Name, Source, Tree};
use crate::Role;
use crate::finding::{Findings, Span};

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

pub(super) struct Builder<'f, 'a> {
    pub(super) findings: &'f mut Findings<'a>,
    texts: Vec<&'a str>,
}

impl<'a> Builder<'_, 'a> {
    pub(super) fn cursor(&self, line: &Nested) -> Cursor<'a> {
        Cursor::new(self.texts.get(line.span.line - 1).copied().unwrap_or_default(), line.span)
    }

    fn first_word(&self, line: &Nested) -> &'a str {
        self.cursor(line).peek_name().unwrap_or_default()
    }

    pub(super) fn error(&mut self, why: Wrong) {
        self.findings.error(why.span, why.message, why.hint);
    }

    /// Builds the steps of a block; `top` skips header lines, which are read already.
    pub(super) fn block(&mut self, lines: &[Nested], top: bool) -> Block {
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
                let mut kind = add(&mut cursor)?;
                if cursor.peek() != Some(':') {
                    return self.last(line, cursor, kind, block);
                }
                self.opens(cursor, line)?;
                if let Kind::Add { then, .. } = &mut kind {
                    *then = Some(self.block(&line.block, false));
                }
                block.push(Line { span: line.span, kind });
                Ok(())
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
                let from = if cursor.eat_word("from") { Some(expression(&mut cursor)?) } else { None };
                self.opens(cursor, line)?;
                let kind = Kind::For(name, over, from, self.block(&line.block, false));
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
                self.leaf(line, Kind::Tell { room, text, otherwise: None }, block)
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
    pub(super) fn opens(&mut self, mut cursor: Cursor<'_>, line: &Nested) -> Result<(), Wrong> {
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

pub(super) fn role(name: &str) -> Option<Role> {
    match name {
        "C" => Some(Role::Client),
        "S" => Some(Role::Server),
        _ => None,
    }
}

/// A name that this line declares.
pub(super) fn declared(cursor: &mut Cursor<'_>) -> Result<Name, Wrong> {
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
    let number = if cursor.eat_word("as") { Some(declared(cursor)?) } else { None };
    Ok(Kind::Add { value, list, key, number, then: None, otherwise: None })
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
