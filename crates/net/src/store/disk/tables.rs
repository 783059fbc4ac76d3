//! What stands in a store's file, and how it is read and changed.
//!
//! ```text
//! lists   id            ─▶ name; items that were trimmed, and the number given last by then
//! items   list, number  ─▶ key if one was given, from, at, by which number it was replaced (0: it stands),
//!                          items that the list had with it, and those trimmed before, text
//! ```
//!
//! Items that were replaced are there only for readings under way. A list's last item, which always stands, says how many
//! there are. So an add without a key changes one page, unless its text is long: each page that changes is flushed.

use std::collections::HashMap;

use convo::{Add, Item};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::store::{PAGE_BYTES_MAX, PAGE_ITEMS_MAX};

/// The format of these tables, which the file has as its `user_version`.
pub(super) const FORMAT: u64 = 2;

/// What a new file is filled with. The primary keys are the order in which items stand: an item is one row in one tree,
/// and one added last changes its last page.
pub(super) const TABLES: &str = "
CREATE TABLE lists (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, last INTEGER NOT NULL, trimmed INTEGER NOT NULL
) STRICT;
CREATE TABLE items (
    list INTEGER NOT NULL, number INTEGER NOT NULL, key TEXT, sender TEXT NOT NULL, at INTEGER NOT NULL,
    replaced INTEGER NOT NULL, total INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (list, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX keys ON items (list, key) WHERE key IS NOT NULL AND replaced = 0;
CREATE INDEX leavings ON items (list, number) WHERE replaced > 0;
";

/// Makes these tables of those of format 1, in which a list's row said how many items it has.
pub(super) const FROM_1: &str = "
ALTER TABLE items ADD COLUMN total INTEGER NOT NULL DEFAULT 0;
UPDATE items SET total = lists.items FROM lists
    WHERE items.list = lists.id AND number = (SELECT max(number) FROM items WHERE list = lists.id);
UPDATE lists SET items = 0;
ALTER TABLE lists RENAME COLUMN items TO trimmed;
";

const LIST: &str = "SELECT id, last, trimmed FROM lists WHERE name = ?1";
const LISTS: &str = "SELECT name FROM lists ORDER BY name";
const NEW_LIST: &str = "INSERT INTO lists (name, last, trimmed) VALUES (?1, 0, 0)";
const TRIMMED: &str = "UPDATE lists SET last = ?2, trimmed = ?3 WHERE id = ?1";
const LAST: &str = "SELECT number, total FROM items WHERE list = ?1 ORDER BY number DESC LIMIT 1";
const INSERT: &str = "INSERT INTO items (list, number, key, sender, at, replaced, total, text)
    VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7)";
const MARK: &str = "UPDATE items SET replaced = ?3 WHERE list = ?1 AND number = ?2";
const DROP: &str = "DELETE FROM items WHERE list = ?1 AND number = ?2";
const DROP_REPLACED: &str = "DELETE FROM items WHERE replaced > 0";
const REPLACED: &str = "SELECT 1 FROM items WHERE replaced > 0 LIMIT 1";
const UNDER_KEY: &str = "SELECT number FROM items WHERE list = ?1 AND key = ?2 AND replaced = 0";
const UNNAMED: &str = "SELECT 1 FROM items WHERE list = ?1 AND number = ?2 AND key IS NULL AND replaced = 0";
const ITEM: &str = "SELECT number, key, sender, at, text FROM items WHERE list = ?1 AND number = ?2";
/// As they were when `?3` was the last.
const ITEMS: &str = "SELECT number, key, sender, at, text FROM items
    WHERE list = ?1 AND number > ?2 AND number <= ?3 AND (replaced = 0 OR replaced > ?3) ORDER BY number";

/// The store's library reports every failure so.
pub(super) type Fault = rusqlite::Error;

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

/// What is known of a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct List {
    id: i64,
    /// The number given last.
    last: u64,
    /// Items it would have, had none been trimmed.
    total: u64,
    trimmed: u64,
    /// The number of the next item without a key, once that was looked for.
    next: Option<u64>,
}

/// The lists that were looked at in a transaction, as they are by now.
pub(super) type Lists = HashMap<String, List>;

impl List {
    fn items(self) -> u64 {
        self.total.saturating_sub(self.trimmed)
    }
}

/// A store's tables as a reader sees them, in a transaction.
pub(super) struct Tables<'t>(pub(super) &'t Connection);

