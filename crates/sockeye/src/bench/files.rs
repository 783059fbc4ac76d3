//! Open files: each connection is one, and the system lets a program have few unless it asks.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::report::Failure;

/// Files besides the connections: standard streams, the runtime's own, reports.
const OTHERS: u64 = 32;

/// Lets this process have so many connections.
///
/// # Errors
/// The system's hard limit is lower.
pub(super) fn allow(connections: usize) -> Result<(), Failure> {
    let needed = connections as u64 + OTHERS;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    let wanted =
        Rlimit { current: maximum.map_or(Some(needed), |maximum| Some(maximum.min(needed))), maximum };
    let raised = setrlimit(Resource::Nofile, wanted).is_ok();
    let allowed = if raised { wanted.current } else { current };
    match allowed {
        Some(allowed) if allowed < needed => Err(Failure::usage(format!(
            "{connections} connections need {needed} open files, and this system allows {allowed}"
        ))
        .hint(format!("take -c {}, or allow more with `ulimit -n`", allowed.saturating_sub(OTHERS)))),
        _ => Ok(()),
    }
}
