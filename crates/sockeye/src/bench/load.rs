//! A run: all connections at once, the clock that gives requests out, and what is seen of it while it goes on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::hdr::HdrLog;
use super::ledger::Ledger;
use super::live::Live;
use super::plan::{Plan, Run, Stretches};
use super::player::play;
use super::processor::Used;
use super::schedule::{End, Pace};
use super::timer::Timer;
use crate::report::{Exit, Failure};

/// Stretches of a run whose length is known.
const SLICES: u32 = 100;
/// The shortest and the longest stretch.
const SLICE_MIN: Duration = Duration::from_millis(100);
const SLICE_MAX: Duration = Duration::from_secs(10);
/// Bench is the limit once it is busy for this part of the time: it has one thread.
const SATURATED: f64 = 0.9;

/// What a run came to.
#[derive(Debug)]
pub(super) struct Outcome {
    /// What happened.
    pub(super) ledger: Ledger,
    /// From the first request to the end or the last answer.
    pub(super) seconds: f64,
    /// What this program used meanwhile.
    pub(super) used: Used,
    /// Ctrl-C ended it.
    pub(super) interrupted: bool,
    /// Its stretches, where they are kept.
    pub(super) hdr: Option<HdrLog>,
}

impl Outcome {
    /// Requests done a second.
    pub(super) fn throughput(&self) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "a count of requests")]
        let done = self.ledger.counts.done() as f64;
        done / self.seconds
    }

    /// Whether bench itself was the limit.
    pub(super) fn is_saturated(&self) -> bool {
        self.used.busy_share >= SATURATED
    }
}

/// Runs it.
///
/// # Errors
/// No connection could be made, or the convo asked for what nobody can answer.
pub(super) async fn load(plan: &Arc<Plan>, pace: Pace, end: End, live: &Live) -> Result<Outcome, Failure> {
    let run = Arc::new(Run::new(Arc::clone(plan), pace, end));
    let (timer, ticks) = (a_timer()?, a_timer()?);
    let mut players = JoinSet::new();
    for number in 0..plan.connections {
        let run = Arc::clone(&run);
        players.spawn(async move { play(&run, number).await });
    }
    let mut interrupted = false;
    let hdr = (plan.stretches == Stretches::Kept).then(HdrLog::default);
    let mut watch = Watch { run: &run, live, hdr, start: None };
    let slice = match end {
        End::After(time) => (time / SLICES).clamp(SLICE_MIN, SLICE_MAX),
        End::Count(_) => SLICE_MIN,
    };
    let mut next = Instant::now();
    loop {
        tokio::select! {
            joined = players.join_next() => match joined {
                None => break,
                Some(Err(panic)) if panic.is_panic() => std::panic::resume_unwind(panic.into_panic()),
                Some(_) => {}
            },
            paced = pace_out(&run, &timer), if pace != Pace::Closed => {
                if let Err(error) = paced {
                    run.give_up(timer_failed(&error));
                }
            }
            ticked = ticks.until(next) => {
                if let Err(error) = ticked {
                    run.give_up(timer_failed(&error));
                }
                // What was missed is not made up for.
                next = (next + slice).max(Instant::now());
                watch.look();
            }
            _ = tokio::signal::ctrl_c(), if !interrupted => {
                interrupted = true;
                run.schedule().stop();
                players.abort_all();
            }
        }
    }
    if let Some(failure) = run.failure() {
        return Err(failure);
    }
    Ok(watch.end(end, interrupted))
}

fn a_timer() -> Result<Timer, Failure> {
    Timer::new().map_err(|error| Failure::new(Exit::Network, format!("no timer: {error}")))
}

fn timer_failed(error: &std::io::Error) -> Failure {
    Failure::new(Exit::Network, format!("the timer failed: {error}"))
}

/// Wakes connections when their requests are due. Cancel safe.
async fn pace_out(run: &Run, timer: &Timer) -> std::io::Result<()> {
    loop {
        let due = run.schedule().next_due();
        match due {
            None => run.waiting.notified().await,
            Some(due) => {
                timer.until(due).await?;
                run.schedule().wake_due(Instant::now());
                tokio::task::yield_now().await;
            }
        }
    }
}

/// Looks at a run from time to time.
struct Watch<'a> {
    run: &'a Run,
    live: &'a Live,
    hdr: Option<HdrLog>,
    /// When the first request was given out, once it was.
    start: Option<Instant>,
}

impl Watch<'_> {
    fn look(&mut self) {
        match self.start {
            Some(start) => self.slice(start, Instant::now()),
            None => self.start = self.run.schedule().start(),
        }
    }

    fn slice(&mut self, start: Instant, now: Instant) {
        let mut ledger = self.run.ledger();
        let (slice, latencies) = ledger.slice(start, now);
        if let Some(hdr) = &mut self.hdr {
            hdr.add(slice.at_seconds, latencies);
        }
        ledger.next_slice();
        self.live.show(&ledger);
    }

    fn end(mut self, end: End, interrupted: bool) -> Outcome {
        let (now, used) = (Instant::now(), self.run.used());
        let start = self.run.schedule().start().unwrap_or(now);
        self.slice(start, now);
        let mut ledger = std::mem::replace(&mut *self.run.ledger(), Ledger::new());
        ledger.drop_stub();
        let planned = match end {
            End::After(time) if !interrupted => start + time,
            End::After(_) => now,
            End::Count(_) => ledger.last().unwrap_or(now),
        };
        Outcome {
            seconds: ledger.lasted(start, planned).as_secs_f64().max(1e-9),
            used,
            ledger,
            interrupted,
            hdr: self.hdr,
        }
    }
}
