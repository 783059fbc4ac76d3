//! The line being typed, on a terminal's last rows: whatever else is printed appears above it.
//!
//! ```text
//! 12:04 <ann> hello      printed
//! > half a li_           typed: taken away for a moment, and drawn again below what is printed
//! ```

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

static TYPED: Mutex<Typed> = Mutex::new(Typed { rows: Vec::new(), cursor: (0, 0), terminal: None });

/// What is on the terminal for the person who types. Nothing, where there are no rows.
#[derive(Debug)]
struct Typed {
    rows: Vec<String>,
    cursor: (usize, usize),
    terminal: Option<Terminal>,
}

/// Where a person sees what is typed: standard output may carry data for somebody else.
#[derive(Debug)]
enum Terminal {
    Output,
    Error,
    Itself(File),
}

/// Draws the line being typed in place of what was drawn before: rows without their ends, and the cursor's row and
/// column from 0. No rows: nothing is being typed.
pub(crate) fn draw(rows: Vec<String>, cursor: (usize, usize)) {
    let mut typed = typed();
    let mut bytes = typed.erased();
    (typed.rows, typed.cursor) = (rows, cursor);
    bytes.push_str(&typed.drawn());
    typed.write(&bytes);
}

/// Shows a prompt on a terminal that edits nothing.
pub(crate) fn prompt(text: &str) {
    typed().write(&super::visible::on_screen(text));
}

/// The line is done: it stays on the terminal as it is.
pub(crate) fn leave(line: &str) {
    let mut typed = typed();
    let bytes = format!("{}{}\r\n", typed.erased(), super::visible::on_line(line));
    typed.rows.clear();
    typed.write(&bytes);
}

/// Prints something above the line being typed.
pub(super) fn above<T>(print: impl FnOnce() -> T) -> T {
    let mut typed = typed();
    if typed.rows.is_empty() {
        return print();
    }
    let erased = typed.erased();
    typed.write(&erased);
    let printed = print();
    let drawn = typed.drawn();
    typed.write(&drawn);
    printed
}

fn typed() -> MutexGuard<'static, Typed> {
    TYPED.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Typed {
    /// What takes the rows off the terminal.
    fn erased(&self) -> String {
        if self.rows.is_empty() { String::new() } else { format!("{}\r\x1b[J", up(self.cursor.0)) }
    }

    /// What puts them there.
    fn drawn(&self) -> String {
        let Some(last) = self.rows.len().checked_sub(1) else { return String::new() };
        let (row, column) = self.cursor;
        let mut bytes = format!("{}{}\r", self.rows.join("\r\n"), up(last - row));
        if column > 0 {
            // Writing to a string cannot fail.
            let _ = write!(bytes, "\x1b[{column}C");
        }
        bytes
    }

    fn write(&mut self, bytes: &str) {
        let terminal = self.terminal.get_or_insert_with(Terminal::find);
        // A terminal that is gone shows nothing, and its end of input says so.
        let _ = match terminal {
            #[allow(clippy::disallowed_methods, reason = "this is where what is typed is shown")]
            Terminal::Output => put(&mut io::stdout().lock(), bytes),
            #[allow(clippy::disallowed_methods, reason = "this is where what is typed is shown")]
            Terminal::Error => put(&mut io::stderr().lock(), bytes),
            Terminal::Itself(file) => put(file, bytes),
        };
    }
}

impl Terminal {
    fn find() -> Self {
        #[allow(clippy::disallowed_methods, reason = "only asked whether it is a terminal")]
        let (output, error) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        match File::options().write(true).open("/dev/tty") {
            _ if output => Self::Output,
            Ok(itself) if !error => Self::Itself(itself),
            _ => Self::Error,
        }
    }
}

fn put(terminal: &mut impl Write, bytes: &str) -> io::Result<()> {
    terminal.write_all(bytes.as_bytes())?;
    terminal.flush()
}

fn up(rows: usize) -> String {
    if rows == 0 { String::new() } else { format!("\x1b[{rows}A") }
}
