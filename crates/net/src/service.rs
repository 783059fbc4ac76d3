//! One served convo: what all its sessions, over all its listeners, have in common.

use std::sync::Arc;
use std::time::Duration;

use convo::{Limit, Program, SetupError};

use crate::Keys;

/// How a convo is served: what [`Service::new`] takes.
#[derive(Debug)]
pub struct Plan {
    /// The convo's name, for reports.
    pub convo: Arc<str>,
    /// The server's program.
    pub program: Arc<Program>,
    /// `--set`: answers to top `given`s of the server.
    pub values: Vec<(String, String)>,
    /// How many sessions at a time, and what a further client is told.
    pub limit: Option<Limit>,
    /// How long a session waits for its client. Over UDP, 60 s where this is `None`.
    pub idle: Option<Duration>,
    /// The longest message accepted or sent, bytes. Over UDP at most what one datagram carries.
    pub message_bytes_max: usize,
    /// Our RSA key, for convos that say `secure`.
    pub keys: Keys,
    /// Seeds `random`: each session's seed is made from this one and its number.
    pub seed: u64,
}

/// One served convo. Shared by all its listeners: its limit counts over all of them, its kept lists are one.
#[derive(Debug)]
pub struct Service {
    plan: Plan,
}

impl Service {
    /// Makes a convo ready to be served.
    ///
    /// # Errors
    /// A value of [`Plan::values`] that no `given` of the server takes.
    pub fn new(plan: Plan) -> Result<Arc<Self>, SetupError> {
        Ok(Arc::new(Self { plan }))
    }

    /// The convo's name.
    #[must_use]
    pub fn convo(&self) -> &Arc<str> {
        &self.plan.convo
    }
}
