//! A nudge: an empty datagram of our own that wakes whoever waits in a UDP socket.
//!
//! Waiting in the socket itself costs a system call less for each datagram than being told by the system that there is
//! one, and the wake is shorter. It can be done where nothing else is watched: a server with one UDP address.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// Sends nudges to one socket.
#[derive(Debug)]
pub(super) struct Nudge {
    socket: UdpSocket,
    from: SocketAddr,
}

impl Nudge {
    /// For the socket that is bound to `at`.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn to(at: SocketAddr) -> io::Result<Self> {
        let loopback: IpAddr = match at {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        };
        let any: IpAddr = match at {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let mut to = at;
        if to.ip().is_unspecified() {
            to.set_ip(loopback);
        }
        let socket = UdpSocket::bind((if to.ip().is_loopback() { loopback } else { any }, 0))?;
        socket.set_nonblocking(true)?;
        socket.connect(to)?;
        let from = socket.local_addr()?;
        Ok(Self { socket, from })
    }

    /// By whom the socket hears itself nudged.
    pub(super) fn from(&self) -> SocketAddr {
        self.from
    }

    /// Sends a nudge.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn nudge(&self) -> io::Result<()> {
        self.socket.send(&[]).map(drop)
    }
}
