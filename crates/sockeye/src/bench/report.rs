//! What a run came to, as `--json` writes it. Its schema is docs/bench.schema.json.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::bound::{Bound, Measure};
use super::ledger::{Counts, Fault, Slice, micros};
use super::load::Outcome;
use super::plan::Plan;
use super::schedule::Pace;

/// The version of this form: raised when something in it changes its meaning.
const FORM: u32 = 1;
/// The percentiles of the curve, each nines further.
const CURVE: [f64; 20] = [
    0.0, 10.0, 25.0, 50.0, 60.0, 75.0, 80.0, 90.0, 95.0, 97.0, 98.0, 99.0, 99.5, 99.7, 99.9, 99.95, 99.99,
    99.995, 99.999, 100.0,
];

/// A run.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Report {
    /// The version of this form.
    pub(super) form: u32,
    /// The program's version.
    pub(super) sockeye: &'static str,
    /// The convo's name.
    pub(super) convo: String,
    /// The server.
    pub(super) to: String,
    /// Connections at a time.
    pub(super) connections: usize,
    /// Requests on the way on each.
    pub(super) depth: usize,
    /// Requests a second that were asked for; none in a closed loop.
    pub(super) rate: Option<f64>,
    /// The seed of the values.
    pub(super) seed: u64,
    /// How long it took.
    pub(super) seconds: f64,
    /// How often each thing happened.
    pub(super) requests: Counts,
    /// Requests done a second.
    pub(super) throughput: f64,
    /// Latencies.
    pub(super) latency_us: Latencies,
    /// Latencies by percentile.
    pub(super) curve: Vec<Point>,
    /// All of it over time.
    pub(super) slices: Vec<Slice>,
    /// Errors by kind.
    pub(super) errors: BTreeMap<&'static str, Fault>,
    /// What it cost us.
    pub(super) bench: Cost,
    /// `--find-rate`.
    pub(super) search: Option<Search>,
    /// `--expect`.
    pub(super) expectations: Vec<Expectation>,
}

/// Latencies, microseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Latencies {
    pub(super) mean: f64,
    pub(super) p50: f64,
    pub(super) p90: f64,
    pub(super) p99: f64,
    #[serde(rename = "p99.9")]
    pub(super) p99_9: f64,
    pub(super) max: f64,
}

/// A point of the curve of latencies.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Point {
    /// So many of a hundred requests …
    pub(super) percentile: f64,
    /// … took no longer than this, microseconds.
    pub(super) us: f64,
}

/// What a run cost this program.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Cost {
    /// Processor time.
    pub(super) processor_seconds: f64,
    /// Its part of the time of the run; there is one thread.
    pub(super) processor_share: f64,
    /// The part of the time in which it was ready and others had the processor; none where the system does not say.
    pub(super) waited_share: Option<f64>,
    /// Processor time of a request.
    pub(super) us_per_request: f64,
    /// Whether bench itself was the limit: then the figures say nothing of the server's.
    pub(super) saturated: bool,
}

/// The search for a rate.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Search {
    /// The bound that was to be held.
    pub(super) bound: String,
    /// The highest rate that held it; none if none did.
    pub(super) found: Option<f64>,
    /// The rates that were tried, in order.
    pub(super) steps: Vec<Step>,
}

/// A rate that was tried.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Step {
    /// Requests a second.
    pub(super) rate: f64,
    /// Whether the bound was held, without errors, and the rate reached.
    pub(super) held: bool,
    /// Requests done a second.
    pub(super) throughput: f64,
    /// What the bound is about, in its unit.
    pub(super) value: f64,
    /// Whether bench itself was the limit.
    pub(super) saturated: bool,
}

/// A bound that was expected.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Expectation {
    /// As it was written.
    pub(super) bound: String,
    /// What it is about, in its unit.
    pub(super) value: f64,
    /// Whether it was kept.
    pub(super) met: bool,
}

impl Report {
    /// What became of a run.
    pub(super) fn of(convo: &str, plan: &Plan, pace: Pace, outcome: &Outcome) -> Self {
        let ledger = &outcome.ledger;
        #[allow(clippy::cast_precision_loss, reason = "a count of requests")]
        let done = ledger.counts.done().max(1) as f64;
        let busy = outcome.used.busy.as_secs_f64();
        Self {
            form: FORM,
            sockeye: env!("CARGO_PKG_VERSION"),
            convo: convo.to_owned(),
            to: plan.to.to_string(),
            connections: plan.connections,
            depth: plan.depth,
            rate: pace.rate(),
            seed: plan.seed,
            seconds: outcome.seconds,
            requests: ledger.counts,
            throughput: outcome.throughput(),
            latency_us: Latencies::of(&ledger.latencies),
            curve: CURVE.map(|percentile| point(&ledger.latencies, percentile)).to_vec(),
            slices: ledger.slices.clone(),
            errors: ledger.faults.clone(),
            bench: Cost {
                processor_seconds: busy,
                processor_share: outcome.used.busy_share,
                waited_share: outcome.used.waited_share,
                us_per_request: busy * 1e6 / done,
                saturated: outcome.is_saturated(),
            },
            search: None,
            expectations: Vec::new(),
        }
    }

    /// Holds it against bounds.
    pub(super) fn expect(&mut self, bounds: &[Bound]) {
        let held = bounds.iter().map(|bound| Expectation {
            bound: bound.to_string(),
            value: self.value(bound.measure()),
            met: self.keeps(bound),
        });
        self.expectations = held.collect();
    }

    /// What it came to, in the measure's unit.
    pub(super) fn value(&self, measure: Measure) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "counts of requests")]
        match measure {
            Measure::Latency(name) => self.latency_us.named(name),
            Measure::Throughput => self.throughput,
            Measure::Failed => self.requests.failed as f64,
            Measure::Lost => self.requests.lost as f64,
        }
    }

    /// Whether it keeps a bound. A run that answered nothing keeps no bound of latency.
    pub(super) fn keeps(&self, bound: &Bound) -> bool {
        let measured = !matches!(bound.measure(), Measure::Latency(_)) || self.requests.answered > 0;
        measured && bound.holds(self.value(bound.measure()))
    }
}

impl Latencies {
    fn of(all: &Histogram<u64>) -> Self {
        let at = |quantile| micros(all.value_at_quantile(quantile));
        Self {
            mean: all.mean() / 1e3,
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p99_9: at(0.999),
            max: micros(all.max()),
        }
    }

    /// By its name on the command line.
    pub(super) fn named(&self, name: &str) -> f64 {
        match name {
            "p50" => self.p50,
            "p90" => self.p90,
            "p99" => self.p99,
            "p99.9" => self.p99_9,
            "mean" => self.mean,
            _ => self.max,
        }
    }
}

fn point(all: &Histogram<u64>, percentile: f64) -> Point {
    Point { percentile, us: micros(all.value_at_percentile(percentile)) }
}
