//! Where a store is, as `--store` takes it.

use std::path::PathBuf;
use std::str::FromStr;

/// Where kept lists live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorePlace {
    /// `memory`: they end with the process.
    Memory,
    /// A file; folders that are missing on its way are made.
    File(PathBuf),
}

/// What `--store` was given is no place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected memory or a path, got {0:?}")]
pub struct PlaceError(String);

impl FromStr for StorePlace {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "" => Err(PlaceError(text.to_owned())),
            "memory" => Ok(Self::Memory),
            // A scheme that is not known is no file's name.
            _ if text.contains("://") => Err(PlaceError(text.to_owned())),
            path => Ok(Self::File(path.into())),
        }
    }
}

impl std::fmt::Display for StorePlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Memory => f.write_str("memory"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}
