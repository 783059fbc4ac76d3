//! Failures of one cause, told once.

use super::super::case::{Act, Family, Outcome, Symptom, Verdict};
use super::super::causes::{Cause, Explanation, Setting, explain};
use super::Result;

/// Cases that failed by one cause.
#[derive(Debug)]
pub(super) struct Group<'a> {
    /// The first of them, told in full.
    pub(super) first: &'a Outcome,
    pub(super) all: Vec<&'a Outcome>,
    pub(super) explanation: Explanation,
}

/// The failures, warnings and findings, worst first, each cause once.
pub(super) fn groups(result: &Result) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let borders = only_borders_fail(result);
    for outcome in &result.outcomes {
        let Some(explanation) = explanation(result, outcome, borders) else { continue };
        let alike = groups.iter_mut().find(|group| {
            group.explanation.cause == explanation.cause
                && group.first.verdict == outcome.verdict
                && (explanation.cause != Cause::Unknown || group.first.case.kind == outcome.case.kind)
        });
        match alike {
            Some(group) => group.all.push(outcome),
            None => groups.push(Group { first: outcome, all: vec![outcome], explanation }),
        }
    }
    groups.sort_by_key(|group| group.first.verdict);
    groups
}

/// The cause of one failure.
pub(super) fn explanation(result: &Result, outcome: &Outcome, borders: bool) -> Option<Explanation> {
    let failure = outcome.failure.as_ref()?;
    let line = if failure.line > 0 { failure.line } else { outcome.case.line };
    let setting =
        Setting { language: result.language, borders, line: result.line(line), datagrams: result.datagrams };
    Some(explain(&outcome.case, failure, setting))
}

/// Whether ordinary values go well and values at a border do not.
pub(super) fn only_borders_fail(result: &Result) -> bool {
    let walks = || result.outcomes.iter().filter(|outcome| outcome.case.family == Family::Walks);
    let failed = |outcome: &&Outcome| {
        outcome.verdict == Verdict::Fail
            && outcome.failure.as_ref().is_some_and(|failure| failure.symptom != Symptom::LeftOpen)
    };
    let ordinary = walks().next().is_some_and(|first| first.verdict == Verdict::Pass);
    let number = |outcome: &Outcome| match &outcome.case.act {
        Act::Talk { way, .. } | Act::Client { way, .. } => {
            let answers = &way.answers.client;
            answers.len() <= 2 && answers.iter().any(|answer| answer.parse::<i64>().is_ok())
        }
        Act::Strange { .. } | Act::Life(_) => false,
    };
    let stops = |outcome: &Outcome| match &outcome.case.act {
        Act::Talk { way, .. } => way.rehearsal.stops,
        _ => false,
    };
    ordinary && walks().filter(failed).any(|outcome| !stops(outcome)) && walks().filter(failed).all(number)
}
