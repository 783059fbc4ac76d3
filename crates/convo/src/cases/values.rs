//! Values at their borders, values spelled otherwise, and values that fit nothing: what is tried with each message.

use std::collections::BTreeSet;

use crate::session::Link;
use crate::syntax::tree::Framing;
use crate::{Convo, Role};

use super::react::{Reaction, react};
use super::rehearse::{Answers, BLOCK_BYTES_MAX, HoleKind, Rehearsal, Said, rehearse};
use super::search::Walk;
use super::{Cutting, json};

mod near;

/// One message with something in it that is seldom tried.
#[derive(Debug, Clone)]
pub struct Trial {
    /// Its name: `number-negative`.
    pub name: String,
    /// What is tried, one sentence without a full stop.
    pub about: String,
    /// What is done and what a correct program does then.
    pub kind: TrialKind,
    /// The walk whose message it is.
    pub walk: String,
    /// The convo's line of the message.
    pub line: usize,
    /// Beyond what every platform carries: integers of more than 64 bits, messages of more than 1,024 bytes.
    pub extreme: Extreme,
}

/// Whether a trial goes beyond what every program can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extreme {
    /// Every program has to manage.
    No,
    /// Many do not, by the limits of their platform.
    Platform,
    /// More than 1,024 bytes.
    Long,
}

/// Kinds of [`Trial`].
#[derive(Debug, Clone)]
pub enum TrialKind {
    /// The convo allows it: with these answers the whole conversation must go well.
    Legal {
        /// What the persons answer.
        answers: Answers,
        /// What correct programs then say.
        rehearsal: Box<Rehearsal>,
    },
    /// As [`TrialKind::Legal`], with a word that resembles one that the convo knows, and is another one.
    Near {
        /// What the persons answer.
        answers: Answers,
        /// What correct programs then say.
        rehearsal: Box<Rehearsal>,
        /// Where the convo knows the word.
        known: Known,
    },
    /// The same value in another spelling that its type takes: the conversation goes on as if it were the plain one.
    Spelled {
        /// The how-manieth message of the client, from 0.
        message: usize,
        /// What is sent instead of it, framing included.
        bytes: Vec<u8>,
    },
    /// No correct client sends this.
    Strange {
        /// The how-manieth message of the client, from 0.
        message: usize,
        /// What is sent instead of it, framing included.
        bytes: Vec<u8>,
        /// What a correct server does then.
        reaction: Reaction,
    },
}

/// Where a convo knows a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// A condition compares a value with it.
    Value,
    /// It is a whole message. Many take what resembles it for the same, out of kindness.
    Message,
}

/// What is tried with the messages that `role` says on these walks, each line of the convo once.
pub fn trials(convo: &Convo, link: Link, walks: &[Walk], seed: u64) -> Vec<Trial> {
    let mut trying = Trying { convo, link, seed, seen: BTreeSet::new(), all: Vec::new() };
    for walk in walks {
        trying.walk(walk);
    }
    trying.near(walks);
    trying.all
}

struct Trying<'a> {
    convo: &'a Convo,
    link: Link,
    seed: u64,
    seen: BTreeSet<(usize, Vec<u8>)>,
    all: Vec<Trial>,
}

/// Bytes that stand in for a value.
struct Instead {
    name: &'static str,
    about: &'static str,
    bytes: Vec<u8>,
    /// The value is the same as before.
    same: bool,
    extreme: Extreme,
}

