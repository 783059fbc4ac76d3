//! `nats://…`: which servers, and how their streams are made.
//!
//! ```text
//! nats://ann:secret@a:4222,b:4222,c:4222?replicas=3&prefix=school&ca=/etc/ssl/own.pem
//!        └─ user ──┘└───── servers ─────┘└────────────── options ──────────────────┘
//! ```

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use percent_encoding::percent_decode_str;

#[cfg(test)]
mod tests;

/// The port where none is given.
const PORT: u16 = 4222;
/// What the names of streams and subjects begin with where nothing is said.
const PREFIX: &str = "sockeye";
/// The most copies that NATS keeps of a stream.
const REPLICAS_MAX: usize = 5;
/// The longest prefix, bytes.
const PREFIX_BYTES_MAX: usize = 64;

/// Where NATS is, and what is wanted of it. `Display` shows the servers alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NatsPlace {
    /// `nats://host:port`, at least one.
    pub(super) servers: Vec<String>,
    pub(super) login: Option<Login>,
    /// Copies of each stream, 1 to 5.
    pub(super) replicas: usize,
    /// The first tokens of all subjects.
    pub(super) prefix: String,
    /// A credentials file (JWT and seed).
    pub(super) credentials: Option<PathBuf>,
    pub(super) tls: Tls,
}

/// Who we are to the server.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Login {
    /// A user with a password.
    User { name: String, password: String },
    /// A token.
    Token(String),
}

/// How the connection is secured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tls {
    /// Nothing is said in the clear but the server's greeting.
    pub(super) required: bool,
    /// The authorities that are trusted beside the system's, PEM.
    pub(super) authorities: Option<PathBuf>,
    /// Our certificate and its key, PEM.
    pub(super) certificate: Option<(PathBuf, PathBuf)>,
}

/// What was given is no place of NATS servers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NatsPlaceError {
    /// A server is missing or cannot be read.
    #[error("expected nats://HOST:PORT, with further servers after commas, got the server {0:?}")]
    Server(String),
    /// The user's part has no name.
    #[error(
        "expected nats://USER:PASSWORD@HOST:PORT or nats://TOKEN@HOST:PORT, nothing is before the @ or the colon"
    )]
    Login,
    /// An option is unknown.
    #[error("{0:?} is no option of nats://: there are replicas, prefix, creds, tls, ca, cert and key")]
    Option(String),
    /// An option's value cannot be used.
    #[error("{option}: expected {expected}, got {found:?}")]
    Value {
        /// The option.
        option: &'static str,
        /// What it takes.
        expected: &'static str,
        /// What it was given.
        found: String,
    },
    /// A certificate without its key, or a key alone.
    #[error("cert and key go together: the certificate's file and that of its key")]
    Unpaired,
}

impl FromStr for NatsPlace {
    type Err = NatsPlaceError;

    /// Reads what follows `nats://`, or all of it.
    fn from_str(text: &str) -> Result<Self, NatsPlaceError> {
        let text = text.strip_prefix("nats://").unwrap_or(text);
        let (place, options) = text.split_once('?').unwrap_or((text, ""));
        let place = place.strip_suffix('/').unwrap_or(place);
        let (login, servers) = match place.rsplit_once('@') {
            Some((login, servers)) => (Some(Login::parse(login)?), servers),
            None => (None, place),
        };
        let servers = servers.split(',').map(server).collect::<Result<Vec<_>, _>>()?;
        let mut place = Self {
            servers,
            login,
            replicas: 1,
            prefix: PREFIX.to_owned(),
            credentials: None,
            tls: Tls::default(),
        };
        let (mut certificate, mut key) = (None, None);
        for option in options.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let value = decoded(value);
            match name {
                "replicas" => place.replicas = replicas(value)?,
                "prefix" => place.prefix = prefix(value)?,
                "creds" => place.credentials = Some(path("creds", value)?),
                "tls" => place.tls.required = yes(value)?,
                "ca" => place.tls.authorities = Some(path("ca", value)?),
                "cert" => certificate = Some(path("cert", value)?),
                "key" => key = Some(path("key", value)?),
                other => return Err(NatsPlaceError::Option(other.to_owned())),
            }
        }
        place.tls.certificate = match (certificate, key) {
            (None, None) => None,
            (Some(certificate), Some(key)) => Some((certificate, key)),
            _ => return Err(NatsPlaceError::Unpaired),
        };
        // Who names certificates means them to be used.
        place.tls.required |= place.tls.authorities.is_some() || place.tls.certificate.is_some();
        Ok(place)
    }
}

impl Login {
    fn parse(text: &str) -> Result<Self, NatsPlaceError> {
        match text.split_once(':') {
            Some(("", _)) => Err(NatsPlaceError::Login),
            Some((name, password)) => Ok(Self::User { name: decoded(name), password: decoded(password) }),
            None if text.is_empty() => Err(NatsPlaceError::Login),
            None => Ok(Self::Token(decoded(text))),
        }
    }
}

impl fmt::Debug for Login {
    /// Never shows the password, or the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User { name, .. } => f.debug_struct("User").field("name", name).finish_non_exhaustive(),
            Self::Token(_) => f.write_str("Token"),
        }
    }
}

impl fmt::Display for NatsPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.servers.join(","))
    }
}

/// `host`, `host:port`, `[::1]:port`, as a whole address.
fn server(text: &str) -> Result<String, NatsPlaceError> {
    let wrong = || NatsPlaceError::Server(text.to_owned());
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse::<u16>().map_err(|_| wrong())?),
        _ => (text, PORT),
    };
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let sound = match inner {
        Some(v6) => v6.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            !host.is_empty()
                && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        }
    };
    if sound { Ok(format!("nats://{host}:{port}")) } else { Err(wrong()) }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn replicas(found: String) -> Result<usize, NatsPlaceError> {
    match found.parse() {
        Ok(copies) if (1..=REPLICAS_MAX).contains(&copies) => Ok(copies),
        _ => Err(NatsPlaceError::Value { option: "replicas", expected: "a number from 1 to 5", found }),
    }
}

fn prefix(found: String) -> Result<String, NatsPlaceError> {
    let token = |token: &str| {
        !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if found.len() <= PREFIX_BYTES_MAX && found.split('.').all(token) {
        return Ok(found);
    }
    let expected = "letters, digits and -, in parts between dots, up to 64";
    Err(NatsPlaceError::Value { option: "prefix", expected, found })
}

fn path(option: &'static str, found: String) -> Result<PathBuf, NatsPlaceError> {
    if found.is_empty() {
        return Err(NatsPlaceError::Value { option, expected: "a file", found });
    }
    Ok(found.into())
}

fn yes(found: String) -> Result<bool, NatsPlaceError> {
    match found.as_str() {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(NatsPlaceError::Value { option: "tls", expected: "yes or no", found }),
    }
}
