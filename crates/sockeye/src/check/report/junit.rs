//! JUnit XML, as Jenkins reads it: a suite a family; warnings and findings are told in `system-out`.

use std::fmt::Write as _;

use super::super::case::{Family, Outcome, Verdict};
use super::Result;
use super::group::Group;
use super::markup::escaped;
use super::text;

pub(super) fn write(result: &Result) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a string cannot fail.
    let _ = suites(result, &mut out);
    out
}

fn suites(result: &Result, out: &mut String) -> std::fmt::Result {
    let name = escaped(&result.convo);
    let errors = usize::from(result.trouble.is_some());
    writeln!(
        out,
        "<testsuites name=\"{name}\" tests=\"{}\" failures=\"{}\" errors=\"{errors}\" time=\"{:.3}\">",
        result.outcomes.len() + errors,
        result.count(Verdict::Fail),
        result.took.as_secs_f64()
    )?;
    if let Some(trouble) = &result.trouble {
        writeln!(
            out,
            "  <testsuite name=\"{name}/start\" tests=\"1\" failures=\"0\" errors=\"1\">\n    \
             <testcase classname=\"{name}\" name=\"start\"><error message=\"{}\"/></testcase>\n  </testsuite>",
            escaped(trouble)
        )?;
    }
    for family in Family::ALL {
        let of: Vec<&Outcome> =
            result.outcomes.iter().filter(|outcome| outcome.case.family == family).collect();
        if !of.is_empty() {
            suite(result, family, &of, out)?;
        }
    }
    writeln!(out, "</testsuites>")
}

fn suite(result: &Result, family: Family, of: &[&Outcome], out: &mut String) -> std::fmt::Result {
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
        case(result, outcome, out)?;
    }
    writeln!(out, "  </testsuite>")
}

fn case(result: &Result, outcome: &Outcome, out: &mut String) -> std::fmt::Result {
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
        write!(out, "<skipped message=\"{}: {}\"/>", outcome.verdict.name(), escaped(&outcome.reason))?;
    }
    if let Some(group) = Group::alone(result, outcome) {
        let told = escaped(&text::explained(result, &group));
        if outcome.verdict == Verdict::Fail {
            let Group { explanation, .. } = group;
            write!(
                out,
                "<failure type=\"{:?}\" message=\"{}\">{told}</failure>",
                explanation.cause,
                escaped(&explanation.sentence)
            )?;
        } else {
            write!(out, "<system-out>{told}</system-out>")?;
        }
    }
    writeln!(out, "</testcase>")
}
