//! The command line: one definition, from which help, completions and man pages derive.

use clap::{CommandFactory, Parser, Subcommand};

use crate::bench::{self, BenchArgs};
use crate::call::{self, CallArgs};
use crate::check::{self, CheckArgs};
use crate::completions::{self, CompletionsArgs};
use crate::lint::{self, LintArgs};
use crate::man::{self, ManArgs};
use crate::report::log::{self, LogArgs};
use crate::report::{Exit, Failure};
use crate::serve::{self, ServeArgs};
use crate::show::{self, ShowArgs};
use crate::store::{self, StoreArgs};
use crate::{demo, list};

const EXAMPLES: &str = "\
Examples:
  sockeye demo                       a real conversation, served and called, in a second
  sockeye serve reverse              play the server of a convo that ships
  sockeye call reverse               play its client, in another terminal
  sockeye call sum-greeting 25       answer what would be asked
  sockeye serve ./my.convo           a conversation of your own
  sockeye check reverse --server-command 'python3 server.py'    what is wrong with it?
  sockeye bench reverse-lines        how quick is the server of a convo?

Exit codes:
  0    done
  1    the answer is no: a verified value differed, the server was busy, the conversation
       broke off, lint found errors, a case of check failed
  2    usage: a bad option, an unknown or wrong convo, an answer that does not fit
  3    network: cannot resolve, connect or bind; the program to check cannot be started
  4    the other side did not answer in time
  130  Ctrl-C in call and check";

/// One conversation file: serve it, call it, check it.
///
/// You write down how a client and a server talk, as an RFC would (`C:` and `S:` lines); sockeye plays either
/// side over real sockets. A CONVO is the name of one that ships (`sockeye list`) or the path of a file.
#[derive(Debug, Parser)]
#[command(name = "sockeye", version, after_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    log: LogArgs,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Play the server of one or several convos
    Serve(ServeArgs),
    /// Play the client of a convo
    Call(CallArgs),
    /// Find out what is wrong with somebody's program, and why
    Check(CheckArgs),
    /// Play many clients at once: how quick is a server, and is every answer right?
    Bench(BenchArgs),
    /// List the convos that ship: name, address, title
    List,
    /// Show a convo, what each role does in it, and what lint finds
    Show(ShowArgs),
    /// Check convos for mistakes before they run
    Lint(LintArgs),
    /// List, export and trim what a server keeps
    Store(StoreArgs),
    /// Hold two conversations over loopback and print them as they cross the wire
    Demo,
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Print or write man pages
    Man(ManArgs),
}

impl Cli {
    /// Runs the verb.
    ///
    /// # Errors
    /// What the verb could not do.
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        log::start(self.log);
        match self.verb {
            Verb::Serve(args) => serve::run(&args),
            Verb::Call(args) => call::run(args),
            Verb::Check(args) => check::run(&args),
            Verb::Bench(args) => bench::run(&args),
            Verb::List => list::run(),
            Verb::Show(args) => show::run(&args),
            Verb::Lint(args) => lint::run(&args),
            Verb::Store(args) => store::run(&args),
            Verb::Demo => demo::run(),
            Verb::Completions(args) => completions::run(&args, Self::command()),
            Verb::Man(args) => man::run(&args, Self::command()),
        }
    }
}
