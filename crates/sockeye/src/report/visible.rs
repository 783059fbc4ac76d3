//! Makes characters visible that a peer could use to move the cursor, change colours or turn text around.
//!
//! ```text
//! what came      on a screen               in a log
//! ESC [ 2 J      \x1b[2J                   \x1b[2J
//! a newline      a newline (a tab: a tab)  \n          one message, one line
//! a backslash    \                         \\          read back without doubt
//! ```

use std::borrow::Cow;
use std::fmt::Write;

/// Text for a terminal: newlines and tabs stay, every other control character is written as an escape.
pub(crate) fn on_screen(text: &str) -> Cow<'_, str> {
    with_escapes(text, |c| misleads(c) && c != '\n' && c != '\t')
}

/// Text that has to stay on one line: every control character is written as an escape.
pub(crate) fn on_line(text: &str) -> Cow<'_, str> {
    with_escapes(text, misleads)
}

fn with_escapes(text: &str, hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if hidden(c) {
            escape(&mut out, c);
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// A message for a log line, with the escapes of the convo language. Bytes that are no UTF-8 become `\xHH`.
pub(crate) fn in_log(message: &[u8]) -> String {
    let mut out = String::with_capacity(message.len() + 8);
    for chunk in message.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c == '\\' {
                out.push_str("\\\\");
            } else if misleads(c) {
                escape(&mut out, c);
            } else {
                out.push(c);
            }
        }
        for byte in chunk.invalid() {
            push(&mut out, format_args!("\\x{byte:02x}"));
        }
    }
    out
}

/// Control characters, line separators and everything that changes the direction of text.
fn misleads(c: char) -> bool {
    let turns =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let separates = matches!(c, '\u{2028}' | '\u{2029}');
    c.is_control() || turns || separates
}

fn escape(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\0' => out.push_str("\\0"),
        c if c.is_ascii() => push(out, format_args!("\\x{:02x}", u32::from(c))),
        c => push(out, format_args!("\\u{{{:x}}}", u32::from(c))),
    }
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests;
