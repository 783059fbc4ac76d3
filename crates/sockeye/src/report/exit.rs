//! What the program's exit code says.

use std::process::ExitCode;

/// How the program ended. The numbers are a promise to scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// The answer is no: a verified value differed, the server was busy, the conversation broke off, lint
    /// found errors.
    No = 1,
    /// A bad option, an unknown or a wrong convo, a value that does not fit.
    Usage = 2,
    /// An address that cannot be resolved, connected to or bound.
    Network = 3,
    /// The other side did not answer in time.
    Timeout = 4,
    /// Ctrl-C during `call`.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
