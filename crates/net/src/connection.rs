//! A conversation over a byte stream, plain or in encrypted blocks.
//!
//! ```text
//!     read ──> Input::Bytes ──────────────────────> session ──> bytes ─────────────> write
//!     read ──> blocks ──> decrypt ──> Input::Datagram ┘    └──> message ──> encrypt ──> write
//! ```

use std::io;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use convo::Input;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::task::JoinHandle;

use crate::conversation::{Link, Unit};
use crate::seat::Seat;
use crate::secure::{Crossed, Exchanged, SecureError, exchange_counted};
use crate::stream::Stream;
use crate::{End, Keys, Warning};

/// One read takes up to so many bytes.
const INBOX_BYTES: usize = 64 * 1024;
/// A peer that takes nothing of what we say for so long is dropped.
const STALL_MAX: Duration = Duration::from_secs(60);
/// How long keys may take where the convo's `idle` or the caller's timeout says nothing.
const EXCHANGE_MAX: Duration = Duration::from_secs(30);

thread_local! {
    /// What one read delivers. One for all connections of a thread, so that an idle one owns no buffer.
    static INBOX: std::cell::RefCell<Box<[u8]>> = std::cell::RefCell::new(vec![0; INBOX_BYTES].into());
}

/// A stream to the peer.
pub(crate) struct Connection {
    stream: Stream,
    keys: Keys,
    /// How long keys may take.
    exchange_max: Duration,
    /// After the exchange of keys.
    sealed: Option<Box<Sealed>>,
    /// What the system did not take at once.
    unsent: Vec<u8>,
    /// Whether the peer's end, or a reset, was heard.
    ended: bool,
}

/// What encrypted messages need.
struct Sealed {
    exchanged: Exchanged,
    /// A block that is being decrypted.
    opening: Option<JoinHandle<Result<Vec<u8>, SecureError>>>,
    /// The first block, where it begins with what may be a newline after the peer's key.
    first: Option<Vec<u8>>,
}

impl Connection {
    /// Converses over `stream`. `patience` bounds the exchange of keys.
    pub(crate) fn new(stream: Stream, keys: Keys, patience: Option<Duration>) -> Self {
        let exchange_max = patience.unwrap_or(EXCHANGE_MAX);
        Self { stream, keys, exchange_max, sealed: None, unsent: Vec::new(), ended: false }
    }

    /// Closes the connection so that what was said last arrives.
    pub(crate) async fn part(self) {
        if !self.ended {
            self.stream.part().await;
        }
    }

    /// Closes our side. What is returned has to be kept until the other side closes, so that what was said last arrives.
    pub(crate) fn close(self) -> Option<OwnedFd> {
        if self.ended { None } else { self.stream.close(&[]).ok() }
    }

    /// Sending failed: nobody is there.
    fn lose(&mut self, seat: &mut Seat) {
        self.unsent = Vec::new();
        self.ended = true;
        seat.hear(Input::Reset);
    }

    /// Writes what the system did not take at once.
    async fn write(&mut self, seat: &mut Seat) -> Result<(), End> {
        let mut sent = 0;
        while sent < self.unsent.len() {
            if tokio::time::timeout(STALL_MAX, self.stream.writable()).await.is_err() {
                return Err(End::Stalled(STALL_MAX));
            }
            match self.stream.try_write(&self.unsent[sent..]) {
                Ok(written) => sent += written,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => {
                    self.lose(seat);
                    return Ok(());
                }
            }
        }
        seat.count_sent(sent);
        self.unsent = Vec::new();
        Ok(())
    }

    fn poll_bytes(&mut self, cx: &mut Context<'_>, seat: &mut Seat) -> Poll<Result<(), End>> {
        if self.ended {
            return Poll::Pending;
        }
        INBOX.with_borrow_mut(|inbox| {
            match ready!(poll_read(&mut self.stream, cx, inbox)) {
                Ok([]) => {
                    self.ended = true;
                    seat.hear(Input::End);
                }
                Ok(bytes) => {
                    seat.count_received(bytes.len());
                    seat.hear(Input::Bytes(bytes));
                }
                Err(_) => self.lose(seat),
            }
            Poll::Ready(Ok(()))
        })
    }

