//! What a call's end means: the exit code, the error, what to do next.

use convo::{Violation, ViolationKind};
use net::{CallError, End};

use crate::report::{Exit, Failure};

/// How a conversation with `convo` ended.
///
/// # Errors
/// It did not end in good order.
pub(super) fn of_end(convo: &str, end: &End) -> Result<Exit, Failure> {
    let text = end.to_string();
    match end {
        End::Done(_) | End::Stop => Ok(Exit::Done),
        End::Broke(violation) => Err(of_violation(convo, violation)),
        End::GaveUp(_) => {
            Err(Failure::usage(text).hint(format!("`sockeye show {convo}` says what is asked")))
        }
        End::Stalled(_) => Err(Failure::new(Exit::Timeout, text).hint("--timeout gives the server longer")),
        End::Unreachable(_) => Err(Failure::new(Exit::Network, text)
            .hint(format!("start it with `sockeye serve {convo}`, or give --to"))),
        End::Secure(_) => {
            Err(Failure::new(Exit::No, text)
                .hint("does the other side speak `secure rsa-oaep` at this point?"))
        }
        End::Displaced | End::Cut | End::Panicked => Err(Failure::new(Exit::No, text)),
    }
}

/// Why there was no conversation with `convo`.
///
/// # Errors
/// All but one: our person had nothing to say, and left in good order.
pub(super) fn of_error(convo: &str, error: &CallError) -> Result<Exit, Failure> {
    let exit = match error {
        CallError::Early(end) => return of_end(convo, end),
        CallError::Setup(_) | CallError::GaveUp(_) => Exit::Usage,
        CallError::Resolve(_) | CallError::Connect { .. } => Exit::Network,
        CallError::Timeout { .. } => Exit::Timeout,
    };
    let hint = error
        .hint()
        .or_else(|| (exit == Exit::Usage).then(|| format!("`sockeye show {convo}` says what is asked")));
    Err(Failure { hint, ..Failure::new(exit, error.to_string()) })
}

fn of_violation(convo: &str, violation: &Violation) -> Failure {
    let text = violation.to_string();
    let (exit, hint) = match violation.kind {
        ViolationKind::Unexpected => {
            (Exit::No, format!("`sockeye show {convo}` says what may come when; -vv shows each message"))
        }
        ViolationKind::Differs => {
            (Exit::No, "the server has another value there than the convo says".to_owned())
        }
        ViolationKind::Closed | ViolationKind::Reset => {
            (Exit::No, format!("does the server speak {convo}? -vv shows each message up to there"))
        }
        ViolationKind::Silent => (Exit::Timeout, "--timeout gives the server longer".to_owned()),
        ViolationKind::TooLong => (Exit::No, "--max-message allows longer ones".to_owned()),
        ViolationKind::Busy => (Exit::No, "try again when another client has left".to_owned()),
        ViolationKind::Ours => (Exit::Usage, format!("`sockeye show {convo}` says what can be sent here")),
    };
    Failure::new(exit, text).hint(hint)
}
