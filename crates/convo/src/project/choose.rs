//! Choices: which message begins which way.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Choice, Draft, Over, View, read};
use crate::Role;
use crate::code::Slot;
use crate::finding::{Findings, Span};
use crate::pattern::algebra::{self, Effort};
use crate::pattern::{Bind, Pattern};
use crate::program::{At, Into, Op, Point, Source, Way};

/// First messages of one choice, at most.
const WAYS_MAX: usize = 256;

/// What can come first on a way.
struct Firsts {
    ways: Vec<Way>,
    /// Where it goes on if the peer ends.
    close: Option<At>,
    leaves: Option<At>,
    may_leave: bool,
    person: bool,
    /// A line at which this role itself would have to act first, or read by another framing.
    ours: Option<usize>,
}

/// Closes all choices of a draft.
pub(super) fn choose(draft: Vec<Draft>, effort: &Effort, view: View, findings: &mut Findings<'_>) -> Vec<Op> {
    let mut points = Vec::new();
    for (at, step) in draft.iter().enumerate() {
        points.push(match step {
            Draft::Choose(choice) => Some(point(&draft, choice, effort, view, findings)),
            Draft::Op(Op::Hear(point)) => {
                covered_rows(&point.ways, point.line, effort, view, findings);
                None
            }
            Draft::Op(Op::Free(free)) => {
                // Behind its own rows stand the answers of the other role, which may look alike.
                let rows = free.point.ways.iter().take_while(|way| way.to != at).count();
                covered_rows(&free.point.ways[..rows], free.point.line, effort, view, findings);
                None
            }
            Draft::Op(_) => None,
        });
    }
    let close = |(step, point)| match (step, point) {
        (Draft::Op(op), _) => op,
        (Draft::Choose(_), Some(point)) => Op::Hear(Box::new(point)),
        (Draft::Choose(_), None) => Op::End,
    };
    draft.into_iter().zip(points).map(close).collect()
}

fn point(
    draft: &[Draft],
    choice: &Choice,
    effort: &Effort,
    view: View,
    findings: &mut Findings<'_>,
) -> Point {
    let mut point = Point {
        ways: Vec::new(),
        close: None,
        leaves: None,
        may_leave: false,
        person: false,
        told: true,
        line: choice.span.line,
        from: if view == View::Server { Role::Client } else { Role::Server },
    };
    let mut taken: Vec<Firsts> = Vec::new();
    for to in &choice.ways {
        let firsts = firsts(draft, *to);
        point.told &= report(&firsts, &taken, choice, effort, view, findings);
        point.ways.extend(firsts.ways.iter().cloned());
        point.close = point.close.or(firsts.close);
        point.leaves = point.leaves.or(firsts.leaves);
        point.may_leave |= firsts.may_leave;
        point.person |= firsts.person;
        taken.push(firsts);
    }
    if point.ways.len() > WAYS_MAX {
        point.ways.truncate(WAYS_MAX);
        findings.error(choice.span, "too many messages can come here", "divide this choice");
    }
    point
}

/// Follows the draft from `start` to the first messages on every way.
fn firsts(draft: &[Draft], start: At) -> Firsts {
    let mut firsts =
        Firsts { ways: Vec::new(), close: None, leaves: None, may_leave: false, person: false, ours: None };
    let mut seen = HashSet::new();
    // Places to look at, whether nothing lies between the choice and them, and the names changed on the way.
    let mut next = vec![(start, true, Vec::new())];
    while let Some((at, direct, mut changed)) = next.pop() {
        if !seen.insert(at) || firsts.ways.len() > WAYS_MAX {
            continue;
        }
        let Draft::Op(op) = &draft[at] else {
            if let Draft::Choose(choice) = &draft[at] {
                next.extend(choice.ways.iter().rev().map(|to| (*to, direct, changed.clone())));
            }
            continue;
        };
        match op {
            Op::Jump(to) => next.push((*to, direct, changed)),
            Op::Show { .. } | Op::Add { .. } | Op::Tell { .. } | Op::Begin { .. } | Op::Connect => {
                next.push((at + 1, false, changed));
            }
            Op::Let { slot, .. } | Op::Look { look: crate::model::LookInto { into: slot, .. }, .. } => {
                changed.push(*slot);
                next.push((at + 1, false, changed));
            }
            Op::Given(given) => match given.source {
                Source::Ask { .. } => firsts.ours = firsts.ours.or(Some(given.line)),
                Source::Code(_) => {
                    changed.push(given.slot);
                    next.push((at + 1, false, changed));
                }
            },
            Op::Unless { to, .. } => {
                next.push((*to, false, changed.clone()));
                next.push((at + 1, false, changed));
            }
            Op::Next { into, done, .. } => {
                next.push((*done, false, changed.clone()));
                match into {
                    Into::Slot(slot) => changed.push(*slot),
                    Into::Fields(fields) => changed.extend(fields.iter().map(|(_, slot)| slot)),
                }
                next.push((at + 1, false, changed));
            }
            Op::Send(send) => firsts.ours = firsts.ours.or(Some(send.line)),
            Op::Free(free) => firsts.ours = firsts.ours.or(Some(free.point.line)),
            Op::Pick(pick) => firsts.ours = firsts.ours.or(Some(pick.line)),
            Op::Framing(_) => firsts.ours = firsts.ours.or(Some(0)),
            Op::Secure { line } => firsts.ours = firsts.ours.or(Some(*line)),
            Op::End | Op::Stop | Op::Left => {
                firsts.close = firsts.close.or(Some(if direct { at } else { start }));
            }
            Op::Hear(point) => {
                firsts.may_leave |= point.may_leave;
                firsts.person |= point.person;
                firsts.leaves = firsts.leaves.or(point.leaves.filter(|_| direct));
                firsts.ways.extend(point.ways.iter().map(|way| look(way, start, direct, &changed)));
            }
        }
    }
    firsts
}

