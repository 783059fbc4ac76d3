//! What happened in a run: counts, latencies, errors with an example each, and all of it over time.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde::Serialize;

/// The longest latency that is told apart, nanoseconds.
const LATENCY_MAX: u64 = 1_000_000_000_000;
/// Three digits of a latency are kept.
const DIGITS: u8 = 3;

/// How often each thing happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    /// Requests answered as the convo says.
    pub(super) answered: u64,
    /// Messages to which the convo has no answer.
    pub(super) unanswered: u64,
    /// Messages that the server said: answers of several, and what others said in a room, count each.
    pub(super) heard: u64,
    /// Requests that were not answered as the convo says, each an error.
    pub(super) failed: u64,
    /// Datagrams that were not answered in time.
    pub(super) lost: u64,
    /// Answers that came once more.
    pub(super) doubled: u64,
    /// Answers that came before one to an earlier question.
    pub(super) reordered: u64,
    /// Connections made, or UDP ports taken.
    pub(super) connections: u64,
}

impl Counts {
    /// Requests that need no more: answered, or without an answer.
    pub(super) fn done(&self) -> u64 {
        self.answered + self.unanswered
    }
}

/// One kind of error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Fault {
    /// Requests that failed so.
    pub(super) count: u64,
    /// The first of them in words.
    pub(super) example: String,
}

/// One stretch of the run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Slice {
    /// When it ended, seconds since the start.
    pub(super) at_seconds: f64,
    /// Requests answered a second.
    pub(super) throughput: f64,
    /// Latencies in it, microseconds.
    pub(super) p50_us: f64,
    /// Latencies in it, microseconds.
    pub(super) p99_us: f64,
    /// Latencies in it, microseconds.
    pub(super) max_us: f64,
}

/// What happened until now.
#[derive(Debug)]
pub(super) struct Ledger {
    /// How often.
    pub(super) counts: Counts,
    /// Latencies, nanoseconds.
    pub(super) latencies: Histogram<u64>,
    /// Errors by kind.
    pub(super) faults: BTreeMap<&'static str, Fault>,
    /// Finished stretches.
    pub(super) slices: Vec<Slice>,
    /// The stretch that is under way.
    current: Histogram<u64>,
    since: Option<Instant>,
    /// When the last request was answered.
    last: Option<Instant>,
}

impl Ledger {
    /// An empty one.
    pub(super) fn new() -> Self {
        Self {
            counts: Counts::default(),
            latencies: latencies(),
            faults: BTreeMap::new(),
            slices: Vec::new(),
            current: latencies(),
            since: None,
            last: None,
        }
    }

    /// A request that was due at `due` was answered.
    pub(super) fn answered(&mut self, due: Instant, heard: Instant) {
        let latency = u64::try_from(heard.saturating_duration_since(due).as_nanos()).unwrap_or(u64::MAX);
        self.counts.answered += 1;
        self.current.saturating_record(latency);
        self.last = Some(heard);
    }

    /// Requests failed.
    pub(super) fn failed(&mut self, kind: &'static str, requests: u64, example: &dyn std::fmt::Display) {
        self.counts.failed += requests;
        let fault = self.faults.entry(kind);
        fault.or_insert_with(|| Fault { count: 0, example: example.to_string() }).count += requests;
    }

    /// Ends a stretch of the run, and gives its latencies out before they are forgotten.
    pub(super) fn slice(&mut self, start: Instant, now: Instant) -> (Slice, &Histogram<u64>) {
        let since = self.since.unwrap_or(start);
        let seconds = now.saturating_duration_since(since).as_secs_f64().max(1e-9);
        let current = &self.current;
        #[allow(clippy::cast_precision_loss, reason = "a count of requests")]
        let slice = Slice {
            at_seconds: now.saturating_duration_since(start).as_secs_f64(),
            throughput: current.len() as f64 / seconds,
            p50_us: micros(current.value_at_quantile(0.5)),
            p99_us: micros(current.value_at_quantile(0.99)),
            max_us: micros(current.max()),
        };
        self.slices.push(slice);
        self.since = Some(now);
        // Both have the same bounds.
        let _ = self.latencies.add(&self.current);
        (slice, &self.current)
    }

    /// Forgets the latencies of the last stretch, which [`Ledger::slice`] has added to all of them.
    pub(super) fn next_slice(&mut self) {
        self.current.reset();
    }

    /// Forgets the last stretch where it is much shorter than the one before: its throughput means nothing.
    pub(super) fn drop_stub(&mut self) {
        if let [.., before_last, before, last] = self.slices[..]
            && (last.at_seconds - before.at_seconds) * 2.0 < before.at_seconds - before_last.at_seconds
        {
            self.slices.pop();
        }
    }

    /// How long the run took: until its end, or the last answer where that came later.
    pub(super) fn lasted(&self, start: Instant, end: Instant) -> Duration {
        self.last.map_or(end, |last| last.max(end)).saturating_duration_since(start)
    }

    /// When the last request was answered.
    pub(super) fn last(&self) -> Option<Instant> {
        self.last
    }
}

/// An empty histogram of nanoseconds.
pub(super) fn latencies() -> Histogram<u64> {
    Histogram::new_with_max(LATENCY_MAX, DIGITS).unwrap_or_else(|_| unreachable!("the bounds are right"))
}

/// Nanoseconds as microseconds.
pub(super) fn micros(nanos: u64) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "exact up to 100 days")]
    let nanos = nanos as f64;
    nanos / 1e3
}
