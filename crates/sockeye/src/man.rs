//! `sockeye man`: man pages, made from the definition of the command line.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_mangen::Man;

use crate::report::{Exit, Failure, Screen};

const EXAMPLES: &str = "\
Examples:
  sockeye man | man -l -         read sockeye(1)
  sockeye man --to man/          write a page for the program and one for each verb";

/// What `man` takes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ManArgs {
    /// Write all pages into this folder, made if need be, instead of sockeye(1) to standard output
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
}

/// Prints the man page of `command`, or writes its page and those of its verbs.
///
/// # Errors
/// The folder or standard output cannot be written.
pub(crate) fn run(args: &ManArgs, mut command: Command) -> Result<Exit, Failure> {
    command.build();
    if let Some(folder) = &args.to {
        write_all(&command, folder).map_err(|error| {
            Failure::usage(format!("cannot write man pages to {}: {error}", folder.display()))
                .hint("give a folder that can be written, or made")
        })?;
        return Ok(Exit::Done);
    }
    let screen = Screen::new();
    let mut page = Vec::new();
    Man::new(command)
        .render(&mut page)
        .map_err(|error| Failure::usage(format!("cannot make the man page: {error}")))?;
    screen.print(&page);
    screen.end()
}

fn write_all(command: &Command, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let verbs = command.get_subcommands().filter(|verb| verb.get_name() != "help");
    for command in std::iter::once(command).chain(verbs) {
        let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
        let mut page = Vec::new();
        Man::new(command.clone()).render(&mut page)?;
        fs::write(folder.join(format!("{name}.1")), page)?;
    }
    Ok(())
}
