//! The report as one HTML page that needs nothing else: for a student to read, the conversations drawn.
//!
//! Cases that only hidden points mean are left out. The page holds no script and may fetch nothing: its
//! Content-Security-Policy says so, should anything of the program's ever come through unescaped.

mod drawing;

use std::fmt::Write as _;

use super::super::case::{Family, Outcome, Verdict};
use super::Result;
use super::group::{self, Group, groups};
use super::markup::escaped;
use super::text::{self, sentence};

const STYLE: &str = include_str!("report.css");
/// What of the program's output is shown, characters.
const OUTPUT_CHARS_MAX: usize = 4_000;

pub(super) fn write(result: &Result) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = page(result, &mut out);
    out
}

fn page(result: &Result, out: &mut String) -> std::fmt::Result {
    let hides =
        |outcome: &&Outcome| result.points.as_ref().is_none_or(|points| !points.hides(&outcome.case.id));
    let shown: Vec<&Outcome> = result.outcomes.iter().filter(hides).collect();
    let groups = groups(result, shown.iter().copied());
    head(result, out)?;
    if result.trouble.is_none() {
        summary(&shown, out)?;
    }
    let left_out = result.outcomes.len() - shown.len();
    if left_out > 0 {
        writeln!(out, "<p>Tried, and not shown here: {}.</p>", number_of_cases(left_out))?;
    }
    points(result, out)?;
    contents(result, &groups, out)?;
    for (index, group) in groups.iter().enumerate() {
        explain(result, group, index + 1, out)?;
    }
    cases(result, &shown, out)?;
    writeln!(out, "</main>\n</body>\n</html>")
}

fn head(result: &Result, out: &mut String) -> std::fmt::Result {
    let subject = escaped(&result.subject);
    let convo = escaped(&result.convo);
    let class = if result.count(Verdict::Fail) > 0 || result.trouble.is_some() { "fail" } else { "pass" };
    writeln!(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(
        out,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    )?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
    writeln!(out, "<title>{convo}: {subject}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>")?;
    drawing::define_tip(out)?;
    writeln!(out, "<h1>{convo}</h1>")?;
    writeln!(
        out,
        "<p>{subject} ({}), seed {}: <strong class=\"{class}\">{}</strong></p>",
        result.language.name(),
        result.seed,
        escaped(&result.verdict())
    )
}

fn summary(shown: &[&Outcome], out: &mut String) -> std::fmt::Result {
    writeln!(out, "<table class=\"summary\"><thead><tr><th>family</th>")?;
    for verdict in Verdict::ALL {
        writeln!(out, "<th>{}</th>", verdict.name())?;
    }
    writeln!(out, "</tr></thead><tbody>")?;
    for family in Family::ALL {
        let here: Vec<_> = shown.iter().filter(|outcome| outcome.case.family == family).collect();
        if here.is_empty() {
            continue;
        }
        write!(out, "<tr><th>{}</th>", family.name())?;
        for verdict in Verdict::ALL {
            match here.iter().filter(|outcome| outcome.verdict == verdict).count() {
                0 => write!(out, "<td></td>")?,
                count => write!(out, "<td class=\"{}\">{count}</td>", verdict.name())?,
            }
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody></table>")
}

fn points(result: &Result, out: &mut String) -> std::fmt::Result {
    let Some(points) = &result.points else { return Ok(()) };
    writeln!(out, "<h2>Points</h2>\n<table class=\"summary\"><tbody>")?;
    for score in points.score(&result.outcomes).iter().filter(|score| !score.hidden) {
        writeln!(
            out,
            "<tr><th>{}</th><td>{} of {}</td><td>{} of {} cases</td></tr>",
            escaped(&score.title),
            score.earned,
            score.points,
            score.passed,
            score.of
        )?;
    }
    writeln!(out, "</tbody></table>")
}

/// What was found, a line a cause.
fn contents(result: &Result, groups: &[Group<'_>], out: &mut String) -> std::fmt::Result {
    if groups.len() < 2 {
        return Ok(());
    }
    writeln!(out, "<h2>What was found</h2>\n<ol>")?;
    for (index, group) in groups.iter().enumerate() {
        writeln!(
            out,
            "<li><a href=\"#found-{}\">{}</a> <span class=\"{verdict}\">({verdict}, {})</span></li>",
            index + 1,
            escaped(sentence(result, group)),
            number_of_cases(group.all.len()),
            verdict = group.first.verdict.name(),
        )?;
    }
    writeln!(out, "</ol>")
}

fn number_of_cases(number: usize) -> String {
    format!("{number} case{}", if number == 1 { "" } else { "s" })
}

fn explain(result: &Result, group: &Group<'_>, number: usize, out: &mut String) -> std::fmt::Result {
    let Some(failure) = &group.first.failure else { return Ok(()) };
    let case = &group.first.case;
    let verdict = group.first.verdict.name();
    writeln!(out, "<section class=\"{verdict}\" id=\"found-{number}\">")?;
    writeln!(out, "<h2><span class=\"badge\">{verdict}</span> {}</h2>", escaped(sentence(result, group)))?;
    let line = group::line(group.first);
    if let Some(text) = result.line(line) {
        writeln!(out, "<pre class=\"rule\"><span>{line}</span> {}</pre>", escaped(text.trim()))?;
    }
    writeln!(out, "<dl><dt>Tried</dt><dd>{}</dd>", escaped(&case.about))?;
    writeln!(out, "<dt>Seen</dt><dd>{}</dd></dl>", escaped(&failure.what))?;
    drawing::draw(&failure.trace, out)?;
    writeln!(out, "<dl><dt>Hint</dt><dd>{}</dd></dl>", escaped(&group.explanation.hint))?;
    writeln!(out, "<p>Repeat this case alone:</p><pre>{}</pre>", escaped(&result.repeat(&case.id)))?;
    if group.all.len() > 1 {
        writeln!(out, "<details><summary>All {} cases of this cause</summary><ul>", group.all.len())?;
        for outcome in &group.all {
            let about = escaped(&outcome.case.about);
            writeln!(out, "<li><code>{}</code> {about}</li>", escaped(&outcome.case.id))?;
        }
        writeln!(out, "</ul></details>")?;
    }
    if !failure.output.trim().is_empty() {
        let output: String = failure.output.chars().take(OUTPUT_CHARS_MAX).collect();
        writeln!(
            out,
            "<details><summary>What the program wrote</summary><pre>{}</pre></details>",
            escaped(&output)
        )?;
    }
    writeln!(out, "</section>")
}

fn cases(result: &Result, shown: &[&Outcome], out: &mut String) -> std::fmt::Result {
    if shown.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h2>All cases</h2>\n<details><summary>{} cases</summary>\n<table>", shown.len())?;
    for outcome in shown {
        let verdict = outcome.verdict.name();
        writeln!(
            out,
            "<tr><td class=\"{verdict}\">{verdict}</td><td><code>{}</code></td><td>{}</td></tr>",
            escaped(&outcome.case.id),
            escaped(if outcome.reason.is_empty() { &outcome.case.about } else { &outcome.reason })
        )?;
    }
    writeln!(out, "</table></details>")?;
    for reason in text::reasons(shown.iter().copied()) {
        writeln!(out, "<p class=\"reason\">{}</p>", escaped(&reason))?;
    }
    if !result.untried.is_empty() {
        writeln!(out, "<p>Not tried: {}</p>", escaped(&result.untried.join(", ")))?;
    }
    Ok(())
}
