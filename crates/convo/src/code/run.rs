//! Running compiled expressions.

use std::sync::Arc;

use super::{Code, Do, Slot};
use crate::syntax::tree::Binary;
use crate::value::{Int, Value, reverse};

/// Why an expression has no value: our own fault, told in one sentence.
pub(crate) type Fault = String;

/// Bytes of text that one expression may build, at most: a `let` in a loop could double a text for ever.
const TEXT_BYTES_MAX: usize = 1 << 24;

/// What is one role's own.
#[derive(Debug)]
pub(crate) struct Own {
    pub(crate) chance: fastrand::Rng,
    pub(crate) unix: u64,
    pub(crate) peer: Box<str>,
}

/// What a session lends to those who compute for it.
#[derive(Debug)]
pub(crate) struct Lent<'a> {
    /// The names by slot.
    pub(crate) frame: &'a mut [Value],
    pub(crate) own: &'a mut Own,
    pub(crate) scratch: &'a mut Scratch,
}

/// The buffers of a run. Results stay until the next [`Scratch::clear`].
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    stack: Vec<Operand>,
    text: Vec<u8>,
}

#[derive(Debug, Clone)]
enum Operand {
    Int(Int),
    Bool(bool),
    Slot(Slot),
    Constant(Arc<[u8]>),
    Text { start: usize, end: usize },
    List(Arc<[Value]>),
}

impl Scratch {
    /// Bytes that its buffers take.
    pub(crate) fn capacity(&self) -> usize {
        self.text.capacity() + self.stack.capacity() * size_of::<Operand>()
    }

    /// Runs `code` over the names in `frame`; the result is read by one of the readers below.
    fn run(&mut self, code: &Code, frame: &[Value], own: &mut Own) -> Result<(), Fault> {
        self.stack.clear();
        self.text.clear();
        let mut at = 0;
        while let Some(step) = code.steps.get(at) {
            at += 1;
            if let Do::Skip { when, steps } = step {
                if self.bool_in(frame) == *when {
                    self.stack.push(Operand::Bool(*when));
                    at += steps;
                }
                continue;
            }
            self.step(step, frame, own)?;
            if self.text.len() > TEXT_BYTES_MAX {
                return Err("a text grew beyond 16 MiB".to_owned());
            }
        }
        Ok(())
    }

    /// The truth of a condition.
    pub(crate) fn condition(&mut self, code: &Code, frame: &[Value], own: &mut Own) -> Result<bool, Fault> {
        if let Some(holds) = code.compared(frame) {
            return Ok(holds);
        }
        self.run(code, frame, own)?;
        Ok(self.bool_in(frame))
    }

    pub(crate) fn int(&mut self, code: &Code, frame: &[Value], own: &mut Own) -> Result<Int, Fault> {
        if let [Do::Slot(slot)] = code.steps.as_slice() {
            return Ok(int_of(&frame[*slot]));
        }
        if let Some(value) = code.small(frame) {
            return Ok(Int::Small(value));
        }
        self.run(code, frame, own)?;
        Ok(self.pop_int(frame))
    }

    /// Appends the bytes of a text.
    pub(crate) fn bytes(
        &mut self,
        code: &Code,
        frame: &[Value],
        own: &mut Own,
        out: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        if let [Do::Slot(slot)] = code.steps.as_slice() {
            out.extend_from_slice(frame[*slot].bytes());
            return Ok(());
        }
        if let [Do::Slot(slot), Do::Reverse] = code.steps.as_slice() {
            reverse(frame[*slot].bytes(), out);
            return Ok(());
        }
        self.run(code, frame, own)?;
        let top = self.stack.pop();
        out.extend_from_slice(self.bytes_of(top.as_ref(), frame));
        Ok(())
    }

    /// Stores the result in `frame[into]`.
    pub(crate) fn store(
        &mut self,
        code: &Code,
        frame: &mut [Value],
        own: &mut Own,
        into: Slot,
    ) -> Result<(), Fault> {
        self.run(code, frame, own)?;
        match self.stack.pop() {
            Some(Operand::Int(value)) => frame[into] = Value::Int(value),
            Some(Operand::Bool(value)) => frame[into] = Value::Bool(value),
            Some(Operand::List(items)) => frame[into] = Value::List(items),
            Some(Operand::Slot(slot)) if slot != into => {
                let mut held = std::mem::take(&mut frame[into]);
                match &frame[slot] {
                    Value::Bytes(bytes) => held.set_bytes(bytes),
                    other => held = other.clone(),
                }
                frame[into] = held;
            }
            Some(Operand::Slot(_)) | None => {}
            Some(Operand::Constant(bytes)) => frame[into].set_bytes(&bytes),
            Some(Operand::Text { start, end }) => frame[into].set_bytes(&self.text[start..end]),
        }
        Ok(())
    }

