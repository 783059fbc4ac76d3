//! What a check found, told: for people, for programs, for courses.

mod draw;
mod gradescope;
mod group;
mod html;
mod json;
mod junit;
mod markup;
mod papers;
mod text;

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::case::{Outcome, Verdict};
use super::language::Language;
use super::points::Points;

pub(super) use papers::Papers;

/// Everything that a check found.
#[derive(Debug)]
pub(super) struct Result {
    /// The convo's name.
    pub(super) convo: String,
    /// The convo's lines.
    pub(super) lines: Vec<String>,
    /// The command that repeats the check, but for `--only`.
    pub(super) command: String,
    /// What was checked, in words.
    pub(super) subject: String,
    pub(super) language: Language,
    /// Datagrams rather than a stream.
    pub(super) datagrams: bool,
    pub(super) seed: u64,
    pub(super) took: Duration,
    pub(super) outcomes: Vec<Outcome>,
    /// Lines of the convo that no case reaches.
    pub(super) untried: Vec<String>,
    pub(super) points: Option<Points>,
    /// Why there are no outcomes: the program could not be started or reached.
    pub(super) trouble: Option<String>,
}

impl Result {
    /// A line of the convo as it stands there.
    fn line(&self, number: usize) -> Option<&str> {
        self.lines.get(number.checked_sub(1)?).map(String::as_str)
    }

    /// The command that repeats one case alone.
    fn repeat(&self, id: &str) -> String {
        format!("{} --only {}", self.command, super::arguments::quoted(id))
    }

    /// How many cases came to this.
    pub(super) fn count(&self, verdict: Verdict) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.verdict == verdict).count()
    }

    /// What it all came to, in words.
    fn verdict(&self) -> String {
        if let Some(trouble) = &self.trouble {
            return format!("nothing was checked: {trouble}");
        }
        match self.count(Verdict::Fail) {
            0 => "no failure".to_owned(),
            1 => "1 case failed".to_owned(),
            more => format!("{more} cases failed"),
        }
    }
}

/// How far the check is, at a terminal.
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn begin(cases: usize) -> Self {
        let bar = ProgressBar::new(cases as u64);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    pub(super) fn told(&self, outcome: &Outcome) {
        self.0.set_message(outcome.case.id.clone());
        self.0.inc(1);
        tracing::debug!(
            "{} {} in {:?}{}",
            outcome.case.id,
            outcome.verdict.name(),
            outcome.took,
            outcome.failure.as_ref().map(|failure| format!(": {}", failure.what)).unwrap_or_default()
        );
    }

    pub(super) fn end(&self) {
        self.0.finish_and_clear();
    }
}
