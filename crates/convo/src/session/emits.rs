//! What a session is still to put out before its next step.

use crate::Role;

/// As many as one step, or one answer of our person, brings, and more.
const EMITS_MAX: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Emit {
    Message(Role),
    Send {
        apart: bool,
    },
    /// The second write of a message under `counted`: its text lies in `bytes`.
    Text,
    Refused,
    Ask,
}

/// They come out in the order in which they went in.
#[derive(Debug, Default)]
pub(super) struct Emits([Option<Emit>; EMITS_MAX]);

impl Emits {
    pub(super) fn is_empty(&self) -> bool {
        self.0[0].is_none()
    }

    /// If there is no room the oldest is lost: a caller answered again and again, and never polled.
    pub(super) fn push(&mut self, emit: Emit) {
        if self.0.iter().all(Option::is_some) {
            self.pop();
        }
        if let Some(place) = self.0.iter_mut().find(|place| place.is_none()) {
            *place = Some(emit);
        }
    }

    pub(super) fn pop(&mut self) -> Option<Emit> {
        let [first, second, third, fourth] = self.0;
        if first.is_some() {
            self.0 = [second, third, fourth, None];
        }
        first
    }
}
