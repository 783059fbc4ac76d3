//! Tree to model: scopes, types, messages under their framing.
//!
//! One walk over the tree. Names are declared by `given`, `let`, `for`, and by the holes of what a person types
//! (`on C: POST {text}`); a name that every branch declares outlives the branches.

mod expression;
mod flow;
mod message;
mod rooms;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::code::Slot;
use crate::finding::{Findings, Span};
use crate::model::{Act, Body, Expression, Model, Source, Step};
use crate::syntax::Wrong;
use crate::syntax::tree::{self, Expr, ExprKind, Framing, Kind, Line, Name, Tree, Type};
use expression::wrong;

/// Names and what they hold.
type Declared = Vec<(Slot, Type)>;
/// Where branches leave off: what each declared, and how bytes travel there.
type Ends = Vec<(Declared, Wire)>;

/// How bytes travel at a place of the convo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Wire {
    framing: Framing,
    secured: bool,
}

pub(crate) struct Resolver<'f, 'a> {
    findings: &'f mut Findings<'a>,
    model: Model,
    slots: HashMap<String, Slot>,
    /// Names that some expression uses.
    used: HashSet<Slot>,
    keeps: Vec<Name>,
    /// Each room's name and the lines it keeps; no name where a value names rooms.
    rooms: Vec<(Option<String>, usize)>,
    /// The names that can be seen, innermost block last.
    scopes: Vec<Declared>,
    wire: Wire,
    /// What the `break`s of each open loop found, innermost last.
    breaks: Vec<Vec<Wire>>,
}

/// Resolves a tree.
pub(crate) fn resolve(tree: &Tree, findings: &mut Findings<'_>) -> Model {
    let lines = findings.lines().into_iter().map(Arc::from).collect();
    let model = Model { ignore_case: tree.header.ignore_case, whole: true, lines, ..Model::default() };
    let keeps = tree.header.keeps.clone();
    let room = |room: &tree::RoomLine| (room.name.as_ref().map(|name| name.text.clone()), room.keep);
    let rooms = tree.header.rooms.iter().map(room).collect();
    let mut resolver = Resolver {
        findings,
        model,
        slots: HashMap::new(),
        used: HashSet::new(),
        keeps,
        rooms,
        scopes: Vec::new(),
        wire: Wire::default(),
        breaks: Vec::new(),
    };
    resolver.model.lists = resolver.keeps.iter().map(|name| Arc::from(name.text.as_str())).collect();
    let body = resolver.body(&tree.body, &mut |_| {});
    resolver.model.body = body;
    resolver.model
}

impl Resolver<'_, '_> {
    /// A step that cannot be resolved is left out.
    fn error(&mut self, why: Wrong) {
        self.model.whole = false;
        self.findings.error(why.span, why.message, why.hint);
    }

    /// The slot of a spelling, whatever it means.
    fn slot(&mut self, name: &str) -> Slot {
        if let Some(slot) = self.slots.get(name) {
            return *slot;
        }
        let slot = self.model.names.len();
        self.model.names.push(name.to_owned());
        self.slots.insert(name.to_owned(), slot);
        slot
    }

    fn hidden_slot(&mut self) -> Slot {
        let slot = self.model.names.len();
        self.model.names.push(format!(" {slot}"));
        slot
    }

    /// What a name means here, if anything.
    fn visible(&self, name: &str) -> Option<(Slot, Type)> {
        let slot = *self.slots.get(name)?;
        self.scopes.iter().rev().flatten().find(|(known, _)| *known == slot).copied()
    }

    /// The kept list that an expression names, unless a name of that spelling hides it.
    fn kept(&self, expr: &Expr) -> Option<usize> {
        let ExprKind::Name(name) = &expr.kind else { return None };
        if self.visible(name).is_some() {
            return None;
        }
        self.keeps.iter().position(|keep| keep.text == *name)
    }

    /// Whether a list of this name is kept.
    fn keeps(&self, name: &str) -> bool {
        self.keeps.iter().any(|keep| keep.text == name)
    }

    fn did_you_mean(&self, name: &str) -> String {
        self.near(name).map_or_else(
            || format!("give it a value first: given C {name} = ask \"…\", or let {name} = …"),
            |near| format!("did you mean `{near}`?"),
        )
    }

