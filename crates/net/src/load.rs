//! The wire of one load-generating client: it writes what it is given, reads into a buffer of its caller, and owns
//! nothing that grows with the load.
//!
//! ```text
//! Wire::connect ──▶ say ──▶ poll_settle        what the system did not take at once
//!                     └───▶ poll_hear          what one read delivers, one datagram, one decrypted block
//! ```

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use convo::Role;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{UdpSocket, UnixStream};

use crate::datagrams::dial;
use crate::dial::dial_one;
use crate::secure::{Exchanged, SecureError, exchange};
use crate::stream::Stream;
use crate::{Keys, Reach};

/// What [`Wire::poll_hear`] put into the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// So many bytes of a stream.
    Bytes(usize),
    /// A datagram, or a decrypted block, of so many bytes.
    Datagram(usize),
    /// The other side sends no more.
    End,
}

/// One connection to the server, or one UDP port of ours that talks to it.
#[derive(Debug)]
pub struct Wire {
    link: Link,
    sealed: Option<Box<Exchanged>>,
    /// What the system did not take at once: bytes of a stream, or whole datagrams that end at `cuts`.
    unsent: Vec<u8>,
    sent: usize,
    cuts: Vec<usize>,
    /// Whether anything was ever said, and ever came.
    said: bool,
    heard: bool,
    /// Whether the system may hold a write back until the one before it has been acknowledged.
    delays: bool,
}

#[derive(Debug)]
enum Link {
    Stream(Stream),
    Datagrams(UdpSocket),
}

impl Wire {
    /// Connects; to a UDP port nothing is sent by that. Where the connection will not last, nothing is done for its
    /// speed before something is said a second time. Cancel safe.
    ///
    /// # Errors
    /// What the system says.
    pub async fn connect(to: &Reach, lasts: bool) -> io::Result<Self> {
        let link = match to {
            Reach::Tcp(address) => Link::Stream(dial_one(*address, lasts).await?),
            Reach::Unix(path) => Link::Stream(Stream::Unix(UnixStream::connect(path).await?)),
            Reach::Udp(address) => Link::Datagrams(UdpSocket::from_std(dial(*address)?.into())?),
        };
        Ok(Self {
            link,
            sealed: None,
            unsent: Vec::new(),
            sent: 0,
            cuts: Vec::new(),
            said: false,
            heard: false,
            delays: !lasts,
        })
    }

    /// Writes what the system takes at once of `bytes`: a part of the stream, one datagram, one block. The rest leaves
    /// in [`Wire::poll_settle`].
    ///
    /// # Errors
    /// The connection is gone, nobody listens at a UDP port, or a message is too long for its block.
    pub fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        if std::mem::replace(&mut self.said, true) {
            self.hurry();
        }
        if let Some(sealed) = &self.sealed {
            return sealed.peer.encrypt(bytes, &mut self.unsent).map_err(io::Error::other);
        }
        let waits = self.sent < self.unsent.len() || !self.cuts.is_empty();
        let written = match &mut self.link {
            _ if waits => Err(io::ErrorKind::WouldBlock.into()),
            Link::Stream(stream) => stream.try_write(bytes),
            Link::Datagrams(socket) => socket.try_send(bytes),
        };
        match written {
            Ok(written) if written == bytes.len() => {}
            Ok(written) => self.unsent.extend_from_slice(&bytes[written..]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.unsent.extend_from_slice(bytes);
                if let Link::Datagrams(_) = self.link {
                    self.cuts.push(self.unsent.len());
                }
            }
            Err(error) => return Err(error),
        }
        match &self.link {
            // On loopback the system knows at once that nobody listens, and wakes no reader for it.
            Link::Datagrams(socket) if !self.heard => socket.take_error()?.map_or(Ok(()), Err),
            Link::Datagrams(_) | Link::Stream(_) => Ok(()),
        }
    }

    /// From here on each write leaves at once.
    fn hurry(&mut self) {
        if std::mem::take(&mut self.delays)
            && let Link::Stream(stream) = &self.link
        {
            stream.hurry();
        }
    }

    /// Whether all that was said has left.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.unsent.is_empty() && self.cuts.is_empty()
    }

    /// Comes when all that was said has left.
    ///
    /// # Errors
    /// As [`Wire::say`].
    pub fn poll_settle(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.watch()?;
        match &mut self.link {
            Link::Stream(stream) => {
                while self.sent < self.unsent.len() {
                    self.sent += ready!(Pin::new(&mut *stream).poll_write(cx, &self.unsent[self.sent..]))?;
                }
            }
            Link::Datagrams(socket) => {
                let mut left = 0;
                for cut in &self.cuts {
                    match socket.poll_send(cx, &self.unsent[self.sent..*cut]) {
                        Poll::Ready(sent) => {
                            sent?;
                            self.sent = *cut;
                            left += 1;
                        }
                        Poll::Pending => {
                            self.cuts.drain(..left);
                            return Poll::Pending;
                        }
                    }
                }
            }
        }
        self.unsent.clear();
        self.cuts.clear();
        self.sent = 0;
        Poll::Ready(Ok(()))
    }

    /// Has the runtime watch the stream from now on, for it is waited for.
    fn watch(&mut self) -> io::Result<()> {
        if let Link::Stream(stream @ Stream::Served(_)) = &mut self.link {
            *stream = std::mem::replace(stream, Stream::Lent).watched_by_runtime()?;
        }
        Ok(())
    }

    /// Comes when something was put into `inbox`: what one read delivers, one datagram, one block. Decrypting a block
    /// takes its milliseconds here.
    ///
    /// # Errors
    /// The connection was reset, nobody listens at a UDP port, or a block could not be decrypted.
    pub fn poll_hear(&mut self, cx: &mut Context<'_>, inbox: &mut [u8]) -> Poll<io::Result<Came>> {
        self.watch()?;
        loop {
            if let Some(sealed) = &mut self.sealed
                && let Some(block) = sealed.blocks.next()
            {
                let text = sealed.own.decrypt(&block).map_err(io::Error::other)?;
                inbox[..text.len()].copy_from_slice(&text);
                return Poll::Ready(Ok(Came::Datagram(text.len())));
            }
            let mut buffer = ReadBuf::new(inbox);
            let stream = match &mut self.link {
                Link::Stream(stream) => stream,
                Link::Datagrams(socket) => {
                    ready!(socket.poll_recv(cx, &mut buffer))?;
                    self.heard = true;
                    return Poll::Ready(Ok(Came::Datagram(buffer.filled().len())));
                }
            };
            ready!(Pin::new(stream).poll_read(cx, &mut buffer))?;
            let length = buffer.filled().len();
            match &mut self.sealed {
                _ if length == 0 => return Poll::Ready(Ok(Came::End)),
                None => return Poll::Ready(Ok(Came::Bytes(length))),
                Some(sealed) => sealed.blocks.push(buffer.filled()),
            }
        }
    }

    /// Exchanges keys as the client, once all has left, and says how long a message one block carries, bytes. Not
    /// cancel safe.
    ///
    /// # Errors
    /// The server's key is missing or not accepted.
    pub async fn secure(&mut self, keys: &Keys) -> Result<usize, SecureError> {
        self.hurry();
        self.watch().map_err(|_| SecureError::Closed)?;
        let Link::Stream(stream) = &mut self.link else { return Err(SecureError::Datagrams) };
        let exchanged = exchange(stream, Role::Client, keys).await?;
        let message_bytes_max = exchanged.peer.message_bytes_max();
        self.sealed = Some(Box::new(exchanged));
        Ok(message_bytes_max)
    }
}
