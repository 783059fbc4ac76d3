//! JUnit XML, as Jenkins reads it: a suite a family; warnings and findings are told in `system-out`.

use std::fmt::Write as _;

use super::super::case::{Family, Outcome, Verdict};
use super::Result;
use super::group::{explanation, only_borders_fail};

pub(super) fn write(result: &Result) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a string cannot fail.
    let _ = suites(result, &mut out);
    out
}

fn suites(result: &Result, out: &mut String) -> std::fmt::Result {
    let borders = only_borders_fail(result);
    writeln!(
        out,
        "<testsuites name=\"{}\" tests=\"{}\" failures=\"{}\" time=\"{:.3}\">",
        escaped(&result.convo),
        result.outcomes.len(),
        result.count(Verdict::Fail),
        result.took.as_secs_f64()
    )?;
    for family in Family::ALL {
        let of: Vec<&Outcome> =
            result.outcomes.iter().filter(|outcome| outcome.case.family == family).collect();
        if of.is_empty() {
            continue;
        }
        let count = |verdicts: &[Verdict]| of.iter().filter(|one| verdicts.contains(&one.verdict)).count();
        writeln!(
            out,
            "  <testsuite name=\"{}/{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"{:.3}\">",
            escaped(&result.convo),
            family.name(),
            of.len(),
            count(&[Verdict::Fail]),
            count(&[Verdict::Skipped, Verdict::Inconclusive]),
            of.iter().map(|outcome| outcome.took.as_secs_f64()).sum::<f64>()
        )?;
        for outcome in of {
            case(result, outcome, borders, out)?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn case(result: &Result, outcome: &Outcome, borders: bool, out: &mut String) -> std::fmt::Result {
    let id = &outcome.case.id;
    let (class, name) = id.rsplit_once('/').unwrap_or(("", id));
    write!(
        out,
        "    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3}\">",
        escaped(&class.replace('/', ".")),
        escaped(name),
        outcome.took.as_secs_f64()
    )?;
    if matches!(outcome.verdict, Verdict::Skipped | Verdict::Inconclusive) {
        write!(out, "<skipped message=\"{}\"/>", escaped(&outcome.reason))?;
    }
    let told = outcome.failure.as_ref().zip(explanation(result, outcome, borders));
    if let Some((failure, explained)) = told {
        let text = format!(
            "{}\nseen: {}\ncause: {}\nhint: {}\nrepeat: {}\n",
            outcome.case.about,
            failure.what,
            explained.sentence,
            explained.hint,
            result.repeat(id)
        );
        if outcome.verdict == Verdict::Fail {
            write!(
                out,
                "<failure type=\"{:?}\" message=\"{}\">{}</failure>",
                explained.cause,
                escaped(&explained.sentence),
                escaped(&text)
            )?;
        } else {
            write!(out, "<system-out>{}: {}</system-out>", outcome.verdict.name(), escaped(&text))?;
        }
    }
    writeln!(out, "</testcase>")
}

/// Text for XML; what XML cannot carry becomes a question mark.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('?'),
            c => out.push(c),
        }
    }
    out
}
