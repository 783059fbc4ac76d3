//! A hole in a message: `{name}`, `{a + b}`, `{n: int}`, `{data: text n}`, `{size: u16}`.

use super::cursor::{Cursor, Wrong, wrong};
use super::expression::expression;
use super::tree::{Expr, ExprKind, Type};
use crate::finding::Span;

/// A hole as it is written.
#[derive(Debug, Clone)]
pub(crate) struct Hole {
    /// With its braces.
    pub(crate) span: Span,
    pub(crate) expr: Expr,
    pub(crate) ty: Option<HoleType>,
}

/// What is written after the colon in a hole.
#[derive(Debug, Clone)]
pub(crate) enum HoleType {
    Plain(Type),
    /// `text n` or `bytes n`: exactly so many bytes.
    Sized(Type, Expr),
    Fixed(FixedInt),
}

/// `u8` to `i64`, big-endian unless it ends in `le`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FixedInt {
    pub(crate) bytes: usize,
    pub(crate) signed: bool,
    pub(crate) little: bool,
}

impl FixedInt {
    fn parse(word: &str) -> Option<Self> {
        let (word, little) = word.strip_suffix("le").map_or((word, false), |word| (word, true));
        let signed = word.starts_with('i');
        let bytes = match word.strip_prefix(['u', 'i'])? {
            "8" if !little => 1,
            "16" => 2,
            "32" => 4,
            "64" => 8,
            _ => return None,
        };
        Some(Self { bytes, signed, little })
    }

    /// The smallest and the largest value.
    pub(crate) fn range(self) -> (i128, i128) {
        let bits = self.bytes * 8;
        if self.signed { (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) } else { (0, (1 << bits) - 1) }
    }

    pub(crate) fn write(self, value: i128, out: &mut Vec<u8>) {
        let all = value.to_be_bytes();
        let big = &all[16 - self.bytes..];
        if self.little { out.extend(big.iter().rev()) } else { out.extend_from_slice(big) }
    }

    /// The value of exactly `self.bytes` bytes.
    pub(crate) fn read(self, bytes: &[u8]) -> i128 {
        let value = |sum: u64, byte: &u8| (sum << 8) | u64::from(*byte);
        let raw = if self.little { bytes.iter().rev().fold(0, value) } else { bytes.iter().fold(0, value) };
        let unsigned = i128::from(raw);
        if self.signed && unsigned > self.range().1 { unsigned - (1 << (self.bytes * 8)) } else { unsigned }
    }
}

/// Reads a hole; the cursor stands at its `{`.
pub(super) fn hole(cursor: &mut Cursor<'_>) -> Result<Hole, Wrong> {
    let start = cursor.at;
    cursor.next();
    cursor.skip_spaces();
    if cursor.rest().starts_with('}') {
        cursor.next();
        let hint = "name what goes here, or write {{ and }} for braces themselves";
        return wrong(cursor.span_from(start), "this hole is empty", hint);
    }
    let expr = expression(cursor)?;
    let ty = if cursor.eat(":") { Some(hole_type(cursor)?) } else { None };
    if !cursor.eat("}") {
        cursor.skip_spaces();
        return cursor.wrong("a `}` is wanted here", "it closes the hole; {{ and }} are braces themselves");
    }
    Ok(Hole { span: cursor.span_from(start), expr, ty })
}

/// Reads the type after a hole's colon.
pub(super) fn hole_type(cursor: &mut Cursor<'_>) -> Result<HoleType, Wrong> {
    let Some((word, span)) = cursor.name() else {
        return cursor.wrong("a type is wanted here", TYPES);
    };
    if let Some(fixed) = FixedInt::parse(word) {
        return Ok(HoleType::Fixed(fixed));
    }
    let Some(ty) = plain_type(word) else {
        return wrong(span, format!("there is no type `{word}`"), TYPES);
    };
    cursor.skip_spaces();
    if cursor.rest().starts_with('}') || !matches!(ty, Type::Text | Type::Bytes) {
        return Ok(HoleType::Plain(ty));
    }
    let size = expression(cursor)?;
    if !matches!(size.kind, ExprKind::Int(_) | ExprKind::Name(_)) {
        return wrong(size.span, "the size of a hole is a number or a name", "use `let` to give it a name");
    }
    Ok(HoleType::Sized(ty, size))
}

const TYPES: &str = "one of text word int bytes, text n, bytes n, u8 u16 u32 u64 i8 i16 i32 i64 (u16le …)";

/// A type that a name can have.
pub(super) fn plain_type(word: &str) -> Option<Type> {
    Some(match word {
        "text" => Type::Text,
        "word" => Type::Word,
        "int" => Type::Int,
        "bytes" => Type::Bytes,
        _ => return None,
    })
}
