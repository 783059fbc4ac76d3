//! Cases for a client: we are its server, correct first, then cutting, slow, leaving, wrong.

mod datagrams;
mod wrong;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use convo::cases::{Cutting, Said, TrialKind, Walk, rehearse, trials};
use convo::{Link, Role};

use super::super::case::{Act, Family, Severity, Trick, Way};
use super::super::talk::{Ahead, Break, Manner};
use super::{Planning, secured};

/// Points at which an answer is cut.
const CUTS: usize = 8;
/// How long a slow server takes for each message.
const SLOW: Duration = Duration::from_millis(700);
/// How much is said to a client that ends no message, bytes.
pub(super) const ENDLESS_BYTES: usize = 100_000;
/// Values that are typed beside the ordinary ones: what every terminal takes.
const TYPED: [&str; 5] = ["accents", "one-letter", "long-1000", "negative", "wide"];

pub(super) fn plan(planning: &mut Planning<'_>, walks: &[Walk], told: &[(Arc<Way>, String)]) {
    for (way, about) in told {
        let about = about.replace("the server says", "we answer with");
        planning.serve(Service { name: format!("walk-{}", way.name), ..Service::new("walk", about, way) });
    }
    if let Some(way) = shorter(planning, walks) {
        let about = "a short text follows a longer one";
        planning.serve(Service { name: "walk-shorter".to_owned(), ..Service::new("walk", about, &way) });
    }
    typed(planning, walks);
    let ways = told.iter().map(|(way, _)| way);
    let answered = ways.clone().filter(|way| way.rehearsal.server_said().next().is_some());
    let Some(base) = answered.clone().find(|way| way.rehearsal.client_said().next().is_some()) else {
        return;
    };
    if planning.link == Link::Stream {
        cuts(planning, base);
        letter(planning, walks);
        glued(planning, answered.clone().max_by_key(|way| way.rehearsal.server_said().count()));
        leaves(planning, base);
        secured::plan_clients(planning, base);
    }
    let manner = Manner { slow: Some(SLOW), ..Manner::default() };
    planning.serve(Service { manner, ..Service::new("slow", "each answer takes its time", base) });
    wrong::plan(planning, base);
    if let Some(limit) = planning.convo.limit() {
        let trick = Trick::Busy(planning.convo.program(Role::Server).busy(&limit.busy));
        let about = "the server is busy: it says so and closes";
        planning.serve(Service { trick, ..Service::new("busy", about, base) });
    }
    if planning.link == Link::Datagram {
        datagrams::plan(planning, base, ways);
    }
}

/// How a client is served in one case.
pub(super) struct Service {
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) about: String,
    pub(super) severity: Severity,
    pub(super) way: Arc<Way>,
    pub(super) manner: Manner,
    pub(super) trick: Trick,
}

impl Service {
    /// Served as the convo says; the case is named like its kind.
    pub(super) fn new(kind: &'static str, about: impl Into<String>, way: &Arc<Way>) -> Self {
        Self {
            name: kind.to_owned(),
            kind,
            about: about.into(),
            severity: Severity::Must,
            way: Arc::clone(way),
            manner: Manner::default(),
            trick: Trick::None,
        }
    }
}

impl Planning<'_> {
    pub(super) fn serve(&mut self, service: Service) {
        let Service { name, kind, about, severity, way, manner, trick } = service;
        let act = Act::Client { way, manner: Box::new(manner), trick };
        self.add(Family::Clients, &name, kind, about, severity, act);
    }
}

/// A way on which a short text follows a longer one: what that left in a buffer is seen behind it.
fn shorter(planning: &Planning<'_>, walks: &[Walk]) -> Option<Arc<Way>> {
    let walks = walks.iter().filter(|walk| walk.rehearsal.is_sound());
    let mut answers = walks.max_by_key(|walk| walk.answers.client.len())?.answers.clone();
    let mut texts = answers.client.iter_mut().filter(|answer| answer.starts_with("hello world"));
    let _long = texts.next()?;
    "ab".clone_into(texts.next()?);
    let rehearsal = rehearse(planning.convo, planning.link, &answers, planning.seed);
    let way = Way { name: "shorter".to_owned(), answers, rehearsal };
    way.rehearsal.is_sound().then(|| Arc::new(way))
}

fn typed(planning: &mut Planning<'_>, walks: &[Walk]) {
    for trial in trials(planning.convo, planning.link, walks, planning.seed) {
        let TrialKind::Legal { answers, rehearsal } = trial.kind else { continue };
        if !TYPED.iter().any(|ending| trial.name.ends_with(ending)) {
            continue;
        }
        let name = format!("typed-{}", trial.name);
        let way = Arc::new(Way { name: trial.name, answers, rehearsal: *rehearsal });
        let chunk =
            way.rehearsal.said.iter().any(|said| said.cutting == Cutting::Chunk && said.text.len() > 1024);
        let severity = if chunk { Severity::Protocol } else { Severity::Must };
        planning.serve(Service { name, severity, ..Service::new("typed", trial.about, &way) });
    }
}

