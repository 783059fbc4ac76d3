//! Rooms: what is told in one, every other session in it hears, all in one order.
//!
//! ```text
//! tell ──▶ room ──┬──▶ mailbox ──▶ session       a mailbox is bounded: whoever does not read is put out
//!                 └──▶ mailbox ──▶ session       and nobody waits for it
//! ```
//!
//! Where several servers share their rooms, what is told goes out to all of them, and is delivered when it comes back.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use convo::{Join, Tell};

use crate::StoreError;
use crate::nats::Hall;
use crate::store::{Soon, Store};

#[cfg(test)]
mod tests;

/// Lines that wait in a mailbox, at most …
const MAIL_LINES_MAX: usize = 16 * 1024;
/// … and their bytes.
const MAIL_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of the lines that a room keeps, at most: whoever enters has room for all of them.
const KEPT_BYTES_MAX: usize = MAIL_BYTES_MAX / 4;
/// Rooms that nobody is in and that keep lines, at most. Clients may name rooms: the one left first is forgotten.
const EMPTY_ROOMS_MAX: usize = 256;

/// All rooms of one served convo, by name. A room is there while somebody is in it or it keeps lines.
#[derive(Debug, Default)]
pub(crate) struct Rooms {
    places: Mutex<Places>,
    /// Where they are shared with other servers.
    hall: Option<Hall>,
}

#[derive(Debug, Default)]
struct Places {
    rooms: HashMap<Arc<str>, Room>,
    /// Rooms that nobody is in, in the order in which they were left.
    empty: VecDeque<Arc<str>>,
}

#[derive(Debug, Default)]
struct Room {
    members: Vec<Member>,
    /// The last lines told, for those who come later, and which session told them, if it is one of ours.
    kept: VecDeque<(Option<u64>, Arc<[u8]>)>,
    kept_bytes: usize,
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

#[derive(Debug)]
struct Member {
    session: u64,
    name: String,
    mailbox: Arc<Mailbox>,
}

/// What a session has heard in its rooms and not handled.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    mail: Mutex<Mail>,
}

#[derive(Debug, Default)]
struct Mail {
    lines: VecDeque<Heard>,
    bytes: usize,
    /// It was full once: lines are missing, and its session cannot go on.
    overrun: bool,
    reader: Option<Waker>,
}

/// A line, and the room in which it was told.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) room: Arc<str>,
    pub(crate) line: Arc<[u8]>,
}

impl Rooms {
    /// The rooms of a convo of this name, shared with other servers where the store is.
    pub(crate) fn of(convo: &Arc<str>, store: &Store) -> Self {
        let hall = store.line().map(|line| Hall::new(Arc::clone(line), Arc::clone(convo)));
        Self { places: Mutex::default(), hall }
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
        let (name, room) = places.room(name);
        // The teller does not hear itself, also not when it comes after it told.
        for (_, line) in room.kept.iter().filter(|(teller, _)| *teller != Some(member.session)) {
            member.mailbox.put(Heard { room: Arc::clone(&name), line: Arc::clone(line) });
        }
        room.members.push(member);
    }

    /// Lets a session leave a room. A room that is empty and keeps nothing is gone.
    pub(crate) fn leave(&self, room: &str, session: u64) {
        if let Some(hall) = &self.hall {
            hall.leave(room, session);
        }
        let mut places = lock(&self.places);
        let Some(place) = places.rooms.get_mut(room) else { return };
        place.members.retain(|member| member.session != session);
        places.tidy(room);
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

    /// Gives a line to all members that are here, but the session that told it.
    pub(crate) fn deliver(&self, told: Told<'_>) {
        let mut places = lock(&self.places);
        if told.keep == 0 && !places.rooms.contains_key(told.room) {
            return;
        }
        let (name, room) = places.room(told.room);
        let line: Arc<[u8]> = told.line.into();
        if told.keep > 0 {
            room.keep(told.keep, told.session, &line);
        }
        let heard = Heard { room: name, line };
        room.members
            .retain(|member| told.session == Some(member.session) || member.mailbox.put(heard.clone()));
        places.tidy(told.room);
    }

    /// The names of those in a room, in the order in which they came.
    pub(crate) fn members(&self, room: &str) -> Soon<Result<Vec<String>, StoreError>> {
        let here: Vec<(u64, String)> = {
            let places = lock(&self.places);
            let members = places.rooms.get(room).map(|room| room.members.iter());
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
    fn room(&mut self, name: &str) -> (Arc<str>, &mut Room) {
        let name: Arc<str> = match self.rooms.get_key_value(name) {
            Some((name, _)) => Arc::clone(name),
            None => name.into(),
        };
        let room = self.rooms.entry(Arc::clone(&name)).or_default();
        if room.members.is_empty() {
            self.empty.retain(|empty| *empty != name);
        }
        (name, room)
    }

    /// Forgets a room that nobody needs; where only its lines may be needed, perhaps another one.
    fn tidy(&mut self, name: &str) {
        let Some((name, room)) = self.rooms.get_key_value(name) else { return };
        if !room.members.is_empty() || self.empty.contains(name) {
            return;
        }
        let name = Arc::clone(name);
        if room.kept.is_empty() {
            self.rooms.remove(&name);
            return;
        }
        self.empty.push_back(name);
        if self.empty.len() > EMPTY_ROOMS_MAX
            && let Some(first) = self.empty.pop_front()
        {
            self.rooms.remove(&first);
        }
    }
}

impl Room {
    /// Keeps a line, and of all lines the last ones only.
    fn keep(&mut self, lines_max: usize, teller: Option<u64>, line: &Arc<[u8]>) {
        self.kept.push_back((teller, Arc::clone(line)));
        self.kept_bytes += line.len();
        while self.kept.len() > lines_max || self.kept_bytes > KEPT_BYTES_MAX {
            let Some((_, first)) = self.kept.pop_front() else { break };
            self.kept_bytes -= first.len();
        }
    }
}

impl Mailbox {
    /// Puts a line into the mailbox; whether there was room for it.
    fn put(&self, heard: Heard) -> bool {
        let mut mail = lock(&self.mail);
        mail.bytes += heard.line.len();
        mail.overrun |= mail.bytes > MAIL_BYTES_MAX || mail.lines.len() >= MAIL_LINES_MAX;
        if mail.overrun {
            mail.lines = VecDeque::new();
        } else {
            mail.lines.push_back(heard);
        }
        if let Some(reader) = mail.reader.take() {
            reader.wake();
        }
        !mail.overrun
    }

    /// Takes all lines out; comes when there are some. An error says that the mailbox was overrun.
    pub(crate) fn poll_take(&self, cx: &mut Context<'_>) -> Poll<Result<VecDeque<Heard>, ()>> {
        let mut mail = lock(&self.mail);
        if mail.overrun {
            return Poll::Ready(Err(()));
        }
        if mail.lines.is_empty() {
            keep_waker(&mut mail.reader, cx);
            return Poll::Pending;
        }
        mail.bytes = 0;
        Poll::Ready(Ok(std::mem::take(&mut mail.lines)))
    }

    /// Comes when the mailbox is overrun.
    pub(crate) fn poll_overrun(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut mail = lock(&self.mail);
        if mail.overrun {
            return Poll::Ready(());
        }
        keep_waker(&mut mail.reader, cx);
        Poll::Pending
    }
}

fn keep_waker(reader: &mut Option<Waker>, cx: &Context<'_>) {
    match reader {
        Some(waker) if waker.will_wake(cx.waker()) => {}
        reader => *reader = Some(cx.waker().clone()),
    }
}

/// A task that panicked leaves these maps whole: nothing below panics half-way.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
