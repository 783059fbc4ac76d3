//! `sockeye check`: finds out what is wrong with somebody's socket program, and says why.
//!
//! ```text
//! convo ──convo::cases──▶ walks, values ──plan──▶ cases ──run──▶ outcomes ──causes──▶ report
//!                                                  │
//!                           stand (the program) ◀──┴── talk (a session judges, the manner cuts)
//! ```

mod arguments;
mod case;
mod causes;
mod clients;
mod judge;
mod kernel;
mod lanes;
mod language;
mod life;
mod pattern;
mod plan;
mod points;
mod proc;
mod program;
mod report;
mod run;
mod stand;
mod talk;
mod tally;
mod trace;

use convo::Link;
use net::{Address, Defaults, Keys, Reach, RsaBits};
use tokio::time::Instant;

pub(crate) use arguments::CheckArgs;

use crate::report::{Exit, Failure, Screen};
use crate::runtime;
use crate::source::Source;
use arguments::Target;
use case::{Case, Verdict};
use clients::Desk;
use language::Language;
use points::Points;
use report::{Papers, Result as Checked};
use stand::{Stand, Subject};
use tally::Rigour;

/// The same cases in each run, unless another seed is given.
const SEED: u64 = 1;

/// Checks a program.
///
/// # Errors
/// A wrong convo or option; a program that cannot be started or reached.
pub(crate) fn run(args: &CheckArgs) -> Result<Exit, Failure> {
    let source = Source::find(&args.convo)?;
    let convo = source.convo()?;
    let points = args.points.as_deref().map(Points::read).transpose()?;
    let papers = Papers::read(&args.report)?;
    runtime::run(async {
        let checking = Checking { args, source: &source, convo: &convo };
        tokio::select! {
            biased;
            () = told_to_end() => {
                program::sweep();
                Ok(Exit::Interrupted)
            }
            outcome = checking.check(points, &papers) => outcome,
        }
    })
}

/// Completes at the signals that end a program, so that what it started is ended with it. Cancel safe.
async fn told_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let next = |kind| async move {
        match signal(kind) {
            Ok(mut signal) => drop(signal.recv().await),
            // It ends the program in its own way then.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = next(SignalKind::interrupt()) => {}
        () = next(SignalKind::terminate()) => {}
        () = next(SignalKind::hangup()) => {}
    }
}

struct Checking<'a> {
    args: &'a CheckArgs,
    source: &'a Source,
    convo: &'a convo::Convo,
}

