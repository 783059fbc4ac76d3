//! One role's steps, one after the other; choices stay open until all steps are there.

mod freely;

use std::sync::Arc;

use super::{Choice, Draft, Over, fill, read};
use crate::Role;
use crate::code::Slot;
use crate::finding::Span;
use crate::knowledge::{Knowledge, View, concerns};
use crate::model::{self, Act, Body, Expression, Model, On, Say, Step};
use crate::program::{At, Given, Guard, Into, Op, Over as Items, Pick, Point, Send, Source, Way};

/// A place that is not known yet.
const NOWHERE: At = usize::MAX;

pub(super) fn compile(model: &Model, known: &Knowledge, view: View) -> Vec<Draft> {
    let mut compiler = Compiler {
        model,
        known,
        view,
        draft: Vec::new(),
        breaks: Vec::new(),
        silent: Vec::new(),
        turn_begins: false,
        asked: Vec::new(),
        iterators: 0,
        mute: false,
    };
    compiler.top(&model.body);
    compiler.op(Op::End);
    compiler.draft
}

struct Compiler<'m> {
    model: &'m Model,
    known: &'m Knowledge,
    view: View,
    draft: Vec<Draft>,
    /// The jumps out of each open loop.
    breaks: Vec<Vec<At>>,
    /// For each open `loop`: the roles that only listen in it.
    silent: Vec<Vec<Role>>,
    /// The next message is the first of a turn of a `loop`.
    turn_begins: bool,
    /// Names that a role's person is asked for.
    asked: Vec<(Role, Slot)>,
    iterators: usize,
    /// In a body of `freely` that the other role runs: what it says comes at any time, not here.
    mute: bool,
}

