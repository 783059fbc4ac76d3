//! A UDP listener: a table of peers, a session each.
//!
//! Anybody can write any sender's address on a datagram, so the table is bounded. When it is full, a new peer takes the
//! place of the one that has waited longest among those heard only once: of them nobody knows whether they exist.
//! If there is none the new peer's datagram is dropped. So a flood of made-up addresses cannot fill the memory, and
//! cannot throw out a peer that is in the middle of a conversation. The convo's `limit` is
//! counted before this: whoever is told that the server is busy takes nobody's place.

use std::collections::{HashMap, VecDeque};
use std::hash::{Hash, Hasher};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use convo::Link;
use mio::unix::SourceFd;
use mio::{Interest, Token};
use tokio::time::Instant;

use super::guest::{Guest, Left, Person, Rights, Way};
use super::house::House;
use super::nudge::Nudge;
use super::{Room, Seldom};
use crate::clock::begin_turn;
use crate::datagrams::{Door, Left as Sent, Peer, Space};
use crate::seat::number;
use crate::service::Slot;
use crate::{Address, End, PeerAddress, Warning};

/// Peers at a time a listener.
const PEERS_MAX: usize = 4096;
/// How long a listener rests when the system cannot receive.
const RECEIVE_PAUSE: Duration = Duration::from_millis(10);
/// So often what is there is taken in one go; then others have their turn.
const RECEIVED_MAX: usize = 16;
/// How long it waits in the socket at a time: even where nudges are lost, the stop is heard of in the end.
/// A few lengths do, for setting another one is a system call.
const WAITS: [Duration; 3] = [Duration::from_secs(1), Duration::from_millis(100), Duration::from_millis(10)];
const WAIT_MIN: Duration = Duration::from_millis(1);

/// A peer's address, hashed in one go: each datagram is looked up by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct From(SocketAddr);

impl Hash for From {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.0 {
            SocketAddr::V4(four) => {
                state.write_u64(u64::from(four.ip().to_bits()) << 16 | u64::from(four.port()));
            }
            SocketAddr::V6(six) => {
                state.write_u128(six.ip().to_bits());
                state.write_u64(u64::from(six.scope_id()) << 16 | u64::from(six.port()));
            }
        }
    }
}

/// A peer's session, as the table knows it: a datagram is answered where it is received.
struct Known {
    /// Its place among all sessions.
    place: usize,
    number: u64,
    /// Whether only its first datagram came.
    once: bool,
}

pub(super) struct Peers {
    door: Rc<Door>,
    room: Arc<Room>,
    known: HashMap<From, Known>,
    /// Peers heard once, the oldest first, with their sessions' numbers; may name some that were heard again or are gone.
    once: VecDeque<(SocketAddr, u64)>,
    space: Space,
    crowded: Seldom,
    failing: Seldom,
    opening: Opening,
    /// It rests until then.
    rests: Option<Instant>,
    /// Watched for sending, too.
    blocked: bool,
    /// The peer that was heard last, and its session's place: most often the next datagram is of the same.
    last: Option<(SocketAddr, usize)>,
    /// By whom it is nudged, if nothing but this socket is watched; and whether it ever was, so that nudges come.
    nudged_by: Option<SocketAddr>,
    nudged: bool,
    /// Its own bell.
    waker: Waker,
}

/// Whether peers that are not known yet may open a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opening {
    Yes,
    No,
}

impl Peers {
    pub(super) fn new(socket: UdpSocket, room: Arc<Room>, waker: Waker) -> Self {
        Self {
            door: Rc::new(Door::new(socket)),
            room,
            known: HashMap::new(),
            once: VecDeque::new(),
            space: Space::default(),
            crowded: Seldom::default(),
            failing: Seldom::default(),
            opening: Opening::Yes,
            rests: None,
            blocked: false,
            last: None,
            nudged_by: None,
            nudged: false,
            waker,
        }
    }

