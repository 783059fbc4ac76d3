//! When a program has dealt with what came.

use std::time::Duration;

use tokio::time::Instant;

use super::super::proc;
use super::Program;

/// How long a program may work on what a client's leaving means to it.
const REST_MAX: Duration = Duration::from_secs(1);
/// How often it is looked whether it does, and in how many looks on end it must not: one thread may wake another.
const REST_LOOK_EVERY: Duration = Duration::from_millis(4);
const REST_LOOKS: usize = 3;

impl Program {
    /// Waits until it has dealt with what came and does nothing: only then the next client finds out what became of it. One
    /// that goes on working is not waited for.
    pub(in super::super) async fn at_rest(&self) {
        let deadline = Instant::now() + REST_MAX;
        let mut calm = 0;
        while calm < REST_LOOKS && Instant::now() < deadline {
            tokio::time::sleep(REST_LOOK_EVERY).await;
            calm = if proc::are_at_rest(&self.family()) { calm + 1 } else { 0 };
        }
    }
}
