//! Byte streams: TCP and Unix sockets behind one face.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

#[cfg(target_os = "linux")]
use rustix::net::SendFlags;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, Interest, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

pub(crate) use self::served::{Kind, Served};
use crate::PeerAddress;

mod served;

/// How long a closing side waits for the other side's end.
pub(crate) const PARTING_MAX: Duration = Duration::from_secs(1);
/// How much it reads meanwhile, bytes.
pub(crate) const PARTING_BYTES_MAX: usize = 64 * 1024;

/// A connected stream.
#[derive(Debug)]
pub(crate) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
    /// One that the runtime does not watch: a server's, which the engine does, or a new one.
    Served(Served),
    /// None: it is with somebody else.
    Lent,
}

impl Stream {
    /// The peer.
    pub(crate) fn peer(&self) -> PeerAddress {
        let unknown = || PeerAddress::Named("unknown".into());
        match self {
            Self::Tcp(stream) => stream.peer_addr().map_or_else(|_| unknown(), PeerAddress::Internet),
            Self::Unix(stream) => PeerAddress::process(stream.peer_cred().ok().and_then(|peer| peer.pid())),
            Self::Served(_) | Self::Lent => unknown(),
        }
    }

    /// Each write leaves at once: conversations are questions and answers. Accepted streams have it of their listener.
    pub(crate) fn hurry(&self) {
        // It fails on a connection that is gone already, which the next read tells.
        let _ = match self {
            Self::Tcp(stream) => stream.set_nodelay(true),
            Self::Served(served) if served.kind == Kind::Tcp => {
                SockRef::from(&served.socket()).set_tcp_nodelay(true)
            }
            Self::Served(_) | Self::Unix(_) | Self::Lent => Ok(()),
        };
    }

    /// The same stream, watched by the runtime: for what waits by itself.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn watched_by_runtime(self) -> io::Result<Self> {
        let Self::Served(served) = self else { return Ok(self) };
        Ok(match served.kind {
            Kind::Tcp => Self::Tcp(TcpStream::from_std(served.into_socket().into())?),
            Kind::Unix => Self::Unix(UnixStream::from_std(served.into_socket().into())?),
        })
    }

    /// Reads what is there, as much as `bytes` has room for; comes with nothing where the other side has ended.
    pub(crate) fn poll_bytes<'a>(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &'a mut [u8],
    ) -> Poll<io::Result<&'a [u8]>> {
        let length = match self {
            // Whoever polls it does so when something was seen.
            Self::Served(served) if !served.is_readable() => return Poll::Pending,
            Self::Served(served) => match served.read(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
                read => read?,
            },
            Self::Tcp(_) | Self::Unix(_) | Self::Lent => {
                let mut buffer = ReadBuf::new(bytes);
                ready!(Pin::new(self).poll_read(cx, &mut buffer))?;
                buffer.filled().len()
            }
        };
        Poll::Ready(Ok(&bytes[..length]))
    }

    /// Writes what the system takes at once.
    pub(crate) fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.try_write(bytes),
            Self::Unix(stream) => stream.try_write(bytes),
            Self::Served(served) => served.write(bytes),
            Self::Lent => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Writes what the system takes at once of what is said last: the caller closes or drops the stream at once.
    pub(crate) fn try_write_last(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => {
                let stream = &*stream;
                stream.try_io(Interest::WRITABLE, || send_last(stream, bytes))
            }
            Self::Served(served) if served.kind == Kind::Tcp => send_last(served.socket(), bytes),
            Self::Served(_) | Self::Unix(_) | Self::Lent => self.try_write(bytes),
        }
    }

    /// Comes when writing may succeed.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn poll_writable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(stream) => stream.poll_write_ready(cx),
            Self::Unix(stream) => stream.poll_write_ready(cx),
            Self::Served(served) if !served.is_writable() => Poll::Pending,
            Self::Served(_) => Poll::Ready(Ok(())),
            Self::Lent => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    /// Closes our side after `last`, of which is written what the system takes at once. What is returned has to be kept
    /// until the other side closes, as [`Stream::part`] does.
    pub(crate) fn close(self, last: &[u8]) -> io::Result<OwnedFd> {
        let socket: OwnedFd = match self {
            Self::Tcp(stream) => stream.into_std()?.into(),
            Self::Unix(stream) => stream.into_std()?.into(),
            Self::Served(served) => served.into_socket(),
            Self::Lent => return Err(io::ErrorKind::NotConnected.into()),
        };
        if !last.is_empty() {
            send_last(&socket, last)?;
        }
        rustix::net::shutdown(&socket, rustix::net::Shutdown::Write)?;
        Ok(socket)
    }

    /// Closes our side, then waits a moment for the other side to close: a socket closed with unread bytes in it is
    /// reset, and a reset destroys our last answer on its way.
    pub(crate) async fn part(mut self) {
        if self.shutdown().await.is_err() {
            return;
        }
        let drain = async {
            // On the heap: in the future it would be carried through the whole conversation.
            let mut bytes = vec![0; 4096];
            let mut left = PARTING_BYTES_MAX;
            while let Ok(length @ 1..) = self.read(&mut bytes).await {
                left = left.saturating_sub(length);
                if left == 0 {
                    break;
                }
            }
        };
        // Late or not, the socket is closed now.
        let _ = tokio::time::timeout(PARTING_MAX, drain).await;
    }
}

/// Sends what nothing comes after: on Linux it waits for the end that follows, to leave with it in one segment.
fn send_last(socket: impl AsFd, bytes: &[u8]) -> io::Result<usize> {
    #[cfg(target_os = "linux")]
    let sent = rustix::net::send(socket, bytes, SendFlags::MORE | SendFlags::NOSIGNAL);
    #[cfg(not(target_os = "linux"))]
    let sent = rustix::io::write(socket, bytes);
    Ok(sent?)
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, bytes),
            Self::Unix(stream) => Pin::new(stream).poll_read(cx, bytes),
            Self::Served(_) | Self::Lent => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Unix(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Served(_) | Self::Lent => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Self::Unix(stream) => Pin::new(stream).poll_flush(cx),
            Self::Served(_) | Self::Lent => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Served(_) | Self::Lent => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }
}
