//! The runtime that conversations run on: one thread.

use std::collections::hash_map::RandomState;
use std::future::Future;
use std::hash::{BuildHasher, Hasher};

use crate::report::{Exit, Failure};

/// Runs `future` to its end. What it leaves behind (a name still being resolved) is not waited for.
///
/// # Errors
/// Those of `future`, or the system gives us no runtime.
pub(crate) fn run(future: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Network, format!("cannot start the runtime: {error}")))?;
    let outcome = runtime.block_on(future);
    runtime.shutdown_background();
    outcome
}

/// A seed for `random(…)`, another one each run.
pub(crate) fn seed() -> u64 {
    // The keys of the standard library's hash maps are the system's randomness.
    RandomState::new().build_hasher().finish()
}
