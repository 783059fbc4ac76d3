//! What is kept: that it is, and comes back as it was given, in order and under its number.

mod shared;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;

use convo::cases::{Around, Hole, LATER, PEER, Rehearsal, Said, rehearse_around};
use convo::{Convo, Ending, Link};

use super::super::case::{Failure, Symptom, Way};
use super::super::stand::Stand;
use super::super::talk::{End, Manner, Talk};
use super::super::trace::Trace;
use super::{Ruling, fault};
pub(in super::super) use shared::shared;

/// What is wrong with what came back in a conversation that went well otherwise, if anything is.
pub(super) async fn comes_back(
    stand: &mut Stand<'_>,
    way: &Way,
    talk: &Talk,
    trace: &Trace,
) -> Option<Ruling> {
    // What was left to be kept by a program that was not started for this is not known.
    if !stand.is_ours() || !convo::cases::keeps(stand.convo) {
        return None;
    }
    let failure = amount(stand, way, talk, trace)
        .or_else(|| order(stand, way, talk, &[way], trace))
        .or_else(|| numbers(stand, way, talk, trace))
        .or_else(|| sender(stand, way, talk, &[(PEER, talk.ours)], trace))?;
    blames(stand, way, &[talk], failure).await
}

/// What is made of what came back otherwise in these conversations, the last of them on `way`. What could not be kept, and
/// was said to be so, need not come back.
async fn blames(stand: &mut Stand<'_>, way: &Way, talks: &[&Talk], failure: Failure) -> Option<Ruling> {
    let unkept = unkept(stand.convo, stand.link, way);
    if talks.iter().any(|talk| !talk.lines.is_disjoint(&unkept)) {
        return None;
    }
    if outlives(stand).await {
        let why = "the program keeps things over restarts: what earlier cases left cannot be told apart";
        return Some(Ruling::Skipped(why.to_owned()));
    }
    Some(Ruling::failed(failure))
}

/// Lines with which a server says on this way that it could not do what was asked: something could not be kept, or told.
pub(in super::super) fn unkept(convo: &Convo, link: Link, way: &Way) -> BTreeSet<usize> {
    let lines =
        |rehearsal: &Rehearsal| rehearsal.server_said().map(|said| said.line).collect::<BTreeSet<_>>();
    let vain = rehearse_around(convo, link, Around::NoRoom, &way.answers, 0);
    &lines(&vain) - &lines(&way.rehearsal)
}

/// Conversations of which one at least must go without a line.
pub(in super::super) async fn spared(stand: &mut Stand<'_>, ways: &[Arc<Way>], line: usize) -> Ruling {
    let mut said = None;
    for way in ways {
        if stand.is_ours() {
            stand.down().await;
        }
        let mut trace = Trace::new();
        let talk = stand.converse(way, &Manner::default(), &mut trace).await;
        if talk.lines.contains(&line) {
            said = Some(trace);
        } else if fault(stand, &talk, &trace).is_none() {
            return Ruling::Pass;
        }
    }
    let Some(trace) = said else {
        return Ruling::Skipped("the conversations in which something is asked for fail already".to_owned());
    };
    let what = "the server says each time that it could not do what it was asked for";
    Ruling::failed(stand.failure(Symptom::Refuses, line, what, &trace))
}

/// Whether a program that was just started has things of earlier runs.
async fn outlives(stand: &mut Stand<'_>) -> bool {
    let Some(plain) = stand.plain.clone() else { return false };
    stand.down().await;
    let talk = stand.converse(&plain, &Manner::default(), &mut Trace::new()).await;
    talk.heard.len() > plain.rehearsal.server_said().count()
}

/// Where what is kept decides how much is said, as much must come as a correct server says.
fn amount(stand: &Stand<'_>, way: &Way, talk: &Talk, trace: &Trace) -> Option<Failure> {
    if talk.end == End::Good(Ending::Idle) {
        return None;
    }
    let wanted: Vec<&Said> = way.rehearsal.server_said().collect();
    if talk.heard.len() == wanted.len() {
        return None;
    }
    let what = format!(
        "what was kept comes back otherwise: {} messages were expected, {} came",
        wanted.len(),
        talk.heard.len()
    );
    // Where it first comes otherwise.
    let heard = talk.heard.iter().map(Some).chain(std::iter::repeat(None));
    let other = wanted.iter().zip(heard).find(|(said, heard)| *heard != Some(&said.text));
    let line = other.map(|(said, _)| said).or(wanted.last()).map_or(0, |said| said.line);
    Some(stand.failure(Symptom::Amount, line, what, trace))
}

