//! A report in a few lines of text.

use std::fmt::Write;

use super::bound::{Bound, Measure};
use super::numbers::{count, micros};
use super::plan::Plan;
use super::report::{Report, Search};
use super::schedule::Pace;
use crate::report::visible;

/// Bench says that it had to wait for a processor where that took so much of the time.
const WAITED: f64 = 0.1;

/// The whole summary; each line ends in a newline.
pub(super) fn text(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write(report, &mut out);
    out
}

fn write(report: &Report, out: &mut String) -> std::fmt::Result {
    writeln!(out, "{}\n", head(report))?;
    if let Some(search) = &report.search {
        write_search(search, out)?;
    }
    let requests = &report.requests;
    writeln!(
        out,
        "throughput  {} /s, {} answered in {:.2} s",
        count(report.throughput.round() as u64),
        count(requests.answered),
        report.seconds
    )?;
    let latency = &report.latency_us;
    let of = [latency.p50, latency.p90, latency.p99, latency.p99_9, latency.max].map(micros);
    match of {
        _ if requests.answered == 0 => writeln!(out, "latency     none: no request was answered")?,
        [p50, p90, p99, p99_9, max] => {
            writeln!(out, "latency     p50 {p50}, p90 {p90}, p99 {p99}, p99.9 {p99_9}, max {max}")?;
        }
    }
    if requests.unanswered > 0 {
        writeln!(out, "unanswered  {}: the convo has no answer to them", count(requests.unanswered))?;
    }
    if requests.heard != requests.answered {
        #[allow(clippy::cast_precision_loss, reason = "a count of messages")]
        let rate = count((requests.heard as f64 / report.seconds).round() as u64);
        writeln!(out, "heard       {} messages, {rate} /s", count(requests.heard))?;
    }
    if report.to.starts_with("udp:") {
        let (lost, doubled, reordered) = (requests.lost, requests.doubled, requests.reordered);
        let (lost, doubled, reordered) = (count(lost), count(doubled), count(reordered));
        writeln!(out, "datagrams   {lost} lost, {doubled} doubled, {reordered} reordered")?;
    }
    if report.errors.is_empty() {
        writeln!(out, "errors      none")?;
    }
    for (kind, fault) in &report.errors {
        let example = visible::on_line(&fault.example);
        writeln!(out, "errors      {} {kind}: {example}", count(fault.count))?;
    }
    let bench = &report.bench;
    writeln!(
        out,
        "bench       {:.2} of a processor, {:.2} us a request",
        bench.processor_share, bench.us_per_request
    )?;
    if let Some(share) = bench.waited_share.filter(|share| *share >= WAITED) {
        writeln!(
            out,
            "            and waited for one {share:.2} of the time: others, perhaps the server, had it"
        )?;
    }
    if bench.saturated {
        writeln!(out, "            bench itself was the limit: the server may be faster than this")?;
    }
    for expectation in &report.expectations {
        let met = if expectation.met { "met" } else { "MISSED" };
        writeln!(
            out,
            "expected    {}: {met}, {}",
            expectation.bound,
            value(&expectation.bound, expectation.value)
        )?;
    }
    Ok(())
}

/// What was run: one line.
pub(super) fn head(report: &Report) -> String {
    let Report { convo, to, connections, depth, seed, rate, .. } = report;
    format!("{}, seed {seed}", what(convo, to, *connections, *depth, *rate))
}

/// What runs: one line.
pub(super) fn work(convo: &str, plan: &Plan, pace: Pace) -> String {
    what(convo, &plan.to.to_string(), plan.connections, plan.depth, pace.rate())
}

fn what(convo: &str, to: &str, connections: usize, depth: usize, rate: Option<f64>) -> String {
    let pace = match rate {
        None => "closed loop".to_owned(),
        Some(rate) => format!("open loop at {} /s", count(rate.round() as u64)),
    };
    let connections = match connections {
        1 => "1 connection".to_owned(),
        many => format!("{} connections", count(many as u64)),
    };
    format!("{convo} at {to}: {connections}, depth {depth}, {pace}")
}

fn write_search(search: &Search, out: &mut String) -> std::fmt::Result {
    for step in &search.steps {
        let held = if step.held { "held  " } else { "missed" };
        let (rate, done) = (count(step.rate.round() as u64), count(step.throughput.round() as u64));
        let limit = if step.saturated { ", bench itself was the limit" } else { "" };
        writeln!(
            out,
            "  {rate:>12} /s  {held}  {}, {done} /s done{limit}",
            value(&search.bound, step.value)
        )?;
    }
    match search.found {
        Some(rate) => {
            writeln!(out, "\nhighest rate that holds {}: {} /s", search.bound, count(rate.round() as u64))?;
            if search.steps.iter().any(|step| !step.held && step.saturated) {
                writeln!(out, "bench itself was the limit where more was tried: the server may hold more")?;
            }
        }
        None => writeln!(out, "\nno rate was found that holds {}", search.bound)?,
    }
    writeln!(out)
}

/// A measured value with its unit.
fn value(bound: &str, value: f64) -> String {
    match bound.parse().map(|bound: Bound| bound.measure()) {
        Ok(Measure::Latency(name)) => format!("{name} {}", micros(value)),
        Ok(Measure::Throughput) => format!("{} /s", count(value.round() as u64)),
        Ok(Measure::Failed) => format!("{value} failed"),
        Ok(Measure::Lost) => format!("{value} lost"),
        Err(_) => value.to_string(),
    }
}
