//! What stands in a store's file, and how it is read and changed.
//!
//! ```text
//! about     "format"       ─▶ 1
//! lists     name           ─▶ last number given, items there are
//! items     name, number   ─▶ text, key if one was given, from, at, by which number it was replaced (0: it stands)
//! keys      name, key      ─▶ number                      only of keys that were given
//! replaced  name, number   ─▶ by which number             items that only readings under way may still need
//! ```

use convo::{Add, Item};
use redb::{
    Key, ReadOnlyTable, ReadTransaction, ReadableTable, ReadableTableMetadata, Table, TableDefinition, Value,
    WriteTransaction,
};

use crate::store::{PAGE_BYTES_MAX, PAGE_ITEMS_MAX};

/// The format of these tables.
pub(super) const FORMAT: u64 = 1;

type ItemKey = (&'static str, u64);
type ItemValue = (&'static str, Option<&'static str>, &'static str, u64, u64);

const ABOUT: TableDefinition<'_, &str, u64> = TableDefinition::new("about");
const LISTS: TableDefinition<'_, &str, (u64, u64)> = TableDefinition::new("lists");
const ITEMS: TableDefinition<'_, ItemKey, ItemValue> = TableDefinition::new("items");
const KEYS: TableDefinition<'_, (&str, &str), u64> = TableDefinition::new("keys");
const REPLACED: TableDefinition<'_, ItemKey, u64> = TableDefinition::new("replaced");

/// The store's library reports every failure so. Boxed: it is large, and seldom.
pub(super) type Fault = Box<redb::Error>;

/// An item as somebody adds it, owned.
#[derive(Debug)]
pub(super) struct Addition {
    pub(super) list: String,
    key: Option<String>,
    text: String,
    from: String,
    at: u64,
}

impl From<Add<'_>> for Addition {
    fn from(add: Add<'_>) -> Self {
        Self {
            list: add.list.to_owned(),
            key: add.key.map(str::to_owned),
            text: add.text.to_owned(),
            from: add.from.to_owned(),
            at: add.at,
        }
    }
}

impl Addition {
    /// What it holds, bytes.
    pub(super) fn bytes(&self) -> usize {
        self.text.len() + self.from.len() + self.key.as_ref().map_or(0, String::len)
    }
}

/// An item that was replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Replaced {
    pub(super) list: String,
    pub(super) seq: u64,
    /// The number that replaced it.
    pub(super) until: u64,
}

/// Turns the library's many errors into one.
pub(super) fn fault(error: impl Into<redb::Error>) -> Fault {
    Box::new(error.into())
}

/// The format of a store's file, if it says one.
///
/// # Errors
/// The file cannot be read.
pub(super) fn format(transaction: &ReadTransaction) -> Result<Option<u64>, Fault> {
    match transaction.open_table(ABOUT) {
        Ok(about) => Ok(about.get("format").map_err(fault)?.map(|format| format.value())),
        Err(redb::TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(fault(error)),
    }
}

/// Makes all tables in a new file.
///
/// # Errors
/// The file cannot be written.
pub(super) fn make(transaction: &WriteTransaction, format: u64) -> Result<(), Fault> {
    drop(Changes::of(transaction)?);
    transaction.open_table(ABOUT).map_err(fault)?.insert("format", format).map_err(fault)?;
    Ok(())
}

/// A store's tables as a reader sees them.
pub(super) struct Tables<'t>(pub(super) &'t ReadTransaction);

impl Tables<'_> {
    /// Every list with the number given last and how many items it has, by name.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn all(&self) -> Result<Vec<(String, u64, u64)>, Fault> {
        let lists = self.open(LISTS)?;
        let rows = lists.iter().map_err(fault)?;
        rows.map(|row| {
            let (name, list) = row.map_err(fault)?;
            let (last, count) = list.value();
            Ok((name.value().to_owned(), last, count))
        })
        .collect()
    }

    /// The number given last in a list, 0 if none was.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn last(&self, list: &str) -> Result<u64, Fault> {
        Ok(self.open(LISTS)?.get(list).map_err(fault)?.map_or(0, |list| list.value().0))
    }

    /// How many items a list has.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn count(&self, list: &str) -> Result<u64, Fault> {
        Ok(self.open(LISTS)?.get(list).map_err(fault)?.map_or(0, |list| list.value().1))
    }

    /// The item under a key.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn at(&self, list: &str, key: &str) -> Result<Option<Item>, Fault> {
        let items = self.open(ITEMS)?;
        let Some(seq) = under(&self.open(KEYS)?, &items, list, key)? else { return Ok(None) };
        let row = items.get((list, seq)).map_err(fault)?;
        Ok(row.map(|row| item(seq, row.value())))
    }

    /// The items after the number `after` as they were when `last` was the last, a page of them, and whether others
    /// follow.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn page(&self, list: &str, after: u64, last: u64) -> Result<(Vec<Item>, bool), Fault> {
        let (mut page, mut bytes) = (Vec::new(), 0);
        if after >= last {
            return Ok((page, false));
        }
        for row in self.open(ITEMS)?.range((list, after + 1)..=(list, last)).map_err(fault)? {
            let (key, value) = row.map_err(fault)?;
            let (text, .., until) = value.value();
            if until != 0 && until <= last {
                continue;
            }
            if page.len() >= PAGE_ITEMS_MAX || bytes >= PAGE_BYTES_MAX {
                return Ok((page, true));
            }
            bytes += text.len();
            page.push(item(key.value().1, value.value()));
        }
        Ok((page, false))
    }

    /// Whether there are items that were replaced, and only readings may need.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn has_replaced(&self) -> Result<bool, Fault> {
        Ok(!self.open(REPLACED)?.is_empty().map_err(fault)?)
    }

    fn open<K: Key, V: Value>(&self, table: TableDefinition<'_, K, V>) -> Result<ReadOnlyTable<K, V>, Fault> {
        self.0.open_table(table).map_err(fault)
    }
}

