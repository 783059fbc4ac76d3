//! The engine: one thread that runs all sessions of a server.
//!
//! ```text
//!     ┌──────────────────────── a turn ────────────────────────┐
//!     │ the system says what happened                          │
//!     │   a stream ─▶ its session     a UDP socket ─▶ sessions │
//!     │   a listener ─▶ new sessions                           │
//!     │ bells that rang ─▶ their sessions   (the disk answered, │
//!     │   our person spoke, a room was told something)         │
//!     │ timers that rang ─▶ their sessions                     │
//!     │ what was told in rooms is written to who listens there │
//!     │ what was said to UDP peers is sent                     │
//!     └────────────────────────────────────────────────────────┘
//! ```
//!
//! While a store's answer is near, a turn does not wait for the system.
//!
//! A session is polled where what it waits for is found: nothing is queued, and nobody is woken for it. The runtime
//! that serves the rest of the program is on a thread of its own; what sessions await there rings their bells.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use mio::unix::SourceFd;
use mio::{Events, Interest, Token};
use tokio::time::Instant;

use super::bells::{Bell, Bells, Whom};
use super::guest::Left;
use super::house::{Gone, House};
use super::peers::Peers;
use super::streams::{Entrance, Streams};
use super::{FINISH_MAX, Room};
use crate::Stop;
use crate::clock::begin_turn;
use crate::listen::Door as Listening;
use crate::rooms::Rooms;
use crate::store::Awake;

/// What the system says in one call, at most.
const EVENTS_MAX: usize = 1024;
/// The token of the bells.
const BELLS: Token = Token(usize::MAX);

/// The token of the listener at a place; sessions have their own places for tokens.
pub(super) fn token(place: usize) -> Token {
    Token(BELLS.0 - 1 - place)
}

/// All sessions of a server, and the listeners at which they come in.
pub(super) struct Engine {
    poll: mio::Poll,
    house: House,
    doors: Vec<(Door, Option<Instant>)>,
    /// Its own bell.
    waker: Waker,
    phase: Phase,
    /// Ends it at once.
    cut: Coming,
    stop: Stop,
    /// The rooms of all convos that are served.
    rooms: Vec<Arc<Rooms>>,
    /// Of the stores of all convos that are served.
    awake: Vec<Arc<Awake>>,
}

enum Door {
    Streams(Streams),
    Peers(Peers),
}

/// Something that comes some day.
pub(super) type Coming = Pin<Box<dyn Future<Output = ()>>>;

/// How far the server is.
enum Phase {
    /// Until the stop is asked for.
    Open(Coming),
    /// Until this time, or until the stop is asked for again.
    Finishing {
        ended: Coming,
        until: Instant,
    },
    Over,
}

