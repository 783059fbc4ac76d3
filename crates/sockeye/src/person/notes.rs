//! What a person at a terminal is told beside the conversation: what can be said here, and whose turn it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use convo::{Ask, Ending};
use net::{End, PeerAddress};

use super::{Person, talk};
use crate::report;

/// So long the other side may take before the person is told who is waited for.
const PATIENCE: Duration = Duration::from_millis(300);

/// Notes on standard error; silent where nobody sits at a terminal. Clones are the same notes.
#[derive(Debug, Clone)]
pub(crate) struct Notes {
    present: bool,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Counts what happened, so that a wait that is over is not announced.
    events: AtomicU64,
    /// A question is open.
    asking: AtomicBool,
    explained: AtomicBool,
}

impl Notes {
    /// Notes for this person.
    pub(crate) fn to(person: &Person) -> Self {
        Self { present: person.is_present(), state: Arc::default() }
    }

    /// A session begins: its first question is explained again.
    pub(crate) fn begin(&self) {
        self.state.explained.store(false, Ordering::Relaxed);
    }

    /// Before a question; where the convo has no prompt of its own, the first is explained: what can be said.
    pub(crate) fn asking(&self, ask: &Ask<'_>) {
        self.happened();
        self.state.asking.store(true, Ordering::Relaxed);
        if !self.present || !ask.prompt.is_empty() {
            return;
        }
        if !self.state.explained.swap(true, Ordering::Relaxed) {
            let leave = if talk::leaves_by_word(ask) { "/q or Ctrl-D leaves" } else { "Ctrl-D leaves" };
            report::notice(&format!("(you can say: {}; {leave})", ask.expects));
        }
    }

    /// The question was answered.
    pub(crate) fn answered(&self) {
        self.happened();
        self.state.asking.store(false, Ordering::Relaxed);
    }

    /// It is the turn of `peer`: says so, unless something happens soon or a question is open.
    pub(crate) fn waiting(&self, peer: &PeerAddress) {
        if !self.present || self.state.asking.load(Ordering::Relaxed) {
            return;
        }
        let event = self.happened();
        let state = Arc::clone(&self.state);
        let line = format!("(waiting: it is the turn of {peer})");
        tokio::spawn(async move {
            tokio::time::sleep(PATIENCE).await;
            if state.events.load(Ordering::Relaxed) == event {
                report::notice(&line);
            }
        });
    }

    /// The session with `peer` is over; says so where it was the peer that left.
    pub(crate) fn closed(&self, peer: &PeerAddress, end: &End) {
        self.answered();
        if self.present && matches!(end, End::Done(Ending::PeerLeft)) {
            report::notice(&format!("({peer} left)"));
        }
    }

    /// Something was shown or asked: nobody waits any more. Returns its number.
    pub(crate) fn happened(&self) -> u64 {
        self.state.events.fetch_add(1, Ordering::Relaxed) + 1
    }
}
