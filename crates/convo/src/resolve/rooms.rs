//! Rooms and `freely`.

use std::sync::Arc;

use super::Resolver;
use super::expression::wrong;
use crate::Role;
use crate::code::{Code, Do};
use crate::finding::Span;
use crate::model::{Act, Body, Expression, FreeOn, FreeRow, Freely, Hears, Room, Say};
use crate::syntax::Wrong;
use crate::syntax::tree::{self, Framing, Type};

impl Resolver<'_, '_> {
    /// A room where it is used.
    pub(super) fn room(&mut self, room: &tree::Room) -> Result<Room, Wrong> {
        match room {
            tree::Room::Named(name) => {
                let known = self.rooms.iter().find(|(known, _)| known.as_ref() == Some(&name.text));
                let Some((_, keep)) = known else {
                    let hint = format!("declare it at the top: room {}", name.text);
                    return wrong(name.span, format!("there is no room `{}`", name.text), hint);
                };
                let code = Code { steps: vec![Do::Bytes(Arc::from(name.text.as_bytes()))] };
                let (needs, looks) = (Vec::new(), Vec::new());
                let expr = Expression { span: name.span, code, ty: Type::Text, needs, looks, own: false };
                Ok(Room { name: expr, keep: *keep })
            }
            tree::Room::Value(expr) => {
                let Some((_, keep)) = self.rooms.iter().find(|(known, _)| known.is_none()) else {
                    let hint = "declare at the top that values name rooms: room {where}";
                    return wrong(expr.span, "no room is named by a value here", hint);
                };
                let keep = *keep;
                let name = self.typed(expr, Type::Text)?;
                if name.own || name.kept() {
                    return wrong(
                        expr.span,
                        "a room is named by what the server knows",
                        "use `let` or `given` first",
                    );
                }
                Ok(Room { name, keep })
            }
        }
    }

    pub(super) fn freely(&mut self, rows: &[tree::FreeRow]) -> Freely {
        // No `break` leads out of it.
        let breaks = std::mem::take(&mut self.breaks);
        let mut resolved = Vec::new();
        for row in rows {
            match self.free_row(row) {
                Ok(row) => resolved.push(row),
                Err(why) => self.error(why),
            }
        }
        self.breaks = breaks;
        Freely { rows: resolved }
    }

    fn free_row(&mut self, row: &tree::FreeRow) -> Result<FreeRow, Wrong> {
        let wire = self.wire;
        let (on, body, hearer) = match &row.on {
            tree::FreeOn::Says(role, span) => {
                let (say, body) = self.said(row, |resolver| resolver.typed_message(*role, *span))?;
                (FreeOn::Says(Box::new(say)), body, role.other())
            }
            tree::FreeOn::Leaves(role) => {
                (FreeOn::Leaves(*role), self.body(&row.block, &mut |_| {}), role.other())
            }
            tree::FreeOn::Otherwise(role) => {
                (FreeOn::Otherwise(*role), self.body(&row.block, &mut |_| {}), role.other())
            }
            tree::FreeOn::Hears { room, name, line } => {
                let room = self.room(room)?;
                let name = name.as_ref().map(|name| self.typed(name, Type::Text)).transpose()?;
                let (line, body) = self.said(row, |resolver| resolver.room_line(*line))?;
                (FreeOn::Hears(Box::new(Hears { room, name, line })), body, Role::Server)
            }
        };
        if self.wire != wire {
            self.findings.error(row.span, "the framing changes in `freely`", "change it before `freely`");
            self.wire = wire;
        }
        let leaves = matches!(on, FreeOn::Leaves(_));
        self.speaks_alone(&body, hearer, leaves);
        Ok(FreeRow { span: row.span, on, body })
    }

    /// A row's message and its body, in which the message's names are known.
    fn said(
        &mut self,
        row: &tree::FreeRow,
        message: impl Fn(&mut Self) -> Result<Say, Wrong>,
    ) -> Result<(Say, Body), Wrong> {
        let mut said = None;
        let body = self.body(&row.block, &mut |resolver: &mut Self| said = Some(message(resolver)));
        match said {
            Some(Ok(say)) => Ok((say, body)),
            Some(Err(why)) => Err(why),
            None => wrong(row.span, "this row has no message", "on C: {text}"),
        }
    }

    /// A line that is heard in a room: text, whatever the framing is.
    fn room_line(&mut self, span: Span) -> Result<Say, Wrong> {
        let wire = std::mem::take(&mut self.wire);
        self.wire.framing = Framing::Chunk;
        let line = self.typed_message(Role::Client, span);
        self.wire = wire;
        line
    }

    /// A body in `freely` says messages only of the role that heard, and asks nothing.
    fn speaks_alone(&mut self, body: &Body, hearer: Role, leaves: bool) {
        for step in &body.steps {
            let span = step.span;
            match &step.act {
                Act::Say(_) if leaves => {
                    self.findings.error(
                        span,
                        "nobody is there any more to hear this",
                        "tell, add or show it",
                    );
                }
                Act::Say(say) if say.role != hearer || say.typed => {
                    let who = hearer.name();
                    let message = format!("here only the {who} speaks: it answers what it heard");
                    self.findings.error(span, message, "write another row for what the other says");
                }
                Act::Given { source: crate::model::Source::Ask { .. }, .. } => {
                    self.findings.error(
                        span,
                        "nobody is asked in `freely`",
                        "ask before `freely`; rows are what people say",
                    );
                }
                Act::On(_) | Act::Loop(_) | Act::Freely(_) | Act::Secure | Act::Framing(_) => {
                    let hint = "`freely` itself goes on again and again: let its rows do it";
                    self.findings.error(span, "this does not stand in a row of `freely`", hint);
                }
                Act::If { arms, otherwise } => {
                    for body in arms.iter().map(|(_, body)| body).chain(otherwise) {
                        self.speaks_alone(body, hearer, leaves);
                    }
                }
                Act::For(each) => self.speaks_alone(&each.body, hearer, leaves),
                _ => {}
            }
        }
    }
}
