//! Listeners: sockets bound to an address, with their real port.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};
use std::os::unix::net::UnixListener;

use convo::{Link, Transport};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use crate::address::Place;
use crate::{Address, ResolveError};

pub(crate) use self::unix::SocketFile;

#[cfg(target_os = "linux")]
mod defer;
mod unix;

/// Connections that wait in the system to be accepted; the system may allow fewer.
const BACKLOG: i32 = 4096;
/// What a UDP socket asks for to hold datagrams until they are read, bytes; the system may allow less.
pub(crate) const DATAGRAM_BUFFER_BYTES: usize = 4 * 1024 * 1024;
/// How often another port is tried where one was free for IPv4 only.
const SAME_PORT_TRIES: usize = 16;

/// A bound socket that waits for peers. A Unix socket's file is removed when it is dropped.
#[derive(Debug)]
pub struct Listener {
    pub(crate) address: Address,
    pub(crate) door: Door,
}

/// The socket itself, which does not block.
#[derive(Debug)]
pub(crate) enum Door {
    Tcp(TcpListener),
    Unix(UnixListener, SocketFile),
    Udp(UdpSocket),
}

/// An address on which nothing can listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The name could not be resolved.
    #[error("cannot listen on {address}: {error}")]
    Resolve {
        /// The address.
        address: Address,
        /// Why not.
        error: ResolveError,
    },
    /// The system, or another server, does not let us.
    #[error("cannot listen on {address}: {error}")]
    Bind {
        /// The address.
        address: Address,
        /// What the system said.
        error: io::Error,
    },
}

impl BindError {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        let Self::Bind { address, error } = self else {
            return Some("listen on an address of this machine, or on :PORT for loopback");
        };
        match (error.kind(), address) {
            (io::ErrorKind::AddrInUse, Address::Unix(_)) => {
                Some("end the other server, or choose another path")
            }
            (io::ErrorKind::AddrInUse, _) => {
                Some("end the other server, or choose another port; port 0 takes a free one")
            }
            (io::ErrorKind::PermissionDenied, Address::Unix(_)) => Some("choose a path in a folder of yours"),
            (io::ErrorKind::AlreadyExists, Address::Unix(_)) => {
                Some("choose another path, or remove what is there")
            }
            (io::ErrorKind::NotFound | io::ErrorKind::NotADirectory, Address::Unix(_)) => {
                Some("make its folder first, or choose a path in one that is there")
            }
            (io::ErrorKind::InvalidInput, Address::Unix(_)) => {
                Some("choose a shorter path: the system allows about 100 bytes")
            }
            (io::ErrorKind::PermissionDenied, _) => Some("ports below 1024 need rights; choose a higher one"),
            (io::ErrorKind::AddrNotAvailable, _) => {
                Some("listen on an address of this machine; 0.0.0.0 means all of them")
            }
            _ => None,
        }
    }
}

impl Listener {
    /// Binds every address that `address` stands for: for `localhost` 127.0.0.1 and ::1 where the host has both (with
    /// port 0: the same port on both), for a name all it resolves to. At least one.
    ///
    /// A second server on the same address and port is refused, whatever options its socket has. A Unix socket's file
    /// that no server listens on any more is replaced.
    ///
    /// # Errors
    /// [`BindError`] names the address; nothing stays bound.
    pub async fn bind(address: &Address) -> Result<Vec<Self>, BindError> {
        match address {
            Address::Unix(path) => {
                let failed = |error| BindError::Bind { address: address.clone(), error };
                let (listener, file) = unix::bind(path).await.map_err(failed)?;
                Ok(vec![Self { address: address.clone(), door: Door::Unix(listener, file) }])
            }
            Address::Internet { transport, place: Place::Loopback, port } => bind_loopback(*transport, *port),
            Address::Internet { transport, place, port } => {
                let failed = |error| BindError::Resolve { address: address.clone(), error };
                let found = place.resolve(*port).await.map_err(failed)?;
                found.into_iter().map(|at| bind_one(*transport, at)).collect()
            }
        }
    }

    /// Where it listens: a literal address and the real port, or the socket's path.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Where the system can, connections are accepted once their client has said something, or a second later: whoever
    /// speaks at once is answered without the server's waiting for it.
    pub(crate) fn defer(&self) {
        #[cfg(target_os = "linux")]
        if let Door::Tcp(listener) = &self.door {
            defer::defer(listener);
        }
    }

