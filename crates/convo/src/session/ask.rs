//! Our person: what is asked, and what becomes of the answers.

use std::sync::Arc;

use super::port::{Ask, Ending, Output, Refusal, SetupError};
use super::{Emit, Presets, Session, State};
use crate::code::Slot;
use crate::program::{Op, Pick, Program, Source};
use crate::syntax::tree::Type;
use crate::value::{Int, Value, is_space};

impl Session {
    pub(super) fn question(&self) -> Output<'_> {
        match &self.program.steps[self.at] {
            Op::Given(given) => {
                let Source::Ask { prompt, until } = &given.source else { return Output::Wait(None) };
                Output::Ask(Ask { prompt, until: until.as_deref(), expects: given.ty.name(), freely: false })
            }
            Op::Pick(pick) => Output::Ask(choice(pick, false)),
            Op::Free(free) => match &free.pick {
                Some(pick) => Output::Ask(choice(pick, true)),
                None => Output::Wait(None),
            },
            _ => Output::Wait(None),
        }
    }

    pub(super) fn refuse(&mut self, refusal: Refusal) {
        self.rare().refusal = Some(refusal);
        self.emits.push(Emit::Refused);
        if matches!(self.program.steps[self.at], Op::Free(_)) {
            // Asked anew when it goes on.
            return;
        }
        self.emits.push(Emit::Ask);
        self.state = State::Asking;
    }

    /// Our person's answer.
    pub(super) fn answer(&mut self, text: &str) {
        let program = Arc::clone(&self.program);
        match &program.steps[self.at] {
            Op::Given(given) => {
                if let Source::Ask { until: Some(until), .. } = &given.source
                    && **until == *text
                {
                    self.state = State::Closed(Ending::WeLeft);
                    return;
                }
                match parse(given.ty, text) {
                    Some(value) => {
                        self.mind.frame[given.slot] = value;
                        self.go(self.at + 1);
                    }
                    None => {
                        let name = &program.names[given.slot];
                        let why = format!("{name} is {} here, not {text:?}", article(given.ty));
                        self.refuse(Refusal::Unfit(why));
                    }
                }
            }
            Op::Pick(pick) => self.pick(pick, text),
            _ => {}
        }
    }
}

/// Our person is asked for a whole message.
fn choice(pick: &Pick, freely: bool) -> Ask<'_> {
    Ask { prompt: "", until: None, expects: &pick.choices, freely }
}

impl Presets {
    /// Reads answers to top `given`s of a role: `--set name=value`.
    ///
    /// # Errors
    /// A value that no top `given` of this role has, or that does not fit its type.
    pub fn read(program: &Program, values: &[(String, String)]) -> Result<Self, SetupError> {
        if values.is_empty() {
            return Ok(Self::default());
        }
        let presets = values.iter().map(|(name, text)| preset(program, name, text));
        Ok(Self(Some(presets.collect::<Result<_, _>>()?)))
    }

    /// What is answered for a slot.
    pub(super) fn get(&self, slot: Slot) -> Option<&Value> {
        self.0.iter().flat_map(|all| &**all).find(|(preset, _)| *preset == slot).map(|(_, value)| value)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

/// A value for `--set name=text`.
fn preset(program: &Program, name: &str, text: &str) -> Result<(Slot, Value), SetupError> {
    let Some(preset) = program.givens.iter().find(|preset| *program.names[preset.slot] == *name) else {
        let role = program.role().name();
        let names: Vec<_> = program.givens().collect();
        let known = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
        return Err(SetupError(format!("the {role} is given no `{name}` at the top; it is given {known}")));
    };
    let value = parse(preset.ty, text)
        .ok_or_else(|| SetupError(format!("{name} is {} here, not {text:?}", article(preset.ty))))?;
    Ok((preset.slot, value))
}

/// Reads a value as a person writes it.
fn parse(ty: Type, text: &str) -> Option<Value> {
    match ty {
        Type::Text | Type::Bytes => Some(Value::Bytes(text.into())),
        Type::Word => {
            let word = !text.is_empty() && !text.bytes().any(is_space);
            word.then(|| Value::Bytes(text.into()))
        }
        Type::Int => Int::parse(text.as_bytes()).map(Value::Int),
        Type::Bool | Type::Texts | Type::Ints => None,
    }
}

fn article(ty: Type) -> &'static str {
    match ty {
        Type::Int => "an int (a sign and digits)",
        Type::Word => "a word (no white space, not empty)",
        other => other.name(),
    }
}
