//! What the program says about itself, on standard error: levels, as text or as JSON.
//!
//! ```text
//! -q          error
//! (default)   warn   and the listening lines (info)
//! -v          debug  one line per session opened and closed
//! -vv         trace  one line per message
//! ```

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;

use anstyle::{AnsiColor, Style};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

use super::outlet::Outlet;
use super::{Exit, Failure, typed, visible};

/// Where standard error's reader is not waited for.
static OUTLET: OnceLock<Outlet> = OnceLock::new();
/// The form of log lines, once it is known.
static FORM: OnceLock<LogFormat> = OnceLock::new();

/// How much is logged and in which form.
#[derive(Debug, Clone, Copy, clap::Args)]
#[command(next_help_heading = "Logging (on standard error)")]
pub(crate) struct LogArgs {
    /// Say more: -v each session opened and closed, -vv each message
    #[arg(short, long, action = clap::ArgAction::Count, global = true, conflicts_with = "quiet")]
    verbose: u8,
    /// Say only errors
    #[arg(short, long, global = true)]
    quiet: bool,
    /// The form of log lines; as json the text is in `message`
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text", global = true)]
    log_format: LogFormat,
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum LogFormat {
    /// For people, in colour at a terminal
    Text,
    /// One JSON object a line
    Json,
}

/// Logs from here on as `args` say.
pub(crate) fn start(args: LogArgs) {
    // Set before only where the log has started before, too.
    let _ = FORM.set(args.log_format);
    let level = match (args.quiet, args.verbose) {
        (true, _) => LevelFilter::ERROR,
        (false, 0) => LevelFilter::INFO,
        (false, 1) => LevelFilter::DEBUG,
        (false, _) => LevelFilter::TRACE,
    };
    // Libraries below us may log for their own developers; here it would be noise.
    let ours = Targets::new().with_target("sockeye", level).with_target("net", level);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(|| LogLines)
        .with_ansi(colours())
        .log_internal_errors(false);
    let layer = match args.log_format {
        LogFormat::Text => lines.event_format(Plain).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_target(false).boxed(),
    };
    let subscriber = Registry::default().with(layer.with_filter(ours));
    // It can only fail if there is one already, and then that one logs.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// From here on a reader of standard error that stalls loses lines, instead of being waited for.
///
/// # Errors
/// The system gives no thread.
pub(crate) fn unwait() -> Result<(), Failure> {
    let tell = |dropped| {
        let plural = if dropped == 1 { "" } else { "s" };
        tracing::warn!("{dropped} line{plural} of this log dropped: its reader is too slow");
    };
    let outlet = Outlet::start(write, tell)
        .map_err(|error| Failure::new(Exit::Network, format!("cannot start a thread: {error}")))?;
    // Where there is one already, this one has nothing to do.
    let _ = OUTLET.set(outlet);
    Ok(())
}

/// Prints whole lines on standard error, above the line being typed.
pub(super) fn print(lines: &[u8]) {
    match OUTLET.get() {
        Some(outlet) => outlet.push(lines.to_vec()),
        None => write(lines),
    }
}

/// Waits until all is printed, as long as a reader is worth waiting for.
pub(super) fn flush() {
    if let Some(outlet) = OUTLET.get() {
        // Nobody is left to be told how much was lost.
        outlet.flush();
    }
}

/// Whether log lines are JSON, so that no other line may stand among them.
pub(super) fn is_json() -> bool {
    FORM.get() == Some(&LogFormat::Json)
}

fn write(lines: &[u8]) {
    let mut err = standard_error();
    // A line being typed is in the way only at a terminal.
    let terminal = err.is_terminal();
    let mut print = || err.write_all(lines).and_then(|()| err.flush());
    // Without a standard error there is nobody left to tell.
    let _ = if terminal { typed::above(print) } else { print() };
}

fn standard_error() -> io::Stderr {
    #[allow(clippy::disallowed_methods, reason = "this is where the log is printed")]
    io::stderr()
}

/// Each event is printed whole.
struct LogLines;

impl Write for LogLines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        print(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether standard error shows colours.
pub(super) fn colours() -> bool {
    let stderr = standard_error();
    stderr.is_terminal() && anstream::AutoStream::choice(&stderr) != anstream::ColorChoice::Never
}

/// The message alone, with `warning: ` or `error: ` before it where it is one.
struct Plain;

impl<S, N> FormatEvent<S, N> for Plain
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let (word, colour) = match *event.metadata().level() {
            Level::ERROR => ("error: ", Some(AnsiColor::Red)),
            Level::WARN => ("warning: ", Some(AnsiColor::Yellow)),
            Level::TRACE => ("", Some(AnsiColor::BrightBlack)),
            Level::INFO | Level::DEBUG => ("", None),
        };
        let style = match colour {
            Some(colour) if writer.has_ansi_escapes() => Style::new().fg_color(Some(colour.into())),
            _ => Style::new(),
        };
        let mut message = Message(String::new());
        event.record(&mut message);
        // A peer's words may be in it: they must not make a second line, nor move the cursor.
        let text = visible::on_line(&message.0);
        if word.is_empty() {
            writeln!(writer, "{style}{text}{style:#}")
        } else {
            writeln!(writer, "{style}{word}{style:#}{text}")
        }
    }
}

/// The event's text, without its fields: those are for JSON.
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}
