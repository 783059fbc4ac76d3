//! Messages as their sender fills them.

use crate::model::{self, Message, Model};
use crate::program::{Fill, FillHole, Json, Piece};
use crate::syntax::tree::Type;

pub(super) fn fill(model: &Model, message: &Message) -> Fill {
    match message {
        Message::Pieces(pieces) => Fill::Pieces(
            pieces
                .iter()
                .map(|piece| match piece {
                    model::Piece::Literal(bytes) => Piece::Literal(bytes.clone()),
                    model::Piece::Hole(hole) => Piece::Hole(self::hole(model, hole)),
                })
                .collect(),
        ),
        Message::Json(json) => Fill::Json(self::json(model, json)),
    }
}

fn hole(model: &Model, hole: &model::Hole) -> FillHole {
    let text = model.lines[hole.span.line - 1].get(hole.span.start..hole.span.end).unwrap_or_default();
    FillHole {
        code: hole.expr.code.clone(),
        fits: hole.fits.clone(),
        is_int: hole.expr.ty == Type::Int,
        text: text.into(),
    }
}

fn json(model: &Model, json: &model::Json) -> Json {
    match json {
        model::Json::Object(members) => Json::Object(
            members.iter().map(|member| (member.key.clone(), self::json(model, &member.value))).collect(),
        ),
        model::Json::Array(items) => Json::Array(items.iter().map(|item| self::json(model, item)).collect()),
        model::Json::Null => Json::Null,
        model::Json::Bool(value) => Json::Bool(*value),
        model::Json::Text(text) => Json::Text(text.clone()),
        model::Json::Int(value) => Json::Int(value.clone()),
        model::Json::Hole(hole) => Json::Hole(self::hole(model, hole)),
    }
}
