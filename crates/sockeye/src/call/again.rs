//! Calling again when a free talk is cut off: who we are is not asked twice.
//!
//! ```text
//! call ── "Your name: " ── ann ──┬── freely …  the connection is lost
//!  ▲                             │
//!  └──── 1 s, 2 s, 4 s … ────────┘             ann answers again what was asked before `freely`
//! ```

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use convo::Ask;

/// The first pause before a further call, and the longest.
const PAUSE_MIN: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// What our person answered before `freely`, and how long to pause before the next call.
#[derive(Debug, Default)]
pub(super) struct Memory {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Prompts, and what was answered.
    given: Vec<(String, String)>,
    /// How many of them this call has asked for.
    used: usize,
    /// This call has come to `freely`.
    free: bool,
    calls_failed: u32,
}

impl Memory {
    /// A call begins.
    pub(super) fn begin(&self) {
        let mut state = self.state();
        state.used = 0;
        state.free = false;
    }

    /// What was answered to the same question by the call before; `None` where the person has to be asked.
    pub(super) fn recall(&self, ask: &Ask<'_>) -> Option<String> {
        let mut state = self.state();
        if ask.freely {
            state.free = true;
            state.calls_failed = 0;
            return None;
        }
        let used = state.used;
        let known = state.given.get(used).filter(|(prompt, _)| prompt == ask.prompt);
        let answer = known.map(|(_, answer)| answer.clone());
        match answer {
            Some(_) => state.used += 1,
            // This call goes another way than the last.
            None => state.given.truncate(used),
        }
        answer
    }

    /// Our person answered before `freely`.
    pub(super) fn learn(&self, prompt: String, answer: String) {
        let mut state = self.state();
        state.given.push((prompt, answer));
        state.used = state.given.len();
    }

    /// The last answer was not taken.
    pub(super) fn forget(&self) {
        let mut state = self.state();
        if !state.free {
            state.given.pop();
            state.used = state.given.len();
        }
    }

    /// Whether this call came to `freely`.
    pub(super) fn was_free(&self) -> bool {
        self.state().free
    }

    /// How long to pause before the next call: each time twice as long, until one comes to `freely` again.
    pub(super) fn pause(&self) -> Duration {
        let mut state = self.state();
        let pause = PAUSE_MIN.saturating_mul(2_u32.saturating_pow(state.calls_failed)).min(PAUSE_MAX);
        state.calls_failed += 1;
        pause
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(prompt: &str, freely: bool) -> Ask<'_> {
        Ask { prompt, until: None, expects: "text", freely }
    }

    #[test]
    fn who_we_are_is_not_asked_twice() {
        let memory = Memory::default();
        assert_eq!(memory.recall(&ask("Name: ", false)), None);
        memory.learn("Name: ".to_owned(), "a b".to_owned());
        memory.forget();
        assert_eq!(memory.recall(&ask("Name: ", false)), None);
        memory.learn("Name: ".to_owned(), "ann".to_owned());
        assert_eq!(memory.recall(&ask("", true)), None);
        memory.begin();
        assert_eq!(memory.recall(&ask("Name: ", false)).as_deref(), Some("ann"));
        assert_eq!(memory.recall(&ask("Room: ", false)), None);
        memory.begin();
        assert_eq!(memory.recall(&ask("Age: ", false)), None);
        assert_eq!(memory.recall(&ask("Name: ", false)), None);
    }

    #[test]
    fn pauses_grow_until_a_call_succeeds() {
        let memory = Memory::default();
        let pauses = || (0..7).map(|_| memory.pause().as_secs()).collect::<Vec<_>>();
        assert_eq!(pauses(), [1, 2, 4, 8, 16, 30, 30]);
        memory.recall(&ask("", true));
        assert_eq!(memory.pause(), PAUSE_MIN);
    }
}
