//! How long who waits for the disk stays awake.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// After an answer the next add is waited for awake, so long: what its way through two ends of a connection takes.
const PAUSE: Duration = Duration::from_micros(100);
/// A flush that takes longer is slept through: waking is a small part of it.
const FLUSH_MAX: Duration = Duration::from_millis(1);

/// No time that is still to come.
const OVER: u64 = 0;

/// Until when the writer, and the thread that runs the sessions, poll rather than sleep: waking a thread of another
/// processor takes a good part of what a flush does, twice for each add.
#[derive(Debug)]
pub(crate) struct Awake {
    start: Instant,
    /// Microseconds after the start, or `OVER`.
    until: AtomicU64,
    /// What the last flush took, microseconds; 0 before there was one.
    flush: AtomicU64,
}

impl Awake {
    #[expect(clippy::disallowed_methods, reason = "the disk is outside of tokio's time")]
    pub(super) fn new() -> Self {
        Self { start: Instant::now(), until: AtomicU64::new(OVER), flush: AtomicU64::new(0) }
    }

    /// The time as [`Awake::flushed`] takes it.
    pub(super) fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// An answer is awaited from now on.
    pub(super) fn added(&self) {
        let flush = Duration::from_micros(self.flush.load(Ordering::Relaxed));
        if flush < FLUSH_MAX {
            // The one under way, and the add's own.
            self.stay(2 * flush);
        }
    }

    /// The answers are about to be given, to adds that were taken at `since`.
    pub(super) fn flushed(&self, since: Duration) {
        let flush = self.now().saturating_sub(since);
        self.flush.store(micros(flush), Ordering::Relaxed);
        if flush < FLUSH_MAX {
            self.stay(PAUSE);
        } else {
            self.until.store(OVER, Ordering::Relaxed);
        }
    }

    /// For so long at least.
    fn stay(&self, so_long: Duration) {
        self.until.fetch_max(micros(self.now() + so_long), Ordering::Relaxed);
    }

    /// Whether an answer, or another add, is likely that near.
    pub(crate) fn is_on(&self) -> bool {
        let until = self.until.load(Ordering::Relaxed);
        if until == OVER {
            return false;
        }
        let is_on = micros(self.now()) < until;
        if !is_on {
            // The next turns need no clock. It fails where somebody has it stay on meanwhile.
            let _ = self.until.compare_exchange(until, OVER, Ordering::Relaxed, Ordering::Relaxed);
        }
        is_on
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usual_flush_is_waited_for_awake_and_a_slow_one_is_slept_through() {
        let mut awake = Awake::new();
        awake.start -= 2 * FLUSH_MAX;
        let until = |awake: &Awake| Duration::from_micros(awake.until.load(Ordering::Relaxed) + 1);

        awake.added();
        assert!(!awake.is_on(), "nothing is known of its flushes yet");
        assert_eq!(awake.until.load(Ordering::Relaxed), OVER);
        let now = awake.now();
        awake.flushed(now);
        assert!(until(&awake) >= now + PAUSE);
        awake.flush.store(300, Ordering::Relaxed);
        awake.added();
        assert!(until(&awake) >= now + Duration::from_micros(600));

        awake.flushed(now - FLUSH_MAX);
        assert!(!awake.is_on());
        awake.added();
        assert!(!awake.is_on());
    }
}
