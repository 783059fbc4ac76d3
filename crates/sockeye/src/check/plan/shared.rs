//! A case in which one client reads what another one gave to be kept.

use std::sync::Arc;

use convo::cases::{Answers, rehearse, rehearse_after};
use convo::{Link, Role};

use super::super::case::{Act, Family, Severity, Way};
use super::Planning;
use super::kept::Kept;

pub(super) fn plan(planning: &mut Planning<'_>, kept: &[Kept]) {
    let (convo, link, seed) = (planning.convo, planning.link, planning.seed);
    // Over UDP the first client does not leave.
    let few = link == Link::Datagram && convo.limit().is_some_and(|limit| limit.sessions < 2);
    if few || convo.program(Role::Server).asks() {
        return;
    }
    let Some(twice) = kept.iter().find(|kept| kept.way.name == "read-twice") else { return };
    let [keep, read, ..] = &twice.way.answers.client[..] else { return };
    let answers = |client: &[String]| Answers { client: client.to_vec(), server: Vec::new() };
    let first = answers(std::slice::from_ref(keep));
    let second = answers(&[keep.replace("hello world", "zwei notes"), read.clone()]);
    let ways = [
        (first.clone(), rehearse(convo, link, &first, seed)),
        (second.clone(), rehearse_after(convo, link, &first, &second, seed)),
    ];
    let [first, second] = ways
        .map(|(answers, rehearsal)| Arc::new(Way { name: "kept-by-another".to_owned(), answers, rehearsal }));
    if !first.rehearsal.is_sound() || !second.rehearsal.is_sound() {
        return;
    }
    let about = "what one client gives to be kept is there for another one, and so is who gave it";
    let act = Act::Shared { first, second };
    planning.add(Family::Life, "kept-by-another", "shared", about.to_owned(), Severity::Must, act);
}