/// The server's writes on a way.
fn writes(way: &Way) -> Vec<(Vec<u8>, &Said)> {
    let said = way.rehearsal.server_said();
    said.flat_map(|said| said.writes.iter().map(move |bytes| (bytes.clone(), said))).collect()
}

fn severity(said: &Said) -> Severity {
    if said.cutting == Cutting::Chunk { Severity::Protocol } else { Severity::Must }
}

fn cuts(planning: &mut Planning<'_>, base: &Arc<Way>) {
    let all = writes(base);
    let Some((index, (bytes, said))) = all.iter().enumerate().max_by_key(|(_, (bytes, _))| bytes.len())
    else {
        return;
    };
    let (length, whole) = secured::length(bytes, said.cutting);
    if length < 2 {
        return;
    }
    let (line, severity) = (said.line, severity(said));
    let mut chance = fastrand::Rng::with_seed(planning.seed);
    let points: BTreeSet<usize> = if length <= CUTS {
        (1..length).collect()
    } else {
        (0..CUTS - 2).map(|_| chance.usize(1..length)).chain([1, length - 1]).collect()
    };
    for point in points {
        let about =
            format!("our message of line {line} comes in two segments, cut after byte {point} of {whole}");
        let manner = Manner { cuts: vec![(index, vec![point])], ..Manner::default() };
        let name = format!("line-{line}-cut-at-{point}");
        planning.serve(Service { name, severity, manner, ..Service::new("cut", about, base) });
    }
    let manner = Manner { cuts: vec![(index, (1..length.min(64)).collect())], ..Manner::default() };
    let about = format!("our message of line {line} comes byte by byte");
    let name = format!("line-{line}-byte-by-byte");
    planning.serve(Service { name, severity, manner, ..Service::new("bytes", about, base) });
}

/// An answer cut inside a letter of several bytes.
fn letter(planning: &mut Planning<'_>, walks: &[Walk]) {
    for trial in trials(planning.convo, planning.link, walks, planning.seed) {
        let TrialKind::Legal { answers, rehearsal } = trial.kind else { continue };
        if !trial.name.ends_with("accents") {
            continue;
        }
        let way = Arc::new(Way { name: trial.name, answers, rehearsal: *rehearsal });
        let found = writes(&way).iter().enumerate().find_map(|(index, (bytes, said))| {
            let point = bytes.iter().position(|byte| *byte & 0xc0 == 0x80)?;
            (said.cutting != Cutting::Secured).then(|| (index, point, said.line, severity(said)))
        });
        let Some((index, point, line, severity)) = found else { continue };
        let manner = Manner { cuts: vec![(index, vec![point])], ..Manner::default() };
        let about = format!("our message of line {line} is cut inside a letter of several bytes");
        let name = format!("line-{line}-cut-in-letter");
        planning.serve(Service { name, severity, manner, ..Service::new("letter", about, &way) });
        return;
    }
}

/// Several messages of ours in a row, in one segment.
fn glued(planning: &mut Planning<'_>, longest: Option<&Arc<Way>>) {
    let Some(way) = longest else { return };
    let mut run: Vec<Vec<u8>> = Vec::new();
    let (mut first, mut index, mut best) = (0, 0, (0, Vec::new()));
    let (mut chunk, mut secured) = (false, false);
    for said in &way.rehearsal.said {
        // What comes before keys are exchanged cannot come with what comes after.
        if said.from == Role::Client || (said.cutting == Cutting::Secured) != secured {
            run.clear();
        }
        secured = said.cutting == Cutting::Secured;
        if said.from == Role::Client {
            continue;
        }
        chunk |= said.cutting == Cutting::Chunk;
        if run.is_empty() {
            first = index;
        }
        run.extend(said.writes.iter().cloned());
        index += said.writes.len();
        if run.len() > best.1.len() {
            best = (first, run.clone());
        }
    }
    let (first, writes) = best;
    if writes.len() < 2 || chunk {
        return;
    }
    let about = format!("{} messages of ours come in one segment", writes.len());
    let ahead = Some(Ahead { first, writes, half: false });
    let manner = Manner { ahead, ..Manner::default() };
    planning.serve(Service { manner, ..Service::new("glued", about, way) });
}

fn leaves(planning: &mut Planning<'_>, base: &Arc<Way>) {
    let cutting = writes(base).first().map_or(Cutting::Sound, |(_, said)| said.cutting);
    let mut add = |name: &str, about: &str, how| {
        let manner = Manner { break_off: Some((0, how)), ..Manner::default() };
        let service = Service::new("leaves", about, base);
        planning.serve(Service { name: name.to_owned(), manner, trick: Trick::Leaves, ..service });
    };
    add("close-in-message", "we close in the middle of our first message", Break::Close);
    add("close-first", "we close instead of our first message", Break::Nothing);
    add("reset-in-message", "we reset in the middle of our first message", Break::Reset);
    add("garbage", "we say what is no message at all, and close", Break::Raw(secured::no_message(cutting)));
    let endless = Break::Raw(vec![b'A'; ENDLESS_BYTES]);
    add("endless", "we say much that ends no message, and close", endless);
}

/// What is no message of any convo.
pub(super) fn garbage() -> Vec<u8> {
    b"\x01\xff\xfe garbage \x80\n".to_vec()
}
