//! Rooms: what is told in one, every other session in it hears, all in one order.
//!
//! ```text
//! tell ──▶ room: line line line line line        what not all have heard, once for all members; bounded:
//!                 ▲              ▲               whoever does not read is put out, and nobody waits for it
//!              session        session
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

/// Lines of a room that not all members have heard, at most …
const UNHEARD_LINES_MAX: usize = 16 * 1024;
/// … and their bytes. Whoever is further behind, because its peer does not read, is put out.
const UNHEARD_BYTES_MAX: usize = 1024 * 1024;
/// A session that had no turn yet, for so many others told something in theirs, may be behind by so many times as much.
const TURNLESS_TIMES: usize = 16;
/// Bytes of the lines that a room keeps, at most: whoever enters has room for all of them.
pub(crate) const KEPT_BYTES_MAX: usize = UNHEARD_BYTES_MAX / 4;
/// Rooms that nobody is in and that keep lines, at most. Clients may name rooms: the one left first is forgotten.
pub(crate) const EMPTY_ROOMS_MAX: usize = 256;

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
    /// Lines told in all rooms so far: the number of the next.
    told: u64,
}

#[derive(Debug, Default)]
struct Room {
    members: Vec<Member>,
    /// What some member has not heard yet. One copy for all of them: each has its own place in it.
    unheard: VecDeque<Line>,
    unheard_bytes: usize,
    /// How many lines were in `unheard` and are no more.
    heard: u64,
    /// Members that wait for the next line.
    waiting: Vec<Arc<Mailbox>>,
    /// The last lines told, for those who come later, and which session told them, if it is one of ours.
    kept: VecDeque<(Option<u64>, Arc<[u8]>)>,
    kept_bytes: usize,
}

/// A line that not all have heard.
#[derive(Debug)]
struct Line {
    /// Its place among the lines of all rooms.
    number: u64,
    /// Which session told it, if it is one of ours.
    teller: Option<u64>,
    text: Arc<[u8]>,
    /// Members whose place is before it.
    unheard_by: usize,
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

/// A session fell so far behind that lines are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overrun;

/// Where a session is in what is told in its rooms.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    mail: Mutex<Mail>,
}

#[derive(Debug, Default)]
struct Mail {
    /// What rooms had kept when the session came.
    kept: Vec<(Arc<str>, Arc<[u8]>)>,
    places: Vec<Place>,
    /// It fell too far behind: lines are missing, and its session cannot go on.
    overrun: bool,
    /// Its session waits for its peer to take what it said, since it last heard something.
    stalls: bool,
    reader: Option<Waker>,
}

