//! `secure rsa-oaep`: keys exchanged as PEM, then one RSA-OAEP block a message.

/// The length of our RSA key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RsaBits {
    /// 2048 bits.
    #[default]
    B2048,
    /// 3072 bits.
    B3072,
    /// 4096 bits, the longest that the original programs' `recv(2048)` is sure to take.
    B4096,
}

/// `--rsa-bits` with another number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an RSA key has 2048, 3072 or 4096 bits, not {0}")]
pub struct RsaBitsError(String);

impl std::str::FromStr for RsaBits {
    type Err = RsaBitsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "2048" => Ok(Self::B2048),
            "3072" => Ok(Self::B3072),
            "4096" => Ok(Self::B4096),
            other => Err(RsaBitsError(other.to_owned())),
        }
    }
}

/// Our RSA key: made when it is first needed, off the runtime's thread, and never stored. Clones are the same key.
#[derive(Debug, Clone)]
pub struct Keys {
    bits: RsaBits,
}

impl Keys {
    /// A key of this length, not yet made.
    #[must_use]
    pub fn new(bits: RsaBits) -> Self {
        Self { bits }
    }
}

/// What is wrong with keys or blocks.
#[derive(Debug, thiserror::Error)]
pub enum SecureError {
    /// What came where the peer's key was expected is none.
    #[error("expected the peer's RSA public key as PEM, {0}")]
    NoKey(String),
    /// The peer's key has too few or too many bits.
    #[error("the peer's RSA key has {0} bits; 1024 to 4096 are accepted")]
    KeyLength(usize),
    /// The peer's key did not come in time.
    #[error("the peer's RSA public key did not come within {} s", .0.as_secs())]
    Silent(std::time::Duration),
    /// The connection ended before the peer's key was there.
    #[error("the peer closed before its RSA public key was there")]
    Closed,
    /// A block that our key does not open.
    #[error(
        "a block of {0} bytes came that our RSA key cannot decrypt: was it encrypted with the key we sent?"
    )]
    Block(usize),
    /// The cryptographic library refused.
    #[error("RSA failed: {0}")]
    Library(String),
}
