//! A store's file: opened, made, read, written, and opened anew after a failure.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use redb::{Builder, Database, DatabaseError, ReadableDatabase, StorageError};

use super::tables::{self, Changes, FORMAT, Fault, Tables, fault};
use crate::store::{OpenError, StoreError};

/// Pages of the file held in memory, bytes.
const CACHE_BYTES: usize = 32 * 1024 * 1024;

/// A store's file, which no other process has.
#[derive(Debug)]
pub(super) struct StoreFile {
    path: PathBuf,
    /// After a failure of the disk the database must be opened anew; none while that has not worked.
    database: RwLock<Option<Database>>,
}

impl StoreFile {
    /// Opens a store's file, or makes it and the folders on its way.
    ///
    /// # Errors
    /// Another process has it, it is no store, or the system does not let us.
    pub(super) fn open_or_make(path: &Path) -> Result<Self, OpenError> {
        match fs::metadata(path) {
            Ok(found) if found.len() > 0 => {}
            Ok(_) => make(path, Existing::Empty)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(path, Existing::Nothing)?,
            Err(error) => return Err(system(path, error)),
        }
        Self::open(path)
    }

    /// Opens a store's file that is there.
    ///
    /// # Errors
    /// As [`StoreFile::open_or_make`].
    pub(super) fn open(path: &Path) -> Result<Self, OpenError> {
        let file = Self { path: path.to_owned(), database: RwLock::new(Some(open(path)?)) };
        file.clean().map_err(|error| system(path, io::Error::other(error)))?;
        Ok(file)
    }

    /// Reads, in a transaction of its own.
    ///
    /// # Errors
    /// The file cannot be read just now.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&Tables<'_>) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.attempt(|database| {
            let transaction = database.begin_read().map_err(fault)?;
            read(&Tables(&transaction))
        })
    }

    /// Writes, in a transaction of its own. Once this returns without an error it is on disk; with one, nothing is.
    ///
    /// # Errors
    /// The file cannot be read or written just now.
    pub(super) fn write<T>(
        &self,
        write: impl FnOnce(&mut Changes<'_>) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.attempt(|database| {
            let transaction = database.begin_write().map_err(fault)?;
            let written = write(&mut Changes::of(&transaction)?)?;
            transaction.commit().map_err(fault)?;
            Ok(written)
        })
    }

    /// Gives the room that dropped items took back to the system.
    ///
    /// # Errors
    /// The file cannot be read or written just now.
    pub(super) fn shrink(&self) -> Result<(), StoreError> {
        let mut held = self.database.write().unwrap_or_else(PoisonError::into_inner);
        let Some(database) = held.as_mut() else { return Ok(()) };
        let shrunk = database.compact().map(|_| ()).map_err(fault);
        shrunk.map_err(|fault| self.explain(*fault))
    }

    /// Drops what was replaced while somebody read, before the process ended: nobody reads now.
    fn clean(&self) -> Result<(), StoreError> {
        if self.read(|tables| tables.has_replaced())? {
            self.write(|changes| changes.purge_all())?;
        }
        Ok(())
    }

    fn attempt<T>(&self, work: impl FnOnce(&Database) -> Result<T, Fault>) -> Result<T, StoreError> {
        if self.database.read().unwrap_or_else(PoisonError::into_inner).is_none() {
            self.reopen()?;
        }
        let fault = {
            let held = self.database.read().unwrap_or_else(PoisonError::into_inner);
            let Some(database) = &*held else {
                return Err(StoreError::Failed("it could not be opened again".to_owned()));
            };
            match work(database) {
                Ok(done) => return Ok(done),
                Err(fault) => fault,
            }
        };
        // After a failure the library refuses everything until the file is opened anew. If that does not work either,
        // the next one who asks tries again.
        let _ = self.reopen();
        Err(self.explain(*fault))
    }

    /// Opens the file anew, which brings it back to what was committed last.
    fn reopen(&self) -> Result<(), StoreError> {
        let mut held = self.database.write().unwrap_or_else(PoisonError::into_inner);
        // The lock on the file goes with it.
        *held = None;
        *held = Some(open(&self.path).map_err(|error| StoreError::Failed(error.to_string()))?);
        Ok(())
    }

    fn explain(&self, fault: redb::Error) -> StoreError {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        let path = self.path.display();
        match fault {
            redb::Error::Io(error) if matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge) => {
                StoreError::Full(format!("{path}: {error}"))
            }
            fault => StoreError::Failed(format!("{path}: {fault}")),
        }
    }
}

fn open(path: &Path) -> Result<Database, OpenError> {
    let database =
        Builder::new().set_cache_size(CACHE_BYTES).open(path).map_err(|error| explain_open(path, error))?;
    let strange = |why: String| OpenError::NotAStore { path: path.to_owned(), why };
    let transaction = database.begin_read().map_err(|error| strange(error.to_string()))?;
    match tables::format(&transaction).map_err(|fault| strange(fault.to_string()))? {
        Some(FORMAT) => {}
        Some(found) if found > FORMAT => {
            return Err(OpenError::Newer { path: path.to_owned(), found, known: FORMAT });
        }
        _ => return Err(strange("it does not say its format".to_owned())),
    }
    drop(transaction);
    Ok(database)
}

fn explain_open(path: &Path, error: DatabaseError) -> OpenError {
    let path = path.to_owned();
    match error {
        DatabaseError::DatabaseAlreadyOpen => OpenError::InUse(path),
        DatabaseError::Storage(StorageError::Io(error)) if error.kind() != io::ErrorKind::InvalidData => {
            OpenError::System { path, error }
        }
        error => OpenError::NotAStore { path, why: error.to_string() },
    }
}

fn system(path: &Path, error: io::Error) -> OpenError {
    OpenError::System { path: path.to_owned(), error }
}

/// What stands where a store is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Existing {
    Nothing,
    Empty,
}

/// Makes a store's file under another name first: whoever dies in the middle leaves nothing that cannot be opened.
fn make(path: &Path, existing: Existing) -> Result<(), OpenError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // What is kept is its owner's, as everything in a state directory.
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| system(folder, error))?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".new-{}", std::process::id()));
    let new = folder.join(name);
    // One that a process of the same number left behind.
    let _ = fs::remove_file(&new);
    fill(&new, FORMAT).map_err(|error| explain_open(&new, error))?;
    let placed = match existing {
        Existing::Empty => fs::rename(&new, path),
        // Not over a file that another process has made in the meantime.
        Existing::Nothing => match fs::hard_link(&new, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            placed => placed,
        },
    };
    let _ = fs::remove_file(&new);
    placed.map_err(|error| system(path, error))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| system(folder, error))
}

/// Makes a file with all tables.
pub(super) fn fill(path: &Path, format: u64) -> Result<(), DatabaseError> {
    let failed = |error: redb::Error| match error {
        redb::Error::Io(error) => DatabaseError::Storage(StorageError::Io(error)),
        error => DatabaseError::Storage(StorageError::Corrupted(error.to_string())),
    };
    let database = Builder::new().set_cache_size(CACHE_BYTES).create(path)?;
    let transaction = database.begin_write().map_err(|error| failed(error.into()))?;
    tables::make(&transaction, format).map_err(|fault| failed(*fault))?;
    transaction.commit().map_err(|error| failed(error.into()))
}
