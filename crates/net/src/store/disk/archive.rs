//! A store's file at rest: listed, exported, trimmed while no server has it open.

use std::path::Path;

use convo::Item;

use super::file::StoreFile;
use crate::store::{OpenError, StoreError};

/// Items dropped in one transaction, at most.
const TRIM_ITEMS_MAX: u64 = 10_000;

/// A store's file that no server has open. Everything on it blocks.
#[derive(Debug)]
pub struct Archive {
    file: StoreFile,
}

/// One kept list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Its name.
    pub list: String,
    /// How many items it has.
    pub items: u64,
    /// The number given last, also if that item is gone: the next one gets a higher one.
    pub last: u64,
}

/// Which items of a list go: always the oldest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trim {
    /// All but the last so many.
    KeepLast(u64),
    /// Those before the first that was added at this time or later, in seconds since 1970.
    AddedBefore(u64),
}

impl Archive {
    /// Opens a store's file that is there.
    ///
    /// # Errors
    /// There is none, another process has it, or it is no store.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Ok(Self { file: StoreFile::open(path)? })
    }

    /// All lists, by name.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn lists(&self) -> Result<Vec<Summary>, StoreError> {
        let all = self.file.read(|tables| tables.all())?;
        Ok(all.into_iter().map(|(list, last, items)| Summary { list, items, last }).collect())
    }

    /// Some items of a list after the one numbered `after`, and whether others follow. From 0 on for all.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn page(&self, list: &str, after: u64) -> Result<(Vec<Item>, bool), StoreError> {
        self.file.read(|tables| tables.page(list, after, tables.last(list)?))
    }

    /// Drops the oldest items of a list, says how many, and gives their room back to the system.
    ///
    /// # Errors
    /// The file cannot be read or written; what was dropped until then stays so.
    pub fn trim(&self, list: &str, trim: Trim) -> Result<u64, StoreError> {
        let mut left = match trim {
            Trim::KeepLast(kept) => self.file.read(|tables| tables.count(list))?.saturating_sub(kept),
            Trim::AddedBefore(_) => u64::MAX,
        };
        let goes = |item: &Item| match trim {
            Trim::KeepLast(_) => true,
            Trim::AddedBefore(time) => item.at < time,
        };
        let mut gone = 0;
        while left > 0 {
            let most = left.min(TRIM_ITEMS_MAX);
            let some = self.file.begin()?.write(|changes| changes.trim(list, goes, most))?;
            gone += some;
            left -= some;
            if some < most {
                break;
            }
        }
        if gone > 0 {
            self.file.shrink()?;
        }
        Ok(gone)
    }
}