/// What was given to be kept on these ways comes back in the order in which it should.
fn order(stand: &Stand<'_>, way: &Way, talk: &Talk, given: &[&Way], trace: &Trace) -> Option<Failure> {
    let given: Vec<&[u8]> = given
        .iter()
        .flat_map(|way| way.rehearsal.client_said())
        .flat_map(|said| said.holes.iter().map(|hole| &said.text[hole.range.clone()]))
        .filter(|value| value.len() > 2)
        .collect();
    for (said, heard) in way.rehearsal.server_said().zip(&talk.heard) {
        let holds = |text: &[u8], value: &[u8]| memchr::memmem::find(text, value).is_some();
        let missing = given.iter().find(|value| holds(&said.text, value) && !holds(heard, value));
        if let Some(value) = missing {
            let value = crate::report::visible::in_log(value);
            let heard = crate::report::visible::in_log(heard);
            let what = format!(
                "what was kept comes back otherwise: \"{value}\" was expected here, \"{heard}\" came"
            );
            return Some(stand.failure(Symptom::Amount, said.line, what, trace));
        }
    }
    None
}

/// The numbers of what is kept begin at 1 and grow, and each has its own.
fn numbers(stand: &Stand<'_>, way: &Way, talk: &Talk, trace: &Trace) -> Option<Failure> {
    let later = rehearse_around(stand.convo, stand.link, Around::Later, &way.answers, stand.seed);
    let pairs = way.rehearsal.server_said().zip(later.server_said()).zip(&talk.heard);
    let mut came: BTreeMap<u64, u64> = BTreeMap::new();
    for ((said, later), heard) in pairs {
        for (hole, other) in said.holes.iter().zip(&later.holes) {
            let number = |text: &[u8]| std::str::from_utf8(text).ok()?.parse::<u64>().ok();
            let of = |text: &[u8], range: &std::ops::Range<usize>| number(text.get(range.clone())?);
            let Some(right) = of(&said.text, &hole.range) else { continue };
            if of(&later.text, &other.range) != Some(right + LATER) {
                continue;
            }
            let Some(given) = in_place(said, hole, heard).and_then(number) else { continue };
            let apart = came.range(..right).all(|(_, less)| *less < given);
            if !apart || *came.entry(right).or_insert(given) != given {
                let what = format!("number {given} came where number {right} of what was kept was expected");
                return Some(stand.failure(Symptom::Numbers, said.line, what, trace));
            }
        }
    }
    let first = *came.get(&1).filter(|first| **first != 1)?;
    let what = format!("what is kept first has number {first}, and numbers begin at 1");
    let mut failure = stand.failure(Symptom::Numbers, 0, what, trace);
    // They grow, as the convo needs it; where they begin is no part of its text.
    failure.mild = true;
    Some(failure)
}

/// Who gave something to be kept is who is said, each told by where they stand in a rehearsal.
fn sender(
    stand: &Stand<'_>,
    way: &Way,
    talk: &Talk,
    people: &[(&str, Option<SocketAddr>)],
    trace: &Trace,
) -> Option<Failure> {
    for (said, heard) in way.rehearsal.server_said().zip(&talk.heard) {
        for hole in &said.holes {
            let text = &said.text[hole.range.clone()];
            let person = people.iter().find(|(there, _)| text == there.as_bytes());
            let (Some(&(_, Some(ours))), Some(came)) = (person, in_place(said, hole, heard)) else {
                continue;
            };
            let came = String::from_utf8_lossy(came);
            let mapped = [format!("::ffff:{ours}"), format!("[::ffff:{}]:{}", ours.ip(), ours.port())];
            if came == ours.to_string() || mapped.iter().any(|right| *right == came) {
                continue;
            }
            let port = came.strip_prefix(&format!("{}:", ours.ip()));
            let what = match port {
                Some(port) => format!("the sender's port is {} here, the server says {port}", ours.port()),
                None => format!("the sender is {ours} here, the server says {came}"),
            };
            return Some(stand.failure(Symptom::Differs, said.line, what, trace));
        }
    }
    None
}

/// What came in the place of a hole, where all else is as it should be.
fn in_place<'h>(said: &Said, hole: &Hole, heard: &'h [u8]) -> Option<&'h [u8]> {
    let (before, after) = (&said.text[..hole.range.start], &said.text[hole.range.end..]);
    heard.strip_prefix(before)?.strip_suffix(after)
}
