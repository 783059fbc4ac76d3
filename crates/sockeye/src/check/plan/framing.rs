//! Cases that cut and glue what is sent.

use std::collections::BTreeSet;
use std::sync::Arc;

use convo::Link;
use convo::cases::{Cutting, TrialKind, Walk, trials};

use super::super::case::{Family, Severity, Way};
use super::super::talk::{Ahead, Manner};
use super::{Planning, secured};

/// A message up to so long is cut at every point, bytes.
const EVERY_CUT_BYTES_MAX: usize = 24;
/// A longer one at so many.
const CUTS: usize = 10;
/// Messages of different lines that are cut.
const LINES_MAX: usize = 4;

/// One write of the client on a way.
struct Write {
    bytes: Vec<u8>,
    line: usize,
    cutting: Cutting,
}

pub(super) fn plan(planning: &mut Planning<'_>, ways: &[Arc<Way>], plain: &Arc<Way>, walks: &[Walk]) {
    if planning.link == Link::Datagram {
        return;
    }
    let mut lines = BTreeSet::new();
    let ordinary = std::iter::once(plain).chain(ways).filter(|way| !way.rehearsal.stops);
    for way in ordinary {
        for (index, write) in writes(way).iter().enumerate() {
            if lines.len() >= LINES_MAX || !lines.insert(write.line) {
                continue;
            }
            cuts(planning, way, index, write);
        }
    }
    letters(planning, walks);
    let longest = ways.iter().filter(|way| !way.rehearsal.stops).max_by_key(|way| writes(way).len());
    if let Some(way) = longest {
        glue(planning, way);
    }
}

fn writes(way: &Way) -> Vec<Write> {
    let said = way.rehearsal.client_said();
    said.flat_map(|said| {
        said.writes.iter().map(|bytes| Write { bytes: bytes.clone(), line: said.line, cutting: said.cutting })
    })
    .collect()
}

fn severity(cutting: Cutting) -> Severity {
    if cutting == Cutting::Chunk { Severity::Protocol } else { Severity::Must }
}

fn cuts(planning: &mut Planning<'_>, way: &Arc<Way>, index: usize, write: &Write) {
    let line = write.line;
    let (length, whole) = secured::length(&write.bytes, write.cutting);
    let severity = severity(write.cutting);
    if length < 2 {
        return;
    }
    let points: BTreeSet<usize> = if length <= EVERY_CUT_BYTES_MAX {
        (1..length).collect()
    } else {
        let mut chance = fastrand::Rng::with_seed(planning.seed ^ line as u64);
        let sample = (0..CUTS).map(|_| chance.usize(1..length));
        sample.chain([1, length - 1]).collect()
    };
    for point in points {
        let crlf = write.cutting == Cutting::LinesCrlf && point == length - 1;
        let newline = write.cutting == Cutting::Lines && point == length - 1;
        let (name, kind) = match (crlf, newline) {
            (true, _) => (format!("line-{line}-cut-in-crlf"), "cut-crlf"),
            (_, true) => (format!("line-{line}-cut-before-newline"), "cut"),
            _ => (format!("line-{line}-cut-at-{point}"), "cut"),
        };
        let about =
            format!("the message of line {line} comes in two segments, cut after byte {point} of {whole}");
        let manner = Manner { cuts: vec![(index, vec![point])], ..Manner::default() };
        planning.talk((Family::Framing, &name, kind), about, severity, way, manner);
    }
    let manner = Manner { cuts: vec![(index, (1..length.min(64)).collect())], ..Manner::default() };
    let about = format!("the message of line {line} comes byte by byte");
    planning.talk(
        (Family::Framing, &format!("line-{line}-byte-by-byte"), "bytes"),
        about,
        severity,
        way,
        manner,
    );
    if write.cutting == Cutting::Lines {
        let mut bytes = write.bytes.clone();
        bytes.insert(length - 1, b'\r');
        let manner = Manner { instead: vec![(index, bytes)], ..Manner::default() };
        let about = format!("the message of line {line} ends with carriage return and newline");
        planning.talk(
            (Family::Framing, &format!("line-{line}-crlf"), "crlf"),
            about,
            Severity::Should,
            way,
            manner,
        );
    }
}

/// A cut inside a letter of several bytes.
fn letters(planning: &mut Planning<'_>, walks: &[Walk]) {
    let trials = trials(planning.convo, planning.link, walks, planning.seed);
    for trial in trials {
        let TrialKind::Legal { answers, rehearsal } = trial.kind else { continue };
        if rehearsal.stops || !trial.name.ends_with("accents") {
            continue;
        }
        let way = Arc::new(Way { name: trial.name, answers, rehearsal: *rehearsal });
        let writes = writes(&way);
        let inside = |write: &Write| write.bytes.iter().position(|byte| *byte & 0xc0 == 0x80);
        let Some((index, point)) =
            writes.iter().enumerate().find_map(|(index, write)| Some((index, inside(write)?)))
        else {
            continue;
        };
        let write = &writes[index];
        if write.cutting == Cutting::Secured {
            continue;
        }
        let about = format!("the message of line {} is cut inside a letter of several bytes", write.line);
        let manner = Manner { cuts: vec![(index, vec![point])], ..Manner::default() };
        let name = format!("line-{}-cut-in-letter", write.line);
        planning.talk((Family::Framing, &name, "letter"), about, severity(write.cutting), &way, manner);
        return;
    }
}

fn glue(planning: &mut Planning<'_>, way: &Arc<Way>) {
    let all = writes(way);
    // What comes before keys are exchanged cannot come with what comes after.
    let first = all.iter().position(|write| write.cutting == Cutting::Secured).unwrap_or_default();
    let writes = &all[first..];
    if writes.len() < 2 {
        return;
    }
    let all_sound = writes.iter().all(|write| write.cutting != Cutting::Chunk);
    let severity = if all_sound { Severity::Must } else { Severity::Protocol };
    let mut add = |name: &str, kind, about: String, count: usize, half: bool| {
        let writes = writes[..count].iter().map(|write| write.bytes.clone()).collect();
        let manner = Manner { ahead: Some(Ahead { first, writes, half }), ..Manner::default() };
        planning.talk((Family::Framing, name, kind), about, severity, way, manner);
    };
    add("two-glued", "glued", "two messages come in one segment".to_owned(), 2, false);
    if writes.len() > 2 {
        let about = format!("{} messages come in one segment", writes.len());
        add("all-glued", "glued", about, writes.len(), false);
    }
    if secured::length(&writes[1].bytes, writes[1].cutting).0 > 1 {
        let about = "a message and half of the next come in one segment, then the rest".to_owned();
        add("glued-and-half", "half", about, 2, true);
    }
}