    fn poll_block(&mut self, cx: &mut Context<'_>, seat: &mut Seat) -> Poll<Result<(), End>> {
        let Some(sealed) = &mut self.sealed else {
            return Poll::Pending;
        };
        loop {
            if let Some(opening) = &mut sealed.opening {
                let opened = ready!(Pin::new(opening).poll(cx));
                sealed.opening = None;
                let opened = opened.unwrap_or(Err(SecureError::Library("a block was not decrypted")));
                // OAEP tells a shifted block from a whole one that begins with this byte by chance.
                if let (Err(SecureError::Block(_)), Some(first)) = (&opened, sealed.first.take()) {
                    sealed.exchanged.blocks.shift(first);
                    continue;
                }
                let text = opened?;
                seat.hear(Input::Datagram(&text));
                return Poll::Ready(Ok(()));
            }
            if let Some(block) = sealed.exchanged.blocks.next() {
                sealed.first = sealed.exchanged.blocks.newline(&block).map(<[u8]>::to_vec);
                let own = std::sync::Arc::clone(&sealed.exchanged.own);
                // A block costs milliseconds: others are not made to wait for it.
                sealed.opening = Some(tokio::task::spawn_blocking(move || own.decrypt(&block)));
                continue;
            }
            if self.ended {
                return Poll::Pending;
            }
            let read = INBOX.with_borrow_mut(|inbox| {
                poll_read(&mut self.stream, cx, inbox).map_ok(|bytes| {
                    sealed.exchanged.blocks.push(bytes);
                    bytes.len()
                })
            });
            match ready!(read) {
                Ok(0) => {
                    self.ended = true;
                    sealed.exchanged.blocks.end()?;
                    seat.hear(Input::End);
                    return Poll::Ready(Ok(()));
                }
                Ok(length) => seat.count_received(length),
                Err(_) => {
                    self.lose(seat);
                    return Poll::Ready(Ok(()));
                }
            }
        }
    }
}

fn poll_read<'a>(
    stream: &mut Stream,
    cx: &mut Context<'_>,
    inbox: &'a mut [u8],
) -> Poll<io::Result<&'a [u8]>> {
    let mut buffer = ReadBuf::new(inbox);
    ready!(Pin::new(stream).poll_read(cx, &mut buffer))?;
    let length = buffer.filled().len();
    Poll::Ready(Ok(&inbox[..length]))
}

impl Link for Connection {
    fn say(&mut self, seat: &mut Seat, bytes: &[u8], unit: Unit) -> Result<(), End> {
        if let Some(sealed) = &self.sealed {
            sealed.exchanged.peer.encrypt(bytes, &mut self.unsent)?;
            return Ok(());
        }
        if unit == Unit::Apart {
            self.unsent.extend_from_slice(bytes);
            return Ok(());
        }
        if bytes.is_empty() {
            return Ok(());
        }
        let written = match unit {
            Unit::Last => self.stream.try_write_last(bytes),
            _ => self.stream.try_write(bytes),
        };
        match written {
            Ok(written) => {
                seat.count_sent(written);
                self.unsent.extend_from_slice(&bytes[written..]);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.unsent.extend_from_slice(bytes),
            Err(_) => self.lose(seat),
        }
        Ok(())
    }

    fn is_settled(&self) -> bool {
        self.unsent.is_empty()
    }

    fn settle(&mut self, seat: &mut Seat, _more: bool) -> impl Future<Output = Result<(), End>> + Send {
        // Boxed: seldom needed, and every idle connection would carry it.
        Box::pin(self.write(seat))
    }

    fn poll_hear(&mut self, cx: &mut Context<'_>, seat: &mut Seat) -> Poll<Result<(), End>> {
        if self.sealed.is_some() { self.poll_block(cx, seat) } else { self.poll_bytes(cx, seat) }
    }

    async fn secure(&mut self, seat: &mut Seat) -> Result<(), End> {
        let role = seat.about().role;
        let mut crossed = Crossed::default();
        let exchange = Box::pin(exchange_counted(&mut self.stream, role, &self.keys, &mut crossed));
        let exchanged = tokio::time::timeout(self.exchange_max, exchange).await;
        seat.count_sent(crossed.sent_bytes);
        seat.count_received(crossed.received_bytes);
        let exchanged = exchanged.unwrap_or(Err(SecureError::Silent(self.exchange_max)))?;
        if let Some(bits) = exchanged.peer.weak_bits() {
            seat.host().warn(Some(seat.about()), &Warning::WeakKey { bits });
        }
        let message_bytes_max = exchanged.peer.message_bytes_max();
        self.sealed = Some(Box::new(Sealed { exchanged, opening: None, first: None }));
        seat.hear(Input::Secured { message_bytes_max });
        Ok(())
    }
}
