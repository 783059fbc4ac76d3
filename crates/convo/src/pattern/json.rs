//! JSON messages: read by structure, not by spelling.
//!
//! Key order, white space and further keys do not matter. A doubled key anywhere fits nothing, nor does a number
//! with a fraction fit an int. Numbers are read from their own text, so that none is rounded.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Matcher, Pattern};
use crate::model::Fits;
use crate::syntax::JSON_DEPTH_MAX;
use crate::value::{Int, is_space};

/// What a JSON message must look like.
#[derive(Debug, Clone)]
pub(crate) enum Shape {
    Object(Vec<Member>),
    Array(Vec<Self>),
    Null,
    Bool(bool),
    Text(Vec<u8>),
    Int(Int),
    /// The number of a hole.
    Hole(usize),
}

#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) key: String,
    pub(crate) optional: bool,
    pub(crate) value: Shape,
}

/// What a JSON value can be, by its type or itself.
#[derive(PartialEq)]
enum Kind<'a> {
    Text(Option<&'a [u8]>),
    Word,
    Int(Option<&'a Int>),
}

impl Shape {
    /// Whether some message fits both. `a` and `b` are the patterns of `self` and `other`.
    pub(crate) fn overlaps(&self, other: &Self, a: &Pattern, b: &Pattern) -> bool {
        match (self, other) {
            (Self::Object(left), Self::Object(right)) => left.iter().all(|member| {
                let twin = right.iter().find(|twin| twin.key == member.key);
                let optional = |twin: &Member| member.optional || twin.optional;
                twin.is_none_or(|twin| optional(twin) || member.value.overlaps(&twin.value, a, b))
            }),
            (Self::Array(left), Self::Array(right)) => {
                left.len() == right.len() && left.iter().zip(right).all(|(x, y)| x.overlaps(y, a, b))
            }
            (Self::Null, Self::Null) => true,
            (Self::Bool(x), Self::Bool(y)) => x == y,
            _ => match (self.kind(a), other.kind(b)) {
                (Some(Kind::Text(Some(x))), Some(Kind::Text(Some(y)))) => x == y,
                (Some(Kind::Int(Some(x))), Some(Kind::Int(Some(y)))) => x == y,
                (Some(Kind::Word), Some(Kind::Text(Some(x))))
                | (Some(Kind::Text(Some(x))), Some(Kind::Word)) => {
                    !x.is_empty() && !x.iter().copied().any(is_space)
                }
                (Some(Kind::Int(_)), Some(Kind::Int(_))) => true,
                (Some(x), Some(y)) => !matches!(x, Kind::Int(_)) && !matches!(y, Kind::Int(_)),
                _ => false,
            },
        }
    }

    /// Whether every message that fits `small` fits this too.
    pub(crate) fn covers(&self, small: &Self, a: &Pattern, b: &Pattern) -> bool {
        match (self, small) {
            (Self::Object(big), Self::Object(small)) => big.iter().all(|member| {
                let twin = small.iter().find(|twin| twin.key == member.key);
                twin.is_some_and(|twin| {
                    (member.optional || !twin.optional) && member.value.covers(&twin.value, a, b)
                })
            }),
            (Self::Array(big), Self::Array(small)) => {
                big.len() == small.len() && big.iter().zip(small).all(|(x, y)| x.covers(y, a, b))
            }
            (Self::Null, Self::Null) => true,
            (Self::Bool(x), Self::Bool(y)) => x == y,
            _ => match (self.kind(a), small.kind(b)) {
                (Some(Kind::Text(None)), Some(Kind::Text(_) | Kind::Word)) => true,
                (Some(Kind::Int(None)), Some(Kind::Int(_))) => true,
                (Some(x), Some(y)) => x == y,
                _ => false,
            },
        }
    }

    fn kind<'a>(&'a self, pattern: &Pattern) -> Option<Kind<'a>> {
        Some(match self {
            Self::Text(text) => Kind::Text(Some(text)),
            Self::Int(value) => Kind::Int(Some(value)),
            Self::Hole(hole) => match pattern.holes[*hole].fits {
                Fits::Int => Kind::Int(None),
                Fits::Word => Kind::Word,
                _ => Kind::Text(None),
            },
            Self::Object(_) | Self::Array(_) | Self::Null | Self::Bool(_) => return None,
        })
    }
}

/// What a hole caught.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Found {
    /// An optional key was missing.
    #[default]
    Missing,
    Text(String),
    Int(Int),
}

impl Found {
    /// As text, for explanations and captures.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Missing => {}
            Self::Text(text) => out.extend_from_slice(text.as_bytes()),
            Self::Int(value) => value.write(&mut out),
        }
        out
    }
}

