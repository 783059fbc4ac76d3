//! What may be answered to a question: from its type, and from the constants that conditions compare with.

use std::collections::{BTreeMap, BTreeSet};

use crate::code::{Code, Do, Slot};
use crate::model::Fits;
use crate::pattern::{Bind, Part, Pattern};
use crate::program::{Given, Op, Pick, Source};
use crate::session::{Question, Session};
use crate::syntax::tree::{Binary, Type};
use crate::value::{Int, Value};
use crate::{Convo, Role};

/// Candidates of one question, at most.
const CANDIDATES_MAX: usize = 24;
/// An ordinary integer, text and word.
pub(super) const INT: &str = "25";
pub(super) const TEXT: &str = "hello world";
const WORD: &str = "sockeye";

/// A question that nobody answered.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// Whose person was asked.
    pub(super) role: Role,
    pub(super) what: What,
    /// They say something whenever they like, and need not leave where they say no more.
    pub(super) freely: bool,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    Value {
        name: String,
        slot: Slot,
        ty: Type,
    },
    /// A whole message: the step at which it is picked.
    Line(usize),
}

impl Asked {
    pub(super) fn of(session: &Session, role: Role) -> Option<Self> {
        let what = match session.asked()? {
            Question::Value { name, slot, ty } => What::Value { name: name.to_owned(), slot, ty },
            Question::Line => What::Line(session.place()),
        };
        Some(Self { role, what, freely: session.is_free() })
    }

    /// What the answer is called.
    pub(super) fn name(&self) -> Option<&str> {
        match &self.what {
            What::Value { name, .. } => Some(name),
            What::Line(_) => None,
        }
    }
}

/// What conditions compare names with.
#[derive(Debug, Default)]
pub(super) struct Constants {
    ints: BTreeMap<Slot, BTreeSet<i64>>,
    texts: BTreeMap<Slot, BTreeSet<String>>,
    /// Names that are looked at as integers although they are text.
    numeric: BTreeSet<Slot>,
}

impl Constants {
    pub(super) fn of(convo: &Convo) -> Self {
        let mut constants = Self::default();
        // What a name is made of: a condition on it is one on them.
        let mut made: BTreeMap<Slot, BTreeSet<Slot>> = BTreeMap::new();
        for role in [Role::Client, Role::Server] {
            for op in &convo.program(role).steps {
                if let Op::Let { slot, code, .. } = op {
                    made.entry(*slot).or_default().extend(code.slots());
                }
            }
        }
        for role in [Role::Client, Role::Server] {
            for op in &convo.program(role).steps {
                if let Op::Unless { code, .. } | Op::Let { code, .. } = op {
                    constants.note(code, &made);
                }
            }
        }
        constants
    }

    /// The texts that conditions compare with.
    pub(super) fn words(&self) -> BTreeSet<&str> {
        self.texts.values().flatten().map(String::as_str).filter(|text| !text.is_empty()).collect()
    }

