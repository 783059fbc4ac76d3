//! A place in one line of a convo that moves forward.

use crate::finding::Span;

/// Names are letters, digits and `_`, and begin with no digit.
pub(super) fn is_name_start(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

pub(super) fn is_name_rest(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// Something wrong in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) span: Span,
    pub(crate) message: String,
    pub(crate) hint: String,
}

/// Reads a part of one line.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    /// The whole line, so that places are columns of it.
    text: &'a str,
    number: usize,
    pub(super) at: usize,
    end: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, span: Span) -> Self {
        let end = span.end.min(text.len());
        Self { text, number: span.line, at: span.start.min(end), end }
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..self.end]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    pub(super) fn skip_spaces(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Skips white space and then `token`, if it is there.
    pub(super) fn eat(&mut self, token: &str) -> bool {
        self.skip_spaces();
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// Skips white space and then the word `word`, if it stands there whole.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.peek_name() == Some(word);
        if found {
            self.eat(word);
        }
        found
    }

    /// The name that stands next, white space before it skipped.
    pub(super) fn peek_name(&self) -> Option<&'a str> {
        let rest = self.rest().trim_start();
        if !rest.starts_with(is_name_start) {
            return None;
        }
        let end = rest.find(|c| !is_name_rest(c)).unwrap_or(rest.len());
        Some(&rest[..end])
    }

    pub(super) fn name(&mut self) -> Option<(&'a str, Span)> {
        let name = self.peek_name()?;
        self.skip_spaces();
        let start = self.at;
        self.at += name.len();
        Some((name, self.span_from(start)))
    }

    /// What begins here, one character wide.
    pub(super) fn here(&self) -> Span {
        let wide = self.peek().map_or(1, char::len_utf8);
        Span { line: self.number, start: self.at, end: self.at + wide }
    }

    pub(super) fn span_from(&self, start: usize) -> Span {
        Span { line: self.number, start, end: self.at }
    }

    pub(super) fn wrong<T>(&self, message: impl Into<String>, hint: impl Into<String>) -> Result<T, Wrong> {
        wrong(self.here(), message, hint)
    }

    /// Nothing but white space is left, or it is wrong.
    pub(super) fn finish(&mut self, what: &str) -> Result<(), Wrong> {
        self.skip_spaces();
        if self.rest().is_empty() {
            return Ok(());
        }
        let span = Span { line: self.number, start: self.at, end: self.end };
        wrong(span, format!("{what} ends before this"), "remove it, or put it on a line of its own")
    }
}

pub(super) fn wrong<T>(span: Span, message: impl Into<String>, hint: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { span, message: message.into(), hint: hint.into() })
}

/// Reads the escape after a `\` (already skipped) into `out`.
pub(super) fn escape(cursor: &mut Cursor<'_>, out: &mut Vec<u8>) -> Result<(), Wrong> {
    let start = cursor.at - 1;
    let plain = match cursor.next() {
        Some('n') => b'\n',
        Some('r') => b'\r',
        Some('t') => b'\t',
        Some('0') => 0,
        Some('\\') => b'\\',
        Some('"') => b'"',
        Some('x') => {
            let byte = hex(cursor, 2).and_then(|value| u8::try_from(value).ok());
            let Some(byte) = byte else {
                return wrong(
                    cursor.span_from(start),
                    r"\x wants two hexadecimal digits",
                    r"for example \x7f",
                );
            };
            byte
        }
        Some('u') => {
            let scalar = braced(cursor);
            let Some(c) = scalar.and_then(char::from_u32) else {
                let span = cursor.span_from(start);
                return wrong(span, r"\u wants a Unicode scalar value in braces", r"for example \u{e9}");
            };
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            return Ok(());
        }
        _ => {
            let span = cursor.span_from(start);
            return wrong(
                span,
                "there is no such escape",
                r#"one of \n \r \t \0 \\ \" \xHH \u{H…}; a backslash itself is \\"#,
            );
        }
    };
    out.push(plain);
    Ok(())
}

fn hex(cursor: &mut Cursor<'_>, digits: usize) -> Option<u32> {
    let text = cursor.rest().get(..digits)?;
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    cursor.at += digits;
    u32::from_str_radix(text, 16).ok()
}

fn braced(cursor: &mut Cursor<'_>) -> Option<u32> {
    let rest = cursor.rest().strip_prefix('{')?;
    let close = rest.find('}')?;
    if !(1..=6).contains(&close) || !rest.as_bytes()[..close].iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    cursor.at += close + 2;
    u32::from_str_radix(&rest[..close], 16).ok()
}
