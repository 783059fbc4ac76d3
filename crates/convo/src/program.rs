//! What one role does, compiled: a flat list of steps, with jumps.
//!
//! ```text
//! loop:                                    0  Connect
//!     given C text = ask "…"               1  Given text
//!     C: {text}                  client    2  Send
//!     S: {reverse(text)}         ──────▶   3  Hear ── {reverse(text)} ─▶ 4
//!     C> Client received: …                4  Show
//!                                          5  Jump 1
//! ```

use std::sync::Arc;
use std::time::Duration;

use crate::Role;
use crate::code::{Code, Slot};
use crate::knowledge::View;
use crate::model::{Field, Fits, LookInto};
use crate::pattern::Pattern;
use crate::syntax::tree::{Framing, Type};
use crate::value::Int;

/// A place in [`Program::steps`].
pub(crate) type At = usize;

/// What one role does, compiled.
#[derive(Debug)]
pub struct Program {
    pub(crate) file: Arc<str>,
    pub(crate) view: View,
    pub(crate) steps: Vec<Op>,
    /// By step: what is heard and answered there over and over.
    pub(crate) rounds: Vec<Option<Rounds>>,
    /// The names by slot.
    pub(crate) names: Vec<Arc<str>>,
    pub(crate) iterators: usize,
    pub(crate) givens: Vec<Preset>,
    /// What the server says instead of its first message when it is busy.
    pub(crate) busy: Option<Arc<[u8]>>,
    /// The busy message as the client and the observer read it.
    pub(crate) busy_pattern: Option<Arc<Pattern>>,
    /// The framing of the first message.
    pub(crate) framing: Framing,
    pub(crate) speaks_first: bool,
    pub(crate) asks: bool,
    pub(crate) shows: bool,
    pub(crate) secures: bool,
    pub(crate) turns_are_alike: bool,
    pub(crate) needs_peer: bool,
    pub(crate) settle: Duration,
}

/// A `given` at the top, which `--set` answers.
#[derive(Debug)]
pub(crate) struct Preset {
    pub(crate) slot: Slot,
    pub(crate) ty: Type,
}

#[derive(Debug)]
pub(crate) enum Op {
    /// The client's values are there.
    Connect,
    Given(Given),
    Let {
        slot: Slot,
        code: Code,
        line: usize,
    },
    Look {
        look: LookInto,
        list: Arc<str>,
        line: usize,
    },
    Send(Box<Send>),
    Pick(Box<Pick>),
    Hear(Box<Point>),
    Free(Box<Free>),
    Tell {
        room: Code,
        keep: usize,
        fill: Fill,
        /// As with `Add`.
        done: Option<Slot>,
        line: usize,
    },
    Show {
        fill: Fill,
        line: usize,
    },
    Jump(At),
    /// Goes on where the condition holds, elsewhere to `to`.
    Unless {
        code: Code,
        to: At,
        line: usize,
    },
    Begin {
        iterator: usize,
        over: Over,
        line: usize,
    },
    /// Takes the next item, or goes to `done`.
    Next {
        iterator: usize,
        into: Into,
        done: At,
    },
    Add {
        list: Arc<str>,
        value: Code,
        key: Option<Code>,
        /// Where its number goes.
        number: Option<Slot>,
        /// Where it goes whether it was kept; without it the session ends where it was not.
        done: Option<Slot>,
        line: usize,
    },
    Framing(Framing),
    Secure {
        line: usize,
    },
    End,
    Stop,
    /// The end of `on C leaves`.
    Left,
}

#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) slot: Slot,
    pub(crate) ty: Type,
    /// Whether `--set` can answer it.
    pub(crate) top: bool,
    pub(crate) line: usize,
    pub(crate) source: Source,
}

#[derive(Debug)]
pub(crate) enum Source {
    Ask { prompt: Arc<str>, until: Option<Arc<str>> },
    Code(Code),
}

#[derive(Debug)]
pub(crate) enum Over {
    Range(Code, Code),
    List(Code),
    /// A kept list, and the number to begin with.
    Kept(Arc<str>, Option<Code>),
}

