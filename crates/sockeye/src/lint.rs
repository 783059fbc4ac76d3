//! `sockeye lint`: what is wrong with convos before they run.

use clap::Args;
use convo::{Convo, Severity};

use crate::report::{self, Exit, Failure, Screen};
use crate::source::{Source, counted};

const EXAMPLES: &str = "\
Examples:
  sockeye lint my.convo          FILE:LINE:COLUMN, the line itself, a way out
  sockeye lint *.convo           several at once; exit code 1 if any has errors, 2 if any cannot be read
  sockeye show reverse | sockeye lint -    from standard input";

/// What `lint` takes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct LintArgs {
    /// Files to check; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
}

/// Prints every finding of every file on standard output, and counts them on standard error. A file that cannot be
/// read is said to be, does not keep the others from being checked, and decides the exit code.
///
/// # Errors
/// Standard output cannot be written.
pub(crate) fn run(args: &LintArgs) -> Result<Exit, Failure> {
    let screen = Screen::new();
    let (mut errors, mut warnings, mut unread) = (0, 0, 0);
    let mut apart = "";
    for file in &args.files {
        let source = match if file == "-" { Source::read_input() } else { Source::find(file) } {
            Ok(source) => source,
            Err(failure) => {
                report::tell(&failure);
                unread += 1;
                continue;
            }
        };
        for finding in Convo::read(&source.file, &source.text).findings {
            screen.show(&format!("{apart}{finding}"));
            apart = "\n";
            match finding.severity {
                Severity::Error => errors += 1,
                Severity::Warning => warnings += 1,
            }
        }
    }
    let files = counted(args.files.len() - unread, "file");
    report::notice(&format!("{files}: {}, {}", counted(errors, "error"), counted(warnings, "warning")));
    let exit = screen.end()?;
    Ok(match (unread, errors) {
        (0, 0) => exit,
        (0, _) => Exit::No,
        _ => Exit::Usage,
    })
}
