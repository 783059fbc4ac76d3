//! `--find-rate`: the highest rate that holds a bound.
//!
//! ```text
//! a closed loop finds how much there is at all ──▶ that as an open loop ──▶ more, until missed ──▶ halve between
//! ```

use std::sync::Arc;

use super::bound::Bound;
use super::live::Live;
use super::load::{Outcome, load};
use super::numbers::count;
use super::plan::Plan;
use super::report::{Report, Search, Step};
use super::schedule::{End, Pace};
use crate::report::Failure;

/// Rates that are tried at most.
const STEPS_MAX: usize = 9;
/// The search ends when held and missed are no further apart.
const APART: f64 = 0.02;
/// A rate that held is followed by one so many times as high, until one is missed.
const FURTHER: f64 = 1.25;
/// A rate is reached if so much of it was done.
const REACHED: f64 = 0.98;

/// Searches; every rate is tried until `end`. The report is that of the rate found, or of the lowest tried.
///
/// # Errors
/// Those of [`load`].
pub(super) async fn search(
    convo: &str,
    plan: &Arc<Plan>,
    bound: &Bound,
    end: End,
    live: &Live,
) -> Result<(Report, Outcome), Failure> {
    live.begin(format!("searching the highest rate that holds {bound}: a closed loop first"), end);
    let most = load(plan, Pace::Closed, end, live).await?;
    let (mut low, mut high) = (0.0, None);
    let mut rate = most.throughput();
    let mut steps = Vec::new();
    let mut best = (Report::of(convo, plan, Pace::Closed, &most), most);
    let mut found = None;
    while steps.len() < STEPS_MAX && rate >= 1.0 && !best.1.interrupted {
        let tried = count(rate.round() as u64);
        live.begin(format!("searching the highest rate that holds {bound}: {tried} /s"), end);
        let pace = Pace::Open(rate);
        let outcome = load(plan, pace, end, live).await?;
        let report = Report::of(convo, plan, pace, &outcome);
        let reached = report.throughput >= rate * REACHED && report.requests.failed == 0;
        let held = reached && report.keeps(bound);
        steps.push(Step {
            rate,
            held,
            throughput: report.throughput,
            value: report.value(bound.measure()),
            saturated: report.bench.saturated,
        });
        if held {
            low = rate;
            found = Some(rate);
        } else {
            high = Some(rate);
        }
        if held || found.is_none() {
            best = (report, outcome);
        }
        rate = match high {
            None => low * FURTHER,
            Some(high) if high - low <= high * APART => break,
            Some(high) => f64::midpoint(low, high),
        };
    }
    best.0.search = Some(Search { bound: bound.to_string(), found, steps });
    Ok(best)
}
