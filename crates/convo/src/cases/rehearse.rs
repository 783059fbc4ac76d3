//! Both roles of a convo against each other, in memory: what correct programs say to each other.

mod stage;

use std::collections::BTreeSet;
use std::time::Duration;

use crate::program::{At, Op};
use crate::session::{Ending, Link, Now, Refusal, Setup, Violation};
use crate::syntax::tree::Framing;
use crate::{Convo, Role, framing};

use super::candidates::Asked;
use super::house::{Around, House};
use stage::Stage;

/// Turns of a rehearsal, at most: a convo whose roles never wait for each other ends here.
const TURNS_MAX: usize = 20_000;
/// Plain text that one block carries after `secure` in a rehearsal, bytes: that of the shortest key.
pub const BLOCK_BYTES_MAX: usize = 86;

/// Where the client stands in a rehearsal, as the server sees it.
pub const PEER: &str = "127.0.0.1:40000";
/// Where the client stands in a rehearsal after another one.
pub const NEXT_PEER: &str = "127.0.0.1:40001";

/// What the persons at both sides answer, in order. When theirs run out, a person leaves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Answers {
    /// The client's.
    pub client: Vec<String>,
    /// The server's.
    pub server: Vec<String>,
}

/// How a message is told from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cutting {
    /// Any cut of the bytes gives the same messages.
    Sound,
    /// As `Sound`, and each ends with a newline.
    Lines,
    /// As `Lines`, with a carriage return before it.
    LinesCrlf,
    /// By what one read delivers: the protocol cannot promise that.
    Chunk,
    /// Each message is one encrypted block.
    Secured,
}

/// A hole of a message that was said.
#[derive(Debug, Clone)]
pub struct Hole {
    /// The hole as it is written, without braces.
    pub text: String,
    /// What fits it.
    pub kind: HoleKind,
    /// Where it lies in [`Said::text`].
    pub range: std::ops::Range<usize>,
}

/// What fits a hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoleKind {
    /// Text or bytes of any length.
    Text,
    /// Text without white space.
    Word,
    /// A decimal integer.
    Int,
    /// So many bytes, or an integer of fixed width.
    Sized,
}

/// One message of a rehearsal.
#[derive(Debug, Clone)]
pub struct Said {
    /// Who said it.
    pub from: Role,
    /// Its line in the convo, from 1; 0 where it cannot be told.
    pub line: usize,
    /// The message without its framing.
    pub text: Vec<u8>,
    /// What goes over the wire: one write, or two under `counted`.
    pub writes: Vec<Vec<u8>>,
    /// How it is told from the next.
    pub cutting: Cutting,
    /// Whether it is JSON.
    pub json: bool,
    /// Its holes, in order; none of JSON.
    pub holes: Vec<Hole>,
    /// How many answers its role had been given before it was said.
    pub answers: usize,
    pub(super) framing: Option<Framing>,
}

impl Said {
    /// All of it as one piece.
    pub fn wire(&self) -> Vec<u8> {
        self.writes.concat()
    }

    /// Another text with the frame of this one.
    pub fn framed(&self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        match self.framing {
            Some(kind) => framing::wrap(kind, text, &mut out),
            None => out.extend_from_slice(text),
        }
        out
    }
}

/// A text that was shown to a person.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Its line in the convo, from 1; 0 where it cannot be told.
    pub line: usize,
    /// The text, without a newline at its end.
    pub text: String,
    /// Whether it is the same in all conversations: there is no hole in it.
    pub constant: bool,
}

