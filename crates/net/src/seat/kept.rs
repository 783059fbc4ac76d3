//! What a store and the rooms answer, and how they are asked.

use std::sync::Arc;

use convo::{Item, Look};

use crate::rooms::Rooms;
use crate::store::{Page, Reading, Soon, Store, StoreError};

/// What a store, or the rooms, answer.
pub(super) enum Kept {
    Added(Result<u64, StoreError>),
    /// Of the reading with this number.
    Page(usize, Result<Page, StoreError>),
    Item(Result<Option<Arc<Item>>, StoreError>),
    Count(Result<u64, StoreError>),
    Members(Result<Vec<String>, StoreError>),
    /// A line was told in a room.
    Told(Result<(), StoreError>),
    /// The rooms did what they were to do.
    Done(Result<(), StoreError>),
}

/// Looks for a session, which reads each list by a number of its own; `readings` are under way.
pub(super) fn see(
    store: &Store,
    rooms: &Rooms,
    readings: &mut Vec<Option<Reading>>,
    look: Look<'_>,
) -> Soon<Kept> {
    match look {
        Look::Begin { list, reading, from } => {
            if readings.len() <= reading {
                readings.resize_with(reading + 1, || None);
            }
            // An earlier reading of this number was left by `break`.
            readings[reading] = None;
            store.begin(list, from).map(move |page| Kept::Page(reading, page))
        }
        Look::More { reading } => match readings.get_mut(reading).and_then(Option::take) {
            Some(rest) => rest.page().map(move |page| Kept::Page(reading, page)),
            None => Soon::Now(Kept::Page(reading, Ok(Page { items: Vec::new(), rest: None }))),
        },
        Look::Key { list, key } => store.at(list, key).map(Kept::Item),
        Look::Count { list } => store.count(list).map(Kept::Count),
        Look::Members { room } => rooms.members(room).map(Kept::Members),
    }
}
