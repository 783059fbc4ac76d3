//! `sockeye show`: a convo, what each role does in it, and what lint finds.

use clap::Args;
use convo::{Convo, Finding, Role};

use crate::report::{Exit, Failure, Screen};
use crate::source::Source;

const EXAMPLES: &str = "\
Examples:
  sockeye show reverse           the convo, both roles in words, its findings
  sockeye show reverse | head    its first lines
  sockeye show ./my.convo        one of your own";

/// What `show` takes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ShowArgs {
    /// The name of a convo that ships, or a path
    convo: String,
}

/// Prints the text, both projections in words, and the findings. A convo with errors is shown with them.
///
/// # Errors
/// There is no such convo, or standard output cannot be written.
pub(crate) fn run(args: &ShowArgs) -> Result<Exit, Failure> {
    let source = Source::find(&args.convo)?;
    let reading = Convo::read(&source.file, &source.text);
    let screen = Screen::new();
    screen.show(source.text.trim_end());
    if let Some(convo) = &reading.convo {
        for (title, role) in [("The client", Role::Client), ("The server", Role::Server)] {
            screen.show(&format!("\n{title}\n"));
            for line in convo.projection(role).lines() {
                screen.show(&format!("    {line}"));
            }
        }
    }
    screen.show("\nFindings\n");
    let findings: Vec<String> = reading.findings.iter().map(Finding::to_string).collect();
    if findings.is_empty() {
        screen.show("    none");
    } else {
        screen.show(&findings.join("\n\n"));
    }
    match reading.convo {
        Some(_) => screen.end(),
        None => screen.end().and(Ok(Exit::Usage)),
    }
}
