//! A guest: one session of a server with its way to its client, and how far their conversation is.

use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use mio::event::Event;
use mio::{Registry, Token};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::Room;
use crate::End;
use crate::connection::Connection;
use crate::conversation::Conversation;
use crate::datagrams::{Peer, Space};
use crate::rooms::Passed;
use crate::seat::Seat;
use crate::stream::Served;

/// One session, as the engine runs it.
pub(super) struct Guest {
    way: Way,
    seat: Seat,
    conversation: Conversation,
    room: Arc<Room>,
    rights: Option<Box<Rights>>,
    /// Its bell, if something else than its socket and the time can wake it.
    bell: Option<Waker>,
    /// Its stream is watched.
    pub(super) watched: bool,
    /// It panicked while it was told something.
    down: bool,
    /// The listener's place.
    pub(super) door: usize,
    /// When its timer rings.
    pub(super) timer: Option<Instant>,
}

/// The way to the client.
pub(super) enum Way {
    Stream(Connection),
    Peer(Box<Peer>),
    /// The session is over.
    Gone,
}

/// What a session holds while its conversation lasts.
pub(super) struct Rights {
    _slot: Option<OwnedSemaphorePermit>,
    person: Person,
}

impl Rights {
    /// None at all is what most sessions hold.
    pub(super) fn new(slot: Option<OwnedSemaphorePermit>, person: Person) -> Option<Box<Self>> {
        let none = slot.is_none() && matches!(person, Person::Here(None));
        (!none).then(|| Box::new(Self { _slot: slot, person }))
    }
}

/// Our person, who talks to one client at a time.
pub(super) enum Person {
    /// Free for this session, or not needed.
    Here(Option<OwnedSemaphorePermit>),
    /// Talking to others.
    Elsewhere(Free),
}

/// Comes when our person is free.
pub(super) type Free = Pin<Box<dyn Future<Output = Option<OwnedSemaphorePermit>> + Send>>;

/// What a session that is over leaves.
pub(super) enum Left {
    /// A connection that is closed on our side alone.
    Stream(OwnedFd),
    /// A peer, with what it said too late.
    Peer(Box<Peer>),
    Nothing,
}

impl Guest {
    /// A session that begins when our person is there.
    pub(super) fn new(
        way: Way,
        seat: Seat,
        room: Arc<Room>,
        rights: Option<Box<Rights>>,
        door: usize,
    ) -> Self {
        let conversation = Conversation::default();
        let mut guest = Self {
            way,
            seat,
            conversation,
            room,
            rights,
            bell: None,
            watched: false,
            down: false,
            door,
            timer: None,
        };
        if !guest.waits_for_person() {
            guest.seat.open(None);
        }
        guest
    }

    fn waits_for_person(&self) -> bool {
        self.rights.as_ref().is_some_and(|rights| matches!(rights.person, Person::Elsewhere(_)))
    }

    /// Whether it has no bell and needs one.
    pub(super) fn needs_bell(&self) -> bool {
        let watched = match &self.way {
            Way::Stream(connection) => connection.is_served(),
            Way::Peer(_) | Way::Gone => true,
        };
        let waits_alone = watched
            && self.conversation.waits_for_link()
            && !self.seat.waits_for_others()
            && !self.waits_for_person();
        self.bell.is_none() && !waits_alone
    }

    /// Gives it a bell.
    pub(super) fn take_bell(&mut self, bell: Waker) {
        self.bell = Some(bell);
    }

    pub(super) fn number(&self) -> u64 {
        self.seat.about().number
    }

    /// Has its stream watched, if it has one.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn watch(&mut self, registry: &Registry, token: Token) -> std::io::Result<()> {
        if let Some(served) = self.served() {
            served.watch(registry, token)?;
            self.watched = true;
        }
        Ok(())
    }

    /// Something was seen of its stream.
    pub(super) fn see(&mut self, event: &Event) {
        if let Some(served) = self.served() {
            served.see(event);
        }
    }

    fn served(&mut self) -> Option<&mut Served> {
        match &mut self.way {
            Way::Stream(connection) => connection.served(),
            Way::Peer(_) | Way::Gone => None,
        }
    }

    /// A datagram came: heard at once where the session waits for it, else it waits, if there is space for it.
    pub(super) fn deliver(&mut self, bytes: &[u8], space: &Space) {
        let Way::Peer(peer) = &mut self.way else { return };
        if peer.is_free() && self.conversation.waits() && self.seat.listens() {
            self.down |= panics(|| peer.hear(&mut self.seat, bytes));
            self.conversation.heard();
        } else if let Some(letter) = space.letter(bytes) {
            peer.put(letter);
        }
    }

    /// It has this place now.
    pub(super) fn take_place(&mut self, place: usize) {
        self.seat.take_place(place);
    }

    /// Writes what was told in its room, if it waits.
    pub(super) fn pass_on(&mut self, bytes: &[u8]) -> Passed {
        let Way::Stream(connection) = &mut self.way else { return Passed::Not };
        if !self.conversation.waits() || !self.seat.listens() {
            return Passed::Not;
        }
        let mut passed = Passed::On;
        self.down |= panics(|| passed = connection.pass_on(&mut self.seat, bytes));
        if passed == Passed::On {
            self.conversation.heard();
        }
        passed
    }

    /// When it wants to be told of the time.
    pub(super) fn due(&self) -> Option<Instant> {
        match &self.way {
            Way::Stream(connection) => self.conversation.due(connection),
            Way::Peer(peer) => self.conversation.due(&**peer),
            Way::Gone => None,
        }
    }

    /// That time has come.
    pub(super) fn ring(&mut self) {
        self.conversation.ring();
    }

    /// Goes on as far as it can; why it is over, if it is. A panic ends this session alone.
    pub(super) fn go_on(&mut self) -> Option<End> {
        let bell = self.bell.take();
        let mut cx = Context::from_waker(bell.as_ref().unwrap_or(Waker::noop()));
        let mut went = Poll::Pending;
        let down = self.down || panics(|| went = self.poll(&mut cx));
        self.bell = bell;
        match went {
            _ if down => Some(End::Panicked),
            Poll::Ready(end) => Some(end),
            Poll::Pending => None,
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        if let Some(rights) = &mut self.rights
            && let Person::Elsewhere(free) = &mut rights.person
        {
            rights.person = Person::Here(ready!(free.as_mut().poll(cx)));
            self.seat.open(None);
        }
        match &mut self.way {
            Way::Stream(connection) => self.conversation.poll(cx, connection, &mut self.seat),
            Way::Peer(peer) => self.conversation.poll(cx, &mut **peer, &mut self.seat),
            Way::Gone => Poll::Pending,
        }
    }

    /// It is over. Its rights are given back before its connection is closed.
    pub(super) fn leave(&mut self, end: End) -> Left {
        let panicked = matches!(end, End::Panicked);
        // What it left half done may not be fit to be told of.
        let down = panics(|| self.room.end(&mut self.seat, end)) || panicked;
        self.rights = None;
        match std::mem::replace(&mut self.way, Way::Gone) {
            Way::Stream(_) if down => Left::Nothing,
            Way::Stream(connection) => connection.close().map_or(Left::Nothing, Left::Stream),
            Way::Peer(mut peer) => {
                if down {
                    peer.forget();
                }
                Left::Peer(peer)
            }
            Way::Gone => Left::Nothing,
        }
    }
}

/// Does something for a session; whether that panicked.
fn panics(act: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(act)).is_err()
}
