//! Cases about rooms: what others hear of what a client tells there.

use std::collections::BTreeSet;
use std::sync::Arc;

use convo::cases::{Answers, Member, rehearse, secures, tells};
use convo::{Link, Role};

use super::super::case::{Act, Family, Severity, Way};
use super::Planning;

/// Clients that a case has at a time: one who is there, one who tells, one who comes later.
const CLIENTS: usize = 3;

/// Adds them, and says which lines of the server the others hear in them.
pub(super) fn plan(planning: &mut Planning<'_>, ways: &[Arc<Way>]) -> BTreeSet<usize> {
    let mut lines = BTreeSet::new();
    let convo = planning.convo;
    let few =
        convo.program(Role::Server).asks() || convo.limit().is_some_and(|limit| limit.sessions < CLIENTS);
    if planning.link != Link::Stream || few || secures(convo).is_some() {
        return lines;
    }
    for way in ways.iter().filter(|way| !way.rehearsal.stops) {
        let [there, later] = ["b", "c"].map(|sign| of_another(planning, way, sign));
        let Some(mut member) = Member::enter(convo, &there.rehearsal) else { continue };
        if tells(convo, &way.rehearsal).iter().flatten().all(|told| member.hear(told).is_empty()) {
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

/// The same way of a client that says other texts.
fn of_another(planning: &Planning<'_>, way: &Way, sign: &str) -> Arc<Way> {
    let client = way.answers.client.iter().map(|answer| format!("{answer}{sign}")).collect();
    let answers = Answers { client, server: Vec::new() };
    let rehearsal = rehearse(planning.convo, planning.link, &answers, planning.seed);
    Arc::new(Way { name: way.name.clone(), answers, rehearsal })
}
