//! The screen of a run at a terminal: how far it is, throughput and percentiles as they run, and a chart of them.

use std::cell::RefCell;
use std::io;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use rustix::termios;

use super::ledger::{self, Ledger, Slice};
use super::numbers::{count, micros};
use super::schedule::End;

/// Where the system does not say how large the terminal is, columns and rows.
const SIZE: (usize, usize) = (80, 24);
/// No chart is wider.
const COLUMNS_MAX: usize = 100;
/// What stands left of a chart, columns.
const LABEL: usize = 24;
/// Rows of the chart of throughput, where the terminal has rows enough for all of it.
const ROWS: usize = 5;
const ROWS_AROUND: usize = 10;
/// Columns of the bar of progress.
const PROGRESS: usize = 20;
const BARS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

type Part = fn(&Slice) -> f64;

/// What a person sees meanwhile. Nothing where standard error is no terminal.
#[derive(Debug)]
pub(super) struct Live {
    bar: ProgressBar,
    work: RefCell<Option<(String, End)>>,
}

impl Live {
    /// Draws on standard error if it is a terminal.
    pub(super) fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        let style = ProgressStyle::with_template("{msg}");
        Self {
            bar: style.map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style)),
            work: RefCell::default(),
        }
    }

    /// Says what runs now, and until when.
    pub(super) fn begin(&self, head: String, end: End) {
        self.bar.set_message(head.clone());
        self.work.replace(Some((head, end)));
    }

    /// Shows what happened until now.
    pub(super) fn show(&self, ledger: &Ledger) {
        if !self.bar.is_hidden()
            && let Some((head, end)) = &*self.work.borrow()
        {
            self.bar.set_message(frame(head, *end, ledger, size()));
        }
    }

    /// Takes it all off the screen.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// The terminal's columns and rows.
fn size() -> (usize, usize) {
    #[allow(clippy::disallowed_methods, reason = "only asked how large it is")]
    let size = termios::tcgetwinsize(io::stderr());
    match size {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col.into(), size.ws_row.into()),
        _ => SIZE,
    }
}

/// The whole screen; no line is wider than the terminal.
fn frame(head: &str, end: End, ledger: &Ledger, (columns, rows): (usize, usize)) -> String {
    let width = columns.saturating_sub(LABEL + 1).clamp(1, COLUMNS_MAX);
    let slices = &ledger.slices[ledger.slices.len().saturating_sub(width)..];
    let Some(now) = slices.last() else { return head.to_owned() };
    let counts = &ledger.counts;
    let mut lines = vec![head.to_owned()];
    let (answered, failed) = (count(counts.done()), count(counts.failed));
    let lost = if counts.lost > 0 { format!(", {} lost", count(counts.lost)) } else { String::new() };
    lines.push(format!("{}   {answered} done, {failed} failed{lost}", progress(end, ledger, now)));
    lines.push(String::new());
    let high = if rows > ROWS + ROWS_AROUND { ROWS } else { 1 };
    let highest = slices.iter().map(|slice| slice.throughput).fold(0.0, f64::max);
    let highest = format!("{} /s", count(highest.round() as u64));
    let throughput = format!("{} /s", count(now.throughput.round() as u64));
    let chart = |of: Part, rows| chart(slices.iter().map(of), rows);
    for (row, bars) in chart(|slice| slice.throughput, high).into_iter().enumerate() {
        let label = match row {
            0 => format!("throughput {throughput:>11}"),
            1 => format!("highest    {highest:>11}"),
            _ => String::new(),
        };
        lines.push(format!("{label:<LABEL$}{bars}"));
    }
    let parts: [(&str, Part); 3] =
        [("p50", |slice| slice.p50_us), ("p99", |slice| slice.p99_us), ("max", |slice| slice.max_us)];
    for (name, of) in parts {
        let bars = chart(of, 1).concat();
        let value = micros(of(now));
        lines.push(format!("{:<LABEL$}{bars}", format!("{name:<10} {value:>11}")));
    }
    let all = &ledger.latencies;
    let at = |quantile| micros(ledger::micros(all.value_at_quantile(quantile)));
    let (p50, p90, p99, p99_9) = (at(0.5), at(0.9), at(0.99), at(0.999));
    lines.push(format!("until now  p50 {p50}, p90 {p90}, p99 {p99}, p99.9 {p99_9}"));
    let fit = |line: &String| line.chars().take(columns).collect::<String>();
    lines.iter().map(fit).collect::<Vec<_>>().join("\n")
}

/// How far a run is.
fn progress(end: End, ledger: &Ledger, now: &Slice) -> String {
    let counts = &ledger.counts;
    #[allow(clippy::cast_precision_loss, reason = "a count of requests")]
    let (part, text) = match end {
        End::After(time) => {
            let (at, of) = (Duration::from_secs_f64(now.at_seconds).min(time), time.as_secs_f64());
            (now.at_seconds / of, format!("{:.1} s of {of:.1} s", at.as_secs_f64()))
        }
        End::Count(of) => {
            let done = counts.done() + counts.failed + counts.lost;
            (done as f64 / of as f64, format!("{:.1} s, of {}", now.at_seconds, count(of)))
        }
    };
    let filled = ((part * PROGRESS as f64) as usize).min(PROGRESS);
    format!("{}{}  {text}", "━".repeat(filled), "─".repeat(PROGRESS - filled))
}

/// A bar for each value, the highest as high as the chart; rows from the top.
fn chart(values: impl Iterator<Item = f64> + Clone, rows: usize) -> Vec<String> {
    let highest = values.clone().fold(f64::MIN_POSITIVE, f64::max);
    let step = BARS.len() - 1;
    // The lowest still shows that there is one.
    let eighths = move |value: f64| ((value / highest * (rows * step) as f64).round() as usize).max(1);
    let row = |below: usize| {
        values.clone().map(|value| BARS[eighths(value).saturating_sub(below * step).min(step)]).collect()
    };
    (0..rows).rev().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn bars_grow_with_their_values() {
        assert_eq!(chart([0.0, 50.0, 100.0].into_iter(), 1), ["▁▄█"]);
        assert_eq!(chart([0.0, 0.0].into_iter(), 1), ["▁▁"]);
        assert_eq!(chart([10.0, 50.0, 75.0, 100.0].into_iter(), 2), ["  ▄█", "▂███"]);
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let mut ledger = Ledger::new();
        let start = Instant::now();
        for number in 1..200 {
            ledger.answered(start, start + Duration::from_micros(number));
            ledger.slice(start, start + Duration::from_millis(100 * number));
            ledger.next_slice();
        }
        for (columns, rows, lines) in [(120, 40, 12), (80, 24, 12), (40, 24, 12), (10, 5, 8)] {
            let frame = frame("a head of some length", End::Count(1000), &ledger, (columns, rows));
            assert!(frame.lines().all(|line| line.chars().count() <= columns), "{columns}: {frame}");
            assert_eq!(frame.lines().count(), lines, "{frame}");
        }
    }
}
