//! Where kept lists live: in memory, in a file, or on NATS, which other servers share.
//!
//! ```text
//! session ─ Look, Add ─▶ seat ──▶ Store ──┬──▶ memory   answers at once
//!    ▲                    │               ├──▶ disk     answers later: reads on a thread, adds by the writer
//!    │                    │               └──▶ NATS     answers later: when its servers have acknowledged
//!    └─ Found, Added ─────┘◀── Soon ──────┘
//! ```
//!
//! An add is acknowledged when it is as durable as its store can make it. A reading sees its list as it was when the
//! reading began, page by page, in bounded memory.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use convo::{Add, Item};

mod disk;
mod error;
mod memory;
mod place;
#[cfg(test)]
mod tests;

pub(crate) use disk::Awake;
pub use disk::{Archive, Summary, Trim};
pub use error::{OpenError, StoreError};
pub use place::{PlaceError, StorePlace};

use crate::nats::{self, Line};
use disk::Disk;
use memory::Memory;

/// A page of a reading has at most so many items …
const PAGE_ITEMS_MAX: usize = 256;
/// … and, but for its last item, so many bytes of text.
const PAGE_BYTES_MAX: usize = 64 * 1024;

/// The kept lists of one or several served convos, by name. Clones are the same store.
#[derive(Debug, Clone)]
pub struct Store(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Memory(Arc<Memory>),
    Disk(Arc<Disk>),
    Nats(Arc<Line>),
}

/// An answer that is there, or will be. Dropping one that will be leaves what was asked for to go on: an add that is
/// under way may be kept although nobody hears so.
pub(crate) enum Soon<T> {
    /// It is there.
    Now(T),
    /// It will be.
    Later(Later<T>),
}

/// An answer that will be there.
pub(crate) type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A reading under way: the list as it was when the reading began.
#[derive(Debug)]
pub(crate) struct Reading(ReadingKind);

impl From<nats::Reading> for Reading {
    fn from(reading: nats::Reading) -> Self {
        Self(ReadingKind::Nats(reading))
    }
}

#[derive(Debug)]
enum ReadingKind {
    Memory(memory::Reading),
    Disk(disk::Reading),
    Nats(nats::Reading),
}

/// Some items of a reading, in order.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) items: Vec<Arc<Item>>,
    /// Where others follow: the reading, for the next page.
    pub(crate) rest: Option<Reading>,
}

impl Default for Store {
    fn default() -> Self {
        Self::memory()
    }
}

impl Store {
    /// Lists in memory: they end with the process.
    #[must_use]
    pub fn memory() -> Self {
        Self(Kind::Memory(Arc::default()))
    }

    /// Opens the store at a place, or makes it.
    ///
    /// # Errors
    /// Another process has it, it is no store, or the system does not let us.
    pub async fn open(place: &StorePlace) -> Result<Self, OpenError> {
        match place {
            StorePlace::Memory => Ok(Self::memory()),
            StorePlace::File(path) => {
                let path = path.clone();
                // A file that was not closed in order is checked first, which takes its time.
                let opened = tokio::task::spawn_blocking(move || Disk::open(&path)).await;
                let disk = opened.unwrap_or(Err(OpenError::Cut))?;
                Ok(Self(Kind::Disk(Arc::new(disk))))
            }
            StorePlace::Nats(place) => Ok(Self(Kind::Nats(Line::open(place).await?))),
        }
    }

    /// Adds an item and says its number. With a key it replaces what was there and stands last.
    pub(crate) fn add(&self, add: Add<'_>) -> Soon<Result<u64, StoreError>> {
        match &self.0 {
            Kind::Memory(memory) => Soon::Now(memory.add(add)),
            Kind::Disk(disk) => Soon::Later(disk.add(add)),
            Kind::Nats(line) => Soon::Later(line.add(add)),
        }
    }

    /// Whether the thread that runs the sessions polls rather than sleeps, where that saves more than it takes.
    pub(crate) fn awake(&self) -> Option<&Arc<Awake>> {
        match &self.0 {
            Kind::Memory(_) | Kind::Nats(_) => None,
            Kind::Disk(disk) => Some(disk.awake()),
        }
    }

    /// Begins to read a list at the item numbered `from`, or the next one there is, and finds the first page. A list
    /// that nothing was added to is empty.
    pub(crate) fn begin(&self, list: &str, from: u64) -> Soon<Result<Page, StoreError>> {
        match &self.0 {
            Kind::Memory(memory) => Soon::Now(Ok(memory.begin(list, from).page())),
            Kind::Disk(disk) => Soon::Later(disk.begin(list, from)),
            Kind::Nats(line) => Soon::Later(line.begin(list, from)),
        }
    }

    /// The text under a key.
    pub(crate) fn at(&self, list: &str, key: &str) -> Soon<Result<Option<Arc<Item>>, StoreError>> {
        match &self.0 {
            Kind::Memory(memory) => Soon::Now(Ok(memory.at(list, key))),
            Kind::Disk(disk) => Soon::Later(disk.at(list, key)),
            Kind::Nats(line) => Soon::Later(line.at(list, key)),
        }
    }

    /// How many items a list has.
    pub(crate) fn count(&self, list: &str) -> Soon<Result<u64, StoreError>> {
        match &self.0 {
            Kind::Memory(memory) => Soon::Now(Ok(memory.count(list))),
            Kind::Disk(disk) => Soon::Later(disk.count(list)),
            Kind::Nats(line) => Soon::Later(line.count(list)),
        }
    }

    /// The connection to NATS, where rooms are shared with other servers.
    pub(crate) fn line(&self) -> Option<&Arc<Line>> {
        match &self.0 {
            Kind::Memory(_) | Kind::Disk(_) => None,
            Kind::Nats(line) => Some(line),
        }
    }
}

impl Reading {
    /// The next items.
    pub(crate) fn page(self) -> Soon<Result<Page, StoreError>> {
        match self.0 {
            ReadingKind::Memory(reading) => Soon::Now(Ok(reading.page())),
            ReadingKind::Disk(reading) => Soon::Later(reading.page()),
            ReadingKind::Nats(reading) => Soon::Later(reading.page()),
        }
    }
}

impl<T: 'static> Soon<T> {
    /// The answer as something else.
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U + Send + 'static) -> Soon<U> {
        match self {
            Self::Now(answer) => Soon::Now(change(answer)),
            Self::Later(later) => Soon::Later(Box::pin(async move { change(later.await) })),
        }
    }
}
