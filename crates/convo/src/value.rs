//! Values: integers of any size, text, bytes, lists.

use std::cmp::Ordering;
use std::sync::Arc;

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, ToPrimitive};

/// Digits of an integer, at most (the limit of Python's `int`).
pub(crate) const INT_DIGITS_MAX: usize = 4300;

/// An exact integer; a machine word as long as it fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Int {
    Small(i64),
    Big(Box<BigInt>),
}

impl Int {
    /// Parses a sign and digits with ASCII white space around them.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let text = trim(text);
        let (negative, digits) = match text.split_first()? {
            (b'-', rest) => (true, rest),
            (b'+', rest) => (false, rest),
            _ => (false, text),
        };
        if digits.is_empty() || digits.len() > INT_DIGITS_MAX || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        if digits.len() <= 18 {
            let value = digits.iter().fold(0, |sum: i64, digit| sum * 10 + i64::from(digit - b'0'));
            return Some(Self::Small(if negative { -value } else { value }));
        }
        let value = BigInt::parse_bytes(digits, 10)?;
        Some(Self::from(if negative { -value } else { value }))
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Small(value) => out.extend_from_slice(itoa::Buffer::new().format(*value).as_bytes()),
            Self::Big(value) => out.extend_from_slice(value.to_string().as_bytes()),
        }
    }

    pub(crate) fn is_negative(&self) -> bool {
        match self {
            Self::Small(value) => *value < 0,
            Self::Big(value) => value.is_negative(),
        }
    }

    pub(crate) fn is_zero(&self) -> bool {
        matches!(self, Self::Small(0))
    }

    pub(crate) fn to_i64(&self) -> Option<i64> {
        match self {
            Self::Small(value) => Some(*value),
            Self::Big(_) => None,
        }
    }

    pub(crate) fn to_i128(&self) -> Option<i128> {
        match self {
            Self::Small(value) => Some(i128::from(*value)),
            Self::Big(value) => value.to_i128(),
        }
    }

    pub(crate) fn to_usize(&self) -> Option<usize> {
        self.to_i64().and_then(|value| usize::try_from(value).ok())
    }

    pub(crate) fn neg(&self) -> Self {
        Self::Small(0).with(self, i64::checked_sub, |a, b| a - b)
    }

    pub(crate) fn add(&self, other: &Self) -> Self {
        self.with(other, i64::checked_add, |a, b| a + b)
    }

    pub(crate) fn sub(&self, other: &Self) -> Self {
        self.with(other, i64::checked_sub, |a, b| a - b)
    }

    pub(crate) fn mul(&self, other: &Self) -> Self {
        self.with(other, i64::checked_mul, |a, b| a * b)
    }

    /// Rounds down. The divisor is not zero.
    pub(crate) fn div(&self, other: &Self) -> Self {
        let small = |a: i64, b: i64| (b != -1 || a != i64::MIN).then(|| Integer::div_floor(&a, &b));
        self.with(other, small, |a, b| a.div_floor(b))
    }

    /// What [`Int::div`] leaves: has the divisor's sign. The divisor is not zero.
    pub(crate) fn rem(&self, other: &Self) -> Self {
        let small = |a: i64, b: i64| (b != -1).then(|| Integer::mod_floor(&a, &b)).or(Some(0));
        self.with(other, small, |a, b| a.mod_floor(b))
    }

    /// Whether it has more digits than [`INT_DIGITS_MAX`].
    pub(crate) fn is_too_long(&self) -> bool {
        // log2(10) = 3.3219…: below this many bits the digits surely fit.
        match self {
            Self::Small(_) => false,
            Self::Big(value) => value.bits() > 14_280 && value.magnitude().to_string().len() > INT_DIGITS_MAX,
        }
    }

    fn with(
        &self,
        other: &Self,
        small: impl Fn(i64, i64) -> Option<i64>,
        big: impl Fn(&BigInt, &BigInt) -> BigInt,
    ) -> Self {
        if let (Self::Small(a), Self::Small(b)) = (self, other)
            && let Some(value) = small(*a, *b)
        {
            return Self::Small(value);
        }
        Self::from(big(&self.to_big(), &other.to_big()))
    }

    fn to_big(&self) -> BigInt {
        match self {
            Self::Small(value) => BigInt::from(*value),
            Self::Big(value) => (**value).clone(),
        }
    }
}

