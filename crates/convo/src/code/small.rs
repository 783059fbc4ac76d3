//! One step on two machine words, as most arithmetic and most conditions are: no stack is needed.

use super::{Code, Do};
use crate::syntax::tree::Binary;
use crate::value::{Int, Value};

impl Code {
    /// The integer that this is; nothing where it is anything else, or goes beyond a machine word.
    pub(crate) fn small(&self, frame: &[Value]) -> Option<i64> {
        let (binary, left, right) = self.words(frame)?;
        match binary {
            Binary::Add => left.checked_add(right),
            Binary::Sub => left.checked_sub(right),
            Binary::Mul => left.checked_mul(right),
            _ => None,
        }
    }

    /// The truth of the comparison that this is, if it is one.
    pub(super) fn compared(&self, frame: &[Value]) -> Option<bool> {
        let (binary, left, right) = self.words(frame)?;
        match binary {
            Binary::Eq => Some(left == right),
            Binary::Ne => Some(left != right),
            Binary::Lt => Some(left < right),
            Binary::Le => Some(left <= right),
            Binary::Gt => Some(left > right),
            Binary::Ge => Some(left >= right),
            _ => None,
        }
    }

    fn words(&self, frame: &[Value]) -> Option<(Binary, i64, i64)> {
        let [left, right, Do::Calculate(binary)] = self.steps.as_slice() else { return None };
        Some((*binary, word(left, frame)?, word(right, frame)?))
    }
}

fn word(step: &Do, frame: &[Value]) -> Option<i64> {
    match step {
        Do::Int(Int::Small(value)) => Some(*value),
        Do::Slot(slot) => match frame.get(*slot)? {
            Value::Int(Int::Small(value)) => Some(*value),
            _ => None,
        },
        _ => None,
    }
}