/// A store's tables as its writer changes them.
pub(super) struct Changes<'t> {
    lists: Table<'t, &'static str, (u64, u64)>,
    items: Table<'t, ItemKey, ItemValue>,
    keys: Table<'t, (&'static str, &'static str), u64>,
    replaced: Table<'t, ItemKey, u64>,
}

impl<'t> Changes<'t> {
    /// The tables in a transaction; those that are missing are made.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub(super) fn of(transaction: &'t WriteTransaction) -> Result<Self, Fault> {
        Ok(Self {
            lists: transaction.open_table(LISTS).map_err(fault)?,
            items: transaction.open_table(ITEMS).map_err(fault)?,
            keys: transaction.open_table(KEYS).map_err(fault)?,
            replaced: transaction.open_table(REPLACED).map_err(fault)?,
        })
    }

    /// Adds an item, and says its number and what it replaced.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub(super) fn add(&mut self, add: &Addition) -> Result<(u64, Option<Replaced>), Fault> {
        let list = add.list.as_str();
        let (last, count) = self.lists.get(list).map_err(fault)?.map_or((0, 0), |list| list.value());
        let mut seq = last + 1;
        let mut old = None;
        match &add.key {
            Some(key) => {
                old = under(&self.keys, &self.items, list, key)?;
                self.keys.insert((list, key.as_str()), seq).map_err(fault)?;
            }
            // A number that somebody used as a key is theirs: nothing is replaced that was not named.
            None => {
                while self.keys.get((list, seq.to_string().as_str())).map_err(fault)?.is_some() {
                    seq += 1;
                }
            }
        }
        let value = (add.text.as_str(), add.key.as_deref(), add.from.as_str(), add.at, 0);
        self.items.insert((list, seq), value).map_err(fault)?;
        let count = if old.is_some() { count } else { count + 1 };
        self.lists.insert(list, (seq, count)).map_err(fault)?;
        let Some(old) = old else { return Ok((seq, None)) };
        self.mark(list, old, seq)?;
        Ok((seq, Some(Replaced { list: list.to_owned(), seq: old, until: seq })))
    }

    /// Notes in an item that it was replaced.
    fn mark(&mut self, list: &str, seq: u64, until: u64) -> Result<(), Fault> {
        let row = self.items.get((list, seq)).map_err(fault)?;
        let Some((old, given)) = row.map(|row| (item(seq, row.value()), row.value().1.is_some())) else {
            return Ok(());
        };
        let key = given.then_some(old.key.as_str());
        let value = (old.text.as_str(), key, old.from.as_str(), old.at, until);
        self.items.insert((list, seq), value).map_err(fault)?;
        self.replaced.insert((list, seq), until).map_err(fault)?;
        Ok(())
    }

    /// Drops a replaced item that nobody reads any more.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub(super) fn purge(&mut self, list: &str, seq: u64) -> Result<(), Fault> {
        self.items.remove((list, seq)).map_err(fault)?;
        self.replaced.remove((list, seq)).map_err(fault)?;
        Ok(())
    }

    /// Drops all replaced items: when nobody reads.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub(super) fn purge_all(&mut self) -> Result<(), Fault> {
        while let Some((key, _)) = self.replaced.pop_first().map_err(fault)? {
            self.items.remove(key.value()).map_err(fault)?;
        }
        Ok(())
    }

    /// Drops the first items of a list while they are to go, and says how many went. Replaced ones must be gone.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub(super) fn trim(&mut self, list: &str, goes: impl Fn(&Item) -> bool, most: u64) -> Result<u64, Fault> {
        let (last, count) = self.lists.get(list).map_err(fault)?.map_or((0, 0), |list| list.value());
        let mut gone = 0;
        while gone < most {
            let first = self.items.range((list, 0)..=(list, last)).map_err(fault)?.next().transpose();
            let Some((key, row)) = first.map_err(fault)? else { break };
            let (first, given) = (item(key.value().1, row.value()), row.value().1.is_some());
            drop((key, row));
            if !goes(&first) {
                break;
            }
            self.items.remove((list, first.seq)).map_err(fault)?;
            if given {
                self.keys.remove((list, first.key.as_str())).map_err(fault)?;
            }
            gone += 1;
        }
        self.lists.insert(list, (last, count - gone.min(count))).map_err(fault)?;
        Ok(gone)
    }
}

/// The number of the item that stands under a key: one that was given, or the number of an item without one.
fn under(
    keys: &impl ReadableTable<(&'static str, &'static str), u64>,
    items: &impl ReadableTable<ItemKey, ItemValue>,
    list: &str,
    key: &str,
) -> Result<Option<u64>, Fault> {
    if let Some(seq) = keys.get((list, key)).map_err(fault)? {
        return Ok(Some(seq.value()));
    }
    let Some(seq) = key.parse::<u64>().ok().filter(|seq| seq.to_string() == key) else { return Ok(None) };
    let row = items.get((list, seq)).map_err(fault)?;
    Ok(row.filter(|row| row.value().1.is_none()).map(|_| seq))
}

fn item(seq: u64, (text, key, from, at, _): (&str, Option<&str>, &str, u64, u64)) -> Item {
    let key = key.map_or_else(|| seq.to_string(), str::to_owned);
    Item { seq, text: text.to_owned(), key, from: from.to_owned(), at }
}