    /// Has the socket watched.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn watch(&self, house: &House, token: Token) -> io::Result<()> {
        let socket = self.door.socket().as_raw_fd();
        house.registry.register(&mut SourceFd(&socket), token, Interest::READABLE)
    }

    /// Gives what is there to its sessions; `place` is this listener's.
    pub(super) fn go_on(&mut self, house: &mut House, place: usize) {
        for _ in 0..RECEIVED_MAX {
            if self.rests.is_some() {
                return;
            }
            match self.receive(house, place) {
                Ok(true) => self.send(house, place),
                Ok(false) => return,
                Err(error) => return self.failed(error),
            }
        }
        self.waker.wake_by_ref();
    }

    /// Nothing was received.
    fn failed(&mut self, error: io::Error) {
        if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) {
            return;
        }
        if self.failing.now() {
            let listener = Address::clone(&self.room.address);
            self.room.host.warn(None, &Warning::Receive { listener, error });
        }
        self.rests = Some(Instant::now() + RECEIVE_PAUSE);
    }

    fn receive(&mut self, house: &mut House, place: usize) -> io::Result<bool> {
        let door = Rc::clone(&self.door);
        door.receive(|peer, bytes| self.take(peer, bytes, house, place))
    }

    /// Nothing but this socket is watched: it may be waited in, once it has been nudged. Elsewhere it is woken as others
    /// are.
    pub(super) fn is_alone(&mut self, house: &House) {
        let nudge = self.door.socket().local_addr().and_then(Nudge::to);
        // Elsewhere a socket that may wait always does.
        if cfg!(target_os = "linux")
            && let Ok(nudge) = nudge
            && nudge.nudge().is_ok()
        {
            self.nudged_by = Some(nudge.from());
            house.bells.nudge_by(nudge);
        }
    }

    /// Whether [`Peers::wait`] may be called.
    pub(super) fn may_wait(&self) -> bool {
        self.nudged && self.rests.is_none() && !self.blocked
    }

    /// Waits for datagrams, for so long, and gives them to their sessions. Returns the time at which they came.
    pub(super) fn wait(&mut self, within: Option<Duration>, house: &mut House, place: usize) -> Instant {
        let within = WAITS.into_iter().find(|wait| within.is_none_or(|within| *wait <= within));
        let within = within.unwrap_or(WAIT_MIN);
        let mut began = None;
        let door = Rc::clone(&self.door);
        let came = door.wait(within, |peer, bytes| {
            began.get_or_insert_with(|| {
                house.bells.awake();
                begin_turn()
            });
            self.take(peer, bytes, house, place);
        });
        if let Err(error) = came {
            self.failed(error);
        }
        began.unwrap_or_else(begin_turn)
    }

    /// A datagram came.
    fn take(&mut self, peer: SocketAddr, bytes: &[u8], house: &mut House, place: usize) {
        if self.nudged_by == Some(peer) {
            self.nudged = true;
            return;
        }
        let at = match self.last.filter(|(last, _)| *last == peer) {
            Some((_, at)) => at,
            None => {
                let Some(known) = self.known.get_mut(&From(peer)) else {
                    return self.open(peer, bytes, house, place);
                };
                known.once = false;
                self.last = Some((peer, known.place));
                known.place
            }
        };
        if let Some((_, left)) = house.go_on_with(at, |guest| guest.deliver(bytes, &self.space)) {
            self.gone(left, house, place);
        }
    }

    /// A session is over: what came too late for it opens the next one.
    pub(super) fn gone(&mut self, left: Left, house: &mut House, place: usize) {
        let Left::Peer(peer) = left else { return };
        let to = peer.to();
        self.known.remove(&From(to));
        self.last = None;
        let mut letters = peer.unheard();
        while let Some(letter) = letters.next() {
            self.take(to, &letter.bytes, house, place);
        }
    }

    /// Opens a session with a new peer.
    fn open(&mut self, to: SocketAddr, bytes: &[u8], house: &mut House, place: usize) {
        if self.opening == Opening::No {
            return;
        }
        // An empty datagram where the server speaks first only opens: it is no message.
        let only_opens = bytes.is_empty() && self.room.service.program().speaks_first();
        let opener = if only_opens { None } else { self.space.letter(bytes) };
        if opener.is_none() && !only_opens {
            return;
        }
        let number = number();
        let address = Arc::clone(&self.room.address);
        let about = self.room.service.about(number, Link::Datagram, address, PeerAddress::Internet(to));
        let slot = match self.room.service.slot() {
            Slot::Free(slot) => slot,
            Slot::Busy(text) => {
                self.room.host.busy(&about);
                if !text.is_empty() {
                    self.door.outgoing().say(to, &text);
                }
                return;
            }
        };
        if self.known.len() >= PEERS_MAX && !self.displace(house) {
            if self.crowded.now() {
                let listener = Address::clone(&self.room.address);
                self.room.host.warn(None, &Warning::Crowded { listener, peers: PEERS_MAX });
            }
            return;
        }
        let seat = self.room.service.seat(about, Arc::clone(&self.room.around));
        let peer = Peer::new(to, self.door.outgoing().clone(), opener);
        let person = self.room.person().map_or(Person::Here(None), Person::Elsewhere);
        let rights = Rights::new(slot, person);
        let guest = Guest::new(Way::Peer(Box::new(peer)), seat, Arc::clone(&self.room), rights, place);
        match house.enter(guest) {
            Ok(at) => {
                self.known.insert(From(to), Known { place: at, number, once: true });
                self.remember_once(to, number);
            }
            Err((_, left)) => self.gone(left, house, place),
        }
    }

    fn remember_once(&mut self, peer: SocketAddr, number: u64) {
        self.once.push_back((peer, number));
        if self.once.len() > 2 * PEERS_MAX {
            let known = &self.known;
            self.once.retain(|(peer, number)| {
                known.get(&From(*peer)).is_some_and(|known| known.once && known.number == *number)
            });
        }
    }

    /// Makes room for a new peer by ending the session of the oldest one heard only once.
    fn displace(&mut self, house: &mut House) -> bool {
        while let Some((oldest, number)) = self.once.pop_front() {
            let known = self.known.get(&From(oldest)).filter(|known| known.once && known.number == number);
            if let Some(at) = known.map(|known| known.place) {
                // What waits of it is lost with its place.
                let _ = house.leave(at, End::Displaced);
                self.known.remove(&From(oldest));
                self.last = None;
                return true;
            }
        }
        false
    }

    /// Sends what its sessions said.
    pub(super) fn send(&mut self, house: &House, place: usize) {
        let blocked = self.door.send() == Sent::Some;
        if blocked != std::mem::replace(&mut self.blocked, blocked) {
            let interest = Interest::READABLE;
            let interest = if blocked { interest | Interest::WRITABLE } else { interest };
            let socket = self.door.socket().as_raw_fd();
            // It fails for want of memory alone. What waits leaves with what is said next.
            let _ = house.registry.reregister(&mut SourceFd(&socket), super::engine::token(place), interest);
        }
    }

    /// When it wants to be told of the time.
    pub(super) fn due(&self) -> Option<Instant> {
        self.rests
    }

    /// It is this late.
    pub(super) fn ring(&mut self, now: Instant, house: &mut House, place: usize) {
        if self.rests.is_some_and(|rests| rests <= now) {
            self.rests = None;
            self.go_on(house, place);
        }
    }

    /// No more sessions are opened; those under way still hear their peers.
    pub(super) fn close(&mut self) {
        self.opening = Opening::No;
    }
}
