//! `sockeye call`: plays the client of a convo.

mod again;
mod host;
mod outcome;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use convo::{Ending, Role};
use net::{Call, CallError, End, Keys, Report, RsaBits};

use crate::person::{Person, Talk};
use crate::report::{self, Exit, Failure};
use crate::settings::{self, Setting};
use crate::source::Source;
use crate::{destination, runtime, units};
use host::{CallHost, Output};
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
    let to = destination::find(&source.name, &convo, args.to.as_deref())?;
    let keys = Keys::new(args.rsa_bits);
    let call = || Call {
        convo: source.name.as_str().into(),
        program: Arc::clone(client),
        values: args.set.clone(),
        to: to.clone(),
        timeout: Some(args.timeout),
        message_bytes_max: args.max_message,
        keys: keys.clone(),
        seed: runtime::seed(),
    };
    let person = if args.values.is_empty() { Person::typing() } else { Person::told(args.values) };
    let output = if client.shows() { Output::Shown } else { Output::Said };
    let talk = Talk::of(&convo);
    // Whoever left the talk is called again, but where the convo has words for it.
    let calls_again = talk == Talk::Free && person.is_present() && !client.answers_leaving();
    let called = Called { convo: &args.convo, to: &to, timeout: args.timeout };
    let host = Arc::new(CallHost::new(person, output, talk));
    runtime::run(async {
        if calls_again {
            hold(keep_calling(&call, &host, &called), &host).await
        } else {
            hold(once(call(), &host, &called), &host).await
        }
    })
}

/// Holds the conversation, until it is over, Ctrl-C is pressed, or nobody reads standard output any more.
async fn hold(
    calling: impl Future<Output = Result<Exit, Failure>>,
    host: &CallHost,
) -> Result<Exit, Failure> {
    tokio::select! {
        biased;
        _ = tokio::signal::ctrl_c() => return Ok(Exit::Interrupted),
        () = host.screen.closed() => {}
        outcome = calling => drop(outcome?),
    }
    host.screen.end()
}

async fn once(call: Call, host: &Arc<CallHost>, called: &Called<'_>) -> Result<Exit, Failure> {
    match net::call(call, Arc::clone(host) as _).await {
        Ok(report) => called.ended(&report.end),
        Err(error) => called.failed(&error),
    }
}

/// Calls, and calls again whenever the connection is lost in the middle of the talk, until our person leaves.
async fn keep_calling(
    call: &impl Fn() -> Call,
    host: &Arc<CallHost>,
    called: &Called<'_>,
) -> Result<Exit, Failure> {
    let mut lost = false;
    loop {
        host.memory.begin();
        let outcome = net::call(call(), Arc::clone(host) as _).await;
        let why = match outcome {
            Ok(Report { end: End::Done(Ending::PeerLeft), .. }) if host.memory.was_free() => {
                "the connection is lost".to_owned()
            }
            Ok(report) => return called.ended(&report.end),
            Err(error) if lost && is_of_network(&error) => error.to_string(),
            Err(error) => return called.failed(&error),
        };
        lost = true;
        let pause = host.memory.pause();
        report::notice(&format!("({why}; calling again in {} s, Ctrl-D leaves)", pause.as_secs()));
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = host.person.left() => return Ok(Exit::Done),
        }
    }
}

/// The server cannot be reached, which may be otherwise later.
fn is_of_network(error: &CallError) -> bool {
    matches!(error, CallError::Connect { .. } | CallError::Resolve(_) | CallError::Timeout { .. })
}
