//! `sockeye store`: looks into the lists that a server keeps, exports and trims them, while no server has them open.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::{Args, Subcommand};
use convo::Item;
use net::{Archive, OpenError, StoreError, Summary, Trim};
use serde::Serialize;

use crate::report::{self, Exit, Failure, Screen};
use crate::serve;
use crate::source::counted;
use crate::{state, units};

const EXAMPLES: &str = "\
Examples:
  sockeye store list --convo board              the lists that `sockeye serve board` keeps
  sockeye store export notes --convo board      one JSON object a line
  sockeye store trim notes --convo board --keep-last 1000
  sockeye store trim notes --store /srv/board.sqlite --older-than 30d

End the server first: a store is open in one process at a time.";

/// What `store` takes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct StoreArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// List what is kept: each list, how many items it has, the number given last
    List {
        #[command(flatten)]
        store: Which,
    },
    /// Print a list as JSON, one item a line, the oldest first
    Export {
        #[command(flatten)]
        store: Which,
        /// The list
        list: String,
    },
    /// Drop the oldest items of a list; their numbers are not given again
    Trim {
        #[command(flatten)]
        store: Which,
        /// The list
        list: String,
        #[command(flatten)]
        limit: Limit,
    },
}

/// Which store.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// The convo whose store it is, where `serve` was given no --store
    #[arg(long, value_name = "NAME")]
    convo: Option<String>,
    /// The store's file
    #[arg(long, value_name = "PATH")]
    store: Option<PathBuf>,
}

/// What stays.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Limit {
    /// Keep the last N items
    #[arg(long, value_name = "N")]
    keep_last: Option<u64>,
    /// Drop items up to the first that is not older than this, as in 30d, 12h
    #[arg(long, value_name = "TIME", value_parser = units::duration)]
    older_than: Option<Duration>,
}

/// Lists, exports or trims.
///
/// # Errors
/// The store cannot be opened or has no such list, or standard output cannot be written.
pub(crate) fn run(args: &StoreArgs) -> Result<Exit, Failure> {
    match &args.act {
        Act::List { store } => list(&store.open()?),
        Act::Export { store, list } => export(&store.open()?, list),
        Act::Trim { store, list, limit } => trim(&store.open()?, list, limit),
    }
}

impl Which {
    fn open(&self) -> Result<Archive, Failure> {
        let path = match (&self.store, &self.convo) {
            (Some(path), _) => path.clone(),
            (None, convo) => state::store_of(convo.as_deref().unwrap_or_default())?,
        };
        if path.as_os_str().as_encoded_bytes().starts_with(b"nats://") {
            return Err(Failure::usage("lists on NATS are looked at and trimmed with its own tools").hint(
                "`nats stream ls`, `nats stream view` and `nats stream purge`, of the natscli package",
            ));
        }
        if !path.exists() {
            return Err(Failure::usage(format!("there is no store {}", path.display()))
                .hint("`sockeye serve` makes it when it serves a convo that keeps a list, and says where"));
        }
        Archive::open(&path).map_err(|error| match error {
            OpenError::InUse(_) => serve::store_failure(&error).hint("end the server that has it open first"),
            error => serve::store_failure(&error),
        })
    }
}

fn list(archive: &Archive) -> Result<Exit, Failure> {
    let screen = Screen::new();
    let lists = archive.lists().map_err(|error| failed(&error))?;
    let width = lists.iter().map(|list| list.list.chars().count()).max().unwrap_or(0);
    for Summary { list, items, last } in lists {
        screen.show(&format!("{list:width$}  {}, the last number is {last}", counted_items(items)));
    }
    screen.end()
}

/// An item as a line of JSON.
#[derive(Debug, Serialize)]
struct Line<'a> {
    number: u64,
    key: &'a str,
    from: &'a str,
    at: String,
    text: &'a str,
}

impl<'a> From<&'a Item> for Line<'a> {
    fn from(item: &'a Item) -> Self {
        let at = i64::try_from(item.at).ok().and_then(|at| jiff::Timestamp::from_second(at).ok());
        let at = at.unwrap_or(jiff::Timestamp::MAX).to_string();
        Self { number: item.seq, key: &item.key, from: &item.from, at, text: &item.text }
    }
}

fn export(archive: &Archive, list: &str) -> Result<Exit, Failure> {
    find(archive, list)?;
    let screen = Screen::new();
    let mut after = 0;
    loop {
        let (items, more) = archive.page(list, after).map_err(|error| failed(&error))?;
        let mut lines = Vec::new();
        for item in &items {
            after = item.seq;
            let written = serde_json::to_writer(&mut lines, &Line::from(item));
            written.map_err(|error| Failure::new(Exit::No, error.to_string()))?;
            lines.push(b'\n');
        }
        screen.print(&lines);
        if !more || screen.is_closed() {
            return screen.end();
        }
    }
}

fn trim(archive: &Archive, list: &str, limit: &Limit) -> Result<Exit, Failure> {
    find(archive, list)?;
    let trim = match limit {
        Limit { keep_last: Some(kept), .. } => Trim::KeepLast(*kept),
        Limit { older_than, .. } => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            Trim::AddedBefore(now.saturating_sub(older_than.unwrap_or_default()).as_secs())
        }
    };
    let gone = archive.trim(list, trim).map_err(|error| failed(&error))?;
    report::notice(&format!("{} dropped", counted_items(gone)));
    Ok(Exit::Done)
}

/// That there is such a list: a slip is no empty list.
fn find(archive: &Archive, list: &str) -> Result<(), Failure> {
    let lists = archive.lists().map_err(|error| failed(&error))?;
    if lists.iter().any(|known| known.list == list) {
        return Ok(());
    }
    let names: Vec<&str> = lists.iter().map(|known| known.list.as_str()).collect();
    let failure = Failure::usage(format!("the store has no list named \"{list}\""));
    Err(if names.is_empty() {
        failure.hint("nothing was added yet")
    } else {
        failure.hint(format!("it has: {}", names.join(", ")))
    })
}

fn failed(error: &StoreError) -> Failure {
    Failure::new(Exit::No, error.to_string()).hint(match error {
        StoreError::Full(_) => "make some room on the disk first: trimming, too, needs as much as it moves",
        StoreError::Failed(_) => "check the disk, and keep a copy of the file before anything else",
    })
}

fn counted_items(items: u64) -> String {
    counted(usize::try_from(items).unwrap_or(usize::MAX), "item")
}
