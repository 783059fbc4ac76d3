//! What wakes single sessions of those that one task runs: each has a bell, and the task is woken when one rings.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// Whose bell rang: the peer, and its session's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rung {
    pub(super) peer: SocketAddr,
    pub(super) number: u64,
}

/// The bells of a task's sessions.
#[derive(Debug, Default)]
pub(super) struct Bells(Arc<Mutex<Ringing>>);

#[derive(Debug, Default)]
struct Ringing {
    /// In the order in which they rang.
    rung: Vec<Arc<Bell>>,
    /// The task, where it waits.
    task: Option<Waker>,
}

#[derive(Debug)]
struct Bell {
    rung: Rung,
    /// It rang, and nobody has asked for it yet.
    rings: AtomicBool,
    bells: Arc<Mutex<Ringing>>,
}

impl Bells {
    /// What rings a session's bell.
    pub(super) fn waker(&self, rung: Rung) -> Waker {
        Arc::new(Bell { rung, rings: AtomicBool::new(false), bells: Arc::clone(&self.0) }).into()
    }

    /// Comes when a bell rang.
    pub(super) fn poll(&self, cx: &Context<'_>) -> Poll<()> {
        let mut ringing = lock(&self.0);
        if !ringing.rung.is_empty() {
            return Poll::Ready(());
        }
        match &mut ringing.task {
            Some(task) => task.clone_from(cx.waker()),
            None => ringing.task = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    /// Those that rang since they were asked for last.
    pub(super) fn rung(&self) -> impl Iterator<Item = Rung> + use<> {
        let rung = std::mem::take(&mut lock(&self.0).rung);
        rung.into_iter().map(|bell| {
            // From here on it may ring again.
            bell.rings.store(false, Ordering::SeqCst);
            bell.rung
        })
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.rings.swap(true, Ordering::SeqCst) {
            return;
        }
        let mut ringing = lock(&self.bells);
        ringing.rung.push(Arc::clone(self));
        if let Some(task) = &ringing.task {
            task.wake_by_ref();
        }
    }
}

fn lock(ringing: &Mutex<Ringing>) -> MutexGuard<'_, Ringing> {
    // Nothing is left half done under the lock.
    ringing.lock().unwrap_or_else(PoisonError::into_inner)
}