impl Compiler<'_> {
    fn here(&self) -> At {
        self.draft.len()
    }

    fn op(&mut self, op: Op) -> At {
        self.draft.push(Draft::Op(op));
        self.draft.len() - 1
    }

    /// Lets the jump, condition or `Next` at `at` lead here.
    fn land(&mut self, at: At) {
        let here = self.here();
        match self.draft.get_mut(at) {
            Some(Draft::Op(Op::Jump(to) | Op::Unless { to, .. } | Op::Next { done: to, .. })) => *to = here,
            _ => unreachable!("only jumps land"),
        }
    }

    fn is(&self, role: Role) -> bool {
        self.view.is(role)
    }

    /// The whole convo: the client connects when its top values are there.
    fn top(&mut self, body: &Body) {
        let mut connected = self.view != View::Client;
        for step in &body.steps {
            let before = matches!(step.act, Act::Given { .. } | Act::Let(..) | Act::Framing(_));
            if !connected && !before {
                self.op(Op::Connect);
                connected = true;
            }
            self.step(step);
        }
        if !connected {
            self.op(Op::Connect);
        }
    }

    fn body(&mut self, body: &Body) {
        body.steps.iter().for_each(|step| self.step(step));
    }

    fn step(&mut self, step: &Step) {
        let line = step.span.line;
        match &step.act {
            Act::Say(say) => self.say(say),
            Act::Show(role, message) if self.is(*role) => {
                self.looks_of(message, line);
                let fill = fill::fill(self.model, message);
                self.op(Op::Show { fill, line });
            }
            Act::Show(..) => {}
            Act::Given { role, slot, ty, source, top } => {
                if matches!(source, model::Source::Ask { .. }) {
                    self.asked.push((*role, *slot));
                } else {
                    self.asked.retain(|(_, asked)| asked != slot);
                }
                if self.is(*role) {
                    let source = self.source(source, line);
                    self.op(Op::Given(Given { slot: *slot, ty: *ty, top: *top, line, source }));
                }
            }
            Act::Let(slot, expr) => {
                self.asked.retain(|(_, asked)| asked != slot);
                if self.known.can(step.id, self.view, expr) {
                    self.looks(expr, line);
                    self.op(Op::Let { slot: *slot, code: expr.code.clone(), line });
                }
            }
            Act::If { arms, otherwise } => self.choose(step.id, arms, otherwise.as_ref(), step.span),
            Act::On(on) => self.on(on, line),
            Act::Loop(body) => self.looped(body),
            Act::For(each) => self.each(step.id, each, step.span),
            Act::Break => {
                let jump = self.op(Op::Jump(NOWHERE));
                if let Some(breaks) = self.breaks.last_mut() {
                    breaks.push(jump);
                }
            }
            Act::End => {
                self.op(Op::End);
            }
            Act::Stop => {
                self.op(Op::Stop);
            }
            Act::Framing(framing) => {
                self.op(Op::Framing(*framing));
            }
            Act::Secure => {
                self.op(Op::Secure { line });
            }
            Act::Add { list, value, key, number, done } if self.view == View::Server => {
                self.looks(value, line);
                key.iter().for_each(|key| self.looks(key, line));
                let key = key.as_ref().map(|key| key.code.clone());
                let list = Arc::clone(&self.model.lists[*list]);
                let value = value.code.clone();
                self.op(Op::Add { list, value, key, number: *number, done: *done, line });
            }
            Act::Tell { room, message, done } if self.view == View::Server => {
                self.looks_of(message, line);
                let fill = fill::fill(self.model, message);
                let (room, keep) = (room.name.code.clone(), room.keep);
                self.op(Op::Tell { room, keep, fill, done: *done, line });
            }
            Act::Freely(freely) => self.freely(freely, line),
            Act::Add { .. } | Act::Tell { .. } => {}
        }
    }

    fn source(&mut self, source: &model::Source, line: usize) -> Source {
        match source {
            model::Source::Ask { prompt, until } => {
                Source::Ask { prompt: Arc::clone(prompt), until: until.clone() }
            }
            model::Source::Expr(expr) => {
                self.looks(expr, line);
                Source::Code(expr.code.clone())
            }
        }
    }

    /// The looks into kept lists that come before an expression.
    fn looks(&mut self, expr: &Expression, line: usize) {
        for look in &expr.looks {
            let list = self.model.lists.get(look.list).map_or_else(|| Arc::from(""), Arc::clone);
            self.op(Op::Look { look: look.clone(), list, line });
        }
    }

    fn looks_of(&mut self, message: &model::Message, line: usize) {
        for hole in message.holes() {
            self.looks(&hole.expr, line);
        }
    }

    fn say(&mut self, say: &Say) {
        if self.mute {
            return;
        }
        let begins = std::mem::take(&mut self.turn_begins);
        if self.is(say.role) && say.typed {
            self.pick(std::iter::once((say, None)), None, say.span.line);
        } else if self.is(say.role) {
            self.send(say);
        } else {
            let asked = self.asks_for(say);
            let to = self.here() + 1;
            let ways = vec![self.way(say, to)];
            self.op(Op::Hear(Box::new(Point {
                ways,
                close: None,
                leaves: None,
                may_leave: begins || asked || say.typed,
                person: asked || say.typed,
                told: true,
                line: say.span.line,
                from: say.role,
            })));
        }
    }

    fn send(&mut self, say: &Say) {
        let line = say.span.line;
        let asked = match self.draft.last() {
            Some(Draft::Op(Op::Given(given))) if matches!(given.source, Source::Ask { .. }) => {
                Some(self.here() - 1)
            }
            _ => None,
        };
        self.looks_of(&say.message, line);
        let peer_may_leave = self.silent.iter().flatten().any(|role| *role == say.role.other());
        self.op(Op::Send(Box::new(Send {
            say: say.id,
            line,
            fill: fill::fill(self.model, &say.message),
            guard: Guard::default(),
            peer_may_leave,
            asked,
        })));
    }

    fn way(&self, say: &Say, to: At) -> Way {
        let pattern = read::pattern(self.model, self.known, say, self.view);
        Way { from: say.role, pattern: Arc::new(pattern), to, takes: true }
    }

    /// Whether a message carries what its sender's person was asked for.
    fn asks_for(&self, say: &Say) -> bool {
        let holes = say.message.holes();
        holes.iter().any(|hole| hole.expr.needs.iter().any(|slot| self.asked.contains(&(say.role, *slot))))
    }

    /// Our person types a message. The bodies of the rows follow.
    fn pick<'a>(
        &mut self,
        rows: impl Iterator<Item = (&'a Say, Option<&'a Body>)>,
        otherwise: Option<&Body>,
        line: usize,
    ) {
        let pick = self.op(Op::Jump(NOWHERE));
        let (mut targets, mut ends, mut choices) = (Vec::new(), Vec::new(), Vec::new());
        for (say, body) in rows {
            let pattern = Arc::new(read::pattern(self.model, self.known, say, self.view));
            choices.push(pattern.text.to_string());
            targets.push((pattern, self.here()));
            body.into_iter().for_each(|body| self.body(body));
            ends.push(self.op(Op::Jump(NOWHERE)));
        }
        if let Some(body) = otherwise {
            choices.push("anything else".to_owned());
            targets.push((Arc::new(read::anything(line)), self.here()));
            self.body(body);
        }
        ends.into_iter().for_each(|end| self.land(end));
        let choices = choices.join(" | ").into();
        self.draft[pick] = Draft::Op(Op::Pick(Box::new(Pick { rows: targets, choices, line })));
    }

    fn on(&mut self, on: &On, line: usize) {
        self.turn_begins = false;
        if self.is(on.role) {
            let rows = on.rows.iter().map(|(say, body)| (say, Some(body)));
            return self.pick(rows, on.otherwise.as_ref(), line);
        }
        let point = self.op(Op::Jump(NOWHERE));
        let (mut ways, mut ends) = (Vec::new(), Vec::new());
        for (say, body) in &on.rows {
            ways.push(self.way(say, self.here()));
            self.body(body);
            ends.push(self.op(Op::Jump(NOWHERE)));
        }
        if let Some(body) = &on.otherwise {
            let pattern = Arc::new(read::anything(line));
            ways.push(Way { from: on.role, pattern, to: self.here(), takes: true });
            self.body(body);
            ends.push(self.op(Op::Jump(NOWHERE)));
        }
        let leaves = on.leaves.as_ref().map(|body| {
            let here = self.here();
            self.body(body);
            self.op(Op::Left);
            here
        });
        ends.into_iter().for_each(|end| self.land(end));
        self.draft[point] = Draft::Op(Op::Hear(Box::new(Point {
            ways,
            close: None,
            leaves,
            may_leave: true,
            person: true,
            told: true,
            line,
            from: on.role,
        })));
    }

    fn choose(&mut self, id: usize, arms: &[(Expression, Body)], otherwise: Option<&Body>, span: Span) {
        let begins = self.turn_begins;
        let mut bodies: Vec<_> = arms.iter().map(|(condition, body)| (Some(condition), body)).collect();
        bodies.extend(otherwise.map(|body| (None, body)));
        let mut ends = Vec::new();
        // From here on this role goes by what comes.
        if self.mute && !arms.iter().all(|(condition, _)| self.known.can(id, self.view, condition)) {
            return;
        }
        let mut guesses: Option<(At, Vec<At>)> = None;
        let mut skip = otherwise.is_none();
        let mut last_condition = None;
        for (condition, body) in bodies {
            if guesses.is_none()
                && condition.is_some_and(|condition| !self.known.can(id, self.view, condition))
            {
                let choice = self.op(Op::Jump(NOWHERE));
                guesses = Some((choice, Vec::new()));
            }
            self.turn_begins = begins;
            if let Some((_, ways)) = &mut guesses {
                if !concerns(body, self.view) {
                    skip = true;
                    continue;
                }
                ways.push(self.draft.len());
            } else if let Some(condition) = condition {
                self.looks(condition, span.line);
                let code = condition.code.clone();
                last_condition = Some(self.op(Op::Unless { code, to: NOWHERE, line: span.line }));
            }
            self.body(body);
            ends.push(self.op(Op::Jump(NOWHERE)));
            if let Some(condition) = last_condition.take() {
                self.land(condition);
            }
        }
        self.turn_begins = false;
        if let Some((choice, mut ways)) = guesses {
            if ways.is_empty() {
                self.land(choice);
            } else {
                if skip {
                    ways.push(self.here());
                }
                self.draft[choice] = Draft::Choose(Choice { ways, span, over: Over::Branches });
            }
        }
        ends.into_iter().for_each(|end| self.land(end));
    }

    fn looped(&mut self, body: &Body) {
        let start = self.here();
        self.breaks.push(Vec::new());
        let silent = [Role::Client, Role::Server].into_iter().filter(|role| !says(body, *role)).collect();
        self.silent.push(silent);
        self.turn_begins = true;
        self.body(body);
        self.turn_begins = false;
        self.op(Op::Jump(start));
        self.silent.pop();
        self.leave_loop();
    }

    fn leave_loop(&mut self) {
        let breaks = self.breaks.pop().unwrap_or_default();
        breaks.into_iter().for_each(|jump| self.land(jump));
    }

    fn each(&mut self, id: usize, each: &model::For, span: Span) {
        self.turn_begins = false;
        let line = span.line;
        let (items, into, exprs) = match &each.over {
            model::Over::Range(slot, first, last) => {
                let items = Items::Range(first.code.clone(), last.code.clone());
                (items, Into::Slot(*slot), vec![first, last])
            }
            model::Over::List(slot, expr) => (Items::List(expr.code.clone()), Into::Slot(*slot), vec![expr]),
            model::Over::Kept(list, fields, from) => {
                let list = Arc::clone(&self.model.lists[*list]);
                let items = Items::Kept(list, from.as_ref().map(|from| from.code.clone()));
                (items, Into::Fields(fields.clone()), from.iter().collect())
            }
        };
        // Where the server cannot compute the number to begin with, lint has said so.
        let knows = match into {
            Into::Fields(_) => self.view == View::Server,
            Into::Slot(_) => exprs.iter().all(|expr| self.known.can(id, self.view, expr)),
        };
        if !knows && (self.mute || !concerns(&each.body, self.view)) {
            return;
        }
        self.breaks.push(Vec::new());
        if knows {
            exprs.into_iter().for_each(|expr| self.looks(expr, line));
            let iterator = self.iterators;
            self.iterators += 1;
            self.op(Op::Begin { iterator, over: items, line });
            let next = self.op(Op::Next { iterator, into, done: NOWHERE });
            self.body(&each.body);
            self.op(Op::Jump(next));
            self.land(next);
        } else {
            let choice = self.op(Op::Jump(NOWHERE));
            self.body(&each.body);
            self.op(Op::Jump(choice));
            let ways = vec![self.here(), choice + 1];
            self.draft[choice] = Draft::Choose(Choice { ways, span, over: Over::Rounds });
        }
        self.leave_loop();
    }
}

/// Whether a role says anything in a block.
fn says(body: &Body, role: Role) -> bool {
    body.steps.iter().any(|step| match &step.act {
        Act::Say(say) => say.role == role,
        Act::On(on) => {
            on.role == role
                || on.rows.iter().any(|(_, body)| says(body, role))
                || on.otherwise.as_ref().is_some_and(|body| says(body, role))
        }
        Act::If { arms, otherwise } => {
            arms.iter().any(|(_, body)| says(body, role))
                || otherwise.as_ref().is_some_and(|body| says(body, role))
        }
        Act::Loop(body) => says(body, role),
        Act::For(each) => says(&each.body, role),
        _ => false,
    })
}
