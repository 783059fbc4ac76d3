//! Cases side by side: a few lanes, each with a place of its own, and each takes the next case that may begin.
//!
//! ```text
//! cases ─▶ waiting ─┬─▶ lane ─ its own program ─┬─▶ outcomes
//!                   ├─▶ lane ─ its own program ─┤
//!                   └─▶ lane ─ its own program ─┘
//! ```
//!
//! Which lane is quicker decides nothing: a case that may still come to be left out, because others of its kind fail alike,
//! waits for them.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::case::{Case, Outcome};
use super::judge::Ruling;
use super::tally::{Tally, skipped};

#[cfg(test)]
mod tests;

/// How many cases are tried at the same time. Most of their time is waiting, so that they do not hinder each other even
/// on one processor.
pub(super) const LANES: usize = 4;
/// No case begins later.
const BEGIN_MAX: Duration = Duration::from_secs(150);
/// No case goes on for longer.
const ALL_MAX: Duration = Duration::from_secs(170);
/// Why it does not.
const USED_UP: &str = "the time for the whole check was used up";

/// What all lanes have in common.
pub(super) struct Schedule<'a> {
    pub(super) tally: RefCell<Tally>,
    /// Is called after each case.
    told: &'a dyn Fn(&Outcome),
    begun: Instant,
}

impl<'a> Schedule<'a> {
    /// The time for the whole check begins now.
    pub(super) fn begin(tally: Tally, told: &'a dyn Fn(&Outcome)) -> Self {
        Self { tally: RefCell::new(tally), told, begun: Instant::now() }
    }

    /// Lets go of what has not come to its end when the time is used up.
    pub(super) async fn in_time<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout_at(self.begun + ALL_MAX, work).await.ok()
    }

    /// Runs all of these, as many at once as there are lanes. Whose time is used up is left out.
    pub(super) async fn run<L>(
        &self,
        lanes: &mut [L],
        cases: Vec<Case>,
        run: impl AsyncFn(&mut L, &Case) -> Outcome,
    ) -> Vec<Outcome> {
        let queue = Queue {
            waiting: RefCell::new(cases.into()),
            under_way: RefCell::default(),
            outcomes: RefCell::default(),
            changed: Notify::new(),
        };
        let lanes = lanes.iter_mut().map(|lane| self.lane(lane, &queue, &run));
        join_all(lanes.collect()).await;
        queue.outcomes.into_inner()
    }

    async fn lane<L>(&self, lane: &mut L, queue: &Queue, run: &impl AsyncFn(&mut L, &Case) -> Outcome) {
        loop {
            let changed = queue.changed.notified();
            let case = match self.next(queue) {
                Next::Case(case) => case,
                Next::Wait => {
                    changed.await;
                    continue;
                }
                Next::Over => return,
            };
            let outcome = self.in_time(run(lane, &case)).await;
            let mut under_way = queue.under_way.borrow_mut();
            if let Some(place) = under_way.iter().position(|kind| *kind == case.kind) {
                under_way.swap_remove(place);
            }
            drop(under_way);
            self.tell(queue, outcome.unwrap_or_else(|| skipped(*case, USED_UP)));
            queue.changed.notify_waiters();
        }
    }

    /// The first case that may begin; those that need not be tried are told on the way.
    fn next(&self, queue: &Queue) -> Next {
        let mut place = 0;
        loop {
            let mut waiting = queue.waiting.borrow_mut();
            let Some(case) = waiting.get(place) else {
                return if waiting.is_empty() { Next::Over } else { Next::Wait };
            };
            let reason = if self.begun.elapsed() > BEGIN_MAX {
                Some(USED_UP.to_owned())
            } else {
                self.tally.borrow().alike(case)
            };
            let beside = queue.under_way.borrow().iter().filter(|kind| **kind == case.kind).count();
            if reason.is_none() && !self.tally.borrow().may_begin(case, beside) {
                place += 1;
                continue;
            }
            let Some(case) = waiting.remove(place) else { return Next::Over };
            drop(waiting);
            match reason {
                Some(reason) => self.tell(queue, skipped(case, &reason)),
                None => {
                    queue.under_way.borrow_mut().push(case.kind);
                    return Next::Case(Box::new(case));
                }
            }
        }
    }

    /// Tells what became of a case that was tried elsewhere.
    pub(super) fn outcome(&self, case: Case, ruling: Ruling, took: Duration) -> Outcome {
        let outcome = self.tally.borrow_mut().outcome(case, ruling, took);
        (self.told)(&outcome);
        outcome
    }

    fn tell(&self, queue: &Queue, outcome: Outcome) {
        (self.told)(&outcome);
        queue.outcomes.borrow_mut().push(outcome);
    }
}

/// What the lanes take from, and where they lay what became of it.
struct Queue {
    waiting: RefCell<VecDeque<Case>>,
    /// The kinds of the cases that are being tried.
    under_way: RefCell<Vec<&'static str>>,
    outcomes: RefCell<Vec<Outcome>>,
    /// A case has ended: another one may begin.
    changed: Notify,
}

enum Next {
    Case(Box<Case>),
    Wait,
    Over,
}

/// Runs all of these side by side.
pub(super) async fn join_all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|cx| {
        let mut open = false;
        for (future, done) in &mut futures {
            if done.is_none() {
                match future.as_mut().poll(cx) {
                    Poll::Ready(output) => *done = Some(output),
                    Poll::Pending => open = true,
                }
            }
        }
        if open { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    futures.into_iter().filter_map(|(_, done)| done).collect()
}
