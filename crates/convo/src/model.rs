//! A convo with every name, type and message resolved: what `knowledge`, `lint` and `project` read.
//!
//! A name's value lies in one slot per spelling: two blocks side by side may use a name for different things, a
//! block and those inside it may not. `note.text` is a name of its own.

use std::sync::Arc;

use crate::Role;
use crate::code::{Code, Slot};
use crate::finding::Span;
use crate::pattern::algebra::Effort;
use crate::syntax::FixedInt;
use crate::syntax::tree::{Framing, Type};

/// A resolved convo.
#[derive(Debug, Default)]
pub(crate) struct Model {
    /// The names by slot. Names that the compiler made begin with a blank.
    pub(crate) names: Vec<String>,
    /// The kept lists.
    pub(crate) lists: Vec<Arc<str>>,
    pub(crate) body: Body,
    /// How many steps there are; each has its own number below this.
    pub(crate) steps: usize,
    pub(crate) ignore_case: bool,
    /// Some value is made of the peer's address.
    pub(crate) names_peer: bool,
    /// No step was left out for an error in it.
    pub(crate) whole: bool,
    /// The convo's lines, for explanations.
    pub(crate) lines: Vec<Arc<str>>,
    pub(crate) effort: Effort,
}

/// Steps, and the names that end with them.
#[derive(Debug, Default)]
pub(crate) struct Body {
    pub(crate) steps: Vec<Step>,
    pub(crate) declares: Vec<Slot>,
}

#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) id: usize,
    pub(crate) span: Span,
    pub(crate) act: Act,
}

#[derive(Debug)]
pub(crate) enum Act {
    Say(Say),
    Show(Role, Message),
    Given {
        role: Role,
        slot: Slot,
        ty: Type,
        source: Source,
        top: bool,
    },
    Let(Slot, Expression),
    If {
        arms: Vec<(Expression, Body)>,
        otherwise: Option<Body>,
    },
    On(On),
    Loop(Body),
    For(For),
    Break,
    End,
    Stop,
    Framing(Framing),
    Secure,
    /// `done` says afterwards whether it was kept, where the convo asks.
    Add {
        list: usize,
        value: Expression,
        key: Option<Expression>,
        number: Option<Slot>,
        done: Option<Slot>,
    },
    /// `done` as with `Add`.
    Tell {
        room: Room,
        message: Message,
        done: Option<Slot>,
    },
    Freely(Freely),
}

/// A room where it is used.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    /// Its name.
    pub(crate) name: Expression,
    /// Lines kept for those who come later.
    pub(crate) keep: usize,
}

/// Rows that are all open at once, again and again.
#[derive(Debug)]
pub(crate) struct Freely {
    pub(crate) rows: Vec<FreeRow>,
}

#[derive(Debug)]
pub(crate) struct FreeRow {
    pub(crate) span: Span,
    pub(crate) on: FreeOn,
    pub(crate) body: Body,
}

#[derive(Debug)]
pub(crate) enum FreeOn {
    Says(Box<Say>),
    Leaves(Role),
    Otherwise(Role),
    /// The line is read by the server alone.
    Hears(Box<Hears>),
}

/// `hear lobby as nick: …`
#[derive(Debug)]
pub(crate) struct Hears {
    pub(crate) room: Room,
    /// The name under which others find this session in the room.
    pub(crate) name: Option<Expression>,
    pub(crate) line: Say,
}

#[derive(Debug)]
pub(crate) enum Source {
    Ask { prompt: Arc<str>, until: Option<Arc<str>> },
    Expr(Expression),
}

/// A message on its way.
#[derive(Debug)]
pub(crate) struct Say {
    /// The number of the step (rows have one of their own).
    pub(crate) id: usize,
    pub(crate) span: Span,
    pub(crate) role: Role,
    pub(crate) message: Message,
    pub(crate) framing: Framing,
    /// After `secure`: one block.
    pub(crate) secured: bool,
    /// The sender's person types all of it: a row of `on`, or a message of which nobody gave the values.
    pub(crate) typed: bool,
}

#[derive(Debug)]
pub(crate) struct On {
    pub(crate) role: Role,
    pub(crate) rows: Vec<(Say, Body)>,
    pub(crate) otherwise: Option<Body>,
    pub(crate) leaves: Option<Body>,
    pub(crate) framing: Framing,
    pub(crate) secured: bool,
}

#[derive(Debug)]
pub(crate) struct For {
    pub(crate) over: Over,
    pub(crate) body: Body,
}

#[derive(Debug)]
pub(crate) enum Over {
    Range(Slot, Expression, Expression),
    List(Slot, Expression),
    /// A kept list, the fields that are used with their slots, and the number to begin with.
    Kept(usize, Vec<(Field, Slot)>, Option<Expression>),
}

/// What an item of a kept list has: `note.text`, `note.key`, `note.from`, `note.at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Text,
    Key,
    From,
    At,
}

/// A compiled expression and what it takes to have its value.
#[derive(Debug, Clone)]
pub(crate) struct Expression {
    pub(crate) span: Span,
    pub(crate) code: Code,
    pub(crate) ty: Type,
    pub(crate) needs: Vec<Slot>,
    /// Looks into kept lists that come before it, in order.
    pub(crate) looks: Vec<LookInto>,
    /// It uses `random`, `now` or `peer`: one role's own.
    pub(crate) own: bool,
}

