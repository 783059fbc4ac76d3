//! Expressions, compiled: postfix steps over a stack that is kept between runs.
//!
//! `number + len(name)` becomes `Slot(number) Slot(name) Len Add`. Types are settled before, so a step finds what it
//! expects. Text of intermediate results lies in one buffer, and names are never copied: a run allocates nothing
//! once its buffers have grown.

mod run;
mod small;

use std::sync::Arc;

pub(crate) use run::{Fault, Lent, Own, Scratch};

use crate::syntax::tree::Binary;
use crate::value::{Int, Value};

/// Where a name's value lies.
pub(crate) type Slot = usize;

/// A compiled expression.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Code {
    pub(crate) steps: Vec<Do>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Do {
    Int(Int),
    Bytes(Arc<[u8]>),
    List(Arc<[Value]>),
    Slot(Slot),
    /// Takes so many values and makes them a list.
    Gather(usize),
    Neg,
    Not,
    /// On two integers (not `and`, `or`, and `+` of text).
    Calculate(Binary),
    /// Joins two texts.
    Join,
    /// Compares two texts: equal or not.
    Same,
    /// Compares two conditions: equal or not.
    SameBool,
    /// If the top is false (`and`) or true (`or`), skips so many steps and keeps it; else drops it.
    Skip {
        when: bool,
        steps: usize,
    },
    InRange,
    InList,
    IsInt,
    Index,
    Reverse,
    LenText,
    LenList,
    Size,
    Lines,
    Lower,
    Upper,
    Trim,
    ToInt,
    /// An integer as text.
    IntText,
    /// Bytes as text, if they are.
    BytesText,
    /// What a look into a list found under a key, if anything.
    Found(Slot),
    /// Whether a look found anything.
    Has(Slot),
    Now,
    Peer,
    Random,
}

impl Code {
    /// The names in it.
    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> {
        self.steps.iter().filter_map(|step| match step {
            Do::Slot(slot) | Do::Found(slot) | Do::Has(slot) => Some(*slot),
            _ => None,
        })
    }

    /// The bare name that this code is, if it is nothing else.
    pub(crate) fn bare(&self) -> Option<Slot> {
        match self.steps.as_slice() {
            [Do::Slot(slot)] => Some(*slot),
            _ => None,
        }
    }
}