    /// A name that is known here and spelled nearly so.
    fn near(&self, name: &str) -> Option<&str> {
        let mut known = self.scopes.iter().flatten().map(|(slot, _)| self.model.names[*slot].as_str());
        known.rfind(|known| nearly(known, name))
    }

    fn declare(&mut self, slot: Slot, ty: Type, span: Span) {
        let name = self.model.names[slot].clone();
        if self.visible(&name).is_some() || self.keeps.iter().any(|keep| keep.text == name) {
            self.findings.error(
                span,
                format!("`{name}` has a meaning here already"),
                "a name means one thing in a block and those inside it: choose another",
            );
            return;
        }
        if let Some(scope) = self.scopes.last_mut() {
            scope.push((slot, ty));
        }
    }

    /// Resolves a block; `first` declares what belongs to it before its first step. Also gives what it declared.
    fn block(&mut self, lines: &[Line], first: &mut dyn FnMut(&mut Self)) -> (Body, Declared) {
        self.scopes.push(Vec::new());
        first(self);
        let mut body = Body::default();
        let mut ended = false;
        for line in lines {
            if ended {
                let hint = "every way through the lines above ends or goes elsewhere";
                self.findings.error(line.span, "this step cannot be reached", hint);
                ended = false;
            }
            match self.step(line) {
                Ok(step) => {
                    let ways = self.outcome(line, &step.act);
                    ended = !ways.as_ref().unwrap_or(&step).act.exits(false).falls;
                    body.steps.extend(std::iter::once(step).chain(ways));
                }
                Err(why) => self.error(why),
            }
        }
        let declared = self.scopes.pop().unwrap_or_default();
        body.declares = declared.iter().map(|(slot, _)| *slot).collect();
        (body, declared)
    }

    fn body(&mut self, lines: &[Line], first: &mut dyn FnMut(&mut Self)) -> Body {
        self.block(lines, first).0
    }

    /// Resolves a block that others stand beside; `ends` learns where it leaves off.
    fn branch(&mut self, lines: &[Line], ends: &mut Ends, first: &mut dyn FnMut(&mut Self)) -> Body {
        let wire = self.wire;
        let (body, declared) = self.block(lines, first);
        if body.exits(false).falls {
            ends.push((declared, self.wire));
        }
        self.wire = wire;
        body
    }

    fn step(&mut self, line: &Line) -> Result<Step, Wrong> {
        let id = self.next_id();
        let act = match &line.kind {
            Kind::Message(role, span) => Act::Say(self.say(*role, *span)?),
            Kind::Show(role, span) => Act::Show(*role, self.show(*span)?),
            Kind::Given(given) => self.given(given)?,
            Kind::Let(name, expr) => self.assign(name, expr)?,
            Kind::If { arms, otherwise } => self.choose(arms, otherwise.as_deref(), line.span),
            Kind::On { role, rows, otherwise, leaves } => {
                self.on(*role, rows, otherwise.as_deref(), leaves.as_deref(), line.span)
            }
            Kind::Loop(lines) => Act::Loop(self.looped(lines, line.span)),
            Kind::For(name, over, from, lines) => {
                let over = self.over(name, over, from.as_ref())?;
                self.each(over, name.span, lines, line.span)
            }
            Kind::Break => {
                let wire = self.wire;
                let Some(breaks) = self.breaks.last_mut() else {
                    return wrong(line.span, "`break` outside of a loop", "`end` ends the conversation");
                };
                breaks.push(wire);
                Act::Break
            }
            Kind::End => Act::End,
            Kind::Stop => Act::Stop,
            Kind::Framing(framing) => {
                if self.wire.secured {
                    return wrong(
                        line.span,
                        "a framing after `secure`",
                        "after `secure` each message is one encrypted block: remove this line",
                    );
                }
                self.wire.framing = *framing;
                Act::Framing(*framing)
            }
            Kind::Secure => {
                if self.wire.secured {
                    return wrong(line.span, "a second `secure`", "remove this line");
                }
                self.wire.secured = true;
                Act::Secure
            }
            Kind::Add { value, list, key, number, then, otherwise } => {
                let Some(index) = self.keeps.iter().position(|keep| keep.text == list.text) else {
                    let hint = format!("declare it at the top: keep {}", list.text);
                    return wrong(list.span, format!("there is no kept list `{}`", list.text), hint);
                };
                let value = self.typed(value, Type::Text)?;
                let key = match key {
                    Some(key) => Some(self.key(key)?),
                    None => None,
                };
                if let (Some(number), None, Some(_)) = (number, then, otherwise) {
                    let hint =
                        "end this line with a `:` and say below it, indented, what follows where it is kept";
                    return wrong(number.span, "what was not kept has no number", hint);
                }
                let number = number.as_ref().map(|number| {
                    let slot = self.slot(&number.text);
                    if then.is_none() {
                        self.declare(slot, Type::Int, number.span);
                    }
                    slot
                });
                let done = (then.is_some() || otherwise.is_some()).then(|| self.hidden_slot());
                Act::Add { list: index, value, key, number, done }
            }
            Kind::Tell { room, text, otherwise } => {
                let (room, message) = (self.room(room)?, self.show(*text)?);
                let done = otherwise.is_some().then(|| self.hidden_slot());
                Act::Tell { room, message, done }
            }
            Kind::Freely(rows) => Act::Freely(self.freely(rows)),
        };
        Ok(Step { id, span: line.span, act })
    }

