//! A UDP listener: a table of peers, a session each.
//!
//! Anybody can write any sender's address on a datagram, so the table is bounded. When it is full, a new peer takes the
//! place of the one that has waited longest among those heard only once: of them nobody knows whether they exist.
//! If there is none the new peer's datagram is dropped. So a flood of made-up addresses cannot fill the memory, and
//! cannot throw out a peer that is in the middle of a conversation. The convo's `limit` is
//! counted before this: whoever is told that the server is busy takes nobody's place.

use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use convo::Link;
use tokio::task::coop::consume_budget;

use super::bells::{Bells, Rung};
use super::{Room, Seldom, go_on};
use crate::conversation::converse;
use crate::datagrams::{Letter, Letterbox, Peer, Socket, Space};
use crate::seat::{Seat, number};
use crate::service::Slot;
use crate::{End, Warning};

/// Peers at a time a listener.
const PEERS_MAX: usize = 4096;
/// How long a listener rests when the system cannot receive.
const RECEIVE_PAUSE: Duration = Duration::from_millis(10);

/// A peer's session, as the table knows it. All of them are run by the socket's own task: a datagram is answered where it
/// is received, and no other task is woken for it.
struct Known {
    letters: Letterbox,
    number: u64,
    /// Whether only its first datagram came.
    once: bool,
    session: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// Has the session gone on when what it waits for, besides datagrams, is there.
    waker: Waker,
}

/// How far a session went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Went {
    On,
    ToItsEnd,
    /// It panicked.
    Down,
}

impl Known {
    /// Lets the session go on as far as it can.
    fn go_on(&mut self) -> Went {
        match go_on(self.session.as_mut(), &mut Context::from_waker(&self.waker)) {
            Ok(Poll::Pending) => Went::On,
            Ok(Poll::Ready(())) => Went::ToItsEnd,
            Err(_) => Went::Down,
        }
    }
}

struct Peers {
    socket: Arc<Socket>,
    room: Arc<Room>,
    known: HashMap<SocketAddr, Known>,
    /// Peers heard once, the oldest first; may name some that were heard again or are gone.
    once: VecDeque<Rung>,
    bells: Bells,
    space: Space,
    crowded: Seldom,
    opening: Opening,
}

/// Whether peers that are not known yet may open a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opening {
    Yes,
    No,
}

/// Keeps a socket open until the stop, then lets its sessions finish.
pub(super) async fn keep(socket: Socket, room: Arc<Room>) {
    let mut peers = Peers {
        socket: Arc::new(socket),
        room: Arc::clone(&room),
        known: HashMap::new(),
        once: VecDeque::new(),
        bells: Bells::default(),
        space: Space::default(),
        crowded: Seldom::default(),
        opening: Opening::Yes,
    };
    tokio::select! {
        () = peers.receive() => {}
        () = room.stop.asked() => {}
    }
    // Sessions under way still hear their peers.
    peers.opening = Opening::No;
    tokio::select! {
        () = peers.receive() => {}
        () = room.patience_ends() => {}
    }
}

impl Peers {
    /// Gives datagrams to their sessions: while sessions may open, for ever; then until the last one is over.
    async fn receive(&mut self) {
        let socket = Arc::clone(&self.socket);
        let mut seldom = Seldom::default();
        while self.opening == Opening::Yes || !self.known.is_empty() {
            // An error of the socket is what receiving says, too.
            poll_fn(|cx| match self.bells.poll(cx) {
                Poll::Ready(()) => Poll::Ready(()),
                Poll::Pending => socket.poll_readable(cx),
            })
            .await;
            for rung in self.bells.rung() {
                self.go_on(rung);
            }
            if let Err(error) = socket.receive(|peer, bytes| self.take(peer, bytes)) {
                if seldom.now() {
                    let listener = self.room.address.clone();
                    self.room.host.warn(None, &Warning::Receive { listener, error });
                }
                tokio::time::sleep(RECEIVE_PAUSE).await;
            }
            // Others have their turn, however much comes.
            consume_budget().await;
        }
    }

