//! Sockets for convo sessions: addresses, listeners, connections, UDP peers, keys.
//!
//! Knows no convo by name and no verb. A session (crate `convo`) is pure; this crate gives it bytes, time, keys and
//! kept lists, and passes what concerns people on to a [`Host`], which the program implements.
//!
//! ```text
//!             serve                                   call
//!               │ accepts, counts                       │ asks, then connects
//!     ┌─────────┴─────────┐                   ┌─────────┴─────────┐
//!  connection         datagrams            connection         datagrams
//!  (a stream)         (a peer each)        (a stream)         (one server)
//!     └─────────┬─────────┘                   └─────────┬─────────┘
//!               └────────────────── seat ───────────────┘
//!                    session + Host + kept lists + clock
//! ```
//!
//! A server's sessions are run by an engine on a thread of its own ([`serve`]); a client's runs on the caller's tokio
//! runtime, which also does what sessions of both await: timers of connecting, keys, NATS. A panic in a session ends that
//! session alone.

mod address;
mod call;
mod clock;
mod connection;
mod conversation;
mod datagrams;
mod dial;
mod host;
mod listen;
mod load;
mod nats;
mod probe;
mod report;
mod rooms;
mod seat;
mod secure;
mod serve;
mod service;
mod stop;
mod store;
mod stream;

pub use address::{Address, Defaults, ParseError, PeerAddress, Place, ResolveError};
pub use call::{Call, CallError, call};
pub use host::{About, Again, Answer, Asking, Host, Warning};
pub use listen::{BindError, Listener};
pub use load::{Came, Wire};
pub use nats::{NatsPlace, NatsPlaceError};
pub use probe::{Heard, Probe, Probes, Reach, TheirKey};
pub use report::{End, Report, Tally};
pub use secure::{Keys, RsaBits, RsaBitsError, SecureError};
pub use serve::{StopRule, serve};
pub use service::{Plan, Service};
pub use stop::Stop;
pub use store::{Archive, OpenError, PlaceError, Store, StoreError, StorePlace, Summary, Trim};
