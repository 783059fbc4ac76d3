//! Standard output: the conversation's data, a whole line at a time.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::talk::{self, Colours};
use super::{Exit, Failure, typed, visible};

/// The program's standard output. Each line is written and flushed at once, so lines of several sessions
/// never mix and a pipe's reader sees them when they happen.
#[derive(Debug)]
pub(crate) struct Screen {
    terminal: bool,
    colours: Colours,
    state: Mutex<State>,
    closed: Notify,
}

#[derive(Debug)]
enum State {
    Open,
    /// Nobody reads any more.
    Closed,
    /// Writing failed.
    Failed(String),
}

impl Screen {
    /// The standard output of this process.
    pub(crate) fn new() -> Self {
        #[allow(clippy::disallowed_methods, reason = "only asked whether it is a terminal")]
        let out = io::stdout();
        let terminal = out.is_terminal();
        let plain = anstream::AutoStream::choice(&out) == anstream::ColorChoice::Never;
        let colours = if terminal && !plain { Colours::Some } else { Colours::None };
        Self { terminal, colours, state: Mutex::new(State::Open), closed: Notify::new() }
    }

    /// Prints a line that may hold text from a peer: at a terminal its control characters are made visible.
    pub(crate) fn show(&self, line: &str) {
        if self.terminal {
            self.write_line(visible::on_screen(line).as_bytes());
        } else {
            self.write_line(line.as_bytes());
        }
    }

    /// Prints a peer's message and a newline; into a pipe its bytes go unchanged.
    pub(crate) fn show_message(&self, message: &[u8]) {
        match std::str::from_utf8(message) {
            Ok(text) => self.show(text),
            Err(_) if self.terminal => self.write_line(visible::in_log(message).as_bytes()),
            Err(_) => self.write_line(message),
        }
    }

    /// Prints a line that somebody said in a talk between people: at a terminal with the time of day, and with names
    /// in colour.
    pub(crate) fn show_talk(&self, line: &[u8]) {
        match std::str::from_utf8(line) {
            Ok(text) if self.terminal => {
                self.write_line(talk::line(&visible::on_line(text), &talk::now(), self.colours).as_bytes());
            }
            _ => self.show_message(line),
        }
    }

    /// Prints our own text as it is: it ends in a newline of its own.
    pub(crate) fn print(&self, text: &[u8]) {
        self.write(text);
    }

    /// Completes once nothing can be written any more; then [`Screen::end`] says how to end. Cancel safe.
    pub(crate) async fn closed(&self) {
        if matches!(*self.state(), State::Open) {
            self.closed.notified().await;
        }
    }

    /// Whether nothing can be written any more.
    pub(crate) fn is_closed(&self) -> bool {
        !matches!(*self.state(), State::Open)
    }

    /// How a verb ends that has printed all it had to.
    ///
    /// # Errors
    /// Writing failed. That nobody reads any more (`… | head`) is no failure.
    pub(crate) fn end(&self) -> Result<Exit, Failure> {
        match &*self.state() {
            State::Open | State::Closed => Ok(Exit::Done),
            State::Failed(why) => {
                Err(Failure::new(Exit::No, format!("cannot write to standard output: {why}")))
            }
        }
    }

    fn write_line(&self, line: &[u8]) {
        let mut bytes = Vec::with_capacity(line.len() + 1);
        bytes.extend_from_slice(line);
        bytes.push(b'\n');
        self.write(&bytes);
    }

    fn write(&self, bytes: &[u8]) {
        let mut state = self.state();
        if !matches!(*state, State::Open) {
            return;
        }
        let written = typed::above(|| {
            #[allow(clippy::disallowed_methods, reason = "this is where data is printed")]
            let mut out = io::stdout().lock();
            out.write_all(bytes).and_then(|()| out.flush())
        });
        if let Err(error) = written {
            *state = match error.kind() {
                ErrorKind::BrokenPipe => State::Closed,
                _ => State::Failed(error.to_string()),
            };
            self.closed.notify_one();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
