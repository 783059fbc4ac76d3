//! Messages: text with holes, or JSON, as the framing at their place says.

use super::Resolver;
use super::expression::wrong;
use crate::Role;
use crate::code::{Code, Do};
use crate::finding::Span;
use crate::model::{Expression, Fits, Hole, Json, Member, Message, Piece, Say};
use crate::syntax::tree::{Expr, ExprKind, Type};
use crate::syntax::{self, HoleType, Wrong, parse_json, parse_pieces};

impl Resolver<'_, '_> {
    /// A message line. Where the client has no value for a hole, its person types the whole message.
    pub(super) fn say(&mut self, role: Role, span: Span) -> Result<Say, Wrong> {
        let unknown = self.unknown_names(span)?;
        if unknown.is_empty() || role == Role::Server {
            return self.message(role, span, false);
        }
        let name = self.findings.line(span.line).get(unknown[0].start..unknown[0].end).unwrap_or_default();
        let hint = match self.near(name) {
            Some(near) => format!("did you mean `{near}`? If not, write `on C: …` to say so"),
            None => "write `on C: …` to say so, or give it a value: given C name = ask \"…\"".to_owned(),
        };
        let message = "nobody gave this a value: the client's person types the whole message";
        self.findings.warn(unknown[0], message, hint);
        self.message(role, span, true)
    }

    /// A row of `on`: a message that a person types.
    pub(super) fn typed_message(&mut self, role: Role, span: Span) -> Result<Say, Wrong> {
        self.message(role, span, true)
    }

    /// What a role's terminal shows.
    pub(super) fn show(&mut self, span: Span) -> Result<Message, Wrong> {
        let pieces = parse_pieces(self.findings.line(span.line), span)?;
        let pieces = pieces.into_iter().map(|piece| self.piece(piece, false)).collect::<Result<_, _>>()?;
        Ok(Message::Pieces(pieces))
    }

    fn message(&mut self, role: Role, span: Span, typed: bool) -> Result<Say, Wrong> {
        let line = self.findings.line(span.line);
        let message = if self.wire.framing.is_json() && !self.wire.secured {
            Message::Json(self.json(parse_json(line, span)?, typed)?)
        } else {
            let pieces = parse_pieces(line, span)?;
            Message::Pieces(
                pieces.into_iter().map(|piece| self.piece(piece, typed)).collect::<Result<_, _>>()?,
            )
        };
        let id = self.next_id();
        let (framing, secured) = (self.wire.framing, self.wire.secured);
        Ok(Say { id, span, role, message, framing, secured, typed })
    }

    /// Where bare names stand that nobody knows yet.
    fn unknown_names(&self, span: Span) -> Result<Vec<Span>, Wrong> {
        let line = self.findings.line(span.line);
        let mut unknown = Vec::new();
        let mut visit = |expr: &Expr| {
            if let ExprKind::Name(name) = &expr.kind
                && !name.contains('.')
                && self.visible(name).is_none()
                && self.kept(expr).is_none()
            {
                unknown.push(expr.span);
            }
        };
        if self.wire.framing.is_json() && !self.wire.secured {
            parse_json(line, span)?.walk(&mut visit);
        } else {
            for piece in parse_pieces(line, span)? {
                if let syntax::Piece::Hole(hole) = piece {
                    visit(&hole.expr);
                }
            }
        }
        Ok(unknown)
    }

    fn piece(&mut self, piece: syntax::Piece, typed: bool) -> Result<Piece, Wrong> {
        match piece {
            syntax::Piece::Literal(bytes) => Ok(Piece::Literal(bytes)),
            syntax::Piece::Hole(hole) => {
                self.hole(hole.span, &hole.expr, hole.ty.as_ref(), typed).map(Piece::Hole)
            }
        }
    }

    fn hole(&mut self, span: Span, expr: &Expr, ty: Option<&HoleType>, typed: bool) -> Result<Hole, Wrong> {
        let declares = typed && self.declare_typed(expr, ty);
        let expr = self.expression(expr)?;
        let name = expr.code.bare();
        let (fits, narrow) = self.fits(span, &expr, ty, name.is_some())?;
        Ok(Hole { span, expr, fits, name, declares, narrow })
    }

