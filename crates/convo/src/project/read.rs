//! Messages as their receiver reads them.

use crate::code::Slot;
use crate::knowledge::{Knowledge, View};
use crate::model::{self, Fits, Json, Message, Model, Say};
use crate::pattern::{Bind, Hole, Nfa, Part, Pattern, Style, all_into, int_into, json};

/// The number of no step.
const NO_STEP: usize = usize::MAX;

/// The pattern of a message as `view` reads it.
pub(super) fn pattern(model: &Model, known: &Knowledge, say: &Say, view: View) -> Pattern {
    let mut captured: Vec<Slot> = Vec::new();
    let mut holes = Vec::new();
    for hole in say.message.holes() {
        let bind = bind(known, say, view, hole, &captured);
        if let Bind::Capture(slot) = bind {
            captured.push(slot);
        }
        let text = model.lines[hole.span.line - 1].get(hole.span.start..hole.span.end).unwrap_or_default();
        let text = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
        holes.push(Hole { fits: hole.fits.clone(), bind, text: text.into() });
    }
    let (parts, json) = shape(&say.message);
    let sized = holes.iter().any(|hole| matches!(hole.fits, Fits::Sized { .. }));
    let text = model.lines[say.span.line - 1].get(say.span.start..say.span.end).unwrap_or_default();
    let one_line = say.framing.is_line() && !say.secured;
    let nfa = Nfa::build(&parts, &holes, Style { by_value: true, one_line, ignore_case: model.ignore_case });
    Pattern {
        say: say.id,
        line: say.span.line,
        text: text.into(),
        all_into: all_into(&parts, &holes),
        int_into: int_into(&parts, &holes),
        parts,
        holes,
        json,
        ignore_case: model.ignore_case,
        one_line,
        sized,
        nfa,
    }
}

/// What any message fits.
pub(super) fn anything(line: usize) -> Pattern {
    let holes = vec![Hole { fits: Fits::Bytes, bind: Bind::Past, text: "anything".into() }];
    alone(line, "(anything else)", Part::Hole(0), holes)
}

/// What only these bytes fit.
pub(super) fn literal(bytes: &[u8]) -> Pattern {
    alone(0, &String::from_utf8_lossy(bytes), Part::Literal(bytes.to_vec()), Vec::new())
}

/// A pattern of one part that no step of the convo says.
fn alone(line: usize, text: &str, part: Part, holes: Vec<Hole>) -> Pattern {
    let parts = vec![part];
    let nfa = Nfa::build(&parts, &holes, Style { by_value: true, one_line: false, ignore_case: false });
    Pattern {
        say: NO_STEP,
        line,
        text: text.into(),
        parts,
        holes,
        json: None,
        ignore_case: false,
        one_line: false,
        sized: false,
        all_into: None,
        int_into: None,
        nfa,
    }
}

/// The pattern with some values unknown: `knows` says which names can be used.
pub(super) fn forget(pattern: &Pattern, knows: impl Fn(Slot) -> bool) -> Pattern {
    pattern.with_binds(|bind| match bind {
        Bind::Verify(code) if code.slots().all(&knows) => bind.clone(),
        _ => Bind::Past,
    })
}

/// The machine of a message by its types alone, for those who compare messages.
pub(super) fn by_type(pattern: &Pattern) -> Nfa {
    let Pattern { one_line, ignore_case, .. } = *pattern;
    let style = Style { by_value: false, one_line, ignore_case };
    Nfa::build(&pattern.parts, &pattern.holes, style)
}

fn bind(known: &Knowledge, say: &Say, view: View, hole: &model::Hole, captured: &[Slot]) -> Bind {
    let code = || hole.expr.code.clone();
    if let Some(slot) = hole.name {
        if captured.contains(&slot) {
            return Bind::Check(code());
        }
        if hole.declares || !known.at(say.id, view).has(slot) {
            return Bind::Capture(slot);
        }
    }
    if hole.expr.own || hole.expr.kept() {
        return Bind::Past;
    }
    if known.can(say.id, view, &hole.expr) {
        return Bind::Verify(code());
    }
    let later = |slot: &Slot| captured.contains(slot) || known.at(say.id, view).has(*slot);
    if hole.expr.needs.iter().all(later) { Bind::Check(code()) } else { Bind::Past }
}

fn shape(message: &Message) -> (Vec<Part>, Option<json::Shape>) {
    let mut holes = 0;
    let mut next = || {
        holes += 1;
        holes - 1
    };
    match message {
        Message::Pieces(pieces) => {
            let part = |piece: &model::Piece| match piece {
                model::Piece::Literal(bytes) => Part::Literal(bytes.clone()),
                model::Piece::Hole(_) => Part::Hole(next()),
            };
            (pieces.iter().map(part).collect(), None)
        }
        Message::Json(json) => (Vec::new(), Some(json_shape(json, &mut next))),
    }
}

fn json_shape(json: &Json, next: &mut dyn FnMut() -> usize) -> json::Shape {
    match json {
        Json::Object(members) => json::Shape::Object(
            members
                .iter()
                .map(|member| json::Member {
                    key: member.key.clone(),
                    optional: member.optional,
                    value: json_shape(&member.value, next),
                })
                .collect(),
        ),
        Json::Array(items) => json::Shape::Array(items.iter().map(|item| json_shape(item, next)).collect()),
        Json::Null => json::Shape::Null,
        Json::Bool(value) => json::Shape::Bool(*value),
        Json::Text(text) => json::Shape::Text(text.clone()),
        Json::Int(value) => json::Shape::Int(value.clone()),
        Json::Hole(_) => json::Shape::Hole(next()),
    }
}