impl From<BigInt> for Int {
    fn from(value: BigInt) -> Self {
        value.to_i64().map_or_else(|| Self::Big(Box::new(value)), Self::Small)
    }
}

impl From<i64> for Int {
    fn from(value: i64) -> Self {
        Self::Small(value)
    }
}

impl From<usize> for Int {
    fn from(value: usize) -> Self {
        i64::try_from(value).map_or_else(|_| Self::from(BigInt::from(value)), Self::Small)
    }
}

impl PartialOrd for Int {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Int {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Small(a), Self::Small(b)) => a.cmp(b),
            _ => self.to_big().cmp(&other.to_big()),
        }
    }
}

/// What a name holds while a session runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Value {
    /// Nothing yet.
    #[default]
    None,
    Int(Int),
    /// Text (then it is UTF-8) or bytes: which of them is settled before anything runs.
    Bytes(Vec<u8>),
    Bool(bool),
    List(Arc<[Self]>),
}

impl Value {
    /// Holds `bytes`, in the memory that it has already where it can.
    pub(crate) fn set_bytes(&mut self, bytes: &[u8]) {
        if let Self::Bytes(held) = self {
            held.clear();
            held.extend_from_slice(bytes);
        } else {
            *self = Self::Bytes(bytes.to_vec());
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            _ => &[],
        }
    }
}

/// Texts up to this, bytes, are seen to be ASCII quicker in words than with wider instructions, which have to be begun.
const SHORT_BYTES_MAX: usize = 128;

/// Whether all bytes are ASCII.
pub(crate) fn is_ascii(bytes: &[u8]) -> bool {
    if bytes.len() > SHORT_BYTES_MAX {
        return bytes.is_ascii();
    }
    let (words, rest) = bytes.as_chunks::<8>();
    let rest = match bytes.last_chunk::<8>() {
        Some(last) => u64::from_ne_bytes(*last),
        None => rest.iter().fold(0, |all, byte| all | u64::from(*byte)),
    };
    let all = words.iter().fold(rest, |all, word| all | u64::from_ne_bytes(*word));
    all & u64::from_ne_bytes([0x80; 8]) == 0
}

/// Whether bytes are UTF-8; most are ASCII, which is seen faster.
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    is_ascii(bytes) || std::str::from_utf8(bytes).is_ok()
}

/// Whether a text is known to be ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ascii {
    Yes,
    Unknown,
}

/// Appends a text reversed by Unicode scalar values.
pub(crate) fn reverse(text: &[u8], out: &mut Vec<u8>) {
    if is_ascii(text) {
        return reverse_ascii(text, out);
    }
    for c in std::str::from_utf8(text).unwrap_or_default().chars().rev() {
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// As [`reverse`], of a text that is ASCII: sixteen bytes at a time.
pub(crate) fn reverse_ascii(text: &[u8], out: &mut Vec<u8>) {
    out.reserve(text.len() + 16);
    let (rest, blocks) = text.as_rchunks::<16>();
    for block in blocks.iter().rev() {
        out.extend_from_slice(&u128::from_be_bytes(*block).to_le_bytes());
    }
    match text.first_chunk::<16>() {
        Some(first) => {
            // Those behind the rest have been written already.
            out.truncate(out.len() - (16 - rest.len()));
            out.extend_from_slice(&u128::from_be_bytes(*first).to_le_bytes());
        }
        None => out.extend(rest.iter().rev()),
    }
}

/// Without the ASCII white space at both ends (that of Python's `bytes.strip`).
pub(crate) fn trim(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|byte| !is_space(*byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !is_space(*byte)).map_or(start, |last| last + 1);
    &text[start..end]
}

/// ASCII white space, vertical tab included.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

#[cfg(test)]
mod tests;