    /// A datagram came: it waits for its session, if there is room for it.
    fn take(&mut self, peer: SocketAddr, bytes: &[u8]) {
        if let Some(letter) = self.space.letter(bytes) {
            self.deliver(peer, letter);
        }
    }

    fn deliver(&mut self, peer: SocketAddr, letter: Letter) {
        let Some(known) = self.known.get_mut(&peer) else {
            return self.open(peer, letter);
        };
        known.once = false;
        known.letters.put(letter);
        let went = known.go_on();
        self.went(peer, went);
    }

    /// A bell rang.
    fn go_on(&mut self, Rung { peer, number }: Rung) {
        if let Some(known) = self.known.get_mut(&peer).filter(|known| known.number == number) {
            let went = known.go_on();
            self.went(peer, went);
        }
    }

    /// If a session is over, what came too late for it opens the next one.
    fn went(&mut self, peer: SocketAddr, went: Went) {
        if went == Went::On {
            return;
        }
        let left = self.known.remove(&peer).filter(|_| went == Went::ToItsEnd);
        for letter in left.into_iter().flat_map(|left| left.letters.empty()) {
            self.deliver(peer, letter);
        }
    }

    /// Opens a session with a new peer.
    fn open(&mut self, peer: SocketAddr, letter: Letter) {
        if self.opening == Opening::No {
            return;
        }
        let number = number();
        let address = self.room.address.clone();
        let about = self.room.service.about(number, Link::Datagram, address, crate::address::plain(peer));
        let slot = match self.room.service.slot() {
            Slot::Free(slot) => slot,
            Slot::Busy(text) => {
                self.room.host.busy(&about);
                if !text.is_empty() {
                    // Lost if it cannot be sent at once, as anything sent by UDP may be.
                    let _ = self.socket.send(Some(peer), std::iter::once(text.as_ref()));
                }
                return;
            }
        };
        if self.known.len() >= PEERS_MAX && !self.displace() {
            if self.crowded.now() {
                let listener = self.room.address.clone();
                self.room.host.warn(None, &Warning::Crowded { listener, peers: PEERS_MAX });
            }
            return;
        }
        let Ok(seat) = self.room.service.seat(about, Arc::clone(&self.room.host)) else {
            return;
        };
        // An empty datagram where the server speaks first only opens: it is no message.
        let only_opens = letter.bytes.is_empty() && self.room.service.program().speaks_first();
        let opener = (!only_opens).then_some(letter);
        let letters = Letterbox::default();
        let link = Peer::new(Arc::clone(&self.socket), peer, opener, letters.clone());
        let (room, inbox) = (Arc::clone(&self.room), letters.clone());
        let session = Box::pin(async move {
            attend(link, seat, room, &inbox).await;
            drop(slot);
        });
        let rung = Rung { peer, number };
        let waker = self.bells.waker(rung);
        self.known.insert(peer, Known { letters, number, once: true, session, waker });
        self.remember_once(rung);
        self.go_on(rung);
    }

    fn remember_once(&mut self, rung: Rung) {
        self.once.push_back(rung);
        if self.once.len() > 2 * PEERS_MAX {
            let known = &self.known;
            self.once.retain(|Rung { peer, number }| {
                known.get(peer).is_some_and(|known| known.once && known.number == *number)
            });
        }
    }

    /// Makes room for a new peer by ending the session of the oldest one heard only once.
    fn displace(&mut self) -> bool {
        while let Some(oldest) = self.once.pop_front() {
            let known = self.known.get(&oldest.peer);
            if let Some(known) = known.filter(|known| known.once && known.number == oldest.number) {
                known.letters.displace();
                self.go_on(oldest);
                return true;
            }
        }
        false
    }
}

/// Runs one session with a peer, until it is over or its place is given away.
async fn attend(mut link: Peer, mut seat: Seat, room: Arc<Room>, letters: &Letterbox) {
    let _person = tokio::select! {
        person = room.service.person() => person,
        () = poll_fn(|_| letters.poll_displaced()) => return,
    };
    seat.open(None);
    let end = tokio::select! {
        biased;
        end = converse(&mut link, &mut seat) => end,
        () = poll_fn(|_| letters.poll_displaced()) => End::Displaced,
    };
    room.end(&mut seat, end);
}
