//! Calling: asks what the convo wants to know first, connects, runs one session.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use convo::{Link, Presets, Program, Role, SetupError, Transport};
use tokio::net::UnixStream;

use crate::connection::{Connection, Securing};
use crate::conversation::{Link as _, Unit, converse};
use crate::datagrams::{Caller, DATAGRAM_BYTES_MAX};
use crate::dial::dial;
use crate::seat::{Around, Seat, Start, Turn, number};
use crate::stream::Stream;
use crate::{About, Address, End, Host, Keys, PeerAddress, Report, ResolveError, Store};

/// Whom to call, and how.
#[derive(Debug)]
pub struct Call {
    /// The convo's name, for reports.
    pub convo: Arc<str>,
    /// The client's program.
    pub program: Arc<Program>,
    /// `--set`: answers to top `given`s of the client.
    pub values: Vec<(String, String)>,
    /// The server. A name's addresses are all tried.
    pub to: Address,
    /// Bounds connecting, and each wait for the server; never a person's thinking.
    pub timeout: Option<Duration>,
    /// The longest message accepted or sent, bytes. Over UDP at most what one datagram carries.
    pub message_bytes_max: usize,
    /// Our RSA key, for convos that say `secure`.
    pub keys: Keys,
    /// Seeds `random`.
    pub seed: u64,
}

/// Why there was no conversation.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// A value does not fit: wrong usage.
    #[error("{0}")]
    Setup(#[from] SetupError),
    /// The person gave up before the call was made, with the host's explanation.
    #[error("{0}")]
    GaveUp(String),
    /// The conversation ended before it began (its first answer was missing, or the session broke).
    #[error("{0}")]
    Early(End),
    /// The name could not be resolved: a network error.
    #[error("{0}")]
    Resolve(#[from] ResolveError),
    /// No address took the connection: a network error.
    #[error("cannot connect to {to}: {error}")]
    Connect {
        /// Who was called.
        to: Address,
        /// What the system said of the last address tried.
        error: io::Error,
    },
    /// Not connected within [`Call::timeout`].
    #[error("cannot connect to {to} within {} s", within.as_secs_f64())]
    Timeout {
        /// Who was called.
        to: Address,
        /// The time given.
        within: Duration,
    },
}

impl CallError {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Setup(_) | Self::GaveUp(_) | Self::Early(_) => None,
            Self::Resolve(_) => Some("check the name, or give the address itself with --to"),
            Self::Timeout { .. } => {
                Some("check the address and the network, or give more time with --timeout")
            }
            Self::Connect { error, .. } if error.kind() == io::ErrorKind::ConnectionRefused => {
                Some("nobody listens there: start the server first, or give its address with --to")
            }
            Self::Connect { error, .. } if error.kind() == io::ErrorKind::NotFound => {
                Some("there is no such socket: start the server first, or give its path with --to")
            }
            Self::Connect { .. } => Some("check the address and the network"),
        }
    }
}

/// Calls a server and has one conversation with it. What the convo asks before its first message is asked before
/// connecting. Dropping the future hangs up.
///
/// # Errors
/// [`CallError`]: there was no conversation. What became of one that there was is in the [`Report`].
pub async fn call(call: Call, host: Arc<dyn Host>) -> Result<Report, CallError> {
    let mut seat = seat(&call, host)?;
    prepare(&mut seat).await?;
    let server = match call.timeout {
        None => connect(&call.to).await,
        Some(within) => tokio::time::timeout(within, connect(&call.to))
            .await
            .unwrap_or_else(|_| Err(CallError::Timeout { to: call.to.clone(), within })),
    }?;
    match server {
        Server::Stream(stream) => {
            stream.hurry();
            seat.open(Some(stream.peer()));
            let mut connection = Connection::new(stream);
            let end = converse(&mut connection, &mut seat).await;
            let report = seat.close(end);
            // Only where all went well may something of ours be on its way that a reset would destroy.
            if matches!(report.end, End::Done(_) | End::Stop) {
                connection.part().await;
            }
            Ok(report)
        }
        Server::Datagrams(mut caller) => {
            seat.open(Some(caller.peer()));
            let opened = if call.program.speaks_first() {
                Ok(())
            } else {
                // The server speaks first, and learns by an empty datagram that somebody is there.
                match caller.say(&mut seat, &[], Unit::Whole) {
                    Ok(()) => poll_fn(|cx| caller.poll_settle(cx, &mut seat, false)).await,
                    Err(end) => Err(end),
                }
            };
            let end = match opened {
                Ok(()) => converse(&mut *caller, &mut seat).await,
                Err(end) => end,
            };
            Ok(seat.close(end))
        }
    }
}

/// A connected server.
enum Server {
    Stream(Stream),
    Datagrams(Box<Caller>),
}

fn seat(call: &Call, host: Arc<dyn Host>) -> Result<Seat, SetupError> {
    let (link, peer, message_bytes_max) = match &call.to {
        Address::Unix(_) => (Link::Stream, PeerAddress::process(None), call.message_bytes_max),
        Address::Internet { transport, place, port } => {
            let peer = PeerAddress::Named(format!("{place}:{port}").into());
            match transport {
                Transport::Tcp => (Link::Stream, peer, call.message_bytes_max),
                Transport::Udp => (Link::Datagram, peer, call.message_bytes_max.min(DATAGRAM_BYTES_MAX)),
            }
        }
    };
    let (convo, address) = (Arc::clone(&call.convo), Arc::new(call.to.clone()));
    let about = About { number: number(), convo, role: Role::Client, link, address, peer };
    let presets = Presets::read(&call.program, &call.values)?;
    let start = Start { about, presets, seed: call.seed, message_bytes_max, patience: call.timeout };
    let securing = Securing::new(call.keys.clone(), call.timeout);
    let around = Around { host, store: Store::memory(), rooms: Arc::default(), securing };
    Ok(Seat::new(&call.program, start, Arc::new(around)))
}

/// Lets the person answer what is asked before connecting.
async fn prepare(seat: &mut Seat) -> Result<(), CallError> {
    let mut out = Vec::new();
    loop {
        match seat.turn(&mut out) {
            Turn::Connect => return Ok(()),
            Turn::Done(ending) => return Err(CallError::Early(End::Done(ending))),
            Turn::Over(end) => {
                return Err(match *end {
                    End::GaveUp(why) => CallError::GaveUp(why),
                    end => CallError::Early(end),
                });
            }
            // Nothing but our person can be waited for: there is no peer yet.
            Turn::Wait(_) | Turn::Flush | Turn::Send { .. } | Turn::Secure => {
                poll_fn(|cx| seat.poll_answer(cx)).await;
            }
        }
    }
}

async fn connect(to: &Address) -> Result<Server, CallError> {
    let failed = |error| CallError::Connect { to: to.clone(), error };
    match to {
        Address::Unix(path) => {
            UnixStream::connect(path).await.map(|stream| Server::Stream(Stream::Unix(stream))).map_err(failed)
        }
        Address::Internet { transport, place, port } => {
            let addresses = place.resolve(*port).await?;
            match transport {
                Transport::Tcp => {
                    dial(addresses).await.map(|stream| Server::Stream(Stream::Tcp(stream))).map_err(failed)
                }
                Transport::Udp => Caller::new(addresses).map(Box::new).map(Server::Datagrams).map_err(failed),
            }
        }
    }
}
