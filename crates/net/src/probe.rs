//! Bare control over one connection, for who tests a program on its other end: writes as they are told, half-closes,
//! resets, silence.
//!
//! ```text
//! Probe::connect ──▶ write ─ hear ─ half_close ─ hear ─ reset | drop       against a server
//! Probes::bind ──accept──▶ the same                                        against a client
//! ```

use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use convo::Transport;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UdpSocket, UnixStream};

use crate::secure::{Exchanged, SecureError, hear_key};
use crate::stream::Stream;
use crate::{Address, Keys};

/// What a segment carries over Ethernet, bytes.
const SEGMENT_BYTES: u32 = 1460;
/// Asked of the system for what a narrow connection has not read yet, bytes: it takes twice as much.
const ROOM_BYTES: usize = 4096;
/// One read takes up to so many bytes.
const READ_BYTES: usize = 64 * 1024;

/// Where a probe goes: an address, resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// A TCP port.
    Tcp(SocketAddr),
    /// A UDP port.
    Udp(SocketAddr),
    /// A Unix stream socket.
    Unix(PathBuf),
}

impl Reach {
    /// Resolves an address; of several, IPv4 goes first.
    ///
    /// # Errors
    /// The name cannot be resolved.
    pub async fn of(address: &Address) -> io::Result<Self> {
        match address {
            Address::Unix(path) => Ok(Self::Unix(path.clone())),
            Address::Internet { transport, place, port } => {
                let all = place.resolve(*port).await.map_err(|error| io::Error::other(error.to_string()))?;
                let first = all.iter().find(|address| address.is_ipv4()).or(all.first());
                let first = *first.ok_or_else(|| io::Error::other("the name has no address"))?;
                Ok(match transport {
                    Transport::Tcp => Self::Tcp(first),
                    Transport::Udp => Self::Udp(first),
                })
            }
        }
    }

    /// The port, if it has one.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        match self {
            Self::Tcp(address) | Self::Udp(address) => Some(address.port()),
            Self::Unix(_) => None,
        }
    }
}

impl std::fmt::Display for Reach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "tcp://{address}"),
            Self::Udp(address) => write!(f, "udp://{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// What one read delivered, one datagram, or one decrypted block.
    Bytes(Vec<u8>),
    /// A datagram that came from somebody else.
    Stranger {
        /// Who sent it.
        from: SocketAddr,
        /// What it holds.
        bytes: Vec<u8>,
    },
    /// What came where an encrypted block was due, and is none.
    Garbled {
        /// The bytes.
        bytes: Vec<u8>,
        /// What is wrong with them.
        why: String,
    },
    /// The other side sends no more.
    End,
    /// The connection was reset, or a datagram found nobody.
    Reset,
}

/// The other side's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TheirKey {
    /// As it came.
    pub pem: String,
    /// How long a message one block under it carries, bytes.
    pub message_bytes_max: usize,
}

/// One connection to the program under test, or one UDP peer.
#[derive(Debug)]
pub struct Probe {
    kind: Kind,
    sealed: Option<Exchanged>,
    buffer: Vec<u8>,
}

#[derive(Debug)]
enum Kind {
    Stream(Stream),
    Datagrams { socket: Arc<UdpSocket>, peer: SocketAddr, waiting: Option<Vec<u8>> },
}

impl Probe {
    /// Connects; to a UDP port nothing is sent by that.
    ///
    /// # Errors
    /// What the system says.
    pub async fn connect(to: &Reach) -> io::Result<Self> {
        let kind = match to {
            Reach::Tcp(address) => Kind::Stream(Stream::Tcp(TcpStream::connect(address).await?)),
            Reach::Unix(path) => Kind::Stream(Stream::Unix(UnixStream::connect(path).await?)),
            Reach::Udp(address) => {
                let any: SocketAddr = if address.is_ipv4() {
                    (Ipv4Addr::UNSPECIFIED, 0).into()
                } else {
                    (Ipv6Addr::UNSPECIFIED, 0).into()
                };
                let socket = Arc::new(UdpSocket::bind(any).await?);
                Kind::Datagrams { socket, peer: *address, waiting: None }
            }
        };
        Ok(Self::new(kind))
    }

    /// Connects as from another machine, with little room for what was not read yet: that nobody reads is felt soon.
    /// Between programs of one machine the system would hold some megabytes.
    ///
    /// # Errors
    /// What the system says.
    pub async fn connect_narrow(to: &Reach) -> io::Result<Self> {
        let Reach::Tcp(address) = to else { return Self::connect(to).await };
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket2::SockRef::from(&socket).set_tcp_mss(SEGMENT_BYTES)?;
        let stream = socket.connect(*address).await?;
        socket2::SockRef::from(&stream).set_recv_buffer_size(ROOM_BYTES)?;
        Ok(Self::new(Kind::Stream(Stream::Tcp(stream))))
    }

