//! What a call's end means: the exit code, the error, what to do next.

use std::time::Duration;

use convo::{Violation, ViolationKind};
use net::{Address, CallError, End};

use crate::report::{Exit, Failure};

/// What was called, for hints.
#[derive(Debug)]
pub(super) struct Called<'a> {
    /// The convo, as the person named it.
    pub(super) convo: &'a str,
    /// Who was called.
    pub(super) to: &'a Address,
    /// `--timeout`.
    pub(super) timeout: Duration,
}

impl Called<'_> {
    /// How a conversation ended.
    ///
    /// # Errors
    /// It did not end in good order.
    pub(super) fn ended(&self, end: &End) -> Result<Exit, Failure> {
        let failure = |exit| Failure::new(exit, end.to_string());
        match end {
            End::Done(_) | End::Stop => Ok(Exit::Done),
            End::Broke(violation) => Err(self.broke(violation)),
            End::GaveUp(_) => Err(failure(Exit::Usage).hint(self.asked())),
            End::Stalled(_) => Err(failure(Exit::Timeout).hint(self.longer())),
            End::Unreachable(_) => Err(failure(Exit::Network).hint(format!(
                "start it there with `sockeye serve {} --listen {}`, or say where it is with --to",
                self.convo, self.to
            ))),
            End::Secure(_) => {
                Err(failure(Exit::No).hint("does the other side speak `secure rsa-oaep` at this point?"))
            }
            End::Displaced | End::Cut | End::Overrun | End::Store(_) | End::Unwatched(_) | End::Panicked => {
                Err(failure(Exit::No))
            }
        }
    }

    /// Why there was no conversation.
    ///
    /// # Errors
    /// All but one: our person had nothing to say, and left in good order.
    pub(super) fn failed(&self, error: &CallError) -> Result<Exit, Failure> {
        let exit = match error {
            CallError::Early(end) => return self.ended(end),
            CallError::Setup(_) | CallError::GaveUp(_) => Exit::Usage,
            CallError::Resolve(_) | CallError::Connect { .. } => Exit::Network,
            CallError::Timeout { .. } => Exit::Timeout,
        };
        let hint = error.hint().map(Into::into).or_else(|| (exit == Exit::Usage).then(|| self.asked()));
        Err(Failure { hint, ..Failure::new(exit, error.to_string()) })
    }

    fn broke(&self, violation: &Violation) -> Failure {
        let convo = self.convo;
        let (exit, hint) = match violation.kind {
            ViolationKind::Unexpected => {
                (Exit::No, format!("`sockeye show {convo}` says what may come when; -vv shows each message"))
            }
            ViolationKind::Differs => {
                (Exit::No, format!("`sockeye show {convo}` says how it is computed; -vv shows each message"))
            }
            ViolationKind::Closed | ViolationKind::Reset => {
                let hint = "its log may say why; -vv shows each message up to there";
                (Exit::No, format!("does the server speak {convo}? If so, {hint}"))
            }
            ViolationKind::Silent => (Exit::Timeout, self.longer()),
            ViolationKind::TooLong => (Exit::No, "--max-message allows longer ones".to_owned()),
            ViolationKind::Busy => (Exit::No, "try again when another client has left".to_owned()),
            ViolationKind::Ours => {
                (Exit::Usage, format!("`sockeye show {convo}` says what can be said here"))
            }
        };
        Failure::new(exit, violation.to_string()).hint(hint)
    }

    fn asked(&self) -> String {
        format!("`sockeye show {}` says what is asked", self.convo)
    }

    fn longer(&self) -> String {
        format!("the server had {:?} for each answer; --timeout gives it longer", self.timeout)
    }
}
