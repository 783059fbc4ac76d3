//! `sockeye call`: plays the client of a convo.

mod host;
mod outcome;

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use convo::{Convo, Role};
use net::{Address, Call, Defaults, Keys, Place, RsaBits};

use crate::person::Person;
use crate::report::{Exit, Failure};
use crate::settings::{self, Setting};
use crate::source::Source;
use crate::{runtime, units};
use host::{CallHost, Output, Talk};
use outcome::Called;

const EXAMPLES: &str = "\
Examples:
  sockeye call reverse                      you are asked at the terminal
  sockeye call sum-greeting 25              the answer, given before it is asked
  sockeye call sum-greeting -5 --to :12345
  sockeye call board 'POST hi'              the choices are yours too
  sockeye call board GET
  sockeye call reverse-lines < words.txt    answers from a file, a line each
  sockeye call sum-json 25 --set client=Ann --to tcp://192.0.2.7:8000
  sockeye call sum-prompt 25 17 --to udp://[::1]:12345";

/// What `call` takes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CallArgs {
    /// The name of a convo that ships, or a path
    convo: String,
    /// What you would answer, in order; without any, standard input is read, a line each
    #[arg(value_name = "VALUE", allow_negative_numbers = true)]
    values: Vec<String>,
    /// The server: tcp://HOST:PORT, udp://HOST:PORT, unix:PATH, HOST:PORT or :PORT; else the convo's own
    /// address, here
    #[arg(short, long, value_name = "ADDRESS")]
    to: Option<String>,
    /// Answer a `given C` at the top of the convo; may repeat
    #[arg(short, long, value_name = "NAME=VALUE", value_parser = units::setting)]
    set: Vec<Setting>,
    /// How long connecting and each answer may take, as in 10s, 500ms, 2m; your own thinking is not counted
    #[arg(long, value_name = "TIME", value_parser = units::duration, default_value = "10s")]
    timeout: Duration,
    /// The longest message accepted or sent, as in 64KiB, 1MiB
    #[arg(long, value_name = "SIZE", value_parser = units::size, default_value = "64KiB")]
    max_message: usize,
    /// The length of our RSA key, for convos that say `secure`: 2048, 3072 or 4096
    #[arg(long, value_name = "BITS", default_value = "2048")]
    rsa_bits: RsaBits,
}

/// Calls and has one conversation.
///
/// # Errors
/// A wrong convo, option or value; no connection; a conversation that did not end in good order.
pub(crate) fn run(args: CallArgs) -> Result<Exit, Failure> {
    let source = Source::find(&args.convo)?;
    let convo = source.convo()?;
    let client = convo.program(Role::Client);
    settings::check(&args.set, std::iter::once(&**client), Role::Client)?;
    let call = Call {
        convo: source.name.as_str().into(),
        program: Arc::clone(client),
        values: args.set,
        to: address(&source.name, &convo, args.to.as_deref())?,
        timeout: Some(args.timeout),
        message_bytes_max: args.max_message,
        keys: Keys::new(args.rsa_bits),
        seed: runtime::seed(),
    };
    let person = if args.values.is_empty() { Person::typing() } else { Person::told(args.values) };
    let output = if client.shows() { Output::Shown } else { Output::Said };
    let both = client.asks() && convo.program(Role::Server).asks();
    let talk = if both { Talk::Both } else { Talk::Ours };
    let called = Called { convo: &args.convo, timeout: args.timeout };
    runtime::run(hold(call, CallHost::new(person, output, talk), &called))
}

/// Holds the conversation, until it is over, Ctrl-C is pressed, or nobody reads standard output any more.
async fn hold(call: Call, host: CallHost, called: &Called<'_>) -> Result<Exit, Failure> {
    let host = Arc::new(host);
    let calling = net::call(call, host.clone());
    tokio::select! {
        biased;
        _ = tokio::signal::ctrl_c() => return Ok(Exit::Interrupted),
        () = host.person.interrupted() => return Ok(Exit::Interrupted),
        () = host.screen.closed() => {}
        outcome = calling => {
            match outcome {
                Ok(report) => called.ended(&report.end)?,
                Err(error) => called.failed(&error)?,
            };
        }
    }
    host.screen.end()
}

/// Whom to call: `--to`, or the convo's first address on this machine.
fn address(name: &str, convo: &Convo, to: Option<&str>) -> Result<Address, Failure> {
    let listen = convo.listens().first();
    let Some(text) = to else {
        let listen = listen.ok_or_else(|| {
            Failure::usage(format!("{name} says nowhere which address to call"))
                .hint("give --to HOST:PORT, or a line such as `listen tcp 7200` to the convo")
        })?;
        let (transport, port) = (listen.transport, listen.port);
        return Ok(Address::Internet { transport, place: Place::Loopback, port });
    };
    let defaults = Defaults {
        transport: listen.map_or(convo::Transport::Tcp, |listen| listen.transport),
        port: listen.map(|listen| listen.port),
    };
    Address::parse(text, defaults).map_err(|error| {
        let hint = error.hint().to_owned();
        Failure::usage(format!("--to: {error}")).hint(hint)
    })
}
