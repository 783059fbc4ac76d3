//! What each role knows at each line: settled once, before anything runs.
//!
//! The one table that lint, projection, sessions and observer read. A role knows what it was given, what it heard
//! and what it computed from that; the observer only what was said. Where ways meet, what is known is what every
//! way brought.

use crate::Role;
use crate::code::Slot;
use crate::model::{Act, Body, Expression, For, FreeOn, FreeRow, Freely, Model, On, Over, Say};

/// Who looks at the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum View {
    Client,
    Server,
    Observer,
}

impl View {
    pub(crate) const ALL: [Self; 3] = [Self::Client, Self::Server, Self::Observer];

    pub(crate) fn is(self, role: Role) -> bool {
        self == Self::from(role)
    }
}

impl From<Role> for View {
    fn from(role: Role) -> Self {
        match role {
            Role::Client => Self::Client,
            Role::Server => Self::Server,
        }
    }
}

/// A set of names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names(Vec<u64>);

impl Names {
    pub(crate) fn has(&self, slot: Slot) -> bool {
        self.0.get(slot / 64).is_some_and(|word| word >> (slot % 64) & 1 == 1)
    }

    pub(crate) fn add(&mut self, slot: Slot) {
        if self.0.len() <= slot / 64 {
            self.0.resize(slot / 64 + 1, 0);
        }
        self.0[slot / 64] |= 1 << (slot % 64);
    }

    pub(crate) fn remove(&mut self, slot: Slot) {
        if let Some(word) = self.0.get_mut(slot / 64) {
            *word &= !(1 << (slot % 64));
        }
    }

    fn meet(&mut self, other: &Self) {
        self.0.truncate(other.0.len());
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= other;
        }
    }
}

/// What each view knows.
type Minds = [Names; 3];

/// What each view knows just before each step.
#[derive(Debug)]
pub(crate) struct Knowledge {
    before: Vec<Minds>,
}

impl Knowledge {
    /// The names that `view` knows before step `id`.
    pub(crate) fn at(&self, id: usize, view: View) -> &Names {
        &self.before[id][view as usize]
    }

    /// Whether `view` can compute `expr` before step `id`. What is one role's `own` is computed by nobody else.
    pub(crate) fn can(&self, id: usize, view: View, expr: &Expression) -> bool {
        can(self.at(id, view), view, expr)
    }

    /// Whether `view` knows all names of `slots` before step `id`.
    pub(crate) fn has(&self, id: usize, view: View, slots: &[Slot]) -> bool {
        slots.iter().all(|slot| self.at(id, view).has(*slot))
    }
}

fn can(names: &Names, view: View, expr: &Expression) -> bool {
    !expr.own && (!expr.kept() || view == View::Server) && expr.needs.iter().all(|slot| names.has(*slot))
}

/// Settles what everybody knows everywhere.
pub(crate) fn settle(model: &Model) -> Knowledge {
    let mut settling = Settling {
        before: vec![Minds::default(); model.steps],
        turns: vec![None; model.steps],
        breaks: Vec::new(),
        free: false,
        changed: true,
    };
    while std::mem::take(&mut settling.changed) {
        settling.body(&model.body, Some(Minds::default()));
    }
    Knowledge { before: settling.before }
}

struct Settling {
    before: Vec<Minds>,
    /// What is known at the beginning of each turn of a loop, by the loop's step. It only ever shrinks, so walking
    /// the whole convo until nothing changes ends.
    turns: Vec<Option<Minds>>,
    breaks: Vec<Vec<Minds>>,
    /// Inside a row of `freely`: what its body says comes at any time, and teaches nobody.
    free: bool,
    changed: bool,
}

/// What is known, unless this place is never reached.
type Here = Option<Minds>;

impl Settling {
    fn body(&mut self, body: &Body, mut here: Here) -> Here {
        for step in &body.steps {
            let minds = here?;
            self.before[step.id].clone_from(&minds);
            here = self.act(step.id, &step.act, minds);
        }
        here
    }

