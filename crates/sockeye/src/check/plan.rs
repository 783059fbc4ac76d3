//! Which cases there are for a server: walks, framing, values, life cycle, datagrams.

mod clients;
mod framing;
mod kept;
mod life;
mod rooms;
mod secured;
mod shared;
mod values;

use std::collections::BTreeSet;
use std::sync::Arc;

use convo::cases::{Answers, Around, Untried, Walk, Walks, rehearse, secured_at, walks, walks_around};
use convo::{Convo, Link, Role};

use super::case::{Act, Case, Family, Life, Severity, Way};
use super::talk::Manner;

/// All cases of one convo against a server.
#[derive(Debug)]
pub(super) struct Plan {
    /// In the order in which they run.
    pub(super) cases: Vec<Case>,
    /// The way that every other case takes.
    pub(super) plain: Option<Arc<Way>>,
    /// A way on which much is said.
    pub(super) long: Option<Arc<Way>>,
    /// Lines that no case reaches: `S: line 12`.
    pub(super) untried: Vec<String>,
}

/// Derives the cases. The same seed gives the same cases.
pub(super) fn plan(convo: &Convo, name: &str, link: Link, seed: u64) -> Plan {
    let Walks { walks, untried } = walks(convo, link, seed);
    let mut walks: Vec<Walk> = walks.into_iter().filter(|walk| leaves_in_order(convo, walk)).collect();
    // What other cases vary should reach an answer to all that was said.
    walks.sort_by_key(|walk| walk.rehearsal.leaves_midway);
    let mut planning = Planning { convo, name, link, seed, cases: Vec::new() };
    let ways: Vec<Arc<Way>> = walks.iter().map(|walk| Arc::new(way(walk))).collect();
    for (walk, way) in walks.iter().zip(&ways) {
        let act = Act::Talk { way: Arc::clone(way), manner: Box::default() };
        let about = walk.about.clone();
        planning.add(Family::Walks, &walk.name, "walk", about, Severity::Must, act);
    }
    for (line, ways) in kept::refusals(&planning, &ways) {
        let about =
            format!("what is asked for is done at least once: not each answer is that of line {line}");
        let act = Act::Spared { ways, line };
        planning.add(Family::Walks, &format!("not-only-line-{line}"), "spared", about, Severity::Must, act);
    }
    let plain = plain(&ways);
    let kept = kept::ways(convo, link, &walks, seed);
    for kept in &kept {
        let act = Act::Talk { way: Arc::clone(&kept.way), manner: Box::default() };
        let kind = if kept.way.name == "keep-long" { "long" } else { "kept" };
        planning.add(kept.family, &kept.way.name, kind, kept.about.to_owned(), Severity::Must, act);
    }
    if let Some(way) = letters(convo, link, &walks, seed) {
        let act = Act::Talk { way: Arc::clone(&way), manner: Box::default() };
        let about = "the server's person types letters beyond ASCII".to_owned();
        planning.add(Family::Values, &way.name, "legal", about, Severity::Must, act);
    }
    let said = |way: &&Arc<Way>| way.rehearsal.client_said().count();
    let long = ways.iter().filter(|way| !way.rehearsal.stops).max_by_key(said).cloned();
    let long = kept.first().map(|kept| Arc::clone(&kept.way)).or(long);
    let mut heard = BTreeSet::new();
    if let Some(plain) = &plain {
        framing::plan(&mut planning, &ways, plain, &walks);
        values::plan(&mut planning, &walks);
        secured::plan(&mut planning, plain);
        life::plan(&mut planning, plain);
        heard = rooms::plan(&mut planning, &ways);
        shared::plan(&mut planning, &kept);
    }
    let untried: Vec<Untried> =
        untried.into_iter().filter(|one| one.role != Role::Server || !heard.contains(&one.line)).collect();
    let untried = not_said(&untried, ways.iter().chain(kept.iter().map(|kept| &kept.way)));
    Plan { cases: planning.cases, plain, long, untried }
}

/// Derives the cases against a client.
pub(super) fn plan_clients(convo: &Convo, name: &str, link: Link, seed: u64) -> Plan {
    let Walks { walks, untried } = walks_around(convo, link, Around::Another, seed);
    let walks: Vec<Walk> = walks.into_iter().filter(|walk| !walk.rehearsal.leaves_midway).collect();
    let mut planning = Planning { convo, name, link, seed, cases: Vec::new() };
    let ways: Vec<Arc<Way>> = walks.iter().map(|walk| Arc::new(way(walk))).collect();
    let answered = |way: &&Arc<Way>| way.rehearsal.server_said().next().is_some();
    let plain = ways.iter().find(answered).or(ways.first()).cloned();
    let walked = walks.iter().map(|walk| walk.about.clone());
    let mut told: Vec<(Arc<Way>, String)> = ways.iter().cloned().zip(walked).collect();
    told.extend(
        kept::ways(convo, link, &walks, seed).into_iter().map(|kept| (kept.way, kept.about.to_owned())),
    );
    let about = "the server's person types letters beyond ASCII".to_owned();
    told.extend(letters(convo, link, &walks, seed).map(|way| (way, about)));
    told.extend(kept::refusing(&planning, &ways));
    let untried = not_said(&untried, told.iter().map(|(way, _)| way));
    clients::plan(&mut planning, &walks, &told);
    Plan { cases: planning.cases, plain, long: None, untried }
}

