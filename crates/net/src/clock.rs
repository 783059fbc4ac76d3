//! The clocks: the only place that reads them for a session, and the alarm that waits for its deadlines.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};

use convo::Now;
use tokio::time::{Instant, Sleep};

/// A session's clock: counts from the session's beginning.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    start: Instant,
}

impl Clock {
    /// Starts a clock.
    pub(crate) fn start() -> Self {
        Self { start: Instant::now() }
    }

    /// The time as sessions take it.
    pub(crate) fn now(self) -> Now {
        let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        // A clock set before 1970 is shown as 1970.
        Now { monotonic: self.start.elapsed(), unix: unix.map_or(0, |since| since.as_secs()) }
    }

    fn instant(self, monotonic: Duration) -> Option<Instant> {
        self.start.checked_add(monotonic)
    }
}

/// Waits for a session's deadline. Deadlines move with every message and are seldom reached, so a timer that is set
/// already and rings too early is left as it is, and set again when it rings.
#[derive(Debug, Default)]
pub(crate) struct Alarm {
    due: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Alarm {
    /// Rings at this time of `clock` from now on, or never.
    pub(crate) fn set(&mut self, clock: Clock, due: Option<Duration>) {
        self.due = due.and_then(|due| clock.instant(due));
    }

    /// Comes when the deadline is over; then again at once until it is set anew.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(due) = self.due else {
            return Poll::Pending;
        };
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(due)));
        if timer.deadline() > due {
            timer.as_mut().reset(due);
        }
        loop {
            ready!(timer.as_mut().poll(cx));
            if timer.deadline() >= due {
                return Poll::Ready(());
            }
            timer.as_mut().reset(due);
        }
    }
}
