//! The only code that prints: data on standard output, everything else on standard error.

mod exit;
mod failure;
mod layout;
pub(crate) mod log;
mod outlet;
mod screen;
mod talk;
pub(crate) mod typed;
pub(crate) mod visible;

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

pub(crate) use exit::Exit;
pub(crate) use failure::Failure;
pub(crate) use screen::Screen;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// Says on standard error what went wrong, if anything, and returns how the program ends.
pub(crate) fn end(outcome: Result<Exit, Failure>) -> Exit {
    let exit = match outcome {
        Ok(exit) => exit,
        Err(failure) => {
            tell(&failure);
            failure.exit
        }
    };
    log::flush();
    exit
}

/// Says on standard error what went wrong, where it does not end the program.
pub(crate) fn tell(failure: &Failure) {
    let Failure { findings, text, hint, .. } = failure;
    if log::is_json() {
        let findings = (!findings.is_empty()).then(|| findings.join("\n\n"));
        tracing::error!(hint, findings, "{text}");
        return;
    }
    let mut lines = String::new();
    for finding in findings {
        lines.push_str(finding);
        lines.push_str("\n\n");
    }
    // Writing to a string cannot fail.
    let _ = writeln!(lines, "{ERROR}error:{ERROR:#} {text}");
    if let Some(hint) = hint {
        let _ = writeln!(lines, "{HINT}hint:{HINT:#} {hint}");
    }
    print(&lines);
}

/// Prints a line for the person at a terminal on standard error; it is no data, and a log line only where all lines
/// there are.
pub(crate) fn notice(line: &str) {
    if log::is_json() {
        tracing::info!("{line}");
    } else {
        print(&format!("{}\n", visible::on_screen(line)));
    }
}

fn print(lines: &str) {
    if log::colours() {
        log::print(lines.as_bytes());
    } else {
        log::print(anstream::adapter::strip_str(lines).to_string().as_bytes());
    }
}
