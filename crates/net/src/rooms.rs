//! Rooms: what is told in one, every other session in it hears, all in one order.
//!
//! ```text
//! tell ──▶ room: line line line line line        what not all have heard, once for all members; bounded:
//!            │    ▲              ▲               whoever does not read is put out, and nobody waits for it
//!            │ session        session
//!            └──▶ bytes ──▶ stream stream stream   listeners: their sessions would only pass the lines on, so the
//!                                                  engine writes all of a turn's, once for each, at its end
//! ```
//!
//! Where several servers share their rooms, what is told goes out to all of them, and is delivered when it comes back.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use convo::{Join, Tell};
use slab::Slab;

use crate::StoreError;
use crate::nats::Hall;
use crate::store::{Soon, Store};
pub(crate) use room::{KEPT_BYTES_MAX, Mailbox, Overrun};
use room::{Line, Mail, Member, Place, Room, keep_waker, lock};

mod room;
#[cfg(test)]
mod tests;

/// Rooms that nobody is in and that keep lines, at most. Clients may name rooms: the one left first is forgotten.
pub(crate) const EMPTY_ROOMS_MAX: usize = 256;

/// All rooms of one served convo, by name. A room is there while somebody is in it or it keeps lines.
#[derive(Debug, Default)]
pub(crate) struct Rooms {
    places: Mutex<Places>,
    /// Something waits to be passed on.
    fresh: AtomicBool,
    /// Where they are shared with other servers.
    hall: Option<Hall>,
}

#[derive(Debug, Default)]
struct Places {
    rooms: Slab<Room>,
    /// Where they stand, by name.
    keys: HashMap<Arc<str>, usize>,
    /// Rooms that nobody is in, in the order in which they were left.
    empty: VecDeque<usize>,
    /// Lines told in all rooms so far: the number of the next.
    told: u64,
    /// Rooms in which something waits for listeners.
    fresh: Vec<usize>,
    /// Calls the engine, which has it written.
    engine: Option<Waker>,
}

/// How a session listens that would only pass lines on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listens {
    /// Its place in the engine.
    pub(crate) place: usize,
    /// The longest line that it passes on, bytes.
    pub(crate) line_bytes_max: usize,
}

/// What became of bytes that were to be written to a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passed {
    /// They have left.
    All,
    /// They are its session's now, which goes on.
    On,
    /// Its session is busy: it hears the lines when it is not.
    Not,
}

/// A line told in a room.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told<'a> {
    pub(crate) room: &'a str,
    pub(crate) line: &'a [u8],
    /// Lines that the room keeps.
    pub(crate) keep: usize,
    /// Which session told it, if it is one of ours.
    pub(crate) session: Option<u64>,
}

impl Rooms {
    /// The rooms of a convo of this name, shared with other servers where the store is.
    pub(crate) fn of(convo: &Arc<str>, store: &Store) -> Self {
        let hall = store.line().map(|line| Hall::new(Arc::clone(line), Arc::clone(convo)));
        Self { places: Mutex::default(), fresh: AtomicBool::new(false), hall }
    }

    /// Lets a session enter a room. What the room kept comes first into its mailbox.
    pub(crate) fn join(
        self: &Arc<Self>,
        join: Join<'_>,
        session: u64,
        mailbox: &Arc<Mailbox>,
    ) -> Soon<Result<(), StoreError>> {
        let member = Member { session, name: join.name.to_owned(), mailbox: Arc::clone(mailbox) };
        let heard = self.hall.as_ref().map_or(Ok(None), |hall| hall.listen(join.keep, self));
        match heard {
            Err(error) => Soon::Now(Err(error)),
            Ok(None) => {
                self.enter(join.room, member);
                Soon::Now(Ok(()))
            }
            Ok(Some(heard)) => {
                let (rooms, room) = (Arc::clone(self), join.room.to_owned());
                Soon::Later(Box::pin(async move {
                    heard.await?;
                    rooms.enter(&room, member);
                    Ok(())
                }))
            }
        }
    }

