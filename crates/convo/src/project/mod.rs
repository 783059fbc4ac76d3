//! Endpoint projection: from one conversation to what each role does.
//!
//! ```text
//! model ─compile─▶ draft: steps and open choices ─choose─▶ program ─guard─▶ program whose sender keeps the law
//! ```
//!
//! A role that knows a condition evaluates it. One that does not waits for what comes: its choice is the list of
//! first messages of each branch, found by following the draft (Honda, Yoshida and Carbone's global types call it
//! merging; language.md: "knowledge of choice").

mod choose;
mod compile;
mod fill;
mod guard;
mod read;
mod rounds;
mod turns;

use std::sync::Arc;
use std::time::Duration;

use crate::finding::{Findings, Span};
use crate::knowledge::Knowledge;
use crate::model::{Act, Body, Model, Say};
use crate::pattern::Nfa;
use crate::program::{At, Op, Preset, Program};
use crate::syntax::tree::Header;

pub(crate) use crate::knowledge::View;
pub(crate) use guard::guard;

/// How long a chunk that may be the beginning of a message waits for the rest.
const SETTLE: Duration = Duration::from_millis(200);

/// A step of a program that is not whole yet.
#[derive(Debug)]
enum Draft {
    Op(Op),
    Choose(Choice),
}

/// A place where a role goes by what comes.
#[derive(Debug)]
struct Choice {
    /// Where each way begins, in the order in which they are tried.
    ways: Vec<At>,
    span: Span,
    over: Over,
}

/// What a choice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    Branches,
    /// The end of a list (tried first) or one more round.
    Rounds,
}

/// Compiles what `view` does.
pub(crate) fn project(
    model: &Model,
    known: &Knowledge,
    header: &Header,
    view: View,
    file: &str,
    findings: &mut Findings<'_>,
) -> Program {
    let draft = compile::compile(model, known, view);
    let steps = choose::choose(draft, &model.effort, view, findings);
    // Where all may speak at once the server may be first: a client's empty datagram opens the session.
    let role_says = |step: &Op| match step {
        Op::Free(_) => view == View::Server,
        step => matches!(step, Op::Send(_) | Op::Pick(_)),
    };
    let speaks_first = steps
        .iter()
        .find(|step| {
            matches!(step, Op::Send(_) | Op::Pick(_) | Op::Hear(_) | Op::Free(_) | Op::Secure { .. })
        })
        .is_some_and(role_says);
    let asks = steps.iter().any(|step| match step {
        Op::Given(given) => matches!(given.source, crate::program::Source::Ask { .. }),
        Op::Pick(_) => true,
        Op::Free(free) => free.pick.is_some(),
        _ => false,
    });
    Program {
        file: file.into(),
        view,
        names: model.names.iter().map(|name| Arc::from(name.as_str())).collect(),
        iterators: steps.iter().filter(|step| matches!(step, Op::Begin { .. })).count(),
        givens: presets(&model.body, view),
        busy: header.limit.as_ref().map(|limit| Arc::from(limit.busy.as_slice())),
        busy_pattern: (header.limit.as_ref().filter(|_| view != View::Server))
            .map(|limit| Arc::new(read::literal(&limit.busy))),
        framing: first_framing(&model.body),
        speaks_first,
        asks,
        shows: steps.iter().any(|step| matches!(step, Op::Show { .. })),
        secures: steps.iter().any(|step| matches!(step, Op::Secure { .. })),
        // To the first question a server may say that it is busy.
        turns_are_alike: view == View::Client && header.limit.is_none() && turns::are_alike(&steps),
        // What is kept says of whom it is, and a room who is there.
        needs_peer: model.names_peer || steps.iter().any(|step| matches!(step, Op::Add { .. } | Op::Free(_))),
        settle: SETTLE,
        steps,
        rounds: Vec::new(),
    }
}

/// The top `given`s of a role.
fn presets(body: &Body, view: View) -> Vec<Preset> {
    let preset = |act: &Act| match act {
        Act::Given { role, slot, ty, top: true, .. } if view.is(*role) => {
            Some(Preset { slot: *slot, ty: *ty })
        }
        _ => None,
    };
    body.steps.iter().filter_map(|step| preset(&step.act)).collect()
}

/// The framing of the first message.
fn first_framing(body: &Body) -> crate::syntax::tree::Framing {
    let mut framing = crate::syntax::tree::Framing::default();
    for step in &body.steps {
        match &step.act {
            Act::Framing(other) => framing = *other,
            Act::Given { .. } | Act::Let(..) => {}
            _ => break,
        }
    }
    framing
}

/// The machine of a message by its types, as its receiver reads it.
pub(crate) fn read_by_type(model: &Model, known: &Knowledge, say: &Say) -> Nfa {
    read::by_type(&read::pattern(model, known, say, View::from(say.role.other())))
}
