//! Byte streams: TCP and Unix sockets behind one face.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

#[cfg(target_os = "linux")]
use rustix::net::SendFlags;
#[cfg(target_os = "linux")]
use tokio::io::Interest;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

/// How long a closing side waits for the other side's end.
const PARTING_MAX: Duration = Duration::from_secs(1);
/// How much it reads meanwhile, bytes.
const PARTING_BYTES_MAX: usize = 64 * 1024;

/// A connected stream.
#[derive(Debug)]
pub(crate) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Stream {
    /// The peer's address as sessions and logs show it.
    pub(crate) fn peer(&self) -> String {
        match self {
            Self::Tcp(stream) => {
                stream.peer_addr().map_or_else(|_| "unknown".to_owned(), crate::address::plain)
            }
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

    /// Writes what the system takes at once.
    pub(crate) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.try_write(bytes),
            Self::Unix(stream) => stream.try_write(bytes),
        }
    }

    /// Writes what the system takes at once of what is said last. On Linux it may wait for the close, to leave with it in
    /// one segment: the caller shuts the stream down or drops it at once.
    pub(crate) fn try_write_last(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Tcp(stream) => stream.try_io(Interest::WRITABLE, || {
                Ok(rustix::net::send(stream, bytes, SendFlags::MORE | SendFlags::NOSIGNAL)?)
            }),
            _ => self.try_write(bytes),
        }
    }

    /// Comes when writing may succeed. Cancel safe.
    pub(crate) async fn writable(&self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.writable().await,
            Self::Unix(stream) => stream.writable().await,
        }
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

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, bytes),
            Self::Unix(stream) => Pin::new(stream).poll_read(cx, bytes),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Unix(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Self::Unix(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