impl Expression {
    /// Only the server knows what is kept.
    pub(crate) fn kept(&self) -> bool {
        !self.looks.is_empty()
    }
}

/// What a look asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LookKind {
    /// What is under a key.
    Key(Code),
    /// How many items there are.
    Count,
    /// Who is in the room of this name; `list` means nothing then.
    Members(Code),
}

/// A look into a kept list or a room, whose result goes into a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LookInto {
    pub(crate) list: usize,
    /// What is asked.
    pub(crate) kind: LookKind,
    pub(crate) into: Slot,
}

#[derive(Debug)]
pub(crate) enum Message {
    Pieces(Vec<Piece>),
    Json(Json),
}

#[derive(Debug)]
pub(crate) enum Piece {
    Literal(Vec<u8>),
    Hole(Hole),
}

#[derive(Debug)]
pub(crate) struct Hole {
    pub(crate) span: Span,
    pub(crate) expr: Expression,
    pub(crate) fits: Fits,
    /// The name that a receiver learns here.
    pub(crate) name: Option<Slot>,
    /// Nobody had a value for the name before: whoever types the message brings it.
    pub(crate) declares: bool,
    /// A value may not fit: `{a + b: word}`.
    pub(crate) narrow: bool,
}

/// What fits a hole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fits {
    Text,
    Word,
    Int,
    Bytes,
    /// Exactly so many bytes; whether they are text; the names in the size.
    Sized {
        size: Code,
        needs: Vec<Slot>,
        text: bool,
    },
    Fixed(FixedInt),
}

#[derive(Debug)]
pub(crate) enum Json {
    Object(Vec<Member>),
    Array(Vec<Self>),
    Null,
    Bool(bool),
    /// A text or an integer that stands in the convo.
    Text(Vec<u8>),
    Int(crate::value::Int),
    Hole(Hole),
}

#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) key: String,
    pub(crate) optional: bool,
    pub(crate) value: Json,
}

impl Message {
    /// The holes, in order.
    pub(crate) fn holes(&self) -> Vec<&Hole> {
        let mut holes = Vec::new();
        match self {
            Self::Pieces(pieces) => holes.extend(pieces.iter().filter_map(|piece| match piece {
                Piece::Hole(hole) => Some(hole),
                Piece::Literal(_) => None,
            })),
            Self::Json(json) => json.holes(&mut holes),
        }
        holes
    }
}

impl Json {
    fn holes<'a>(&'a self, into: &mut Vec<&'a Hole>) {
        match self {
            Self::Object(members) => members.iter().for_each(|member| member.value.holes(into)),
            Self::Array(items) => items.iter().for_each(|item| item.holes(into)),
            Self::Hole(hole) => into.push(hole),
            Self::Null | Self::Bool(_) | Self::Text(_) | Self::Int(_) => {}
        }
    }
}

/// How control can leave a block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Exits {
    /// To the step after it.
    pub(crate) falls: bool,
    /// By `break`.
    pub(crate) breaks: bool,
}

impl Exits {
    fn or(self, other: Self) -> Self {
        Self { falls: self.falls || other.falls, breaks: self.breaks || other.breaks }
    }
}

impl Body {
    /// How control leaves this block; `silently`: only the ways on which no message passes.
    pub(crate) fn exits(&self, silently: bool) -> Exits {
        let mut exits = Exits { falls: true, breaks: false };
        for step in &self.steps {
            let step = step.act.exits(silently);
            exits = Exits { falls: step.falls, breaks: exits.breaks || step.breaks };
            if !exits.falls {
                break;
            }
        }
        exits
    }
}

impl Act {
    /// The names that hold what came of an `add` or `tell`.
    pub(crate) fn outcome(&self) -> impl Iterator<Item = Slot> + use<> {
        let (number, done) = match self {
            Self::Add { number, done, .. } => (*number, *done),
            Self::Tell { done, .. } => (None, *done),
            _ => (None, None),
        };
        number.into_iter().chain(done)
    }

    pub(crate) fn exits(&self, silently: bool) -> Exits {
        let falls = Exits { falls: true, breaks: false };
        match self {
            Self::Say(_) if silently => Exits::default(),
            Self::On(_) if silently => Exits::default(),
            Self::End | Self::Stop => Exits::default(),
            Self::Break => Exits { falls: false, breaks: true },
            Self::If { arms, otherwise } => {
                let last = otherwise.as_ref().map_or(falls, |body| body.exits(silently));
                arms.iter().fold(last, |exits, (_, body)| exits.or(body.exits(silently)))
            }
            Self::On(on) => {
                let bodies = on.rows.iter().map(|(_, body)| body).chain(&on.otherwise);
                bodies.fold(Exits::default(), |exits, body| exits.or(body.exits(silently)))
            }
            Self::Freely(_) => Exits::default(),
            Self::Loop(body) => Exits { falls: body.exits(silently).breaks, breaks: false },
            Self::For(_)
            | Self::Say(_)
            | Self::Show(..)
            | Self::Given { .. }
            | Self::Let(..)
            | Self::Framing(_)
            | Self::Secure
            | Self::Add { .. }
            | Self::Tell { .. } => falls,
        }
    }
}
