//! Steps that are no messages: values, conditions, lists, what is kept.

use std::sync::Arc;

use super::{Add, Ending, Found, Item, Link, Look, Output, Session, State, Turn};
use crate::Role;
use crate::code::Code;
use crate::knowledge::View;
use crate::model::{Field, LookKind};
use crate::program::{Given, Into, Op, Over, Program, Source};
use crate::syntax::tree::Type;
use crate::value::{Int, Value, is_space};

/// Where a `for` is.
#[derive(Debug, Clone, Default)]
pub(super) enum Iterator {
    #[default]
    Done,
    Range {
        next: Int,
        last: Int,
    },
    List {
        items: Arc<[Value]>,
        next: usize,
    },
    Kept {
        items: Arc<[Arc<Item>]>,
        next: usize,
        more: bool,
    },
}

impl Session {
    /// Does one step of the program.
    pub(super) fn step(&mut self, program: &Program, out: &mut Vec<u8>) -> Turn {
        let turn = match &program.steps[self.at] {
            Op::Connect => {
                self.at += 1;
                return Turn::Connect;
            }
            Op::Send(send) => return self.send(send, out),
            Op::Hear(point) => {
                return match self.rounds(out) {
                    Some(turn) => turn,
                    None => self.listen(program, point),
                };
            }
            Op::Free(free) => return self.freely(program, free, out),
            Op::Tell { room, fill, done, line, .. } => return self.tell(room, fill, *done, *line),
            Op::Pick(_) => {
                self.state = State::Asking;
                return Turn::Ask;
            }
            Op::Given(given) => return self.given(given),
            Op::Jump(to) => {
                self.at = *to;
                return Turn::Next;
            }
            Op::Let { slot, code, line } => self.store(code, *slot, *line),
            Op::Unless { code, to, line } => {
                return match self.mind.desk.open().scratch.condition(
                    code,
                    &self.mind.frame,
                    &mut self.mind.own,
                ) {
                    Ok(holds) => {
                        self.at = if holds { self.at + 1 } else { *to };
                        Turn::Next
                    }
                    Err(why) => {
                        self.fault(*line, &why);
                        Turn::Over
                    }
                };
            }
            Op::Show { fill, line } => return self.show(fill, *line),
            Op::Begin { iterator, over, line } => return self.begin(*iterator, over, *line),
            Op::Next { iterator, into, done } => return self.next(*iterator, into, *done),
            Op::Look { look, line, .. } => {
                let mut looked = None;
                if let LookKind::Key(code) | LookKind::Members(code) = &look.kind {
                    match self.text_of(code) {
                        Ok(key) => looked = Some(key),
                        Err(why) => {
                            self.fault(*line, &why);
                            return Turn::Over;
                        }
                    }
                }
                self.rare().key = looked;
                self.state = State::Looking;
                return Turn::Look;
            }
            Op::Add { value, key, line, .. } => return self.add(value, key.as_ref(), *line),
            Op::Framing(framing) => {
                self.framing = *framing;
                for role in [Role::Client, Role::Server] {
                    self.mail.of_mut(role).progress = Default::default();
                }
                self.at += 1;
                // What was said under the old framing is not mixed with the next write.
                return if out.is_empty() { Turn::Next } else { Turn::Send { apart: false } };
            }
            Op::Secure { line } => {
                if self.program.view != View::Observer && !self.has_read_all(self.program.role().other()) {
                    let came = super::why::quote(self.mail.first.bytes());
                    let why = format!("expected nothing before the keys are exchanged, got {came}");
                    self.broke(super::ViolationKind::Unexpected, *line, &why);
                    return Turn::Over;
                }
                self.state = State::Securing;
                return Turn::Secure;
            }
            Op::End => return self.end(),
            Op::Stop if self.program.view == View::Client => return self.end(),
            Op::Stop => {
                self.state = State::Stopped;
                return Turn::Over;
            }
            Op::Left => {
                self.state = self.rare().last.take().unwrap_or(State::Closed(Ending::PeerLeft));
                return Turn::Over;
            }
        };
        if turn == Turn::Next {
            self.at += 1;
        }
        turn
    }

    fn end(&mut self) -> Turn {
        if self.program.view == View::Client && self.link == Link::Stream {
            self.state = State::Closing(self.monotonic + super::CLOSE_WAIT);
            return Turn::Next;
        }
        self.state = State::Closed(Ending::Done);
        Turn::Over
    }

