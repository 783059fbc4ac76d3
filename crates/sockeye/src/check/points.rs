//! `--points FILE`: how many points which cases bring.
//!
//! ```toml
//! [[points]]
//! cases = "framing/*"
//! points = 20
//! title = "Messages in pieces"
//! hidden = true
//! ```

use std::path::Path;

use serde::Deserialize;

use super::case::{Case, Outcome, Verdict};
use super::pattern;
use crate::report::Failure;

/// What a points file says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Points {
    #[serde(default)]
    points: Vec<Entry>,
}

/// Points for some cases.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// Which cases, as in `--only`.
    cases: String,
    /// What they bring together.
    points: f64,
    title: Option<String>,
    /// The student does not see it.
    #[serde(default)]
    hidden: bool,
}

/// Points earned.
#[derive(Debug, Clone)]
pub(super) struct Score {
    pub(super) title: String,
    pub(super) earned: f64,
    pub(super) points: f64,
    pub(super) hidden: bool,
    /// Cases that count for the program, of how many.
    pub(super) passed: usize,
    pub(super) of: usize,
    /// The ids of the cases that count against it.
    pub(super) failed: Vec<String>,
}

impl Points {
    /// Reads a points file.
    ///
    /// # Errors
    /// It cannot be read, or does not say points.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let hint =
            "write [[points]] with cases = \"framing/*\" and points = 20, and hidden = true where it is";
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::usage(format!("--points: cannot read {shown}: {error}"))
                .hint("name a TOML file; docs/check.md has one")
        })?;
        let points: Self = toml::from_str(&text).map_err(|error| {
            Failure::usage(format!("--points: {shown}: {}", error.to_string().trim_end())).hint(hint)
        })?;
        if points.points.is_empty() {
            return Err(Failure::usage(format!("--points: {shown} says no points")).hint(hint));
        }
        if let Some(entry) =
            points.points.iter().find(|entry| !entry.points.is_finite() || entry.points < 0.0)
        {
            let text = format!("--points: {shown}: `{}` brings {}", entry.cases, entry.points);
            return Err(Failure::usage(text).hint("points are numbers from 0 on"));
        }
        Ok(points)
    }

    /// Whether each entry means some of these cases: points that nobody can earn are a slip of the pen.
    ///
    /// # Errors
    /// One means none.
    pub(super) fn fit(&self, cases: &[Case]) -> Result<(), Failure> {
        let none = |entry: &&Entry| !cases.iter().any(|case| pattern::matches(&entry.cases, &case.id));
        match self.points.iter().find(none) {
            None => Ok(()),
            Some(entry) => Err(Failure::usage(format!("--points: no case is named like `{}`", entry.cases))
                .hint("--list shows the cases; a pattern is a whole id, a family, or has * in it")),
        }
    }

    /// What was earned: of each entry the share of its cases that did not fail.
    ///
    /// A case that says nothing about the program, because it could not be tried or decided, does not count; one that
    /// was left out because others failed counts as failed.
    pub(super) fn score(&self, outcomes: &[Outcome]) -> Vec<Score> {
        self.points.iter().map(|entry| entry.score(outcomes)).collect()
    }

    /// Whether a case is one that the student does not see: only hidden entries mean it.
    pub(super) fn hides(&self, id: &str) -> bool {
        let meant = |hidden| {
            self.points.iter().any(|entry| entry.hidden == hidden && pattern::matches(&entry.cases, id))
        };
        meant(true) && !meant(false)
    }
}

impl Entry {
    fn score(&self, outcomes: &[Outcome]) -> Score {
        let title = self.title.clone().unwrap_or_else(|| self.cases.clone());
        let meant = outcomes.iter().filter(|outcome| pattern::matches(&self.cases, &outcome.case.id));
        Score { hidden: self.hidden, ..Score::of(title, self.points, meant) }
    }
}

impl Score {
    /// The share of `points` that these cases earn: all of them where cases were tried and none of them says anything.
    pub(super) fn of<'a>(title: String, points: f64, outcomes: impl Iterator<Item = &'a Outcome>) -> Self {
        let mut score =
            Self { title, earned: 0.0, points, hidden: false, passed: 0, of: 0, failed: Vec::new() };
        let mut tried = false;
        for outcome in outcomes {
            tried = true;
            match counts(outcome) {
                Some(Counts::For) => score.passed += 1,
                Some(Counts::Against) => score.failed.push(outcome.case.id.clone()),
                None => continue,
            }
            score.of += 1;
        }
        #[allow(clippy::cast_precision_loss, reason = "nobody has 2^52 cases")]
        let share = match score.of {
            0 => f64::from(u8::from(tried)),
            of => score.passed as f64 / of as f64,
        };
        score.earned = (points * share * 100.0).round() / 100.0;
        score
    }
}

/// What a case says about a program.
enum Counts {
    For,
    Against,
}

fn counts(outcome: &Outcome) -> Option<Counts> {
    match outcome.verdict {
        Verdict::Pass | Verdict::Warn | Verdict::Finding => Some(Counts::For),
        Verdict::Fail => Some(Counts::Against),
        // The reasons that lie with the program: the same failure, or a plain conversation that fails.
        Verdict::Skipped => outcome.reason.contains("fail").then_some(Counts::Against),
        Verdict::Inconclusive => None,
    }
}