    /// Declares the bare name of a typed message, if nobody knows it yet.
    fn declare_typed(&mut self, expr: &Expr, ty: Option<&HoleType>) -> bool {
        let ExprKind::Name(name) = &expr.kind else { return false };
        if name.contains('.') || self.visible(name).is_some() || self.kept(expr).is_some() {
            return false;
        }
        let ty = match ty {
            None => Type::Text,
            Some(HoleType::Plain(ty) | HoleType::Sized(ty, _)) => *ty,
            Some(HoleType::Fixed(_)) => Type::Int,
        };
        let slot = self.slot(name);
        self.declare(slot, ty, expr.span);
        true
    }

    fn fits(
        &mut self,
        span: Span,
        expr: &Expression,
        ty: Option<&HoleType>,
        bare: bool,
    ) -> Result<(Fits, bool), Wrong> {
        let own = match expr.ty {
            Type::Text => Fits::Text,
            Type::Word => Fits::Word,
            Type::Int => Fits::Int,
            Type::Bytes => Fits::Bytes,
            other => {
                return wrong(
                    span,
                    format!("a hole cannot hold {}", other.name()),
                    "text, a word, an int or bytes",
                );
            }
        };
        match ty {
            None => Ok((own, false)),
            Some(HoleType::Plain(ty)) if *ty == expr.ty => Ok((own, false)),
            Some(HoleType::Plain(Type::Word)) if !bare && expr.ty == Type::Text => Ok((Fits::Word, true)),
            Some(HoleType::Plain(Type::Text)) if !bare && expr.ty == Type::Word => Ok((Fits::Text, false)),
            Some(HoleType::Plain(Type::Bytes)) if !bare && expr.ty.is_text() => Ok((Fits::Bytes, false)),
            Some(HoleType::Sized(ty, size))
                if *ty == expr.ty || (*ty == Type::Text && expr.ty == Type::Word) =>
            {
                let size = self.typed(size, Type::Int)?;
                Ok((Fits::Sized { size: size.code, needs: size.needs, text: *ty == Type::Text }, false))
            }
            Some(HoleType::Fixed(fixed)) if expr.ty == Type::Int => Ok((Fits::Fixed(*fixed), false)),
            Some(HoleType::Plain(ty) | HoleType::Sized(ty, _)) => {
                let message = format!("this is {}, and {} here", expr.ty.name(), ty.name());
                wrong(span, message, "a name has one type everywhere: give it with that type")
            }
            Some(HoleType::Fixed(_)) => {
                let message = format!("this is {}, and an int here", expr.ty.name());
                wrong(span, message, "a name has one type everywhere: give it with that type")
            }
        }
    }

    fn json(&mut self, json: syntax::Json, typed: bool) -> Result<Json, Wrong> {
        Ok(match json {
            syntax::Json::Null => Json::Null,
            syntax::Json::Bool(value) => Json::Bool(value),
            syntax::Json::Array(items) => {
                Json::Array(items.into_iter().map(|item| self.json(item, typed)).collect::<Result<_, _>>()?)
            }
            syntax::Json::Object(members) => {
                let mut resolved = Vec::new();
                for syntax::Member { key, optional, value } in members {
                    resolved.push(Member { key, optional, value: self.json(value, typed)? });
                }
                Json::Object(resolved)
            }
            syntax::Json::Expr(expr, ty) => {
                let span = expr.span;
                let hole = self.hole(span, &expr, ty.as_ref(), typed)?;
                if matches!(hole.fits, Fits::Sized { .. } | Fits::Fixed(_)) {
                    return wrong(span, "JSON holds no value of a size", "text, word or int");
                }
                if hole.expr.ty == Type::Bytes {
                    return wrong(span, "JSON carries no bytes", "text(…) makes text of them");
                }
                literal(&hole.expr.code).unwrap_or(Json::Hole(hole))
            }
        })
    }
}

/// A text or number that stands in the convo itself.
fn literal(code: &Code) -> Option<Json> {
    match code.steps.as_slice() {
        [Do::Bytes(bytes)] => Some(Json::Text(bytes.to_vec())),
        [Do::Int(value)] => Some(Json::Int(value.clone())),
        _ => None,
    }
}
