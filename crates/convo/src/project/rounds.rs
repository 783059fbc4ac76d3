//! Loops of questions and answers: where nothing but one plain message follows each message that may come, and then the
//! same may come again.

use std::sync::Arc;

use crate::code::{Do, Slot};
use crate::pattern::{Bind, Pattern};
use crate::program::{Answer, At, Fill, Op, Piece, Point, Program, Round, Rounds, Send, Source, Way};

/// Notes which points of a program, its guards in place, are such loops.
pub(super) fn find(program: &mut Program) {
    program.rounds = (0..program.steps.len()).map(|at| rounds(&program.steps, at)).collect();
}

fn rounds(steps: &[Op], at: At) -> Option<Rounds> {
    let Op::Hear(point) = &steps[at] else { return None };
    let ways: Option<Vec<_>> = point.ways.iter().map(|way| round(steps, at, point, way)).collect();
    ways.filter(|ways| !ways.is_empty()).map(|ways| Rounds { ways, may_leave: point.may_leave })
}

fn round(steps: &[Op], at: At, point: &Point, way: &Way) -> Option<Round> {
    // What is known before is computed anew with each message.
    let learns = way.pattern.holes.iter().all(|hole| matches!(hole.bind, Bind::Capture(_) | Bind::Past));
    if !way.takes || way.from != point.from || way.pattern.sized || !learns {
        return None;
    }
    let Op::Send(send) = steps.get(way.to)? else { return None };
    if !send.is_plain() || !leads(steps, way.to + 1, at) {
        return None;
    }
    let answer = answer(steps, &way.pattern, way.to, send);
    Some(Round { pattern: Arc::clone(&way.pattern), send: way.to, answer })
}

/// Whether nothing but jumps lies between two places.
fn leads(steps: &[Op], mut from: At, to: At) -> bool {
    for _ in steps {
        match steps.get(from) {
            Some(Op::Jump(next)) if from != to => from = *next,
            _ => break,
        }
    }
    from == to
}

fn answer(steps: &[Op], pattern: &Pattern, at: At, send: &Send) -> Answer {
    let Some((slot, answer)) = pattern.all_into.and_then(|slot| Some((slot, alone(send, slot)?))) else {
        return Answer::Filled;
    };
    let elsewhere = steps.iter().enumerate().any(|(step, op)| step != at && may_read(op, slot));
    if elsewhere { Answer::Filled } else { answer }
}

/// How a message is made of a name, where it is made of nothing else.
fn alone(send: &Send, slot: Slot) -> Option<Answer> {
    let Fill::Pieces(pieces) = &send.fill else { return None };
    let [Piece::Hole(hole)] = pieces.as_slice() else { return None };
    if !hole.is_text() {
        return None;
    }
    match hole.code.steps.as_slice() {
        [Do::Slot(of)] if *of == slot => Some(Answer::Same),
        [Do::Slot(of), Do::Reverse] if *of == slot => Some(Answer::Reversed),
        _ => None,
    }
}

/// Whether a step may use the value of a name; said too often rather than too seldom.
fn may_read(op: &Op, slot: Slot) -> bool {
    match op {
        Op::Connect | Op::Jump(_) | Op::Framing(_) | Op::Secure { .. } | Op::End | Op::Stop | Op::Left => {
            false
        }
        Op::Given(given) => !matches!(given.source, Source::Ask { .. }),
        Op::Let { code, .. } | Op::Unless { code, .. } => code.slots().any(|read| read == slot),
        Op::Send(send) => match &send.fill {
            Fill::Pieces(pieces) if send.is_plain() => pieces.iter().any(|piece| match piece {
                Piece::Literal(_) => false,
                Piece::Hole(hole) => !hole.is_text() || hole.code.slots().any(|read| read == slot),
            }),
            _ => true,
        },
        Op::Hear(point) => point.ways.iter().any(|way| {
            let learns = |bind: &Bind| matches!(bind, Bind::Capture(_) | Bind::Past);
            way.pattern.sized || !way.pattern.holes.iter().all(|hole| learns(&hole.bind))
        }),
        Op::Look { .. }
        | Op::Pick(_)
        | Op::Free(_)
        | Op::Tell { .. }
        | Op::Show { .. }
        | Op::Begin { .. }
        | Op::Next { .. }
        | Op::Add { .. } => true,
    }
}
