//! Addresses as people write them: `tcp://host:port`, `udp://[::1]:1234`, `unix:/run/x.sock`, `host:port`, `:port`.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use convo::Transport;

pub use self::peer::PeerAddress;

mod peer;
#[cfg(test)]
mod tests;

/// Where to listen, or whom to call. `Display` prints the canonical form, which [`Address::parse`] reads back.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Address {
    /// TCP or UDP.
    Internet {
        /// Which of the two.
        transport: Transport,
        /// The host.
        place: Place,
        /// The port; 0 lets the system choose one to listen on.
        port: u16,
    },
    /// A Unix stream socket.
    Unix(PathBuf),
}

/// The host part of an [`Address`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Place {
    /// `localhost`, or nothing before the port: this machine, 127.0.0.1 and ::1 where it has both.
    Loopback,
    /// A literal address.
    Ip(IpAddr),
    /// A name to resolve, or an IPv6 address with a zone (`fe80::1%eth0`).
    Name(String),
}

/// What an address may leave out: the convo's first `listen`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Defaults {
    /// Where no `tcp://` or `udp://` is given.
    pub transport: Transport,
    /// Where no port is given. Without it the port must be given.
    pub port: Option<u16>,
}

/// An address that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an address: {wrong}")]
pub struct ParseError {
    text: String,
    wrong: String,
    hint: &'static str,
}

impl ParseError {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> &str {
        self.hint
    }
}

/// A name that cannot be resolved.
#[derive(Debug, thiserror::Error)]
#[error("cannot resolve `{name}`: {error}")]
pub struct ResolveError {
    name: String,
    error: io::Error,
}

const FORMS: &str = "write tcp://HOST:PORT, udp://HOST:PORT, unix:PATH, HOST:PORT, or :PORT for this machine";
const BRACKETS: &str = "an IPv6 address stands in brackets: [::1]:7200";

impl Address {
    /// Reads an address; what it leaves out comes from `defaults`.
    ///
    /// # Errors
    /// [`ParseError`] says which part is wrong, and has a hint.
    pub fn parse(text: &str, defaults: Defaults) -> Result<Self, ParseError> {
        let wrong = |wrong: String, hint| ParseError { text: text.to_owned(), wrong, hint };
        if let Some(path) = text.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() {
                return Err(wrong("the path is missing".to_owned(), "write unix:/run/x.sock"));
            }
            return Ok(Self::Unix(PathBuf::from(path)));
        }
        let (transport, rest) = match text.split_once("://") {
            None => (defaults.transport, text),
            Some(("tcp", rest)) => (Transport::Tcp, rest),
            Some(("udp", rest)) => (Transport::Udp, rest),
            Some((scheme, _)) => {
                return Err(wrong(format!("`{scheme}` is neither tcp, udp nor unix"), FORMS));
            }
        };
        let (host, port) = split_port(rest).map_err(|(what, hint)| wrong(what, hint))?;
        let port = match (port, defaults.port) {
            (Some(port), _) => port
                .parse()
                .map_err(|_| wrong(format!("`{port}` is no port"), "a port is a number from 0 to 65535"))?,
            (None, Some(port)) if !host.is_empty() => port,
            _ => return Err(wrong("the port is missing".to_owned(), FORMS)),
        };
        let place = Place::parse(host).map_err(|what| wrong(what, FORMS))?;
        Ok(Self::Internet { transport, place, port })
    }

    /// A literal TCP or UDP address.
    #[must_use]
    pub fn of(transport: Transport, address: SocketAddr) -> Self {
        let place = Place::Ip(address.ip().to_canonical());
        Self::Internet { transport, place, port: address.port() }
    }

    /// Whether only this machine can reach it. A name counts as reachable from elsewhere, whatever it resolves to.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self {
            Self::Unix(_) => true,
            Self::Internet { place, .. } => match place {
                Place::Loopback => true,
                Place::Ip(ip) => ip.to_canonical().is_loopback(),
                Place::Name(_) => false,
            },
        }
    }

    /// TCP or UDP; `None` of a Unix socket.
    #[must_use]
    pub fn transport(&self) -> Option<Transport> {
        match self {
            Self::Unix(_) => None,
            Self::Internet { transport, .. } => Some(*transport),
        }
    }

    /// The port of TCP and UDP.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        match self {
            Self::Unix(_) => None,
            Self::Internet { port, .. } => Some(*port),
        }
    }
}

impl Place {
    fn parse(host: &str) -> Result<Self, String> {
        if host.is_empty() || host.eq_ignore_ascii_case("localhost") {
            return Ok(Self::Loopback);
        }
        if let Ok(ip) = host.parse() {
            return Ok(Self::Ip(ip));
        }
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%');
        match host.chars().find(|&c| !fits(c)) {
            None => Ok(Self::Name(host.to_owned())),
            Some(c) => Err(format!("a host's name cannot have {c:?} in it")),
        }
    }

    /// All socket addresses of this place, in the order in which they should be tried.
    pub(crate) async fn resolve(&self, port: u16) -> Result<Vec<SocketAddr>, ResolveError> {
        match self {
            Self::Loopback => Ok(vec![
                SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
                SocketAddr::from((Ipv6Addr::LOCALHOST, port)),
            ]),
            Self::Ip(ip) => Ok(vec![SocketAddr::from((*ip, port))]),
            Self::Name(name) => {
                let failed = |error| ResolveError { name: name.clone(), error };
                let found = tokio::net::lookup_host((name.as_str(), port)).await.map_err(failed)?;
                let mut addresses = Vec::new();
                for address in found {
                    if !addresses.contains(&address) {
                        addresses.push(address);
                    }
                }
                if addresses.is_empty() {
                    return Err(failed(io::Error::other("the name has no address")));
                }
                Ok(addresses)
            }
        }
    }
}

/// Cuts `host:port`, `[v6]:port`, `host`, `[v6]`.
fn split_port(rest: &str) -> Result<(&str, Option<&str>), (String, &'static str)> {
    if let Some(inner) = rest.strip_prefix('[') {
        let Some((host, after)) = inner.split_once(']') else {
            return Err(("the `]` is missing".to_owned(), BRACKETS));
        };
        let literal = host.split_once('%').map_or(host, |(address, _zone)| address);
        if literal.parse::<Ipv6Addr>().is_err() {
            return Err((format!("`{host}` is no IPv6 address"), BRACKETS));
        }
        return match after.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if after.is_empty() => Ok((host, None)),
            None => Err((format!("`{after}` stands after the `]`"), BRACKETS)),
        };
    }
    match rest.split_once(':') {
        None if rest.is_empty() => Err(("it is empty".to_owned(), FORMS)),
        None if rest.bytes().all(|b| b.is_ascii_digit()) => {
            Err(("a port alone needs its colon".to_owned(), "write :7200"))
        }
        None => Ok((rest, None)),
        Some((_, port)) if port.contains(':') => Err(("it has more than one colon".to_owned(), BRACKETS)),
        Some((host, port)) => Ok((host, Some(port))),
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Internet { transport, place, port } => {
                let scheme = match transport {
                    Transport::Tcp => "tcp",
                    Transport::Udp => "udp",
                };
                write!(f, "{scheme}://{place}:{port}")
            }
        }
    }
}

impl fmt::Display for Place {
    /// As it stands before `:port`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Loopback => f.write_str("localhost"),
            Self::Ip(IpAddr::V4(ip)) => write!(f, "{ip}"),
            Self::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]"),
            Self::Name(name) if name.contains(':') => write!(f, "[{name}]"),
            Self::Name(name) => f.write_str(name),
        }
    }
}
