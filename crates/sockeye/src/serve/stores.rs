//! Where the kept lists of each convo live.
//!
//! ```text
//! serve board board-tcp                      a file each: ~/.local/state/sockeye/board.sqlite, …/board-tcp.sqlite
//! serve board board-tcp --store FILE         one for all: lists of the same name are one list
//! serve board --store memory                 none: they end with the process
//! serve board --store nats://HOST            on NATS, where further servers share them, and the rooms
//! ```

use std::path::Path;

use convo::Convo;
use net::{OpenError, Store, StorePlace};

use crate::report::{Exit, Failure};
use crate::state;

/// The store of each convo, in their order. Where a convo keeps nothing, nothing is opened.
///
/// # Errors
/// A store cannot be opened, or there is no place for it.
pub(super) async fn stores(
    place: Option<&StorePlace>,
    convos: &[(String, Convo)],
) -> Result<Vec<Store>, Failure> {
    // On NATS servers share their rooms, too.
    let shared = matches!(place, Some(StorePlace::Nats(_)));
    let mut stores = Vec::with_capacity(convos.len());
    let mut common = None;
    for (name, convo) in convos {
        stores.push(match place {
            _ if !convo.keeps() && !shared => Store::memory(),
            None => {
                let path = state::store_of(name)?;
                warn_of_earlier(name, &path);
                open(&StorePlace::File(path), &[name]).await?
            }
            Some(place) => match &common {
                Some(store) => Store::clone(store),
                None => {
                    let keeping = convos.iter().filter(|(_, convo)| convo.keeps() || shared);
                    let names: Vec<&str> = keeping.map(|(name, _)| name.as_str()).collect();
                    common.insert(open(place, &names).await?).clone()
                }
            },
        });
    }
    Ok(stores)
}

/// Says so where an earlier version kept lists in a file that is not read any more.
fn warn_of_earlier(convo: &str, path: &Path) {
    let earlier = path.with_extension("redb");
    if earlier.exists() && !path.exists() {
        let (earlier, path) = (earlier.display(), path.display());
        tracing::warn!(
            convo,
            "{convo}: {earlier} is of an earlier version and not read; {path} begins empty"
        );
    }
}

/// Opens a store for these convos, and says where it is.
async fn open(place: &StorePlace, convos: &[&str]) -> Result<Store, Failure> {
    let store = Store::open(place).await.map_err(|error| failure(&error))?;
    if *place != StorePlace::Memory {
        let convos = convos.join(" and ");
        tracing::info!(convo = %convos, store = %place, "{convos}: lists are kept in {place}");
    }
    Ok(store)
}

/// A store that cannot be opened, as the person reads it.
pub(crate) fn failure(error: &OpenError) -> Failure {
    let exit = match error {
        // As an address that somebody else listens on.
        OpenError::InUse(_) | OpenError::Nats { .. } | OpenError::NoJetStream { .. } => Exit::Network,
        OpenError::Newer { .. } | OpenError::NotAStore { .. } | OpenError::System { .. } => Exit::Usage,
        OpenError::Cut => Exit::No,
    };
    Failure::new(exit, error.to_string()).hint(error.hint())
}
