//! Kept lists in memory: they end with the process.
//!
//! A reading sees a list as it was when it began, however long it takes: lists are persistent maps, whose snapshots
//! cost O(1) and share what did not change.

use std::collections::HashMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use convo::{Add, Item};
use imbl::OrdMap;

use super::{PAGE_BYTES_MAX, PAGE_ITEMS_MAX, Page, ReadingKind, StoreError};

#[cfg(test)]
mod tests;

/// What all lists of one store may hold together, bytes, so that peers cannot fill the memory.
const KEPT_BYTES_MAX: usize = 512 * 1024 * 1024;
/// What an item costs beside its texts, bytes, roughly: its record, its places in the map and in the index.
const ITEM_BYTES: usize = 256;

/// All kept lists of one store, by name.
#[derive(Debug)]
pub(super) struct Memory {
    kept: Mutex<Kept>,
    bytes_max: usize,
}

#[derive(Debug, Default)]
struct Kept {
    lists: HashMap<String, List>,
    bytes: usize,
}

#[derive(Debug, Default)]
struct List {
    items: OrdMap<u64, Arc<Item>>,
    /// Which item has a key.
    keys: HashMap<String, u64>,
    /// The number given last.
    last: u64,
}

/// A reading under way: the list as it was when the reading began.
#[derive(Debug)]
pub(super) struct Reading {
    items: OrdMap<u64, Arc<Item>>,
    /// The number of the item read last.
    after: u64,
}

impl Default for Memory {
    fn default() -> Self {
        Self::new(KEPT_BYTES_MAX)
    }
}

impl Memory {
    /// Empty lists that hold up to so many bytes together.
    fn new(bytes_max: usize) -> Self {
        Self { kept: Mutex::default(), bytes_max }
    }

    /// Begins to read a list at a number. One that nothing was added to is empty.
    pub(super) fn begin(&self, list: &str, from: u64) -> Reading {
        let items = self.kept().lists.get(list).map_or_else(OrdMap::new, |list| list.items.clone());
        Reading { items, after: from.saturating_sub(1) }
    }

    /// The item under a key.
    pub(super) fn at(&self, list: &str, key: &str) -> Option<Arc<Item>> {
        let kept = self.kept();
        let list = kept.lists.get(list)?;
        list.items.get(list.keys.get(key)?).cloned()
    }

    /// How many items a list has.
    pub(super) fn count(&self, list: &str) -> u64 {
        self.kept().lists.get(list).map_or(0, |list| list.items.len() as u64)
    }

    /// Adds an item and says its number. With a key it replaces what was there and stands last.
    ///
    /// # Errors
    /// The lists are full.
    pub(super) fn add(&self, add: Add<'_>) -> Result<u64, StoreError> {
        self.kept().add(add, self.bytes_max)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // A session that panicked leaves the lists whole: every change below is made by calls that do not panic.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn add(&mut self, add: Add<'_>, bytes_max: usize) -> Result<u64, StoreError> {
        if !self.lists.contains_key(add.list) {
            self.lists.insert(add.list.to_owned(), List::default());
        }
        let Some(list) = self.lists.get_mut(add.list) else {
            return Err(StoreError::Failed("the list is gone".to_owned()));
        };
        let mut seq = list.last + 1;
        let key = match add.key {
            Some(key) => key.to_owned(),
            None => {
                // A number that somebody used as a key is theirs: nothing is replaced that was not named.
                while list.keys.contains_key(&seq.to_string()) {
                    seq += 1;
                }
                seq.to_string()
            }
        };
        let item = Item { seq, text: add.text.to_owned(), key, from: add.from.to_owned(), at: add.at };
        let replaced = list.keys.get(&item.key).copied();
        let freed = replaced.and_then(|seq| list.items.get(&seq)).map_or(0, |old| item_bytes(old));
        let bytes = self.bytes - freed + item_bytes(&item);
        if bytes > bytes_max {
            let all = bytes_max >> 20;
            return Err(StoreError::Full(format!("they hold {all} MiB in memory; --store PATH keeps more")));
        }
        self.bytes = bytes;
        if let Some(old) = replaced {
            list.items.remove(&old);
        }
        list.last = seq;
        list.keys.insert(item.key.clone(), seq);
        list.items.insert(seq, Arc::new(item));
        Ok(seq)
    }
}

impl Reading {
    /// The next items.
    pub(super) fn page(mut self) -> Page {
        let (mut items, mut bytes) = (Vec::new(), 0);
        let mut rest = self.items.range((Bound::Excluded(self.after), Bound::Unbounded));
        for (&seq, item) in rest.by_ref() {
            self.after = seq;
            bytes += item.text.len();
            items.push(Arc::clone(item));
            if items.len() >= PAGE_ITEMS_MAX || bytes >= PAGE_BYTES_MAX {
                break;
            }
        }
        let more = rest.next().is_some();
        Page { items, rest: more.then(|| super::Reading(ReadingKind::Memory(self))) }
    }
}

fn item_bytes(item: &Item) -> usize {
    // The key stands twice: in the item and in the index.
    ITEM_BYTES + item.text.len() + item.from.len() + 2 * item.key.len()
}