impl Engine {
    /// Makes an engine, which ends at once when `cut` comes.
    ///
    /// # Errors
    /// The system cannot watch sockets.
    pub(super) fn new(stop: Stop, cut: Coming) -> io::Result<Self> {
        let poll = mio::Poll::new()?;
        let bells = Bells::new(poll.registry(), BELLS)?;
        let waker = bells.waker(Whom::Engine, 0);
        let house = House::new(poll.registry().try_clone()?, bells);
        let asking = stop.clone();
        let phase = Phase::Open(Box::pin(async move { asking.asked().await }));
        let (doors, rooms, awake) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self { poll, house, doors, waker, phase, cut, stop, rooms, awake })
    }

    /// Opens a listener.
    ///
    /// # Errors
    /// The system cannot watch it.
    pub(super) fn open(&mut self, listening: Listening, room: Arc<Room>) -> io::Result<()> {
        let rooms = room.service.rooms();
        if !self.rooms.iter().any(|known| Arc::ptr_eq(known, rooms)) {
            rooms.served_by(self.house.bells.waker(Whom::Turn, 0));
            self.rooms.push(Arc::clone(rooms));
        }
        if let Some(awake) = room.service.store().awake()
            && !self.awake.iter().any(|known| Arc::ptr_eq(known, awake))
        {
            self.awake.push(Arc::clone(awake));
        }
        let place = self.doors.len();
        let waker = self.house.bells.waker(Whom::Door(place), 0);
        let entrance = match listening {
            Listening::Tcp(listener) => Entrance::Tcp(listener),
            Listening::Unix(listener, file) => Entrance::Unix { listener, _file: file },
            Listening::Udp(socket) => {
                let peers = Peers::new(socket, room, waker);
                peers.watch(&self.house, token(place))?;
                self.doors.push((Door::Peers(peers), None));
                return Ok(());
            }
        };
        let descriptor = entrance.descriptor();
        self.house.registry.register(&mut SourceFd(&descriptor), token(place), Interest::READABLE)?;
        self.doors.push((Door::Streams(Streams::new(entrance, room, waker)), None));
        Ok(())
    }

    /// Serves until the stop, and lets sessions finish.
    ///
    /// # Errors
    /// The system watches no more.
    pub(super) fn run(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(EVENTS_MAX);
        let mut rung = Vec::new();
        let mut now = begin_turn();
        self.advance();
        if let [(Door::Peers(peers), _)] = self.doors.as_mut_slice() {
            peers.is_alone(&self.house);
        }
        while !self.is_over() {
            now = self.wait(now, &mut events)?;
            if self.house.bells.take(&mut rung) {
                for bell in rung.drain(..) {
                    self.rung(&bell);
                }
            }
            while let Some(whom) = self.house.timers.ring(now) {
                self.timed(whom, now);
            }
            self.end_turn();
        }
        Ok(())
    }

    /// Waits until something happens, and gives what the system says to whom it concerns. Returns the time then.
    fn wait(&mut self, now: Instant, events: &mut Events) -> io::Result<Instant> {
        let is_awake = self.awake.iter().any(|awake| awake.is_on());
        if let [(Door::Peers(peers), _)] = self.doors.as_mut_slice()
            && !is_awake
            && peers.may_wait()
            && self.house.bells.listen()
        {
            let within = self.house.timers.next(now);
            let now = peers.wait(within, &mut self.house, 0);
            self.house.bells.awake();
            return Ok(now);
        }
        let sleeps = !is_awake && self.house.bells.sleep();
        let wait = if sleeps { self.house.timers.next(now) } else { Some(Duration::ZERO) };
        let polled = self.poll.poll(events, wait);
        self.house.bells.awake();
        match polled {
            Ok(()) => {}
            // With no event.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if is_awake && events.is_empty() && self.house.bells.are_quiet() {
            // Whoever has something to do goes first.
            std::thread::yield_now();
        }
        let now = begin_turn();
        for event in &*events {
            self.see(event);
        }
        Ok(now)
    }

    fn see(&mut self, event: &mio::event::Event) {
        let Token(token) = event.token();
        let Some(place) = (BELLS.0 - 1).checked_sub(token) else { return };
        if place < self.doors.len() {
            self.go_on(place);
        } else {
            let gone = self.house.see(token, event);
            self.left(gone);
        }
    }

    fn rung(&mut self, bell: &Bell) {
        match bell.whom {
            Whom::Guest(place) => {
                let gone = self.house.rung(place, bell.number);
                self.left(gone);
            }
            Whom::Door(place) => self.go_on(place),
            Whom::Engine => self.advance(),
            Whom::Turn => {}
        }
    }

    fn timed(&mut self, whom: Whom, now: Instant) {
        match whom {
            Whom::Guest(place) => {
                let gone = self.house.timed(place, now);
                self.left(gone);
            }
            Whom::Door(place) => {
                let (door, timer) = &mut self.doors[place];
                *timer = None;
                match door {
                    Door::Streams(streams) => streams.ring(now, &mut self.house, place),
                    Door::Peers(peers) => peers.ring(now, &mut self.house, place),
                }
            }
            Whom::Engine => self.advance(),
            Whom::Turn => {}
        }
    }

    /// Lets a listener take what is there.
    fn go_on(&mut self, place: usize) {
        match &mut self.doors[place].0 {
            Door::Streams(streams) => streams.go_on(&mut self.house, place),
            Door::Peers(peers) => peers.go_on(&mut self.house, place),
        }
    }

    /// A session may be over.
    fn left(&mut self, gone: Option<Gone>) {
        if let Some(gone) = gone {
            leave(&mut self.doors, &mut self.house, gone);
        }
    }

    /// What was told in rooms and said to peers leaves, and listeners have their timers set.
    fn end_turn(&mut self) {
        let doors = &mut self.doors;
        for rooms in self.rooms.iter().filter(|rooms| rooms.is_fresh()) {
            self.house.pass_on(rooms, |house, gone| leave(doors, house, gone));
        }
        for (place, (door, timer)) in self.doors.iter_mut().enumerate() {
            let due = match door {
                Door::Streams(streams) => streams.due(),
                Door::Peers(peers) => {
                    peers.send(&self.house, place);
                    peers.due()
                }
            };
            self.house.timers.set(Whom::Door(place), timer, due);
        }
    }

    /// The stop may have been asked for, or its time be over.
    fn advance(&mut self) {
        if let Phase::Over = self.phase {
            return;
        }
        let mut cx = Context::from_waker(&self.waker);
        if self.cut.as_mut().poll(&mut cx).is_ready() {
            self.phase = Phase::Over;
        }
        match &mut self.phase {
            Phase::Open(asked) => {
                if asked.as_mut().poll(&mut cx).is_ready() {
                    self.close();
                }
            }
            Phase::Finishing { ended, until } => {
                if ended.as_mut().poll(&mut cx).is_ready() || Instant::now() >= *until {
                    self.phase = Phase::Over;
                }
            }
            Phase::Over => {}
        }
    }

    /// Closes the listeners; sessions under way may finish.
    fn close(&mut self) {
        for (door, _) in &mut self.doors {
            match door {
                Door::Streams(streams) => streams.close(),
                Door::Peers(peers) => peers.close(),
            }
        }
        let stop = self.stop.clone();
        let until = Instant::now() + FINISH_MAX;
        self.phase = Phase::Finishing { ended: Box::pin(async move { stop.ended().await }), until };
        self.house.timers.set(Whom::Engine, &mut None, Some(until));
        self.advance();
    }

    fn is_over(&self) -> bool {
        match self.phase {
            Phase::Open(_) => false,
            Phase::Finishing { .. } => {
                let is_empty = |(door, _): &(Door, _)| match door {
                    Door::Streams(streams) => streams.is_empty(),
                    // Its sessions are in the house.
                    Door::Peers(_) => true,
                };
                self.house.is_empty() && self.doors.iter().all(is_empty)
            }
            Phase::Over => true,
        }
    }
}

/// A session is over: the listener at which it came in takes what it left.
fn leave(doors: &mut [(Door, Option<Instant>)], house: &mut House, (place, left): Gone) {
    match (&mut doors[place].0, left) {
        (Door::Streams(streams), Left::Stream(left)) => streams.gone(left),
        (Door::Peers(peers), left) => peers.gone(left, house, place),
        (Door::Streams(_), _) => {}
    }
}
