//! When sessions and listeners want to be told of the time.
//!
//! Deadlines move with every message and are seldom reached, so a timer that is set already and rings too early is left
//! as it is: whoever it belongs to sets it again when it rings.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

use super::bells::Whom;

/// What rings within this is rung on time.
const NEAR: Duration = Duration::from_secs(1);

/// The timers, the earliest first. Each session and listener has one at most, and knows when it rings.
#[derive(Debug, Default)]
pub(super) struct Timers(BTreeSet<(Instant, Whom)>);

impl Timers {
    /// Sets the timer of `whom`, now `set` for then, so that it rings at `due` or before.
    pub(super) fn set(&mut self, whom: Whom, set: &mut Option<Instant>, due: Option<Instant>) {
        if let Some(due) = due
            && set.is_none_or(|set| due < set)
        {
            self.forget(whom, set.replace(due));
            self.0.insert((due, whom));
        }
    }

    /// Whoever had this timer is gone.
    pub(super) fn forget(&mut self, whom: Whom, set: Option<Instant>) {
        if let Some(set) = set {
            self.0.remove(&(set, whom));
        }
    }

    /// The next timer that rings by `now`.
    pub(super) fn ring(&mut self, now: Instant) -> Option<Whom> {
        let (due, whom) = *self.0.first().filter(|(due, _)| *due <= now)?;
        self.0.remove(&(due, whom));
        Some(whom)
    }

    /// How long it is until one rings. `turn` is when the turn that ends now began: for what is far away it is now enough.
    pub(super) fn next(&self, turn: Instant) -> Option<Duration> {
        let (due, _) = self.0.first()?;
        let wait = due.saturating_duration_since(turn);
        Some(if wait < NEAR { due.saturating_duration_since(Instant::now()) } else { wait })
    }
}
