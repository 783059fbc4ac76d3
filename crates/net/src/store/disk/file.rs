//! A store's file: locked, opened or made, read and written.
//!
//! ```text
//! board.sqlite         the lists, a SQLite database
//! board.sqlite-wal     what was added lately; gone when the file is closed in order, taken in when it is opened again
//! board.sqlite-shm     where in it what is; likewise
//! board.sqlite-lock    empty; locked by the process that has the store open
//! ```
//!
//! A file that somebody takes away, or puts another in the place of, while it is open takes no more: what is added to it
//! would be gone with the process.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};

use super::tables::{Changes, FORMAT, FROM_1, Fault, Lists, TABLES, Tables};
use crate::store::{OpenError, StoreError};

/// Tells a store from other SQLite databases: "sock".
const APPLICATION: i64 = 0x736f_636b;
/// What every SQLite database begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// What stores began with before they were SQLite databases; they are not read any more.
const MAGIC_REDB: &[u8] = b"redb\x1a\x0a\xa9\x0d\x0a";
/// For so long another program (`sqlite3`) may hold a lock that we need.
const BUSY_MAX: Duration = Duration::from_secs(5);
/// A process that was just killed may take so long to be gone; it is looked for this often.
const ENDING_MAX: Duration = Duration::from_secs(1);
const ENDING_ASK: Duration = Duration::from_millis(20);
/// Connections of readers that stay open for the next ones.
const READERS_IDLE_MAX: usize = 4;
/// Pages given back to the system in one transaction.
const SHRINK_PAGES: u64 = 1000;
/// `FULL`: a commit is over when it is on disk. The log is cut to its usual length after it grew.
const EACH: &str = "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216;";
/// Nobody else writes from the beginning on, rather than from the first change.
const BEGIN: &str = "BEGIN IMMEDIATE";
const COMMIT: &str = "COMMIT";
const ROLLBACK: &str = "ROLLBACK";

/// A store's file, which no other process has.
#[derive(Debug)]
pub(super) struct StoreFile {
    path: PathBuf,
    writer: Mutex<Connection>,
    /// The one that is always there.
    reader: Mutex<Connection>,
    /// Further ones, with which nobody reads just now.
    readers: Mutex<Vec<Connection>>,
    /// The file and its log, as they were when they were opened.
    places: [Place; 2],
    /// Let go after the connections above.
    _lock: File,
}

/// A transaction that writes, begun. Dropped, nothing of it is in the file.
#[derive(Debug)]
pub(super) struct Writing<'f> {
    file: &'f StoreFile,
    writer: MutexGuard<'f, Connection>,
    lists: Lists,
}

/// A file, by its name, and by what no other one has: device and number.
#[derive(Debug)]
struct Place {
    path: PathBuf,
    identity: (u64, u64),
    /// The log is empty when all of it is in the file, which never is.
    may_be_empty: bool,
}

/// What to do where there is no file, or an empty one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missing {
    Make,
    Refuse,
}

