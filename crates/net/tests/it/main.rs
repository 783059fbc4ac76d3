//! The crate from outside, on loopback.

mod bind;
mod datagrams;
mod ends;
mod secure;
mod stage;
mod streams;
