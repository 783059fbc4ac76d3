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

use super::case::{Outcome, Verdict};
use super::pattern;
use crate::report::Failure;

/// What a points file says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Points {
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
    /// Cases that passed, of how many.
    pub(super) passed: usize,
    pub(super) of: usize,
    /// The cases that did not.
    pub(super) failed: Vec<String>,
}

/// Reads a points file.
///
/// # Errors
/// It cannot be read, or does not say points.
pub(super) fn read(path: &Path) -> Result<Points, Failure> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("cannot read {shown}: {error}")))?;
    let points: Points = toml::from_str(&text).map_err(|error| {
        Failure::usage(format!("{shown} says no points: {}", error.to_string().trim_end()))
            .hint("write [[points]] with cases = \"framing/*\", points = 20, and hidden = true where it is")
    })?;
    if points.points.iter().any(|entry| !entry.points.is_finite() || entry.points < 0.0) {
        return Err(Failure::usage(format!("{shown}: points are numbers from 0 on")));
    }
    Ok(points)
}

impl Points {
    /// What was earned: of each entry the share of its cases that did not fail. Cases that were skipped for want of
    /// sense do not count; those skipped for the same failure count as failed.
    pub(super) fn score(&self, outcomes: &[Outcome]) -> Vec<Score> {
        self.points.iter().map(|entry| entry.score(outcomes)).collect()
    }
}

impl Entry {
    fn score(&self, outcomes: &[Outcome]) -> Score {
        let mut score = Score {
            title: self.title.clone().unwrap_or_else(|| self.cases.clone()),
            earned: 0.0,
            points: self.points,
            hidden: self.hidden,
            passed: 0,
            of: 0,
            failed: Vec::new(),
        };
        for outcome in outcomes.iter().filter(|outcome| pattern::matches(&self.cases, &outcome.case.id)) {
            let fails = match outcome.verdict {
                Verdict::Pass | Verdict::Warn | Verdict::Finding => false,
                Verdict::Fail => true,
                Verdict::Skipped => {
                    if !outcome.reason.contains("fail") {
                        continue;
                    }
                    true
                }
                Verdict::Inconclusive => continue,
            };
            score.of += 1;
            if fails {
                score.failed.push(outcome.case.id.clone());
            } else {
                score.passed += 1;
            }
        }
        if score.of > 0 {
            #[allow(clippy::cast_precision_loss, reason = "nobody has 2^52 cases")]
            let share = score.passed as f64 / score.of as f64;
            score.earned = (self.points * share * 100.0).round() / 100.0;
        }
        score
    }
}