impl StoreFile {
    /// Opens a store's file, or makes it and the folders on its way.
    ///
    /// # Errors
    /// Another process has it, it is no store, or the system does not let us.
    pub(super) fn open_or_make(path: &Path) -> Result<Self, OpenError> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder {
            // What is kept is its owner's, as everything in a state directory.
            let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
            made.map_err(|error| system(folder, error))?;
        }
        Self::locked(path, Missing::Make)
    }

    /// Opens a store's file that is there.
    ///
    /// # Errors
    /// As [`StoreFile::open_or_make`].
    pub(super) fn open(path: &Path) -> Result<Self, OpenError> {
        fs::metadata(path).map_err(|error| system(path, error))?;
        Self::locked(path, Missing::Refuse)
    }

    fn locked(path: &Path, missing: Missing) -> Result<Self, OpenError> {
        look(path, missing)?;
        // Behind a link the same file has the same lock and the same log.
        let real = fs::canonicalize(path).map_err(|error| system(path, error))?;
        let lock = lock(path, &real)?;
        let writer = connect(&real, missing).map_err(|fault| explain_open(path, &fault))?;
        admit(&writer, path, missing)?;
        let reader = connect(&real, Missing::Refuse).map_err(|fault| explain_open(path, &fault))?;
        // Beside its log, which is there from the first look at the tables on.
        let places = [Place::of(real.clone(), false)?, Place::of(beside(&real, "-wal"), true)?];
        let (writer, reader) = (Mutex::new(writer), Mutex::new(reader));
        let file = Self { path: real, writer, reader, readers: Mutex::default(), places, _lock: lock };
        file.clean().map_err(|error| match error {
            StoreError::Full(_) => system(path, io::ErrorKind::StorageFull.into()),
            StoreError::Failed(why) => strange(path, &why),
        })?;
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
        let look = |reader: &mut Connection| {
            let read = reader.transaction().and_then(|transaction| read(&Tables(&transaction)));
            read.map_err(|fault| self.explain(&fault))
        };
        if let Some(mut reader) = free(&self.reader) {
            return look(&mut reader);
        }
        let idle = held(&self.readers).pop();
        let Some(mut reader) = idle.or_else(|| self.further_reader()) else {
            return look(&mut held(&self.reader));
        };
        let done = look(&mut reader)?;
        let mut readers = held(&self.readers);
        if readers.len() < READERS_IDLE_MAX {
            readers.push(reader);
        }
        Ok(done)
    }

    /// One more reader. None where no file can be opened, or another one would be: then one waits for the first.
    fn further_reader(&self) -> Option<Connection> {
        self.stands().ok()?;
        connect(&self.path, Missing::Refuse).ok()
    }

    /// Begins to write. Others wait for that until what this returns is gone.
    ///
    /// # Errors
    /// The file cannot be read or written just now, or is not where it was.
    pub(super) fn begin(&self) -> Result<Writing<'_>, StoreError> {
        let writing = Writing { file: self, writer: held(&self.writer), lists: Lists::default() };
        writing.run(BEGIN).map_err(|fault| self.explain_write(&fault))?;
        Ok(writing)
    }

    /// As [`StoreFile::begin`], where nobody else writes just now: another program's lock is not waited for.
    pub(super) fn begin_at_once(&self) -> Option<Writing<'_>> {
        let writing = Writing { file: self, writer: held(&self.writer), lists: Lists::default() };
        writing.writer.busy_timeout(Duration::ZERO).ok()?;
        let begun = writing.run(BEGIN);
        writing.writer.busy_timeout(BUSY_MAX).and(begun).ok()?;
        Some(writing)
    }

    /// Why something could not be written. Of a file that is not where it was, SQLite may say anything.
    fn explain_write(&self, fault: &Fault) -> StoreError {
        self.stands().err().unwrap_or_else(|| self.explain(fault))
    }

    /// That the file and its log are those that were opened, and the file was not emptied.
    fn stands(&self) -> Result<(), StoreError> {
        match self.places.iter().find(|place| !place.stands()) {
            None => Ok(()),
            Some(Place { path, .. }) => Err(StoreError::Failed(format!(
                "{} was removed, replaced or emptied while it was open: start the server again",
                path.display()
            ))),
        }
    }

    /// Gives the room that dropped items took back to the system, a little at a time: on a disk that is nearly full
    /// there is no room for a second copy.
    ///
    /// # Errors
    /// The file cannot be read or written just now.
    pub(super) fn shrink(&self) -> Result<(), StoreError> {
        let writer = held(&self.writer);
        let step = || {
            let mut vacuum = writer.prepare_cached(&format!("PRAGMA incremental_vacuum({SHRINK_PAGES})"))?;
            // Each step moves a page.
            let mut rows = vacuum.query(())?;
            while rows.next()?.is_some() {}
            drop(rows);
            writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))?;
            writer.query_row("PRAGMA freelist_count", (), |row| row.get(0))
        };
        loop {
            let left: i64 = step().map_err(|fault| self.explain(&fault))?;
            if left == 0 {
                return Ok(());
            }
        }
    }

    /// Drops what was replaced while somebody read, before the process ended: nobody reads now.
    fn clean(&self) -> Result<(), StoreError> {
        if self.read(|tables| tables.has_replaced())? {
            self.begin()?.write(|changes| changes.purge_all())?;
        }
        Ok(())
    }

    fn explain(&self, fault: &Fault) -> StoreError {
        let why = format!("{}: {fault}", self.path.display());
        let full = fault.sqlite_error().is_some_and(|error| {
            // The file that says where in the log what is could not grow.
            error.code == ErrorCode::DiskFull || error.extended_code == ffi::SQLITE_IOERR_SHMSIZE
        });
        if full { StoreError::Full(why) } else { StoreError::Failed(why) }
    }
}

