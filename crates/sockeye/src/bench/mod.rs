//! `sockeye bench`: plays many clients of a convo at once, verifies every answer, and says how quick they came.
//!
//! ```text
//! plan ──▶ load ──▶ player ──▶ direct │ ahead ── port ── net::Wire        one of each a connection
//!            │         ▲ schedule: when requests are due
//!            └──▶ ledger: counts, latencies ──▶ report ──▶ summary, page, JSON, compare
//! ```

mod after;
mod ahead;
mod bound;
mod compare;
mod direct;
mod files;
mod hdr;
mod ledger;
mod live;
mod load;
mod numbers;
mod page;
mod plan;
mod player;
mod plot;
mod port;
mod processor;
mod questions;
mod report;
mod schedule;
mod search;
mod summary;
mod timer;
mod values;

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use convo::{Convo, Link, Role};
use net::{Address, Keys, Reach, RsaBits};
use serde_json::Value;

use crate::descriptors;
use crate::report::{Exit, Failure, Screen};
use crate::source::Source;
use crate::{destination, runtime, units};
use bound::Bound;
use files::unwritten;
use live::Live;
use load::Outcome;
use plan::{Keep, Plan, Stretches};
use questions::Questions;
use report::Report;
use schedule::{End, Pace};
use values::Values;

/// How long a run takes unless said.
const RUN: Duration = Duration::from_secs(10);
/// How long each rate is tried in a search.
const TRY: Duration = Duration::from_secs(2);
/// How long an answer may take unless said; a datagram's that is later is lost.
const ANSWER_STREAM: Duration = Duration::from_secs(10);
const ANSWER_DATAGRAM: Duration = Duration::from_secs(1);

/// Values that are tried beforehand only to save work in the run.
const TRIED_MAX: usize = 1 << 16;

const EXAMPLES: &str = "\
Examples:
  sockeye bench reverse-lines                       64 connections for 10 s, each asks anew
                                                    when it has its answer
  sockeye bench reverse-lines -c 1 -n 10000         one connection, 10,000 requests
  sockeye bench reverse-lines --depth 32            32 requests on the way on each
  sockeye bench sum-json --connect-each --to :8000  a new connection for each request
  sockeye bench reverse-lines --rate 5000/s --expect 'p99<5ms'
  sockeye bench reverse-lines --find-rate 'p99<10ms'
  sockeye bench board --to udp://192.0.2.7:1234 --values lines.txt
  sockeye bench reverse-lines --json now.json --compare before.json --html report.html

A bound is p50, p90, p99, p99.9, max or mean and a time (p99<5ms, mean<800us), throughput>50k,
failed<1 or lost<1.

In a closed loop (without --rate) a slow server is asked less often, which hides how long others
would have waited. With --rate, latency counts from when a request should have been sent.

Ctrl-C ends a run early, and what there is of it is reported.

Exit codes: 0 all was answered as the convo says; 1 something failed, nothing was answered, or a
bound was missed; 2 usage; 3 nobody there; 130 Ctrl-C.";

const LOAD: &str = "The load";
const REPORTS: &str = "What comes of it";

