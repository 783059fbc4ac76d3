//! Rooms: what is told in one, every other session in it hears, all in one order.
//!
//! ```text
//! tell ──▶ room ──┬──▶ mailbox ──▶ session       a mailbox is bounded: whoever does not read is put out
//!                 └──▶ mailbox ──▶ session       and nobody waits for it
//! ```

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use convo::{Join, Tell};

#[cfg(test)]
mod tests;

/// Lines that wait in a mailbox, at most …
const MAIL_LINES_MAX: usize = 16 * 1024;
/// … and their bytes.
const MAIL_BYTES_MAX: usize = 1024 * 1024;

/// All rooms of one served convo, by name. A room is there while somebody is in it or it keeps lines.
#[derive(Debug, Default)]
pub(crate) struct Rooms {
    rooms: Mutex<HashMap<Arc<str>, Room>>,
}

#[derive(Debug, Default)]
struct Room {
    members: Vec<Member>,
    /// The last lines told, for those who come later.
    kept: VecDeque<Arc<[u8]>>,
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
    /// Lets a session enter a room. What the room kept comes first into its mailbox.
    pub(crate) fn join(&self, join: Join<'_>, session: u64, mailbox: &Arc<Mailbox>) {
        let mut rooms = lock(&self.rooms);
        let name: Arc<str> = match rooms.get_key_value(join.room) {
            Some((name, _)) => Arc::clone(name),
            None => join.room.into(),
        };
        let room = rooms.entry(Arc::clone(&name)).or_default();
        for line in &room.kept {
            mailbox.put(Heard { room: Arc::clone(&name), line: Arc::clone(line) });
        }
        let member = Member { session, name: join.name.to_owned(), mailbox: Arc::clone(mailbox) };
        room.members.push(member);
    }

    /// Lets a session leave a room. A room that is empty and keeps nothing is gone.
    pub(crate) fn leave(&self, room: &str, session: u64) {
        let mut rooms = lock(&self.rooms);
        let Some(place) = rooms.get_mut(room) else { return };
        place.members.retain(|member| member.session != session);
        if place.members.is_empty() && place.kept.is_empty() {
            rooms.remove(room);
        }
    }

    /// Tells a line to all in the room but the session that tells it.
    pub(crate) fn tell(&self, tell: Tell<'_>, session: u64) {
        let mut rooms = lock(&self.rooms);
        if tell.keep == 0 && !rooms.contains_key(tell.room) {
            return;
        }
        let name: Arc<str> = match rooms.get_key_value(tell.room) {
            Some((name, _)) => Arc::clone(name),
            None => tell.room.into(),
        };
        let room = rooms.entry(Arc::clone(&name)).or_default();
        let line: Arc<[u8]> = tell.line.into();
        if tell.keep > 0 {
            room.kept.push_back(Arc::clone(&line));
            while room.kept.len() > tell.keep {
                room.kept.pop_front();
            }
        }
        let heard = Heard { room: name, line };
        room.members.retain(|member| member.session == session || member.mailbox.put(heard.clone()));
    }

    /// The names of those in a room, in the order in which they came.
    pub(crate) fn members(&self, room: &str) -> Vec<String> {
        let rooms = lock(&self.rooms);
        let members = rooms.get(room).map(|room| room.members.iter());
        members.into_iter().flatten().map(|member| member.name.clone()).collect()
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
