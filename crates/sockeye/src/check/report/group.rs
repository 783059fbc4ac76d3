//! Failures of one cause, told once.

use std::time::Duration;

use super::super::case::{Act, Family, Life, Outcome, Symptom, Verdict};
use super::super::causes::{Cause, Explanation, Setting, explain, longest_pause};
use super::Result;

/// Cases that failed by one cause.
#[derive(Debug)]
pub(super) struct Group<'a> {
    /// The first of them, told in full.
    pub(super) first: &'a Outcome,
    pub(super) all: Vec<&'a Outcome>,
    pub(super) explanation: Explanation,
}

impl<'a> Group<'a> {
    /// One failure, explained by itself; nothing where there is nothing to explain.
    pub(super) fn alone(result: &Result, outcome: &'a Outcome) -> Option<Self> {
        let failure = outcome.failure.as_ref()?;
        let setting = Setting {
            language: result.language,
            borders: only_borders_fail(result),
            line: result.line(line(outcome)),
            datagrams: result.datagrams,
            cuts: failed(result, &["cut", "bytes"]),
            glued: failed(result, &["glued"]),
            answers: answers(result),
            idle: idle(result),
        };
        let explanation = explain(&outcome.case, failure, setting);
        Some(Self { first: outcome, all: vec![outcome], explanation })
    }
}

/// The failures, warnings and findings among these, worst first, each cause once.
pub(super) fn groups<'a>(result: &Result, outcomes: impl IntoIterator<Item = &'a Outcome>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for one in outcomes.into_iter().filter_map(|outcome| Group::alone(result, outcome)) {
        let alike = groups.iter_mut().find(|group| {
            group.explanation.cause == one.explanation.cause
                && group.first.verdict == one.first.verdict
                && (one.explanation.cause != Cause::Unknown || group.first.case.kind == one.first.case.kind)
        });
        match alike {
            Some(group) => group.all.push(one.first),
            None => groups.push(one),
        }
    }
    groups.sort_by_key(|group| group.first.verdict);
    groups
}

/// The convo's line that a failure is about; 0 where there is none.
pub(super) fn line(outcome: &Outcome) -> usize {
    let seen = outcome.failure.as_ref().map_or(0, |failure| failure.line);
    if seen > 0 { seen } else { outcome.case.line }
}

/// Whether a case of these kinds failed.
fn failed(result: &Result, kinds: &[&str]) -> bool {
    let of_kind = |outcome: &&Outcome| kinds.contains(&outcome.case.kind);
    result.outcomes.iter().filter(of_kind).any(|outcome| outcome.failure.is_some())
}

/// Whether a walk goes well in which the server says something.
fn answers(result: &Result) -> bool {
    let says = |outcome: &Outcome| match &outcome.case.act {
        Act::Talk { way, .. } => way.rehearsal.server_said().next().is_some(),
        _ => false,
    };
    let walks = result.outcomes.iter().filter(|outcome| outcome.case.family == Family::Walks);
    walks.filter(|outcome| outcome.verdict == Verdict::Pass).any(says)
}

/// How long a client was silent that was closed before the idle time was over.
fn idle(result: &Result) -> Option<Duration> {
    let early = |outcome: &&Outcome| matches!(outcome.case.act, Act::Life(Life::Idle));
    let failure = result.outcomes.iter().find(early)?.failure.as_ref()?;
    (failure.symptom == Symptom::Closed).then(|| longest_pause(failure))
}

/// Whether ordinary values go well and values at a border do not.
fn only_borders_fail(result: &Result) -> bool {
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
        Act::Spared { .. } | Act::Strange { .. } | Act::Told { .. } | Act::Shared { .. } | Act::Life(_) => {
            false
        }
    };
    // That it goes on where it should stop is no matter of values.
    let stays =
        |outcome: &Outcome| outcome.failure.as_ref().is_some_and(|failure| failure.symptom == Symptom::Stays);
    ordinary && walks().filter(failed).any(|outcome| !stays(outcome)) && walks().filter(failed).all(number)
}