    fn new(kind: Kind) -> Self {
        if let Kind::Stream(stream) = &kind {
            stream.hurry();
        }
        Self { kind, sealed: None, buffer: Vec::new() }
    }

    /// Our own address, and the other side's; nothing over Unix sockets, and once the connection is lost.
    #[must_use]
    pub fn ends(&self) -> Option<(SocketAddr, SocketAddr)> {
        match &self.kind {
            Kind::Stream(Stream::Tcp(stream)) => Some((stream.local_addr().ok()?, stream.peer_addr().ok()?)),
            Kind::Stream(Stream::Unix(_) | Stream::Served(_) | Stream::Lent) => None,
            Kind::Datagrams { socket, peer, .. } => Some((socket.local_addr().ok()?, *peer)),
        }
    }

    /// Whether the other side's key is known: what is heard from here on are the texts of blocks.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        self.sealed.is_some()
    }

    /// A message as it goes over the wire: one block once the other side's key is known, else as it is.
    ///
    /// # Errors
    /// It is longer than one block carries.
    pub fn seal(&self, message: &[u8]) -> Result<Vec<u8>, SecureError> {
        let Some(exchanged) = &self.sealed else { return Ok(message.to_vec()) };
        let mut block = Vec::new();
        exchanged.peer.encrypt(message, &mut block)?;
        Ok(block)
    }

    /// Writes all of `bytes` as they are: one datagram, or as few writes as the system lets us. Waits while the other
    /// side does not read. Not cancel safe: a part of it may have left.
    ///
    /// # Errors
    /// The connection is gone.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.kind {
            Kind::Stream(stream) => stream.write_all(bytes).await,
            Kind::Datagrams { socket, peer, .. } => socket.send_to(bytes, *peer).await.map(drop),
        }
    }

    /// Writes what the system takes of `bytes` without waiting, and says how much that was.
    ///
    /// # Errors
    /// The connection is gone.
    pub fn write_some(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = match &mut self.kind {
            Kind::Stream(stream) => stream.try_write(bytes),
            Kind::Datagrams { socket, peer, .. } => socket.try_send_to(bytes, *peer),
        };
        match written {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            other => other,
        }
    }

    /// Comes when writing may succeed. Cancel safe.
    ///
    /// # Errors
    /// What the system says.
    pub async fn writable(&mut self) -> io::Result<()> {
        match &mut self.kind {
            Kind::Stream(stream) => poll_fn(|cx| stream.poll_writable(cx)).await,
            Kind::Datagrams { socket, .. } => socket.writable().await,
        }
    }

    /// Waits for what comes next. Cancel safe.
    pub async fn hear(&mut self) -> Heard {
        if let Kind::Datagrams { socket, peer, waiting } = &mut self.kind {
            if let Some(bytes) = waiting.take() {
                return Heard::Bytes(bytes);
            }
            self.buffer.resize(READ_BYTES, 0);
            return match socket.recv_from(&mut self.buffer).await {
                Ok((length, from)) if from == *peer => Heard::Bytes(self.buffer[..length].to_vec()),
                Ok((length, from)) => Heard::Stranger { from, bytes: self.buffer[..length].to_vec() },
                Err(_) => Heard::Reset,
            };
        }
        loop {
            if let Some(heard) = self.sealed.as_mut().and_then(opened) {
                return heard;
            }
            let Kind::Stream(stream) = &mut self.kind else { return Heard::Reset };
            self.buffer.resize(READ_BYTES, 0);
            match (stream.read(&mut self.buffer).await, &mut self.sealed) {
                (Ok(0), Some(exchanged)) => {
                    let bytes = exchanged.blocks.rest().to_vec();
                    let garbled = |why: SecureError| Heard::Garbled { bytes, why: why.to_string() };
                    return exchanged.blocks.end().map_or_else(garbled, |()| Heard::End);
                }
                (Ok(0), None) => return Heard::End,
                (Ok(length), Some(exchanged)) => exchanged.blocks.push(&self.buffer[..length]),
                (Ok(length), None) => return Heard::Bytes(self.buffer[..length].to_vec()),
                (Err(_), _) => return Heard::Reset,
            }
        }
    }

    /// What is written from here on leaves with our end, over TCP on Linux: the other side has both at once, however
    /// busy the machine is. Elsewhere, nothing.
    pub fn write_with_end(&self) {
        #[cfg(target_os = "linux")]
        if let Kind::Stream(Stream::Tcp(stream)) = &self.kind {
            // On a connection that is gone the next write says so.
            let _ = socket2::SockRef::from(stream).set_tcp_cork(true);
        }
    }

    /// Ends our sending side; what comes can still be heard.
    ///
    /// # Errors
    /// The connection is gone.
    pub async fn half_close(&mut self) -> io::Result<()> {
        match &mut self.kind {
            Kind::Stream(stream) => stream.shutdown().await,
            Kind::Datagrams { .. } => Ok(()),
        }
    }

    /// Breaks the connection off at once: the other side hears a reset.
    pub fn reset(self) {
        if let Kind::Stream(Stream::Tcp(stream)) = &self.kind {
            // It fails on a connection that is gone already: then it is reset.
            let _ = socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO));
        }
    }

    /// Waits for the other side's key. Ours is written like anything else. Not cancel safe.
    ///
    /// # Errors
    /// The other side's key is missing or not accepted.
    pub async fn hear_key(&mut self, keys: &Keys) -> Result<TheirKey, SecureError> {
        let Kind::Stream(stream) = &mut self.kind else { return Err(SecureError::Datagrams) };
        let (exchanged, pem) = hear_key(stream, keys).await?;
        let message_bytes_max = exchanged.peer.message_bytes_max();
        self.sealed = Some(exchanged);
        Ok(TheirKey { pem, message_bytes_max })
    }

    /// Sends a datagram to our peer from another port than the one it talks to.
    ///
    /// # Errors
    /// This is a stream, or what the system says.
    pub async fn write_from_elsewhere(&self, bytes: &[u8]) -> io::Result<()> {
        let Kind::Datagrams { peer, .. } = &self.kind else {
            return Err(io::Error::other("only datagrams come from elsewhere"));
        };
        let any: SocketAddr =
            if peer.is_ipv4() { (Ipv4Addr::LOCALHOST, 0).into() } else { (Ipv6Addr::LOCALHOST, 0).into() };
        UdpSocket::bind(any).await?.send_to(bytes, *peer).await.map(drop)
    }
}

