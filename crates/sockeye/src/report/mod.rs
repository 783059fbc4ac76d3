//! The only code that prints: data on standard output, everything else on standard error.

mod exit;
mod failure;
pub(crate) mod log;
mod screen;
mod talk;
pub(crate) mod typed;
pub(crate) mod visible;

use std::io::Write;

use anstyle::{AnsiColor, Style};

pub(crate) use exit::Exit;
pub(crate) use failure::Failure;
pub(crate) use screen::Screen;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// Says on standard error what went wrong, if anything, and returns how the program ends.
pub(crate) fn end(outcome: Result<Exit, Failure>) -> Exit {
    match outcome {
        Ok(exit) => exit,
        Err(failure) => {
            // Without a standard error there is nobody left to tell.
            let _ = tell(&failure);
            failure.exit
        }
    }
}

fn tell(failure: &Failure) -> std::io::Result<()> {
    #[allow(clippy::disallowed_methods, reason = "this is where errors are printed")]
    let mut err = anstream::stderr().lock();
    for finding in &failure.findings {
        writeln!(err, "{finding}\n")?;
    }
    writeln!(err, "{ERROR}error:{ERROR:#} {}", failure.text)?;
    if let Some(hint) = &failure.hint {
        writeln!(err, "{HINT}hint:{HINT:#} {hint}")?;
    }
    Ok(())
}

/// Writes a line for the person at a terminal to standard error; it is no log line, and no data.
pub(crate) fn notice(line: &str) {
    #[allow(clippy::disallowed_methods, reason = "this is where notices are printed")]
    let mut err = anstream::stderr().lock();
    // Without a standard error there is nobody left to tell.
    let _ = typed::above(|| writeln!(err, "{}", visible::on_screen(line)));
}