    /// The list that `code` gives.
    pub(crate) fn list(
        &mut self,
        code: &Code,
        frame: &[Value],
        own: &mut Own,
    ) -> Result<Arc<[Value]>, Fault> {
        self.run(code, frame, own)?;
        Ok(self.pop_list(frame))
    }

    fn step(&mut self, step: &Do, frame: &[Value], own: &mut Own) -> Result<(), Fault> {
        let operand = match step {
            Do::Int(value) => Operand::Int(value.clone()),
            Do::Bytes(bytes) => Operand::Constant(Arc::clone(bytes)),
            Do::List(items) => Operand::List(Arc::clone(items)),
            Do::Slot(slot) => Operand::Slot(*slot),
            Do::Found(slot) => match &frame[*slot] {
                Value::Bytes(_) => Operand::Slot(*slot),
                _ => return Err("nothing is kept under this key; ask `key in list` first".to_owned()),
            },
            Do::Has(slot) => Operand::Bool(matches!(&frame[*slot], Value::Bytes(_))),
            Do::Gather(count) => self.gather(*count, frame),
            Do::Neg => Operand::Int(self.pop_int(frame).neg()),
            Do::Not => Operand::Bool(!self.bool_in(frame)),
            Do::Calculate(binary) => self.calculate(*binary, frame)?,
            Do::Same => self.same(frame),
            Do::SameBool => {
                let (right, left) = (self.bool_in(frame), self.bool_in(frame));
                Operand::Bool(left == right)
            }
            Do::InRange => {
                let (last, first, value) = (self.pop_int(frame), self.pop_int(frame), self.pop_int(frame));
                Operand::Bool(first <= value && value <= last)
            }
            Do::InList => self.in_list(frame),
            Do::Index => self.index(frame)?,
            Do::Now => {
                let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(own.unix.min(YEAR_9999));
                self.push(humantime::format_rfc3339_seconds(time).to_string().as_bytes())
            }
            Do::Peer => self.push(own.peer.as_bytes()),
            Do::Random => {
                let (last, first) = (self.pop_int(frame), self.pop_int(frame));
                let (Some(first), Some(last)) = (first.to_i64(), last.to_i64()) else {
                    return Err("the borders of `random` are beyond 64 bits".to_owned());
                };
                if first > last {
                    return Err(format!("random({first}..{last}) has no number to choose"));
                }
                Operand::Int(Int::Small(own.chance.i64(first..=last)))
            }
            _ => self.of_text(step, frame)?,
        };
        self.stack.push(operand);
        Ok(())
    }

    /// Steps that read a text (or a list) from the top of the stack.
    fn of_text(&mut self, step: &Do, frame: &[Value]) -> Result<Operand, Fault> {
        let top = self.stack.pop();
        let start = self.text.len();
        Ok(match step {
            Do::LenList => {
                self.stack.extend(top);
                Operand::Int(Int::from(self.pop_list(frame).len()))
            }
            Do::IntText => {
                self.stack.extend(top);
                let value = self.pop_int(frame);
                value.write(&mut self.text);
                Operand::Text { start, end: self.text.len() }
            }
            Do::Join => {
                let left = self.stack.pop();
                let mut joined = self.bytes_of(left.as_ref(), frame).to_vec();
                joined.extend_from_slice(self.bytes_of(top.as_ref(), frame));
                self.push(&joined)
            }
            Do::Size => Operand::Int(Int::from(self.bytes_of(top.as_ref(), frame).len())),
            Do::LenText => {
                Operand::Int(Int::from(str_of(self.bytes_of(top.as_ref(), frame)).chars().count()))
            }
            Do::IsInt => Operand::Bool(Int::parse(self.bytes_of(top.as_ref(), frame)).is_some()),
            Do::ToInt => {
                let text = self.bytes_of(top.as_ref(), frame);
                let Some(value) = Int::parse(text) else {
                    return Err(format!("int({:?}): this is no integer", str_of(text)));
                };
                Operand::Int(value)
            }
            Do::Lines => {
                let lines = str_of(self.bytes_of(top.as_ref(), frame)).lines();
                Operand::List(lines.map(|line| Value::Bytes(line.into())).collect())
            }
            Do::BytesText => {
                let bytes = self.bytes_of(top.as_ref(), frame);
                if std::str::from_utf8(bytes).is_err() {
                    return Err("text(…): these bytes are no UTF-8 text".to_owned());
                }
                return top.ok_or_else(Fault::new);
            }
            Do::Trim => {
                let trimmed = str_of(self.bytes_of(top.as_ref(), frame)).trim().as_bytes().to_vec();
                self.push(&trimmed)
            }
            Do::Lower => {
                let lower = str_of(self.bytes_of(top.as_ref(), frame)).to_lowercase();
                self.push(lower.as_bytes())
            }
            Do::Upper => {
                let upper = str_of(self.bytes_of(top.as_ref(), frame)).to_uppercase();
                self.push(upper.as_bytes())
            }
            _ => {
                let mut reversed = Vec::new();
                reverse(self.bytes_of(top.as_ref(), frame), &mut reversed);
                self.push(&reversed)
            }
        })
    }

