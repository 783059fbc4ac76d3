//! The folder in which this program keeps what outlives it.

use std::env;
use std::path::PathBuf;

use crate::report::Failure;

/// The store of a convo of this name, where nothing else is said: `sockeye/NAME.sqlite` in the user's state folder,
/// `$XDG_STATE_HOME` or `~/.local/state`.
///
/// # Errors
/// Neither `XDG_STATE_HOME` nor `HOME` names a folder.
pub(crate) fn store_of(convo: &str) -> Result<PathBuf, Failure> {
    folder_in(env::var_os("XDG_STATE_HOME").map(Into::into), env::var_os("HOME").map(Into::into))
        .map(|folder| folder.join(format!("{convo}.sqlite")))
        .ok_or_else(|| {
            Failure::usage(format!("{convo} keeps lists, and neither XDG_STATE_HOME nor HOME says where"))
                .hint("say it: --store PATH, or --store memory for lists that end with the process")
        })
}

/// As the XDG Base Directory Specification has it: paths that are not absolute do not count.
fn folder_in(state: Option<PathBuf>, home: Option<PathBuf>) -> Option<PathBuf> {
    let state = state.filter(|path| path.is_absolute());
    let home = home.filter(|path| path.is_absolute()).map(|home| home.join(".local/state"));
    state.or(home).map(|state| state.join("sockeye"))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::folder_in;

    #[test]
    fn the_state_folder_is_what_xdg_says_or_lies_at_home() {
        let path = |text: &str| Some(PathBuf::from(text));
        assert_eq!(folder_in(path("/state"), path("/home/ann")), path("/state/sockeye"));
        assert_eq!(folder_in(path("state"), path("/home/ann")), path("/home/ann/.local/state/sockeye"));
        assert_eq!(folder_in(path(""), None), None);
    }
}
