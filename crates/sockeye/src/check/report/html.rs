//! The report as one HTML page that needs nothing else: for a student to read, the conversations drawn.

use std::fmt::Write as _;

use super::super::case::{Family, Verdict};
use super::Result;
use super::draw::{self, Line, Way};
use super::group::{Group, groups};
use super::junit::escaped;

const STYLE: &str = include_str!("report.css");
/// Height of one line of a drawing, pixels.
const ROW: usize = 34;

pub(super) fn write(result: &Result) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = page(result, &mut out);
    out
}

fn page(result: &Result, out: &mut String) -> std::fmt::Result {
    let title = format!("{}: {}", result.convo, result.subject);
    writeln!(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
    writeln!(out, "<title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>", escaped(&title))?;
    let failures = result.count(Verdict::Fail);
    let (class, verdict) = match failures {
        0 => ("pass", "no failure".to_owned()),
        1 => ("fail", "1 case failed".to_owned()),
        more => ("fail", format!("{more} cases failed")),
    };
    writeln!(out, "<h1>{}</h1>", escaped(&result.convo))?;
    writeln!(
        out,
        "<p>{} ({}), seed {}: <strong class=\"{class}\">{verdict}</strong></p>",
        escaped(&result.subject),
        result.language.name(),
        result.seed
    )?;
    summary(result, out)?;
    points(result, out)?;
    for group in groups(result) {
        explain(result, &group, out)?;
    }
    cases(result, out)?;
    writeln!(out, "</main>\n</body>\n</html>")
}

fn summary(result: &Result, out: &mut String) -> std::fmt::Result {
    writeln!(out, "<table class=\"summary\"><thead><tr><th>family</th>")?;
    for verdict in Verdict::ALL {
        writeln!(out, "<th>{}</th>", verdict.name())?;
    }
    writeln!(out, "</tr></thead><tbody>")?;
    for family in Family::ALL {
        let here: Vec<_> = result.outcomes.iter().filter(|outcome| outcome.case.family == family).collect();
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

fn explain(result: &Result, group: &Group<'_>, out: &mut String) -> std::fmt::Result {
    let Some(failure) = &group.first.failure else { return Ok(()) };
    let case = &group.first.case;
    let verdict = group.first.verdict.name();
    writeln!(out, "<section class=\"{verdict}\">")?;
    writeln!(
        out,
        "<h2><span class=\"badge\">{verdict}</span> {}</h2>",
        escaped(&group.explanation.sentence)
    )?;
    let line = if failure.line > 0 { failure.line } else { case.line };
    if let Some(text) = result.line(line) {
        writeln!(out, "<pre class=\"rule\"><span>{line}</span> {}</pre>", escaped(text.trim()))?;
    }
    writeln!(out, "<p>{}: {}</p>", escaped(&case.about), escaped(&failure.what))?;
    let lines = draw::lines(&failure.trace);
    if !lines.is_empty() {
        drawing(&lines, out)?;
    }
    writeln!(out, "<p class=\"hint\"><strong>Hint</strong> {}</p>", escaped(&group.explanation.hint))?;
    writeln!(out, "<p>Repeat this case alone:</p><pre>{}</pre>", escaped(&result.repeat(&case.id)))?;
    if group.all.len() > 1 {
        writeln!(out, "<details><summary>{} cases failed so</summary><ul>", group.all.len())?;
        for outcome in &group.all {
            let about = escaped(&outcome.case.about);
            writeln!(out, "<li><code>{}</code> {about}</li>", escaped(&outcome.case.id))?;
        }
        writeln!(out, "</ul></details>")?;
    }
    if !failure.output.trim().is_empty() {
        let output: String = failure.output.chars().take(4000).collect();
        writeln!(
            out,
            "<details><summary>What the program wrote</summary><pre>{}</pre></details>",
            escaped(&output)
        )?;
    }
    writeln!(out, "</section>")
}

/// A sequence diagram: the check at the left, the program at the right, a segment an arrow.
fn drawing(lines: &[Line], out: &mut String) -> std::fmt::Result {
    let height = 40 + lines.len() * ROW;
    writeln!(
        out,
        "<svg viewBox=\"0 0 820 {height}\" role=\"img\" aria-label=\"what was sent and what came\">\
         <defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
         orient=\"auto-start-reverse\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs>\
         <text x=\"120\" y=\"18\" class=\"who\">check</text><text x=\"760\" y=\"18\" class=\"who\">program</text>\
         <path class=\"life\" d=\"M120 26V{height}M760 26V{height}\"/>"
    )?;
    for (index, line) in lines.iter().enumerate() {
        let y = 52 + index * ROW;
        let time = line.at.as_secs_f64() * 1000.0;
        writeln!(out, "<text x=\"100\" y=\"{y}\" class=\"time\">{time:.1} ms</text>")?;
        match line.way {
            Way::ToProgram => {
                writeln!(out, "<path class=\"to\" marker-end=\"url(#tip)\" d=\"M124 {y}H756\"/>")?;
            }
            Way::FromProgram => {
                writeln!(out, "<path class=\"from\" marker-end=\"url(#tip)\" d=\"M756 {y}H124\"/>")?;
            }
            Way::Aside => {}
        }
        let text: String = line.text.chars().take(92).collect();
        writeln!(out, "<text x=\"440\" y=\"{}\" class=\"segment\">{}</text>", y - 5, escaped(&text))?;
    }
    writeln!(out, "</svg>")
}

fn cases(result: &Result, out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "<h2>All cases</h2>\n<details><summary>{} cases</summary>\n<table>",
        result.outcomes.len()
    )?;
    for outcome in &result.outcomes {
        let verdict = outcome.verdict.name();
        writeln!(
            out,
            "<tr><td class=\"{verdict}\">{verdict}</td><td><code>{}</code></td><td>{}</td></tr>",
            escaped(&outcome.case.id),
            escaped(if outcome.reason.is_empty() { &outcome.case.about } else { &outcome.reason })
        )?;
    }
    writeln!(out, "</table></details>")?;
    if !result.untried.is_empty() {
        writeln!(out, "<p>Not tried: {}</p>", escaped(&result.untried.join(", ")))?;
    }
    Ok(())
}
