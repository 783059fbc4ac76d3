//! One client of the load: conversations one after the other, until there are no more requests.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use convo::{Session, Violation, ViolationKind};

use super::ahead::Ahead;
use super::direct::Direct;
use super::plan::{Keep, Run};
use super::port::Port;
use crate::report::{Exit, Failure};

/// After a connection that failed: a server that is gone, or busy, is not hammered.
const PAUSE: Duration = Duration::from_millis(10);

const START: &str = "start the server first, or say where it is with --to";

/// What comes after a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// The next one.
    Another,
    /// The next one after a pause: this one broke.
    Broken,
    /// Nothing: there are no more requests.
    Nothing,
}

/// Holds conversations as connection `number` of a run. The first connection is made before the run starts; one that
/// is made later belongs to the request for which it is made.
pub(super) async fn play(run: &Run, number: usize) {
    let mut warm = run.plan.keep == Keep::Open;
    loop {
        let due = if warm {
            None
        } else {
            match std::future::poll_fn(|cx| run.poll_due(cx, number)).await {
                Some(due) => Some(due),
                None => return,
            }
        };
        warm = false;
        let port = match Port::open(run, number).await {
            Ok(port) => port,
            Err(error) => {
                unreached(run, &error);
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let session = match Session::new(Arc::clone(&run.plan.program), run.setup(number)) {
            Ok(session) => session,
            Err(error) => return run.give_up(Failure::usage(error.to_string())),
        };
        let after = match &run.plan.questions {
            Some(questions) => Ahead::new(port, session, questions, due).play().await,
            None => Direct::new(port, session, due).play().await,
        };
        match after {
            After::Another => {}
            After::Broken => tokio::time::sleep(PAUSE).await,
            After::Nothing => return,
        }
    }
}

fn unreached(run: &Run, error: &io::Error) {
    let to = &run.plan.to;
    let mut ledger = run.ledger();
    ledger.failed("connect", 1, error);
    if ledger.counts.connections > 0 {
        return;
    }
    drop(ledger);
    run.give_up(Failure::new(Exit::Network, format!("cannot connect to {to}: {error}")).hint(START));
}

/// A UDP port that refuses, and at which nobody has ever answered, is nobody's: the run is given up.
pub(super) fn is_nobody(run: &Run, error: &io::Error) -> bool {
    let refused = error.kind() == io::ErrorKind::ConnectionRefused && run.ledger().counts.done() == 0;
    if refused {
        let failure = Failure::new(Exit::Network, format!("nobody listens at {}", run.plan.to));
        run.give_up(failure.hint(START));
    }
    refused
}

/// A conversation broke with `requests` on the way.
pub(super) fn broke(run: &Run, violation: &Violation, requests: u64) {
    if violation.kind == ViolationKind::Ours {
        let failure = Failure::usage(violation.to_string());
        return run
            .give_up(failure.hint("give values that can be said here with --values FILE, a line each"));
    }
    run.ledger().failed(kind(violation.kind), requests, violation);
}

fn kind(kind: ViolationKind) -> &'static str {
    match kind {
        ViolationKind::Unexpected => "unexpected",
        ViolationKind::Differs => "differs",
        ViolationKind::Closed => "closed",
        ViolationKind::Reset => "reset",
        ViolationKind::Silent => "silent",
        ViolationKind::TooLong => "too long",
        ViolationKind::Busy => "busy",
        ViolationKind::Ours => "ours",
    }
}
