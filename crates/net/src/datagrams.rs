//! Conversations over UDP, a message a datagram: with one peer of a server's socket, or as a client.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use socket2::{Domain, Protocol, SockAddr, Type};

pub(crate) use self::caller::Caller;
pub(crate) use self::letters::{Letter, Letterbox, Space};
pub(crate) use self::peer::Peer;
pub(crate) use self::socket::Socket;
use crate::listen::widen;

mod batch;
mod caller;
mod letters;
mod peer;
mod socket;

/// What one datagram carries over IPv4, bytes: no message can be longer.
pub(crate) const DATAGRAM_BYTES_MAX: usize = 65_507;
/// Room for one datagram that is too long, as IPv6 can carry it, so that it is seen to be, and not cut short.
const INBOX_BYTES: usize = DATAGRAM_BYTES_MAX + 1;

/// What one datagram is received in.
pub(crate) fn inbox() -> Box<[u8]> {
    vec![0; INBOX_BYTES].into()
}

/// A socket of ours that hears `to` alone.
pub(crate) fn dial(to: SocketAddr) -> io::Result<socket2::Socket> {
    let socket = socket2::Socket::new(Domain::for_address(to), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    widen(&socket);
    let any = match to {
        SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
    };
    socket.bind(&SockAddr::from(any))?;
    socket.connect(&SockAddr::from(to))?;
    Ok(socket)
}

/// So many datagrams leave in one go, while nothing is heard …
const BURST_MAX: usize = 16;
/// … then there is a pause: a receiver that is woken meanwhile loses none, and its buffer need hold little more.
const BURST_PAUSE: Duration = Duration::from_millis(1);

/// Room for what waits to be sent is kept up to this, bytes.
const UNSENT_KEPT_BYTES_MAX: usize = 1024;

/// Sends one session's datagrams, those of one turn together, at a pace that a receiver can follow.
#[derive(Debug, Default)]
struct Pace {
    burst: usize,
    /// What is to be sent, one behind the other, and where each ends.
    unsent: Vec<u8>,
    ends: Vec<usize>,
}

impl Pace {
    /// A datagram to send.
    fn say(&mut self, bytes: &[u8]) {
        self.unsent.extend_from_slice(bytes);
        self.ends.push(self.unsent.len());
    }

    /// The receiver was heard: it has taken what it asked for, and what it says is answered at once.
    fn heard(&mut self) {
        self.burst = 0;
    }

    /// Whether more can be said before what was said has to be sent.
    fn has_room(&self) -> bool {
        self.ends.len() < BURST_MAX
    }

    fn is_settled(&self) -> bool {
        self.ends.is_empty()
    }

    /// Sends what was said over `socket`, to `to` or to whom it is connected, with the pauses that it takes.
    ///
    /// # Errors
    /// What the system says of a datagram: it, and those after it, are not sent.
    async fn send(&mut self, socket: &Socket, to: Option<SocketAddr>) -> io::Result<()> {
        let mut sent = 0;
        let mut result = Ok(());
        while sent < self.ends.len() && result.is_ok() {
            if self.burst >= BURST_MAX {
                // Boxed: seldom needed, and every idle session would carry it.
                Box::pin(tokio::time::sleep(BURST_PAUSE)).await;
                self.burst = 0;
            }
            let end = self.ends.len().min(sent + BURST_MAX - self.burst);
            let start = |n: usize| n.checked_sub(1).map_or(0, |before| self.ends[before]);
            let datagrams = (sent..end).map(|n| &self.unsent[start(n)..self.ends[n]]);
            match socket.send(to, datagrams) {
                Ok(length) => {
                    sent += length;
                    self.burst += length;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    result = Box::pin(socket.writable()).await;
                }
                Err(error) => result = Err(error),
            }
        }
        self.ends.clear();
        self.unsent.clear();
        self.unsent.shrink_to(UNSENT_KEPT_BYTES_MAX);
        result
    }
}
