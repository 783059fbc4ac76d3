//! One role against a peer made of text.
//!
//! ```text
//! framing counted        the peer frames what it says so, from here on (line, until said otherwise)
//! C: hello               one side says it: the peer in one write, the session when it is polled
//! C writes 5he           the peer writes these bytes as they stand
//! C closes               the peer ends, or the session did
//! C resets               the peer's connection is gone
//! waits 200ms            time passes
//! the disk is full       from here on nothing more is kept
//! ```
//!
//! Everything else is a transcript's line. What the session does must come out exactly so, where it stands.

use std::time::Duration;

use convo::transcript::{Event, Transcript};
use convo::{Convo, Input, Link, Role};

use crate::kept::Kept;
use crate::pair::Typed;
use crate::side::{Side, Terms};

/// Plays `role` of a convo against a text with a patient session over a stream.
pub(crate) fn play(convo: &Convo, role: Role, text: &str) -> Side {
    play_on(convo, role, &Terms::default(), text)
}

/// As [`play`], on other terms.
pub(crate) fn play_on(convo: &Convo, role: Role, terms: &Terms, text: &str) -> Side {
    play_with(convo, role, terms, text, &mut Kept::default())
}

/// As [`play_on`], with lists that outlive the session.
pub(crate) fn play_with(convo: &Convo, role: Role, terms: &Terms, text: &str, kept: &mut Kept) -> Side {
    let steps: Vec<Step> = text.lines().filter_map(|line| Step::parse(line.trim(), role)).collect();
    let events = |step: &Step| match step {
        Step::Event(event) => Some(event.clone()),
        _ => None,
    };
    let wanted = Transcript { events: steps.iter().filter_map(events).collect() };
    let typed = Typed::of(&wanted);
    let mine = if role == Role::Client { typed.client } else { typed.server };
    let mut stage =
        Stage { side: Side::new(convo, role, terms, &mine), link: terms.link, framing: "line".to_owned() };
    let mut came = Transcript::default();
    stage.side.run(kept);
    for step in &steps {
        came.events.append(&mut stage.side.events);
        if let Step::Event(event) = step {
            came.events.extend(Some(event.clone()).filter(|event| speaker(event) != role));
        }
        kept.full |= matches!(step, Step::Full);
        stage.act(step, role);
        stage.side.run(kept);
    }
    came.events.append(&mut stage.side.events);
    if let Some(difference) = wanted.difference(&came) {
        panic!("the {}: - is missing, + came instead\n{difference}", role.name());
    }
    stage.side
}

enum Step {
    Event(Event),
    Framing(String),
    Writes(Vec<u8>),
    Resets,
    Waits(Duration),
    Full,
}

impl Step {
    fn parse(line: &str, role: Role) -> Option<Self> {
        let peer = role.other().letter();
        if line.is_empty() || line.starts_with('#') {
            return None;
        }
        if let Some(framing) = line.strip_prefix("framing ") {
            return Some(Self::Framing(framing.to_owned()));
        }
        if let Some(time) = line.strip_prefix("waits ") {
            return Some(Self::Waits(humantime::parse_duration(time).expect("a time")));
        }
        if line == "the disk is full" {
            return Some(Self::Full);
        }
        if line == format!("{peer} resets") {
            return Some(Self::Resets);
        }
        if let Some(bytes) = line.strip_prefix(&format!("{peer} writes")) {
            let said = Transcript::parse(&format!("{peer}:{bytes}")).expect("bytes");
            let [Event::Said(_, bytes)] = said.events.as_slice() else { panic!("{line}") };
            return Some(Self::Writes(bytes.clone()));
        }
        let transcript = Transcript::parse(line).unwrap_or_else(|why| panic!("{why}"));
        transcript.events.into_iter().next().map(Self::Event)
    }
}

struct Stage {
    side: Side,
    link: Link,
    framing: String,
}

impl Stage {
    fn act(&mut self, step: &Step, role: Role) {
        match step {
            Step::Framing(framing) => self.framing.clone_from(framing),
            Step::Writes(bytes) => self.write(bytes),
            Step::Full => {}
            Step::Resets => self.side.hear(Input::Reset),
            Step::Waits(time) => {
                self.side.now.monotonic += *time;
                self.side.hear(Input::Tick);
            }
            Step::Event(event) if speaker(event) == role => {}
            Step::Event(Event::Said(_, message)) => {
                let framing = if self.side.secured { "exact" } else { &self.framing };
                for write in framed(framing, message, self.link) {
                    self.write(&write);
                }
            }
            Step::Event(Event::Closed(_) | Event::Left(_) | Event::Stopped(_)) => self.side.hear(Input::End),
            Step::Event(Event::Shown(..) | Event::Typed(..) | Event::Broke(..)) => {
                panic!("the peer's person is none of ours: {}", self.framing)
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.side.hear(match self.link {
            Link::Stream if !self.side.secured => Input::Bytes(bytes),
            Link::Stream | Link::Datagram => Input::Datagram(bytes),
        });
    }
}

/// The writes of one message, as the language's page has them.
pub(crate) fn framed(framing: &str, message: &[u8], link: Link) -> Vec<Vec<u8>> {
    let count = || String::from_utf8_lossy(message).chars().count().to_string().into_bytes();
    let with = |before: &[u8], after: &[u8]| vec![[before, message, after].concat()];
    match framing {
        "line" | "json line" => with(b"", b"\n"),
        "line crlf" => with(b"", b"\r\n"),
        "chunk" | "exact" | "json" => with(b"", b""),
        "length u16" => with(&u16::try_from(message.len()).expect("a short message").to_be_bytes(), b""),
        "length u32" => with(&u32::try_from(message.len()).expect("a short message").to_be_bytes(), b""),
        "counted" if link == Link::Stream => vec![count(), message.to_vec()],
        "counted" => with(&count(), b""),
        other => panic!("there is no framing {other}"),
    }
}

fn speaker(event: &Event) -> Role {
    match event {
        Event::Said(role, _)
        | Event::Shown(role, _)
        | Event::Typed(role, _)
        | Event::Closed(role)
        | Event::Left(role)
        | Event::Stopped(role)
        | Event::Broke(role, _) => *role,
    }
}
