//! `freely`: all rows open at once.

use std::sync::Arc;

use super::super::{Draft, read};
use super::{Compiler, NOWHERE};
use crate::Role;
use crate::knowledge::{View, assigned};
use crate::model::{Act, Body, FreeOn, FreeRow, Freely, Hears, Say};
use crate::program::{Free, HearRow, Op, Pick, Point, Way};

impl Compiler<'_> {
    /// All rows open at once; every body leads back here.
    pub(super) fn freely(&mut self, freely: &Freely, line: usize) {
        self.turn_begins = false;
        let at = self.op(Op::Jump(NOWHERE));
        let (mut ways, mut rows, mut choices) = (Vec::new(), Vec::new(), Vec::new());
        let (mut hears, mut leaves) = (Vec::new(), None);
        let (mut anything_else, mut answers) = (Vec::new(), Vec::new());
        for row in &freely.rows {
            let here = self.here();
            let hearer = match &row.on {
                FreeOn::Says(say) if self.is(say.role) => {
                    let pattern = Arc::new(read::pattern(self.model, self.known, say, self.view));
                    choices.push(pattern.text.to_string());
                    rows.push((pattern, here));
                    say.role.other()
                }
                FreeOn::Says(say) => {
                    ways.push(self.way(say, here));
                    say.role.other()
                }
                FreeOn::Leaves(role) if !self.is(*role) && self.view != View::Observer => {
                    leaves = Some(here);
                    role.other()
                }
                FreeOn::Leaves(_) => continue,
                FreeOn::Otherwise(role) => {
                    let pattern = Arc::new(read::anything(row.span.line));
                    if self.is(*role) {
                        choices.push("anything else".to_owned());
                        rows.push((pattern, here));
                    } else {
                        anything_else.push(Way { from: *role, pattern, to: here, takes: true });
                    }
                    role.other()
                }
                FreeOn::Hears(heard) if self.view == View::Server => {
                    let Hears { room, name, line } = &**heard;
                    let pattern = Arc::new(read::pattern(self.model, self.known, line, self.view));
                    let (room, keep) = (room.name.code.clone(), room.keep);
                    let name = name.as_ref().map(|name| name.code.clone());
                    hears.push(HearRow { room, name, keep, pattern, to: here, stays: stays(row, freely) });
                    Role::Server
                }
                FreeOn::Hears(_) => Role::Server,
            };
            if !self.is(hearer) {
                said(&row.body, hearer, &mut answers);
            }
            if matches!(row.on, FreeOn::Hears(_)) && self.view != View::Server {
                continue;
            }
            let others = !self.is(hearer);
            let mute = std::mem::replace(&mut self.mute, others);
            self.body(&row.body);
            self.mute = mute;
            self.op(if matches!(row.on, FreeOn::Leaves(_)) { Op::Left } else { Op::Jump(at) });
        }
        ways.extend(anything_else);
        // What the other role says in its bodies may come at any time: by the types of its holes alone.
        for say in answers {
            let pattern = Arc::new(read::pattern(self.model, self.known, say, self.view).loose());
            ways.push(Way { from: say.role, pattern, to: at, takes: true });
        }
        let choices = choices.join(" | ").into();
        let pick = (!rows.is_empty()).then_some(Pick { rows, choices, line });
        let from = if self.view == View::Server { Role::Client } else { Role::Server };
        let point =
            Point { ways, told: true, close: None, leaves, may_leave: true, person: true, line, from };
        let settled = freely.rows.iter().all(|row| stays(row, freely));
        self.draft[at] = Draft::Op(Op::Free(Box::new(Free { point, pick, settled, hears })));
    }
}

/// Whether a row of `freely` changes no name that its rooms, and this session in them, hang on.
fn stays(row: &FreeRow, freely: &Freely) -> bool {
    let mut changed = Vec::new();
    assigned(&row.body, &mut |slot| changed.push(slot));
    let said = match &row.on {
        FreeOn::Says(say) => Some(&**say),
        FreeOn::Hears(hears) => Some(&hears.line),
        FreeOn::Leaves(_) | FreeOn::Otherwise(_) => None,
    };
    changed.extend(said.into_iter().flat_map(|say| say.message.holes()).filter_map(|hole| hole.name));
    let hears = freely.rows.iter().filter_map(|row| match &row.on {
        FreeOn::Hears(hears) => Some(hears),
        _ => None,
    });
    let names = hears.flat_map(|hears| std::iter::once(&hears.room.name).chain(&hears.name));
    !names.flat_map(|name| name.code.slots()).any(|slot| changed.contains(&slot))
}

/// The messages that a role says in a block.
fn said<'m>(body: &'m Body, role: Role, into: &mut Vec<&'m Say>) {
    for step in &body.steps {
        match &step.act {
            Act::Say(say) if say.role == role => into.push(say),
            Act::If { arms, otherwise } => {
                arms.iter().for_each(|(_, body)| said(body, role, into));
                otherwise.iter().for_each(|body| said(body, role, into));
            }
            Act::For(each) => said(&each.body, role, into),
            _ => {}
        }
    }
}
