use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;

use super::*;

#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn started(pace: Pace, end: End) -> Schedule {
    let mut schedule = Schedule::new(pace, end, 1);
    schedule.ready[0] = true;
    schedule.unready = 0;
    schedule.start = Some(Instant::now());
    schedule
}

#[test]
fn it_starts_when_every_connection_is_ready() {
    let mut schedule = Schedule::new(Pace::Closed, End::Count(9), 2);
    let woken = Arc::new(Woken::default());
    let waker = Arc::clone(&woken).into();
    let mut cx = Context::from_waker(&waker);
    assert!(schedule.poll(&mut cx, 0).is_pending());
    assert!(schedule.poll(&mut cx, 0).is_pending(), "asking twice is no second connection");
    assert_eq!(woken.0.load(Ordering::Relaxed), 0);
    assert!(schedule.poll(&mut cx, 1).is_ready());
    assert_eq!(woken.0.load(Ordering::Relaxed), 1, "who waited is woken");
}

#[test]
fn a_closed_loop_gives_out_as_many_as_were_counted() {
    let mut schedule = started(Pace::Closed, End::Count(3));
    let now = Instant::now();
    let granted = (0..5).filter(|_| schedule.take(now) == Grant::Due(now)).count();
    assert_eq!(granted, 3);
    assert_eq!(schedule.take(now), Grant::Over);
}

#[test]
fn an_open_loop_owes_what_nobody_took_in_time() {
    let mut schedule = started(Pace::Open(100.0), End::After(Duration::from_millis(45)));
    let start = schedule.start.expect("it started");
    let late = start + Duration::from_millis(25);
    for number in 0..3 {
        assert_eq!(schedule.take(late), Grant::Due(start + Duration::from_millis(10 * number)));
    }
    assert_eq!(schedule.take(late), Grant::Later, "the fourth is due after 30 ms");
    let later = start + Duration::from_secs(9);
    assert!(matches!(schedule.take(later), Grant::Due(_)));
    assert!(matches!(schedule.take(later), Grant::Due(_)));
    assert_eq!(schedule.take(later), Grant::Over, "the sixth would be due after the end");
}

#[test]
fn as_many_connections_are_woken_as_requests_are_due() {
    let mut schedule = Schedule::new(Pace::Open(100.0), End::Count(1000), 4);
    let woken = Arc::new(Woken::default());
    let waker = Arc::clone(&woken).into();
    let mut cx = Context::from_waker(&waker);
    for connection in 0..4 {
        // The last one starts the schedule and takes the request that is due at once.
        let _ = schedule.poll(&mut cx, connection);
    }
    woken.0.store(0, Ordering::Relaxed);
    for connection in 0..4 {
        assert!(schedule.poll(&mut cx, connection).is_pending());
    }
    let start = schedule.start().expect("it started");
    assert_eq!(schedule.next_due(), Some(start + Duration::from_millis(10)));
    schedule.wake_due(start + Duration::from_millis(25));
    assert_eq!(woken.0.load(Ordering::Relaxed), 2);
}

#[test]
fn stopped_it_gives_out_nothing_more() {
    let mut schedule = started(Pace::Closed, End::Count(3));
    schedule.stop();
    assert_eq!(schedule.take(Instant::now()), Grant::Over);
}