impl Tables<'_> {
    /// Every list with the number given last and how many items it has, by name.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn all(&self) -> Result<Vec<(String, u64, u64)>, Fault> {
        let mut lists = self.0.prepare_cached(LISTS)?;
        let names = lists.query_map((), |row| row.get(0))?.collect::<Result<Vec<String>, Fault>>()?;
        let whole = |name: String| Ok(find(self.0, &name)?.map(|list| (name, list.last, list.items())));
        names.into_iter().filter_map(|name| whole(name).transpose()).collect()
    }

    /// The number given last in a list, 0 if none was.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn last(&self, list: &str) -> Result<u64, Fault> {
        Ok(find(self.0, list)?.map_or(0, |list| list.last))
    }

    /// How many items a list has.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn count(&self, list: &str) -> Result<u64, Fault> {
        Ok(find(self.0, list)?.map_or(0, List::items))
    }

    /// The item under a key.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn at(&self, list: &str, key: &str) -> Result<Option<Item>, Fault> {
        let Some(list) = find(self.0, list)? else { return Ok(None) };
        let Some(seq) = under(self.0, list.id, key)? else { return Ok(None) };
        self.0.prepare_cached(ITEM)?.query_row((list.id, signed(seq)), item).optional()
    }

    /// The items after the number `after` as they were when `last` was the last, a page of them, and whether others
    /// follow.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn page(&self, list: &str, after: u64, last: u64) -> Result<(Vec<Item>, bool), Fault> {
        let (mut page, mut bytes) = (Vec::new(), 0);
        let Some(list) = find(self.0, list)? else { return Ok((page, false)) };
        let mut items = self.0.prepare_cached(ITEMS)?;
        let mut rows = items.query((list.id, signed(after), signed(last)))?;
        while let Some(row) = rows.next()? {
            if page.len() >= PAGE_ITEMS_MAX || bytes >= PAGE_BYTES_MAX {
                return Ok((page, true));
            }
            let item = item(row)?;
            bytes += item.text.len();
            page.push(item);
        }
        Ok((page, false))
    }

    /// Whether there are items that were replaced, and only readings may need.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn has_replaced(&self) -> Result<bool, Fault> {
        self.0.prepare_cached(REPLACED)?.exists(())
    }
}

/// A store's tables as its writer changes them, in a transaction.
pub(super) struct Changes<'t> {
    tables: &'t Connection,
    lists: &'t mut Lists,
}

impl<'t> Changes<'t> {
    /// Changes in a transaction in which these lists were looked at.
    pub(super) fn of(tables: &'t Connection, lists: &'t mut Lists) -> Self {
        Self { tables, lists }
    }

