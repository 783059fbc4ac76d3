//! The law, "what is sent must be read back as the same step", where it is not proved: what a sender has to check
//! before it sends.

use std::sync::Arc;

use super::{choose, read, rounds};
use crate::knowledge::{Knowledge, View};
use crate::model::{Act, Body, Fits, Model, Say};
use crate::pattern::{Pattern, algebra};
use crate::program::{Guard, Op, Program, Way};

/// Gives both programs their guards: each sender looks at the places where its peer listens.
pub(crate) fn guard(model: &Model, known: &Knowledge, programs: [Program; 2]) -> [Program; 2] {
    let [mut client, mut server] = programs;
    let mut says = Vec::new();
    collect(&model.body, &mut says);
    let for_client = guards(model, known, &says, &client, &server);
    let for_server = guards(model, known, &says, &server, &client);
    fit(&mut client, for_client);
    fit(&mut server, for_server);
    [&mut client, &mut server].into_iter().for_each(rounds::find);
    [client, server]
}

fn fit(program: &mut Program, guards: Vec<(usize, Guard)>) {
    let mut guards = guards.into_iter();
    for step in &mut program.steps {
        if let Op::Send(send) = step
            && let Some((say, guard)) = guards.next()
        {
            debug_assert_eq!(say, send.say);
            send.guard = guard;
        }
    }
}

/// The guard of each message that `sender` fills, in the order of its steps.
fn guards(
    model: &Model,
    known: &Knowledge,
    says: &[&Say],
    sender: &Program,
    receiver: &Program,
) -> Vec<(usize, Guard)> {
    let sends = sender.steps.iter().filter_map(|step| match step {
        Op::Send(send) => Some(send.say),
        _ => None,
    });
    sends
        .map(|id| {
            let guard = says
                .iter()
                .find(|say| say.id == id)
                .map_or_else(Guard::default, |say| one(model, known, say, sender.view, receiver));
            (id, guard)
        })
        .collect()
}

fn one(model: &Model, known: &Knowledge, say: &Say, sender: View, receiver: &Program) -> Guard {
    // Such a convo is refused.
    if model.effort.is_spent() {
        return Guard::default();
    }
    let pattern = read::pattern(model, known, say, receiver.view);
    // What the sender does not know it cannot compare: it reads that by type, and rather refuses too much.
    let knows = |slot| known.at(say.id, sender).has(slot);
    let narrow = say.message.holes().iter().any(|hole| hole.narrow);
    let divides = pattern.json.is_none()
        && !pattern.sized
        && algebra::ambiguous(&model.effort, &read::by_type(&pattern));
    let same = (narrow || divides).then(|| Arc::new(read::forget(&pattern, knows)));
    let me = Way { from: say.role, pattern: Arc::new(pattern), to: 0, takes: true };
    let mut rivals: Vec<Arc<Pattern>> = Vec::new();
    for rival in rivals_of(say.id, receiver) {
        let known_already = rivals.iter().any(|other| other.say == rival.pattern.say);
        if !known_already && choose::overlaps(&model.effort, rival, &me) {
            rivals.push(Arc::new(read::forget(&rival.pattern, knows)));
        }
    }
    Guard { same, rivals, newline: me.pattern.one_line && brings_newline(say) }
}

/// What the receiver tries before it takes a message for step `id`.
fn rivals_of(id: usize, receiver: &Program) -> impl Iterator<Item = &Way> {
    let points = receiver.steps.iter().filter_map(|step| match step {
        Op::Hear(point) => Some(point),
        _ => None,
    });
    points.flat_map(move |point| {
        let own = point.ways.iter().rposition(|way| way.pattern.say == id).unwrap_or(0);
        point.ways[..own].iter().filter(move |way| way.pattern.say != id)
    })
}

/// Whether the value of a hole may hold a newline, or a `\r` at the end of the line.
fn brings_newline(say: &Say) -> bool {
    say.message.holes().iter().any(|hole| matches!(hole.fits, Fits::Text | Fits::Bytes | Fits::Fixed(_)))
}

/// All messages of a block.
fn collect<'a>(body: &'a Body, says: &mut Vec<&'a Say>) {
    for step in &body.steps {
        match &step.act {
            Act::Say(say) => says.push(say),
            Act::On(on) => {
                for (say, body) in &on.rows {
                    says.push(say);
                    collect(body, says);
                }
                on.otherwise.iter().chain(&on.leaves).for_each(|body| collect(body, says));
            }
            Act::If { arms, otherwise } => {
                arms.iter().for_each(|(_, body)| collect(body, says));
                otherwise.iter().for_each(|body| collect(body, says));
            }
            Act::Loop(body) => collect(body, says),
            Act::For(each) => collect(&each.body, says),
            Act::Freely(freely) => freely.rows.iter().for_each(|row| collect(&row.body, says)),
            _ => {}
        }
    }
}