/// A message as it is seen from the choice: taken there if nothing lies between.
fn look(way: &Way, start: At, direct: bool, changed: &[Slot]) -> Way {
    if direct {
        return way.clone();
    }
    let stale = |bind: &Bind| match bind {
        Bind::Verify(code) => code.slots().any(|slot| changed.contains(&slot)),
        Bind::Capture(_) | Bind::Check(_) | Bind::Past => false,
    };
    let pattern = if way.pattern.holes.iter().any(|hole| stale(&hole.bind)) {
        Arc::new(read::forget(&way.pattern, |slot| !changed.contains(&slot)))
    } else {
        Arc::clone(&way.pattern)
    };
    Way { from: way.from, pattern, to: start, takes: false }
}

/// Tells where a role cannot find its way; `false` if it cannot here.
fn report(
    firsts: &Firsts,
    taken: &[Firsts],
    choice: &Choice,
    effort: &Effort,
    view: View,
    findings: &mut Findings<'_>,
) -> bool {
    let who = match view {
        View::Client => "the client",
        View::Server => "the server",
        View::Observer => "one who only listens",
    };
    let (cannot, hint) = match choice.over {
        Over::Branches => (
            format!("{who} does not know this condition and cannot tell the ways apart"),
            "let each way begin with a message of the other role, or let both know what is asked here",
        ),
        Over::Rounds => (
            format!("{who} does not know this list and cannot tell where it ends"),
            "let a message of the other role follow the list, or let both know the list",
        ),
    };
    let tell = |findings: &mut Findings<'_>, span: Span, message: String| match view {
        // Where a role cannot tell either, that is said already.
        View::Observer if findings.has_error_at(span) => {}
        View::Observer => findings.warn(span, message, hint),
        View::Client | View::Server => findings.error(span, message, hint),
    };
    if let Some(line) = firsts.ours {
        let why = if line == 0 { "a framing".to_owned() } else { format!("line {line}") };
        tell(findings, choice.span, format!("{cannot}: one way goes on with {why}"));
        return false;
    }
    let earlier: Vec<&Way> = taken.iter().flat_map(|firsts| &firsts.ways).collect();
    let nothing = firsts.ways.is_empty() && firsts.close.is_none();
    let closes_twice = firsts.close.is_some() && taken.iter().any(|firsts| firsts.close.is_some());
    let covered =
        |way: &Way| earlier.iter().any(|other| other.from == way.from && covers(effort, other, way));
    if nothing || (firsts.ways.iter().all(covered) && (firsts.close.is_none() || closes_twice)) {
        tell(findings, choice.span, format!("{cannot}: one of them can never be taken"));
        return false;
    }
    for way in &firsts.ways {
        let rival = earlier.iter().find(|other| other.from == way.from && overlaps(effort, other, way));
        if let (Some(rival), false) = (rival, view == View::Observer) {
            findings.warn(
                choice.span,
                format!("line {} can look like line {} to {who}", way.pattern.line, rival.pattern.line),
                "begin the two messages differently; what looks like the other is not sent",
            );
        }
    }
    true
}

/// Rows of `on` that never have their turn.
fn covered_rows(ways: &[Way], line: usize, effort: &Effort, view: View, findings: &mut Findings<'_>) {
    if view == View::Observer {
        return;
    }
    if ways.len() > WAYS_MAX {
        let span = Span { line, start: 0, end: 1 };
        findings.error(span, "too many messages can come here", "divide this choice");
        return;
    }
    for (index, way) in ways.iter().enumerate() {
        let cover = ways[..index].iter().find(|other| covers(effort, other, way));
        if let Some(cover) = cover {
            let text = findings.line(way.pattern.line);
            let start = text.len() - text.trim_start().len();
            let span = Span { line: way.pattern.line, start, end: text.trim_end().len() };
            findings.error(
                span,
                format!("this alternative can never fit: line {} takes all of it", cover.pattern.line),
                "put the narrower one first",
            );
        }
    }
}

/// Whether every message of `way` fits `other`, whatever the values are.
fn covers(effort: &Effort, other: &Way, way: &Way) -> bool {
    let depends = |pattern: &Pattern| {
        pattern.holes.iter().any(|hole| matches!(hole.bind, Bind::Verify(_) | Bind::Check(_)))
    };
    if effort.is_spent() || depends(&other.pattern) || other.pattern.sized || way.pattern.sized {
        return false;
    }
    match (&other.pattern.json, &way.pattern.json) {
        (None, None) => algebra::covers(effort, &read::by_type(&other.pattern), &read::by_type(&way.pattern)),
        (Some(big), Some(small)) => big.covers(small, &other.pattern, &way.pattern),
        (None, Some(_)) => true,
        (Some(_), None) => false,
    }
}

/// Whether some message can be both.
pub(super) fn overlaps(effort: &Effort, a: &Way, b: &Way) -> bool {
    if effort.is_spent() {
        return true;
    }
    match (&a.pattern.json, &b.pattern.json) {
        (None, None) => algebra::overlap(effort, &read::by_type(&a.pattern), &read::by_type(&b.pattern)),
        (Some(x), Some(y)) => x.overlaps(y, &a.pattern, &b.pattern),
        _ => true,
    }
}
