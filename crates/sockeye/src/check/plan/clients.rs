//! Cases for a client: we are its server, correct first, then cutting, slow, leaving, wrong.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use convo::cases::{Cutting, Reaction, Said, TrialKind, Walk, react, trials};
use convo::{Link, Role, ViolationKind};

use super::super::case::{Act, Family, Severity, Trick, Way};
use super::super::talk::{Break, Manner};
use super::Planning;

/// Points at which an answer is cut.
const CUTS: usize = 8;
/// Values that are typed beside the ordinary ones: what every terminal takes.
const TYPED: [&str; 5] = ["accents", "one-letter", "long-1000", "negative", "wide"];

pub(super) fn plan(planning: &mut Planning<'_>, walks: &[Walk], ways: &[Arc<Way>]) {
    for way in ways {
        let walk = walks.iter().find(|walk| walk.name == way.name);
        let about = walk.map_or("several are kept, then read", |walk| &walk.about);
        let about = about.replace("the server says", "we answer with");
        let name = format!("walk-{}", way.name);
        planning.client(&name, "walk", about, Severity::Must, way, Manner::default(), Trick::None);
    }
    typed(planning, walks);
    let answered = ways.iter().filter(|way| way.rehearsal.server_said().next().is_some());
    let Some(base) = answered.clone().find(|way| way.rehearsal.client_said().next().is_some()) else {
        return;
    };
    if planning.link == Link::Stream {
        cuts(planning, base);
        letter(planning, walks);
        glued(planning, answered.clone().max_by_key(|way| way.rehearsal.server_said().count()));
    }
    let slow = Manner { slow: Some(Duration::from_millis(700)), ..Manner::default() };
    planning.client(
        "slow",
        "slow",
        "each answer takes its time".to_owned(),
        Severity::Must,
        base,
        slow,
        Trick::None,
    );
    leaves(planning, base);
    wrong(planning, base);
    if let Some(limit) = planning.convo.limit() {
        let busy = planning.convo.program(Role::Server).busy(&limit.busy);
        let about = "the server is busy: it says so and closes".to_owned();
        let trick = Trick::Busy(busy);
        planning.client("busy", "busy", about, Severity::Must, base, Manner::default(), trick);
    }
    if planning.link == Link::Datagram {
        datagrams(planning, base);
    }
}

impl Planning<'_> {
    #[allow(clippy::too_many_arguments, reason = "a case has that many parts, and each is a word")]
    fn client(
        &mut self,
        name: &str,
        kind: &'static str,
        about: String,
        severity: Severity,
        way: &Arc<Way>,
        manner: Manner,
        trick: Trick,
    ) {
        let act = Act::Client { way: Arc::clone(way), manner: Box::new(manner), trick };
        self.add(Family::Clients, name, kind, about, severity, act);
    }
}

fn typed(planning: &mut Planning<'_>, walks: &[Walk]) {
    for trial in trials(planning.convo, planning.link, walks, planning.seed) {
        let TrialKind::Legal { answers, rehearsal } = trial.kind else { continue };
        if !TYPED.iter().any(|ending| trial.name.ends_with(ending)) {
            continue;
        }
        let way = Arc::new(Way { name: trial.name.clone(), answers, rehearsal: *rehearsal });
        let name = format!("typed-{}", trial.name);
        let chunk =
            way.rehearsal.said.iter().any(|said| said.cutting == Cutting::Chunk && said.text.len() > 1024);
        let severity = if chunk { Severity::Protocol } else { Severity::Must };
        planning.client(&name, "typed", trial.about, severity, &way, Manner::default(), Trick::None);
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
    if said.cutting == Cutting::Secured || bytes.len() < 2 {
        return;
    }
    let (line, length) = (said.line, bytes.len());
    let mut chance = fastrand::Rng::with_seed(planning.seed);
    let points: BTreeSet<usize> = if length <= CUTS {
        (1..length).collect()
    } else {
        (0..CUTS - 2).map(|_| chance.usize(1..length)).chain([1, length - 1]).collect()
    };
    for point in points {
        let about =
            format!("our message of line {line} comes in two segments, cut after byte {point} of {length}");
        let manner = Manner { cuts: vec![(index, vec![point])], ..Manner::default() };
        let name = format!("line-{line}-cut-at-{point}");
        planning.client(&name, "cut", about, severity(said), base, manner, Trick::None);
    }
    let manner = Manner { cuts: vec![(index, (1..length.min(64)).collect())], ..Manner::default() };
    let about = format!("our message of line {line} comes byte by byte");
    let name = format!("line-{line}-byte-by-byte");
    planning.client(&name, "bytes", about, severity(said), base, manner, Trick::None);
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
        planning.client(&name, "letter", about, severity, &way, manner, Trick::None);
        return;
    }
}

