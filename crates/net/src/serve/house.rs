//! All sessions of a server, wherever they came in, and what wakes them.

use std::os::fd::AsRawFd;

use mio::event::Event;
use mio::unix::SourceFd;
use mio::{Registry, Token};
use slab::Slab;
use tokio::time::Instant;

use super::bells::{Bells, Whom};
use super::guest::{Guest, Left};
use super::timers::Timers;
use crate::End;
use crate::rooms::{Passed, Rooms};

/// The sessions of a server.
pub(super) struct House {
    pub(super) registry: Registry,
    pub(super) bells: Bells,
    pub(super) timers: Timers,
    guests: Slab<Box<Guest>>,
}

/// A session that is over: the listener at which it came in, and what it left.
pub(super) type Gone = (usize, Left);

impl House {
    pub(super) fn new(registry: Registry, bells: Bells) -> Self {
        Self { registry, bells, timers: Timers::default(), guests: Slab::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.guests.is_empty()
    }

    /// Lets a session begin, and gives it a place if it is not over at once: many are, and need none.
    pub(super) fn enter(&mut self, mut guest: Guest) -> Result<usize, Gone> {
        if let Some(end) = guest.go_on() {
            return Err((guest.door, guest.leave(end)));
        }
        let entry = self.guests.vacant_entry();
        let place = entry.key();
        guest.take_place(place);
        let guest = entry.insert(Box::new(guest));
        if let Err(error) = guest.watch(&self.registry, Token(place)) {
            return Err(self.leave(place, End::Unwatched(error)));
        }
        Self::stay(guest, place, &self.bells, &mut self.timers);
        Ok(place)
    }

    /// Lets a session go on; what it left, if it is over now.
    pub(super) fn go_on(&mut self, place: usize) -> Option<Gone> {
        self.go_on_with(place, |_| {})
    }

    /// As [`House::go_on`], once it has been told something.
    pub(super) fn go_on_with(&mut self, place: usize, tell: impl FnOnce(&mut Guest)) -> Option<Gone> {
        let guest = self.guests.get_mut(place)?;
        tell(guest);
        if let Some(end) = guest.go_on() {
            return Some(self.leave(place, end));
        }
        Self::stay(guest, place, &self.bells, &mut self.timers);
        None
    }

    /// A session that went on is not over: it has all that it waits for wake it.
    fn stay(guest: &mut Guest, place: usize, bells: &Bells, timers: &mut Timers) {
        if guest.needs_bell() {
            let bell = bells.waker(Whom::Guest(place), guest.number());
            // What it waits for has been told of no bell yet: the next turn does that.
            bell.wake_by_ref();
            guest.take_bell(bell);
        }
        let due = guest.due();
        timers.set(Whom::Guest(place), &mut guest.timer, due);
    }

    /// Something was seen of the stream of the session at a place.
    pub(super) fn see(&mut self, place: usize, event: &Event) -> Option<Gone> {
        self.go_on_with(place, |guest| guest.see(event))
    }

    /// Writes what was told in rooms to those who listen there; calls `left` for each session that is over by that.
    pub(super) fn pass_on(&mut self, rooms: &Rooms, mut left: impl FnMut(&mut Self, Gone)) {
        let mut on = Vec::new();
        rooms.pass_on(|place, bytes| {
            let passed = self.guests.get_mut(place).map_or(Passed::Not, |guest| guest.pass_on(bytes));
            if passed == Passed::On {
                on.push(place);
            }
            passed
        });
        for place in on {
            if let Some(gone) = self.go_on(place) {
                left(self, gone);
            }
        }
    }

    /// A session's bell rang.
    pub(super) fn rung(&mut self, place: usize, number: u64) -> Option<Gone> {
        self.guests.get(place).filter(|guest| guest.number() == number)?;
        self.go_on(place)
    }

    /// A session's timer rang.
    pub(super) fn timed(&mut self, place: usize, now: Instant) -> Option<Gone> {
        let guest = self.guests.get_mut(place)?;
        guest.timer = None;
        if guest.due().is_some_and(|due| due <= now) {
            return self.go_on_with(place, Guest::ring);
        }
        Self::stay(guest, place, &self.bells, &mut self.timers);
        None
    }

    /// Ends the session at a place.
    pub(super) fn leave(&mut self, place: usize, end: End) -> Gone {
        let mut guest = self.guests.remove(place);
        self.timers.forget(Whom::Guest(place), guest.timer);
        let (door, watched) = (guest.door, guest.watched);
        let left = guest.leave(end);
        if watched && let Left::Stream(socket) = &left {
            // It stays open for a while, and is not to be taken for whoever has its place next.
            let _ = self.registry.deregister(&mut SourceFd(&socket.as_raw_fd()));
        }
        (door, left)
    }
}
