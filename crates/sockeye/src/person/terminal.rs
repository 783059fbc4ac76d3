//! A person at a terminal: what is typed is edited and shown, whether or not somebody is asked just now.
//!
//! ```text
//! keys ──▶ thread ──▶ desk ──▶ answer              a question is open
//!                      │  └───▶ waits             none is: the line answers the next one
//! ask ────────────────▶┘
//! ```
//!
//! The terminal's signals stay on, so Ctrl-C and Ctrl-Z are what they are everywhere.

use std::collections::VecDeque;
use std::future::Future;
use std::io::{self, Read};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::task::{Context, Poll};
use std::thread;

use net::Answer;
use rustix::process::Signal;
use rustix::termios::{self, InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, oneshot};

use super::editor::{Editor, Pressed};
use super::keys::Decoder;
use crate::report::typed;

/// Lines that are typed before they are asked for, at most; further ones are not taken.
const EARLY_LINES_MAX: usize = 10_000;

/// A terminal. It is left as it is, and nothing is read, before the first question.
#[derive(Debug)]
pub(super) struct Terminal {
    desk: Arc<Desk>,
    started: OnceLock<()>,
}

/// What the reading thread and those who ask have in common.
#[derive(Debug)]
struct Desk {
    /// How the terminal was found.
    found: Termios,
    state: Mutex<State>,
    /// The person left unasked.
    left: Notify,
}

#[derive(Debug, Default)]
struct State {
    editor: Editor,
    prompt: String,
    /// Who waits for an answer.
    asked: Option<oneshot::Sender<Answer>>,
    /// Lines that answer questions to come.
    early: VecDeque<String>,
    /// Ctrl-D was pressed unasked: the next question is not answered.
    leaves: bool,
    /// Nobody types any more.
    ended: bool,
}

impl Terminal {
    /// Standard input, if it is a terminal on which lines can be edited.
    pub(super) fn open() -> Option<Self> {
        let found = termios::tcgetattr(io::stdin()).ok()?;
        let dumb = std::env::var_os("TERM").is_none_or(|kind| kind.is_empty() || kind == "dumb");
        let desk = Arc::new(Desk { found, state: Mutex::default(), left: Notify::new() });
        (!dumb).then(|| Self { desk, started: OnceLock::new() })
    }

    /// The next line. Cancel safe: what is being typed stays, and answers the next question.
    pub(super) fn ask(&self, prompt: String) -> impl Future<Output = Answer> + Send + 'static {
        self.started.get_or_init(|| {
            self.desk.edit();
            let desk = Arc::clone(&self.desk);
            thread::spawn(move || desk.read());
            tokio::spawn(keep_shape(Arc::downgrade(&self.desk)));
        });
        Question { answer: self.desk.ask(prompt), desk: Arc::clone(&self.desk) }
    }

    /// Comes when the person wants no more, and is asked nothing at that time. Cancel safe.
    pub(super) async fn left(&self) {
        self.desk.left.notified().await;
    }
}

impl Drop for Terminal {
    /// Gives the terminal back as it was found. A line that was begun stays to be seen.
    fn drop(&mut self) {
        if self.started.get().is_none() {
            return;
        }
        let mut state = self.desk.state();
        state.ended = true;
        match state.editor.text().0 {
            "" => typed::draw(Vec::new(), 0),
            text => typed::leave(&format!("{}{text}", state.prompt)),
        }
        // A terminal that is gone needs nothing back.
        let _ = termios::tcsetattr(io::stdin(), OptionalActions::Drain, &self.desk.found);
    }
}

impl Desk {
    /// Lets the terminal give each key at once, without showing it.
    fn edit(&self) {
        let mut wanted = self.found.clone();
        wanted.local_modes -= LocalModes::ICANON | LocalModes::ECHO | LocalModes::IEXTEN;
        wanted.input_modes -= InputModes::ICRNL | InputModes::INLCR | InputModes::IXON;
        wanted.special_codes[SpecialCodeIndex::VMIN] = 1;
        wanted.special_codes[SpecialCodeIndex::VTIME] = 0;
        // A terminal that is gone says so when it is read.
        let _ = termios::tcsetattr(io::stdin(), OptionalActions::Now, &wanted);
    }

