//! `sockeye serve`: plays the server of one or several convos.

mod host;
mod places;
mod signals;
mod stores;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use convo::{Convo, Limit, Role, Transport};
use net::{Keys, Listener, Plan, RsaBits, Service, Stop, StopRule, Store, StorePlace};

use crate::descriptors;
use crate::person::Talk;
use crate::report::{Exit, Failure, log};
use crate::settings::{self, Setting};
use crate::source::Source;
use crate::{runtime, units};
use host::ServeHost;
use signals::Signals;
pub(crate) use stores::failure as store_failure;

const EXAMPLES: &str = "\
Examples:
  sockeye serve reverse                     on loopback, at the port the convo says
  sockeye serve reverse --listen :0         at a free port; the listening line says which
  sockeye serve reverse --listen 0.0.0.0:7200     for other machines too
  sockeye serve sum-prompt --listen :12345 --listen :12346 --limit 2 --idle 1m
  sockeye serve sum-greeting --set server=Ann --set mine=42
  sockeye serve reverse sum-json --listen reverse=:7300    several convos at once
  sockeye serve board-tcp --store board.sqlite      its notes are kept in this file
  sockeye serve chat-turns                  you are asked when it is your turn

Addresses: tcp://HOST:PORT, udp://HOST:PORT, unix:PATH, HOST:PORT, :PORT (this machine only).
Ctrl-C ends it in good order: open conversations may finish for 5 s; a second one ends it at once.";

/// What `serve` takes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ServeArgs {
    /// The name of a convo that ships, or a path
    #[arg(required = true, value_name = "CONVO")]
    convos: Vec<String>,
    /// Listen here instead of at the convo's own addresses; may repeat. With several convos: NAME=ADDRESS
    #[arg(short, long, value_name = "ADDRESS")]
    listen: Vec<String>,
    /// Answer a `given S` at the top of the convo; may repeat
    #[arg(short, long, value_name = "NAME=VALUE", value_parser = units::setting)]
    set: Vec<Setting>,
    /// At most this many sessions of a convo at a time; further clients are told that it is busy
    #[arg(long, value_name = "N")]
    limit: Option<NonZeroUsize>,
    /// Close a session whose client says nothing for this long, as in 10s, 500ms, 2m
    #[arg(long, value_name = "TIME", value_parser = units::duration)]
    idle: Option<Duration>,
    /// The longest message accepted or sent, as in 64KiB, 1MiB
    #[arg(long, value_name = "SIZE", value_parser = units::size, default_value = "64KiB")]
    max_message: usize,
    /// Where kept lists live: a file, `memory` for lists that end with the process, or nats://HOST:PORT, which further
    /// servers share, rooms and all. All convos served share it.
    /// Without it, a file for each convo in $XDG_STATE_HOME/sockeye or ~/.local/state/sockeye
    #[arg(long, value_name = "PATH|URL")]
    store: Option<StorePlace>,
    /// Let a convo's `stop` end the server although other machines can reach it
    #[arg(long)]
    allow_stop: bool,
    /// The length of our RSA key, for convos that say `secure`: 2048, 3072 or 4096
    #[arg(long, value_name = "BITS", default_value = "2048")]
    rsa_bits: RsaBits,
}

/// Serves until a signal or a convo's `stop` ends it.
///
/// # Errors
/// A wrong convo, option or value; an address that cannot be listened on.
pub(crate) fn run(args: &ServeArgs) -> Result<Exit, Failure> {
    let mut convos: Vec<(String, Convo)> = Vec::new();
    for given in &args.convos {
        let source = Source::find(given)?;
        if convos.iter().any(|(name, _)| *name == source.name) {
            return Err(Failure::usage(format!("two of the convos are named \"{}\"", source.name))
                .hint("serve it once (--listen may repeat), or rename the file"));
        }
        convos.push((source.name.clone(), source.convo()?));
    }
    let programs = convos.iter().map(|(_, convo)| &**convo.program(Role::Server));
    settings::check(&args.set, programs, Role::Server)?;
    let connections_max = descriptors::raise();
    // Sessions must not wait for whoever reads the log.
    log::unwait()?;
    warn_of_files(args, &convos, connections_max);
    runtime::run(serve(args, &convos))
}

