//! One room: what is told in it and not heard by all, and where each of its members is in that.

mod listening;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use listening::Listening;

use crate::Tally;

/// Lines of a room that not all members have heard, at most …
pub(super) const UNHEARD_LINES_MAX: usize = 16 * 1024;
/// … and their bytes. Whoever is further behind, because its peer does not read, is put out.
pub(super) const UNHEARD_BYTES_MAX: usize = 1024 * 1024;
/// A session that had no turn yet, for so many others told something in theirs, may be behind by so many times as much.
pub(super) const TURNLESS_TIMES: usize = 16;
/// Bytes of the lines that a room keeps, at most: whoever enters has room for all of them.
pub(crate) const KEPT_BYTES_MAX: usize = UNHEARD_BYTES_MAX / 4;

#[derive(Debug)]
pub(super) struct Room {
    /// Where it stands among all rooms, while it is there.
    pub(super) key: usize,
    pub(super) name: Arc<str>,
    pub(super) members: Vec<Member>,
    /// What some member has not heard yet. One copy for all of them: each has its own place in it.
    unheard: VecDeque<Line>,
    pub(super) unheard_bytes: usize,
    /// How many lines were in `unheard` and are no more.
    heard: u64,
    /// Members that wait for the next line.
    pub(super) waiting: Vec<Arc<Mailbox>>,
    /// Members to whom lines are passed on.
    listening: Listening,
    /// The last lines told, for those who come later, and which session told them, if it is one of ours.
    pub(super) kept: VecDeque<(Option<u64>, Arc<[u8]>)>,
    kept_bytes: usize,
}

/// A line that not all have heard.
#[derive(Debug)]
pub(super) struct Line {
    /// Its place among the lines of all rooms.
    pub(super) number: u64,
    /// Which session told it, if it is one of ours.
    pub(super) teller: Option<u64>,
    pub(super) text: Arc<[u8]>,
    /// Members whose place is before it.
    pub(super) unheard_by: usize,
}

#[derive(Debug)]
pub(super) struct Member {
    pub(super) session: u64,
    pub(super) name: String,
    pub(super) mailbox: Arc<Mailbox>,
}

/// A session fell so far behind that lines are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overrun;

/// Where a session is in what is told in its rooms.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    pub(super) mail: Mutex<Mail>,
}

#[derive(Debug, Default)]
pub(super) struct Mail {
    /// What rooms had kept when the session came.
    pub(super) kept: Vec<(usize, Arc<[u8]>)>,
    pub(super) places: Vec<Place>,
    /// It fell too far behind: lines are missing, and its session cannot go on.
    pub(super) overrun: bool,
    /// Its session waits for its peer to take what it said, since it last heard something.
    pub(super) stalls: bool,
    /// Its place among those who listen in its room.
    pub(super) listener: Option<usize>,
    /// What was passed on for it and its session has not been told.
    pub(super) passed: Tally,
    pub(super) reader: Option<Waker>,
}

/// A session's place in one room.
#[derive(Debug)]
pub(super) struct Place {
    /// The room's key. It is there as long as somebody has a place in it.
    pub(super) room: usize,
    /// The line that is heard next, counted as [`Room::heard`] counts.
    pub(super) next: u64,
    /// The room wakes it.
    pub(super) waits: bool,
}

impl Room {
    /// A room in which nobody is yet.
    pub(super) fn new(key: usize, name: Arc<str>) -> Self {
        Self {
            key,
            name,
            members: Vec::new(),
            unheard: VecDeque::new(),
            unheard_bytes: 0,
            heard: 0,
            waiting: Vec::new(),
            listening: Listening::default(),
            kept: VecDeque::new(),
            kept_bytes: 0,
        }
    }

    /// Keeps a line, and of all lines the last ones only.
    pub(super) fn keep(&mut self, lines_max: usize, teller: Option<u64>, line: &Arc<[u8]>) {
        self.kept.push_back((teller, Arc::clone(line)));
        self.kept_bytes += line.len();
        while self.kept.len() > lines_max || self.kept_bytes > KEPT_BYTES_MAX {
            let Some((_, first)) = self.kept.pop_front() else { break };
            self.kept_bytes -= first.len();
        }
    }

    /// Where the next line goes.
    pub(super) fn end(&self) -> u64 {
        self.heard + self.unheard.len() as u64
    }

    fn index(&self, next: u64) -> usize {
        usize::try_from(next - self.heard).unwrap_or(usize::MAX)
    }

    /// The number of the line that is heard next at `place`.
    pub(super) fn number(&self, place: &Place) -> Option<u64> {
        self.unheard.get(self.index(place.next)).map(|line| line.number)
    }

