//! Open files: each connection is one, and the system lets a program have few unless it asks.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::report::Failure;

/// Files besides the connections: standard streams, the runtime's own, listeners, stores, reports.
const OTHERS: u64 = 32;

/// Asks for as many open files as the system allows this process. Returns how many connections it may have then, unless
/// they are unlimited.
pub(crate) fn raise() -> Option<u64> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised =
        current != maximum && setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok();
    let allowed = if raised { maximum } else { current };
    allowed.map(|allowed| allowed.saturating_sub(OTHERS))
}

/// Lets this process have so many connections.
///
/// # Errors
/// The system's hard limit is lower.
pub(crate) fn allow(connections: usize) -> Result<(), Failure> {
    match raise() {
        Some(allowed) if allowed < connections as u64 => Err(Failure::usage(format!(
            "{connections} connections need {} open files, and this system allows {}",
            connections as u64 + OTHERS,
            allowed + OTHERS
        ))
        .hint(format!("take -c {allowed}, or allow more with `ulimit -n`"))),
        _ => Ok(()),
    }
}
