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

#![allow(dead_code, reason = "what it/ offers is used in full by the tests there")]

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
    let mut stage = Stage::default();
    let mut untrue = String::new();
    let mut tell = |line, kind, told| untrue.push_str(&format!("docs/language.md:{line}: {kind}\n{told}\n"));
    for Block { line, kind, text } in blocks(&page) {
        if kind.starts_with("convo")
            && let Some(line) = stage.unrun.take()
        {
            tell(line, "convo", "it has no transcript".to_owned());
        }
        if let Some(told) = stage.show(line, kind, text) {
            tell(line, kind, told);
        }
    }
    assert!(untrue.is_empty(), "- is missing, + came instead\n{untrue}");
    assert_eq!(stage.unrun, None, "docs/language.md: the last convo has no transcript");
}

/// Where the examples play: what stands above the one at hand.
#[derive(Default)]
struct Stage {
    convo: Option<Convo>,
    /// Where that convo stands, until a transcript has run it.
    unrun: Option<usize>,
    /// Its first finding.
    finding: String,
    /// What both roles wrote in the last transcript.
    writes: Vec<String>,
}

impl Stage {
    /// Runs one example; what is told is how it is untrue.
    fn show(&mut self, line: usize, kind: &str, text: &str) -> Option<String> {
        match kind {
            "convo" | "convo-error" => {
                let told = self.read(text);
                self.unrun = self.convo.as_ref().map(|_| line);
                let verdict = (kind == "convo-error") == self.convo.is_some();
                told.or(verdict.then(|| "an error or none, as the block says".to_owned()))
            }
            "finding" => compare(&[text.trim_end().to_owned()], std::slice::from_ref(&self.finding)),
            "transcript" => self.together(text),
            "transcript C" => self.alone(Role::Client, text),
            "transcript S" => self.alone(Role::Server, text),
            "wire" => compare(&text.lines().map(wire).collect::<Vec<_>>(), &self.writes),
            _ => Some("this is no kind of example".to_owned()),
        }
    }

    /// Reads a convo; its comments name its findings.
    fn read(&mut self, text: &str) -> Option<String> {
        let reading = Convo::read(FILE, text);
        let named = text.lines().filter_map(|line| line.strip_prefix("# "));
        let wanted: Vec<_> = named.filter(|line| line.starts_with(FILE)).map(str::to_owned).collect();
        let findings: Vec<_> = reading.findings.iter().map(ToString::to_string).collect();
        let first_line = |finding: &String| finding.lines().next().unwrap_or_default().to_owned();
        let came: Vec<_> = findings.iter().map(first_line).collect();
        self.finding = findings.into_iter().next().unwrap_or_default();
        self.convo = reading.convo;
        compare(&wanted, &came)
    }

    /// Both roles against each other. How they end is compared where the text says it.
    fn together(&mut self, text: &str) -> Option<String> {
        self.unrun = None;
        let convo = self.convo.as_ref().expect("a convo above");
        let wanted = transcript(text);
        let run = pair::run(convo, &Typed::of(&wanted), &terms(convo), Cut::Writes, &mut Kept::default());
        let mut came = run.transcript;
        let ends = |event: &Event| matches!(event, Event::Closed(_) | Event::Left(_) | Event::Stopped(_));
        if !wanted.events.iter().any(ends) {
            came.events.retain(|event| !ends(event));
        }
        let written = |(writes, role): (Vec<Write>, &str)| {
            writes
                .into_iter()
                .map(|write| wire(&format!("{role} writes {}", hex(&write.bytes))))
                .collect::<Vec<_>>()
        };
        self.writes = run.wire.into_iter().zip(["C", "S"]).flat_map(written).collect();
        wanted.difference(&came)
    }

    /// One role against a peer made of text.
    fn alone(&mut self, role: Role, text: &str) -> Option<String> {
        self.unrun = None;
        let convo = self.convo.as_ref().expect("a convo above");
        let played = std::panic::catch_unwind(|| play::play_on(convo, role, &terms(convo), text));
        let why = played.err()?;
        Some(why.downcast_ref::<String>().cloned().unwrap_or_else(|| "it came to nothing".to_owned()))
    }
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

fn terms(convo: &Convo) -> Terms {
    let datagrams = convo.listens().first().is_some_and(|listen| listen.transport == Transport::Udp);
    let link = if datagrams { Link::Datagram } else { Link::Stream };
    Terms { link, patience: convo.idle(), ..Terms::default() }
}

fn transcript(text: &str) -> Transcript {
    Transcript::parse(text).unwrap_or_else(|why| panic!("{why}"))
}

/// Bytes so that they are read back as themselves.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect()
}

/// A line of a `wire` block, in one spelling.
fn wire(line: &str) -> String {
    let (role, bytes) = line.split_once(" writes").expect("`C writes …`");
    transcript(&format!("{role}:{bytes}")).to_string().trim_end().replacen(':', " writes", 1)
}

fn compare(wanted: &[String], came: &[String]) -> Option<String> {
    let lines = |mark: char, lines: &[String]| -> String {
        lines.iter().map(|line| format!("{mark} {line}\n")).collect()
    };
    (wanted != came).then(|| lines('-', wanted) + &lines('+', came))
}
