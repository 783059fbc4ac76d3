//! Byte streams: TCP and Unix sockets behind one face.

use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::os::fd::{AsFd, OwnedFd};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

#[cfg(target_os = "linux")]
use rustix::net::SendFlags;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, Interest, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

/// How long a closing side waits for the other side's end.
pub(crate) const PARTING_MAX: Duration = Duration::from_secs(1);
/// How much it reads meanwhile, bytes.
pub(crate) const PARTING_BYTES_MAX: usize = 64 * 1024;

/// A connected stream.
#[derive(Debug)]
pub(crate) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
    Fresh(Fresh),
}

/// A TCP connection just accepted. The runtime learns of it when it is waited for: a client that says all at once is
/// answered without, which saves three system calls and waking up for its end.
#[derive(Debug)]
pub(crate) struct Fresh {
    /// Nothing, where the runtime could not take it.
    stream: Option<std::net::TcpStream>,
    /// It was read from: next time it is waited for.
    read: bool,
}

impl Fresh {
    fn stream(&self) -> io::Result<&std::net::TcpStream> {
        self.stream.as_ref().ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl From<std::net::TcpStream> for Stream {
    /// A stream that does not block, of a listener.
    fn from(stream: std::net::TcpStream) -> Self {
        Self::Fresh(Fresh { stream: Some(stream), read: false })
    }
}

impl Stream {
    /// The peer's address as sessions and logs show it.
    pub(crate) fn peer(&self) -> String {
        match self {
            Self::Tcp(stream) => {
                stream.peer_addr().map_or_else(|_| "unknown".to_owned(), crate::address::plain)
            }
            Self::Fresh(fresh) => fresh
                .stream()
                .and_then(std::net::TcpStream::peer_addr)
                .map_or_else(|_| "unknown".to_owned(), crate::address::plain),
            Self::Unix(stream) => match stream.peer_cred().ok().and_then(|peer| peer.pid()) {
                Some(pid) => format!("pid:{pid}"),
                None => "unix".to_owned(),
            },
        }
    }

    /// Each write leaves at once: conversations are questions and answers. Accepted streams have it of their listener.
    pub(crate) fn hurry(&self) {
        if let Self::Tcp(stream) = self {
            // It fails on a connection that is gone already, which the next read tells.
            let _ = stream.set_nodelay(true);
        }
    }

    /// Tells the runtime of a fresh stream, so that it can be waited for.
    fn register(&mut self) -> io::Result<()> {
        if let Self::Fresh(fresh) = self {
            let stream = fresh.stream.take().ok_or(io::ErrorKind::NotConnected)?;
            *self = Self::Tcp(TcpStream::from_std(stream)?);
        }
        Ok(())
    }

    /// Writes what the system takes at once.
    pub(crate) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.try_write(bytes),
            Self::Unix(stream) => stream.try_write(bytes),
            Self::Fresh(fresh) => fresh.stream()?.write(bytes),
        }
    }

    /// Writes what the system takes at once of what is said last: the caller closes or drops the stream at once.
    pub(crate) fn try_write_last(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.try_io(Interest::WRITABLE, || send_last(stream, bytes)),
            Self::Fresh(fresh) => send_last(fresh.stream()?, bytes),
            Self::Unix(stream) => stream.try_write(bytes),
        }
    }

    /// Comes when writing may succeed. Cancel safe.
    pub(crate) async fn writable(&mut self) -> io::Result<()> {
        self.register()?;
        match self {
            Self::Tcp(stream) => stream.writable().await,
            Self::Unix(stream) => stream.writable().await,
            Self::Fresh(_) => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Closes our side after `last`, of which is written what the system takes at once. What is returned has to be kept
    /// until the other side closes, as [`Stream::part`] does.
    pub(crate) fn close(self, last: &[u8]) -> io::Result<OwnedFd> {
        let socket: OwnedFd = match self {
            Self::Tcp(stream) => stream.into_std()?.into(),
            Self::Unix(stream) => stream.into_std()?.into(),
            Self::Fresh(fresh) => fresh.stream.ok_or(io::ErrorKind::NotConnected)?.into(),
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
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Self::Fresh(fresh @ Fresh { read: false, .. }) = &mut *self {
            fresh.read = true;
            match fresh.stream()?.read(bytes.initialize_unfilled()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return Poll::Ready(read.map(|length| bytes.advance(length))),
            }
        }
        self.register()?;
        match &mut *self {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, bytes),
            Self::Unix(stream) => Pin::new(stream).poll_read(cx, bytes),
            Self::Fresh(_) => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.register()?;
        match &mut *self {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Unix(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Fresh(_) => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Self::Unix(stream) => Pin::new(stream).poll_flush(cx),
            Self::Fresh(_) => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Fresh(fresh) => Poll::Ready(fresh.stream()?.shutdown(Shutdown::Write)),
        }
    }
}
