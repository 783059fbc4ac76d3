//! How a conversation of the load went, and what comes after it.

use std::io;

use convo::{Violation, ViolationKind};

use super::plan::Run;
use crate::report::{Exit, Failure};

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

/// No connection could be made. The first that fails ends the run.
pub(super) fn unreached(run: &Run, error: &io::Error) {
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
    let refused = error.kind() == io::ErrorKind::ConnectionRefused && run.ledger().counts.heard == 0;
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
