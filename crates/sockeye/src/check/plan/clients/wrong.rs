//! Cases in which we say a value that a client can verify, and it is another one.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use convo::cases::{Reaction, Said, react};
use convo::{Role, ViolationKind};

use super::super::super::case::{Severity, Trick, Way};
use super::super::super::talk::Manner;
use super::{Planning, Service};

/// One case for each line of the server in which something can be verified.
pub(super) fn plan(planning: &mut Planning<'_>, base: &Arc<Way>) {
    let said = &base.rehearsal.said;
    let mut lines = BTreeSet::new();
    for (at, one) in said.iter().enumerate() {
        if one.from != Role::Server || one.writes.len() > 1 {
            continue;
        }
        if !lines.contains(&one.line)
            && let Some(other) = others(one).into_iter().find(|other| is_noticed(planning, base, at, other))
        {
            lines.insert(one.line);
            let manner =
                Manner { instead: vec![(heard(&said[..at]).len(), other.bytes)], ..Manner::default() };
            let about =
                format!("we say {} in line {}, where {} is right", other.wrong, one.line, other.right);
            planning.serve(Service {
                name: format!("line-{}-wrong", one.line),
                severity: Severity::Should,
                manner,
                trick: Trick::Wrong { right: other.right, wrong: other.wrong },
                ..Service::new("wrong", about, base)
            });
        }
    }
}

/// What the client hears of these messages, a write an item.
fn heard(said: &[Said]) -> Vec<Vec<u8>> {
    said.iter()
        .filter(|said| said.from == Role::Server)
        .flat_map(|said| said.writes.iter().cloned())
        .collect()
}

/// Whether a client that looks finds the value wrong.
fn is_noticed(planning: &Planning<'_>, base: &Way, at: usize, other: &Other) -> bool {
    let mut heard = heard(&base.rehearsal.said[..at]);
    heard.push(other.bytes.clone());
    let reaction = react(planning.convo, Role::Client, planning.link, &heard, &base.answers.client);
    matches!(reaction, Reaction::Refuses(violation) if violation.kind == ViolationKind::Differs)
}

/// A message with one of its values changed.
struct Other {
    right: String,
    wrong: String,
    bytes: Vec<u8>,
}

/// A message, each time with another one of its values changed.
fn others(said: &Said) -> Vec<Other> {
    let mut places: Vec<Range<usize>> = said.holes.iter().map(|hole| hole.range.clone()).collect();
    if said.json {
        let is_digit = |byte: &u8| byte.is_ascii_digit();
        let mut at = 0;
        while let Some(start) = said.text[at..].iter().position(is_digit).map(|found| at + found) {
            at = start + said.text[start..].iter().take_while(|byte| is_digit(byte)).count();
            places.push(start..at);
        }
    }
    places.into_iter().filter_map(|place| other(said, place)).collect()
}

fn other(said: &Said, place: Range<usize>) -> Option<Other> {
    let right = std::str::from_utf8(&said.text[place.clone()]).ok()?.to_owned();
    let last = right.chars().last()?;
    let another = match last {
        '0'..='8' => char::from(last as u8 + 1),
        '9' => '8',
        'x' => 'y',
        _ => 'x',
    };
    let wrong = format!("{}{another}", &right[..right.len() - last.len_utf8()]);
    let mut text = said.text.clone();
    text.splice(place, wrong.bytes());
    Some(Other { right, wrong, bytes: said.framed(&text) })
}
