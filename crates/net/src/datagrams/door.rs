//! A server's UDP socket: what comes is taken, and what its sessions say is sent, many datagrams a system call.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::rc::Rc;
use std::time::Duration;

use super::batch::{Inbox, Outbox};

/// Once so many bytes wait they are sent, before the turn is over.
const TURN_BYTES_MAX: usize = 64 * 1024;
/// Bytes that wait for the system to take them, at most; more are lost, as anything sent by UDP may be.
const WAITING_BYTES_MAX: usize = 1024 * 1024;
/// What a waiting datagram costs beside its bytes, roughly.
const DATAGRAM_BYTES: usize = 64;
/// Room for what is sent is kept up to this, bytes.
const KEPT_BYTES_MAX: usize = 64 * 1024;

/// A server's socket.
pub(crate) struct Door {
    socket: Rc<UdpSocket>,
    inbox: RefCell<Inbox>,
    outgoing: Outgoing,
    /// How long it waits in the socket, if it ever did.
    waits: Cell<Option<Duration>>,
}

/// What the sessions of one socket say, until it is sent: all that they say to what was received together leaves
/// together. Clones are the same.
#[derive(Clone)]
pub(crate) struct Outgoing(Rc<RefCell<Waiting>>);

struct Waiting {
    socket: Rc<UdpSocket>,
    outbox: Outbox,
    /// Datagrams, one behind the other.
    bytes: Vec<u8>,
    /// To whom each goes, and where it ends.
    ends: VecDeque<(SocketAddr, usize)>,
    /// Where the first begins.
    start: usize,
}

/// Whether all has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    All,
    /// The system takes no more just now.
    Some,
}

impl Outgoing {
    fn of(socket: &Rc<UdpSocket>) -> Self {
        let (socket, outbox) = (Rc::clone(socket), Outbox::new());
        let waiting = Waiting { socket, outbox, bytes: Vec::new(), ends: VecDeque::new(), start: 0 };
        Self(Rc::new(RefCell::new(waiting)))
    }

    /// Says a datagram to a peer.
    pub(crate) fn say(&self, to: SocketAddr, bytes: &[u8]) {
        let mut waiting = self.0.borrow_mut();
        if waiting.size() > TURN_BYTES_MAX {
            waiting.send();
        }
        if waiting.size() + bytes.len() <= WAITING_BYTES_MAX {
            waiting.bytes.extend_from_slice(bytes);
            let end = waiting.bytes.len();
            waiting.ends.push_back((to, end));
        }
    }
}

impl Waiting {
    /// What waits, with what it costs, bytes.
    fn size(&self) -> usize {
        self.bytes.len() - self.start + self.ends.len() * DATAGRAM_BYTES
    }

    fn send(&mut self) -> Left {
        while let Some((to, _)) = self.ends.front() {
            let mut start = self.start;
            let datagrams = self.ends.iter().map(|(to, end)| {
                let from = std::mem::replace(&mut start, *end);
                (*to, &self.bytes[from..*end])
            });
            let sent = match self.ends.len() {
                1 => system::send(&self.socket, &self.bytes[self.start..], *to).map(|_| 1),
                _ => self.outbox.send(&self.socket, datagrams),
            };
            match sent {
                Ok(sent) => self.skip(sent.max(1)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.move_up();
                    return Left::Some;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => self.skip(1),
            }
        }
        Left::All
    }

    fn skip(&mut self, count: usize) {
        if count >= self.ends.len() {
            self.start = 0;
            self.ends.clear();
            self.bytes.clear();
            self.bytes.shrink_to(KEPT_BYTES_MAX);
        } else if let Some((_, end)) = self.ends.drain(..count).next_back() {
            self.start = end;
        }
    }

    /// Gives the room of what has left to what comes.
    fn move_up(&mut self) {
        self.bytes.drain(..self.start);
        for (_, end) in &mut self.ends {
            *end -= self.start;
        }
        self.start = 0;
    }
}

impl Door {
    /// A socket that is bound and does not block; it may from the first [`Door::wait`] on.
    pub(crate) fn new(socket: UdpSocket) -> Self {
        let socket = Rc::new(socket);
        let outgoing = Outgoing::of(&socket);
        Self { socket, inbox: RefCell::new(Inbox::new()), outgoing, waits: Cell::new(None) }
    }

    pub(crate) fn socket(&self) -> &UdpSocket {
        &self.socket
    }

    pub(crate) fn outgoing(&self) -> &Outgoing {
        &self.outgoing
    }

    /// Takes the datagrams that are there, but no more than one system call gives; whether there may be more.
    ///
    /// # Errors
    /// What the system says; it would block where none is there.
    pub(crate) fn receive(&self, take: impl FnMut(SocketAddr, &[u8])) -> io::Result<bool> {
        self.inbox.borrow_mut().receive(&self.socket, take)
    }

    /// As [`Door::receive`], but waits for something to receive, for so long.
    ///
    /// # Errors
    /// What the system says; it would block where nothing came.
    pub(crate) fn wait(&self, within: Duration, take: impl FnMut(SocketAddr, &[u8])) -> io::Result<bool> {
        let before = self.waits.replace(Some(within));
        if before.is_none() {
            self.socket.set_nonblocking(false)?;
        }
        if before != Some(within) {
            self.socket.set_read_timeout(Some(within))?;
        }
        self.inbox.borrow_mut().wait(&self.socket, take)
    }

    /// Sends what was said. What the system refuses is lost.
    pub(crate) fn send(&self) -> Left {
        self.outgoing.0.borrow_mut().send()
    }
}

/// Sending that never waits, whatever the socket is set to.
#[cfg(target_os = "linux")]
mod system {
    use std::io;
    use std::net::{SocketAddr, UdpSocket};

    use rustix::net::{SendFlags, sendto};

    pub(super) fn send(socket: &UdpSocket, datagram: &[u8], to: SocketAddr) -> io::Result<usize> {
        Ok(sendto(socket, datagram, SendFlags::DONTWAIT | SendFlags::NOSIGNAL, &to)?)
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::io;
    use std::net::{SocketAddr, UdpSocket};

    pub(super) fn send(socket: &UdpSocket, datagram: &[u8], to: SocketAddr) -> io::Result<usize> {
        socket.send_to(datagram, to)
    }
}

#[cfg(test)]
mod tests;