impl Checking<'_> {
    async fn check(&self, points: Option<Points>, papers: &Papers) -> Result<Exit, Failure> {
        let (subject, link) = self.subject().await?;
        let seed = self.args.seed.unwrap_or(SEED);
        let is_client = matches!(self.args.target(), Target::ClientCommand(_));
        let plan = if is_client {
            plan::plan_clients(self.convo, &self.source.name, link, seed)
        } else {
            plan::plan(self.convo, &self.source.name, link, seed)
        };
        if let Some(points) = &points {
            points.fit(&plan.cases)?;
        }
        let wanted = |case: &Case| self.args.wants(&case.id);
        let (cases, left_out): (Vec<Case>, Vec<Case>) = plan.cases.into_iter().partition(wanted);
        if self.args.list {
            return list(&cases, &plan.untried);
        }
        if cases.is_empty() && !left_out.is_empty() {
            let all = left_out.len();
            let text = format!("--only and --skip leave none of the {all} cases");
            return Err(Failure::usage(text).hint("--list without them shows the cases there are"));
        }
        let Some(plain) = plan.plain else {
            let text = "no way through this convo was found that could be tried";
            let other = if is_client { "--server-command checks its server" } else { "see `sockeye show`" };
            return Err(Failure::usage(text).hint(other));
        };
        papers.open()?;
        program::adopt();
        let begun = Instant::now();
        let progress = report::Progress::begin(cases.len());
        let told = |outcome: &case::Outcome| progress.told(outcome);
        let outcomes = match (is_client, &subject) {
            (true, Subject::Command(command)) => {
                self.desk(command, link).run(cases, self.rigour(), told).await
            }
            _ => {
                let mut stand = Stand::new(self.convo, link, subject, self.args.timeout, seed);
                stand.long = plan.long;
                stand.plain = Some(std::sync::Arc::clone(&plain));
                match self.reach_it(&mut stand).await {
                    Ok(()) => Ok(run::run(stand, cases, &plain, self.rigour(), told).await),
                    Err(failure) => Err(failure),
                }
            }
        };
        progress.end();
        program::sweep();
        let mut result = self.result(link, points);
        result.took = begun.elapsed();
        result.untried = plan.untried;
        match outcomes {
            Ok(outcomes) => result.outcomes = outcomes,
            Err(failure) => {
                result.trouble = Some(failure.text.clone());
                papers.hand_out(&result)?;
                return Err(failure);
            }
        }
        papers.hand_out(&result)?;
        Ok(if result.count(Verdict::Fail) > 0 { Exit::No } else { Exit::Done })
    }

    fn rigour(&self) -> Rigour {
        if self.args.strict { Rigour::Strict } else { Rigour::Fair }
    }

    fn desk(&self, command: &str, link: Link) -> Desk<'_> {
        Desk {
            convo: self.convo,
            link,
            command: command.to_owned(),
            patience: self.args.timeout,
            keys: Keys::new(RsaBits::default()),
            seed: self.args.seed.unwrap_or(SEED),
        }
    }

    /// What is known before anything ran.
    fn result(&self, link: Link, points: Option<Points>) -> Checked {
        Checked {
            convo: self.source.name.clone(),
            lines: self.source.text.lines().map(str::to_owned).collect(),
            command: self.args.repeat(),
            subject: self.args.target_text(),
            language: self.args.command().map_or(Language::Any, Language::of),
            datagrams: link == Link::Datagram,
            seed: self.args.seed.unwrap_or(SEED),
            took: std::time::Duration::ZERO,
            outcomes: Vec::new(),
            untried: Vec::new(),
            points,
            trouble: None,
        }
    }

    /// The first start: what cannot be started or reached is no failure of a case.
    async fn reach_it(&self, stand: &mut Stand<'_>) -> Result<(), Failure> {
        let reach = stand.up().await?;
        if stand.is_ours() || stand.link == Link::Datagram {
            return Ok(());
        }
        let mut trace = trace::Trace::new();
        match stand::connect(&reach, &mut trace, self.args.timeout).await {
            Ok(_) => Ok(()),
            Err(why) => Err(Failure::new(Exit::Network, format!("cannot connect to {reach}: {why}"))
                .hint("start the server first, or give its command with --server-command")),
        }
    }

    /// The transport of the place at which a server that is started here will listen.
    fn place(&self, place: &str, command: &str) -> Result<Link, Failure> {
        let hint = "as in --server udp://127.0.0.1:{port}: the program is started at this machine's loopback";
        let listens = self.convo.listens();
        let first = listens.first();
        let transport = first.map_or(convo::Transport::Tcp, |listen| listen.transport);
        let free = place.contains("{port}");
        let defaults = Defaults { transport, port: first.map(|listen| listen.port) };
        let address = Address::parse(&place.replace("{port}", "1"), defaults)
            .map_err(|error| Failure::usage(format!("--server: {error}")).hint(hint))?;
        let Address::Internet { transport, port, .. } = address else {
            return Err(Failure::usage("--server: a command is started at a TCP or UDP port").hint(hint));
        };
        let listen = listens.iter().find(|listen| listen.transport == transport);
        let Some(listen) = listen else {
            return Err(Failure::usage(format!("--server: the convo does not listen on {place}")).hint(hint));
        };
        if free != command.contains("{port}") || !free && port != listen.port {
            let hint = "write {port} in both, or in neither and name the convo's port";
            return Err(Failure::usage("--server and --server-command name different ports").hint(hint));
        }
        Ok(match transport {
            convo::Transport::Tcp => Link::Stream,
            convo::Transport::Udp => Link::Datagram,
        })
    }

    async fn subject(&self) -> Result<(Subject, Link), Failure> {
        let listen = self.convo.listens().first();
        let transport = listen.map_or(convo::Transport::Tcp, |listen| listen.transport);
        let link = |transport| match transport {
            convo::Transport::Tcp => Link::Stream,
            convo::Transport::Udp => Link::Datagram,
        };
        match self.args.target() {
            Target::ServerCommand(command) => {
                let link = match self.args.place() {
                    Some(place) => self.place(place, command)?,
                    None => link(transport),
                };
                Ok((Subject::Command(command.to_owned()), link))
            }
            Target::ClientCommand(command) => Ok((Subject::Command(command.to_owned()), link(transport))),
            Target::Server(text) => {
                let defaults = Defaults { transport, port: listen.map(|listen| listen.port) };
                let address = Address::parse(text, defaults).map_err(|error| {
                    let hint = error.hint().to_owned();
                    Failure::usage(format!("--server: {error}")).hint(hint)
                })?;
                let link = match &address {
                    Address::Internet { transport, .. } => link(*transport),
                    Address::Unix(_) => Link::Stream,
                };
                let reach = Reach::of(&address).await;
                let reach = reach.map_err(|error| {
                    Failure::new(Exit::Network, format!("--server: {error}"))
                        .hint("give the address as 127.0.0.1:PORT if the name cannot be resolved")
                })?;
                Ok((Subject::Address(reach), link))
            }
        }
    }
}

/// Says which cases there are.
fn list(cases: &[Case], untried: &[String]) -> Result<Exit, Failure> {
    let screen = Screen::new();
    for case in cases {
        screen.show(&format!("{}  {}", case.id, case.about));
    }
    for line in untried {
        screen.show(&format!("# not tried: {line}"));
    }
    screen.end()
}
