//! What a run is to do, and what all of its connections share.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use convo::{Link, Now, Program, Session, Setup};
use net::{Keys, Reach};
use tokio::sync::Notify;

use super::ledger::Ledger;
use super::processor::{Usage, Used};
use super::questions::Questions;
use super::schedule::{End, Grant, Pace, Schedule};
use super::values::Values;
use crate::report::Failure;

/// When a connection is given up for a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// When its conversation is over.
    Open,
    /// After each request.
    OneRequest,
}

/// Whether the latencies of each stretch of a run are kept, for `--hdr`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stretches {
    /// Only their percentiles.
    Summed,
    /// All.
    Kept,
}

/// What every run of this call has in common.
#[derive(Debug)]
pub(super) struct Plan {
    /// The client's program.
    pub(super) program: Arc<Program>,
    /// The server.
    pub(super) to: Reach,
    /// Stream or datagrams.
    pub(super) link: Link,
    /// Connections at a time.
    pub(super) connections: usize,
    /// Requests on the way on each.
    pub(super) depth: usize,
    /// When connections are given up.
    pub(super) keep: Keep,
    /// How long an answer may take.
    pub(super) timeout: Duration,
    /// What is answered when the convo asks.
    pub(super) values: Values,
    /// Questions that can be asked ahead; none where each has to wait for the answer before it.
    pub(super) questions: Option<Questions>,
    /// Our RSA key, for convos that say `secure`.
    pub(super) keys: Keys,
    /// Seeds sessions.
    pub(super) seed: u64,
    /// What is kept of each stretch of a run.
    pub(super) stretches: Stretches,
}

/// One run.
#[derive(Debug)]
pub(super) struct Run {
    /// What it does.
    pub(super) plan: Arc<Plan>,
    /// When the run was begun; the clock of its sessions.
    begun: Instant,
    begun_unix: u64,
    schedule: Mutex<Schedule>,
    ledger: Mutex<Ledger>,
    /// Rings when a connection begins to wait for a request.
    pub(super) waiting: Notify,
    /// What this program had used when the first request was given out.
    usage: OnceLock<Usage>,
    failure: Mutex<Option<Failure>>,
}

impl Run {
    /// Prepares a run.
    pub(super) fn new(plan: Arc<Plan>, pace: Pace, end: End) -> Self {
        let schedule = Schedule::new(pace, end, plan.connections);
        Self {
            plan,
            begun: Instant::now(),
            begun_unix: unix(),
            schedule: Mutex::new(schedule),
            ledger: Mutex::new(Ledger::new()),
            waiting: Notify::new(),
            usage: OnceLock::new(),
            failure: Mutex::default(),
        }
    }

    /// The time as sessions take it.
    pub(super) fn now(&self, now: Instant) -> Now {
        let monotonic = now.saturating_duration_since(self.begun);
        Now { monotonic, unix: self.begun_unix + monotonic.as_secs() }
    }

    /// A session's time as everybody else's.
    pub(super) fn moment(&self, monotonic: Duration) -> Instant {
        self.begun + monotonic
    }

    /// A session of this run, which begins now.
    pub(super) fn session(&self, number: usize, now: Instant) -> Session {
        let Plan { program, to, link, seed, .. } = &*self.plan;
        let peer = if program.needs_peer() { to.to_string() } else { String::new() };
        let seed = seed.wrapping_add(number as u64);
        let setup = Setup { peer, seed, ..Setup::of(*link, self.now(now)) };
        Session::new(Arc::clone(program), setup)
    }

    /// Counts and latencies. Never held across an await.
    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When requests are due. Never held across an await.
    pub(super) fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a request, if one is due.
    pub(super) fn take(&self, now: Instant) -> Grant {
        self.schedule().take(now)
    }

    /// Comes when a request is due for `connection`, or none will be.
    pub(super) fn poll_due(&self, cx: &mut Context<'_>, connection: usize) -> Poll<Option<Instant>> {
        let mut schedule = self.schedule();
        let had_started = schedule.start().is_some();
        let due = schedule.poll(cx, connection);
        if !had_started && schedule.start().is_some() {
            self.usage.get_or_init(Usage::now);
        }
        drop(schedule);
        if due.is_pending() {
            self.waiting.notify_one();
        }
        due
    }

    /// What this program has used since the first request was given out.
    pub(super) fn used(&self) -> Used {
        self.usage.get().map(Usage::since).unwrap_or_default()
    }

    /// Ends the run: going on makes no sense.
    pub(super) fn give_up(&self, failure: Failure) {
        let mut slot = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        slot.get_or_insert(failure);
        self.schedule().stop();
    }

    /// Why the run was given up, if it was.
    pub(super) fn failure(&self) -> Option<Failure> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Seconds since 1970.
pub(super) fn unix() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
