//! Calling: asks what the convo wants to know first, connects, runs one session.

use std::sync::Arc;
use std::time::Duration;

use convo::{Program, SetupError};

use crate::{Address, Host, Keys, Report, ResolveError};

/// Whom to call, and how.
#[derive(Debug)]
pub struct Call {
    /// The convo's name, for reports.
    pub convo: Arc<str>,
    /// The client's program.
    pub program: Arc<Program>,
    /// `--set`: answers to top `given`s of the client.
    pub values: Vec<(String, String)>,
    /// The server. A name's addresses are all tried.
    pub to: Address,
    /// Bounds connecting, and each wait for the server; never a person's thinking.
    pub timeout: Option<Duration>,
    /// The longest message accepted or sent, bytes. Over UDP at most what one datagram carries.
    pub message_bytes_max: usize,
    /// Our RSA key, for convos that say `secure`.
    pub keys: Keys,
    /// Seeds `random`.
    pub seed: u64,
}

/// Why there was no conversation.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// A value does not fit: wrong usage.
    #[error("{0}")]
    Setup(#[from] SetupError),
    /// The person gave up before the call was made, with the host's explanation.
    #[error("{0}")]
    GaveUp(String),
    /// The conversation ended before it began (its first answer was missing, or the session broke).
    #[error("{0}")]
    Early(crate::End),
    /// The name could not be resolved: a network error.
    #[error("{0}")]
    Resolve(#[from] ResolveError),
    /// No address took the connection: a network error.
    #[error("cannot connect to {to}: {error}")]
    Connect {
        /// Who was called.
        to: Address,
        /// What the system said of the last address tried.
        error: std::io::Error,
    },
    /// Not connected within [`Call::timeout`].
    #[error("cannot connect to {to} within {} s", within.as_secs_f64())]
    Timeout {
        /// Who was called.
        to: Address,
        /// The time given.
        within: Duration,
    },
}

impl CallError {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        None
    }
}

/// Calls a server and has one conversation with it. What the convo asks before its first message is asked before
/// connecting. Dropping the future hangs up.
///
/// # Errors
/// [`CallError`]: there was no conversation. What became of one that there was is in the [`Report`].
pub async fn call(call: Call, host: Arc<dyn Host>) -> Result<Report, CallError> {
    let _ = (call, host);
    unimplemented!()
}
