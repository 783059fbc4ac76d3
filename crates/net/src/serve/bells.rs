//! What wakes single sessions of those that the engine runs: each has a bell, and the engine is woken when one rings.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Wake, Waker};

use mio::{Registry, Token};

use super::nudge::Nudge;

/// Whose bell it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Whom {
    /// The session at this place.
    Guest(usize),
    /// A listener.
    Door(usize),
    /// The engine itself: its server may be told to stop.
    Engine,
    /// Nobody: all that is wanted is a turn.
    Turn,
}

/// The bells of an engine. Clones are the same.
#[derive(Debug, Clone)]
pub(super) struct Bells(Arc<Ringing>);

#[derive(Debug)]
struct Ringing {
    /// In the order in which they rang.
    rung: Mutex<Vec<Arc<Bell>>>,
    /// One of the constants below.
    state: AtomicU8,
    engine: mio::Waker,
    /// Wakes the engine where it waits in its only socket.
    nudge: OnceLock<Nudge>,
}

/// The engine is awake, and no bell rang.
const QUIET: u8 = 0;
/// The engine waits for the system: whoever rings first has to wake it.
const ASLEEP: u8 = 1;
/// The engine waits in its only socket: likewise.
const LISTENS: u8 = 3;
/// A bell rang: the engine looks at them before it waits again.
const RUNG: u8 = 2;

#[derive(Debug)]
pub(super) struct Bell {
    pub(super) whom: Whom,
    /// Which session of those that had the place.
    pub(super) number: u64,
    /// It rang, and nobody has asked for it yet.
    rings: AtomicBool,
    bells: Arc<Ringing>,
}

impl Bells {
    /// Bells that wake whoever polls what `registry` belongs to, by an event of this token.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn new(registry: &Registry, token: Token) -> io::Result<Self> {
        let engine = mio::Waker::new(registry, token)?;
        Ok(Self(Arc::new(Ringing {
            rung: Mutex::default(),
            state: AtomicU8::new(QUIET),
            engine,
            nudge: OnceLock::new(),
        })))
    }

    /// What rings a bell. `number` is a session's.
    pub(super) fn waker(&self, whom: Whom, number: u64) -> Waker {
        Arc::new(Bell { whom, number, rings: AtomicBool::new(false), bells: Arc::clone(&self.0) }).into()
    }

    /// The engine is about to wait for the system; whether it may. From here on a bell wakes it.
    pub(super) fn sleep(&self) -> bool {
        self.0.state.compare_exchange(QUIET, ASLEEP, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// As [`Bells::sleep`], where it waits in its only socket, for which [`Bells::nudge_by`] was called.
    pub(super) fn listen(&self) -> bool {
        self.0.state.compare_exchange(QUIET, LISTENS, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// The engine was woken: what rings from now on is taken at the end of the turn.
    pub(super) fn awake(&self) {
        if let waits @ (ASLEEP | LISTENS) = self.0.state.load(Ordering::SeqCst) {
            // Where it fails something rang.
            let _ = self.0.state.compare_exchange(waits, QUIET, Ordering::SeqCst, Ordering::SeqCst);
        }
    }

    /// Whether none rang since they were taken last, while the engine is awake.
    pub(super) fn are_quiet(&self) -> bool {
        self.0.state.load(Ordering::SeqCst) == QUIET
    }

    /// Has `nudge` wake the engine while it waits in its only socket.
    pub(super) fn nudge_by(&self, nudge: Nudge) {
        // There is one socket, and so one nudge.
        let _ = self.0.nudge.set(nudge);
    }

    /// Puts those that rang since this was asked last into `rung`, which is empty; whether any did.
    pub(super) fn take(&self, rung: &mut Vec<Arc<Bell>>) -> bool {
        if self.are_quiet() {
            return false;
        }
        self.0.state.store(QUIET, Ordering::SeqCst);
        std::mem::swap(&mut *self.0.rung(), rung);
        for bell in rung {
            // From here on it may ring again. By a swap, which sees what was done before it rang in vain.
            bell.rings.swap(false, Ordering::SeqCst);
        }
        true
    }
}

impl Ringing {
    fn rung(&self) -> MutexGuard<'_, Vec<Arc<Bell>>> {
        // Nothing is left half done under the lock.
        self.rung.lock().unwrap_or_else(PoisonError::into_inner)
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
        self.bells.rung().push(Arc::clone(self));
        let before = self.bells.state.swap(RUNG, Ordering::SeqCst);
        // Where it fails the engine finds the bell as soon as something else wakes it; in its socket it waits for a second
        // at most.
        let _ = match (before, self.bells.nudge.get()) {
            (LISTENS, Some(nudge)) => nudge.nudge(),
            (ASLEEP, _) => self.bells.engine.wake(),
            _ => Ok(()),
        };
    }
}
