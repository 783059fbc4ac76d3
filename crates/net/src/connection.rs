//! A conversation over a byte stream, plain or in encrypted blocks.
//!
//! ```text
//!     read ──> Input::Bytes ──────────────────────> session ──> bytes ─────────────> write
//!     read ──> blocks ──> decrypt ──> Input::Datagram ┘    └──> message ──> encrypt ──> write
//! ```

use std::io;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use convo::{Input, Role};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::conversation::{Link, Unit};
use crate::rooms::Passed;
use crate::seat::Seat;
use crate::secure::{Crossed, Exchanged, SecureError, exchange_counted};
use crate::stream::{Served, Stream};
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
    /// What encrypted messages need, once there are any.
    sealing: Option<Box<Sealing>>,
    /// What the system did not take at once.
    unsent: Option<Box<Unsent>>,
    /// Whether the peer's end, or a reset, was heard.
    ended: bool,
}

/// How keys are exchanged, if the convo says so.
#[derive(Debug)]
pub(crate) struct Securing {
    keys: Keys,
    /// How long it may take.
    within: Duration,
}

impl Securing {
    /// With our `keys`; `patience` bounds how long it may take.
    pub(crate) fn new(keys: Keys, patience: Option<Duration>) -> Arc<Self> {
        Arc::new(Self { keys, within: patience.unwrap_or(EXCHANGE_MAX) })
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }
}

/// How far encryption is.
enum Sealing {
    /// The stream is lent to the exchange of keys.
    Exchange(Pin<Box<dyn Future<Output = Exchange> + Send>>),
    Sealed(Sealed),
}

/// What an exchange of keys came to.
struct Exchange {
    stream: Stream,
    crossed: Crossed,
    exchanged: Result<Exchanged, SecureError>,
}

struct Sealed {
    exchanged: Exchanged,
    /// A block that is being decrypted.
    opening: Option<JoinHandle<Result<Vec<u8>, SecureError>>>,
    /// The first block, where it begins with what may be a newline after the peer's key.
    first: Option<Vec<u8>>,
}

/// Bytes on their way. Their box is there only while there are any: most connections never need it.
#[derive(Default)]
struct Unsent {
    bytes: Vec<u8>,
    /// So many of them have left.
    sent: usize,
    /// The peer may take nothing until then.
    until: Option<Instant>,
}

impl Connection {
    /// Converses over `stream`.
    pub(crate) fn new(stream: Stream) -> Self {
        Self { stream, sealing: None, unsent: None, ended: false }
    }

    /// The stream, where it is one that the engine watches.
    pub(crate) fn served(&mut self) -> Option<&mut Served> {
        match &mut self.stream {
            Stream::Served(served) => Some(served),
            Stream::Tcp(_) | Stream::Unix(_) | Stream::Lent => None,
        }
    }

