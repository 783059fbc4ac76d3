//! Branches and loops: what each declares, and where they meet again.

use super::expression::wrong;
use super::{Ends, Resolver};
use crate::Role;
use crate::code::{Code, Do};
use crate::finding::Span;
use crate::model::{Act, Body, Expression, Field, For, On, Over, Step};
use crate::syntax::tree::{Expr, ExprKind, Kind, Line, Name, Type};
use crate::syntax::{Wrong, tree};

impl Resolver<'_, '_> {
    pub(super) fn choose(
        &mut self,
        arms: &[(Expr, tree::Block)],
        otherwise: Option<&[Line]>,
        span: Span,
    ) -> Act {
        let mut ends = Ends::new();
        let mut resolved = Vec::new();
        for (condition, lines) in arms {
            let condition = self.condition(condition);
            let body = self.branch(lines, &mut ends, &mut |_| {});
            match condition {
                Ok(condition) => resolved.push((condition, body)),
                Err(why) => self.error(why),
            }
        }
        let otherwise = otherwise.map(|lines| self.branch(lines, &mut ends, &mut |_| {}));
        if otherwise.is_none() {
            ends.push((Vec::new(), self.wire));
        }
        self.join(ends, span);
        Act::If { arms: resolved, otherwise }
    }

    /// The ways after an `add` or a `tell` that may fail: a choice by what came of it, which the server knows.
    pub(super) fn outcome(&mut self, line: &Line, act: &Act) -> Option<Step> {
        let (Act::Add { done: Some(done), .. } | Act::Tell { done: Some(done), .. }) = act else {
            return None;
        };
        let none: &[Line] = &[];
        let (number, then, otherwise) = match &line.kind {
            Kind::Add { number, then, otherwise, .. } => (number.as_ref(), then, otherwise),
            Kind::Tell { otherwise, .. } => (None, &None, otherwise),
            _ => return None,
        };
        let mut ends = Ends::new();
        let kept = self.branch(then.as_deref().unwrap_or(none), &mut ends, &mut |resolver: &mut Self| {
            if let Some(number) = number {
                let slot = resolver.slot(&number.text);
                resolver.declare(slot, Type::Int, number.span);
            }
        });
        let otherwise = otherwise.as_ref().map(|lines| self.branch(lines, &mut ends, &mut |_| {}));
        if otherwise.is_none() {
            ends.push((Vec::new(), self.wire));
        }
        self.join(ends, line.span);
        let condition = Expression {
            span: line.span,
            code: Code { steps: vec![Do::Slot(*done)] },
            ty: Type::Bool,
            needs: vec![*done],
            looks: Vec::new(),
            own: false,
        };
        let act = Act::If { arms: vec![(condition, kept)], otherwise };
        Some(Step { id: self.next_id(), span: line.span, act })
    }

    pub(super) fn on(
        &mut self,
        role: Role,
        rows: &[tree::Row],
        otherwise: Option<&[Line]>,
        leaves: Option<&[Line]>,
        span: Span,
    ) -> Act {
        let mut ends = Ends::new();
        let wire = self.wire;
        let mut resolved = Vec::new();
        for row in rows {
            let mut said = None;
            let body = self.branch(&row.block, &mut ends, &mut |resolver: &mut Self| match resolver
                .typed_message(role, row.message)
            {
                Ok(say) => said = Some(say),
                Err(why) => resolver.error(why),
            });
            if let Some(say) = said {
                resolved.push((say, body));
            }
        }
        let otherwise = otherwise.map(|lines| self.branch(lines, &mut ends, &mut |_| {}));
        self.join(ends, span);
        let after = self.wire;
        self.wire = wire;
        let leaves = leaves.map(|lines| self.body(lines, &mut |_| {}));
        self.wire = after;
        Act::On(On { role, rows: resolved, otherwise, leaves, framing: wire.framing, secured: wire.secured })
    }