    fn enter(&self, name: &str, member: Member) {
        if let Some(hall) = &self.hall {
            hall.enter(name, member.session, &member.name);
        }
        let mut places = lock(&self.places);
        let room = places.room(name);
        let mut mail = lock(&member.mailbox.mail);
        // The teller does not hear itself, also not when it comes after it told.
        let others = room.kept.iter().filter(|(teller, _)| *teller != Some(member.session));
        mail.kept.extend(others.map(|(_, line)| (room.key, Arc::clone(line))));
        mail.places.push(Place { room: room.key, next: room.end(), waits: false });
        drop(mail);
        room.members.push(member);
    }

    /// Lets a session leave a room. A room that is empty and keeps nothing is gone.
    pub(crate) fn leave(&self, room: &str, session: u64) {
        if let Some(hall) = &self.hall {
            hall.leave(room, session);
        }
        let mut places = lock(&self.places);
        let Some(key) = places.keys.get(room).copied() else { return };
        let room = &mut places.rooms[key];
        if let Some(index) = room.members.iter().position(|member| member.session == session) {
            let member = room.members.remove(index);
            room.put_out(&member.mailbox);
        }
        places.tidy(key);
    }

    /// Tells a line to all in the room but the session that tells it.
    pub(crate) fn tell(&self, tell: Tell<'_>, session: u64) -> Soon<Result<(), StoreError>> {
        let Tell { room, line, keep } = tell;
        match &self.hall {
            Some(hall) => Soon::Later(hall.tell(tell, session)),
            None => {
                self.deliver(Told { room, line, keep, session: Some(session) });
                Soon::Now(Ok(()))
            }
        }
    }

    /// From now on `engine` is called when something is to be passed on by [`Rooms::pass_on`]. Without it nothing is.
    pub(crate) fn served_by(&self, engine: Waker) {
        lock(&self.places).engine = Some(engine);
    }

    /// Whether [`Rooms::pass_on`] has anything to do.
    pub(crate) fn is_fresh(&self) -> bool {
        self.fresh.load(Ordering::Acquire)
    }

    /// Has what was told lately written to those who listen: `write` takes a session's place in the engine and bytes.
    pub(crate) fn pass_on(&self, mut write: impl FnMut(usize, &[u8]) -> Passed) {
        let mut places = lock(&self.places);
        self.fresh.store(false, Ordering::Release);
        while let Some(key) = places.fresh.pop() {
            if let Some(room) = places.rooms.get_mut(key) {
                room.pass_on(&mut write);
            }
        }
    }

    /// Gives a line to all members that are here, but the session that told it.
    pub(crate) fn deliver(&self, told: Told<'_>) {
        let mut places = lock(&self.places);
        if told.keep == 0 && !places.keys.contains_key(told.room) {
            return;
        }
        let number = places.told;
        places.told += 1;
        let room = places.room(told.room);
        let text: Arc<[u8]> = told.line.into();
        if told.keep > 0 {
            room.keep(told.keep, told.session, &text);
        }
        let waits = room.tell(Line { number, teller: told.session, text, unheard_by: room.members.len() });
        let key = room.key;
        if waits {
            places.fresh.push(key);
            self.fresh.store(true, Ordering::Release);
            if let Some(engine) = &places.engine {
                engine.wake_by_ref();
            }
        }
        places.tidy(key);
    }