    fn store(&mut self, code: &Code, slot: usize, line: usize) -> Turn {
        match self.mind.desk.open().scratch.store(code, &mut self.mind.frame, &mut self.mind.own, slot) {
            Ok(()) => Turn::Next,
            Err(why) => {
                self.fault(line, &why);
                Turn::Over
            }
        }
    }

    pub(super) fn text_of(&mut self, code: &Code) -> Result<String, String> {
        let mut text = Vec::new();
        self.mind.desk.open().scratch.bytes(code, &self.mind.frame, &mut self.mind.own, &mut text)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    fn given(&mut self, given: &Given) -> Turn {
        if given.top
            && let Some(rare) = &self.rare
            && let Some(value) = rare.presets.get(given.slot)
        {
            self.mind.frame[given.slot] = value.clone();
            self.at += 1;
            return Turn::Next;
        }
        let Source::Code(code) = &given.source else {
            self.state = State::Asking;
            return Turn::Ask;
        };
        let turn = self.store(code, given.slot, given.line);
        if turn != Turn::Next {
            return turn;
        }
        if given.ty == Type::Word {
            let word = self.mind.frame[given.slot].bytes();
            if word.is_empty() || word.iter().copied().any(is_space) {
                let name = &self.program.names[given.slot];
                let why = format!("{name} is a word here, not {}", super::why::quote(word));
                self.fault(given.line, &why);
                return Turn::Over;
            }
        }
        self.at += 1;
        Turn::Next
    }

    fn begin(&mut self, iterator: usize, over: &Over, line: usize) -> Turn {
        let begun = match over {
            Over::Range(first, last) => {
                let first = self.mind.desk.open().scratch.int(first, &self.mind.frame, &mut self.mind.own);
                let last = self.mind.desk.open().scratch.int(last, &self.mind.frame, &mut self.mind.own);
                first.and_then(|next| Ok(Iterator::Range { next, last: last? }))
            }
            Over::List(code) => {
                let items = self.mind.desk.open().scratch.list(code, &self.mind.frame, &mut self.mind.own);
                items.map(|items| Iterator::List { items, next: 0 })
            }
            Over::Kept(_, None) => return self.read(1),
            Over::Kept(_, Some(from)) => {
                match self.mind.desk.open().scratch.int(from, &self.mind.frame, &mut self.mind.own) {
                    Ok(from) if from.is_negative() => return self.read(1),
                    // No list gets so far.
                    Ok(from) => return self.read(from.to_i64().map_or(u64::MAX, i64::unsigned_abs)),
                    Err(why) => Err(why),
                }
            }
        };
        match begun {
            Ok(begun) => {
                self.iterators[iterator] = begun;
                self.at += 1;
                Turn::Next
            }
            Err(why) => {
                self.fault(line, &why);
                Turn::Over
            }
        }
    }

    /// Begins to read a kept list at a number.
    fn read(&mut self, from: u64) -> Turn {
        self.rare().from = from;
        self.state = State::Looking;
        Turn::Look
    }

    fn next(&mut self, iterator: usize, into: &Into, done: usize) -> Turn {
        let on = match (&mut self.iterators[iterator], into) {
            (Iterator::Range { next, last }, Into::Slot(slot)) if *next <= *last => {
                let value = next.clone();
                *next = next.add(&Int::Small(1));
                self.mind.frame[*slot] = Value::Int(value);
                true
            }
            (Iterator::List { items, next }, Into::Slot(slot)) if *next < items.len() => {
                self.mind.frame[*slot] = items[*next].clone();
                *next += 1;
                true
            }
            (Iterator::Kept { items, next, .. }, Into::Fields(fields)) if *next < items.len() => {
                let item = &items[*next];
                *next += 1;
                for (field, slot) in fields {
                    let value = &mut self.mind.frame[*slot];
                    match field {
                        Field::Text => value.set_bytes(item.text.as_bytes()),
                        Field::Key => value.set_bytes(item.key.as_bytes()),
                        Field::From => value.set_bytes(item.from.as_bytes()),
                        Field::At => value.set_bytes(time(item.at).as_bytes()),
                    }
                }
                true
            }
            (Iterator::Kept { more: true, .. }, _) => {
                self.state = State::Looking;
                return Turn::Look;
            }
            _ => false,
        };
        if !on {
            self.iterators[iterator] = Iterator::Done;
        }
        self.at = if on { self.at + 1 } else { done };
        Turn::Next
    }

    /// What is asked of a kept list at this step.
    pub(super) fn look(&self) -> Output<'_> {
        match &self.program.steps[self.at] {
            Op::Look { look, list, .. } => Output::Look(match (&look.kind, self.key()) {
                (LookKind::Members(_), Some(room)) => Look::Members { room },
                (_, Some(key)) => Look::Key { list, key },
                (_, None) => Look::Count { list },
            }),
            Op::Begin { iterator, over: Over::Kept(list, _), .. } => Output::Look(Look::Begin {
                list,
                reading: *iterator,
                from: self.rare.as_ref().map_or(1, |rare| rare.from),
            }),
            Op::Next { iterator, .. } => Output::Look(Look::More { reading: *iterator }),
            _ => Output::Wait(None),
        }
    }

