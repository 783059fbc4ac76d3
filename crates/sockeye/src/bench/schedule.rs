//! When requests are due: one schedule for closed and open loops, for ends by count and by time.
//!
//! ```text
//! closed loop   a request is due when a connection is free           latency counts from its sending
//! open loop     the n-th is due at start + n / rate, free or not     latency counts from then
//! ```

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// When requests are due.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Pace {
    /// As soon as a connection is free.
    Closed,
    /// At so many a second.
    Open(f64),
}

impl Pace {
    /// Requests a second, where that is set.
    pub(super) fn rate(self) -> Option<f64> {
        match self {
            Self::Closed => None,
            Self::Open(rate) => Some(rate),
        }
    }
}

/// When the last request has been given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// After so many requests.
    Count(u64),
    /// After this time.
    After(Duration),
}

/// What a connection that asks for a request is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grant {
    /// Send it; its latency counts from here.
    Due(Instant),
    /// None is due yet.
    Later,
    /// There are no more.
    Over,
}

/// Gives requests out to connections, first come, first served.
#[derive(Debug)]
pub(super) struct Schedule {
    pace: Pace,
    end: End,
    /// When all connections were ready.
    start: Option<Instant>,
    /// Connections that are not ready yet.
    unready: usize,
    ready: Vec<bool>,
    issued: u64,
    over: bool,
    /// Connections that wait, in order, each once.
    queue: VecDeque<usize>,
    wakers: Vec<Option<Waker>>,
}

impl Schedule {
    /// A schedule for so many connections. It starts when each has asked for a request.
    pub(super) fn new(pace: Pace, end: End, connections: usize) -> Self {
        Self {
            pace,
            end,
            start: None,
            unready: connections,
            ready: vec![false; connections],
            issued: 0,
            over: false,
            queue: VecDeque::new(),
            wakers: vec![None; connections],
        }
    }

    /// When it started.
    pub(super) fn start(&self) -> Option<Instant> {
        self.start
    }

    /// Takes a request, if one is due.
    pub(super) fn take(&mut self, now: Instant) -> Grant {
        let Some(start) = self.start else {
            return if self.over { Grant::Over } else { Grant::Later };
        };
        let due = self.due(start).unwrap_or(now);
        let is_over = match self.end {
            End::Count(count) => self.issued >= count,
            End::After(time) => due >= start + time,
        };
        if self.over || is_over {
            return Grant::Over;
        }
        if due > now {
            return Grant::Later;
        }
        self.issued += 1;
        Grant::Due(due)
    }

    /// Comes when a request is due for `connection`, or none will be.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, connection: usize) -> Poll<Option<Instant>> {
        let now = Instant::now();
        if !self.ready[connection] {
            self.ready[connection] = true;
            self.unready -= 1;
            if self.unready == 0 {
                self.start = Some(now);
                self.wake_all();
            }
        }
        match self.take(now) {
            Grant::Due(due) => Poll::Ready(Some(due)),
            Grant::Over => Poll::Ready(None),
            Grant::Later => {
                if self.wakers[connection].is_none() {
                    self.queue.push_back(connection);
                }
                self.wakers[connection] = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    /// When the next request is due that a waiting connection can take; none where nobody waits.
    pub(super) fn next_due(&self) -> Option<Instant> {
        if self.queue.is_empty() { None } else { self.start.and_then(|start| self.due(start)) }
    }

    /// Wakes as many waiting connections as requests are due.
    pub(super) fn wake_due(&mut self, now: Instant) {
        let Some(start) = self.start else { return };
        let mut number = self.issued;
        while self.due_at(start, number).is_some_and(|due| due <= now)
            && let Some(connection) = self.queue.pop_front()
        {
            number += 1;
            self.wake(connection);
        }
    }

    /// Gives out no more requests.
    pub(super) fn stop(&mut self) {
        self.over = true;
        self.wake_all();
    }

    fn wake_all(&mut self) {
        while let Some(connection) = self.queue.pop_front() {
            self.wake(connection);
        }
    }

    fn wake(&mut self, connection: usize) {
        if let Some(waker) = self.wakers[connection].take() {
            waker.wake();
        }
    }

    fn due(&self, start: Instant) -> Option<Instant> {
        self.due_at(start, self.issued)
    }

    /// When the request of this number is due, from 0; none where that hangs on connections.
    fn due_at(&self, start: Instant, number: u64) -> Option<Instant> {
        match self.pace {
            Pace::Closed => None,
            #[allow(clippy::cast_precision_loss, reason = "exact up to 2^53 requests")]
            Pace::Open(rate) => Some(start + Duration::from_secs_f64(number as f64 / rate)),
        }
    }
}

#[cfg(test)]
mod tests;