    fn act(&mut self, id: usize, act: &Act, mut minds: Minds) -> Here {
        match act {
            Act::Say(say) => {
                self.before[say.id].clone_from(&minds);
                if !self.free {
                    hear(say, &mut minds);
                }
            }
            Act::Given { role, slot, .. } => {
                for view in View::ALL {
                    learn(&mut minds, view, *slot, view.is(*role));
                }
            }
            Act::Let(slot, expr) => {
                for view in View::ALL {
                    let known = can(&minds[view as usize], view, expr);
                    learn(&mut minds, view, *slot, known);
                }
            }
            Act::If { arms, otherwise } => return self.choose(arms, otherwise.as_ref(), &minds),
            Act::On(on) => return self.on(on, &minds),
            Act::Loop(body) => return self.looped(id, body, minds),
            Act::For(each) => return Some(self.each(id, each, minds)),
            Act::Break => {
                if let Some(breaks) = self.breaks.last_mut() {
                    breaks.push(minds);
                }
                return None;
            }
            Act::End | Act::Stop => return None,
            Act::Freely(freely) => {
                self.freely(id, freely, minds);
                return None;
            }
            Act::Add { .. } | Act::Tell { .. } => {
                for slot in act.outcome() {
                    for view in View::ALL {
                        learn(&mut minds, view, slot, view == View::Server);
                    }
                }
            }
            Act::Show(..) | Act::Framing(_) | Act::Secure => {}
        }
        Some(minds)
    }

    fn choose(&mut self, arms: &[(Expression, Body)], otherwise: Option<&Body>, minds: &Minds) -> Here {
        let mut ends = Vec::new();
        let mut guessed = [false; 3];
        for (condition, body) in arms {
            for view in View::ALL {
                guessed[view as usize] |= !can(&minds[view as usize], view, condition);
            }
            self.branch(body, minds, guessed, &mut ends);
        }
        match otherwise {
            Some(body) => self.branch(body, minds, guessed, &mut ends),
            None => ends.push(minds.clone()),
        }
        meet(ends)
    }

    /// One branch, chosen by messages by the `guessed` views: for those to whom nothing is said in it, it does not
    /// exist, and what it changes they do not know.
    fn branch(&mut self, body: &Body, minds: &Minds, guessed: [bool; 3], ends: &mut Vec<Minds>) {
        let Some(mut end) = self.body(body, Some(minds.clone())) else { return };
        for view in View::ALL {
            if guessed[view as usize] && !concerns(body, view) {
                end[view as usize].clone_from(&minds[view as usize]);
                assigned(body, &mut |slot| end[view as usize].remove(slot));
            }
        }
        ends.push(end);
    }

    fn on(&mut self, on: &On, minds: &Minds) -> Here {
        let mut ends = Vec::new();
        for (say, body) in &on.rows {
            let mut said = minds.clone();
            self.before[say.id].clone_from(minds);
            hear(say, &mut said);
            ends.extend(self.body(body, Some(said)));
        }
        if let Some(body) = &on.otherwise {
            ends.extend(self.body(body, Some(minds.clone())));
        }
        if let Some(body) = &on.leaves {
            self.body(body, Some(minds.clone()));
        }
        meet(ends)
    }

    fn looped(&mut self, id: usize, body: &Body, minds: Minds) -> Here {
        self.breaks.push(Vec::new());
        self.turn(id, body, minds, &mut |_| {});
        meet(self.breaks.pop().unwrap_or_default())
    }

    fn each(&mut self, id: usize, each: &For, minds: Minds) -> Minds {
        self.breaks.push(Vec::new());
        let start = self.turn(id, &each.body, minds, &mut |turn| {
            for view in View::ALL {
                let known = &turn[view as usize];
                let (slots, known) = match &each.over {
                    Over::Range(slot, first, last) => {
                        (vec![*slot], can(known, view, first) && can(known, view, last))
                    }
                    Over::List(slot, expr) => (vec![*slot], can(known, view, expr)),
                    Over::Kept(_, fields, _) => {
                        (fields.iter().map(|(_, slot)| *slot).collect(), view == View::Server)
                    }
                };
                for slot in slots {
                    learn(turn, view, slot, known);
                }
            }
        });
        let mut ends = self.breaks.pop().unwrap_or_default();
        ends.push(start);
        meet(ends).unwrap_or_default()
    }

    /// All rows are open at once: what is known is what no row takes away.
    fn freely(&mut self, id: usize, freely: &Freely, minds: Minds) {
        let start = meet(self.turns[id].take().into_iter().chain([minds])).unwrap_or_default();
        let mut next = start.clone();
        for row in &freely.rows {
            next = meet([next].into_iter().chain(self.free_row(row, &start))).unwrap_or_default();
        }
        self.changed |= !same(&next, &start);
        self.turns[id] = Some(next);
    }

