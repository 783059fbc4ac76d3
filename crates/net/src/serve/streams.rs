//! TCP and Unix listeners: accepting is cheap, and each connection goes on by itself.

use std::io;
use std::net::TcpListener;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use convo::Link;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::guest::{Free, Guest, Left, Person, Rights, Way};
use super::house::House;
use super::partings::Partings;
use super::{Room, Seldom};
use crate::connection::Connection;
use crate::listen::SocketFile;
use crate::seat::number;
use crate::service::Slot;
use crate::stream::{Kind, Served, Stream};
use crate::{About, Address, PeerAddress, Warning};

/// How long a listener rests when the system cannot accept (no more files, no memory).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// So many connections are accepted in one go; then others have their turn.
const ACCEPTED_MAX: usize = 64;

/// A listening stream socket. A Unix socket's file goes with it.
pub(super) enum Entrance {
    Tcp(TcpListener),
    Unix { listener: UnixListener, _file: SocketFile },
}

/// A listener, and what its sessions leave.
pub(super) struct Streams {
    /// Until the stop.
    entrance: Option<Entrance>,
    room: Arc<Room>,
    partings: Partings,
    seldom: Seldom,
    /// It rests until then.
    rests: Option<Instant>,
    /// The next connection, while our person is not free for it. Those after it wait in the system's queue.
    next: Option<(Accepted, Free)>,
    /// Its own bell.
    waker: Waker,
}

/// A new connection, and who it is of.
type Accepted = (Served, PeerAddress);

impl Entrance {
    fn accept(&self) -> io::Result<Accepted> {
        match self {
            Self::Tcp(listener) => {
                let (socket, peer) = system::accept_tcp(listener)?;
                Ok((Served::new(socket, Kind::Tcp), PeerAddress::Internet(peer)))
            }
            Self::Unix { listener, .. } => {
                let (socket, peer) = system::accept_unix(listener)?;
                Ok((Served::new(socket, Kind::Unix), PeerAddress::process(peer)))
            }
        }
    }

    /// Whether somebody waits to be accepted. Where nobody does, to ask costs less than to accept in vain.
    fn has_more(&self) -> bool {
        let mut this = [PollFd::from_borrowed_fd(self.as_fd(), PollFlags::IN)];
        poll(&mut this, Some(&Timespec::default())).is_err() || !this[0].revents().is_empty()
    }

    pub(super) fn descriptor(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }

    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(listener) => listener.as_fd(),
            Self::Unix { listener, .. } => listener.as_fd(),
        }
    }
}

impl Streams {
    pub(super) fn new(entrance: Entrance, room: Arc<Room>, waker: Waker) -> Self {
        Self {
            entrance: Some(entrance),
            room,
            partings: Partings::default(),
            seldom: Seldom::default(),
            rests: None,
            next: None,
            waker,
        }
    }

    /// Accepts what is there; `place` is this listener's.
    pub(super) fn go_on(&mut self, house: &mut House, place: usize) {
        for count in 0..ACCEPTED_MAX {
            // Most come alone.
            if count == 1 && !self.entrance.as_ref().is_some_and(Entrance::has_more) {
                return;
            }
            let Some((accepted, person)) = self.next() else { return };
            if let Some(left) = self.admit(accepted, person, house, place) {
                self.partings.keep(left);
            }
        }
        self.waker.wake_by_ref();
    }

    /// The next connection for which our person is free, or needs not be.
    fn next(&mut self) -> Option<(Accepted, Option<OwnedSemaphorePermit>)> {
        let (accepted, mut free) = match self.next.take() {
            Some(next) => next,
            None => {
                let accepted = self.accept()?;
                let Some(free) = self.room.person() else { return Some((accepted, None)) };
                (accepted, free)
            }
        };
        match free.as_mut().poll(&mut Context::from_waker(&self.waker)) {
            Poll::Ready(permit) => Some((accepted, permit)),
            Poll::Pending => {
                self.next = Some((accepted, free));
                None
            }
        }
    }

