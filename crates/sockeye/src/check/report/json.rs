//! The report for programs. Its schema is `docs/check.schema.json`.

use serde::Serialize;

use super::super::case::{Outcome, Verdict};
use super::super::trace::{Event, Moment};
use super::Result;
use super::group::{self, Group};
use crate::report::visible;

/// The schema's number: it changes where a reader would have to.
const VERSION: u32 = 1;

#[derive(Debug, Serialize)]
struct Report<'a> {
    version: u32,
    convo: &'a str,
    subject: &'a str,
    language: &'a str,
    seed: u64,
    seconds: f64,
    summary: Summary,
    cases: Vec<Case<'a>>,
    untried: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    points: Option<Vec<Score>>,
}

#[derive(Debug, Serialize)]
struct Summary {
    pass: usize,
    fail: usize,
    warn: usize,
    finding: usize,
    skipped: usize,
    inconclusive: usize,
}

#[derive(Debug, Serialize)]
struct Case<'a> {
    id: &'a str,
    family: &'a str,
    about: &'a str,
    verdict: &'a str,
    seconds: f64,
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure<'a>>,
}

#[derive(Debug, Serialize)]
struct Failure<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    seen: &'a str,
    cause: String,
    hint: String,
    repeat: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<&'a str>,
    output: String,
    events: Vec<Happened<'a>>,
}

#[derive(Debug, Serialize)]
struct Happened<'a> {
    ms: f64,
    what: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Score {
    title: String,
    earned: f64,
    points: f64,
    hidden: bool,
}

/// What is kept of the program's output, characters.
const OUTPUT_CHARS_MAX: usize = 4_000;

pub(super) fn write(result: &Result) -> String {
    let scores = result.points.as_ref().map(|points| {
        let scores = points.score(&result.outcomes).into_iter();
        scores
            .map(|one| Score { title: one.title, earned: one.earned, points: one.points, hidden: one.hidden })
            .collect()
    });
    let report = Report {
        version: VERSION,
        convo: &result.convo,
        subject: &result.subject,
        language: result.language.name(),
        seed: result.seed,
        seconds: seconds(result.took),
        summary: Summary {
            pass: result.count(Verdict::Pass),
            fail: result.count(Verdict::Fail),
            warn: result.count(Verdict::Warn),
            finding: result.count(Verdict::Finding),
            skipped: result.count(Verdict::Skipped),
            inconclusive: result.count(Verdict::Inconclusive),
        },
        cases: result.outcomes.iter().map(|outcome| case(result, outcome)).collect(),
        untried: &result.untried,
        trouble: result.trouble.as_deref(),
        points: scores,
    };
    // Text and numbers are always JSON.
    let mut text = serde_json::to_string_pretty(&report).unwrap_or_default();
    text.push('\n');
    text
}

fn case<'a>(result: &'a Result, outcome: &'a Outcome) -> Case<'a> {
    Case {
        id: &outcome.case.id,
        family: outcome.case.family.name(),
        about: &outcome.case.about,
        verdict: outcome.verdict.name(),
        seconds: seconds(outcome.took),
        reason: &outcome.reason,
        failure: failure(result, outcome),
    }
}

fn failure<'a>(result: &'a Result, outcome: &'a Outcome) -> Option<Failure<'a>> {
    let failure = outcome.failure.as_ref()?;
    let Group { explanation: explained, .. } = Group::alone(result, outcome)?;
    let line = group::line(outcome);
    Some(Failure {
        line: (line > 0).then_some(line),
        rule: result.line(line).map(str::trim),
        seen: &failure.what,
        cause: explained.sentence,
        hint: explained.hint,
        repeat: result.repeat(&outcome.case.id),
        ended: failure.death.as_deref(),
        output: failure.output.chars().take(OUTPUT_CHARS_MAX).collect(),
        events: failure.trace.moments.iter().map(happened).collect(),
    })
}

fn happened(moment: &Moment) -> Happened<'_> {
    let mut happened =
        Happened { ms: seconds(moment.at) * 1000.0, what: "", text: None, bytes: None, why: None };
    let mut wrote = |what, bytes: &[u8]| {
        happened.what = what;
        happened.text = Some(visible::in_log(bytes));
        happened.bytes = Some(moment.bytes);
    };
    match &moment.event {
        Event::Wrote(bytes) => wrote("wrote", bytes),
        Event::Heard(bytes) | Event::Key(bytes) | Event::Garbled(bytes) => wrote("heard", bytes),
        Event::Stranger(bytes) => wrote("heard from elsewhere", bytes),
        Event::Typed(text) => {
            happened.what = "typed";
            happened.text = Some(text.clone());
        }
        Event::Refused(why) => {
            happened.what = "no connection";
            happened.why = Some(why);
        }
        Event::Connected => happened.what = "connected",
        Event::TheyClosed => happened.what = "program closed",
        Event::TheyReset => happened.what = "program reset",
        Event::WeHalfClosed => happened.what = "half-closed",
        Event::WeClosed => happened.what = "closed",
        Event::WeReset => happened.what = "reset",
        Event::Silence(_) => happened.what = "silence",
    }
    happened
}

/// Seconds, to the microsecond.
fn seconds(time: std::time::Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e6
}
