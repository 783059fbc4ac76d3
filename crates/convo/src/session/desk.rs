//! Buffers that the sessions of a thread share, since each needs them only while it has something to do: one that waits
//! with nothing unread owns none.

use std::cell::Cell;
use std::thread::LocalKey;

use crate::code::Scratch;
use crate::pattern::Matcher;

/// A buffer larger than this is given back to the allocator.
const INBOX_BYTES_MAX: usize = 64 * 1024;
const DESK_BYTES_MAX: usize = 1 << 20;

thread_local! {
    static DESK: Cell<Option<Box<Buffers>>> = const { Cell::new(None) };
    static INBOX: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// The buffers with which messages are read and filled. Nothing in them outlives a step.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    pub(super) scratch: Scratch,
    pub(super) matcher: Matcher,
}

/// Where a session works with them.
#[derive(Debug, Default)]
pub(super) struct Desk(Option<Box<Buffers>>);

impl Desk {
    /// This thread's buffers, until the desk is cleared.
    #[inline]
    pub(super) fn open(&mut self) -> &mut Buffers {
        self.0.get_or_insert_with(|| take(&DESK).unwrap_or_default())
    }

    #[inline]
    pub(super) fn clear(&mut self) {
        if let Some(buffers) = self.0.take() {
            give_back(buffers);
        }
    }
}

fn give_back(buffers: Box<Buffers>) {
    if buffers.scratch.capacity() + buffers.matcher.capacity() <= DESK_BYTES_MAX {
        give(&DESK, Some(buffers));
    }
}

/// An empty buffer for what the peer says.
pub(super) fn take_inbox() -> Vec<u8> {
    take(&INBOX)
}

/// Takes back a buffer in which nothing is unread.
pub(super) fn give_inbox(mut buffer: Vec<u8>) {
    if (1..=INBOX_BYTES_MAX).contains(&buffer.capacity()) {
        buffer.clear();
        give(&INBOX, buffer);
    }
}

/// While the thread ends there is nothing to take.
fn take<T: Default>(shared: &'static LocalKey<Cell<T>>) -> T {
    shared.try_with(Cell::take).unwrap_or_default()
}

fn give<T>(shared: &'static LocalKey<Cell<T>>, value: T) {
    // While the thread ends it is dropped instead.
    let _ = shared.try_with(|place| place.set(value));
}