    /// Lets a session hear all that was told in its rooms, in the order in which it was; comes when there is something.
    /// Where there is nothing and it `listens`, lines may be passed on for it until it polls again.
    /// An error says that it fell too far behind.
    pub(crate) fn poll_heard(
        &self,
        mailbox: &Arc<Mailbox>,
        session: u64,
        listens: Option<Listens>,
        cx: &mut Context<'_>,
        mut hear: impl FnMut(&str, &[u8]),
    ) -> Poll<Result<(), Overrun>> {
        let mut places = lock(&self.places);
        let mut mail = lock(&mailbox.mail);
        if mail.overrun {
            return Poll::Ready(Err(Overrun));
        }
        mail.stalls = false;
        if let Some(room) = mail.listens_in() {
            let room = &mut places.rooms[room];
            if listens.is_some() && !room.has_for(&mail) {
                keep_waker(&mut mail.reader, cx);
                return Poll::Pending;
            }
            room.stop_listening(&mut mail);
        }
        let mut heard = !mail.kept.is_empty();
        for (room, line) in mail.kept.drain(..) {
            hear(&places.rooms[room].name, &line);
        }
        let Mail { places: own, reader, .. } = &mut *mail;
        if let [place] = own.as_mut_slice() {
            heard |= places.rooms[place.room].hear_all(place, session, &mut hear);
        } else {
            while let Some((room, place)) = places.earliest(own) {
                heard |= room.hear(place, session, &mut hear);
            }
        }
        if heard {
            return Poll::Ready(Ok(()));
        }
        keep_waker(reader, cx);
        if let ([place], Some(listens), true) = (own.as_mut_slice(), listens, places.engine.is_some()) {
            let room = place.room;
            places.rooms[room].listen(&mut mail, mailbox, listens);
            return Poll::Pending;
        }
        for place in own.iter_mut().filter(|place| !place.waits) {
            places.rooms[place.room].waiting.push(Arc::clone(mailbox));
            place.waits = true;
        }
        Poll::Pending
    }

    /// The names of those in a room, in the order in which they came.
    pub(crate) fn members(&self, room: &str) -> Soon<Result<Vec<String>, StoreError>> {
        let here: Vec<(u64, String)> = {
            let places = lock(&self.places);
            let room = places.keys.get(room).map(|key| &places.rooms[*key]);
            let members = room.map(|room| room.members.iter());
            members.into_iter().flatten().map(|member| (member.session, member.name.clone())).collect()
        };
        match &self.hall {
            Some(hall) => Soon::Later(hall.members(room, here)),
            None => Soon::Now(Ok(here.into_iter().map(|(_, name)| name).collect())),
        }
    }
}

impl Places {
    /// A room, made if it is not there.
    fn room(&mut self, name: &str) -> &mut Room {
        let Some(key) = self.keys.get(name).copied() else {
            let entry = self.rooms.vacant_entry();
            let (key, name) = (entry.key(), Arc::from(name));
            self.keys.insert(Arc::clone(&name), key);
            return entry.insert(Room::new(key, name));
        };
        let room = &mut self.rooms[key];
        if room.members.is_empty() {
            self.empty.retain(|empty| *empty != key);
        }
        room
    }

    /// Forgets a room that nobody needs; where only its lines may be needed, perhaps another one.
    fn tidy(&mut self, key: usize) {
        let room = &self.rooms[key];
        if !room.members.is_empty() || self.empty.contains(&key) {
            return;
        }
        if room.kept.is_empty() {
            self.forget(key);
            return;
        }
        self.empty.push_back(key);
        if self.empty.len() > EMPTY_ROOMS_MAX
            && let Some(first) = self.empty.pop_front()
        {
            self.forget(first);
        }
    }

    fn forget(&mut self, key: usize) {
        let room = self.rooms.remove(key);
        self.keys.remove(&room.name);
    }

    /// The room in which a session is heard next, of several; none when it has heard all.
    fn earliest<'p>(&mut self, own: &'p mut [Place]) -> Option<(&mut Room, &'p mut Place)> {
        let next = |place: &Place| self.rooms[place.room].number(place);
        let (_, place) =
            own.iter_mut().filter_map(|place| Some((next(place)?, place))).min_by_key(|(n, _)| *n)?;
        Some((&mut self.rooms[place.room], place))
    }
}
