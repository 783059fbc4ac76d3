//! Waits until a moment to the microsecond: the runtime's own timer counts in milliseconds, which would be an open
//! loop's largest error. The runtime's is also set anew with each wait for a socket: shortly before it is due, each request
//! would pay for setting the processor's, too.

use std::io;
use std::time::{Duration, Instant};

use rustix::time::{Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec};
use tokio::io::unix::AsyncFd;

/// A timer of the system.
#[derive(Debug)]
pub(super) struct Timer(AsyncFd<rustix::fd::OwnedFd>);

impl Timer {
    /// Makes one. Needs a runtime.
    ///
    /// # Errors
    /// The system has none.
    pub(super) fn new() -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let timer = rustix::time::timerfd_create(TimerfdClockId::Monotonic, flags)?;
        #[allow(
            deprecated,
            reason = "what replaces it is unsafe for descriptors that may close early; an OwnedFd cannot"
        )]
        let registered = AsyncFd::new(timer)?;
        Ok(Self(registered))
    }

    /// Comes at `due`, or at once where that is over. Cancel safe.
    ///
    /// # Errors
    /// What the system says.
    pub(super) async fn until(&self, due: Instant) -> io::Result<()> {
        let left = due.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        let once = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value: timespec(left) };
        rustix::time::timerfd_settime(&self.0, TimerfdTimerFlags::empty(), &once)?;
        loop {
            let mut ready = self.0.readable().await?;
            match rustix::io::read(&self.0, &mut [0; 8]) {
                Ok(_) => return Ok(()),
                Err(rustix::io::Errno::AGAIN) => ready.clear_ready(),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn timespec(time: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: time.subsec_nanos().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_comes_when_it_is_due_and_no_sooner() {
        let timer = Timer::new().expect("the system has timers");
        for micros in [0, 300, 2_000] {
            let due = Instant::now() + Duration::from_micros(micros);
            timer.until(due).await.expect("it can wait");
            assert!(Instant::now() >= due);
        }
    }
}