/// What `bench` takes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct BenchArgs {
    /// The name of a convo that ships, or a path
    convo: String,
    /// The server: tcp://HOST:PORT, udp://HOST:PORT, unix:PATH, HOST:PORT or :PORT; else the convo's own
    /// address, here
    #[arg(short, long, value_name = "ADDRESS")]
    to: Option<String>,
    /// Connections at a time
    #[arg(short, long, value_name = "COUNT", default_value = "64", value_parser = positive, help_heading = LOAD)]
    connections: usize,
    /// Requests on the way on each connection, where the convo is a loop of one question and one answer
    #[arg(long, value_name = "COUNT", default_value = "1", value_parser = positive, help_heading = LOAD)]
    depth: usize,
    /// How long, as in 10s, 500ms, 2m [default: 10s; with --find-rate 2s for each rate]
    #[arg(short, long, value_name = "TIME", value_parser = units::duration, help_heading = LOAD)]
    duration: Option<Duration>,
    /// How many requests, instead of how long
    #[arg(short = 'n', long, value_name = "COUNT", conflicts_with = "duration", value_parser = positive,
          help_heading = LOAD)]
    count: Option<usize>,
    /// Requests a second over all connections, at a constant rate: 1000/s, 50k/s
    #[arg(long, value_name = "RATE", value_parser = bound::rate, help_heading = LOAD)]
    rate: Option<f64>,
    /// A new connection for each request; latency then counts from before connecting
    #[arg(long, conflicts_with = "depth", help_heading = LOAD)]
    connect_each: bool,
    /// What is answered when the convo asks, a line each, over and over; else values are made from the types
    #[arg(long, value_name = "FILE", help_heading = LOAD)]
    values: Option<String>,
    /// Search the highest rate that holds a bound, such as 'p99<10ms'
    #[arg(long, value_name = "BOUND", conflicts_with = "rate", help_heading = REPORTS)]
    find_rate: Option<Bound>,
    /// Exit 1 if this is missed, such as 'p99<5ms', 'throughput>50k' or 'lost<1'; may repeat
    #[arg(long, value_name = "BOUND", help_heading = REPORTS)]
    expect: Vec<Bound>,
    /// Write the report as JSON; docs/bench.schema.json is its schema
    #[arg(long, value_name = "FILE", help_heading = REPORTS)]
    json: Option<String>,
    /// Write the report as a page with plots
    #[arg(long, value_name = "FILE", help_heading = REPORTS)]
    html: Option<String>,
    /// Write the latencies over time as an HdrHistogram log
    #[arg(long, value_name = "FILE", help_heading = REPORTS)]
    hdr: Option<String>,
    /// Show this run beside an earlier one's JSON
    #[arg(long, value_name = "FILE", help_heading = REPORTS)]
    compare: Option<String>,
    /// How long an answer may take [default: 10s; over UDP 1s, then it is lost]
    #[arg(long, value_name = "TIME", value_parser = units::duration, help_heading = LOAD)]
    timeout: Option<Duration>,
    /// Makes the same values again
    #[arg(long, value_name = "NUMBER", help_heading = LOAD)]
    seed: Option<u64>,
}

/// Loads a server.
///
/// # Errors
/// A wrong convo or option, no connection, or a file that cannot be written.
pub(crate) fn run(args: &BenchArgs) -> Result<Exit, Failure> {
    let source = Source::find(&args.convo)?;
    let convo = source.convo()?;
    let earlier = args.compare.as_deref().map(compare::read).transpose()?;
    descriptors::allow(args.connections)?;
    [&args.json, &args.html, &args.hdr].into_iter().flatten().try_for_each(|path| files::check(path))?;
    let address = destination::find(&source.name, &convo, args.to.as_deref())?;
    runtime::run(async {
        let plan = Arc::new(plan(args, &convo, &address).await?);
        let live = Live::new();
        let measured = measure(args, &source.name, &plan, &live).await;
        live.end();
        let (mut report, outcome) = measured?;
        report.expect(&args.expect);
        tell(args, &report, &outcome, earlier.as_ref())
    })
}

async fn plan(args: &BenchArgs, convo: &Convo, address: &Address) -> Result<Plan, Failure> {
    let to = Reach::of(address).await.map_err(|error| {
        Failure::new(Exit::Network, error.to_string())
            .hint("check the name, or give the address itself with --to")
    })?;
    let (link, patience) = match to {
        Reach::Udp(_) => (Link::Datagram, ANSWER_DATAGRAM),
        Reach::Tcp(_) | Reach::Unix(_) => (Link::Stream, ANSWER_STREAM),
    };
    let seed = args.seed.unwrap_or_else(runtime::seed);
    let values = match &args.values {
        Some(path) => Values::lines(lines(path)?),
        None => Values::made(seed),
    };
    let keep = if args.connect_each { Keep::OneRequest } else { Keep::Open };
    let questions = match (args.depth, link, keep) {
        (_, _, Keep::OneRequest) => None,
        (1, Link::Stream, Keep::Open)
            if !convo.program(Role::Client).turns_are_alike() || values.count() > TRIED_MAX =>
        {
            None
        }
        (depth, link, Keep::Open) => ahead(convo, link, &values, depth)?,
    };
    Ok(Plan {
        program: Arc::clone(convo.program(Role::Client)),
        to,
        link,
        connections: args.connections,
        depth: args.depth,
        keep,
        timeout: args.timeout.unwrap_or(patience),
        values,
        questions,
        keys: Keys::new(RsaBits::default()),
        seed,
        stretches: if args.hdr.is_some() { Stretches::Kept } else { Stretches::Summed },
    })
}