#[derive(Debug)]
pub(crate) enum Into {
    Slot(Slot),
    /// Of an item of a kept list.
    Fields(Vec<(Field, Slot)>),
}

/// A message that this role fills.
#[derive(Debug)]
pub(crate) struct Send {
    pub(crate) say: usize,
    pub(crate) line: usize,
    pub(crate) fill: Fill,
    pub(crate) guard: Guard,
    /// The peer may leave here: it only listens in this loop.
    pub(crate) peer_may_leave: bool,
    /// The step that asked our person for a value in it, if it can be asked anew.
    pub(crate) asked: Option<At>,
}

/// What is left to check of the law "what is sent must be read back as the same step".
#[derive(Debug, Default)]
pub(crate) struct Guard {
    /// Reads the message as its receiver does: its holes must lie where they were filled.
    pub(crate) same: Option<Arc<Pattern>>,
    /// What the receiver would take it for before it takes it for this.
    pub(crate) rivals: Vec<Arc<Pattern>>,
    /// A value may bring the newline that ends a line.
    pub(crate) newline: bool,
}

/// A message to be filled.
#[derive(Debug)]
pub(crate) enum Fill {
    Pieces(Vec<Piece>),
    Json(Json),
}

#[derive(Debug)]
pub(crate) enum Piece {
    Literal(Vec<u8>),
    Hole(FillHole),
}

#[derive(Debug)]
pub(crate) struct FillHole {
    pub(crate) code: Code,
    pub(crate) fits: Fits,
    pub(crate) is_int: bool,
    pub(crate) text: Arc<str>,
}

#[derive(Debug)]
pub(crate) enum Json {
    Object(Vec<(String, Self)>),
    Array(Vec<Self>),
    Null,
    Bool(bool),
    Text(Vec<u8>),
    Int(Int),
    Hole(FillHole),
}

/// A message that our person types: the first row that it fits is taken.
#[derive(Debug)]
pub(crate) struct Pick {
    pub(crate) rows: Vec<(Arc<Pattern>, At)>,
    /// What can be said here.
    pub(crate) choices: Arc<str>,
    pub(crate) line: usize,
}

/// A place where this role waits for a message.
#[derive(Debug)]
pub(crate) struct Point {
    pub(crate) ways: Vec<Way>,
    /// Where it goes on when the peer ends.
    pub(crate) close: Option<At>,
    /// Where the peer's leaving is answered (`on C leaves`).
    pub(crate) leaves: Option<At>,
    /// The peer may close here without a word.
    pub(crate) may_leave: bool,
    /// The peer's person is being asked: no `--timeout`.
    pub(crate) person: bool,
    /// The ways can be told apart; only for the observer may they not.
    pub(crate) told: bool,
    pub(crate) line: usize,
    /// Who is waited for, where no way says so.
    pub(crate) from: Role,
}

/// Everything at once: what may come, what our person may say, what is heard in rooms.
#[derive(Debug)]
pub(crate) struct Free {
    pub(crate) point: Point,
    pub(crate) pick: Option<Pick>,
    pub(crate) hears: Vec<HearRow>,
    /// No row changes what names the rooms and this session in them.
    pub(crate) settled: bool,
}

/// A row that hears a room.
#[derive(Debug)]
pub(crate) struct HearRow {
    pub(crate) room: Code,
    /// The name under which this session is there; its peer's address if there is none.
    pub(crate) name: Option<Code>,
    pub(crate) keep: usize,
    pub(crate) pattern: Arc<Pattern>,
    pub(crate) to: At,
    /// It changes nothing of what names the rooms and this session in them.
    pub(crate) stays: bool,
}

/// One message that may come.
#[derive(Debug, Clone)]
pub(crate) struct Way {
    pub(crate) from: Role,
    pub(crate) pattern: Arc<Pattern>,
    pub(crate) to: At,
    /// Whether the message is taken here, or only looked at: then `to` hears it again.
    pub(crate) takes: bool,
}

/// A place where each message that may come is answered by one plain message, after which the same may come again.
#[derive(Debug)]
pub(crate) struct Rounds {
    pub(crate) ways: Vec<Round>,
    /// As of its point.
    pub(crate) may_leave: bool,
}