impl Trying<'_> {
    fn walk(&mut self, walk: &Walk) {
        let said: Vec<&Said> = walk.rehearsal.client_said().collect();
        for (message, said) in said.iter().enumerate() {
            if !self.seen.insert((said.line, shape(said))) {
                continue;
            }
            if said.json {
                for changed in json::changes(&said.text) {
                    self.strange(
                        walk,
                        (message, said),
                        changed.name,
                        changed.about,
                        &changed.text,
                        Extreme::No,
                    );
                }
            }
            let sized = said.holes.iter().any(|hole| hole.kind == HoleKind::Sized);
            if said.json || sized {
                self.answered_values(walk, said);
            }
            for (index, hole) in said.holes.iter().enumerate() {
                for instead in instead(hole.kind, &said.text[hole.range.clone()], said) {
                    self.hole(walk, message, said, index, instead);
                }
            }
            self.whole(walk, message, said);
        }
    }

    /// A value in a hole.
    fn hole(&mut self, walk: &Walk, message: usize, said: &Said, index: usize, instead: Instead) {
        let hole = &said.holes[index];
        let name = format!("{}-{}", plain(&hole.text), instead.name);
        let about = format!("{} {}", hole.text, instead.about);
        let mut text = said.text.clone();
        text.splice(hole.range.clone(), instead.bytes.iter().copied());
        let kind = if instead.same {
            Some(TrialKind::Spelled { message, bytes: said.framed(&text) })
        } else {
            self.legal(walk, said, hole.range.clone(), &instead.bytes, &text)
        };
        match kind {
            Some(kind) => self.add(walk, said.line, name, about, kind, instead.extreme),
            None => self.strange(walk, (message, said), name, about, &text, instead.extreme),
        }
    }

    fn add(
        &mut self,
        walk: &Walk,
        line: usize,
        name: String,
        about: String,
        kind: TrialKind,
        extreme: Extreme,
    ) {
        self.all.push(Trial { name, about, kind, walk: walk.name.clone(), line, extreme });
    }

    /// The conversation in which the client's person answers so, if there is one.
    fn legal(
        &self,
        walk: &Walk,
        said: &Said,
        range: std::ops::Range<usize>,
        value: &[u8],
        text: &[u8],
    ) -> Option<TrialKind> {
        let plain = &said.text[range];
        let before = &walk.answers.client[..said.answers];
        // The answer that this hole was filled with, or the whole line.
        let index =
            before.iter().rposition(|answer| answer.as_bytes() == plain || answer.as_bytes() == said.text)?;
        let whole = before[index].as_bytes() == said.text && plain != said.text;
        let value = std::str::from_utf8(if whole { text } else { value }).ok()?;
        let mut answers = walk.answers.clone();
        value.clone_into(&mut answers.client[index]);
        // Other values may lead elsewhere: what was answered after it is left out where it fits no more.
        for length in [answers.client.len(), index + 1] {
            answers.client.truncate(length);
            let rehearsal = rehearse(self.convo, self.link, &answers, self.seed);
            if rehearsal.is_sound() && rehearsal.client_said().any(|said| said.text == *text) {
                return Some(TrialKind::Legal { answers, rehearsal: Box::new(rehearsal) });
            }
        }
        None
    }

    /// A message that may fit nothing.
    fn strange(
        &mut self,
        walk: &Walk,
        (message, said): (usize, &Said),
        name: String,
        about: String,
        text: &[u8],
        extreme: Extreme,
    ) {
        let bytes = said.framed(text);
        let block = said.cutting == Cutting::Secured;
        // Nothing cannot be written, and no block holds more.
        if bytes.is_empty() && self.link == Link::Stream && !block || block && bytes.len() > BLOCK_BYTES_MAX {
            return;
        }
        // Behind a JSON value anything may stand: it belongs to the next message.
        let behind = said.json && text.starts_with(&said.text);
        let reaction = if behind { Reaction::Waits } else { self.reaction(walk, message, &bytes) };
        let kind = TrialKind::Strange { message, bytes, reaction };
        self.add(walk, said.line, name, about, kind, extreme);
    }

    fn reaction(&self, walk: &Walk, message: usize, bytes: &[u8]) -> Reaction {
        let before = walk.rehearsal.client_said().take(message).flat_map(|said| said.writes.iter().cloned());
        let mut heard: Vec<Vec<u8>> = before.collect();
        heard.push(bytes.to_vec());
        // Under `chunk` a message is what comes at once: a beginning that fits is no answer to the whole.
        let chunks = walk.rehearsal.said.iter().all(|said| said.framing == Some(Framing::Chunk));
        let link = if chunks { Link::Datagram } else { self.link };
        react(self.convo, Role::Server, link, &heard, &walk.answers.server)
    }

    /// Values of messages whose holes cannot be filled otherwise by themselves: what the person was asked is answered otherwise.
    fn answered_values(&mut self, walk: &Walk, said: &Said) {
        for index in 0..said.answers {
            let plain = walk.answers.client[index].clone();
            let kind = if plain.parse::<i64>().is_ok() { HoleKind::Int } else { HoleKind::Text };
            for instead in instead(kind, plain.as_bytes(), said) {
                let Ok(value) = String::from_utf8(instead.bytes) else { continue };
                if instead.same {
                    continue;
                }
                let mut answers = walk.answers.clone();
                answers.client[index] = value;
                let rehearsal = rehearse(self.convo, self.link, &answers, self.seed);
                if !rehearsal.is_sound() {
                    continue;
                }
                let kind = TrialKind::Legal { answers, rehearsal: Box::new(rehearsal) };
                let name = format!("answer-{}-{}", index + 1, instead.name);
                let about = format!("answer {} {}", index + 1, instead.about);
                self.add(walk, said.line, name, about, kind, instead.extreme);
            }
        }
    }

    /// What is tried with a message whatever holes it has.
    fn whole(&mut self, walk: &Walk, message: usize, said: &Said) {
        let line = said.line;
        if let Some(text) = other_case(self.convo, said) {
            let kind = TrialKind::Spelled { message, bytes: said.framed(&text) };
            let about = "the message's own letters come in the other case".to_owned();
            let name = format!("line-{line}-case");
            self.add(walk, line, name, about, kind, Extreme::No);
        }
        let mut nul = said.text.clone();
        nul.push(0);
        let mut bytes = said.text.clone();
        bytes.extend_from_slice(b"\xff\xfe\xc3");
        let strange: [(&str, &str, Vec<u8>); 5] = [
            ("garbage", "bytes that are no message at all", b"\x01\x02\xfe\xff garbage \x7f".to_vec()),
            ("unknown", "a message of a kind that the convo does not know", b"XYZZY 1 2 3".to_vec()),
            ("empty", "an empty message", Vec::new()),
            ("nul", "a zero byte after the message", nul),
            ("not-utf8", "bytes after the message that are not UTF-8", bytes),
        ];
        for (name, about, text) in strange {
            let name = format!("line-{line}-{name}");
            self.strange(walk, (message, said), name, about.to_owned(), &text, Extreme::No);
        }
    }
}

fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect()
}

/// What is tried instead of a value.
fn instead(kind: HoleKind, plain: &[u8], said: &Said) -> Vec<Instead> {
    let new = |name, about, bytes: &[u8]| Instead {
        name,
        about,
        bytes: bytes.to_vec(),
        same: false,
        extreme: Extreme::No,
    };
    let mut all = vec![
        new("empty", "is empty", b""),
        new("nul", "holds a zero byte", b"a\0b"),
        new("not-utf8", "is not UTF-8", b"\xff\xfe\x80"),
    ];
    if kind == HoleKind::Sized {
        return Vec::new();
    }
    let numeric = !plain.is_empty() && plain.iter().all(|byte| byte.is_ascii_digit());
    if kind == HoleKind::Int || numeric {
        all.extend(integers(kind, plain));
    }
    if kind != HoleKind::Int {
        all.extend(texts(kind, said));
    }
    all
}

fn integers(kind: HoleKind, plain: &[u8]) -> Vec<Instead> {
    let new = |name, about, bytes: &[u8], extreme| Instead {
        name,
        about,
        bytes: bytes.to_vec(),
        same: false,
        extreme,
    };
    let no = Extreme::No;
    let mut all = vec![
        new("negative", "is negative", b"-7", no),
        new("zero", "is zero", b"0", no),
        new("wide", "needs more than 32 bits", b"3000000000", no),
        new("exact", "is more than a double holds exactly", b"9007199254740993", no),
        new("digits-40", "has 40 digits", &[b'7'; 40], Extreme::Platform),
        new("wraps-32", "is more than 32 bits hold, and looks ordinary in these", &wrapped(plain, 32), no),
        new(
            "wraps-64",
            "is more than 64 bits hold, and looks ordinary in these",
            &wrapped(plain, 64),
            Extreme::Platform,
        ),
        new("fraction", "has a fraction", b"1.5", no),
        new("exponent", "has an exponent", b"1e3", no),
        new("hex", "is written in base 16", b"0x10", no),
        new("word", "is a word", b"seven", no),
        new("escape", "is an escape sequence", b"\\n\\x41%s%n", no),
    ];
    if kind == HoleKind::Int {
        let same = |name, about, bytes: Vec<u8>| Instead { name, about, bytes, same: true, extreme: no };
        all.push(same("zeros", "has leading zeros", [b"00", plain].concat()));
        all.push(same("plus", "has a plus sign", [b"+", plain].concat()));
        all.push(same("spaces", "has a blank before it", [b" ", plain].concat()));
    }
    all
}