/// Questions to be asked ahead of their answers: needed for a depth, and taken wherever the answers are known.
fn ahead(convo: &Convo, link: Link, values: &Values, depth: usize) -> Result<Option<Questions>, Failure> {
    let suit = |questions: &Questions| match (link, depth) {
        (Link::Stream, 1) => questions.are_known(),
        (Link::Stream, _) => true,
        (Link::Datagram, _) => questions.are_answered(),
    };
    let why = match Questions::of(convo, link, values) {
        Ok(questions) if suit(&questions) => return Ok(Some(questions)),
        Ok(_) => {
            "has answers that hang on more than their question: over UDP nobody can tell them apart".into()
        }
        Err(why) => why,
    };
    if depth == 1 {
        return Ok(None);
    }
    Err(Failure::usage(format!("--depth {depth}: the convo {why}")).hint(
        "a depth needs a convo that is one loop of one question and one answer, such as reverse-lines; leave it out",
    ))
}

async fn measure(
    args: &BenchArgs,
    convo: &str,
    plan: &Arc<Plan>,
    live: &Live,
) -> Result<(Report, Outcome), Failure> {
    let end = match (args.count, args.duration) {
        (Some(count), _) => End::Count(count as u64),
        (None, Some(time)) => End::After(time),
        (None, None) if args.find_rate.is_some() => End::After(TRY),
        (None, None) => End::After(RUN),
    };
    if let Some(bound) = &args.find_rate {
        return search::search(convo, plan, bound, end, live).await;
    }
    let pace = args.rate.map_or(Pace::Closed, Pace::Open);
    live.begin(summary::work(convo, plan, pace), end);
    let outcome = load::load(plan, pace, end, live).await?;
    Ok((Report::of(convo, plan, pace, &outcome), outcome))
}

/// Prints and writes what was asked for, and says how it went.
fn tell(
    args: &BenchArgs,
    report: &Report,
    outcome: &Outcome,
    earlier: Option<&Value>,
) -> Result<Exit, Failure> {
    let compared = earlier.map(|earlier| compare::text(report, earlier)).unwrap_or_default();
    let screen = Screen::new();
    screen.print((summary::text(report) + &compared).as_bytes());
    if let Some(path) = &args.json {
        let mut json = serde_json::to_vec_pretty(report).map_err(|error| unwritten(path, &error))?;
        json.push(b'\n');
        write(path, &json)?;
    }
    if let Some(path) = &args.html {
        write(path, page::html(report, &compared).as_bytes())?;
    }
    if let (Some(path), Some(hdr)) = (&args.hdr, &outcome.hdr) {
        let text = hdr.text().map_err(|error| unwritten(path, &error))?;
        write(path, &text)?;
    }
    screen.end()?;
    let missed = report.expectations.iter().any(|expectation| !expectation.met)
        || report.search.as_ref().is_some_and(|search| search.found.is_none())
        || report.requests.done() == 0;
    Ok(if outcome.interrupted {
        Exit::Interrupted
    } else if missed || report.requests.failed > 0 {
        Exit::No
    } else {
        Exit::Done
    })
}

fn write(path: &str, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes).map_err(|error| unwritten(path, &error))
}

fn lines(path: &str) -> Result<Vec<String>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::usage(format!("--values {path}: {error}")).hint("give a file of UTF-8 lines")
    })?;
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if lines.is_empty() {
        return Err(Failure::usage(format!("--values {path}: it is empty")).hint("give a value a line"));
    }
    Ok(lines)
}

/// A count above zero.
fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count) if count > 0 => Ok(count),
        _ => Err("expected a count above zero".to_owned()),
    }
}
