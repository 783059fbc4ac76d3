//! Lines as they are typed: with a line editor at a terminal, plainly elsewhere.

use std::io::{self, BufRead, IsTerminal};

use rustyline::config::Config;
use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use rustyline::{Behavior, Editor};

use super::at_terminal;

/// What came instead of, or as, an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// A line, without its end.
    Text(String),
    /// The end of the input, or Ctrl-D.
    End,
    /// Ctrl-C.
    Interrupted,
    /// It cannot be read, with the reason.
    Unreadable(String),
}

/// Where lines come from.
pub(super) enum Lines {
    /// A terminal.
    Edited(Box<Editor<(), MemHistory>>),
    /// A pipe or a file.
    Plain,
}

impl Lines {
    /// Standard input.
    pub(super) fn open() -> Self {
        if !at_terminal() {
            return Self::Plain;
        }
        // What is pasted is lines like any other: each answers a question.
        let mut config = Config::builder().auto_add_history(true).bracketed_paste(false);
        if !screen_is_terminal() {
            // The prompts go to the terminal itself: standard output carries data, for somebody else.
            config = config.behavior(Behavior::PreferTerm);
        }
        let config = config.build();
        let history = MemHistory::with_config(&config);
        match Editor::with_history(config, history) {
            Ok(editor) => Self::Edited(Box::new(editor)),
            Err(_) => Self::Plain,
        }
    }

    /// The next line. Blocks until there is one.
    pub(super) fn next(&mut self, prompt: &str) -> Line {
        match self {
            Self::Edited(editor) => match editor.readline(prompt) {
                Ok(text) => Line::Text(text),
                Err(ReadlineError::Eof) => Line::End,
                Err(ReadlineError::Interrupted) => Line::Interrupted,
                // Its terminal is gone (EIO): nobody answers any more.
                Err(ReadlineError::Io(_)) => Line::End,
                Err(error) => Line::Unreadable(format!("cannot read from the terminal: {error}")),
            },
            Self::Plain => plain(&mut io::stdin().lock()),
        }
    }
}

fn screen_is_terminal() -> bool {
    #[allow(clippy::disallowed_methods, reason = "only asked whether it is a terminal")]
    io::stdout().is_terminal()
}

/// A line, without `\n` or `\r\n`. What the input's end cuts short is a line too.
fn plain(input: &mut impl BufRead) -> Line {
    let mut bytes = Vec::new();
    match input.read_until(b'\n', &mut bytes) {
        Ok(0) => return Line::End,
        Ok(_) => {}
        Err(error) => return Line::Unreadable(format!("cannot read standard input: {error}")),
    }
    if bytes.ends_with(b"\n") {
        bytes.pop();
        if bytes.ends_with(b"\r") {
            bytes.pop();
        }
    }
    String::from_utf8(bytes).map_or_else(
        |_| Line::Unreadable("expected UTF-8 text on standard input, other bytes came".to_owned()),
        Line::Text,
    )
}

#[cfg(test)]
mod tests {
    use super::{Line, plain};

    #[test]
    fn a_pipe_gives_a_line_each_and_then_its_end() {
        let mut input: &[u8] = b"one\r\n\ntwo \nthree";
        let lines = std::iter::from_fn(|| match plain(&mut input) {
            Line::Text(text) => Some(text),
            _ => None,
        });
        assert_eq!(lines.collect::<Vec<_>>(), ["one", "", "two ", "three"]);
        assert_eq!(plain(&mut input), Line::End);
    }

    #[test]
    fn what_is_no_text_is_said_to_be_none() {
        assert!(matches!(plain(&mut &b"\xff\n"[..]), Line::Unreadable(_)));
    }
}
