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

use rustix::termios;

use super::layout::Layout;

/// How large a terminal is that does not say it.
const COLUMNS: usize = 80;
const ROWS: usize = 24;

static TYPED: Mutex<Typed> = Mutex::new(Typed { lines: Vec::new(), at: 0, shown: None, terminal: None });

/// What the person types. Nothing, where there are no lines.
#[derive(Debug)]
struct Typed {
    lines: Vec<String>,
    /// Where in the last of them the cursor is, in bytes.
    at: usize,
    /// What of it is on the terminal.
    shown: Option<Layout>,
    terminal: Option<Terminal>,
}

/// Where a person sees what is typed: standard output may carry data for somebody else.
#[derive(Debug)]
enum Terminal {
    Output,
    Error,
    Itself(File),
}

/// Draws lines in place of what was drawn before: those that wait, and the one being typed, with the cursor at this byte
/// of it. No lines: nothing is being typed.
pub(crate) fn draw(lines: Vec<String>, at: usize) {
    let mut typed = typed();
    let mut bytes = typed.erased();
    (typed.lines, typed.at) = (lines, at);
    bytes.push_str(&typed.drawn());
    typed.write(&bytes);
}

/// Takes all off the terminal but what is being typed.
pub(crate) fn clear() {
    let mut typed = typed();
    typed.shown = None;
    let bytes = format!("\x1b[H\x1b[2J{}", typed.drawn());
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
    typed.lines.clear();
    typed.write(&bytes);
}

/// Prints something above the line being typed.
pub(super) fn above<T>(print: impl FnOnce() -> T) -> T {
    let mut typed = typed();
    if typed.lines.is_empty() {
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
    /// What takes them off the terminal, which may have another width by now.
    fn erased(&mut self) -> String {
        let Some(shown) = self.shown.take() else { return String::new() };
        let rows = if folds() { shown.rows_above(size().0) } else { shown.cursor.0 };
        format!("{}\r\x1b[J", up(rows))
    }

    /// What puts them there.
    fn drawn(&mut self) -> String {
        if self.lines.is_empty() {
            return String::new();
        }
        let (columns, rows) = size();
        let layout = Layout::new(&self.lines, self.at, columns, rows.max(2) - 1);
        let (row, column) = layout.cursor;
        let mut bytes = format!("{}{}\r", layout.rows.join("\r\n"), up(layout.rows.len() - 1 - row));
        if column > 0 {
            // Writing to a string cannot fail.
            let _ = write!(bytes, "\x1b[{column}C");
        }
        self.shown = Some(layout);
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

/// The terminal's columns and rows.
fn size() -> (usize, usize) {
    match termios::tcgetwinsize(io::stdin()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col.into(), size.ws_row.into()),
        _ => (COLUMNS, ROWS),
    }
}

/// Whether the terminal folds rows that have become too long for it, as nearly all do. No terminal says so; these cut
/// them off, and what was printed above must not be erased there.
fn folds() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let console = std::env::var_os("TERM").is_some_and(|kind| kind == "linux");
    is_set("TMUX") || !(console || is_set("STY") || is_set("XTERM_VERSION"))
}

fn put(terminal: &mut impl Write, bytes: &str) -> io::Result<()> {
    terminal.write_all(bytes.as_bytes())?;
    terminal.flush()
}

fn up(rows: usize) -> String {
    if rows == 0 { String::new() } else { format!("\x1b[{rows}A") }
}
