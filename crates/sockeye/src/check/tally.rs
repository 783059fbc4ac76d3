//! What failed so far, and what a failure means.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::case::{Case, Failure, Family, Outcome, Severity, Symptom, Verdict};
use super::judge::{self, Ruling};

/// Cases of a kind that fail alike before the others are skipped.
const ALIKE_MAX: usize = 3;

/// How strictly is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rigour {
    /// What the protocol cannot promise is a finding about it.
    Fair,
    /// It is a failure.
    Strict,
}

/// What failed so far, and what a failure means.
#[derive(Debug)]
pub(super) struct Tally {
    /// The cases of a kind that failed alike, by their place in the plan.
    failed: HashMap<(&'static str, Severity, Symptom), BTreeMap<usize, String>>,
    rigour: Rigour,
}

impl Tally {
    pub(super) fn new(rigour: Rigour) -> Self {
        Self { failed: HashMap::new(), rigour }
    }

    /// Why a case need not be tried: others of its kind have failed alike.
    pub(super) fn alike(&self, case: &Case) -> Option<String> {
        let alike = self.of(case).find(|alike| alike.len() >= ALIKE_MAX)?;
        let (count, first) = (alike.len(), alike.values().next()?);
        (case.family != Family::Life)
            .then(|| format!("same failure: {count} cases of this kind failed like {first}"))
    }

    /// Whether it is sure, while so many of its kind are under way, that a case will have to be tried.
    pub(super) fn may_begin(&self, case: &Case, under_way: usize) -> bool {
        let most = self.of(case).map(BTreeMap::len).max().unwrap_or(0);
        under_way == 0 || most + under_way < ALIKE_MAX
    }

    /// Those of its kind that failed and were no less grave, by how: a warning spares no failure.
    fn of(&self, case: &Case) -> impl Iterator<Item = &BTreeMap<usize, String>> {
        let alike = |kind: &str, severity| kind == case.kind && severity <= case.severity;
        self.failed
            .iter()
            .filter(move |((kind, severity, _), _)| alike(kind, *severity))
            .map(|(_, alike)| alike)
    }

    /// Whether a case of this kind failed so.
    pub(super) fn has(&self, kind: &'static str, symptom: Symptom) -> bool {
        self.failed.keys().any(|(failed, _, how)| (*failed, *how) == (kind, symptom))
    }

    /// What a ruling means.
    pub(super) fn outcome(&mut self, case: Case, ruling: Ruling, took: Duration) -> Outcome {
        let of = |verdict, reason: String, failure: Option<Failure>| Outcome {
            case: case.clone(),
            verdict,
            reason,
            failure,
            took,
        };
        match ruling {
            Ruling::Pass => of(Verdict::Pass, String::new(), None),
            Ruling::Undecided(why) => of(Verdict::Inconclusive, why, None),
            Ruling::Skipped(why) => of(Verdict::Skipped, why, None),
            Ruling::Failed(failure) => {
                // What is lawful, or no fault of what is said, and found out at once, spares no other case.
                let light = failure.mild || failure.symptom == Symptom::Omitted;
                if !light || judge::hangs_on_time(failure.symptom) {
                    let alike = self.failed.entry((case.kind, case.severity, failure.symptom)).or_default();
                    alike.insert(case.number, case.id.clone());
                }
                let strict = self.rigour == Rigour::Strict;
                let verdict = match case.severity {
                    _ if strict => Verdict::Fail,
                    Severity::Must if failure.mild => Verdict::Warn,
                    Severity::Must => Verdict::Fail,
                    // However odd it was: the program must not die of it.
                    Severity::Should if died(&failure) && !failure.mild => Verdict::Fail,
                    Severity::Should => Verdict::Warn,
                    Severity::Protocol => Verdict::Finding,
                };
                of(verdict, String::new(), Some(*failure))
            }
        }
    }
}

/// Whether the whole program ended, not in good order.
fn died(failure: &Failure) -> bool {
    failure.death.as_ref().is_some_and(|how| !how.contains("exit code 0"))
}

pub(super) fn skipped(case: Case, reason: &str) -> Outcome {
    Outcome {
        case,
        verdict: Verdict::Skipped,
        reason: reason.to_owned(),
        failure: None,
        took: Duration::ZERO,
    }
}