    /// Stream or datagrams.
    #[must_use]
    pub fn link(&self) -> Link {
        match self.door {
            Door::Tcp(_) | Door::Unix(..) => Link::Stream,
            Door::Udp(_) => Link::Datagram,
        }
    }
}

/// Both loopback addresses, or the one that this host has.
fn bind_loopback(transport: Transport, port: u16) -> Result<Vec<Listener>, BindError> {
    let mut tries = if port == 0 { SAME_PORT_TRIES } else { 1 };
    loop {
        tries -= 1;
        let four = match bind_one(transport, SocketAddr::from((Ipv4Addr::LOCALHOST, port))) {
            Ok(four) => Some(four),
            Err(error) if is_absent(&error) => None,
            Err(error) => return Err(error),
        };
        let port = four.as_ref().and_then(|four| four.address.port()).unwrap_or(port);
        match (four, bind_one(transport, SocketAddr::from((Ipv6Addr::LOCALHOST, port)))) {
            (Some(four), Ok(six)) => return Ok(vec![four, six]),
            (None, Ok(six)) => return Ok(vec![six]),
            (Some(four), Err(error)) if is_absent(&error) => return Ok(vec![four]),
            (Some(_), Err(error)) if is_taken(&error) && tries > 0 => {}
            (_, Err(error)) => return Err(error),
        }
    }
}

/// This host has no such address, or no such family.
fn is_absent(error: &BindError) -> bool {
    // The system's words for "address family not supported" have no ErrorKind of their own.
    let family_unknown = rustix::io::Errno::AFNOSUPPORT.raw_os_error();
    matches!(error, BindError::Bind { error, .. }
        if error.kind() == io::ErrorKind::AddrNotAvailable || error.raw_os_error() == Some(family_unknown))
}

fn is_taken(error: &BindError) -> bool {
    matches!(error, BindError::Bind { error, .. } if error.kind() == io::ErrorKind::AddrInUse)
}

fn bind_one(transport: Transport, at: SocketAddr) -> Result<Listener, BindError> {
    let bound = match transport {
        Transport::Tcp => tcp(at).and_then(|listener| Ok((listener.local_addr()?, Door::Tcp(listener)))),
        Transport::Udp => udp(at).and_then(|socket| Ok((socket.local_addr()?, Door::Udp(socket)))),
    };
    match bound {
        Ok((at, door)) => Ok(Listener { address: Address::of(transport, at), door }),
        Err(error) => Err(BindError::Bind { address: Address::of(transport, at), error }),
    }
}

fn tcp(at: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(at), Type::STREAM, Some(Protocol::TCP))?;
    // Linux still refuses a second listener; it only lets us pass connections of an earlier server that linger.
    socket.set_reuse_address(true)?;
    // What is accepted has both.
    socket.set_tcp_nodelay(true)?;
    calm(&socket, at);
    bind(&socket, at)?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Where there is no network between, there is nothing to be fair to: a system's choice that paces what is sent (BBR) counts
/// and sets timers for nothing.
pub(crate) fn calm(socket: &Socket, at: SocketAddr) {
    #[cfg(target_os = "linux")]
    if at.ip().is_loopback() {
        // Without it everything is as it was, only slower.
        let _ = socket.set_tcp_congestion(b"reno");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (socket, at);
}

fn udp(at: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(at), Type::DGRAM, Some(Protocol::UDP))?;
    // No SO_REUSEADDR: it would let two servers share the port, one of them hearing nothing.
    widen(&socket);
    bind(&socket, at)?;
    Ok(socket.into())
}

fn bind(socket: &Socket, at: SocketAddr) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    if at.is_ipv6() {
        // `[::]` means all interfaces, IPv4 included, whatever the system's default is.
        socket.set_only_v6(at.ip() != Ipv6Addr::UNSPECIFIED)?;
    }
    socket.bind(&SockAddr::from(at))
}

/// Asks for room for bursts of datagrams, in both directions. Less is allowed on some systems, and does.
pub(crate) fn widen(socket: &Socket) {
    let _ = socket.set_recv_buffer_size(DATAGRAM_BUFFER_BYTES);
    let _ = socket.set_send_buffer_size(DATAGRAM_BUFFER_BYTES);
}
