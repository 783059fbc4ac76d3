//! A client and a server that talk to each other in memory, an observer between them.

use std::collections::VecDeque;
use std::time::Duration;

use convo::transcript::{Event, Transcript};
use convo::{Convo, Input, Link, Role};

use crate::kept::Kept;
use crate::side::{Side, Terms, Write};
use crate::watch::Watch;

/// Turns of one conversation before a test gives up.
const TURNS_MAX: usize = 100_000;

/// How the bytes of a stream arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Each write is one read.
    Writes,
    /// Writes that are not kept apart arrive together.
    Glued,
    /// Reads of so many bytes.
    Bytes(usize),
    /// Reads of any length, over the borders of writes.
    Seeded(u64),
}

/// What one conversation was.
pub(crate) struct Run {
    pub(crate) transcript: Transcript,
    pub(crate) client: Side,
    pub(crate) server: Side,
    pub(crate) watch: Watch,
    /// All that each role wrote: the client's, then the server's.
    pub(crate) wire: [Vec<Write>; 2],
}

/// What both persons type, in the order of asking.
#[derive(Debug, Clone, Default)]
pub(crate) struct Typed {
    pub(crate) client: Vec<String>,
    pub(crate) server: Vec<String>,
}

impl Typed {
    /// What a transcript says that they type.
    pub(crate) fn of(transcript: &Transcript) -> Self {
        let mut typed = Self::default();
        for event in &transcript.events {
            match event {
                Event::Typed(Role::Client, line) => typed.client.push(line.clone()),
                Event::Typed(Role::Server, line) => typed.server.push(line.clone()),
                _ => {}
            }
        }
        typed
    }

    pub(crate) fn client(lines: &[&str]) -> Self {
        Self { client: lines.iter().map(|line| (*line).to_owned()).collect(), server: Vec::new() }
    }
}

/// Lets both roles of a convo talk until both are over or nothing happens any more.
pub(crate) fn run(convo: &Convo, typed: &Typed, terms: &Terms, cut: Cut, kept: &mut Kept) -> Run {
    run_briefly(convo, typed, terms, cut, kept, TURNS_MAX).expect("a conversation that has an end")
}

/// As [`run`], for so many turns and outputs a turn at most; nothing if that is not its end.
pub(crate) fn run_briefly(
    convo: &Convo,
    typed: &Typed,
    terms: &Terms,
    cut: Cut,
    kept: &mut Kept,
    turns: usize,
) -> Option<Run> {
    let mut talk = Talk {
        client: Side::new(convo, Role::Client, terms, &typed.client),
        server: Side::new(convo, Role::Server, terms, &typed.server),
        watch: Watch::new(convo, terms),
        pipes: [Pipe::default(), Pipe::default()],
        wire: [Vec::new(), Vec::new()],
        events: Vec::new(),
        link: terms.link,
        cut,
        chance: Chance(match cut {
            Cut::Seeded(seed) => seed | 1,
            _ => 1,
        }),
    };
    if terms.link == Link::Datagram && convo.program(Role::Server).speaks_first() {
        talk.pipes[0].writes.push_back(Write { bytes: Vec::new(), apart: false, sealed: false });
    }
    for _ in 0..turns {
        if !talk.poll(kept, turns) {
            return None;
        }
        if !(talk.deliver(Role::Client) || talk.deliver(Role::Server) || talk.pass_time()) {
            let Talk { client, server, watch, wire, events, .. } = talk;
            return Some(Run { transcript: Transcript { events }, client, server, watch, wire });
        }
    }
    None
}

/// What is on its way from one role to the other.
#[derive(Debug, Default)]
struct Pipe {
    writes: VecDeque<Write>,
    ended: bool,
}

struct Talk {
    client: Side,
    server: Side,
    watch: Watch,
    /// From the client, from the server.
    pipes: [Pipe; 2],
    wire: [Vec<Write>; 2],
    events: Vec<Event>,
    link: Link,
    cut: Cut,
    chance: Chance,
}

impl Talk {
    /// Lets both go on as far as they can; `false` if one never waits.
    fn poll(&mut self, kept: &mut Kept, outputs: usize) -> bool {
        let mut waits = self.client.run_briefly(kept, outputs);
        self.events.append(&mut self.client.events);
        if self.client.connected {
            waits &= self.server.run_briefly(kept, outputs);
            self.events.append(&mut self.server.events);
        }
        for (index, side) in [&mut self.client, &mut self.server].into_iter().enumerate() {
            self.wire[index].extend(side.writes.iter().cloned());
            self.pipes[index].writes.append(&mut side.writes);
        }
        waits
    }

    /// Brings the next piece from a role to the other; `false` if there is none, or nobody reads it.
    fn deliver(&mut self, from: Role) -> bool {
        let (sender, receiver, pipe) = match from {
            Role::Client => (&self.client, &mut self.server, &mut self.pipes[0]),
            Role::Server => (&self.server, &mut self.client, &mut self.pipes[1]),
        };
        if !(receiver.listens() || receiver.over) {
            return false;
        }
        let Some(piece) = pipe.next(self.cut, self.link, &mut self.chance) else {
            let ends = sender.over && !pipe.ended && self.link == Link::Stream;
            if ends {
                pipe.ended = true;
                self.watch.hear(from, Input::End);
                receiver.hear(Input::End);
            }
            return ends;
        };
        let input = || match self.link == Link::Datagram || piece.sealed {
            true => Input::Datagram(&piece.bytes),
            false => Input::Bytes(&piece.bytes),
        };
        self.watch.hear(from, input());
        receiver.hear(input());
        true
    }

    /// Nothing else happens: the clock goes on to the next moment that somebody waits for.
    fn pass_time(&mut self) -> bool {
        let untils = [self.client.until, self.server.until, self.watch.until];
        let Some(until) = untils.into_iter().flatten().min() else { return false };
        let until = until.max(self.client.now.monotonic + Duration::from_millis(1));
        for side in [&mut self.client, &mut self.server] {
            side.now.monotonic = until;
            if side.connected {
                side.hear(Input::Tick);
            }
        }
        self.watch.pass_time(until);
        true
    }
}

impl Pipe {
    fn next(&mut self, cut: Cut, link: Link, chance: &mut Chance) -> Option<Write> {
        let mut piece = self.writes.pop_front()?;
        if link == Link::Datagram || piece.sealed {
            return Some(piece);
        }
        let joins = |next: &Write| match cut {
            Cut::Glued => !next.apart && !next.sealed,
            Cut::Seeded(_) => !next.sealed,
            Cut::Writes | Cut::Bytes(_) => false,
        };
        while self.writes.front().is_some_and(joins) {
            piece.bytes.extend(self.writes.pop_front().into_iter().flat_map(|next| next.bytes));
        }
        let length = match cut {
            Cut::Writes | Cut::Glued => piece.bytes.len(),
            Cut::Bytes(bytes) => bytes.min(piece.bytes.len()),
            Cut::Seeded(_) => 1 + chance.below(piece.bytes.len()),
        };
        let rest = piece.bytes.split_off(length);
        if !rest.is_empty() {
            self.writes.push_front(Write { bytes: rest, apart: true, sealed: false });
        }
        Some(piece)
    }
}

/// Xorshift: the same seed, the same run.
#[derive(Debug, Clone)]
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    /// A number below `limit`, or 0.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (limit.max(1) as u64)).expect("below a usize")
    }
}
