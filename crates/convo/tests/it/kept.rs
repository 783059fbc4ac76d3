//! Kept lists in memory, read in pages of two so that every reading needs more than one.

use std::collections::HashMap;
use std::sync::Arc;

use convo::{Add, Item, Look};

const PAGE: usize = 2;

/// All lists of one server.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    lists: HashMap<String, Vec<Arc<Item>>>,
    /// The disk is full.
    pub(crate) full: bool,
    /// What each reading has still to give.
    readings: HashMap<usize, Vec<Arc<Item>>>,
}

/// What a look found, owned.
#[derive(Debug)]
pub(crate) enum Answer {
    Items { items: Vec<Arc<Item>>, more: bool },
    Text(Option<String>),
    Count(u64),
    Members(Vec<String>),
}

impl Kept {
    pub(crate) fn look(&mut self, look: Look<'_>) -> Answer {
        let list = |list: &str| self.lists.get(list).cloned().unwrap_or_default();
        match look {
            Look::Begin { list: name, reading, from } => {
                let mut items = list(name);
                items.retain(|item| item.seq >= from);
                self.readings.insert(reading, items);
                self.page(reading)
            }
            Look::More { reading } => self.page(reading),
            Look::Key { list: name, key } => {
                Answer::Text(list(name).iter().find(|item| item.key == key).map(|item| item.text.clone()))
            }
            Look::Count { list: name } => Answer::Count(list(name).len() as u64),
            // Nobody else is ever in a room here.
            Look::Members { .. } => Answer::Members(Vec::new()),
        }
    }

    pub(crate) fn add(&mut self, add: Add<'_>) -> Result<u64, &'static str> {
        if self.full {
            return Err("the disk is full");
        }
        let list = self.lists.entry(add.list.to_owned()).or_default();
        let seq = list.len() as u64 + 1;
        let item = |key: String| {
            let (text, from) = (add.text.to_owned(), add.from.to_owned());
            Arc::new(Item { seq, text, key, from, at: add.at })
        };
        match add.key {
            Some(key) => {
                let new = item(key.to_owned());
                match list.iter_mut().find(|item| item.key == key) {
                    Some(old) => *old = new,
                    None => list.push(new),
                }
            }
            None => list.push(item(seq.to_string())),
        }
        Ok(seq)
    }

    /// The texts of a list, for a test to look at.
    pub(crate) fn texts(&self, list: &str) -> Vec<&str> {
        self.lists.get(list).into_iter().flatten().map(|item| item.text.as_str()).collect()
    }

    fn page(&mut self, reading: usize) -> Answer {
        let held = self.readings.get_mut(&reading).expect("a reading that was begun");
        let rest = held.split_off(PAGE.min(held.len()));
        let items = std::mem::replace(held, rest);
        Answer::Items { items, more: !held.is_empty() }
    }
}
