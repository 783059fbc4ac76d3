//! The readings under way, and which replaced items they still need.
//!
//! ```text
//! seq      3 ─────────────── 8            an item, added as 3, replaced by 8
//! last         5                          a reading begun when 5 was the last: needs it
//! last                          9         one begun later: does not
//! ```

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The readings under way, by list and by the number that was the last when they began.
#[derive(Debug, Default)]
pub(super) struct Live {
    readings: Mutex<Readings>,
}

#[derive(Debug, Default)]
struct Readings {
    lists: HashMap<String, BTreeMap<u64, usize>>,
    /// Counts the readings that ended.
    ended: u64,
}

/// One reading: while it is there, so is what it needs.
#[derive(Debug)]
pub(super) struct Ticket {
    live: Arc<Live>,
    list: String,
    last: u64,
}

impl Live {
    /// Begins a reading; `last` says which number is the last one kept. No item is dropped between the two.
    ///
    /// # Errors
    /// Those of `last`.
    pub(super) fn begin<E>(
        self: &Arc<Self>,
        list: &str,
        last: impl FnOnce() -> Result<u64, E>,
    ) -> Result<Ticket, E> {
        let mut readings = self.lock();
        let last = last()?;
        *readings.lists.entry(list.to_owned()).or_default().entry(last).or_default() += 1;
        Ok(Ticket { live: Arc::clone(self), list: list.to_owned(), last })
    }

    /// Whether a reading needs the item that was added as `seq` and replaced by `until`.
    pub(super) fn needs(&self, list: &str, seq: u64, until: u64) -> bool {
        let readings = self.lock();
        readings.lists.get(list).is_some_and(|begun| begun.range(seq..until).next().is_some())
    }

    /// How many readings have ended.
    pub(super) fn ended(&self) -> u64 {
        self.lock().ended
    }

    fn lock(&self) -> MutexGuard<'_, Readings> {
        // Whoever panics here has changed nothing, or one entry as a whole.
        self.readings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    pub(super) fn list(&self) -> &str {
        &self.list
    }

    /// The number that was the last when the reading began.
    pub(super) fn last(&self) -> u64 {
        self.last
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut readings = self.live.lock();
        readings.ended += 1;
        let Some(begun) = readings.lists.get_mut(&self.list) else { return };
        if let Some(count) = begun.get_mut(&self.last) {
            *count -= 1;
            if *count == 0 {
                begun.remove(&self.last);
            }
        }
        if begun.is_empty() {
            readings.lists.remove(&self.list);
        }
    }
}
