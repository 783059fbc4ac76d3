//! A bounded rate for warnings: some at once, then one a second.

use std::time::{Duration, Instant};

/// So many warnings may come at once.
const BURST: u32 = 10;
/// Then one in this time.
const PACE: Duration = Duration::from_secs(1);

/// Says which warnings are shown, and counts the others.
#[derive(Debug)]
pub(super) struct Limiter {
    left: u32,
    /// Up to here the time has been turned into warnings that may be shown.
    counted: Instant,
    suppressed: u64,
}

/// Whether a warning is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// Shown, after so many that were not.
    Yes {
        /// How many.
        suppressed: u64,
    },
    /// Counted only.
    No,
}

impl Limiter {
    /// Lets the first warnings pass.
    pub(super) fn new(now: Instant) -> Self {
        Self { left: BURST, counted: now, suppressed: 0 }
    }

    /// A warning would like to be shown.
    pub(super) fn ask(&mut self, now: Instant) -> Pass {
        let earned = now.saturating_duration_since(self.counted).as_secs() / PACE.as_secs();
        if earned > 0 {
            let earned = u32::try_from(earned).unwrap_or(u32::MAX);
            self.left = self.left.saturating_add(earned).min(BURST);
            self.counted = now;
        }
        if self.left == 0 {
            self.suppressed += 1;
            return Pass::No;
        }
        self.left -= 1;
        Pass::Yes { suppressed: std::mem::take(&mut self.suppressed) }
    }

    /// How many were not shown since the last that was.
    pub(super) fn end(&mut self) -> u64 {
        std::mem::take(&mut self.suppressed)
    }
}

#[cfg(test)]
mod tests {
    use super::{BURST, Limiter, PACE, Pass};
    use std::time::Instant;

    #[test]
    fn a_flood_shows_some_warnings_and_then_says_how_many_it_did_not() {
        let start = Instant::now();
        let mut limiter = Limiter::new(start);
        let shown = (0..1000).filter(|_| limiter.ask(start) != Pass::No).count();
        assert_eq!(shown, BURST as usize);
        assert_eq!(limiter.ask(start + PACE), Pass::Yes { suppressed: 990 });
        assert_eq!(limiter.ask(start + PACE), Pass::No);
        assert_eq!(limiter.end(), 1);
        assert_eq!(limiter.end(), 0);
    }
}
