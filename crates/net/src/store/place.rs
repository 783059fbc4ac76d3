//! Where a store is, as `--store` takes it.

use std::path::PathBuf;
use std::str::FromStr;

use crate::nats::{NatsPlace, NatsPlaceError};

/// Where kept lists live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorePlace {
    /// `memory`: they end with the process.
    Memory,
    /// A file; folders that are missing on its way are made.
    File(PathBuf),
    /// `nats://HOST:PORT`: servers that other processes share.
    Nats(NatsPlace),
}

/// What `--store` was given is no place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// It has no form that is known.
    #[error("expected memory, a path or nats://HOST:PORT, got {0:?}")]
    Form(String),
    /// It begins with `nats://` and goes on wrongly.
    #[error(transparent)]
    Nats(#[from] NatsPlaceError),
}

impl FromStr for StorePlace {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "" => Err(PlaceError::Form(text.to_owned())),
            "memory" => Ok(Self::Memory),
            _ if text.starts_with("nats://") => Ok(Self::Nats(text.parse()?)),
            // A scheme that is not known is no file's name.
            _ if text.contains("://") => Err(PlaceError::Form(text.to_owned())),
            path => Ok(Self::File(path.into())),
        }
    }
}

impl std::fmt::Display for StorePlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Memory => f.write_str("memory"),
            Self::File(path) => path.display().fmt(f),
            Self::Nats(place) => place.fmt(f),
        }
    }
}
