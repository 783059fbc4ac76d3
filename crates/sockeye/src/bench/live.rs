//! The screen of a run at a terminal: throughput and percentiles as they run, and a chart of both.

use indicatif::{ProgressBar, ProgressStyle};

use super::ledger::{Ledger, Slice};
use super::summary::{count, micros};

/// Columns of the chart, a stretch of the run each.
const COLUMNS: usize = 60;
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// What a person sees meanwhile. Nothing where standard error is no terminal.
#[derive(Debug)]
pub(super) struct Live(ProgressBar);

impl Live {
    /// Draws on standard error if it is a terminal. `head` says what runs.
    pub(super) fn new() -> Self {
        let style = ProgressStyle::with_template("{prefix}\n{msg}");
        let bar = ProgressBar::new_spinner();
        Self(match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        })
    }

    /// Says what runs now.
    pub(super) fn begin(&self, head: String) {
        self.0.set_prefix(head);
        self.0.set_message(String::new());
    }

    /// Shows what happened until now.
    pub(super) fn show(&self, ledger: &Ledger) {
        if !self.0.is_hidden() {
            self.0.set_message(frame(ledger));
        }
    }

    /// Takes it all off the screen.
    pub(super) fn end(&self) {
        self.0.finish_and_clear();
    }
}

fn frame(ledger: &Ledger) -> String {
    let slices = &ledger.slices[ledger.slices.len().saturating_sub(COLUMNS)..];
    let Some(now) = slices.last() else { return String::new() };
    let chart = |of: fn(&Slice) -> f64| chart(slices.iter().map(of));
    let counts = &ledger.counts;
    format!(
        "{:>6.1} s   {} answered, {} failed, {} lost\n\
         throughput  {:>12} /s  {}\n\
         p50         {:>15}  {}\n\
         p99         {:>15}  {}",
        now.at_seconds,
        count(counts.answered),
        count(counts.failed),
        count(counts.lost),
        count(now.throughput.round() as u64),
        chart(|slice| slice.throughput),
        micros(now.p50_us),
        chart(|slice| slice.p50_us),
        micros(now.p99_us),
        chart(|slice| slice.p99_us),
    )
}

/// A bar for each value, the highest the largest.
fn chart(values: impl Iterator<Item = f64> + Clone) -> String {
    let highest = values.clone().fold(f64::MIN_POSITIVE, f64::max);
    let top = BARS.len() - 1;
    values.map(|value| BARS[((value / highest * top as f64).round() as usize).min(top)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_grow_with_their_values() {
        assert_eq!(chart([0.0, 50.0, 100.0].into_iter()), "▁▅█");
        assert_eq!(chart([0.0, 0.0].into_iter()), "▁▁");
    }
}
