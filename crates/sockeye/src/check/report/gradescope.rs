//! Gradescope's `results.json`.

use serde::Serialize;

use super::super::case::Verdict;
use super::super::points::Score;
use super::Result;
use super::group::groups;

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
    let scores = result.points.as_ref().map(|points| points.score(&result.outcomes)).unwrap_or_default();
    let mut tests: Vec<Test> = scores.iter().map(|score| test(result, score)).collect();
    if tests.is_empty() {
        tests = ungraded(result);
    }
    let earned: f64 = tests.iter().map(|test| test.score).sum();
    let output = format!(
        "{} cases: {} passed, {} failed, {} warnings",
        result.outcomes.len(),
        result.count(Verdict::Pass),
        result.count(Verdict::Fail),
        result.count(Verdict::Warn)
    );
    let results = Results {
        score: (earned * 100.0).round() / 100.0,
        execution_time: result.took.as_secs_f64().round(),
        output,
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
    let mut output = format!("{} of {} cases passed\n", score.passed, score.of);
    for group in groups(result) {
        let here = group.all.iter().any(|outcome| score.failed.contains(&outcome.case.id));
        if let (true, Some(failure)) = (here, &group.first.failure) {
            output += &format!(
                "\n{}\n  seen: {}\n  cause: {}\n  hint: {}\n",
                group.first.case.id, failure.what, group.explanation.sentence, group.explanation.hint
            );
        }
    }
    Test {
        name: score.title.clone(),
        score: score.earned,
        max_score: score.points,
        status: if score.failed.is_empty() { "passed" } else { "failed" },
        output,
        output_format: "text",
        visibility: if score.hidden { "hidden" } else { "visible" },
    }
}

/// Without a points file each family counts one point, so that something is seen.
fn ungraded(result: &Result) -> Vec<Test> {
    let families = super::super::case::Family::ALL.into_iter();
    families
        .filter_map(|family| {
            let here = || result.outcomes.iter().filter(move |outcome| outcome.case.family == family);
            let failed: Vec<String> = here()
                .filter(|outcome| outcome.verdict == Verdict::Fail)
                .map(|outcome| outcome.case.id.clone())
                .collect();
            let of = here().count();
            let score = Score {
                title: family.name().to_owned(),
                earned: if failed.is_empty() { 1.0 } else { 0.0 },
                points: 1.0,
                hidden: false,
                passed: of - failed.len(),
                of,
                failed,
            };
            (of > 0).then(|| test(result, &score))
        })
        .collect()
}
