//! Conversations over UDP, a message a datagram: with one peer of a server's socket, or as a client.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::slice;
use std::task::{Poll, ready};
use std::time::Duration;

use socket2::{Domain, Protocol, SockAddr, Type};
use tokio::time::Instant;

pub(crate) use self::caller::Caller;
pub(crate) use self::door::{Door, Left, Outgoing};
pub(crate) use self::letters::{Letter, Letters, Space};
pub(crate) use self::peer::Peer;
use crate::listen::widen;

mod batch;
mod caller;
mod door;
mod letters;
mod peer;

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
    /// So many of them have left.
    sent: usize,
    /// It pauses until then.
    pause: Option<Instant>,
}

/// Datagrams one behind the other.
struct Datagrams<'a> {
    bytes: &'a [u8],
    start: usize,
    ends: slice::Iter<'a, usize>,
}

impl<'a> Iterator for Datagrams<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let end = *self.ends.next()?;
        Some(&self.bytes[std::mem::replace(&mut self.start, end)..end])
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.ends.size_hint()
    }
}

impl ExactSizeIterator for Datagrams<'_> {}

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

    /// Whether one more datagram may leave at once, which then counts.
    fn goes(&mut self) -> bool {
        let goes = self.is_settled() && self.burst < BURST_MAX;
        self.burst += usize::from(goes);
        goes
    }

    /// Whether more can be said before what was said has to be sent.
    fn has_room(&self) -> bool {
        self.ends.len() < BURST_MAX
    }

    fn is_settled(&self) -> bool {
        self.ends.is_empty()
    }

    /// Sends what was said by `send`, which says how many it took, with the pauses that it takes: until `pause`.
    ///
    /// # Errors
    /// What `send` says of a datagram: it, and those after it, are not sent.
    fn poll_send(
        &mut self,
        mut send: impl FnMut(Datagrams<'_>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<()>> {
        let mut result = Ok(());
        while self.sent < self.ends.len() && result.is_ok() {
            if self.burst >= BURST_MAX {
                let now = Instant::now();
                if now < *self.pause.get_or_insert(now + BURST_PAUSE) {
                    return Poll::Pending;
                }
                self.pause = None;
                self.burst = 0;
            }
            let end = self.ends.len().min(self.sent + BURST_MAX - self.burst);
            let start = self.sent.checked_sub(1).map_or(0, |before| self.ends[before]);
            let datagrams = Datagrams { bytes: &self.unsent, start, ends: self.ends[self.sent..end].iter() };
            match ready!(send(datagrams)) {
                Ok(length) => {
                    self.sent += length;
                    self.burst += length;
                }
                Err(error) => result = Err(error),
            }
        }
        self.sent = 0;
        self.ends.clear();
        self.unsent.clear();
        self.unsent.shrink_to(UNSENT_KEPT_BYTES_MAX);
        Poll::Ready(result)
    }
}
