//! Standard input on which nothing is edited: read by a thread of its own; one request, one line.

use std::future::Future;
use std::io::{self, BufRead, IsTerminal};
use std::sync::OnceLock;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use net::Answer;
use tokio::sync::oneshot;

use crate::report::typed;

/// Lines of a pipe, a file or a terminal that moves no cursor (`TERM=dumb`). Nothing is read, and no thread runs,
/// before the first question.
#[derive(Debug)]
pub(super) struct Lines {
    /// Somebody sits there and wants to see what is asked.
    present: bool,
    requests: OnceLock<Sender<oneshot::Sender<Line>>>,
}

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Line {
    /// A line, without its end.
    Text(String),
    /// The end of the input.
    End,
    /// It cannot be read, with the reason.
    Unreadable(String),
}

impl Lines {
    /// The lines of standard input.
    pub(super) fn open() -> Self {
        Self { present: io::stdin().is_terminal(), requests: OnceLock::new() }
    }

    /// Whether somebody sits there and answers.
    pub(super) fn are_typed(&self) -> bool {
        self.present
    }

    /// The next line. Cancel safe: the line then belongs to the next question.
    pub(super) fn ask(&self, prompt: &str) -> impl Future<Output = Answer> + Send + use<> {
        if self.present {
            typed::prompt(prompt);
        }
        let requests = self.requests.get_or_init(|| {
            let (requests, incoming) = mpsc::channel();
            thread::spawn(move || read(&incoming));
            requests
        });
        let (reply, read) = oneshot::channel();
        // Where the thread is gone, so is the reply, and waiting for it says so.
        let _ = requests.send(reply);
        async {
            match read.await {
                Ok(Line::Text(text)) => Answer::Text(text),
                Ok(Line::Unreadable(why)) => Answer::GiveUp(why),
                Ok(Line::End) | Err(_) => Answer::Gone,
            }
        }
    }
}

/// The thread: reads a line for each request, until nobody can make one any more.
fn read(requests: &Receiver<oneshot::Sender<Line>>) {
    let mut early = None;
    for reply in requests {
        if reply.is_closed() {
            continue;
        }
        let line = early.take().unwrap_or_else(|| next(&mut io::stdin().lock()));
        // Nobody waits for it any more: it answers the next question.
        early = reply.send(line).err().filter(|line| matches!(line, Line::Text(_)));
    }
}

/// A line, without `\n` or `\r\n`. What the input's end cuts short is a line too.
fn next(input: &mut impl BufRead) -> Line {
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
    use super::{Line, next};

    #[test]
    fn a_pipe_gives_a_line_each_and_then_its_end() {
        let mut input: &[u8] = b"one\r\n\ntwo \nthree";
        let lines = std::iter::from_fn(|| match next(&mut input) {
            Line::Text(text) => Some(text),
            _ => None,
        });
        assert_eq!(lines.collect::<Vec<_>>(), ["one", "", "two ", "three"]);
        assert_eq!(next(&mut input), Line::End);
    }

    #[test]
    fn what_is_no_text_is_said_to_be_none() {
        assert!(matches!(next(&mut &b"\xff\n"[..]), Line::Unreadable(_)));
    }
}
