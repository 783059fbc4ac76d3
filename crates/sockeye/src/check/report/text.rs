//! The report for people.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::super::case::{Family, Outcome, Verdict};
use super::Result;
use super::draw::{self, Way};
use super::group::{self, Group, groups};
use crate::report::visible;

/// Cases of one cause that are named.
const NAMED_MAX: usize = 8;
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// The report, with colours for a terminal.
pub(super) fn write(result: &Result) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = tell(result, &mut out);
    out
}

/// The report without colours.
pub(super) fn plain(result: &Result) -> String {
    uncoloured(&write(result))
}

/// What is said about one cause, without colours.
pub(super) fn explained(result: &Result, group: &Group<'_>) -> String {
    let mut out = String::new();
    let _ = explain(result, group, &mut out);
    uncoloured(&out)
}

/// The programs' own escape sequences are visible ones already.
fn uncoloured(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

fn tell(result: &Result, out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "{BOLD}{}{BOLD:#} against {} ({}), seed {}",
        result.convo,
        visible::on_line(&result.subject),
        result.language.name(),
        result.seed
    )?;
    if result.trouble.is_none() {
        writeln!(out)?;
        summary(result, out)?;
    }
    for group in groups(result, &result.outcomes) {
        writeln!(out)?;
        explain(result, &group, out)?;
    }
    let reasons = reasons(&result.outcomes);
    if !reasons.is_empty() {
        writeln!(out, "\n{}", reasons.join("\n"))?;
    }
    points(result, out)?;
    let style = colour(if result.count(Verdict::Fail) > 0 { Verdict::Fail } else { Verdict::Pass });
    writeln!(out, "\n{style}{}{style:#} in {:.1} s", result.verdict(), result.took.as_secs_f64())
}

fn colour(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Pass => AnsiColor::Green.on_default(),
        Verdict::Fail => AnsiColor::Red.on_default().bold(),
        Verdict::Warn => AnsiColor::Yellow.on_default(),
        Verdict::Finding => AnsiColor::Cyan.on_default(),
        Verdict::Skipped | Verdict::Inconclusive => DIM,
    }
}

fn summary(result: &Result, out: &mut String) -> std::fmt::Result {
    for family in Family::ALL {
        let of = |verdict| {
            let here = |outcome: &&Outcome| outcome.case.family == family && outcome.verdict == verdict;
            result.outcomes.iter().filter(here).count()
        };
        let counts: Vec<String> = Verdict::ALL
            .into_iter()
            .map(|verdict| (verdict, of(verdict), colour(verdict)))
            .filter(|(_, count, _)| *count > 0)
            .map(|(verdict, count, style)| format!("{style}{count} {}{style:#}", verdict.name()))
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
    let style = colour(group.first.verdict);
    writeln!(out, "{style}{}{style:#}  {}{more}", group.first.verdict.name().to_uppercase(), case.id)?;
    let line = group::line(group.first);
    if let Some(text) = result.line(line) {
        part(out, "convo", &format!("{line:>3} | {}", text.trim_start()))?;
    }
    part(out, "case", &case.about)?;
    part(out, "seen", &failure.what)?;
    drawing(failure, out)?;
    let name = if group.first.verdict == Verdict::Finding { "why" } else { "cause" };
    part(out, name, sentence(result, group))?;
    part(out, "hint", &group.explanation.hint)?;
    part(out, "repeat", &result.repeat(&case.id))?;
    let others: Vec<&str> = group.all.iter().skip(1).map(|outcome| outcome.case.id.as_str()).collect();
    if !others.is_empty() {
        let named = others[..others.len().min(NAMED_MAX)].join(", ");
        let rest = others.len().saturating_sub(NAMED_MAX);
        let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        part(out, "also", &format!("{named}{rest}"))?;
    }
    Ok(())
}

/// What is behind a failure: the program, or the protocol.
pub(super) fn sentence<'a>(result: &Result, group: &'a Group<'_>) -> &'a str {
    match group.first.verdict {
        Verdict::Finding if result.datagrams => {
            "this is about the protocol: a datagram may come twice, late or after the next one, and nothing in these \
             messages tells which one it is; a number in each would"
        }
        Verdict::Finding => {
            "this is about the protocol: it tells messages apart by what one read delivers, and TCP does not promise \
             that; a framing such as `line` would"
        }
        _ => &group.explanation.sentence,
    }
}

fn part(out: &mut String, name: &str, text: &str) -> std::fmt::Result {
    writeln!(out, "  {BOLD}{name:<7}{BOLD:#} {}", visible::on_line(text))
}

fn drawing(failure: &super::super::case::Failure, out: &mut String) -> std::fmt::Result {
    let lines = draw::lines(&failure.trace);
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    for line in &lines {
        let arrow = match line.way {
            Way::ToProgram => "check ──▶ program ",
            Way::FromProgram => "check ◀── program ",
            Way::Aside => "       ···        ",
        };
        let at = line.at.as_secs_f64() * 1000.0;
        writeln!(out, "    {DIM}{at:>8.1} ms  {arrow}{DIM:#} {}", line.text)?;
    }
    writeln!(out)
}

/// Why cases were skipped or could not be decided, each reason once.
pub(super) fn reasons<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Vec<String> {
    let mut reasons: Vec<(&Outcome, usize)> = Vec::new();
    for outcome in outcomes.into_iter().filter(|outcome| !outcome.reason.is_empty()) {
        let alike = |(first, _): &&mut (&Outcome, usize)| {
            first.verdict == outcome.verdict && first.reason == outcome.reason
        };
        match reasons.iter_mut().find(alike) {
            Some((_, count)) => *count += 1,
            None => reasons.push((outcome, 1)),
        }
    }
    let told = |(first, count): (&Outcome, usize)| {
        let more = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
        let reason = visible::on_line(&first.reason);
        format!("{}  {}{more}: {reason}", first.verdict.name(), first.case.id)
    };
    reasons.into_iter().map(told).collect()
}

fn points(result: &Result, out: &mut String) -> std::fmt::Result {
    let Some(points) = &result.points else { return Ok(()) };
    writeln!(out)?;
    let scores = points.score(&result.outcomes);
    for score in &scores {
        let hidden = if score.hidden { " (hidden)" } else { "" };
        writeln!(out, "{:>7} of {:<5} {}{hidden}", score.earned, score.points, score.title)?;
    }
    let (earned, all) = scores.iter().fold((0.0, 0.0), |sum, one| (sum.0 + one.earned, sum.1 + one.points));
    writeln!(out, "{earned:>7} of {all:<5} points")
}
