//! Who a peer is.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// A peer, as the system tells of it. `Display` shows it as the language's `peer` and logs do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerAddress {
    /// Over TCP or UDP: `127.0.0.1:5000`, `[::1]:5000`; an IPv4 peer of an IPv6 socket as IPv4.
    Internet(SocketAddr),
    /// Any other, as it is shown.
    Named(Arc<str>),
}

impl PeerAddress {
    /// A process behind a Unix socket: `pid:1234`, or `unix` where the system does not tell.
    pub(crate) fn process(pid: Option<i32>) -> Self {
        Self::Named(pid.map_or_else(|| "unix".into(), |pid| format!("pid:{pid}").into()))
    }
}

impl fmt::Display for PeerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = match self {
            Self::Internet(address) => address,
            Self::Named(name) => return f.write_str(name),
        };
        let (ip, port) = (address.ip().to_canonical(), address.port());
        let IpAddr::V4(four) = ip else { return SocketAddr::new(ip, port).fmt(f) };
        // Convos may show each peer that comes: the standard library's formatting costs a tenth of a short conversation.
        let mut digits = itoa::Buffer::new();
        for (octet, behind) in four.octets().into_iter().zip([".", ".", ".", ":"]) {
            f.write_str(digits.format(octet))?;
            f.write_str(behind)?;
        }
        f.write_str(digits.format(port))
    }
}
