//! Output that nobody waits for: lines are queued, and a thread of its own writes them.
//!
//! ```text
//! push ──▶ queue (at most QUEUE_BYTES_MAX) ──▶ thread ──▶ a pipe, a terminal, a file
//!   └────▶ full: dropped and counted                 └──▶ later: so many were dropped
//! ```

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// What may wait for a reader; beyond that, lines are dropped.
const QUEUE_BYTES_MAX: usize = 1 << 20;
/// What a line costs at least, so that many short ones are bounded too.
const LINE_BYTES_MIN: usize = 64;
/// How long the program's end waits for a reader.
const FLUSH_MAX: Duration = Duration::from_secs(1);

/// A way out for lines. Clones are the same way.
#[derive(Debug, Clone)]
pub(super) struct Outlet(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    lines: VecDeque<Vec<u8>>,
    bytes: usize,
    /// Not told yet.
    dropped: u64,
    /// The thread is not back from what it took out.
    busy: bool,
}

impl Outlet {
    /// Starts the thread. It writes lines with `write`, and tells how many were dropped with `tell` once there is room
    /// again.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(super) fn start(
        mut write: impl FnMut(&[u8]) + Send + 'static,
        mut tell: impl FnMut(u64) + Send + 'static,
    ) -> io::Result<Self> {
        let outlet = Self(Arc::default());
        let shared = Arc::clone(&outlet.0);
        thread::Builder::new().name("outlet".to_owned()).spawn(move || {
            loop {
                let (line, dropped) = shared.next();
                write(&line);
                if dropped > 0 {
                    tell(dropped);
                }
            }
        })?;
        Ok(outlet)
    }

    /// Queues a line with its newline, or drops it where too much waits already. Never waits for the reader.
    pub(super) fn push(&self, line: Vec<u8>) {
        let mut queue = self.0.queue();
        let cost = cost(&line);
        if !queue.lines.is_empty() && queue.bytes + cost > QUEUE_BYTES_MAX {
            queue.dropped += 1;
            return;
        }
        queue.bytes += cost;
        queue.lines.push_back(line);
        drop(queue);
        self.0.changed.notify_all();
    }

    /// Waits until all is written, at most [`FLUSH_MAX`]; gives the number of lines that are not.
    pub(super) fn flush(&self) -> u64 {
        let waiting = self
            .0
            .changed
            .wait_timeout_while(self.0.queue(), FLUSH_MAX, |queue| queue.busy || !queue.lines.is_empty());
        let (queue, _) = waiting.unwrap_or_else(PoisonError::into_inner);
        queue.dropped + queue.lines.len() as u64 + u64::from(queue.busy)
    }
}

impl Shared {
    /// The next line, and how many were dropped if it is time to tell.
    fn next(&self) -> (Vec<u8>, u64) {
        let mut queue = self.queue();
        queue.busy = false;
        self.changed.notify_all();
        loop {
            if let Some(line) = queue.lines.pop_front() {
                queue.bytes -= cost(&line);
                queue.busy = true;
                // Told at each gap in a full queue, it would be told line by line.
                let roomy = queue.bytes <= QUEUE_BYTES_MAX / 2;
                let dropped = if roomy { std::mem::take(&mut queue.dropped) } else { 0 };
                return (line, dropped);
            }
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cost(line: &[u8]) -> usize {
    line.len().max(LINE_BYTES_MIN)
}

#[cfg(test)]
mod tests;
