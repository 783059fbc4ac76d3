//! The tree of a convo, as it is written.

use std::time::Duration;

use crate::finding::Span;
use crate::value::Int;
use crate::{Limit, Listen, Role};

/// A whole convo.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub(crate) title: String,
    pub(crate) header: Header,
    pub(crate) body: Block,
}

/// The lines that stand at the top only.
#[derive(Debug, Default)]
pub(crate) struct Header {
    pub(crate) listens: Vec<Listen>,
    pub(crate) ignore_case: bool,
    pub(crate) limit: Option<Limit>,
    pub(crate) idle: Option<Duration>,
    pub(crate) keeps: Vec<Name>,
    pub(crate) rooms: Vec<RoomLine>,
}

/// `room lobby keep 100`, or `room {where}`: rooms that a value names.
#[derive(Debug)]
pub(crate) struct RoomLine {
    /// The name; `None` where a value names the room.
    pub(crate) name: Option<Name>,
    /// Lines kept for those who come later.
    pub(crate) keep: usize,
}

pub(crate) type Block = Vec<Line>;

/// A name where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) span: Span,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    /// `C: …`; the message's place, without the white space at its edges.
    Message(Role, Span),
    /// `C> …`
    Show(Role, Span),
    Given(Given),
    Let(Name, Expr),
    If {
        arms: Vec<(Expr, Block)>,
        otherwise: Option<Block>,
    },
    On {
        role: Role,
        rows: Vec<Row>,
        otherwise: Option<Block>,
        leaves: Option<Block>,
    },
    Loop(Block),
    /// `for note in notes from 5:`; the number to begin with is there for kept lists only.
    For(Name, Expr, Option<Expr>, Block),
    Break,
    End,
    Stop,
    Framing(Framing),
    Secure,
    Add {
        value: Expr,
        list: Name,
        key: Option<Expr>,
        /// The name under which its number is known afterwards.
        number: Option<Name>,
        /// What follows where it is kept: `add … to …:` and its block.
        then: Option<Block>,
        /// `else:`, where it could not be kept.
        otherwise: Option<Block>,
    },
    /// `tell lobby: …`, and `else:`, where it could not be told.
    Tell {
        room: Room,
        text: Span,
        otherwise: Option<Block>,
    },
    Freely(Vec<FreeRow>),
}

/// A room where it is used: by its name, or by a value in braces.
#[derive(Debug, Clone)]
pub(crate) enum Room {
    Named(Name),
    Value(Expr),
}

/// A row of `freely`.
#[derive(Debug)]
pub(crate) struct FreeRow {
    pub(crate) span: Span,
    pub(crate) on: FreeOn,
    pub(crate) block: Block,
}

#[derive(Debug)]
pub(crate) enum FreeOn {
    /// `on C: …`
    Says(Role, Span),
    /// `on C leaves:`
    Leaves(Role),
    /// `otherwise:`, after rows of this role.
    Otherwise(Role),
    /// `hear lobby as nick: …`
    Hears { room: Room, name: Option<Expr>, line: Span },
}

/// `given C name: type = …`
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) role: Role,
    pub(crate) name: Name,
    pub(crate) ty: Option<Type>,
    pub(crate) source: Source,
}

#[derive(Debug)]
pub(crate) enum Source {
    Ask { prompt: String, until: Option<String> },
    Expr(Expr),
}

/// `on C: …` with its block.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) message: Span,
    pub(crate) block: Block,
}

/// What a name can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Text,
    Word,
    Int,
    Bytes,
    Bool,
    Texts,
    Ints,
}

impl Type {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Word => "word",
            Self::Int => "int",
            Self::Bytes => "bytes",
            Self::Bool => "a condition",
            Self::Texts => "a list of text",
            Self::Ints => "a list of int",
        }
    }

    /// Whether it is UTF-8: text, or a word, which is text without white space.
    pub(crate) fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Word)
    }
}

/// How messages are cut out of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum Framing {
    #[default]
    Line,
    LineCrlf,
    Chunk,
    Exact,
    Json,
    JsonLine,
    Counted,
    LengthU16,
    LengthU32,
}

impl Framing {
    /// Every framing with the words after `framing`.
    pub(crate) const ALL: [(&'static str, Self); 9] = [
        ("line", Self::Line),
        ("line crlf", Self::LineCrlf),
        ("chunk", Self::Chunk),
        ("exact", Self::Exact),
        ("json", Self::Json),
        ("json line", Self::JsonLine),
        ("counted", Self::Counted),
        ("length u16", Self::LengthU16),
        ("length u32", Self::LengthU32),
    ];

    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, framing)| *framing == self).map_or("", |(name, _)| name)
    }

    pub(crate) fn is_line(self) -> bool {
        matches!(self, Self::Line | Self::LineCrlf)
    }

    pub(crate) fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::JsonLine)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Expr {
    pub(crate) span: Span,
    pub(crate) kind: ExprKind,
}

#[derive(Debug, Clone)]
pub(crate) enum ExprKind {
    Int(Int),
    /// A string literal: text if it is UTF-8, bytes otherwise.
    Text(Vec<u8>),
    /// `name`, or `note.text`.
    Name(String),
    List(Vec<Expr>),
    Call(Function, Box<Expr>),
    Neg(Box<Expr>),
    Not(Box<Expr>),
    Binary(Binary, Box<[Expr; 2]>),
    /// `x in xs`
    In(Box<[Expr; 2]>),
    /// `x in a..b`
    InRange(Box<[Expr; 3]>),
    IsInt(Box<Expr>),
    Index(Box<[Expr; 2]>),
    /// `members(lobby)`
    Members(Box<Room>),
    /// `a..b`, where a `for` goes over it.
    Range(Box<[Expr; 2]>),
    Random(Box<[Expr; 2]>),
    Now,
    Peer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    And,
    Or,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Reverse,
    Len,
    Size,
    Lines,
    Lower,
    Upper,
    Trim,
    Int,
    Text,
}

impl Function {
    pub(crate) const ALL: [(&'static str, Self); 9] = [
        ("reverse", Self::Reverse),
        ("len", Self::Len),
        ("size", Self::Size),
        ("lines", Self::Lines),
        ("lower", Self::Lower),
        ("upper", Self::Upper),
        ("trim", Self::Trim),
        ("int", Self::Int),
        ("text", Self::Text),
    ];
}