impl Writing<'_> {
    /// Looks up what an add to this list will ask for, for [`Writing::write`].
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn look_ahead(&mut self, list: &str) -> Result<(), Fault> {
        Changes::of(&self.writer, &mut self.lists).look_ahead(list)
    }

    /// Writes, and ends. Once this returns without an error it is on disk; with one, nothing is that will be found there.
    ///
    /// # Errors
    /// The file cannot be read or written just now, or is not where it was.
    pub(super) fn write<T>(
        mut self,
        write: impl FnOnce(&mut Changes<'_>) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let written = write(&mut Changes::of(&self.writer, &mut self.lists));
        let written = written.map_err(|fault| self.file.explain_write(&fault))?;
        // Whoever takes the file away from here on does so while this is under way.
        self.file.stands()?;
        self.run(COMMIT).map_err(|fault| self.file.explain_write(&fault))?;
        Ok(written)
    }

    fn run(&self, statement: &str) -> Result<(), Fault> {
        self.writer.prepare_cached(statement)?.execute(())?;
        Ok(())
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        if !self.writer.is_autocommit() {
            // One that cannot be taken back is found so by the next one to begin.
            let _ = self.run(ROLLBACK);
        }
    }
}

impl Place {
    fn of(path: PathBuf, may_be_empty: bool) -> Result<Self, OpenError> {
        let (identity, _) = seen(&path).map_err(|error| system(&path, error))?;
        Ok(Self { path, identity, may_be_empty })
    }

    fn stands(&self) -> bool {
        seen(&self.path)
            .is_ok_and(|(identity, bytes)| identity == self.identity && (self.may_be_empty || bytes > 0))
    }
}

/// What tells the file of this name from all others, and how long it is. Whoever asks for the time of a file's last
/// change, as `fs::metadata` does, makes the next write change it on disk: each flush would write that, too.
fn seen(path: &Path) -> io::Result<((u64, u64), u64)> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{AtFlags, CWD, StatxFlags, makedev, statx};
        if let Ok(found) = statx(CWD, path, AtFlags::empty(), StatxFlags::INO | StatxFlags::SIZE) {
            let device = makedev(found.stx_dev_major, found.stx_dev_minor);
            return Ok(((device, found.stx_ino), found.stx_size));
        }
    }
    // Also where the system, or what it is confined by, is older than that.
    let found = fs::metadata(path)?;
    Ok(((found.dev(), found.ino()), found.len()))
}

/// The file of this name with an ending.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push(ending);
    PathBuf::from(name)
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Whoever panics in a transaction leaves it to be rolled back.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// As [`held`], where nobody holds it.
fn free<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// Keeps other processes of ours away. Not by SQLite's own locks: those would also keep away `sqlite3`, with which a
/// store may be read, and copied, while a server has it open.
#[expect(clippy::disallowed_methods, reason = "opening a store blocks, on a thread of its own")]
fn lock(path: &Path, real: &Path) -> Result<File, OpenError> {
    let name = beside(real, "-lock");
    let opened = File::options().create(true).truncate(false).write(true).open(&name);
    let file = opened.map_err(|error| system(&name, error))?;
    let since = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(fs::TryLockError::WouldBlock) if since.elapsed() < ENDING_MAX => {
                std::thread::sleep(ENDING_ASK)
            }
            Err(fs::TryLockError::WouldBlock) => return Err(OpenError::InUse(path.to_owned())),
            Err(fs::TryLockError::Error(error)) => return Err(system(&name, error)),
        }
    }
}