/// A JSON value as it came.
enum Tree<'a> {
    Object(Vec<(Cow<'a, str>, Self)>),
    Array(Vec<Self>),
    Text(Cow<'a, str>),
    Number(&'a str),
    /// `null`, `true`, `false`.
    Word(&'a str),
}

impl Matcher {
    /// Whether a message fits a JSON pattern; what its holes caught is left in [`Matcher::json`].
    pub(crate) fn json(&mut self, pattern: &Pattern, shape: &Shape, message: &[u8]) -> bool {
        let Ok(raw) = serde_json::from_slice::<&RawValue>(message) else { return false };
        let Some(tree) = read(raw.get(), 0) else { return false };
        self.json.clear();
        self.json.resize(pattern.holes.len(), Found::Missing);
        self.fits(pattern, shape, tree)
    }

    fn fits(&mut self, pattern: &Pattern, shape: &Shape, tree: Tree<'_>) -> bool {
        let same = |text: &str, wanted: &[u8]| {
            text.as_bytes() == wanted || (pattern.ignore_case && text.as_bytes().eq_ignore_ascii_case(wanted))
        };
        match (shape, tree) {
            (Shape::Object(members), Tree::Object(mut found)) => members.iter().all(|member| {
                let at = found.iter().position(|(key, _)| same(key, member.key.as_bytes()));
                match at {
                    Some(at) => {
                        let (_, value) = found.swap_remove(at);
                        self.fits(pattern, &member.value, value)
                    }
                    None => member.optional,
                }
            }),
            (Shape::Array(items), Tree::Array(found)) => {
                items.len() == found.len()
                    && items.iter().zip(found).all(|(item, found)| self.fits(pattern, item, found))
            }
            (Shape::Null, Tree::Word(word)) => word == "null",
            (Shape::Bool(value), Tree::Word(word)) => word == if *value { "true" } else { "false" },
            (Shape::Text(wanted), Tree::Text(text)) => same(&text, wanted),
            (Shape::Int(wanted), Tree::Number(text)) => int(text).as_ref() == Some(wanted),
            (Shape::Hole(hole), tree) => self.hole_fits(pattern, *hole, tree),
            _ => false,
        }
    }

    fn hole_fits(&mut self, pattern: &Pattern, hole: usize, tree: Tree<'_>) -> bool {
        let found = match (&pattern.holes[hole].fits, tree) {
            (Fits::Int, Tree::Number(text)) => int(text).map(Found::Int),
            (Fits::Text, Tree::Text(text)) => Some(Found::Text(text.into_owned())),
            (Fits::Word, Tree::Text(text)) => {
                let word = !text.is_empty() && !text.bytes().any(is_space);
                word.then(|| Found::Text(text.into_owned()))
            }
            _ => None,
        };
        let Some(found) = found else { return false };
        let agrees = match (&found, self.known(hole)) {
            (_, None) => true,
            (Found::Int(value), Some(wanted)) => {
                let mut text = Vec::new();
                value.write(&mut text);
                self.is_int(wanted, &text)
            }
            (_, Some(wanted)) => found.bytes() == self.bytes(wanted),
        };
        self.json[hole] = found;
        agrees
    }
}

/// An integer written without fraction and exponent.
fn int(text: &str) -> Option<Int> {
    Int::parse(text.as_bytes())
}

fn read(text: &str, depth: usize) -> Option<Tree<'_>> {
    if depth > JSON_DEPTH_MAX {
        return None;
    }
    match text.as_bytes().first()? {
        b'{' => {
            let members = serde_json::Deserializer::from_str(text).deserialize_map(Members).ok()?;
            let mut keys = HashSet::new();
            if !members.iter().all(|(key, _)| keys.insert(key.as_ref())) {
                return None;
            }
            let members = members.into_iter().map(|(key, raw)| Some((key, read(raw.get(), depth + 1)?)));
            members.collect::<Option<_>>().map(Tree::Object)
        }
        b'[' => {
            let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            items.into_iter().map(|raw| read(raw.get(), depth + 1)).collect::<Option<_>>().map(Tree::Array)
        }
        b'"' => serde_json::from_str::<Text<'_>>(text).ok().map(|text| Tree::Text(text.0)),
        b'-' | b'0'..=b'9' => Some(Tree::Number(text)),
        _ => Some(Tree::Word(text)),
    }
}

/// A string that is borrowed where it has no escapes.
#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The members of an object in their order, doubled ones too.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((key, value)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
            members.push((key.0, value));
        }
        Ok(members)
    }
}

/// Appends a text as Python's `json.dumps` writes it: beyond ASCII as `\uXXXX`.
pub(crate) fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for c in text.chars() {
        match c {
            '"' => out.extend_from_slice(br#"\""#),
            '\\' => out.extend_from_slice(br"\\"),
            '\n' => out.extend_from_slice(br"\n"),
            '\r' => out.extend_from_slice(br"\r"),
            '\t' => out.extend_from_slice(br"\t"),
            '\u{8}' => out.extend_from_slice(br"\b"),
            '\u{c}' => out.extend_from_slice(br"\f"),
            ' '..='~' => out.push(c as u8),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
                }
            }
        }
    }
    out.push(b'"');
}
