//! `--html`: the report as one page that needs nothing else, with its plots.

use super::numbers::{count, micros};
use super::plot::{Curve, Mark, Upwards, svg};
use super::report::{Point, Report};
use super::summary;

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:15px/1.5 system-ui,sans-serif;max-width:54rem;margin:2rem auto;padding:0 1rem}\
pre{font-size:13px;white-space:pre-wrap;padding:1rem;border:1px solid #8884;border-radius:6px}\
svg{width:100%;height:auto}svg text{font-size:11px;fill:currentColor}\
svg .name{font-weight:bold}svg .grid{stroke:#8884}h2{margin-top:2rem;font-size:1.1rem}";
/// Marks on an axis of time.
const TIMES: u32 = 5;

/// The page. `compared` is what `--compare` printed.
pub(super) fn html(report: &Report, compared: &str) -> String {
    let title = escaped(&summary::head(report));
    let text = escaped(&(summary::text(report) + compared));
    let throughput = over_time(report, &[("answered a second", |slice| slice.throughput)], |rate| {
        count(rate.round() as u64)
    });
    let latency = over_time(report, &[("p99", |slice| slice.p99_us), ("p50", |slice| slice.p50_us)], micros);
    let curve = by_percentile(&report.curve);
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <style>{STYLE}</style></head>\n<body><h1>sockeye bench</h1>\n<pre>{text}</pre>\n\
         <h2>Throughput over time</h2>\n{throughput}<h2>Latency over time</h2>\n{latency}\
         <h2>Latency by percentile</h2>\n{curve}</body></html>\n"
    )
}

type Part = fn(&super::ledger::Slice) -> f64;

fn over_time(report: &Report, parts: &[(&str, Part)], shown: impl Fn(f64) -> String) -> String {
    let last = report.slices.last().map_or(1.0, |slice| slice.at_seconds);
    let marks: Vec<Mark> = (0..=TIMES)
        .map(|number| last * f64::from(number) / f64::from(TIMES))
        .map(|at| Mark { at, text: format!("{at:.1} s") })
        .collect();
    let curves: Vec<Curve<'_>> = parts
        .iter()
        .map(|(name, of)| Curve {
            name,
            points: report.slices.iter().map(|slice| (slice.at_seconds, of(slice))).collect(),
        })
        .collect();
    svg(&curves, &marks, Upwards::Even, shown)
}

/// The axis runs by nines: 90 %, 99 %, 99.9 % are equally far apart.
fn by_percentile(curve: &[Point]) -> String {
    let nines = |percentile: f64| -(1.0 - percentile / 100.0).log10();
    let inner: Vec<&Point> = curve.iter().filter(|point| point.percentile < 100.0).collect();
    let points = inner.iter().map(|point| (nines(point.percentile), point.us)).collect();
    let marks: Vec<Mark> = inner
        .iter()
        .filter(|point| [0.0, 50.0, 90.0, 99.0, 99.9, 99.99, 99.999].contains(&point.percentile))
        .map(|point| Mark { at: nines(point.percentile), text: format!("{} %", point.percentile) })
        .collect();
    svg(&[Curve { name: "latency", points }], &marks, Upwards::Tens, micros)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