    /// Looks up what an add without a key to this list, if it is there, will ask for.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn look_ahead(&mut self, name: &str) -> Result<(), Fault> {
        if let Some(list) = find(self.tables, name)? {
            let next = Some(self.unnamed(list)?);
            self.lists.insert(name.to_owned(), List { next, ..list });
        }
        Ok(())
    }

    /// Adds an item, and says its number and what it replaced.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub(super) fn add(&mut self, add: &Addition) -> Result<(u64, Option<Replaced>), Fault> {
        let mut list = self.list(&add.list)?;
        let (seq, old) = match &add.key {
            Some(key) => (list.last + 1, under(self.tables, list.id, key)?),
            None => (self.unnamed(list)?, None),
        };
        if let Some(old) = old {
            self.tables.prepare_cached(MARK)?.execute((list.id, signed(old), signed(seq)))?;
        } else {
            list.total += 1;
        }
        let mut insert = self.tables.prepare_cached(INSERT)?;
        let total = signed(list.total);
        insert.execute((list.id, signed(seq), &add.key, &add.from, signed(add.at), total, &add.text))?;
        (list.last, list.next) = (seq, None);
        self.set(&add.list, list);
        Ok((seq, old.map(|old| Replaced { list: add.list.clone(), seq: old, until: seq })))
    }

    /// The number of the next item without a key. One that somebody used as a key is theirs: nothing is replaced that was
    /// not named.
    fn unnamed(&self, list: List) -> Result<u64, Fault> {
        if let Some(next) = list.next {
            return Ok(next);
        }
        let mut seq = list.last + 1;
        while named(self.tables, list.id, &seq.to_string())?.is_some() {
            seq += 1;
        }
        Ok(seq)
    }

    /// Drops a replaced item that nobody reads any more.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub(super) fn purge(&mut self, list: &str, seq: u64) -> Result<(), Fault> {
        let id = self.list(list)?.id;
        self.tables.prepare_cached(DROP)?.execute((id, signed(seq)))?;
        Ok(())
    }

    /// Drops all replaced items: when nobody reads.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub(super) fn purge_all(&mut self) -> Result<(), Fault> {
        self.tables.execute(DROP_REPLACED, ())?;
        Ok(())
    }

    /// Drops the first items of a list while they are to go, and says how many went. Replaced ones must be gone.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub(super) fn trim(&mut self, name: &str, goes: impl Fn(&Item) -> bool, most: u64) -> Result<u64, Fault> {
        let mut list = self.list(name)?;
        let mut first = Vec::new();
        {
            let mut items = self.tables.prepare_cached(ITEMS)?;
            let mut rows = items.query((list.id, 0, signed(list.last)))?;
            while let Some(row) = rows.next()?.filter(|_| (first.len() as u64) < most) {
                let item = item(row)?;
                if !goes(&item) {
                    break;
                }
                first.push(signed(item.seq));
            }
        }
        let mut drop = self.tables.prepare_cached(DROP)?;
        for number in &first {
            drop.execute((list.id, number))?;
        }
        let gone = first.len() as u64;
        list.trimmed += gone;
        let mut trimmed = self.tables.prepare_cached(TRIMMED)?;
        trimmed.execute((list.id, signed(list.last), signed(list.trimmed)))?;
        self.set(name, list);
        Ok(gone)
    }

    /// A list as it is by now; one that is missing is made.
    fn list(&mut self, name: &str) -> Result<List, Fault> {
        if let Some(list) = self.lists.get(name) {
            return Ok(*list);
        }
        let list = match find(self.tables, name)? {
            Some(list) => list,
            None => {
                self.tables.prepare_cached(NEW_LIST)?.execute([name])?;
                List { id: self.tables.last_insert_rowid(), last: 0, total: 0, trimmed: 0, next: None }
            }
        };
        self.lists.insert(name.to_owned(), list);
        Ok(list)
    }

    fn set(&mut self, name: &str, list: List) {
        if let Some(held) = self.lists.get_mut(name) {
            *held = list;
        }
    }
}

fn find(tables: &Connection, list: &str) -> Result<Option<List>, Fault> {
    let mut find = tables.prepare_cached(LIST)?;
    // As it would be without an item.
    let row = |row: &Row<'_>| {
        let trimmed = unsigned(row, 2)?;
        Ok(List { id: row.get(0)?, last: unsigned(row, 1)?, total: trimmed, trimmed, next: None })
    };
    let Some(list) = find.query_row([list], row).optional()? else { return Ok(None) };
    let mut last = tables.prepare_cached(LAST)?;
    let row = |row: &Row<'_>| Ok(List { last: unsigned(row, 0)?, total: unsigned(row, 1)?, ..list });
    Ok(Some(last.query_row([list.id], row).optional()?.unwrap_or(list)))
}

/// The number of the item that stands under a key: one that was given, or the number of an item without one.
fn under(tables: &Connection, list: i64, key: &str) -> Result<Option<u64>, Fault> {
    if let Some(seq) = named(tables, list, key)? {
        return Ok(Some(seq));
    }
    let Some(seq) = key.parse::<u64>().ok().filter(|seq| seq.to_string() == key) else { return Ok(None) };
    let stands = tables.prepare_cached(UNNAMED)?.exists((list, signed(seq)))?;
    Ok(stands.then_some(seq))
}

/// The number of the item that stands under a key that was given.
fn named(tables: &Connection, list: i64, key: &str) -> Result<Option<u64>, Fault> {
    tables.prepare_cached(UNDER_KEY)?.query_row((list, key), |row| unsigned(row, 0)).optional()
}

fn item(row: &Row<'_>) -> Result<Item, Fault> {
    let seq = unsigned(row, 0)?;
    let key: Option<String> = row.get(1)?;
    let key = key.unwrap_or_else(|| seq.to_string());
    Ok(Item { seq, text: row.get(4)?, key, from: row.get(2)?, at: unsigned(row, 3)? })
}

/// SQLite's integers have a sign; numbers and times that do not fit are later than all there are.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(row: &Row<'_>, column: usize) -> Result<u64, Fault> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| Fault::IntegralValueOutOfRange(column, number))
}