    fn calculate(&mut self, binary: Binary, frame: &[Value]) -> Result<Operand, Fault> {
        let (right, left) = (self.pop_int(frame), self.pop_int(frame));
        if matches!(binary, Binary::Div | Binary::Rem) && right.is_zero() {
            return Err("division by zero".to_owned());
        }
        let value = match binary {
            Binary::Add => left.add(&right),
            Binary::Sub => left.sub(&right),
            Binary::Mul => left.mul(&right),
            Binary::Div => left.div(&right),
            Binary::Rem => left.rem(&right),
            Binary::Eq => return Ok(Operand::Bool(left == right)),
            Binary::Ne => return Ok(Operand::Bool(left != right)),
            Binary::Lt => return Ok(Operand::Bool(left < right)),
            Binary::Le => return Ok(Operand::Bool(left <= right)),
            Binary::Gt => return Ok(Operand::Bool(left > right)),
            Binary::Ge | Binary::And | Binary::Or => return Ok(Operand::Bool(left >= right)),
        };
        if value.is_too_long() {
            return Err("a number grew beyond 4,300 digits".to_owned());
        }
        Ok(Operand::Int(value))
    }

    fn same(&mut self, frame: &[Value]) -> Operand {
        let (right, left) = (self.stack.pop(), self.stack.pop());
        Operand::Bool(self.bytes_of(left.as_ref(), frame) == self.bytes_of(right.as_ref(), frame))
    }

    fn in_list(&mut self, frame: &[Value]) -> Operand {
        let items = self.pop_list(frame);
        let value = self.pop_value(frame);
        Operand::Bool(items.contains(&value))
    }

    fn index(&mut self, frame: &[Value]) -> Result<Operand, Fault> {
        let index = self.pop_int(frame);
        let items = self.pop_list(frame);
        let item = index.to_usize().and_then(|index| items.get(index.wrapping_sub(1)));
        match item {
            Some(Value::Bytes(bytes)) => Ok(self.push(bytes)),
            Some(Value::Int(value)) => Ok(Operand::Int(value.clone())),
            _ => {
                let mut text = Vec::new();
                index.write(&mut text);
                Err(format!("there is no item {} in a list of {}", str_of(&text), items.len()))
            }
        }
    }

    fn gather(&mut self, count: usize, frame: &[Value]) -> Operand {
        let mut items: Vec<_> = (0..count).map(|_| self.pop_value(frame)).collect();
        items.reverse();
        Operand::List(items.into())
    }

    fn push(&mut self, bytes: &[u8]) -> Operand {
        let start = self.text.len();
        self.text.extend_from_slice(bytes);
        Operand::Text { start, end: self.text.len() }
    }

    fn bytes_of<'a>(&'a self, operand: Option<&'a Operand>, frame: &'a [Value]) -> &'a [u8] {
        match operand {
            Some(Operand::Slot(slot)) => frame[*slot].bytes(),
            Some(Operand::Constant(bytes)) => bytes,
            Some(Operand::Text { start, end }) => &self.text[*start..*end],
            _ => &[],
        }
    }

    fn pop_value(&mut self, frame: &[Value]) -> Value {
        match self.stack.pop() {
            Some(Operand::Int(value)) => Value::Int(value),
            Some(Operand::Bool(value)) => Value::Bool(value),
            Some(Operand::Slot(slot)) => frame[slot].clone(),
            Some(Operand::List(items)) => Value::List(items),
            text => Value::Bytes(self.bytes_of(text.as_ref(), frame).to_vec()),
        }
    }

    fn pop_int(&mut self, frame: &[Value]) -> Int {
        match self.stack.pop() {
            Some(Operand::Int(value)) => value,
            Some(Operand::Slot(slot)) => int_of(&frame[slot]),
            _ => Int::Small(0),
        }
    }

    fn pop_list(&mut self, frame: &[Value]) -> Arc<[Value]> {
        match self.stack.pop() {
            Some(Operand::List(items)) => items,
            Some(Operand::Slot(slot)) => match &frame[slot] {
                Value::List(items) => Arc::clone(items),
                _ => Arc::default(),
            },
            _ => Arc::default(),
        }
    }

    fn bool_in(&mut self, frame: &[Value]) -> bool {
        match self.stack.pop() {
            Some(Operand::Bool(value)) => value,
            Some(Operand::Slot(slot)) => matches!(frame.get(slot), Some(Value::Bool(true))),
            _ => false,
        }
    }
}

/// The last second of the year 9999: times beyond are not written in RFC 3339.
const YEAR_9999: u64 = 253_402_300_799;

fn int_of(value: &Value) -> Int {
    match value {
        Value::Int(value) => value.clone(),
        _ => Int::Small(0),
    }
}

/// What is text by its type is UTF-8.
fn str_of(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}
