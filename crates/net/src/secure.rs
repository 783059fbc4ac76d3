//! `secure rsa-oaep`: keys exchanged as PEM, then one RSA-OAEP block a message.
//!
//! ```text
//!     C                                   S
//!     │ -----BEGIN PUBLIC KEY----- …      │   PEM SubjectPublicKeyInfo, no newline at its end
//!     ├──────────────────────────────────>│
//!     │      … -----END PUBLIC KEY-----   │
//!     │<──────────────────────────────────┤
//!     │ block, as long as the receiver's key (SHA-1, MGF1-SHA-1, empty label)
//!     ├──────────────────────────────────>│   and so on, either way
//! ```
//!
//! TCP keeps none of these borders: keys and blocks are cut here, whatever pieces they come in.

mod blocks;
mod exchange;
mod keys;
mod pem;

use std::time::Duration;

pub use keys::{Keys, RsaBits, RsaBitsError};

pub(crate) use blocks::Blocks;
pub(crate) use exchange::{Crossed, Exchanged, exchange, exchange_counted, hear_key};
pub(crate) use keys::{OwnKey, PeerKey};

/// What is wrong with keys or blocks.
#[derive(Debug, thiserror::Error)]
pub enum SecureError {
    /// What came where the peer's key was expected is none.
    #[error("expected the peer's RSA public key as PEM, {0}")]
    NoKey(String),
    /// The peer's key has too few or too many bits.
    #[error("the peer's RSA key has {0} bits; 1024 to 4096 are accepted")]
    KeyLength(usize),
    /// The peer's key did not come in time, or ours was not taken.
    #[error("the exchange of RSA public keys was not done within {} s", .0.as_secs_f64())]
    Silent(Duration),
    /// The connection ended before the keys were exchanged.
    #[error("the connection closed before the peer's RSA public key was there")]
    Closed,
    /// A block that our key does not open.
    #[error(
        "a block of {0} bytes came that our RSA key cannot decrypt: was it encrypted with the key we sent?"
    )]
    Block(usize),
    /// The stream ended inside a block.
    #[error("the connection closed inside an encrypted block, after {came} of its {block} bytes")]
    CutShort {
        /// Bytes of the block that came.
        came: usize,
        /// Bytes of a block.
        block: usize,
    },
    /// A UDP session: datagrams get lost and change places, so keys are not exchanged over them.
    #[error("`secure rsa-oaep` needs a stream: use tcp:// or unix:")]
    Datagrams,
    /// The cryptographic library refused.
    #[error("RSA failed: {0}")]
    Library(&'static str),
}