/// What happened in a rehearsal.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    /// What was around its server.
    pub around: Around,
    /// The messages, in order.
    pub said: Vec<Said>,
    /// How the client ended; `None` where both waited for each other, or nothing more was answered.
    pub client: Option<Result<Ending, Violation>>,
    /// How the server ended.
    pub server: Option<Result<Ending, Violation>>,
    /// Whether the server itself stopped.
    pub stops: bool,
    /// An answer that could not be taken.
    pub refused: Option<Refusal>,
    /// How many answers of each side were taken.
    pub answered: Answers,
    /// What was shown at the client's terminal.
    pub client_shows: Vec<Shown>,
    /// What was shown at the server's terminal.
    pub server_shows: Vec<Shown>,
    /// When each of the client's answers was asked for: how many messages the client had said and heard.
    pub client_asked: Vec<(u64, u64)>,
    /// When each of the server's answers was asked for: how many messages the server had said and heard.
    pub server_asked: Vec<(u64, u64)>,
    /// Whether the client's person leaves at a question that comes after others and was never asked before: in the middle
    /// of a round. A client that asks all of them before it says anything says less there, which is lawful.
    pub leaves_midway: bool,
    /// Who would have been asked next, where the answers ran out.
    pub(super) open: Option<Asked>,
    pub(super) ways: [BTreeSet<(At, At)>; 2],
}

impl Rehearsal {
    /// Whether the client ended in good order, the server did or waits on (for a datagram's end is heard by
    /// nobody), and every answer was taken.
    pub fn is_sound(&self) -> bool {
        self.refused.is_none() && matches!(self.client, Some(Ok(_))) && !matches!(self.server, Some(Err(_)))
    }

    /// Whether the server's person was asked on when all answers were used up.
    pub fn server_is_asked_on(&self) -> bool {
        self.open.as_ref().is_some_and(|asked| asked.role == Role::Server && !asked.freely)
    }

    /// The client's messages.
    pub fn client_said(&self) -> impl Iterator<Item = &Said> {
        self.said.iter().filter(|said| said.from == Role::Client)
    }

    /// The server's messages.
    pub fn server_said(&self) -> impl Iterator<Item = &Said> {
        self.said.iter().filter(|said| said.from == Role::Server)
    }
}

/// Whether what a server says may depend on what earlier conversations left.
pub fn keeps(convo: &Convo) -> bool {
    convo.program(Role::Server).steps.iter().any(|op| matches!(op, Op::Add { .. }))
}

/// Whether there are conversations after which the server itself stops.
pub fn stops(convo: &Convo) -> bool {
    convo.program(Role::Server).steps.iter().any(|op| matches!(op, Op::Stop))
}

/// The line with which keys are exchanged, where they are: [`crate::Program::secures`].
pub fn secured_at(convo: &Convo) -> Option<usize> {
    convo.program(Role::Server).steps.iter().find_map(|op| match op {
        Op::Secure { line } => Some(*line),
        _ => None,
    })
}

/// Runs both roles against each other with these answers.
pub fn rehearse(convo: &Convo, link: Link, answers: &Answers, seed: u64) -> Rehearsal {
    rehearse_around(convo, link, Around::Nobody, answers, seed)
}

/// As [`rehearse`], with this around the server. Where nothing can be kept or told and the convo does not say how it goes
/// on then, the server's part breaks off.
pub fn rehearse_around(convo: &Convo, link: Link, around: Around, answers: &Answers, seed: u64) -> Rehearsal {
    Stage::new(convo, setup(link, seed), House::new(around), answers).run().0
}

/// As [`rehearse`], with another client after one that answered `before`: what that one gave to be kept is there.
pub fn rehearse_after(
    convo: &Convo,
    link: Link,
    before: &Answers,
    answers: &Answers,
    seed: u64,
) -> Rehearsal {
    let (_, house) = Stage::new(convo, setup(link, seed), House::default(), before).run();
    let setup = Setup { peer: NEXT_PEER.to_owned(), ..setup(link, seed) };
    Stage::new(convo, setup, house.emptied(), answers).run().0
}

/// What a rehearsal begins with.
pub(super) fn setup(link: Link, seed: u64) -> Setup {
    let now = Now { monotonic: Duration::ZERO, unix: 1_800_000_000 };
    Setup { peer: PEER.to_owned(), seed, trace: true, ..Setup::of(link, now) }
}