/// Looks what is there, so that nothing of somebody else's is touched, and makes an empty file where none is. Before this process has the store open: closing a
/// file lets go all locks that SQLite holds on it.
fn look(path: &Path, missing: Missing) -> Result<(), OpenError> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => return Err(strange(path, "it is not a file")),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(system(path, error)),
    }
    let mut start = Vec::new();
    let make = missing == Missing::Make;
    let opened = File::options().read(true).write(true).create(make).truncate(false).open(path);
    let read = opened.and_then(|file| file.take(MAGIC.len() as u64).read_to_end(&mut start));
    read.map_err(|error| system(path, error))?;
    match &start[..] {
        [] if missing == Missing::Refuse => Err(strange(path, "it is empty")),
        [] | MAGIC => Ok(()),
        other if other.starts_with(MAGIC_REDB) => {
            Err(strange(path, "an earlier version wrote it, in a format that is not read any more"))
        }
        _ => Err(strange(path, "it is of another kind")),
    }
}

fn connect(path: &Path, missing: Missing) -> Result<Connection, Fault> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    flags.set(OpenFlags::SQLITE_OPEN_CREATE, missing == Missing::Make);
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_MAX)?;
    // Else a statement whose plan might depend on its values is compiled anew each time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch(EACH)?;
    Ok(connection)
}

/// That a database is a store of our format; an empty one is made one.
fn admit(database: &Connection, path: &Path, missing: Missing) -> Result<(), OpenError> {
    let known = i64::try_from(FORMAT).unwrap_or(i64::MAX);
    let ask = |what: &str| -> Result<i64, OpenError> {
        database.query_row(what, (), |row| row.get(0)).map_err(|fault| explain_open(path, &fault))
    };
    let (application, format) = (ask("PRAGMA application_id")?, ask("PRAGMA user_version")?);
    if application != APPLICATION {
        // Whoever made it may have died before it was filled.
        if missing == Missing::Refuse || ask("SELECT count(*) FROM sqlite_schema")? > 0 {
            return Err(strange(path, "it is empty, or another program's database"));
        }
        fill(database, FORMAT).map_err(|fault| explain_open(path, &fault))?;
    } else if format > known {
        let found = u64::try_from(format).unwrap_or_default();
        return Err(OpenError::Newer { path: path.to_owned(), found, known: FORMAT });
    } else if format == 1 {
        let renew = format!("BEGIN IMMEDIATE; {FROM_1} PRAGMA user_version = {FORMAT}; COMMIT;");
        database.execute_batch(&renew).map_err(|fault| explain_open(path, &fault))?;
    } else if format < known {
        return Err(strange(path, "it does not say its format"));
    }
    Ok(())
}

/// Makes all tables in an empty database, at once or not at all. They go into the file itself, so that it can be told
/// from an empty one, should somebody take it away from its log.
pub(super) fn fill(database: &Connection, format: u64) -> Result<(), Fault> {
    database.execute_batch(&format!(
        "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;
        BEGIN IMMEDIATE; {TABLES} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {format}; COMMIT;
        PRAGMA wal_checkpoint(TRUNCATE);"
    ))
}

fn explain_open(path: &Path, fault: &Fault) -> OpenError {
    match fault.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::InUse(path.to_owned()),
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => strange(path, &fault.to_string()),
        Some(ErrorCode::DiskFull) => system(path, io::ErrorKind::StorageFull.into()),
        _ => system(path, io::Error::other(fault.to_string())),
    }
}

fn strange(path: &Path, why: &str) -> OpenError {
    OpenError::NotAStore { path: path.to_owned(), why: why.to_owned() }
}

fn system(path: &Path, error: io::Error) -> OpenError {
    OpenError::System { path: path.to_owned(), error }
}