    pub(crate) fn is_served(&self) -> bool {
        matches!(self.stream, Stream::Served(_))
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

    /// Writes bytes of a message that is not this session's own, which waits. Where not all of them leave at once, the rest
    /// is its own, or it has heard that nobody is there.
    pub(crate) fn pass_on(&mut self, seat: &mut Seat, bytes: &[u8]) -> Passed {
        let written = self.stream.try_write(bytes);
        if written.as_ref().is_ok_and(|written| *written == bytes.len()) {
            return Passed::All;
        }
        self.wrote(seat, bytes, written);
        Passed::On
    }

    /// What became of writing `bytes`: the system took some of them, or nobody is there.
    fn wrote(&mut self, seat: &mut Seat, bytes: &[u8], written: io::Result<usize>) {
        match written {
            Ok(written) => {
                seat.count_sent(written);
                if written < bytes.len() {
                    self.unsent().extend_from_slice(&bytes[written..]);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.unsent().extend_from_slice(bytes),
            Err(_) => self.lose(seat),
        }
    }

    fn unsent(&mut self) -> &mut Vec<u8> {
        &mut self.unsent.get_or_insert_default().bytes
    }

    /// Sending failed: nobody is there.
    fn lose(&mut self, seat: &mut Seat) {
        self.unsent = None;
        self.ended = true;
        seat.hear(Input::Reset);
    }

    fn poll_bytes(&mut self, cx: &mut Context<'_>, seat: &mut Seat) -> Poll<Result<(), End>> {
        if self.ended {
            return Poll::Pending;
        }
        INBOX.with_borrow_mut(|inbox| {
            match ready!(self.stream.poll_bytes(cx, inbox)) {
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
        let Some(Sealing::Sealed(sealed)) = self.sealing.as_deref_mut() else { return Poll::Pending };
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
                let own = Arc::clone(&sealed.exchanged.own);
                // A block costs milliseconds: others are not made to wait for it.
                sealed.opening = Some(tokio::task::spawn_blocking(move || own.decrypt(&block)));
                continue;
            }
            if self.ended {
                return Poll::Pending;
            }
            let read = INBOX.with_borrow_mut(|inbox| {
                self.stream.poll_bytes(cx, inbox).map_ok(|bytes| {
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

impl Link for Connection {
    fn say(&mut self, seat: &mut Seat, bytes: &[u8], unit: Unit) -> Result<(), End> {
        if let Some(Sealing::Sealed(sealed)) = self.sealing.as_deref() {
            let unsent = self.unsent.get_or_insert_default();
            sealed.exchanged.peer.encrypt(bytes, &mut unsent.bytes)?;
            return Ok(());
        }
        if bytes.is_empty() {
            return Ok(());
        }
        if unit == Unit::Apart {
            self.unsent().extend_from_slice(bytes);
            return Ok(());
        }
        let written = match unit {
            Unit::Last => self.stream.try_write_last(bytes),
            _ => self.stream.try_write(bytes),
        };
        self.wrote(seat, bytes, written);
        Ok(())
    }

    fn is_settled(&self) -> bool {
        self.unsent.is_none()
    }

    fn poll_settle(&mut self, cx: &mut Context<'_>, seat: &mut Seat, _more: bool) -> Poll<Result<(), End>> {
        while let Some(unsent) = &mut self.unsent
            && unsent.sent < unsent.bytes.len()
        {
            match self.stream.try_write(&unsent.bytes[unsent.sent..]) {
                Ok(written) => {
                    unsent.sent += written;
                    unsent.until = None;
                    seat.count_sent(written);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if self.stream.poll_writable(cx).is_ready() {
                        continue;
                    }
                    let now = Instant::now();
                    if now < *unsent.until.get_or_insert(now + STALL_MAX) {
                        return Poll::Pending;
                    }
                    return Poll::Ready(Err(End::Stalled(STALL_MAX)));
                }
                Err(_) => {
                    self.lose(seat);
                    break;
                }
            }
        }
        self.unsent = None;
        Poll::Ready(Ok(()))
    }

    fn due(&self) -> Option<Instant> {
        self.unsent.as_ref()?.until
    }

    fn poll_hear(&mut self, cx: &mut Context<'_>, seat: &mut Seat) -> Poll<Result<(), End>> {
        if self.sealing.is_some() { self.poll_block(cx, seat) } else { self.poll_bytes(cx, seat) }
    }

    /// A panic in the middle of it leaves a connection without its stream.
    fn poll_secure(&mut self, cx: &mut Context<'_>, seat: &mut Seat) -> Poll<Result<(), End>> {
        if self.sealing.is_none() {
            let stream = std::mem::replace(&mut self.stream, Stream::Lent).watched_by_runtime();
            let stream = stream.map_err(|_| SecureError::Closed)?;
            let exchange = exchange(stream, seat.about().role, Arc::clone(seat.securing()));
            self.sealing = Some(Box::new(Sealing::Exchange(Box::pin(exchange))));
        }
        let Some(Sealing::Exchange(exchange)) = self.sealing.as_deref_mut() else {
            return Poll::Ready(Ok(()));
        };
        let Exchange { stream, crossed, exchanged } = ready!(exchange.as_mut().poll(cx));
        self.stream = stream;
        self.sealing = None;
        seat.count_sent(crossed.sent_bytes);
        seat.count_received(crossed.received_bytes);
        let exchanged = exchanged?;
        if let Some(bits) = exchanged.peer.weak_bits() {
            seat.host().warn(Some(seat.about()), &Warning::WeakKey { bits });
        }
        let message_bytes_max = exchanged.peer.message_bytes_max();
        self.sealing = Some(Box::new(Sealing::Sealed(Sealed { exchanged, opening: None, first: None })));
        seat.hear(Input::Secured { message_bytes_max });
        Poll::Ready(Ok(()))
    }
}

/// Exchanges keys over a stream, and gives it back.
async fn exchange(mut stream: Stream, role: Role, securing: Arc<Securing>) -> Exchange {
    let Securing { keys, within } = &*securing;
    let mut crossed = Crossed::default();
    let exchange = exchange_counted(&mut stream, role, keys, &mut crossed);
    let exchanged = tokio::time::timeout(*within, exchange).await;
    let exchanged = exchanged.unwrap_or(Err(SecureError::Silent(*within)));
    Exchange { stream, crossed, exchanged }
}