    /// The next connection that is there. Errors never end the listener.
    fn accept(&mut self) -> Option<Accepted> {
        let entrance = self.entrance.as_ref().filter(|_| self.rests.is_none())?;
        loop {
            match entrance.accept() {
                Ok(accepted) => return Some(accepted),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    if self.seldom.now() {
                        let listener = Address::clone(&self.room.address);
                        let warning = Warning::Accept { listener, error, pause: ACCEPT_PAUSE };
                        self.room.host.warn(None, &warning);
                    }
                    self.rests = Some(Instant::now() + ACCEPT_PAUSE);
                    return None;
                }
            }
        }
    }

    /// Lets a connection's session begin; what it left, if it is over already.
    fn admit(
        &mut self,
        (served, peer): Accepted,
        permit: Option<OwnedSemaphorePermit>,
        house: &mut House,
        place: usize,
    ) -> Option<OwnedFd> {
        let service = &self.room.service;
        let about = service.about(number(), Link::Stream, Arc::clone(&self.room.address), peer);
        let stream = Stream::Served(served);
        match service.slot() {
            Slot::Free(slot) => {
                let rights = Rights::new(slot, Person::Here(permit));
                match house.enter(self.guest(stream, about, rights, place)) {
                    Err((_, Left::Stream(left))) => Some(left),
                    Ok(_) | Err(_) => None,
                }
            }
            Slot::Busy(text) => {
                self.room.host.busy(&about);
                // The text is short and the connection new: it is taken at once, or nobody is there.
                stream.close(&text).ok()
            }
        }
    }

    fn guest(&self, stream: Stream, about: About, rights: Option<Box<Rights>>, place: usize) -> Guest {
        let seat = self.room.service.seat(about, Arc::clone(&self.room.around));
        Guest::new(Way::Stream(Connection::new(stream)), seat, Arc::clone(&self.room), rights, place)
    }

    /// A session is over, and left this.
    pub(super) fn gone(&mut self, left: OwnedFd) {
        self.partings.keep(left);
    }

    /// When it wants to be told of the time.
    pub(super) fn due(&self) -> Option<Instant> {
        self.rests.into_iter().chain(self.partings.due()).min()
    }

    /// It is this late.
    pub(super) fn ring(&mut self, now: Instant, house: &mut House, place: usize) {
        self.partings.look(now);
        if self.rests.is_some_and(|rests| rests <= now) {
            self.rests = None;
            self.go_on(house, place);
        }
    }

    /// Accepts no more: the port is free, and a Unix socket's file is gone.
    pub(super) fn close(&mut self) {
        self.entrance = None;
        self.next = None;
        self.rests = None;
    }

    /// Whether all that its sessions left is gone.
    pub(super) fn is_empty(&self) -> bool {
        self.partings.is_empty()
    }
}

/// The connection was gone before it was accepted: nothing is wrong with the listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// Accepting sockets that do not block.
#[cfg(target_os = "linux")]
mod system {
    use std::io;
    use std::net::{SocketAddr, TcpListener};
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixListener;

    use rustix::net::{SocketFlags, accept_with, acceptfrom_with, sockopt::socket_peercred};

    const FLAGS: SocketFlags = SocketFlags::NONBLOCK.union(SocketFlags::CLOEXEC);

    pub(super) fn accept_tcp(listener: &TcpListener) -> io::Result<(OwnedFd, SocketAddr)> {
        let (socket, peer) = acceptfrom_with(listener, FLAGS)?;
        let peer = peer.and_then(|peer| peer.try_into().ok()).ok_or(io::ErrorKind::ConnectionAborted)?;
        Ok((socket, peer))
    }

    /// And the process that connected.
    pub(super) fn accept_unix(listener: &UnixListener) -> io::Result<(OwnedFd, Option<i32>)> {
        let socket = accept_with(listener, FLAGS)?;
        let peer = socket_peercred(&socket).ok().map(|peer| peer.pid.as_raw_nonzero().get());
        Ok((socket, peer))
    }
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::disallowed_methods, reason = "the listener does not block")]
mod system {
    use std::io;
    use std::net::{SocketAddr, TcpListener};
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixListener;

    pub(super) fn accept_tcp(listener: &TcpListener) -> io::Result<(OwnedFd, SocketAddr)> {
        let (stream, peer) = listener.accept()?;
        stream.set_nonblocking(true)?;
        Ok((stream.into(), peer))
    }

    pub(super) fn accept_unix(listener: &UnixListener) -> io::Result<(OwnedFd, Option<i32>)> {
        let (stream, _) = listener.accept()?;
        stream.set_nonblocking(true)?;
        Ok((stream.into(), None))
    }
}
