//! How a server is told to end.

use std::sync::Arc;

use tokio::sync::watch;

/// Tells a server to end, from anywhere: a signal, a session's `stop`. Clones are the same stop.
#[derive(Debug, Clone)]
pub struct Stop {
    phase: Arc<watch::Sender<Phase>>,
}

/// How far the stop has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Running,
    /// No new sessions; those under way may finish.
    Finishing,
    /// At once.
    Ended,
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}

impl Stop {
    /// A stop that nobody has asked for yet.
    #[must_use]
    pub fn new() -> Self {
        Self { phase: Arc::new(watch::Sender::new(Phase::Running)) }
    }

    /// Stops in good order: no new sessions, others finish for a bounded time. Asking a second time ends at once.
    pub fn ask(&self) {
        self.phase.send_modify(|phase| {
            *phase = match phase {
                Phase::Running => Phase::Finishing,
                Phase::Finishing | Phase::Ended => Phase::Ended,
            };
        });
    }

    /// As [`Stop::ask`], but a second time changes nothing: for sessions that say `stop` side by side.
    pub(crate) fn begin(&self) {
        self.phase.send_if_modified(|phase| {
            let first = *phase == Phase::Running;
            if first {
                *phase = Phase::Finishing;
            }
            first
        });
    }

    /// Comes when stopping was asked for. Cancel safe.
    pub async fn asked(&self) {
        self.reached(Phase::Finishing).await;
    }

    /// Comes when ending at once was asked for. Cancel safe.
    pub(crate) async fn ended(&self) {
        self.reached(Phase::Ended).await;
    }

    async fn reached(&self, wanted: Phase) {
        let mut phase = self.phase.subscribe();
        // The sender lives as long as `self`, so that waiting cannot fail.
        let _ = phase.wait_for(|phase| *phase >= wanted).await;
    }
}