/// The next block, opened. A newline that the other side said after its key belongs to no block.
fn opened(exchanged: &mut Exchanged) -> Option<Heard> {
    loop {
        let block = exchanged.blocks.next()?;
        let why = match exchanged.own.decrypt(&block) {
            Ok(text) => return Some(Heard::Bytes(text)),
            Err(why) => why.to_string(),
        };
        let Some(first) = exchanged.blocks.newline(&block).map(<[u8]>::to_vec) else {
            return Some(Heard::Garbled { bytes: block, why });
        };
        exchanged.blocks.shift(first);
    }
}

/// A port at which the clients under test are awaited.
#[derive(Debug)]
pub struct Probes(Waiting);

#[derive(Debug)]
enum Waiting {
    Tcp(TcpListener),
    Udp(Arc<UdpSocket>),
}

impl Probes {
    /// Listens on 127.0.0.1; port 0 lets the system choose.
    ///
    /// # Errors
    /// The port is taken.
    pub async fn bind(transport: Transport, port: u16) -> io::Result<Self> {
        let address: SocketAddr = (Ipv4Addr::LOCALHOST, port).into();
        Ok(Self(match transport {
            Transport::Tcp => {
                let socket = TcpSocket::new_v4()?;
                socket.set_reuseaddr(true)?;
                socket.bind(address)?;
                Waiting::Tcp(socket.listen(64)?)
            }
            Transport::Udp => Waiting::Udp(Arc::new(UdpSocket::bind(address).await?)),
        }))
    }

    /// The port.
    ///
    /// # Errors
    /// What the system says.
    pub fn port(&self) -> io::Result<u16> {
        Ok(match &self.0 {
            Waiting::Tcp(listener) => listener.local_addr()?.port(),
            Waiting::Udp(socket) => socket.local_addr()?.port(),
        })
    }

    /// Waits for a client; over UDP, for its first datagram. Cancel safe.
    ///
    /// # Errors
    /// What the system says.
    pub async fn accept(&self) -> io::Result<Probe> {
        match &self.0 {
            Waiting::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                Ok(Probe::new(Kind::Stream(Stream::Tcp(stream))))
            }
            Waiting::Udp(socket) => {
                let mut bytes = vec![0; READ_BYTES];
                let (length, peer) = socket.recv_from(&mut bytes).await?;
                bytes.truncate(length);
                Ok(Probe::new(Kind::Datagrams { socket: Arc::clone(socket), peer, waiting: Some(bytes) }))
            }
        }
    }
}
