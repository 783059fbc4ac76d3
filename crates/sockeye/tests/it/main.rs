//! sockeye from the outside: the program as a process, against peers that know nothing of it.
//!
//! Everything runs on loopback ports that the system picks and waits for events with one deadline, so the tests
//! run at once and end. `scripts/test` brings the foreign programs that some of them need.

#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "the tests are the program's peers: bare sockets and streams are their trade"
)]

mod bench;
mod board;
mod check;
mod crash;
mod exit_codes;
mod foreign_clients;
mod foreign_servers;
mod gallery;
mod heard;
mod hints;
mod hostile;
mod limits;
mod listeners;
mod lobby;
mod logs;
mod nats;
mod netcat;
mod person;
mod reports;
mod rooms;
mod run;
mod screen;
mod server;
mod stalled;
mod standard_clients;
mod stopping;
mod store;
mod terminal;
mod tools;
mod verbs;
mod wire;
