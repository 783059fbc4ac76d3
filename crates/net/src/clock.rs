//! The clocks: the time as sessions take it, the only place that reads the wall clock, and the alarm of a client's deadlines.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};

use convo::Now;
use tokio::time::{Instant, Sleep};

/// The wall clock is read again after so long; what language and logs say of it are seconds.
const WALL_KEPT: Duration = Duration::from_millis(100);

thread_local! {
    /// What the clocks said when the turn at hand began, on a thread of an engine, and when the wall clock is read again.
    static TURN: Cell<Option<(Instant, u64, Instant)>> = const { Cell::new(None) };
}

/// A turn of this thread's engine begins: until the next one, sessions take it for the time at which things happen.
pub(crate) fn begin_turn() -> Instant {
    let now = Instant::now();
    let (unix, until) = match TURN.get() {
        Some((_, unix, until)) if now < until => (unix, until),
        _ => (unix(), now + WALL_KEPT),
    };
    TURN.set(Some((now, unix, until)));
    now
}

/// When the turn at hand began, on a thread of an engine; elsewhere, now.
pub(crate) fn turn() -> Instant {
    TURN.get().map_or_else(Instant::now, |(now, ..)| now)
}

/// Seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "this is the place that reads the wall clock")]
fn unix() -> u64 {
    let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    // A clock set before 1970 is shown as 1970.
    unix.map_or(0, |since| since.as_secs())
}

/// A session's clock: counts from the session's beginning.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    start: Instant,
}

impl Clock {
    /// Starts a clock.
    pub(crate) fn start() -> Self {
        Self { start: turn() }
    }

    /// The time as sessions take it.
    pub(crate) fn now(self) -> Now {
        let (now, unix) = match TURN.get() {
            Some((now, unix, _)) => (now, unix),
            None => (Instant::now(), unix()),
        };
        // Many a session begins and ends within one turn.
        let monotonic =
            if now == self.start { Duration::ZERO } else { now.saturating_duration_since(self.start) };
        Now { monotonic, unix }
    }

    /// That time of this clock; nothing where it is too far away to come.
    pub(crate) fn instant(self, monotonic: Duration) -> Option<Instant> {
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
    /// Rings at this time from now on, or never.
    pub(crate) fn set(&mut self, due: Option<Instant>) {
        self.due = due;
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
        alarm.set(clock.instant(3 * SECOND));
        poll_fn(|cx| alarm.poll(cx)).await;
        assert_eq!(clock.now().monotonic, 3 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_that_moves_is_kept_in_both_directions() {
        let (clock, mut alarm) = (Clock::start(), Alarm::default());
        for (due, expected) in [(2, 2), (9, 9), (4, 9)] {
            // The timer is set for another time already.
            alarm.set(clock.instant(clock.now().monotonic + 5 * SECOND));
            assert!(poll_fn(|cx| Poll::Ready(alarm.poll(cx))).await.is_pending());
            alarm.set(clock.instant(due * SECOND));
            poll_fn(|cx| alarm.poll(cx)).await;
            assert_eq!(clock.now().monotonic, expected * SECOND);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_deadline_it_never_rings() {
        let (clock, mut alarm) = (Clock::start(), Alarm::default());
        alarm.set(clock.instant(SECOND));
        assert!(poll_fn(|cx| Poll::Ready(alarm.poll(cx))).await.is_pending());
        alarm.set(None);
        tokio::time::sleep(9 * SECOND).await;
        assert!(poll_fn(|cx| Poll::Ready(alarm.poll(cx))).await.is_pending());
    }
}
