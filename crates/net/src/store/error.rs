//! What can be wrong with a store: when it is opened, and while it is used.

use std::path::PathBuf;

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has the file open.
    #[error("the store {} is open in another process", .0.display())]
    InUse(PathBuf),
    /// A newer version wrote the file.
    #[error("the store {} has format {found}, and this version knows formats up to {known}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u64,
        /// The newest one known here.
        known: u64,
    },
    /// The file is something else, or damaged.
    #[error("{} is no store of kept lists: {why}", path.display())]
    NotAStore {
        /// The file.
        path: PathBuf,
        /// What was found instead.
        why: String,
    },
    /// The system does not let us open or make the file.
    #[error("cannot open the store {}: {error}", path.display())]
    System {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The program ended, or panicked, while the store was being opened.
    #[error("opening the store was cut short")]
    Cut,
    /// NATS cannot be used. A network error.
    #[error("cannot use NATS at {place}: {why}")]
    Nats {
        /// The servers.
        place: String,
        /// What went wrong.
        why: String,
    },
    /// NATS is there, without JetStream. A network error.
    #[error("cannot use NATS at {place}: it runs without JetStream, which keeps lists and rooms")]
    NoJetStream {
        /// The servers.
        place: String,
    },
}

impl OpenError {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Nats { .. } => {
                "see that it runs with JetStream (nats-server -js), and check address, user and certificates"
            }
            Self::NoJetStream { .. } => {
                "start it with JetStream: nats-server -js -sd FOLDER, or `jetstream {}` in its configuration"
            }
            Self::InUse(_) => {
                "end that process, or give this one a store of its own: --store PATH, --store memory"
            }
            Self::Newer { .. } => {
                "use the version of sockeye that wrote it, or another file with --store PATH"
            }
            Self::NotAStore { .. } => "give another path with --store; it is left as it is",
            Self::Cut => "try again; please report it if that does not help",
            Self::System { error, .. } if error.kind() == std::io::ErrorKind::StorageFull => {
                "make some room on its disk, or give another path with --store PATH"
            }
            Self::System { .. } => "check the path and its permissions, or give another with --store PATH",
        }
    }
}

/// Why a store that is open did not do what it was asked. It may do so later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is no room for what is to be kept.
    #[error("the kept lists are full: {0}")]
    Full(String),
    /// The store failed otherwise.
    #[error("the store failed: {0}")]
    Failed(String),
}
