//! The writer: one thread a store, which takes all adds that wait and keeps them with one flush.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;

use convo::Add;
use tokio::sync::oneshot;

use super::Kept;
use super::awake::Awake;
use super::file::Writing;
use super::live::Live;
use super::tables::{Addition, Replaced};
use crate::store::{Later, StoreError};

/// Adds kept by one flush, at most …
const BATCH_ADDS_MAX: usize = 4096;
/// … and, but for the last one, their bytes.
const BATCH_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The way to the writer's thread. Dropping it waits for what is being written.
#[derive(Debug)]
pub(super) struct Writer {
    /// Not bounded by itself: a session adds one item at a time, and sessions are.
    waiting: Option<Sender<Job>>,
    awake: Arc<Awake>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Job {
    addition: Addition,
    answer: oneshot::Sender<Result<u64, StoreError>>,
}

impl Writer {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system gives us none.
    pub(super) fn start(kept: Arc<Kept>) -> io::Result<Self> {
        let (waiting, jobs) = channel();
        let awake = Arc::new(Awake::new());
        let stays = Arc::clone(&awake);
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || write(&kept, &jobs, &stays))?;
        Ok(Self { waiting: Some(waiting), awake, thread: Some(thread) })
    }

    /// Has an item added. Comes when it is on disk; dropped, the item may be kept or not.
    pub(super) fn add(&self, add: Add<'_>) -> Later<Result<u64, StoreError>> {
        let (answer, answered) = oneshot::channel();
        let job = Job { addition: add.into(), answer };
        self.awake.added();
        // A writer that is gone drops its side, which is an answer too.
        let _ = self.waiting.as_ref().map(|waiting| waiting.send(job));
        Box::pin(async move {
            let gone = || StoreError::Failed("its writer is gone: start the server again".to_owned());
            answered.await.unwrap_or_else(|_| Err(gone()))
        })
    }

    /// Whether its answers, and adds, are waited for awake.
    pub(super) fn awake(&self) -> &Arc<Awake> {
        &self.awake
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.waiting = None;
        if let Some(thread) = self.thread.take() {
            // It panicked, and said so.
            let _ = thread.join();
        }
    }
}

/// Writes until nobody can add any more.
fn write(kept: &Kept, jobs: &Receiver<Job>, awake: &Awake) {
    let (mut leavings, mut recent) = (Leavings::default(), String::new());
    while let Some((first, ahead)) = next(kept, jobs, awake, &recent) {
        let since = awake.now();
        recent.clone_from(&first.addition.list);
        let batch = gather(first, jobs);
        let begun = ahead.map_or_else(|| kept.file.begin(), Ok);
        let written = begun.and_then(|begun| keep(kept, begun, &batch, &mut leavings));
        awake.flushed(since);
        match written {
            Ok(numbers) => {
                for (job, number) in batch.into_iter().zip(numbers) {
                    // A session that is over hears nothing.
                    let _ = job.answer.send(Ok(number));
                }
            }
            Err(error) => {
                for job in batch {
                    let _ = job.answer.send(Err(error.clone()));
                }
            }
        }
    }
}

/// Waits for an add. While one is likely near, its transaction is begun, in a list that was added to lately.
fn next<'f>(
    kept: &'f Kept,
    jobs: &Receiver<Job>,
    awake: &Awake,
    recent: &str,
) -> Option<(Job, Option<Writing<'f>>)> {
    let mut begun = None;
    while awake.is_on() {
        match jobs.try_recv() {
            Ok(job) => return Some((job, begun.flatten())),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) if begun.is_none() => begun = Some(ahead(kept, recent)),
            // Whoever has something to do goes first.
            Err(TryRecvError::Empty) => std::thread::yield_now(),
        }
    }
    drop(begun);
    Some((jobs.recv().ok()?, None))
}

/// A transaction in which what an add to this list asks for was looked up: nobody waits for that then. What fails now fails
/// again for whoever adds, and is told then.
fn ahead<'f>(kept: &'f Kept, list: &str) -> Option<Writing<'f>> {
    let mut writing = kept.file.begin_at_once()?;
    writing.look_ahead(list).ok()?;
    Some(writing)
}

/// All that waits, up to the limits.
fn gather(first: Job, jobs: &Receiver<Job>) -> Vec<Job> {
    let mut bytes = first.addition.bytes();
    let mut batch = vec![first];
    while batch.len() < BATCH_ADDS_MAX && bytes < BATCH_BYTES_MAX {
        let Ok(job) = jobs.try_recv() else { break };
        bytes += job.addition.bytes();
        batch.push(job);
    }
    batch
}

/// Keeps a batch, and drops what was replaced by an earlier one and nobody reads any more.
fn keep(
    kept: &Kept,
    begun: Writing<'_>,
    batch: &[Job],
    leavings: &mut Leavings,
) -> Result<Vec<u64>, StoreError> {
    let unneeded = leavings.unneeded(&kept.live);
    let written = begun.write(|changes| {
        for Replaced { list, seq, .. } in &unneeded {
            changes.purge(list, *seq)?;
        }
        let (mut numbers, mut replaced) = (Vec::with_capacity(batch.len()), Vec::new());
        for job in batch {
            let (number, old) = changes.add(&job.addition)?;
            numbers.push(number);
            replaced.extend(old);
        }
        Ok((numbers, replaced))
    });
    match written {
        Ok((numbers, replaced)) => {
            leavings.fresh = replaced;
            Ok(numbers)
        }
        Err(error) => {
            // They are still there.
            leavings.fresh = unneeded;
            Err(error)
        }
    }
}

/// Items that were replaced and are still in the file.
#[derive(Debug, Default)]
struct Leavings {
    /// Not looked at yet. They were replaced by transactions that are over, so a reading that begins from now on does
    /// not need them.
    fresh: Vec<Replaced>,
    /// Needed by a reading when they were last looked at.
    needed: Vec<Replaced>,
    /// How many readings had ended then.
    ended: u64,
}

impl Leavings {
    /// Takes out those that no reading needs.
    fn unneeded(&mut self, live: &Live) -> Vec<Replaced> {
        let mut look = std::mem::take(&mut self.fresh);
        let ended = live.ended();
        if ended != self.ended {
            look.append(&mut self.needed);
            self.ended = ended;
        }
        let needs = |old: &Replaced| live.needs(&old.list, old.seq, old.until);
        let (needed, unneeded): (Vec<_>, Vec<_>) = look.into_iter().partition(needs);
        self.needed.extend(needed);
        unneeded
    }
}