    fn ask(&self, prompt: String) -> oneshot::Receiver<Answer> {
        let (reply, answer) = oneshot::channel();
        let mut state = self.state();
        if let Some(line) = state.early.pop_front() {
            typed::leave(&format!("{prompt}{line}"));
            // The receiver is in our hands.
            let _ = reply.send(Answer::Text(line));
        } else if std::mem::take(&mut state.leaves) || state.ended {
            let _ = reply.send(Answer::Gone);
        } else {
            state.prompt = prompt;
            state.asked = Some(reply);
        }
        state.draw();
        answer
    }

    /// Nobody waits for an answer any more.
    fn withdraw(&self) {
        let mut state = self.state();
        if state.asked.take_if(|asked| asked.is_closed()).is_some() {
            state.prompt.clear();
            state.draw();
        }
    }

    /// The thread: reads keys until the terminal is gone.
    fn read(&self) {
        let mut decoder = Decoder::default();
        let mut bytes = [0; 1024];
        loop {
            match io::stdin().lock().read(&mut bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => break,
                Ok(length) => {
                    let mut state = self.state();
                    let keys = bytes[..length].iter().filter_map(|byte| decoder.push(*byte));
                    keys.for_each(|key| {
                        let pressed = state.editor.press(key);
                        self.pressed(&mut state, pressed);
                    });
                    state.draw();
                }
            }
        }
        let mut state = self.state();
        state.ended = true;
        self.pressed(&mut state, Pressed::End);
        state.draw();
    }

    fn pressed(&self, state: &mut State, pressed: Pressed) {
        match pressed {
            Pressed::Edited => {}
            Pressed::Cleared => typed::clear(),
            Pressed::Line(line) => match state.asked.take() {
                Some(asked) => {
                    typed::leave(&format!("{}{line}", state.prompt));
                    state.prompt.clear();
                    // Nobody waits for it any more: it answers the next question.
                    if let Err(Answer::Text(line)) = asked.send(Answer::Text(line)) {
                        state.early.push_back(line);
                    }
                }
                None if state.early.len() < EARLY_LINES_MAX => state.early.push_back(line),
                None => {}
            },
            Pressed::End => match state.asked.take() {
                Some(asked) => {
                    state.prompt.clear();
                    // Whoever does not wait needs no answer.
                    let _ = asked.send(Answer::Gone);
                }
                None => {
                    state.leaves = true;
                    self.left.notify_one();
                }
            },
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Shows the lines that wait, and the one being typed.
    fn draw(&self) {
        let (text, at) = self.editor.text();
        if self.ended || (self.asked.is_none() && self.early.is_empty() && text.is_empty()) {
            return typed::draw(Vec::new(), 0);
        }
        let mut lines: Vec<String> = self.early.iter().cloned().collect();
        lines.push(format!("{}{text}", self.prompt));
        typed::draw(lines, self.prompt.len() + at);
    }
}

/// Draws anew when the terminal's size changes, and takes it again after Ctrl-Z.
async fn keep_shape(desk: Weak<Desk>) {
    let resized = signal(SignalKind::window_change());
    let resumed = signal(SignalKind::from_raw(Signal::CONT.as_raw()));
    let (Ok(mut resized), Ok(mut resumed)) = (resized, resumed) else { return };
    loop {
        tokio::select! {
            _ = resized.recv() => {}
            _ = resumed.recv() => {
                if let Some(desk) = desk.upgrade() {
                    desk.edit();
                }
            }
        }
        let Some(desk) = desk.upgrade() else { return };
        desk.state().draw();
    }
}

/// An open question; dropped, it is one no more.
struct Question {
    answer: oneshot::Receiver<Answer>,
    desk: Arc<Desk>,
}

impl Future for Question {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Answer> {
        Pin::new(&mut self.answer).poll(cx).map(|answer| answer.unwrap_or(Answer::Gone))
    }
}

impl Drop for Question {
    fn drop(&mut self) {
        self.answer.close();
        self.desk.withdraw();
    }
}
