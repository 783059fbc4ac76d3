//! Clients that ask one question and hear its answer, over and over, each turn like the first.

use crate::code::{Code, Do, Slot};
use crate::model::Fits;
use crate::pattern::{Bind, Pattern};
use crate::program::{At, Fill, Op, Piece, Source};

/// Whether a client does nothing but say one message and hear one, over and over, and no turn hangs on those before it:
/// of the names to which turns give values, each reads only those that it has given one itself.
pub(super) fn are_alike(steps: &[Op]) -> bool {
    let Some((before, turn)) = straight(steps) else { return false };
    let opens = before.iter().all(|op| !matches!(op, Op::Given(_) | Op::Send(_) | Op::Hear(_)));
    let count = |is: fn(&&&Op) -> bool| turn.iter().filter(is).count();
    let is_one_and_one =
        count(|op| matches!(op, Op::Send(_))) == 1 && count(|op| matches!(op, Op::Hear(_))) == 1;
    let changing: Vec<Slot> = turn.iter().flat_map(|op| writes(op)).collect();
    let mut own = Vec::new();
    opens
        && is_one_and_one
        && turn.iter().all(|op| {
            let is_alike = reads(op)
                .is_some_and(|reads| reads.iter().all(|slot| own.contains(slot) || !changing.contains(slot)));
            own.extend(writes(op));
            is_alike
        })
}

/// The way through a program whose steps never part: what lies before its loop, and one turn of that.
fn straight(steps: &[Op]) -> Option<(Vec<&Op>, Vec<&Op>)> {
    let (mut way, mut ops): (Vec<At>, Vec<&Op>) = Default::default();
    let mut at = 0;
    loop {
        if let Some(head) = way.iter().position(|seen| *seen == at) {
            let turn = ops.split_off(head);
            return Some((ops, turn));
        }
        let op = steps.get(at)?;
        way.push(at);
        ops.push(op);
        at = match op {
            Op::Jump(to) => *to,
            Op::Connect | Op::Framing(_) | Op::Given(_) | Op::Let { .. } | Op::Send(_) | Op::Show { .. } => {
                at + 1
            }
            Op::Hear(point) => match point.ways.as_slice() {
                [way] if way.takes => way.to,
                _ => return None,
            },
            _ => return None,
        };
    }
}

/// The names that a step gives a value.
fn writes(op: &Op) -> Vec<Slot> {
    match op {
        Op::Given(given) => vec![given.slot],
        Op::Let { slot, .. } => vec![*slot],
        Op::Hear(point) => point.ways.iter().flat_map(|way| captures(&way.pattern)).collect(),
        _ => Vec::new(),
    }
}

fn captures(pattern: &Pattern) -> Vec<Slot> {
    let captured = |bind: &Bind| if let Bind::Capture(slot) = bind { Some(*slot) } else { None };
    pattern.holes.iter().filter_map(|hole| captured(&hole.bind)).collect()
}

/// The names on which hangs what a step does; nothing if it hangs on something else, too. What is shown is no matter.
fn reads(op: &Op) -> Option<Vec<Slot>> {
    match op {
        Op::Connect | Op::Jump(_) | Op::Show { .. } => Some(Vec::new()),
        Op::Given(given) => matches!(given.source, Source::Ask { .. }).then(Vec::new),
        Op::Let { code, .. } => names(code),
        Op::Send(send) => {
            let Fill::Pieces(pieces) = &send.fill else { return None };
            let holes = pieces.iter().filter_map(|piece| match piece {
                Piece::Literal(_) => None,
                Piece::Hole(hole) if matches!(hole.fits, Fits::Sized { .. }) => Some(None),
                Piece::Hole(hole) => Some(names(&hole.code)),
            });
            holes.collect::<Option<Vec<_>>>().map(|names| names.concat())
        }
        Op::Hear(point) => {
            let mut all = Vec::new();
            for pattern in point.ways.iter().map(|way| &way.pattern) {
                if pattern.sized {
                    return None;
                }
                let captured = captures(pattern);
                for hole in &pattern.holes {
                    match &hole.bind {
                        Bind::Capture(_) | Bind::Past => {}
                        Bind::Verify(code) => all.extend(names(code)?),
                        // It is computed once the message is read.
                        Bind::Check(code) => {
                            all.extend(names(code)?.into_iter().filter(|name| !captured.contains(name)));
                        }
                    }
                }
            }
            Some(all)
        }
        _ => None,
    }
}

/// The names in an expression; nothing if it hangs on chance, the time or the peer.
fn names(code: &Code) -> Option<Vec<Slot>> {
    let is_steady = !code.steps.iter().any(|step| matches!(step, Do::Now | Do::Random | Do::Peer));
    is_steady.then(|| code.slots().collect())
}
