//! `--compare`: a run beside an earlier one's JSON.

use std::fmt::Write;

use serde_json::Value;

use super::numbers::{count, micros};
use super::report::Report;
use crate::report::Failure;

/// Reads an earlier run's JSON.
///
/// # Errors
/// The file cannot be read, or is no report of `bench`.
pub(super) fn read(path: &str) -> Result<Value, Failure> {
    let wrong = |why: String| {
        Failure::usage(format!("--compare {path}: {why}")).hint("give a file that `bench --json` wrote")
    };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let earlier: Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    match earlier["throughput"].as_f64() {
        Some(_) => Ok(earlier),
        None => Err(wrong("it holds no throughput".to_owned())),
    }
}

/// Both runs, a line a measure; each line ends in a newline.
pub(super) fn text(report: &Report, earlier: &Value) -> String {
    let mut out = String::from("\ncompared    earlier          now\n");
    let rate = |rate: f64| format!("{} /s", count(rate.round() as u64));
    line(&mut out, "throughput", earlier["throughput"].as_f64(), report.throughput, rate);
    for name in ["p50", "p90", "p99", "p99.9", "max"] {
        let before = earlier["latency_us"][name].as_f64();
        line(&mut out, name, before, report.latency_us.named(name), micros);
    }
    let before = earlier["bench"]["us_per_request"].as_f64();
    line(&mut out, "bench", before, report.bench.us_per_request, |us| format!("{us:.2} us"));
    for (name, before, now) in [
        ("connections", &earlier["connections"], report.connections),
        ("depth", &earlier["depth"], report.depth),
    ] {
        if before.as_u64().is_some_and(|before| before != now as u64) {
            let _ = writeln!(out, "            not the same work: {name} {before} then, {now} now");
        }
    }
    if earlier["convo"].as_str().is_some_and(|convo| convo != report.convo) {
        let _ =
            writeln!(out, "            not the same work: {} then, {} now", earlier["convo"], report.convo);
    }
    out
}

fn line(out: &mut String, name: &str, before: Option<f64>, now: f64, shown: impl Fn(f64) -> String) {
    let Some(before) = before.filter(|before| *before > 0.0) else { return };
    let percent = (now / before - 1.0) * 100.0;
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{name:<11} {:<16} {:<16} {percent:+.1} %", shown(before), shown(now));
}
