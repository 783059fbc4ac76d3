//! Listeners: sockets bound to an address, with their real port.

use std::io;

use crate::{Address, ResolveError};

/// A bound socket that waits for peers.
#[derive(Debug)]
pub struct Listener {
    address: Address,
}

/// An address on which nothing can listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The name could not be resolved.
    #[error("cannot listen on {address}: {error}")]
    Resolve {
        /// The address.
        address: Address,
        /// Why not.
        error: ResolveError,
    },
    /// The system, or another server, does not let us.
    #[error("cannot listen on {address}: {error}")]
    Bind {
        /// The address.
        address: Address,
        /// What the system said.
        error: io::Error,
    },
}

impl BindError {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        None
    }
}

impl Listener {
    /// Binds every address that `address` stands for: for `localhost` 127.0.0.1 and ::1 where the host has both (with
    /// port 0: the same port on both), for a name all it resolves to. At least one.
    ///
    /// A second server on the same address and port is refused, whatever options its socket has.
    ///
    /// # Errors
    /// [`BindError`] names the address; nothing stays bound.
    pub async fn bind(address: &Address) -> Result<Vec<Self>, BindError> {
        let _ = address;
        unimplemented!()
    }

    /// Where it listens: a literal address and the real port, or the socket's path.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }
}