/// Several messages of ours in a row, in one segment.
fn glued(planning: &mut Planning<'_>, longest: Option<&Arc<Way>>) {
    let Some(way) = longest else { return };
    let mut run: Vec<u8> = Vec::new();
    let (mut first, mut index, mut best) = (0, 0, (0, 0, Vec::new()));
    let mut chunk = false;
    for said in &way.rehearsal.said {
        if said.from == Role::Client {
            run.clear();
            continue;
        }
        chunk |= matches!(said.cutting, Cutting::Chunk | Cutting::Secured);
        if run.is_empty() {
            first = index;
        }
        run.extend(said.wire());
        index += said.writes.len();
        if index - first > best.1 {
            best = (first, index - first, run.clone());
        }
    }
    if best.1 < 2 || chunk {
        return;
    }
    let ahead = Some(super::super::talk::Ahead { first: best.0, bytes: best.2 });
    let about = format!("{} messages of ours come in one segment", best.1);
    let manner = Manner { ahead, ..Manner::default() };
    planning.client("glued", "glued", about, Severity::Must, way, manner, Trick::None);
}

fn leaves(planning: &mut Planning<'_>, base: &Arc<Way>) {
    if planning.link == Link::Datagram
        || writes(base).iter().any(|(_, said)| said.cutting == Cutting::Secured)
    {
        return;
    }
    let mut add = |name: &str, about: &str, how| {
        let manner = Manner { break_off: Some((0, how)), ..Manner::default() };
        planning.client(name, "leaves", about.to_owned(), Severity::Must, base, manner, Trick::Leaves);
    };
    add("close-in-message", "we close in the middle of our first message", Break::Close);
    add("close-first", "we close instead of our first message", Break::Nothing);
    add("reset-in-message", "we reset in the middle of our first message", Break::Reset);
    let garbage = b"\x01\xff\xfe garbage \x80\n".to_vec();
    add("garbage", "we say what is no message at all, and close", Break::Strange(garbage));
}

/// A value that the client can verify is another one.
fn wrong(planning: &mut Planning<'_>, base: &Arc<Way>) {
    let said: Vec<&Said> = base.rehearsal.said.iter().collect();
    for (at, one) in said.iter().enumerate() {
        if one.from != Role::Server || one.cutting == Cutting::Secured || one.writes.len() > 1 {
            continue;
        }
        for (right, wrong, text) in others(one) {
            let mut heard: Vec<Vec<u8>> = said[..at]
                .iter()
                .filter(|said| said.from == Role::Server)
                .flat_map(|said| said.writes.iter().cloned())
                .collect();
            let bytes = one.framed(&text);
            heard.push(bytes.clone());
            let answers = &base.answers.client;
            let differs = matches!(
                react(planning.convo, Role::Client, planning.link, &heard, answers),
                Reaction::Refuses(violation) if violation.kind == ViolationKind::Differs
            );
            if !differs {
                continue;
            }
            let index = said[..at]
                .iter()
                .filter(|said| said.from == Role::Server)
                .map(|said| said.writes.len())
                .sum();
            let about = format!("we say {wrong} in line {}, where {right} is right", one.line);
            let manner = Manner { instead: Some((index, bytes)), ..Manner::default() };
            let name = format!("line-{}-wrong", one.line);
            let trick = Trick::Wrong { right, wrong };
            planning.client(&name, "wrong", about, Severity::Should, base, manner, trick);
            return;
        }
    }
}

/// A message with one of its values changed: the right value, the wrong one, the message.
fn others(said: &Said) -> Vec<(String, String, Vec<u8>)> {
    let mut all = Vec::new();
    let mut push = |range: std::ops::Range<usize>| {
        let Ok(right) = std::str::from_utf8(&said.text[range.clone()]) else { return };
        let Some(last) = right.chars().last() else { return };
        let other = match last {
            '0'..='8' => char::from(last as u8 + 1),
            '9' => '8',
            'x' => 'y',
            _ => 'x',
        };
        let wrong = format!("{}{other}", &right[..right.len() - last.len_utf8()]);
        let mut text = said.text.clone();
        text.splice(range, wrong.bytes());
        all.push((right.to_owned(), wrong, text));
    };
    for hole in &said.holes {
        push(hole.range.clone());
    }
    if said.json {
        let digits = |byte: &u8| byte.is_ascii_digit();
        let mut at = 0;
        while let Some(start) = said.text[at..].iter().position(digits).map(|found| at + found) {
            let end = start + said.text[start..].iter().take_while(|byte| digits(byte)).count();
            push(start..end);
            at = end;
        }
    }
    all
}

fn datagrams(planning: &mut Planning<'_>, base: &Arc<Way>) {
    let stranger = b"sockeye-stranger".to_vec();
    let about = "a datagram from somebody else comes before our answer".to_owned();
    let trick = Trick::Stranger(stranger);
    planning.client("stranger", "stranger", about, Severity::Must, base, Manner::default(), trick);
    let last = writes(base).len().saturating_sub(1);
    let manner = Manner { break_off: Some((last, Break::Nothing)), ..Manner::default() };
    let about = "our last datagram is lost".to_owned();
    planning.client("lost", "lost", about, Severity::Should, base, manner, Trick::Silent);
}