    /// What a look found.
    pub(super) fn found(&mut self, found: Found<'_>) {
        let program = Arc::clone(&self.program);
        let next = match (&program.steps[self.at], found) {
            (Op::Look { look, .. }, Found::Text(text)) => {
                self.mind.frame[look.into] = text.map_or(Value::None, |text| Value::Bytes(text.into()));
                self.at + 1
            }
            (Op::Look { look, .. }, Found::Count(count)) => {
                self.mind.frame[look.into] =
                    Value::Int(Int::from(usize::try_from(count).unwrap_or(usize::MAX)));
                self.at + 1
            }
            (Op::Look { look, .. }, Found::Members(names)) => {
                let names = names.iter().map(|name| Value::Bytes(name.as_bytes().to_vec()));
                self.mind.frame[look.into] = Value::List(names.collect());
                self.at + 1
            }
            (Op::Begin { iterator, .. }, Found::Items { items, more }) => {
                self.iterators[*iterator] = Iterator::Kept { items: Arc::clone(items), next: 0, more };
                self.at + 1
            }
            (Op::Next { iterator, .. }, Found::Items { items, more }) => {
                self.iterators[*iterator] = Iterator::Kept { items: Arc::clone(items), next: 0, more };
                self.at
            }
            _ => {
                self.fault(self.line(), "the store answered something else than was asked");
                return;
            }
        };
        self.go(next);
    }

    fn add(&mut self, value: &Code, key: Option<&Code>, line: usize) -> Turn {
        let text = self.text_of(value);
        let key = key.map(|key| self.text_of(key)).transpose();
        match (text, key) {
            (Ok(text), Ok(key)) => {
                let rare = self.rare();
                (rare.text, rare.key) = (text, key);
                self.state = State::Adding;
                Turn::Add
            }
            (Err(why), _) | (_, Err(why)) => {
                self.fault(line, &why);
                Turn::Over
            }
        }
    }

    /// It was added, under this number, or could not be: then the session goes on where the convo says how.
    pub(super) fn added(&mut self, added: Result<u64, &str>) {
        let Op::Add { number, done, line, .. } = self.program.steps[self.at] else { return };
        match (added, done) {
            (Err(why), None) => return self.fault(line, why),
            (_, Some(done)) => self.mind.frame[done] = Value::Bool(added.is_ok()),
            (Ok(_), None) => {}
        }
        if let (Ok(kept), Some(slot)) = (added, number) {
            self.mind.frame[slot] = Value::Int(Int::from(usize::try_from(kept).unwrap_or(usize::MAX)));
        }
        self.go(self.at + 1);
    }

    /// What is added at this step.
    pub(super) fn addition(&self) -> Output<'_> {
        let Op::Add { list, .. } = &self.program.steps[self.at] else { return Output::Wait(None) };
        Output::Add(Add {
            list,
            key: self.key(),
            text: self.text(),
            from: &self.mind.own.peer,
            at: self.mind.own.unix,
        })
    }
}

/// A time, in seconds since 1970, as the language has it.
fn time(seconds: u64) -> String {
    let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds.min(LAST_SECOND));
    humantime::format_rfc3339_seconds(at).to_string()
}

/// The last second of the year 9999: times beyond are not written in RFC 3339.
const LAST_SECOND: u64 = 253_402_300_799;
