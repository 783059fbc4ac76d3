//! The report for people.

use std::fmt::Write as _;

use super::super::case::{Family, Outcome, Verdict};
use super::Result;
use super::draw::{self, Way};
use super::group::{Group, groups};

/// Cases of one cause that are named.
const NAMED_MAX: usize = 8;

pub(super) fn write(result: &Result) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = tell(result, &mut out);
    out
}

fn tell(result: &Result, out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "{} against {} ({}), seed {}",
        result.convo,
        result.subject,
        result.language.name(),
        result.seed
    )?;
    writeln!(out)?;
    summary(result, out)?;
    for group in groups(result) {
        writeln!(out)?;
        explain(result, &group, out)?;
    }
    reasons(result, out)?;
    if let Some(points) = &result.points {
        writeln!(out)?;
        let scores = points.score(&result.outcomes);
        for score in &scores {
            let hidden = if score.hidden { " (hidden)" } else { "" };
            writeln!(out, "{:>7} of {:<5} {}{hidden}", score.earned, score.points, score.title)?;
        }
        let (earned, all) =
            scores.iter().fold((0.0, 0.0), |sum, one| (sum.0 + one.earned, sum.1 + one.points));
        writeln!(out, "{earned:>7} of {all:<5} points")?;
    }
    writeln!(out)?;
    let failures = result.count(Verdict::Fail);
    let verdict = match failures {
        0 => "no failure".to_owned(),
        1 => "1 case failed".to_owned(),
        more => format!("{more} cases failed"),
    };
    writeln!(out, "{verdict} in {:.1} s", result.took.as_secs_f64())
}

fn summary(result: &Result, out: &mut String) -> std::fmt::Result {
    for family in Family::ALL {
        let of = |verdict| {
            let here = |outcome: &&Outcome| outcome.case.family == family && outcome.verdict == verdict;
            result.outcomes.iter().filter(here).count()
        };
        let counts: Vec<String> = Verdict::ALL
            .into_iter()
            .map(|verdict| (verdict, of(verdict)))
            .filter(|(_, count)| *count > 0)
            .map(|(verdict, count)| format!("{count} {}", verdict.name()))
            .collect();
        if !counts.is_empty() {
            writeln!(out, "  {:<10} {}", family.name(), counts.join(", "))?;
        }
    }
    for line in &result.untried {
        writeln!(
            out,
            "  not tried  {line}: no value was found that leads there, or the program alone decides"
        )?;
    }
    Ok(())
}

fn explain(result: &Result, group: &Group<'_>, out: &mut String) -> std::fmt::Result {
    let Some(failure) = &group.first.failure else { return Ok(()) };
    let case = &group.first.case;
    let more = match group.all.len() {
        1 => String::new(),
        all => format!(" and {} more", all - 1),
    };
    let word = group.first.verdict.name().to_uppercase();
    writeln!(out, "{word}  {}{more}", case.id)?;
    let line = if failure.line > 0 { failure.line } else { case.line };
    if let Some(text) = result.line(line) {
        writeln!(out, "  convo   {line:>3} | {}", text.trim_start())?;
    }
    writeln!(out, "  case    {}", case.about)?;
    writeln!(out, "  seen    {}", crate::report::visible::on_line(&failure.what))?;
    let lines = draw::lines(&failure.trace);
    if !lines.is_empty() {
        writeln!(out)?;
    }
    for line in &lines {
        let arrow = match line.way {
            Way::ToProgram => "check ──▶ program ",
            Way::FromProgram => "check ◀── program ",
            Way::Aside => "       ···        ",
        };
        writeln!(out, "    {:>8.1} ms  {arrow} {}", line.at.as_secs_f64() * 1000.0, line.text)?;
    }
    if !lines.is_empty() {
        writeln!(out)?;
    }
    if group.first.verdict == Verdict::Finding {
        writeln!(
            out,
            "  why     this is about the protocol: it tells messages apart by what one read delivers, and TCP does \
             not promise that; a framing such as `line` would"
        )?;
    } else {
        writeln!(out, "  cause   {}", group.explanation.sentence)?;
    }
    writeln!(out, "  hint    {}", group.explanation.hint)?;
    writeln!(out, "  repeat  {}", result.repeat(&case.id))?;
    let others: Vec<&str> = group.all.iter().skip(1).map(|outcome| outcome.case.id.as_str()).collect();
    if !others.is_empty() {
        let named = others[..others.len().min(NAMED_MAX)].join(", ");
        let rest = others.len().saturating_sub(NAMED_MAX);
        let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        writeln!(out, "  also    {named}{rest}")?;
    }
    Ok(())
}

/// Why cases were skipped or could not be decided, each reason once.
fn reasons(result: &Result, out: &mut String) -> std::fmt::Result {
    let mut reasons: Vec<(Verdict, &str, usize, &str)> = Vec::new();
    for outcome in result.outcomes.iter().filter(|outcome| !outcome.reason.is_empty()) {
        let known = reasons
            .iter_mut()
            .find(|(verdict, reason, _, _)| *verdict == outcome.verdict && *reason == outcome.reason);
        match known {
            Some((_, _, count, _)) => *count += 1,
            None => reasons.push((outcome.verdict, &outcome.reason, 1, &outcome.case.id)),
        }
    }
    if !reasons.is_empty() {
        writeln!(out)?;
    }
    for (verdict, reason, count, first) in reasons {
        let more = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
        writeln!(out, "{}  {first}{more}: {reason}", verdict.name())?;
    }
    Ok(())
}