/// What a message has around its holes, and their names: what tells the rows of a choice apart.
fn shape(said: &Said) -> Vec<u8> {
    if said.json {
        return Vec::new();
    }
    let mut text = said.text.clone();
    for hole in said.holes.iter().rev() {
        text.splice(hole.range.clone(), hole.text.bytes());
    }
    text
}

/// An integer and as much more as so many bits can tell apart.
fn wrapped(plain: &[u8], bits: u32) -> Vec<u8> {
    let plain = std::str::from_utf8(plain).ok().and_then(|text| text.parse::<i64>().ok());
    ((1_i128 << bits) + i128::from(plain.unwrap_or_default())).to_string().into_bytes()
}

fn texts(kind: HoleKind, said: &Said) -> Vec<Instead> {
    let new = |name, about, bytes: Vec<u8>, extreme| Instead { name, about, bytes, same: false, extreme };
    let mut all = vec![
        new("one-letter", "is one letter", b"x".to_vec(), Extreme::No),
        new("accents", "has letters beyond ASCII", "žluťoučký-kůň-🐟".into(), Extreme::No),
        new("escape", "holds escape sequences", b"\\n\\x41\\0%s%n".to_vec(), Extreme::No),
        new("long-1000", "has 1,000 characters", vec![b'a'; 1_000], Extreme::No),
        new("long-5000", "has 5,000 characters", vec![b'b'; 5_000], Extreme::Long),
    ];
    if kind == HoleKind::Text {
        all.push(new("words", "is two words", b"two words".to_vec(), Extreme::No));
        all.push(new("blanks", "has white space at both ends", b"  two  blanks  ".to_vec(), Extreme::No));
        // What some take for the end of a line: tabulators, separators, the line ends of Unicode.
        let ends = "a\u{b}b\u{c}c\u{1c}d\u{85}e\u{2028}f".as_bytes().to_vec();
        all.push(new("other-line-ends", "holds characters that end a line elsewhere", ends, Extreme::No));
        if said.cutting != Cutting::Chunk {
            // Readers of lines in many languages end one there; a correct one does not.
            let alone = b"one\rtwo".to_vec();
            all.push(new("carriage-return", "holds a carriage return", alone, Extreme::Platform));
        }
        all.push(new("newline", "holds a newline", b"one\ntwo".to_vec(), Extreme::No));
        if let Some(separator) = separator(said) {
            let value = [b"a".as_slice(), &separator, b"b"].concat();
            all.push(new("separator", "holds what separates the parts of its message", value, Extreme::No));
        }
        if said.cutting != Cutting::Chunk {
            all.push(new("long-60000", "has 60,000 characters", vec![b'c'; 60_000], Extreme::Long));
        }
    }
    all
}

/// The message with its own letters in the other case, where the convo ignores that and it has any.
fn other_case(convo: &Convo, said: &Said) -> Option<Vec<u8>> {
    if !convo.ignores_case() || said.json {
        return None;
    }
    let mut text = said.text.clone();
    for (at, byte) in text.iter_mut().enumerate() {
        if said.holes.iter().any(|hole| hole.range.contains(&at)) {
            continue;
        }
        *byte = if byte.is_ascii_lowercase() { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() };
    }
    (text != said.text).then_some(text)
}

/// What stands between two holes of the message.
fn separator(said: &Said) -> Option<Vec<u8>> {
    let pair = said.holes.windows(2).next()?;
    let between = said.text.get(pair[0].range.end..pair[1].range.start)?;
    (!between.is_empty()).then(|| between.to_vec())
}