/// One message that may come there, and its answer.
#[derive(Debug)]
pub(crate) struct Round {
    pub(crate) pattern: Arc<Pattern>,
    /// The step that says the answer.
    pub(crate) send: At,
    pub(crate) answer: Answer,
}

/// Of what an answer is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Of the names, once they are learned.
    Filled,
    /// Of the text that came, which no other step uses: it need not be learned.
    Same,
    /// Of that text backwards.
    Reversed,
}

impl FillHole {
    /// Whether it takes any text as it is.
    pub(crate) fn is_text(&self) -> bool {
        !self.is_int && matches!(self.fits, Fits::Text)
    }
}

impl Op {
    /// What our person may type as a whole message at this step.
    pub(crate) fn pick(&self) -> Option<&Pick> {
        match self {
            Self::Pick(pick) => Some(pick),
            Self::Free(free) => free.pick.as_ref(),
            _ => None,
        }
    }
}

impl Send {
    /// Whether the law leaves nothing to check but that no value ends its line.
    pub(crate) fn is_plain(&self) -> bool {
        self.guard.same.is_none() && self.guard.rivals.is_empty()
    }
}

impl Program {
    /// Whose program it is; the server's, for the observer.
    pub fn role(&self) -> Role {
        match self.view {
            View::Client => Role::Client,
            View::Server | View::Observer => Role::Server,
        }
    }

    /// Whether our person is ever asked something (an `ask`, or a row of `on` of our own).
    pub fn asks(&self) -> bool {
        self.asks
    }

    /// Whether it comes to `freely`: everybody says something whenever they like.
    pub fn is_free(&self) -> bool {
        self.frees().next().is_some()
    }

    /// Whether a row of `freely` answers that the peer leaves.
    pub fn answers_leaving(&self) -> bool {
        self.frees().any(|free| free.point.leaves.is_some())
    }

    fn frees(&self) -> impl Iterator<Item = &Free> {
        self.steps.iter().filter_map(|step| match step {
            Op::Free(free) => Some(&**free),
            _ => None,
        })
    }

    /// Whether this role has anything to show (`C>` or `S>`).
    pub fn shows(&self) -> bool {
        self.shows
    }

    /// Whether the conversation uses `secure rsa-oaep` anywhere.
    pub fn secures(&self) -> bool {
        self.secures
    }

    /// Whether anything comes of the peer's address: elsewhere [`crate::Setup::peer`] may be empty.
    pub fn needs_peer(&self) -> bool {
        self.needs_peer
    }

    /// Whether this role says the first message (a UDP client opens with an empty datagram where it does not).
    pub fn speaks_first(&self) -> bool {
        self.speaks_first
    }

    /// Whether this role first hears its peer, and the conversation goes through each of its messages once: a question
    /// and an answer, not a loop of them.
    pub fn is_one_question(&self) -> bool {
        let goes_back = |(at, step): (usize, &Op)| match step {
            Op::Jump(to) => *to <= at,
            Op::Free(_) => true,
            _ => false,
        };
        self.first_hearing().is_some() && !self.steps.iter().enumerate().any(goes_back)
    }

    /// Where this role hears its peer, and by which framing, if that is what it begins with.
    pub(crate) fn first_hearing(&self) -> Option<(At, Framing, &Point)> {
        let mut framing = Framing::default();
        for (at, step) in self.steps.iter().enumerate() {
            match step {
                Op::Framing(next) => framing = *next,
                Op::Hear(point) => return Some((at, framing, point)),
                _ => return None,
            }
        }
        None
    }

    /// Whether this is a client that says one message and hears one, over and over, and each turn is like the first:
    /// nothing that it is asked, says or takes hangs on an earlier turn, on chance, the time or who is called.
    pub fn turns_are_alike(&self) -> bool {
        self.turns_are_alike
    }

    /// Names of the top `given`s of this role, which `--set` answers.
    pub fn givens(&self) -> impl Iterator<Item = &str> {
        self.givens.iter().map(|preset| &*self.names[preset.slot])
    }

    /// The busy message as it goes over the wire, framing included.
    pub fn busy(&self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        crate::framing::wrap(self.framing, text, &mut out);
        out
    }
}
