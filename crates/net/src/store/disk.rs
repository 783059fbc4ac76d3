//! Kept lists in a file.
//!
//! ```text
//! add ────▶ queue ──▶ writer's thread ──▶ one transaction, one flush for all that waited ──▶ answers
//!                     (begins the next one while an add is near)
//! look ─────────────▶ blocking pool ────▶ a short read transaction a page ────────────────▶ answers
//! ```
//!
//! A reading holds no transaction open between its pages, so a reader that takes hours keeps no space from being used
//! again. What is replaced while somebody reads stays in the file until nobody needs it (`live`).

use std::path::Path;
use std::sync::Arc;

use convo::{Add, Item};
use tokio::sync::Semaphore;

use super::{Later, OpenError, Page, ReadingKind, StoreError};

mod archive;
mod awake;
mod file;
mod live;
mod tables;
mod writer;

#[cfg(test)]
mod tests;

pub use archive::{Archive, Summary, Trim};
pub(crate) use awake::Awake;

use file::StoreFile;
use live::{Live, Ticket};
use writer::Writer;

/// Readers that look at the same moment; further ones wait.
const READERS_MAX: usize = 16;

/// A store in a file. Dropping the last of it waits for what is being written, and closes the file.
#[derive(Debug)]
pub(super) struct Disk {
    kept: Arc<Kept>,
    writer: Writer,
}

/// What readers and the writer share.
#[derive(Debug)]
struct Kept {
    file: StoreFile,
    live: Arc<Live>,
    looking: Semaphore,
}

/// A reading under way.
#[derive(Debug)]
pub(super) struct Reading {
    kept: Arc<Kept>,
    /// Keeps what it will still read.
    ticket: Ticket,
    /// The number of the item read last.
    after: u64,
}

impl Disk {
    /// Opens a store's file, or makes it. Blocks.
    ///
    /// # Errors
    /// Another process has it, it is no store, or the system does not let us.
    pub(super) fn open(path: &Path) -> Result<Self, OpenError> {
        let file = StoreFile::open_or_make(path)?;
        let kept = Arc::new(Kept { file, live: Arc::default(), looking: Semaphore::new(READERS_MAX) });
        let writer = Writer::start(Arc::clone(&kept))
            .map_err(|error| OpenError::System { path: path.to_owned(), error })?;
        Ok(Self { kept, writer })
    }

    /// As [`super::Store::add`]; comes when the item is on disk.
    pub(super) fn add(&self, add: Add<'_>) -> Later<Result<u64, StoreError>> {
        self.writer.add(add)
    }

    /// As [`super::Store::awake`].
    pub(super) fn awake(&self) -> &Arc<Awake> {
        self.writer.awake()
    }

    /// As [`super::Store::begin`].
    pub(super) fn begin(&self, list: &str, from: u64) -> Later<Result<Page, StoreError>> {
        let (kept, list) = (Arc::clone(&self.kept), list.to_owned());
        blocking(&self.kept, move || {
            let ticket = kept.live.begin(&list, || kept.file.read(|tables| tables.last(&list)))?;
            Reading { kept, ticket, after: from.saturating_sub(1) }.read()
        })
    }

    /// As [`super::Store::at`].
    pub(super) fn at(&self, list: &str, key: &str) -> Later<Result<Option<Arc<Item>>, StoreError>> {
        let (kept, list, key) = (Arc::clone(&self.kept), list.to_owned(), key.to_owned());
        blocking(&self.kept, move || Ok(kept.file.read(|tables| tables.at(&list, &key))?.map(Arc::new)))
    }

    /// As [`super::Store::count`].
    pub(super) fn count(&self, list: &str) -> Later<Result<u64, StoreError>> {
        let (kept, list) = (Arc::clone(&self.kept), list.to_owned());
        blocking(&self.kept, move || kept.file.read(|tables| tables.count(&list)))
    }
}

impl Reading {
    /// The next items.
    pub(super) fn page(self) -> Later<Result<Page, StoreError>> {
        let kept = Arc::clone(&self.kept);
        blocking(&kept, move || self.read())
    }

    fn read(mut self) -> Result<Page, StoreError> {
        let (list, last) = (self.ticket.list(), self.ticket.last());
        let (items, more) = self.kept.file.read(|tables| tables.page(list, self.after, last))?;
        self.after = items.last().map_or(last, |item| item.seq);
        let rest = more.then(|| super::Reading(ReadingKind::Disk(self)));
        Ok(Page { items: items.into_iter().map(Arc::new).collect(), rest })
    }
}

/// Runs what may wait for the disk where no session waits for it.
fn blocking<T: Send + 'static>(
    kept: &Arc<Kept>,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Later<Result<T, StoreError>> {
    let kept = Arc::clone(kept);
    Box::pin(async move {
        let gone = || StoreError::Failed("reading was cut short".to_owned());
        let _turn = kept.looking.acquire().await.map_err(|_| gone())?;
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(gone()))
    })
}
