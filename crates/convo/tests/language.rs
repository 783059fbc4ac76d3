//! The reference of the language, docs/language.md: every example in it, read and run.
//!
//! ```text
//! convo            a whole convo. Its findings are those that its comments name, `# example.convo:3:8: warning: …`
//! convo-error      the same, and it is wrong
//! transcript       what the convo above says, both roles against each other
//! transcript C     what its client does against a peer made of text, see it/play.rs (`S` its server)
//! finding          the first finding of the convo above, in full
//! wire             what both roles write in the transcript above, a line a write
//! ```
//!
//! No other block may stand there, and every convo has its transcript: what the page shows was run.

#![allow(dead_code, unused_imports, reason = "what it/ offers is used in full by the tests there")]

#[path = "it/kept.rs"]
mod kept;
#[path = "it/pair.rs"]
mod pair;
#[path = "it/play.rs"]
mod play;
#[path = "it/side.rs"]
mod side;
#[path = "it/watch.rs"]
mod watch;

use std::path::Path;

use convo::transcript::{Event, Transcript};
use convo::{Convo, Link, Role, Transport};

use kept::Kept;
use pair::{Cut, Typed};
use side::{Terms, Write};

/// What examples are called in findings.
const FILE: &str = "example.convo";

#[test]
fn every_example_of_the_language_page_is_true() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/language.md");
    let page = std::fs::read_to_string(path).expect("the page");
    let mut convo: Option<(usize, Option<Convo>)> = None;
    let mut writes: Option<Vec<String>> = None;
    let mut finding = String::new();
    let mut wrong = String::new();
    let mut unrun = None;
    for Block { line, kind, text } in blocks(&page) {
        let told = match kind {
            "convo" | "convo-error" => {
                if let Some(line) = unrun.replace(line).filter(|_| convo.is_some()) {
                    wrong.push_str(&format!("docs/language.md:{line}: this convo has no transcript\n"));
                }
                let (read, first, told) = read(text, kind == "convo-error");
                finding = first;
                unrun = unrun.filter(|_| read.is_some());
                convo = Some((line, read));
                told
            }
            "transcript" | "transcript C" | "transcript S" => {
                unrun = None;
                let Some((_, Some(convo))) = &convo else { panic!("{line}: no convo stands above this") };
                match kind {
                    "transcript C" => alone(convo, Role::Client, text),
                    "transcript S" => alone(convo, Role::Server, text),
                    _ => {
                        let (wire, told) = together(convo, text);
                        writes = Some(wire);
                        told
                    }
                }
            }
            "finding" => compare(&[text.trim_end().to_owned()], &[std::mem::take(&mut finding)]),
            "wire" => writes.take().and_then(|writes| compare(&wire_of(text), &writes)),
            other => panic!("docs/language.md:{line}: `{other}` is no kind of example"),
        };
        if let Some(told) = told {
            wrong.push_str(&format!("docs/language.md:{line}: {kind}\n{told}\n"));
        }
    }
    assert!(wrong.is_empty(), "- is missing, + came instead\n{wrong}");
    assert_eq!(unrun, None, "docs/language.md: this convo has no transcript");
}

/// A fenced block and where it begins.
struct Block<'a> {
    line: usize,
    kind: &'a str,
    text: &'a str,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let (mut at, mut open) = (0, None);
    for (index, line) in page.split_inclusive('\n').enumerate() {
        let start = at;
        at += line.len();
        let Some(kind) = line.trim_end().strip_prefix("```") else { continue };
        match open.take() {
            None => open = Some((index + 1, kind, at)),
            Some((line, kind, from)) => blocks.push(Block { line, kind, text: &page[from..start] }),
        }
    }
    assert!(open.is_none(), "a block of docs/language.md is not closed");
    blocks
}

/// Reads a convo. Beside it its first finding, and how its findings differ from those that its comments name.
fn read(text: &str, is_wrong: bool) -> (Option<Convo>, String, Option<String>) {
    let reading = Convo::read(FILE, text);
    let named = text.lines().filter_map(|line| line.strip_prefix("# "));
    let wanted: Vec<_> = named.filter(|line| line.starts_with(FILE)).map(str::to_owned).collect();
    let first_line = |finding: &convo::Finding| finding.to_string().lines().next().unwrap_or_default().to_owned();
    let came: Vec<_> = reading.findings.iter().map(first_line).collect();
    let told = compare(&wanted, &came);
    let verdict = (reading.convo.is_none() != is_wrong).then(|| "an error or none, as its block says".to_owned());
    let first = reading.findings.first().map(ToString::to_string).unwrap_or_default();
    (reading.convo, first, told.or(verdict))
}

/// Both roles against each other; what they wrote, and how it differs from the text.
fn together(convo: &Convo, text: &str) -> (Vec<String>, Option<String>) {
    let wanted = transcript(text);
    let run = pair::run(convo, &Typed::of(&wanted), &terms(convo), Cut::Writes, &mut Kept::default());
    let mut came = run.transcript;
    let ends = |event: &Event| matches!(event, Event::Closed(_) | Event::Left(_) | Event::Stopped(_));
    if !wanted.events.iter().any(ends) {
        came.events.retain(|event| !ends(event));
    }
    let told = wanted.difference(&came);
    (run.wire.into_iter().zip(["C", "S"]).flat_map(|(writes, role)| written(&writes, role)).collect(), told)
}

/// One role against a peer made of text.
fn alone(convo: &Convo, role: Role, text: &str) -> Option<String> {
    let played = std::panic::catch_unwind(|| play::play_on(convo, role, &terms(convo), text));
    let why = played.err()?;
    Some(why.downcast_ref::<String>().cloned().unwrap_or_else(|| "a panic without words".to_owned()))
}

fn terms(convo: &Convo) -> Terms {
    let datagrams = convo.listens().first().is_some_and(|listen| listen.transport == Transport::Udp);
    let link = if datagrams { Link::Datagram } else { Link::Stream };
    Terms { link, patience: convo.idle(), ..Terms::default() }
}

fn transcript(text: &str) -> Transcript {
    Transcript::parse(text).unwrap_or_else(|why| panic!("{why}"))
}

fn written(writes: &[Write], role: &str) -> Vec<String> {
    let line = |write: &Write| wire_of(&format!("{role} writes {}", hex(&write.bytes))).concat();
    writes.iter().map(line).collect()
}

/// Bytes so that they are read back as themselves.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect()
}

/// The lines of a `wire` block, in one spelling.
fn wire_of(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| {
            let (role, bytes) = line.split_once(" writes").expect("`C writes …`");
            transcript(&format!("{role}:{bytes}")).to_string().trim_end().replacen(':', " writes", 1)
        })
        .collect()
}

fn compare(wanted: &[String], came: &[String]) -> Option<String> {
    let lines = |mark: char, lines: &[String]| -> String {
        lines.iter().map(|line| format!("{mark} {line}\n")).collect()
    };
    (wanted != came).then(|| lines('-', wanted) + &lines('+', came))
}
