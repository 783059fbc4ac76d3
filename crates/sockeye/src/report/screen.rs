//! Standard output: the conversation's data, a whole line at a time.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::outlet::Outlet;
use super::talk::{self, Colours};
use super::{Exit, Failure, typed, visible};

/// The program's standard output. Each line is written and flushed by itself, so lines of several sessions
/// never mix and a pipe's reader sees them when they happen.
#[derive(Debug)]
pub(crate) struct Screen {
    colours: Colours,
    output: Arc<Output>,
    /// Where the reader is not waited for.
    outlet: Option<Outlet>,
}

#[derive(Debug)]
struct Output {
    terminal: bool,
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
    /// The standard output of this process. What is printed waits for its reader.
    pub(crate) fn new() -> Self {
        #[allow(clippy::disallowed_methods, reason = "only asked whether it is a terminal")]
        let out = io::stdout();
        let terminal = out.is_terminal();
        let plain = anstream::AutoStream::choice(&out) == anstream::ColorChoice::Never;
        let colours = if terminal && !plain { Colours::Some } else { Colours::None };
        let output = Output { terminal, state: Mutex::new(State::Open), closed: Notify::new() };
        Self { colours, output: Arc::new(output), outlet: None }
    }

    /// The same for those who have others to care for: a reader that stalls loses lines, and the log says how many.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(crate) fn unwaiting() -> io::Result<Self> {
        let screen = Self::new();
        let output = Arc::clone(&screen.output);
        let outlet = Outlet::start(move |line| output.write(line), warn_of)?;
        Ok(Self { outlet: Some(outlet), ..screen })
    }

    /// Prints a line that may hold text from a peer: at a terminal its control characters are made visible.
    pub(crate) fn show(&self, line: &str) {
        if self.output.terminal {
            self.write_line(visible::on_screen(line).as_bytes());
        } else {
            self.write_line(line.as_bytes());
        }
    }

    /// Prints a peer's message and a newline; into a pipe its bytes go unchanged.
    pub(crate) fn show_message(&self, message: &[u8]) {
        match std::str::from_utf8(message) {
            Ok(text) => self.show(text),
            Err(_) if self.output.terminal => self.write_line(visible::in_log(message).as_bytes()),
            Err(_) => self.write_line(message),
        }
    }

    /// Prints a line that somebody said in a talk between people: at a terminal with the time of day, and with names
    /// in colour.
    pub(crate) fn show_talk(&self, line: &[u8]) {
        match std::str::from_utf8(line) {
            Ok(text) if self.output.terminal => {
                self.write_line(talk::line(&visible::on_line(text), &talk::now(), self.colours).as_bytes());
            }
            _ => self.show_message(line),
        }
    }

    /// Prints our own text as it is: it ends in a newline of its own.
    pub(crate) fn print(&self, text: &[u8]) {
        self.write(text.to_vec());
    }

    /// Prints our own text with our own colours in it, where there are colours.
    pub(crate) fn print_styled(&self, text: &str) {
        match self.colours {
            Colours::Some => self.print(text.as_bytes()),
            Colours::None => self.print(anstream::adapter::strip_str(text).to_string().as_bytes()),
        }
    }

    /// Completes once nothing can be written any more; then [`Screen::end`] says how to end. Cancel safe.
    pub(crate) async fn closed(&self) {
        if matches!(*self.output.state(), State::Open) {
            self.output.closed.notified().await;
        }
    }

    /// Whether nothing can be written any more.
    pub(crate) fn is_closed(&self) -> bool {
        !matches!(*self.output.state(), State::Open)
    }

    /// How a verb ends that has printed all it had to. What is queued is written, unless the reader has stalled.
    ///
    /// # Errors
    /// Writing failed. That nobody reads any more (`… | head`) is no failure.
    pub(crate) fn end(&self) -> Result<Exit, Failure> {
        let unread = self.outlet.as_ref().map_or(0, Outlet::flush);
        if unread > 0 && !self.is_closed() {
            warn_of(unread);
        }
        match &*self.output.state() {
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
        self.write(bytes);
    }

    fn write(&self, bytes: Vec<u8>) {
        match &self.outlet {
            Some(outlet) if !self.is_closed() => outlet.push(bytes),
            Some(_) => {}
            None => self.output.write(&bytes),
        }
    }
}

impl Output {
    /// Waits for the reader. The state is not held meanwhile: others ask for it who must not wait.
    fn write(&self, bytes: &[u8]) {
        if !matches!(*self.state(), State::Open) {
            return;
        }
        let print = || {
            #[allow(clippy::disallowed_methods, reason = "this is where data is printed")]
            let mut out = io::stdout().lock();
            out.write_all(bytes).and_then(|()| out.flush())
        };
        // A line being typed is in the way only at a terminal.
        let written = if self.terminal { typed::above(print) } else { print() };
        if let Err(error) = written {
            *self.state() = match error.kind() {
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

fn warn_of(dropped: u64) {
    let plural = if dropped == 1 { "" } else { "s" };
    tracing::warn!("{dropped} line{plural} for standard output dropped: its reader is too slow");
}