    /// After branches: names that all of them declared live on; the framing must be one.
    pub(super) fn join(&mut self, ends: Ends, span: Span) {
        let mut ends = ends.into_iter();
        let Some((mut common, wire)) = ends.next() else { return };
        let mut differs = false;
        for (declared, other) in ends {
            common.retain(|name| declared.contains(name));
            differs |= other != wire;
        }
        if differs {
            self.findings.error(
                span,
                "the steps after this are under two framings",
                "let every branch end with the same framing",
            );
        }
        self.wire = wire;
        if let Some(scope) = self.scopes.last_mut() {
            scope.extend(common);
        }
    }

    pub(super) fn looped(&mut self, lines: &[Line], span: Span) -> Body {
        let before = self.wire;
        self.breaks.push(Vec::new());
        let body = self.body(lines, &mut |_| {});
        let breaks = self.breaks.pop().unwrap_or_default();
        if body.exits(true).falls {
            self.findings.error(
                span,
                "a way through this loop passes no message",
                "say something on every way, or leave it by `break`",
            );
        }
        let turns = body.exits(false).falls;
        if (turns && self.wire != before) || breaks.windows(2).any(|pair| pair[0] != pair[1]) {
            self.findings.error(
                span,
                "steps of this loop are under two framings",
                "let every turn end with the framing that it began with",
            );
        }
        self.wire = breaks.first().copied().unwrap_or(before);
        body
    }

    /// What a `for` goes over.
    pub(super) fn over(&mut self, name: &Name, over: &Expr, from: Option<&Expr>) -> Result<Over, Wrong> {
        if let Some(list) = self.kept(over) {
            let from = from.map(|from| self.typed(from, Type::Int)).transpose()?;
            let fields =
                [("text", Field::Text), ("key", Field::Key), ("from", Field::From), ("at", Field::At)];
            let slots = fields.map(|(word, field)| (field, self.slot(&format!("{}.{word}", name.text))));
            return Ok(Over::Kept(list, slots.into(), from));
        }
        if let Some(from) = from {
            let hint = "in other lists, begin at 1 and pass over what comes too early";
            return wrong(from.span, "`from` begins at a number of a kept list, and this is none", hint);
        }
        if let ExprKind::Range(pair) = &over.kind {
            let (first, last) = (self.typed(&pair[0], Type::Int)?, self.typed(&pair[1], Type::Int)?);
            return Ok(Over::Range(self.slot(&name.text), first, last));
        }
        let value = self.expression(over)?;
        match value.ty {
            Type::Texts | Type::Ints => Ok(Over::List(self.slot(&name.text), value)),
            other => {
                let hint = "a `for` goes over a list, a kept list or a range: for n in 1..3:";
                wrong(over.span, format!("{} is no list", other.name()), hint)
            }
        }
    }

    pub(super) fn each(&mut self, mut over: Over, name: Span, lines: &[Line], span: Span) -> Act {
        let before = self.wire;
        let declares = match &over {
            Over::Range(slot, ..) => vec![(*slot, Type::Int)],
            Over::List(slot, value) if value.ty == Type::Ints => vec![(*slot, Type::Int)],
            Over::List(slot, _) => vec![(*slot, Type::Text)],
            Over::Kept(_, fields, _) => fields.iter().map(|(field, slot)| (*slot, type_of(*field))).collect(),
        };
        self.breaks.push(Vec::new());
        let body = self.body(lines, &mut |resolver: &mut Self| {
            for (slot, ty) in &declares {
                resolver.declare(*slot, *ty, name);
            }
        });
        let breaks = self.breaks.pop().unwrap_or_default();
        if (body.exits(false).falls && self.wire != before) || breaks.iter().any(|wire| *wire != before) {
            self.findings.error(
                span,
                "the steps after this are under two framings",
                "let every round end with the framing that it began with",
            );
        }
        self.wire = before;
        if let Over::Kept(_, fields, _) = &mut over {
            fields.retain(|(_, slot)| self.used.contains(slot));
        }
        Act::For(For { over, body })
    }
}

fn type_of(field: Field) -> Type {
    match field {
        Field::Text | Field::Key => Type::Text,
        Field::From | Field::At => Type::Word,
    }
}