    fn note(&mut self, code: &Code, made: &BTreeMap<Slot, BTreeSet<Slot>>) {
        let slots = sources(code.slots(), made);
        let range = code.steps.iter().any(|step| matches!(step, Do::InRange));
        let numeric = code.steps.iter().any(|step| matches!(step, Do::IsInt | Do::ToInt));
        let compares = |step: &Do| match step {
            Do::Calculate(kind) => {
                !matches!(kind, Binary::Add | Binary::Sub | Binary::Mul | Binary::Div | Binary::Rem)
            }
            Do::InRange | Do::InList | Do::Same => true,
            _ => false,
        };
        let compares = code.steps.iter().any(compares);
        let mut ints = BTreeSet::new();
        let mut texts = BTreeSet::new();
        let mut low = true;
        for step in &code.steps {
            match step {
                Do::Int(int) if range => {
                    // Both sides of each border: 0, 1 and 100, 101 for 1..100.
                    let Some(value) = small(int) else { continue };
                    ints.extend([value, if low { value - 1 } else { value + 1 }]);
                    low = !low;
                }
                Do::Int(int) => {
                    let Some(value) = small(int) else { continue };
                    ints.extend([value - 1, value, value + 1]);
                }
                Do::Bytes(bytes) => {
                    texts.extend(std::str::from_utf8(bytes).ok().map(str::to_owned));
                }
                Do::List(values) => {
                    for value in values.iter() {
                        match value {
                            Value::Int(int) => ints.extend(small(int)),
                            Value::Bytes(bytes) => {
                                texts.extend(std::str::from_utf8(bytes).ok().map(str::to_owned));
                            }
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        if code.steps.iter().any(|step| matches!(step, Do::Lower | Do::Upper)) {
            // Either case is the same to the convo.
            texts = texts.into_iter().flat_map(|text| [text.to_uppercase(), text]).collect();
        }
        for slot in slots {
            if numeric {
                self.numeric.insert(slot);
            }
            if compares {
                self.ints.entry(slot).or_default().extend(&ints);
                self.texts.entry(slot).or_default().extend(texts.iter().cloned());
            }
        }
    }

    /// What may be answered, the ordinary first.
    pub(super) fn candidates(&self, asked: &Asked, convo: &Convo) -> Vec<String> {
        let mut all = match &asked.what {
            What::Value { slot, ty, .. } => {
                let until = until(convo, asked.role, *slot);
                self.values(*slot, *ty).into_iter().chain(until).collect()
            }
            What::Line(at) => {
                convo.program(asked.role).steps[*at].pick().map(|pick| self.lines(pick)).unwrap_or_default()
            }
        };
        let mut seen = BTreeSet::new();
        all.retain(|candidate| seen.insert(candidate.clone()));
        all.truncate(CANDIDATES_MAX);
        all
    }

    fn values(&self, slot: Slot, ty: Type) -> Vec<String> {
        let ints = self.ints.get(&slot).into_iter().flatten().map(i64::to_string);
        let texts = self.texts.get(&slot).into_iter().flatten().cloned();
        match ty {
            Type::Int => [INT.to_owned()].into_iter().chain(ints).collect(),
            Type::Word => [WORD.to_owned()].into_iter().chain(texts).collect(),
            _ if self.numeric.contains(&slot) => {
                [INT.to_owned(), TEXT.to_owned()].into_iter().chain(texts).chain(ints).collect()
            }
            _ => [TEXT.to_owned()].into_iter().chain(texts).collect(),
        }
    }

    /// Lines that fit the rows of a choice: each with ordinary values, then each hole with what it is compared with.
    fn lines(&self, pick: &Pick) -> Vec<String> {
        let mut all = Vec::new();
        for (pattern, _) in &pick.rows {
            all.extend(filled(pattern, None));
            for hole in 0..pattern.holes.len() {
                let Bind::Capture(slot) = &pattern.holes[hole].bind else { continue };
                for value in self.values(*slot, type_of(&pattern.holes[hole].fits)).into_iter().skip(1) {
                    all.extend(filled(pattern, Some((hole, &value))));
                }
            }
        }
        all.push("?? what is this".to_owned());
        all
    }
}

/// A line that fits a row, one hole of it with another value.
fn filled(pattern: &Pattern, other: Option<(usize, &str)>) -> Option<String> {
    let mut line = Vec::new();
    if pattern.json.is_some() {
        return None;
    }
    for part in &pattern.parts {
        match part {
            Part::Literal(bytes) => line.extend_from_slice(bytes),
            Part::Hole(hole) => {
                let text = match (other, &pattern.holes[*hole].fits) {
                    (Some((which, value)), _) if which == *hole => value.to_owned(),
                    (_, Fits::Int) => INT.to_owned(),
                    (_, Fits::Word) => WORD.to_owned(),
                    (_, Fits::Text | Fits::Bytes) => TEXT.to_owned(),
                    (_, Fits::Sized { .. } | Fits::Fixed(_)) => return None,
                };
                line.extend_from_slice(text.as_bytes());
            }
        }
    }
    String::from_utf8(line).ok()
}

/// The word that makes the person's role leave.
fn until(convo: &Convo, role: Role, slot: Slot) -> Option<String> {
    convo.program(role).steps.iter().find_map(|op| match op {
        Op::Given(Given { slot: asked, source: Source::Ask { until, .. }, .. }) if *asked == slot => {
            until.as_deref().map(str::to_owned)
        }
        _ => None,
    })
}

fn type_of(fits: &Fits) -> Type {
    match fits {
        Fits::Int | Fits::Fixed(_) => Type::Int,
        Fits::Word => Type::Word,
        Fits::Text | Fits::Bytes | Fits::Sized { .. } => Type::Text,
    }
}

fn small(int: &Int) -> Option<i64> {
    int.to_i128().and_then(|value| i64::try_from(value).ok()).filter(|value| value.unsigned_abs() < 1 << 60)
}

/// The names, and those that they are made of.
fn sources(slots: impl Iterator<Item = Slot>, made: &BTreeMap<Slot, BTreeSet<Slot>>) -> BTreeSet<Slot> {
    let mut all = BTreeSet::new();
    let mut open: Vec<Slot> = slots.collect();
    while let Some(slot) = open.pop() {
        if all.insert(slot) {
            open.extend(made.get(&slot).into_iter().flatten());
        }
    }
    all
}
