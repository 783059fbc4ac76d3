//! sockeye: one conversation file, served, called and checked.
//!
//! ```text
//! main ── cli ──┬── serve, call, demo ── net ── convo     conversations over sockets
//!               ├── check ── net::probe, convo::cases      programs under test
//!               ├── bench ── net::Wire                     many clients at once
//!               ├── store ───── net::Archive               what a server keeps
//!               ├── list, show, lint ────────── convo     texts
//!               └── completions, man                      made from cli
//!
//! person   who answers what a convo asks: arguments, standard input, a line editor
//! journal  what the log says about sessions
//! report   the only code that prints: data, errors, logs
//! ```

mod bench;
mod call;
mod check;
mod cli;
mod completions;
mod demo;
mod descriptors;
mod destination;
mod journal;
mod lint;
mod list;
mod man;
mod person;
mod report;
mod runtime;
mod serve;
mod settings;
mod shipped;
mod show;
mod source;
mod state;
mod store;
mod units;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let outcome = cli::Cli::parse().run();
    report::end(outcome).into()
}