    /// Lets a session hear the line at its place, unless it told it; whether there was a line.
    pub(super) fn hear(
        &mut self,
        place: &mut Place,
        session: u64,
        hear: &mut impl FnMut(&str, &[u8]),
    ) -> bool {
        let index = self.index(place.next);
        let Some(line) = self.unheard.get_mut(index) else { return false };
        if line.teller != Some(session) {
            hear(&self.name, &line.text);
        }
        place.next += 1;
        line.unheard_by -= 1;
        if line.unheard_by == 0 {
            self.forget();
        }
        true
    }

    /// Lets a session hear all lines from its place on, but those that it told; whether there was a line.
    pub(super) fn hear_all(
        &mut self,
        place: &mut Place,
        session: u64,
        hear: &mut impl FnMut(&str, &[u8]),
    ) -> bool {
        let from = self.index(place.next).min(self.unheard.len());
        let mut heard_by_all = false;
        for line in self.unheard.range_mut(from..) {
            if line.teller != Some(session) {
                hear(&self.name, &line.text);
            }
            line.unheard_by -= 1;
            heard_by_all |= line.unheard_by == 0;
        }
        let heard = self.end() > place.next;
        place.next = self.end();
        if heard_by_all {
            self.forget();
        }
        heard
    }

    /// Forgets what all have heard.
    fn forget(&mut self) {
        let all_heard = self.unheard.iter().take_while(|line| line.unheard_by == 0).count();
        for line in self.unheard.drain(..all_heard) {
            self.unheard_bytes -= line.text.len();
            self.heard += 1;
        }
    }

    /// Tells a line to whoever is here; whether it is the first that waits to be passed on. Those who have not heard the
    /// first of too many lines are put out.
    pub(super) fn tell(&mut self, mut line: Line) -> bool {
        let teller = self.members.iter().find(|member| Some(member.session) == line.teller);
        let teller = teller.map(|member| Arc::clone(&member.mailbox));
        if let Some(teller) = &teller {
            self.have_hear(teller);
        }
        if !self.listening.takes(&line.text) {
            self.stop_all_listening();
        }
        let waits = self.listening.push(&line);
        line.unheard_by -= self.listening.len();
        self.queue(line, teller.as_ref());
        waits
    }

    /// Has those hear a line who do not listen.
    fn queue(&mut self, mut line: Line, teller: Option<&Arc<Mailbox>>) {
        let (key, end) = (self.key, self.end());
        if let Some(teller) = teller
            && let Some(place) = lock(&teller.mail).places.iter_mut().find(|place| place.room == key)
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
        while self.is_over(1) && self.put_out_last(|mail| mail.stalls) {}
        while self.is_over(TURNLESS_TIMES) && self.put_out_last(|_| true) {}
        self.waiting.retain(|mailbox| {
            if teller.is_some_and(|teller| Arc::ptr_eq(teller, mailbox)) {
                return true;
            }
            let mut mail = lock(&mailbox.mail);
            mail.places.iter_mut().filter(|place| place.room == key).for_each(|place| place.waits = false);
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
    fn put_out_last(&mut self, goes: impl Fn(&Mail) -> bool) -> bool {
        let (key, first) = (self.key, self.heard);
        let is_last = |member: &mut Member| {
            let mut mail = lock(&member.mailbox.mail);
            // Who listens has heard all.
            let is_last = mail.listener.is_none()
                && mail.places.iter().any(|place| place.room == key && place.next == first);
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
        last.iter().for_each(|member| self.put_out(&member.mailbox));
        !last.is_empty()
    }

    /// A session that was a member hears no more here.
    pub(super) fn put_out(&mut self, mailbox: &Arc<Mailbox>) {
        self.waiting.retain(|waiting| !Arc::ptr_eq(waiting, mailbox));
        let mut mail = lock(&mailbox.mail);
        if mail.listens_in() == Some(self.key) {
            self.stop_listening(&mut mail);
        }
        mail.kept.retain(|(room, _)| *room != self.key);
        let Some(index) = mail.places.iter().position(|place| place.room == self.key) else { return };
        let from = self.index(mail.places.remove(index).next);
        self.unheard.range_mut(from..).for_each(|line| line.unheard_by -= 1);
        self.forget();
    }
}

impl Mail {
    /// The room in which it listens.
    pub(super) fn listens_in(&self) -> Option<usize> {
        self.listener?;
        self.places.first().map(|place| place.room)
    }
}

impl Mailbox {
    /// What was passed on since this was asked last.
    pub(crate) fn passed(&self) -> Tally {
        std::mem::take(&mut lock(&self.mail).passed)
    }

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

pub(super) fn keep_waker(reader: &mut Option<Waker>, cx: &Context<'_>) {
    match reader {
        Some(waker) if waker.will_wake(cx.waker()) => {}
        reader => *reader = Some(cx.waker().clone()),
    }
}

/// A session that panicked leaves these maps whole: nothing below is meant to panic half-way.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
