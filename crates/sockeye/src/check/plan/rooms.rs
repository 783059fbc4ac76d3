//! Cases about rooms: what others hear of what a client tells there.

use std::collections::BTreeSet;
use std::sync::Arc;

use convo::cases::{Answers, Member, moves, rehearse, turns};
use convo::{Link, Role};

use super::super::case::{Act, Family, Severity, Way};
use super::Planning;

/// Clients that a case has at a time: one who is there, one who tells, one who comes later.
const CLIENTS: usize = 3;

/// Adds them, and says which lines of the server the others hear in them.
pub(super) fn plan(planning: &mut Planning<'_>, ways: &[Arc<Way>]) -> BTreeSet<usize> {
    let mut lines = BTreeSet::new();
    let convo = planning.convo;
    let server = convo.program(Role::Server);
    let few = server.asks() || convo.limit().is_some_and(|limit| limit.sessions < CLIENTS);
    if planning.link != Link::Stream || few || server.secures() {
        return lines;
    }
    let elsewhere = elsewhere(planning, ways);
    for way in ways.iter().chain(&elsewhere).filter(|way| !way.rehearsal.stops) {
        let [there, later] = ["b", "c"].map(|sign| of_another(planning, way, sign));
        let Some(mut member) = Member::enter(convo, &there.rehearsal) else { continue };
        let turns = turns(convo, &way.rehearsal, &member);
        if turns.iter().flat_map(|turn| &turn.told).all(|told| member.hear(told).is_empty()) {
            continue;
        }
        lines.extend(member.lines());
        let about = format!("somebody else in the room hears what is told: {}", way.name);
        let act = Act::Told { way: Arc::clone(way), there, later };
        let name = format!("heard-{}", way.name);
        planning.add(Family::Life, &name, "heard", about, Severity::Must, act);
    }
    lines
}

/// Ways on which a client goes to another room first, and says there what it says on another way.
fn elsewhere(planning: &Planning<'_>, ways: &[Arc<Way>]) -> Vec<Arc<Way>> {
    let (moving, staying): (Vec<_>, Vec<_>) =
        ways.iter().partition(|way| moves(planning.convo, &way.rehearsal));
    let pairs = moving.iter().flat_map(|moved| staying.iter().map(move |then| (moved, then)));
    let ways = pairs.filter_map(|(moved, then)| {
        let (_, before) = moved.answers.client.split_last()?;
        let says = then.answers.client.strip_prefix(before).filter(|says| says.len() == 1)?;
        let client = [&moved.answers.client[..], says].concat();
        let answers = Answers { client, server: Vec::new() };
        let rehearsal = rehearse(planning.convo, planning.link, &answers, planning.seed);
        let name = format!("{},{}", moved.name, then.name.rsplit(',').next()?);
        rehearsal.is_sound().then(|| Arc::new(Way { name, answers, rehearsal }))
    });
    ways.collect()
}

/// The same way of a client that says other texts.
fn of_another(planning: &Planning<'_>, way: &Way, sign: &str) -> Arc<Way> {
    let client = way.answers.client.iter().map(|answer| format!("{answer}{sign}")).collect();
    let answers = Answers { client, server: Vec::new() };
    let rehearsal = rehearse(planning.convo, planning.link, &answers, planning.seed);
    Arc::new(Way { name: way.name.clone(), answers, rehearsal })
}
