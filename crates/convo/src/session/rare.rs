//! What most sessions never need, or not before something is shown, asked, kept or told.

use super::passed::Passed;
use super::{Presets, Refusal, Session, State, Violation};

/// Made when a session first needs any of it.
#[derive(Debug, Default)]
pub(super) struct Rare {
    /// A line shown, a message traced, a key looked up: whatever the output at hand shows.
    pub(super) text: String,
    pub(super) bytes: Vec<u8>,
    pub(super) key: Option<String>,
    /// The number at which the reading of a kept list begins.
    pub(super) from: u64,
    /// The answers that top `given`s were given beforehand.
    pub(super) presets: Presets,
    /// After `secure`: the longest message that one block carries.
    pub(super) block_bytes_max: usize,
    /// What our person typed as a whole message, before it is sent.
    pub(super) picked: Option<Vec<u8>>,
    pub(super) refusal: Option<Refusal>,
    pub(super) violation: Option<Violation>,
    /// The line of what this role heard last, where messages are reported.
    pub(super) heard_at: usize,
    /// How it ends when `on C leaves` is done.
    pub(super) last: Option<State>,
    /// Which steps it went through, where somebody wants to know.
    pub(super) passed: Option<Passed>,
}

impl Session {
    pub(super) fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// The text at hand.
    pub(super) fn text(&self) -> &str {
        self.rare.as_deref().map_or("", |rare| &rare.text)
    }

    /// The bytes at hand.
    pub(super) fn bytes(&self) -> &[u8] {
        self.rare.as_deref().map_or(&[], |rare| &rare.bytes)
    }

    /// The key at hand.
    pub(super) fn key(&self) -> Option<&str> {
        self.rare.as_deref()?.key.as_deref()
    }

    /// The longest message that one block carries, after `secure`.
    pub(super) fn block_bytes_max(&self) -> Option<usize> {
        self.rare.as_deref().filter(|_| self.secured).map(|rare| rare.block_bytes_max)
    }
}
