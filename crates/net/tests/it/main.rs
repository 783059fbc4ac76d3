//! The crate from outside, on loopback.

mod bind;
