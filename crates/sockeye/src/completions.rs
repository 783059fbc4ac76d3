//! `sockeye completions`: completion for a shell, made from the definition of the command line.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::report::{Exit, Failure, Screen};

const EXAMPLES: &str = "\
Examples:
  sockeye completions bash > ~/.local/share/bash-completion/completions/sockeye
  sockeye completions zsh > ~/.zfunc/_sockeye
  sockeye completions fish > ~/.config/fish/completions/sockeye.fish";

/// What `completions` takes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompletionsArgs {
    /// The shell to complete for
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the completion script of `command` for the shell.
///
/// # Errors
/// Standard output cannot be written.
pub(crate) fn run(args: &CompletionsArgs, mut command: Command) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "sockeye", &mut script);
    let screen = Screen::new();
    screen.print(&script);
    screen.end()
}
