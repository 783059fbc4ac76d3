//! Standard input, read by a thread of its own: one request, one line.

use std::future::Future;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, OnceLock};
use std::thread;

use net::Answer;
use rustix::termios::{self, OptionalActions, Termios};
use tokio::sync::{Notify, oneshot};

use super::lines::{Line, Lines};

/// Standard input. Nothing is read, and no thread runs, before the first question.
#[derive(Debug)]
pub(crate) struct Keyboard {
    requests: OnceLock<Sender<Request>>,
    interrupted: Arc<Notify>,
    /// How the terminal was found: it is given back so, also when a prompt is open at the end.
    terminal: Option<Termios>,
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
            interrupted: Arc::new(Notify::new()),
            terminal: termios::tcgetattr(std::io::stdin()).ok(),
        }
    }

    /// The next line, prompted for at a terminal. Cancel safe: the line then belongs to the next question.
    pub(crate) fn ask(&self, prompt: String) -> impl Future<Output = Answer> + Send + 'static {
        let requests = self.requests.get_or_init(|| {
            let (requests, incoming) = mpsc::channel();
            let interrupted = Arc::clone(&self.interrupted);
            thread::spawn(move || read(&incoming, &interrupted));
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
        self.interrupted.notified().await;
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        if let Some(terminal) = &self.terminal {
            // A terminal that is gone needs nothing back.
            let _ = termios::tcsetattr(std::io::stdin(), OptionalActions::Drain, terminal);
        }
    }
}

/// The thread: reads a line for each request, until the keyboard is dropped.
fn read(requests: &Receiver<Request>, interrupted: &Notify) {
    let mut lines = Lines::open();
    let mut early = None;
    for request in requests {
        if request.reply.is_closed() {
            continue;
        }
        let line = early.take().unwrap_or_else(|| lines.next(&request.prompt));
        if line == Line::Interrupted {
            interrupted.notify_one();
        }
        // Nobody waits for it any more: it answers the next question.
        early = request.reply.send(line).err().filter(|line| matches!(line, Line::Text(_)));
    }
}