/// A session's place in one room.
#[derive(Debug)]
struct Place {
    room: Arc<str>,
    /// The line that is heard next, counted as [`Room::heard`] counts.
    next: u64,
    /// The room wakes it.
    waits: bool,
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
        let mut mail = lock(&member.mailbox.mail);
        // The teller does not hear itself, also not when it comes after it told.
        let others = room.kept.iter().filter(|(teller, _)| *teller != Some(member.session));
        mail.kept.extend(others.map(|(_, line)| (Arc::clone(&name), Arc::clone(line))));
        mail.places.push(Place { room: name, next: room.end(), waits: false });
        drop(mail);
        room.members.push(member);
    }

    /// Lets a session leave a room. A room that is empty and keeps nothing is gone.
    pub(crate) fn leave(&self, room: &str, session: u64) {
        if let Some(hall) = &self.hall {
            hall.leave(room, session);
        }
        let mut places = lock(&self.places);
        let Some(place) = places.rooms.get_mut(room) else { return };
        if let Some(index) = place.members.iter().position(|member| member.session == session) {
            let member = place.members.remove(index);
            place.put_out(room, &member.mailbox);
        }
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
        let number = places.told;
        places.told += 1;
        let (name, room) = places.room(told.room);
        let text: Arc<[u8]> = told.line.into();
        if told.keep > 0 {
            room.keep(told.keep, told.session, &text);
        }
        room.tell(&name, Line { number, teller: told.session, text, unheard_by: room.members.len() });
        places.tidy(&name);
    }

    /// Lets a session hear all that was told in its rooms, in the order in which it was; comes when there is something.
    /// An error says that it fell too far behind.
    pub(crate) fn poll_heard(
        &self,
        mailbox: &Arc<Mailbox>,
        session: u64,
        cx: &mut Context<'_>,
        mut hear: impl FnMut(&str, &[u8]),
    ) -> Poll<Result<(), Overrun>> {
        let mut places = lock(&self.places);
        let mut mail = lock(&mailbox.mail);
        if mail.overrun {
            return Poll::Ready(Err(Overrun));
        }
        mail.stalls = false;
        let mut heard = !mail.kept.is_empty();
        mail.kept.drain(..).for_each(|(room, line)| hear(&room, &line));
        let Mail { places: own, reader, .. } = &mut *mail;
        if let [place] = own.as_mut_slice() {
            let Some(room) = places.rooms.get_mut(&place.room) else { return Poll::Pending };
            while room.hear(place, session, &mut hear) {
                heard = true;
            }
        } else {
            while let Some((room, place)) = places.earliest(own) {
                heard |= room.hear(place, session, &mut hear);
            }
        }
        if heard {
            return Poll::Ready(Ok(()));
        }
        keep_waker(reader, cx);
        for place in own.iter_mut().filter(|place| !place.waits) {
            if let Some(room) = places.rooms.get_mut(&place.room) {
                room.waiting.push(Arc::clone(mailbox));
                place.waits = true;
            }
        }
        Poll::Pending
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

    /// The room in which a session is heard next, of several; none when it has heard all.
    fn earliest<'p>(&mut self, own: &'p mut [Place]) -> Option<(&mut Room, &'p mut Place)> {
        let next = |place: &Place| self.rooms.get(&place.room).and_then(|room| room.number(place));
        let (_, place) =
            own.iter_mut().filter_map(|place| Some((next(place)?, place))).min_by_key(|(n, _)| *n)?;
        Some((self.rooms.get_mut(&place.room)?, place))
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

    /// Where the next line goes.
    fn end(&self) -> u64 {
        self.heard + self.unheard.len() as u64
    }

    fn index(&self, next: u64) -> usize {
        usize::try_from(next - self.heard).unwrap_or(usize::MAX)
    }

    /// The number of the line that is heard next at `place`.
    fn number(&self, place: &Place) -> Option<u64> {
        self.unheard.get(self.index(place.next)).map(|line| line.number)
    }

    /// Lets a session hear the line at its place, unless it told it; whether there was a line.
    fn hear(&mut self, place: &mut Place, session: u64, hear: &mut impl FnMut(&str, &[u8])) -> bool {
        let index = self.index(place.next);
        let Some(line) = self.unheard.get_mut(index) else { return false };
        if line.teller != Some(session) {
            hear(&place.room, &line.text);
        }
        place.next += 1;
        line.unheard_by -= 1;
        if line.unheard_by == 0 {
            self.forget();
        }
        true
    }

    /// Forgets what all have heard.
    fn forget(&mut self) {
        let all_heard = self.unheard.iter().take_while(|line| line.unheard_by == 0).count();
        for line in self.unheard.drain(..all_heard) {
            self.unheard_bytes -= line.text.len();
            self.heard += 1;
        }
    }

    /// Tells a line to whoever is here. Those who have not heard the first of too many lines are put out.
    fn tell(&mut self, name: &Arc<str>, mut line: Line) {
        let end = self.end();
        let teller = self.members.iter().find(|member| Some(member.session) == line.teller);
        let teller = teller.map(|member| Arc::clone(&member.mailbox));
        if let Some(teller) = &teller
            && let Some(place) = lock(&teller.mail).places.iter_mut().find(|place| place.room == *name)
            && place.next == end
        {
            // It has heard all that others told: its own line is not in its way.
            line.unheard_by -= 1;
            place.next += u64::from(line.unheard_by > 0);
        }
        if line.unheard_by == 0 {
            return;
        }
        self.unheard_bytes += line.text.len();
        self.unheard.push_back(line);
        while self.is_over(1) && self.put_out_last(name, |mail| mail.stalls) {}
        while self.is_over(TURNLESS_TIMES) && self.put_out_last(name, |_| true) {}
        self.waiting.retain(|mailbox| {
            if teller.as_ref().is_some_and(|teller| Arc::ptr_eq(teller, mailbox)) {
                return true;
            }
            let mut mail = lock(&mailbox.mail);
            mail.places.iter_mut().filter(|place| place.room == *name).for_each(|place| place.waits = false);
            if let Some(reader) = mail.reader.take() {
                reader.wake();
            }
            false
        });
    }

    /// Whether so many times as much as may be is unheard.
    fn is_over(&self, times: usize) -> bool {
        self.unheard.len() > UNHEARD_LINES_MAX * times || self.unheard_bytes > UNHEARD_BYTES_MAX * times
    }

    /// Puts those out that are the furthest behind, if they are to go; whether anybody was.
    fn put_out_last(&mut self, name: &Arc<str>, goes: impl Fn(&Mail) -> bool) -> bool {
        let first = self.heard;
        let is_last = |member: &mut Member| {
            let mut mail = lock(&member.mailbox.mail);
            let is_last = mail.places.iter().any(|place| place.room == *name && place.next == first);
            let is_to_go = is_last && goes(&mail);
            mail.overrun |= is_to_go;
            if mail.overrun
                && let Some(reader) = mail.reader.take()
            {
                reader.wake();
            }
            mail.overrun
        };
        let last: Vec<Member> = self.members.extract_if(.., is_last).collect();
        last.iter().for_each(|member| self.put_out(name, &member.mailbox));
        !last.is_empty()
    }

    /// A session that was a member hears no more here.
    fn put_out(&mut self, name: &str, mailbox: &Arc<Mailbox>) {
        self.waiting.retain(|waiting| !Arc::ptr_eq(waiting, mailbox));
        let mut mail = lock(&mailbox.mail);
        mail.kept.retain(|(room, _)| &**room != name);
        let Some(index) = mail.places.iter().position(|place| &*place.room == name) else { return };
        let from = self.index(mail.places.remove(index).next);
        self.unheard.range_mut(from..).for_each(|line| line.unheard_by -= 1);
        self.forget();
    }
}

impl Mailbox {
    /// Comes when its session, which waits for its peer to read, fell too far behind.
    pub(crate) fn poll_overrun(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut mail = lock(&self.mail);
        if mail.overrun {
            return Poll::Ready(());
        }
        mail.stalls = true;
        keep_waker(&mut mail.reader, cx);
        Poll::Pending
    }

    /// Its peer has read: it is no longer waited for.
    pub(crate) fn goes_on(&self) {
        lock(&self.mail).stalls = false;
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
