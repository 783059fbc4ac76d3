//! When a program has dealt with what came, and whether it does nothing then.

use std::time::Duration;

use tokio::time::Instant;

use super::super::proc;
use super::Program;

/// How long a program may work on what a client's leaving means to it, or on saying why it left itself.
const REST_MAX: Duration = Duration::from_secs(1);
/// How often it is looked whether it does, and in how many looks on end it must not: one thread may wake another.
const REST_LOOK_EVERY: Duration = Duration::from_millis(4);
const REST_LOOKS: usize = 3;
/// From here on it works although there is nothing to do, percent of a processor.
pub(in super::super) const BUSY_PERCENT: u128 = 60;
/// How much of the time that it is looked at for a program must really have had before that counts, percent.
const RAN_PERCENT: u128 = 80;
/// It is looked at for so many times as long where others have the processors.
const LOOKS_MAX: u32 = 8;

impl Program {
    /// Waits until it has dealt with what came and does nothing: only then the next client finds out what became of it, and
    /// it has said all that it says of it. One that goes on working is not waited for.
    pub(in super::super) async fn at_rest(&self) {
        let deadline = Instant::now() + REST_MAX;
        let mut calm = 0;
        while calm < REST_LOOKS && Instant::now() < deadline {
            tokio::time::sleep(REST_LOOK_EVERY).await;
            calm = if proc::are_at_rest(&self.family()) { calm + 1 } else { 0 };
        }
    }

    /// How much of a processor it would use had it one for itself, looked at for so long, percent.
    ///
    /// Time in which it is ready and others run counts like time in which it runs: on a busy machine a program that never
    /// waits gets little. As one that wakes now and then may be ready for long there too, it is looked at until it has really
    /// run as long as on a machine of its own; one that does not come to that uses what it got.
    pub(in super::super) async fn busy_percent(&self, over: Duration) -> u128 {
        let before = proc::work(&self.family());
        let begun = Instant::now();
        loop {
            tokio::time::sleep(over).await;
            let now = proc::work(&self.family());
            let (ran, ready) = (now.ran.saturating_sub(before.ran), now.ready.saturating_sub(before.ready));
            let elapsed = begun.elapsed();
            let percent = |time: Duration| time.as_nanos() * 100 / elapsed.as_nanos().max(1);
            if ran.as_nanos() * 100 >= over.as_nanos() * RAN_PERCENT {
                return percent(ran + ready);
            }
            if percent(ran + ready) < BUSY_PERCENT || elapsed >= over * LOOKS_MAX {
                return percent(ran);
            }
        }
    }
}