    fn next_id(&mut self) -> usize {
        self.model.steps += 1;
        self.model.steps - 1
    }

    fn given(&mut self, given: &tree::Given) -> Result<Act, Wrong> {
        let (source, found) = match &given.source {
            tree::Source::Ask { prompt, until } => {
                let until = until.as_deref().map(Arc::from);
                (Source::Ask { prompt: prompt.as_str().into(), until }, given.ty.unwrap_or(Type::Text))
            }
            tree::Source::Expr(expr) => {
                let value = self.expression(expr)?;
                let ty = value.ty;
                (Source::Expr(value), ty)
            }
        };
        let ty = given.ty.unwrap_or(found);
        let fits = ty == found
            || matches!((ty, found), (Type::Text | Type::Bytes, Type::Word))
            || matches!((ty, found), (Type::Word | Type::Bytes, Type::Text));
        if !fits {
            return wrong(
                given.name.span,
                format!("`{}` is {}, its value is {}", given.name.text, ty.name(), found.name()),
                "int(…) and text(…) convert",
            );
        }
        let top = self.scopes.len() == 1;
        let slot = self.slot(&given.name.text);
        self.declare(slot, ty, given.name.span);
        Ok(Act::Given { role: given.role, slot, ty, source, top })
    }

    fn assign(&mut self, name: &Name, expr: &Expr) -> Result<Act, Wrong> {
        let value = self.expression(expr)?;
        if value.own {
            return wrong(
                expr.span,
                "`random`, `now` and `peer` are one role's own",
                "give them to a role: given S x = random(1..6)",
            );
        }
        let found = if value.ty == Type::Word { Type::Text } else { value.ty };
        let slot = self.slot(&name.text);
        match self.visible(&name.text) {
            None => self.declare(slot, found, name.span),
            Some((_, ty)) if ty == found || (ty == Type::Word && value.ty == Type::Word) => {}
            Some((_, ty)) => {
                let message = format!("`{}` is {}, this is {}", name.text, ty.name(), found.name());
                return wrong(expr.span, message, "a name keeps its type: choose another name");
            }
        }
        Ok(Act::Let(slot, value))
    }

    fn condition(&mut self, expr: &Expr) -> Result<Expression, Wrong> {
        let condition = self.typed(expr, Type::Bool)?;
        if condition.own {
            return wrong(
                expr.span,
                "`random`, `now` and `peer` stand in no condition",
                "give them to a role first: given S x = random(1..6)",
            );
        }
        Ok(condition)
    }
}

/// Whether two names differ by one letter added, left out or changed, or two swapped.
fn nearly(a: &str, b: &str) -> bool {
    let (a, b): (Vec<_>, Vec<_>) = (a.chars().collect(), b.chars().collect());
    let prefix = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - suffix], &b[..b.len() - suffix]);
    match (a, b) {
        ([x, y], [u, v]) => x == v && y == u,
        _ => a.len() <= 1 && b.len() <= 1 && prefix + suffix > 0,
    }
}
