//! What something has written so far, collected by a thread of its own, waited for with a deadline.

use std::io::Read;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

/// How long a test waits for anything before it fails: long enough for two busy cores, short enough to be noticed.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// Text that arrives while the test goes on.
#[derive(Clone)]
pub(crate) struct Heard(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    ended: bool,
}

impl Heard {
    /// Collects what `reader` delivers until its end. An error counts as the end: a pseudo-terminal says so.
    pub(crate) fn from(mut reader: impl Read + Send + 'static) -> Self {
        let heard = Self(Arc::default());
        let collected = heard.clone();
        thread::spawn(move || {
            let mut chunk = [0; 8192];
            while let Ok(n @ 1..) = reader.read(&mut chunk) {
                collected.state().bytes.extend_from_slice(&chunk[..n]);
                collected.0.1.notify_all();
            }
            collected.state().ended = true;
            collected.0.1.notify_all();
        });
        heard
    }

    /// Everything so far.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.state().bytes).into_owned()
    }

    /// Waits for the first whole line that contains `part`.
    pub(crate) fn line_with(&self, part: &str) -> String {
        self.until(&format!("a line with {part:?}"), |text| {
            let whole = &text[..=text.rfind('\n')?];
            whole.lines().find(|line| line.contains(part)).map(str::to_owned)
        })
    }

    /// Waits until `found` finds something in the text so far.
    ///
    /// # Panics
    /// At [`DEADLINE`], or when the end comes first, with all that was heard instead of `what`.
    pub(crate) fn until<T>(&self, what: &str, found: impl Fn(&str) -> Option<T>) -> T {
        let due = Instant::now() + DEADLINE;
        let mut state = self.state();
        loop {
            let text = String::from_utf8_lossy(&state.bytes).into_owned();
            if let Some(found) = found(&text) {
                return found;
            }
            let left = due.saturating_duration_since(Instant::now());
            if state.ended || left.is_zero() {
                let why = if state.ended { "but the end came" } else { "but the deadline did" };
                // The collecting thread goes on; a panic with the lock held would break it too.
                drop(state);
                panic!("expected {what}, {why}:\n{text}");
            }
            state = self.0.1.wait_timeout(state, left).expect("a collecting thread panicked").0;
        }
    }

    /// Waits for the end and returns whether it came before [`DEADLINE`].
    pub(crate) fn ends(&self) -> bool {
        self.ends_within(DEADLINE)
    }

    /// Waits for the end, for so long, and returns whether it came.
    pub(crate) fn ends_within(&self, most: Duration) -> bool {
        let waited = self.0.1.wait_timeout_while(self.state(), most, |state| !state.ended);
        waited.expect("a collecting thread panicked").0.ended
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().expect("a collecting thread panicked")
    }
}
