//! Standard input, read by a thread of its own: one request, one line.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, OnceLock};
use std::thread;

use net::Answer;
use rustix::termios::{self, OptionalActions, Termios};
use tokio::sync::{Notify, oneshot};

use super::lines::{Line, Lines};
use crate::report;

/// Standard input. Nothing is read, and no thread runs, before the first question.
#[derive(Debug)]
pub(crate) struct Keyboard {
    requests: OnceLock<Sender<Request>>,
    state: Arc<State>,
    /// How the terminal was found.
    terminal: Option<Termios>,
}

/// What the thread says about itself.
#[derive(Debug, Default)]
struct State {
    interrupted: Notify,
    /// A prompt is open: the terminal is the line editor's.
    open: AtomicBool,
}

#[derive(Debug)]
struct Request {
    prompt: String,
    reply: oneshot::Sender<Line>,
}

impl Keyboard {
    /// The standard input of this process.
    pub(crate) fn new() -> Self {
        Self {
            requests: OnceLock::new(),
            state: Arc::default(),
            terminal: termios::tcgetattr(std::io::stdin()).ok(),
        }
    }

    /// The next line, prompted for at a terminal. Cancel safe: the line then belongs to the next question.
    pub(crate) fn ask(&self, prompt: String) -> impl Future<Output = Answer> + Send + 'static {
        let requests = self.requests.get_or_init(|| {
            let (requests, incoming) = mpsc::channel();
            let state = Arc::clone(&self.state);
            thread::spawn(move || read(&incoming, &state));
            requests
        });
        let (reply, typed) = oneshot::channel();
        // Where the thread is gone, so is the reply, and waiting for it says so.
        let _ = requests.send(Request { prompt, reply });
        async {
            match typed.await {
                Ok(Line::Text(text)) => Answer::Text(text),
                Ok(Line::Unreadable(why)) => Answer::GiveUp(why),
                Ok(Line::End | Line::Interrupted) | Err(_) => Answer::Gone,
            }
        }
    }

    /// Comes when Ctrl-C was pressed in the line editor. Cancel safe.
    pub(crate) async fn interrupted(&self) {
        self.state.interrupted.notified().await;
    }
}

/// Gives the terminal back as it was found, where a prompt is still open at the end.
impl Drop for Keyboard {
    fn drop(&mut self) {
        // Only then: a program in the background that touches its terminal is stopped by the system.
        if !self.state.open.load(Ordering::Relaxed) {
            return;
        }
        if let Some(terminal) = &self.terminal {
            // A terminal that is gone needs nothing back.
            let _ = termios::tcsetattr(std::io::stdin(), OptionalActions::Drain, terminal);
            report::notice("");
        }
    }
}

/// The thread: reads a line for each request, until the keyboard is dropped.
fn read(requests: &Receiver<Request>, state: &State) {
    let mut lines = Lines::open();
    let mut early = None;
    for request in requests {
        if request.reply.is_closed() {
            continue;
        }
        let line = early.take().unwrap_or_else(|| {
            state.open.store(true, Ordering::Relaxed);
            let line = lines.next(&request.prompt);
            state.open.store(false, Ordering::Relaxed);
            line
        });
        if line == Line::Interrupted {
            state.interrupted.notify_one();
        }
        // Nobody waits for it any more: it answers the next question.
        early = request.reply.send(line).err().filter(|line| matches!(line, Line::Text(_)));
    }
}
