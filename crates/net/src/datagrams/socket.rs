//! A UDP socket: several datagrams a system call, both ways.
//!
//! The runtime watches it for what comes, and only where nothing more can be sent for that, too: its own UDP socket is
//! watched for both, and so is woken once more for every datagram that has left.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::task::{Context, Poll, ready};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::batch::{self, RECEIVED_MAX};
use crate::listen::watch;

/// A socket of ours, bound.
#[derive(Debug)]
pub(crate) struct Socket {
    watched: AsyncFd<UdpSocket>,
    pub(crate) at: SocketAddr,
}

impl Socket {
    /// Has the runtime watch `socket`, which is bound and does not block.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn new(socket: socket2::Socket) -> io::Result<Self> {
        let socket = UdpSocket::from(socket);
        let at = socket.local_addr()?;
        Ok(Self { watched: watch(socket, Interest::READABLE)?, at })
    }

    /// Comes when there is something to receive, if only an error.
    pub(crate) fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.watched.poll_read_ready(cx).map(drop)
    }

    /// Takes the datagrams that are there, up to [`RECEIVED_MAX`]; perhaps none. Wait for [`Socket::poll_readable`]
    /// before.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn receive(&self, mut take: impl FnMut(SocketAddr, &[u8])) -> io::Result<()> {
        let received = self.watched.try_io(Interest::READABLE, |socket| {
            // Fewer than would fit: it is empty now, and the runtime need not be told so by another call.
            match batch::receive(socket, self.at, &mut take)? {
                RECEIVED_MAX => Ok(()),
                _ => Err(io::ErrorKind::WouldBlock.into()),
            }
        });
        received.or_else(|error| if error.kind() == io::ErrorKind::WouldBlock { Ok(()) } else { Err(error) })
    }

    /// Comes with a datagram of whom the socket is connected to: its bytes are in `inbox`, so many.
    pub(crate) fn poll_hear(&self, cx: &mut Context<'_>, inbox: &mut [u8]) -> Poll<io::Result<usize>> {
        loop {
            let mut watched = ready!(self.watched.poll_read_ready(cx))?;
            if let Ok(heard) = watched.try_io(|socket| socket.get_ref().recv(inbox)) {
                return Poll::Ready(heard);
            }
        }
    }

    /// Sends what can be sent at once of `datagrams`, to `to` or, without it, to whom the socket is connected. Returns
    /// how many.
    ///
    /// # Errors
    /// What the system says of the first.
    pub(crate) fn send<'a>(
        &self,
        to: Option<SocketAddr>,
        mut datagrams: impl ExactSizeIterator<Item = &'a [u8]>,
    ) -> io::Result<usize> {
        let socket = self.watched.get_ref();
        if datagrams.len() != 1 {
            return batch::send(socket, to, datagrams);
        }
        let datagram = datagrams.next().unwrap_or_default();
        match to {
            Some(to) => socket.send_to(datagram, to),
            None => socket.send(datagram),
        }
        .map(|_| 1)
    }

    /// Comes when [`Socket::send`] can send again. Cancel safe.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) async fn writable(&self) -> io::Result<()> {
        let twin = watch(self.watched.get_ref().try_clone()?, Interest::WRITABLE)?;
        twin.writable().await.map(drop)
    }

    /// The error that the system has for this socket, which is taken from it.
    ///
    /// # Errors
    /// There is none to be had.
    pub(crate) fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.watched.get_ref().take_error()
    }
}
