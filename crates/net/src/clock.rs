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
    #[expect(clippy::disallowed_methods, reason = "this is the place that reads the wall clock")]
    pub(crate) fn now(self) -> Now {
        let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        // A clock set before 1970 is shown as 1970.
        Now { monotonic: self.monotonic(), unix: unix.map_or(0, |since| since.as_secs()) }
    }

    /// Time since the start.
    pub(crate) fn monotonic(self) -> Duration {
        self.start.elapsed()
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

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn an_alarm_rings_when_it_is_due() {
        let (clock, mut alarm) = (Clock::start(), Alarm::default());
        alarm.set(clock, Some(3 * SECOND));
        poll_fn(|cx| alarm.poll(cx)).await;
        assert_eq!(clock.monotonic(), 3 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_that_moves_is_kept_in_both_directions() {
        let (clock, mut alarm) = (Clock::start(), Alarm::default());
        for (due, expected) in [(2, 2), (9, 9), (4, 9)] {
            // The timer is set for another time already.
            alarm.set(clock, Some(clock.monotonic() + 5 * SECOND));
            assert!(poll_fn(|cx| Poll::Ready(alarm.poll(cx))).await.is_pending());
            alarm.set(clock, Some(due * SECOND));
            poll_fn(|cx| alarm.poll(cx)).await;
            assert_eq!(clock.monotonic(), expected * SECOND);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_deadline_it_never_rings() {
        let (clock, mut alarm) = (Clock::start(), Alarm::default());
        alarm.set(clock, Some(SECOND));
        assert!(poll_fn(|cx| Poll::Ready(alarm.poll(cx))).await.is_pending());
        alarm.set(clock, None);
        tokio::time::sleep(9 * SECOND).await;
        assert!(poll_fn(|cx| Poll::Ready(alarm.poll(cx))).await.is_pending());
    }
}
