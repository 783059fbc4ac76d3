//! What `check` takes.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args};

use super::pattern;
use crate::units;

const EXAMPLES: &str = "\
Examples:
  sockeye check sum-greeting --server-command 'python3 server.py'
  sockeye check reverse --server-command './server {port}'      {port}: a free one
  sockeye check sum-json --client-command 'python3 client.py 127.0.0.1 {port}'
  sockeye check board --server udp://127.0.0.1:1234             one that runs already
  sockeye check sum-prompt --server 'udp://:{port}' --server-command './server {port}'
  sockeye check sum-prompt --list                               which cases there are
  sockeye check reverse --server :7200 --only 'framing/*'       some of them
  sockeye check reverse --server-command ./server --report text --report html=report.html
  sockeye check reverse --server-command ./server --points course.toml --report gradescope=results.json

A case fails where the program breaks what the convo says; it warns where the program should do better; it
is a finding where the protocol itself cannot promise what was tried (--strict makes failures of both).

Exit codes: 0 no failure, 1 failures, 2 usage, 3 the program could not be started or reached.";

/// What `check` takes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, group(ArgGroup::new("target").required(true).multiple(true)))]
pub(crate) struct CheckArgs {
    /// The name of a convo that ships, or a path
    pub(super) convo: String,
    /// A server that runs already: tcp://HOST:PORT, udp://HOST:PORT, unix:PATH, HOST:PORT or :PORT; with
    /// --server-command, where it will listen, as in udp://127.0.0.1:{port}
    #[arg(long, value_name = "ADDRESS", group = "target")]
    server: Option<String>,
    /// The command that starts the server; {port} in it becomes a free port, else the convo's is used
    #[arg(long, value_name = "COMMAND", group = "target")]
    server_command: Option<String>,
    /// The command that starts the client; {port} in it becomes the port to connect to, else the convo's is used
    #[arg(long, value_name = "COMMAND", group = "target", conflicts_with_all = ["server", "server_command"])]
    client_command: Option<String>,
    /// Only cases of this name, with * and ?: a whole id, or a part between slashes; may repeat
    #[arg(long, value_name = "PATTERN")]
    only: Vec<String>,
    /// No cases of this name; may repeat
    #[arg(long, value_name = "PATTERN")]
    skip: Vec<String>,
    /// List the cases and run none; by itself those for a server
    #[arg(long, group = "target")]
    pub(super) list: bool,
    /// Take warnings and findings about the protocol for failures
    #[arg(long)]
    pub(super) strict: bool,
    /// Another number gives other samples; the same gives the same cases
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// How long the program may take for each answer, as in 2s, 500ms
    #[arg(long, value_name = "TIME", value_parser = units::duration, default_value = "2s")]
    pub(super) timeout: Duration,
    /// text, json, junit, html or gradescope, on standard output or into a file; may repeat
    #[arg(long, value_name = "KIND[=FILE]", default_value = "text")]
    pub(super) report: Vec<String>,
    /// How many points which cases bring: a TOML file
    #[arg(long, value_name = "FILE")]
    pub(super) points: Option<PathBuf>,
}

/// What is checked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target<'a> {
    Server(&'a str),
    ServerCommand(&'a str),
    ClientCommand(&'a str),
}

impl CheckArgs {
    /// What is checked; clap sees to it that there is one, but for --list.
    pub(super) fn target(&self) -> Target<'_> {
        if let Some(command) = &self.server_command {
            return Target::ServerCommand(command);
        }
        if let Some(command) = &self.client_command {
            return Target::ClientCommand(command);
        }
        // With --list alone nobody is called.
        Target::Server(self.server.as_deref().unwrap_or("127.0.0.1:1"))
    }

    /// Where a server that is started here is said to listen; {port} in it stands for a free port.
    pub(super) fn place(&self) -> Option<&str> {
        self.server_command.as_ref().and(self.server.as_deref())
    }

    /// The command of the program, if it is started here.
    pub(super) fn command(&self) -> Option<&str> {
        self.server_command.as_deref().or(self.client_command.as_deref())
    }

    /// What is checked, in words.
    pub(super) fn target_text(&self) -> String {
        match self.target() {
            Target::Server(address) => format!("the server at {address}"),
            Target::ServerCommand(command) => format!("the server `{command}`"),
            Target::ClientCommand(command) => format!("the client `{command}`"),
        }
    }

    /// Whether a case is asked for.
    pub(super) fn wants(&self, id: &str) -> bool {
        let any = |patterns: &[String]| patterns.iter().any(|pattern| pattern::matches(pattern, id));
        (self.only.is_empty() || any(&self.only)) && !any(&self.skip)
    }

    /// The command that repeats this check, but for `--only`.
    pub(super) fn repeat(&self) -> String {
        let mut command = format!("sockeye check {}", quoted(&self.convo));
        if let Some(place) = self.place() {
            command += &format!(" --server {}", quoted(place));
        }
        match self.target() {
            Target::Server(address) => command += &format!(" --server {}", quoted(address)),
            Target::ServerCommand(start) => command += &format!(" --server-command {}", quoted(start)),
            Target::ClientCommand(start) => command += &format!(" --client-command {}", quoted(start)),
        }
        if self.strict {
            command += " --strict";
        }
        if let Some(seed) = self.seed {
            command += &format!(" --seed {seed}");
        }
        if self.timeout != Duration::from_secs(2) {
            command += &format!(" --timeout {}ms", self.timeout.as_millis());
        }
        command
    }
}

/// A word for a shell.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}
