//! The kept lists of a rehearsal.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::session::{Add, Found, Item, Look};

/// What a server can keep and tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keeping {
    /// All of it.
    #[default]
    All,
    /// Nothing: the ways after `else:` are taken.
    Nothing,
}

/// Why [`Keeping::Nothing`] keeps and tells nothing.
const FULL: &str = "there is no room for it";

/// Kept lists of a rehearsal.
#[derive(Debug, Default, Clone)]
pub struct Lists {
    lists: BTreeMap<String, Vec<Arc<Item>>>,
    keeping: Keeping,
}

/// What a look found, owned.
#[derive(Debug)]
pub enum Seen {
    /// The items of a list.
    Items(Vec<Arc<Item>>),
    /// The text under a key.
    Text(Option<String>),
    /// How many items there are.
    Count(u64),
    /// Who is in a room.
    Members(Vec<String>),
}

impl Seen {
    /// As a session hears it.
    pub fn as_found(&self) -> Found<'_> {
        match self {
            Self::Items(items) => Found::Items { items, more: false },
            Self::Text(text) => Found::Text(text.as_deref()),
            Self::Count(count) => Found::Count(*count),
            Self::Members(names) => Found::Members(names),
        }
    }
}

impl Lists {
    /// Empty lists into which all can be put, or nothing.
    pub fn new(keeping: Keeping) -> Self {
        Self { lists: BTreeMap::new(), keeping }
    }

    /// Why nothing can be told, where that is so.
    pub fn untold(&self) -> Option<&'static str> {
        (self.keeping == Keeping::Nothing).then_some(FULL)
    }

    /// Answers a look.
    pub fn look(&self, look: &Look<'_>) -> Seen {
        let items = |list: &str| self.lists.get(list).cloned().unwrap_or_default();
        match look {
            Look::Begin { list, from, .. } => {
                Seen::Items(items(list).into_iter().filter(|item| item.seq >= *from).collect())
            }
            Look::More { .. } => Seen::Items(Vec::new()),
            Look::Key { list, key } => {
                Seen::Text(items(list).iter().find(|item| item.key == *key).map(|item| item.text.clone()))
            }
            Look::Count { list } => Seen::Count(items(list).len() as u64),
            // A rehearsal has nobody else in its rooms.
            Look::Members { .. } => Seen::Members(Vec::new()),
        }
    }

    /// Keeps something and says under which number, or why not.
    pub fn add(&mut self, add: &Add<'_>) -> Result<u64, &'static str> {
        if self.keeping == Keeping::Nothing {
            return Err(FULL);
        }
        let items = self.lists.entry(add.list.to_owned()).or_default();
        let seq = items.last().map_or(1, |item| item.seq + 1);
        let key = add.key.map_or_else(|| seq.to_string(), str::to_owned);
        items.retain(|item| item.key != key);
        items.push(Arc::new(Item {
            seq,
            text: add.text.to_owned(),
            key,
            from: add.from.to_owned(),
            at: add.at,
        }));
        Ok(seq)
    }
}
