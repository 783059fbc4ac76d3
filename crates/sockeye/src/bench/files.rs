//! The files that reports are written to.

use std::fs::OpenOptions;
use std::path::Path;
use std::{fmt, io};

use rustix::fs::{Access, access};

use crate::report::Failure;

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
