//! What a run costs this program: its processor time, and how long it was ready and had to wait for a processor.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// A look at the clocks of this process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Usage {
    at: Instant,
    busy: Duration,
    waited: Option<Duration>,
}

/// What was used between two looks, in parts of the time between them.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Used {
    /// Processor time.
    pub(super) busy: Duration,
    /// Its part of the time; there is one thread.
    pub(super) busy_share: f64,
    /// The part of the time in which others had the processor that this program was ready to use; none where the
    /// system does not say.
    pub(super) waited_share: Option<f64>,
}

impl Usage {
    /// Until now.
    pub(super) fn now() -> Self {
        let time = clock_gettime(ClockId::ProcessCPUTime);
        let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
        let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
        Self { at: Instant::now(), busy: Duration::new(seconds, nanos), waited: waited() }
    }

    /// From then until now.
    pub(super) fn since(before: &Self) -> Used {
        let now = Self::now();
        let time = now.at.saturating_duration_since(before.at).as_secs_f64().max(1e-9);
        let busy = now.busy.saturating_sub(before.busy);
        let waited = now.waited.zip(before.waited).map(|(now, before)| now.saturating_sub(before));
        Used {
            busy,
            busy_share: busy.as_secs_f64() / time,
            waited_share: waited.map(|waited| waited.as_secs_f64() / time),
        }
    }
}

/// Time on the system's queue of those that are ready, of the main thread: the one that works.
fn waited() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    text.split_whitespace().nth(1)?.parse().ok().map(Duration::from_nanos)
}