/// The lines that are said on none of these ways: `S: of line 12`.
fn not_said<'a>(untried: &[Untried], ways: impl Iterator<Item = &'a Arc<Way>> + Clone) -> Vec<String> {
    let said = |one: &&Untried| {
        let all = ways.clone().flat_map(|way| &way.rehearsal.said);
        !all.into_iter().any(|said| said.from == one.role && said.line == one.line)
    };
    untried.iter().filter(said).map(|one| format!("{}: of line {}", one.role.letter(), one.line)).collect()
}

/// A way on which both persons type letters of several bytes, where the server's is asked at all.
fn letters(convo: &Convo, link: Link, walks: &[Walk], seed: u64) -> Option<Arc<Way>> {
    let walks = walks.iter().filter(|walk| !walk.answers.server.is_empty() && walk.rehearsal.is_sound());
    // What is left of a text that was read by halves is seen when the next comes.
    let walk = walks.max_by_key(|walk| walk.answers.server.len())?;
    let beyond = |answers: &[String]| -> Vec<String> {
        answers.iter().map(|answer| answer.replace("hello world", "žluťoučký kůň")).collect()
    };
    let answers = Answers { client: beyond(&walk.answers.client), server: beyond(&walk.answers.server) };
    let rehearsal = rehearse(convo, link, &answers, seed);
    let way = Way { name: "reply-accents".to_owned(), answers, rehearsal };
    way.rehearsal.is_sound().then(|| Arc::new(way))
}

/// Where the program's own person runs out of answers it would have to leave: nobody can type that.
fn leaves_in_order(convo: &Convo, walk: &Walk) -> bool {
    !convo.program(Role::Server).asks() || !walk.rehearsal.server_is_asked_on()
}

fn way(walk: &Walk) -> Way {
    Way { name: walk.name.clone(), answers: walk.answers.clone(), rehearsal: walk.rehearsal.clone() }
}

/// An ordinary way, on which something is said both ways and after which the server goes on.
fn plain(ways: &[Arc<Way>]) -> Option<Arc<Way>> {
    let answered = |way: &&Arc<Way>| {
        !way.rehearsal.stops
            && way.rehearsal.client_said().next().is_some()
            && way.rehearsal.server_said().next().is_some()
    };
    let first = ways.iter().find(answered).or_else(|| ways.iter().find(|way| !way.rehearsal.stops));
    first.or(ways.first()).cloned()
}

struct Planning<'a> {
    convo: &'a Convo,
    name: &'a str,
    link: Link,
    seed: u64,
    cases: Vec<Case>,
}

impl Planning<'_> {
    fn add(
        &mut self,
        family: Family,
        name: &str,
        kind: &'static str,
        about: String,
        severity: Severity,
        act: Act,
    ) {
        let line = self.line(&act);
        let mut id = format!("{}/{}/{name}", self.name, family.name());
        if self.cases.iter().any(|case| case.id == id) {
            let same = self.cases.iter().filter(|case| case.family == family && case.name == name).count();
            id = format!("{id}~{}", same + 1);
        }
        let number = self.cases.len();
        let name = name.to_owned();
        self.cases.push(Case { number, id, name, family, kind, about, severity, line, act });
    }

    /// The convo's line that an act is about.
    fn line(&self, act: &Act) -> usize {
        let secure = || secured_at(self.convo).unwrap_or_default();
        match act {
            Act::Talk { manner, .. } | Act::Strange { manner, .. } | Act::Client { manner, .. }
                if manner.key.is_some() =>
            {
                secure()
            }
            Act::Talk { way, .. } | Act::Strange { way, .. } | Act::Told { way, .. } => {
                way.rehearsal.client_said().last().map_or(0, |said| said.line)
            }
            Act::Shared { second, .. } => second.rehearsal.client_said().last().map_or(0, |said| said.line),
            Act::Client { way, .. } => way.rehearsal.server_said().last().map_or(0, |said| said.line),
            Act::Spared { line, .. } => *line,
            Act::Life(Life::CloseInKey | Life::ResetInKey) => secure(),
            Act::Life(_) => 0,
        }
    }

    /// A conversation whose messages are written in a manner of their own.
    fn talk(
        &mut self,
        names: (Family, &str, &'static str),
        about: String,
        severity: Severity,
        way: &Arc<Way>,
        manner: Manner,
    ) {
        let act = Act::Talk { way: Arc::clone(way), manner: Box::new(manner) };
        self.add(names.0, names.1, names.2, about, severity, act);
    }
}