    fn free_row(&mut self, row: &FreeRow, start: &Minds) -> Here {
        let mut minds = start.clone();
        let alone = match &row.on {
            FreeOn::Says(say) => {
                self.before[say.id].clone_from(start);
                hear(say, &mut minds);
                false
            }
            FreeOn::Hears(hears) => {
                let line = &hears.line;
                self.before[line.id].clone_from(start);
                let slots = line.message.holes().into_iter().filter_map(|hole| hole.name);
                slots.for_each(|slot| minds[View::Server as usize].add(slot));
                true
            }
            FreeOn::Leaves(_) | FreeOn::Otherwise(_) => false,
        };
        let free = std::mem::replace(&mut self.free, true);
        let end = self.body(&row.body, Some(minds));
        self.free = free;
        let mut end = end?;
        for view in View::ALL {
            if alone && view != View::Server {
                // The others do not see when a line is heard, nor what it changes.
                end[view as usize].clone_from(&start[view as usize]);
                assigned(&row.body, &mut |slot| end[view as usize].remove(slot));
            }
            row.body.declares.iter().for_each(|slot| end[view as usize].remove(*slot));
        }
        Some(end)
    }

    /// Walks one turn of a loop; what is known at the beginning of every turn comes back.
    fn turn(&mut self, id: usize, body: &Body, minds: Minds, begin: &mut dyn FnMut(&mut Minds)) -> Minds {
        let mut start = meet(self.turns[id].take().into_iter().chain([minds])).unwrap_or_default();
        let mut first = start.clone();
        begin(&mut first);
        if let Some(mut end) = self.body(body, Some(first)) {
            for names in &mut end {
                body.declares.iter().for_each(|slot| names.remove(*slot));
            }
            let next = meet([start.clone(), end]).unwrap_or_default();
            if !same(&next, &start) {
                self.changed = true;
                start = next;
            }
        }
        self.turns[id] = Some(start.clone());
        start
    }
}

/// What a message teaches those who did not know it.
fn hear(say: &Say, minds: &mut Minds) {
    for hole in say.message.holes() {
        let Some(slot) = hole.name else { continue };
        for view in View::ALL {
            // The sender of a message that is filled knew the name already, or lint says so.
            if say.typed || !view.is(say.role) {
                minds[view as usize].add(slot);
            }
        }
    }
}

fn learn(minds: &mut Minds, view: View, slot: Slot, known: bool) {
    if known { minds[view as usize].add(slot) } else { minds[view as usize].remove(slot) }
}

fn meet(ends: impl IntoIterator<Item = Minds>) -> Here {
    ends.into_iter().reduce(|mut all, end| {
        for (names, other) in all.iter_mut().zip(&end) {
            names.meet(other);
        }
        all
    })
}

fn same(a: &Minds, b: &Minds) -> bool {
    let trimmed = |names: &Names| {
        let end = names.0.iter().rposition(|word| *word != 0).map_or(0, |last| last + 1);
        names.0[..end].to_vec()
    };
    a.iter().zip(b).all(|(a, b)| trimmed(a) == trimmed(b))
}

/// Whether anything in a block is said to `view`, shown to it, or ends its conversation or loop.
pub(crate) fn concerns(body: &Body, view: View) -> bool {
    body.steps.iter().any(|step| match &step.act {
        Act::Say(_)
        | Act::On(_)
        | Act::Freely(_)
        | Act::End
        | Act::Stop
        | Act::Break
        | Act::Framing(_)
        | Act::Secure => true,
        Act::Show(role, _) => view.is(*role),
        Act::Given { .. } | Act::Let(..) | Act::Add { .. } | Act::Tell { .. } => false,
        Act::If { arms, otherwise } => {
            arms.iter().any(|(_, body)| concerns(body, view))
                || otherwise.as_ref().is_some_and(|body| concerns(body, view))
        }
        Act::Loop(body) => concerns(body, view),
        Act::For(each) => concerns(&each.body, view),
    })
}

/// Calls `visit` with each name that a block changes.
pub(crate) fn assigned(body: &Body, visit: &mut dyn FnMut(Slot)) {
    for step in &body.steps {
        match &step.act {
            Act::Let(slot, _) | Act::Given { slot, .. } => visit(*slot),
            Act::Add { .. } | Act::Tell { .. } => step.act.outcome().for_each(&mut *visit),
            Act::If { arms, otherwise } => {
                arms.iter().for_each(|(_, body)| assigned(body, visit));
                otherwise.iter().for_each(|body| assigned(body, visit));
            }
            Act::On(on) => on.rows.iter().for_each(|(_, body)| assigned(body, visit)),
            Act::Loop(body) => assigned(body, visit),
            Act::For(each) => assigned(&each.body, visit),
            Act::Freely(freely) => freely.rows.iter().for_each(|row| assigned(&row.body, visit)),
            _ => {}
        }
    }
}
