//! Files: each connection is an open one, and the system lets a program have few unless it asks; reports are others.

use std::fs::OpenOptions;
use std::path::Path;
use std::{fmt, io};

use rustix::fs::{Access, access};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::report::Failure;

/// Files besides the connections: standard streams, the runtime's own, reports.
const OTHERS: u64 = 32;

/// Says before a run, not after it, that a report cannot be written there. Nothing is made yet.
///
/// # Errors
/// The file, or its folder, does not take it.
pub(super) fn check(path: &str) -> Result<(), Failure> {
    let file = Path::new(path);
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let checked = match file.exists() {
        true => OpenOptions::new().append(true).open(file).map(drop),
        false => access(folder, Access::WRITE_OK).map_err(io::Error::from),
    };
    checked.map_err(|error| unwritten(path, &error))
}

/// A report that cannot be written.
pub(super) fn unwritten(path: &str, error: &dyn fmt::Display) -> Failure {
    Failure::usage(format!("cannot write {path}: {error}")).hint("give a path that can be written")
}

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
