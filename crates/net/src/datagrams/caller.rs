//! A client's UDP socket, connected to its server so that the system tells when nobody listens there.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll, ready};
use std::vec;

use super::{Pace, dial, inbox};
use crate::conversation::{Link, Unit};
use crate::seat::Seat;
use crate::secure::SecureError;
use crate::{End, PeerAddress};
use convo::Input;
use tokio::io::ReadBuf;
use tokio::net::UdpSocket;
use tokio::time::Instant;

/// Datagrams remembered until the server is heard, to be said again to its next address.
const SAID_MAX: usize = 16;

/// A way to the server.
pub(crate) struct Caller {
    socket: UdpSocket,
    to: SocketAddr,
    /// Addresses that failed.
    failed: Vec<SocketAddr>,
    /// Addresses not tried yet.
    others: vec::IntoIter<SocketAddr>,
    /// What was said while nothing was heard.
    said: Vec<Vec<u8>>,
    /// Whether the server was heard, so that its address is settled.
    heard: bool,
    inbox: Box<[u8]>,
    pace: Pace,
}

impl Caller {
    /// Takes the first address that this machine can send to.
    ///
    /// # Errors
    /// There is none; what the system said of the last.
    pub(crate) fn new(addresses: Vec<SocketAddr>) -> io::Result<Self> {
        let mut others = addresses.into_iter();
        let mut failed = io::Error::other("there is no address to call");
        let mut tried = Vec::new();
        while let Some(to) = others.next() {
            match connect(to, &[]) {
                Err(error) => {
                    failed = error;
                    tried.push(to);
                }
                Ok(socket) => {
                    let inbox = inbox();
                    let pace = Pace::default();
                    return Ok(Self {
                        socket,
                        to,
                        failed: tried,
                        others,
                        said: Vec::new(),
                        heard: false,
                        inbox,
                        pace,
                    });
                }
            }
        }
        Err(failed)
    }

    /// Who is called.
    pub(crate) fn peer(&self) -> PeerAddress {
        PeerAddress::Internet(self.to)
    }

    fn remember(&mut self, bytes: &[u8]) {
        if self.heard {
            return;
        }
        if self.said.len() == SAID_MAX {
            // Too much was said to say it all again: this address it is.
            self.others = Vec::new().into_iter();
            return;
        }
        self.said.push(bytes.to_vec());
    }

    /// Deals with an error of the socket: before the server was heard its next address is tried, with all that was
    /// said until now.
    fn fail(&mut self, mut error: io::Error, seat: &mut Seat) -> Result<(), End> {
        if self.heard {
            seat.hear(Input::Reset);
            return Ok(());
        }
        self.failed.push(self.to);
        for to in self.others.by_ref() {
            match connect(to, &self.said) {
                Err(failed) => {
                    error = failed;
                    self.failed.push(to);
                }
                Ok(socket) => {
                    (self.socket, self.to) = (socket, to);
                    return Ok(());
                }
            }
        }
        let why = match error.kind() {
            io::ErrorKind::ConnectionRefused => "nobody listens there".to_owned(),
            _ => error.to_string(),
        };
        let tried = self.failed.iter().map(|to| format!("udp://{}", PeerAddress::Internet(*to)));
        Err(End::Unreachable(format!("{}: {why}", tried.collect::<Vec<_>>().join(" and "))))
    }

    /// On loopback the system knows at once when nobody listens, also if no answer is waited for.
    fn check(&mut self, seat: &mut Seat) -> Result<(), End> {
        while !self.heard {
            match self.socket.take_error() {
                Ok(Some(error)) | Err(error) => self.fail(error, seat)?,
                Ok(None) => break,
            }
        }
        Ok(())
    }
}

/// Connects, and says again what was `said`.
fn connect(to: SocketAddr, said: &[Vec<u8>]) -> io::Result<UdpSocket> {
    let socket = dial(to)?;
    for bytes in said {
        socket.send(bytes)?;
    }
    UdpSocket::from_std(socket.into())
}

impl Link for Caller {
    fn say(&mut self, seat: &mut Seat, bytes: &[u8], _unit: Unit) -> Result<(), End> {
        seat.count_sent(bytes.len());
        self.remember(bytes);
        self.pace.say(bytes);
        Ok(())
    }

    fn is_settled(&self) -> bool {
        // An error of the socket may have come meanwhile.
        false
    }

    fn poll_settle(&mut self, cx: &mut Context<'_>, seat: &mut Seat, more: bool) -> Poll<Result<(), End>> {
        if more && self.pace.has_room() {
            return Poll::Ready(Ok(()));
        }
        let (pace, socket) = (&mut self.pace, &self.socket);
        let sent = pace.poll_send(|mut datagrams| match datagrams.next() {
            Some(datagram) => socket.poll_send(cx, datagram).map_ok(|_| 1),
            None => Poll::Ready(Ok(0)),
        });
        Poll::Ready(match ready!(sent) {
            Ok(()) => self.check(seat),
            Err(error) => self.fail(error, seat),
        })
    }

    fn due(&self) -> Option<Instant> {
        self.pace.pause
    }

    fn poll_hear(&mut self, cx: &mut Context<'_>, seat: &mut Seat) -> Poll<Result<(), End>> {
        loop {
            let mut inbox = ReadBuf::new(&mut self.inbox);
            match ready!(self.socket.poll_recv(cx, &mut inbox)) {
                Ok(()) => {
                    let bytes = inbox.filled();
                    self.heard = true;
                    self.pace.heard();
                    self.said = Vec::new();
                    seat.count_received(bytes.len());
                    seat.hear(Input::Datagram(bytes));
                    return Poll::Ready(Ok(()));
                }
                Err(error) => {
                    let heard = self.heard;
                    self.fail(error, seat)?;
                    if heard {
                        return Poll::Ready(Ok(()));
                    }
                }
            }
        }
    }

    fn poll_secure(&mut self, _cx: &mut Context<'_>, _seat: &mut Seat) -> Poll<Result<(), End>> {
        Poll::Ready(Err(End::Secure(SecureError::Datagrams)))
    }
}