/// Says which convos allow more sessions than the system has open files for.
fn warn_of_files(args: &ServeArgs, convos: &[(String, Convo)], connections_max: Option<u64>) {
    for (name, convo) in convos {
        if let (Some(limit), Some(most)) = (limit(args, convo), connections_max)
            && limit.sessions as u64 > most
        {
            tracing::warn!(
                "{name} allows {} sessions, the system {most} connections; allow more with `ulimit -n`",
                limit.sessions
            );
        }
    }
}

async fn serve(args: &ServeArgs, convos: &[(String, Convo)]) -> Result<Exit, Failure> {
    let mut signals = Signals::catch()
        .map_err(|error| Failure::new(Exit::Network, format!("cannot catch signals: {error}")))?;
    let listeners = listen(args, convos).await?;
    let talks = convos.iter().map(|(name, convo)| (name.as_str().into(), Talk::of(convo))).collect();
    let host = ServeHost::new(talks)
        .map_err(|error| Failure::new(Exit::Network, format!("cannot start a thread: {error}")))?;
    let host = Arc::new(host);
    for (listener, service) in &listeners {
        let (convo, address) = (service.convo(), listener.address());
        tracing::info!(%convo, %address, "{convo} listens on {address}");
    }
    let rule = if args.allow_stop { StopRule::Anywhere } else { StopRule::Loopback };
    let stop = Stop::new();
    let serving = net::serve(listeners, rule, host.clone(), stop.clone());
    tokio::pin!(serving);
    let mut read = true;
    let served = loop {
        tokio::select! {
            served = &mut serving => break served,
            () = signals.next() => stop.ask(),
            () = host.screen.closed(), if read => {
                read = false;
                stop.ask();
            }
        }
    };
    host.journal.end();
    served.map_err(|error| Failure::new(Exit::Network, format!("cannot serve: {error}")))?;
    host.screen.end()
}

/// Binds everything, or nothing.
async fn listen(
    args: &ServeArgs,
    convos: &[(String, Convo)],
) -> Result<Vec<(Listener, Arc<Service>)>, Failure> {
    let named: Vec<(&str, &Convo)> = convos.iter().map(|(name, convo)| (name.as_str(), convo)).collect();
    let places = places::places(&named, &args.listen)?;
    for (index, address) in &places {
        let (name, convo) = named[*index];
        if address.transport() == Some(Transport::Udp) && convo.program(Role::Server).secures() {
            let text = format!("{name} cannot be served on {address}: `secure rsa-oaep` needs a stream");
            return Err(Failure::usage(text).hint("listen on tcp:// or unix:"));
        }
    }
    let keys = Keys::new(args.rsa_bits);
    let stores = stores::stores(args.store.as_ref(), convos).await?;
    let services = convos
        .iter()
        .zip(stores)
        .map(|((name, convo), store)| service(args, name, convo, &keys, store))
        .collect::<Result<Vec<_>, _>>()?;
    let mut listeners = Vec::new();
    for (index, address) in places {
        let bound = Listener::bind(&address).await.map_err(|error| {
            let failure = Failure::new(Exit::Network, error.to_string());
            Failure { hint: error.hint().map(Into::into), ..failure }
        })?;
        listeners.extend(bound.into_iter().map(|listener| (listener, Arc::clone(&services[index]))));
    }
    Ok(listeners)
}

fn service(
    args: &ServeArgs,
    name: &str,
    convo: &Convo,
    keys: &Keys,
    store: Store,
) -> Result<Arc<Service>, Failure> {
    let program = convo.program(Role::Server);
    let plan = Plan {
        convo: name.into(),
        program: Arc::clone(program),
        values: settings::of(&args.set, program),
        limit: limit(args, convo),
        idle: args.idle.or(convo.idle()),
        message_bytes_max: args.max_message,
        keys: keys.clone(),
        store,
        seed: runtime::seed(),
    };
    Service::new(plan).map_err(|error| {
        Failure::usage(error.to_string()).hint(format!("`sockeye show {name}` says what the server is given"))
    })
}

/// The convo's limit with the number of the command line. Without words of its own a convo closes without a
/// word.
fn limit(args: &ServeArgs, convo: &Convo) -> Option<Limit> {
    let said = convo.limit();
    match args.limit {
        None => said.cloned(),
        Some(sessions) => {
            let busy = said.map(|limit| limit.busy.clone()).unwrap_or_default();
            Some(Limit { sessions: sessions.get(), busy })
        }
    }
}
