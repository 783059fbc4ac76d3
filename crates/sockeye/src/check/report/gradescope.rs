//! Gradescope's `results.json`: a test for each entry of the points file, or for each family.

use serde::Serialize;

use super::super::case::{Family, Outcome};
use super::super::points::Score;
use super::Result;
use super::group::groups;
use super::text;

#[derive(Debug, Serialize)]
struct Results {
    score: f64,
    execution_time: f64,
    output: String,
    output_format: &'static str,
    visibility: &'static str,
    tests: Vec<Test>,
}

#[derive(Debug, Serialize)]
struct Test {
    name: String,
    score: f64,
    max_score: f64,
    status: &'static str,
    output: String,
    output_format: &'static str,
    visibility: &'static str,
}

pub(super) fn write(result: &Result) -> String {
    let scores = match &result.points {
        Some(points) => points.score(&result.outcomes),
        None => ungraded(result),
    };
    let tests: Vec<Test> = scores.iter().map(|score| test(result, score)).collect();
    let earned: f64 = tests.iter().map(|test| test.score).sum();
    let results = Results {
        score: (earned * 100.0).round() / 100.0,
        execution_time: result.took.as_secs_f64().round(),
        output: result.verdict(),
        output_format: "text",
        visibility: "visible",
        tests,
    };
    // Text and numbers are always JSON.
    let mut text = serde_json::to_string_pretty(&results).unwrap_or_default();
    text.push('\n');
    text
}

fn test(result: &Result, score: &Score) -> Test {
    let against: Vec<&Outcome> =
        result.outcomes.iter().filter(|outcome| score.failed.contains(&outcome.case.id)).collect();
    let mut parts = vec![match score.of {
        0 => result.trouble.clone().unwrap_or_else(|| "no case says anything about this program".to_owned()),
        of => format!("{} of {of} cases passed", score.passed),
    }];
    // Only this test's own cases: what is hidden elsewhere stays hidden.
    let told = groups(result, against.iter().copied());
    parts.extend(told.iter().map(|group| text::explained(result, group).trim_end().to_owned()));
    let reasons = text::reasons(against);
    parts.extend((!reasons.is_empty()).then(|| reasons.join("\n")));
    let passed = score.failed.is_empty() && result.trouble.is_none();
    Test {
        name: score.title.clone(),
        score: score.earned,
        max_score: score.points,
        status: if passed { "passed" } else { "failed" },
        output: parts.join("\n\n"),
        output_format: "text",
        visibility: if score.hidden { "hidden" } else { "visible" },
    }
}

/// Without a points file each family counts one point, so that something is seen.
fn ungraded(result: &Result) -> Vec<Score> {
    let score = |family: Family| {
        let mut here = result.outcomes.iter().filter(move |outcome| outcome.case.family == family).peekable();
        here.peek()?;
        Some(Score::of(family.name().to_owned(), 1.0, here))
    };
    let scores: Vec<Score> = Family::ALL.into_iter().filter_map(score).collect();
    if scores.is_empty() {
        return vec![Score::of("start".to_owned(), 1.0, std::iter::empty())];
    }
    scores
}
