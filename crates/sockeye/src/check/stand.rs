//! Where a server stands while it is tested: an address, or a program that is started, watched and started again.

use std::sync::Arc;
use std::time::Duration;

use convo::{Convo, Link, Role};
use net::{Keys, Probe, Probes, Reach};
use tokio::time::Instant;

use super::case::{Failure, Symptom, Way};
use super::proc::{self, Kind};
use super::program::{self, Listening, NotReady, Program};
use super::talk::{End, Manner, Part, Talk, is_whole};
use super::trace::{Event, Trace};
use crate::report::{Exit, Failure as Trouble};

/// How long connections of the past can hold a port (TIME_WAIT), with something to spare.
const LINGER_MAX: Duration = Duration::from_secs(65);
/// A program that works for so long on end although little is asked of it hinders itself, and is started afresh.
const WORKING: Duration = Duration::from_secs(1);
/// How much of a processor that is, percent.
const WORKING_PERCENT: u128 = 80;
/// It is started afresh for that so often.
const WORKING_TIMES_MAX: usize = 12;
/// Ports that are tried for a program that may have any.
const PORTS_TRIED: usize = 4;
/// How long a program that is about to end is given for it, before it is taken for alive.
const DYING_MAX: Duration = Duration::from_millis(250);

/// What is tested.
#[derive(Debug, Clone)]
pub(super) enum Subject {
    /// A server that runs already.
    Address(Reach),
    /// A command that starts one.
    Command(String),
}

/// The place of the test.
#[derive(Debug)]
pub(super) struct Stand<'a> {
    pub(super) convo: &'a Convo,
    pub(super) link: Link,
    pub(super) subject: Subject,
    /// How long each answer may take.
    pub(super) patience: Duration,
    pub(super) keys: Keys,
    pub(super) seed: u64,
    pub(super) program: Option<Program>,
    reach: Option<Reach>,
    /// Said once, to the person.
    pub(super) notices: Vec<String>,
    /// It serves one client and then no other: that is told once, and it is started afresh for each case.
    pub(super) one_shot: bool,
    /// When its processor time was looked at, and what it was then, in ticks.
    looked: Option<(Instant, u64)>,
    /// How often it was started afresh because it worked on end.
    worked: usize,
    /// What it had written when the case began, bytes.
    output_from: usize,
    /// The port, where it is not the convo's.
    fixed_port: Option<u16>,
    /// How a program ended that was found gone.
    obituary: Option<Death>,
    /// The way that every other case takes.
    pub(super) plain: Option<Arc<Way>>,
    /// A way on which much is said.
    pub(super) long: Option<Arc<Way>>,
}

impl<'a> Stand<'a> {
    pub(super) fn new(convo: &'a Convo, link: Link, subject: Subject, patience: Duration, seed: u64) -> Self {
        Self {
            convo,
            link,
            subject,
            patience,
            keys: Keys::new(net::RsaBits::default()),
            seed,
            program: None,
            reach: None,
            notices: Vec::new(),
            one_shot: false,
            looked: None,
            worked: 0,
            output_from: 0,
            fixed_port: None,
            obituary: None,
            plain: None,
            long: None,
        }
    }

    /// Another place for the same subject, with a program of its own.
    pub(super) fn beside(&self) -> Self {
        Self::new(self.convo, self.link, self.subject.clone(), self.patience, self.seed)
    }

    /// Whether it is ours to start and end.
    pub(super) fn is_ours(&self) -> bool {
        matches!(self.subject, Subject::Command(_))
    }

    /// Sees to it that the server runs, and says where.
    ///
    /// # Errors
    /// It cannot be started.
    pub(super) async fn up(&mut self) -> Result<Reach, Trouble> {
        let command = match &self.subject {
            Subject::Address(reach) => return Ok(reach.clone()),
            Subject::Command(command) => command.clone(),
        };
        if let (Some(program), Some(reach)) = (&mut self.program, &self.reach)
            && program.ended().is_none()
        {
            self.output_from = program.output().len();
            return Ok(reach.clone());
        }
        self.obituary = self.death(Waits::No).await.or(self.obituary.take());
        self.down().await;
        self.start(&command).await
    }

    /// Ends the program, if it runs.
    pub(super) async fn down(&mut self) {
        self.looked = None;
        if let Some(program) = self.program.take() {
            program.kill().await;
        }
    }

    /// Between two cases: ends a program that works on end, as one does whose loop never ends, so that the next case is not
    /// judged by that.
    pub(super) async fn rest(&mut self) {
        let Some(program) = &self.program else { return };
        let ticks = program.family().iter().map(|process| process.ticks).sum::<u64>();
        let now = Instant::now();
        let (since, before) = *self.looked.get_or_insert((now, ticks));
        let elapsed = now.duration_since(since);
        if elapsed < WORKING {
            return;
        }
        self.looked = Some((now, ticks));
        let used_ms = u128::from(ticks.saturating_sub(before) * proc::TICK_MS);
        if used_ms * 100 >= elapsed.as_millis() * WORKING_PERCENT && self.worked < WORKING_TIMES_MAX {
            self.worked += 1;
            self.down().await;
        }
    }

    /// Lets the next conversation begin with a program that was just started, where it is ours to start.
    pub(super) async fn afresh(&mut self) {
        if self.is_ours() {
            self.down().await;
        }
    }

    async fn start(&mut self, command: &str) -> Result<Reach, Trouble> {
        let kind = if self.link == Link::Stream { Kind::Tcp } else { Kind::Udp };
        if command.contains("{port}") {
            return self.start_anywhere(command, kind).await;
        }
        let port = self.port()?;
        self.wait_for(port, kind).await?;
        let (program, ready) = begin(command, kind, port).await?;
        match ready {
            Ok(listening) => Ok(self.started(program, port, listening)),
            Err(_) if in_use(&program) && proc::is_lingering(port) => {
                program.kill().await;
                self.start_late(command, port, kind).await
            }
            Err(why) => Err(not_ready(command, port, &why)),
        }
    }

    /// Starts it at a port that was free a moment ago; somebody may have taken it since.
    async fn start_anywhere(&mut self, command: &str, kind: Kind) -> Result<Reach, Trouble> {
        let mut tries = PORTS_TRIED;
        loop {
            let port = self.free_port().await?;
            let command = command.replace("{port}", &port.to_string());
            let (program, ready) = begin(&command, kind, port).await?;
            tries -= 1;
            match ready {
                Ok(listening) => return Ok(self.started(program, port, listening)),
                Err(_) if in_use(&program) && tries > 0 => program.kill().await,
                Err(why) => return Err(not_ready(&command, port, &why)),
            }
        }
    }

    fn started(&mut self, program: Program, port: u16, listening: Listening) -> Reach {
        let reach = self.reach_of(port, listening.v6);
        self.output_from = program.output().len();
        self.program = Some(program);
        self.reach = Some(reach.clone());
        reach
    }

    fn reach_of(&self, port: u16, v6: bool) -> Reach {
        let address = if v6 {
            (std::net::Ipv6Addr::LOCALHOST, port).into()
        } else {
            (std::net::Ipv4Addr::LOCALHOST, port).into()
        };
        match self.link {
            Link::Stream => Reach::Tcp(address),
            Link::Datagram => Reach::Udp(address),
        }
    }

    /// Starts it again once the connections of the past have let go of its port.
    async fn start_late(&mut self, command: &str, port: u16, kind: Kind) -> Result<Reach, Trouble> {
        let notice = format!(
            "the program cannot bind port {port} while connections of the past hold it (TIME_WAIT); waiting for \
             them: with SO_REUSEADDR, or a command with {{port}} in it, there is nothing to wait for"
        );
        if !self.notices.contains(&notice) {
            crate::report::notice(&notice);
            self.notices.push(notice);
        }
        let deadline = Instant::now() + LINGER_MAX;
        while proc::is_lingering(port) && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let (program, ready) = begin(command, kind, port).await?;
        let listening = ready.map_err(|why| not_ready(command, port, &why))?;
        Ok(self.started(program, port, listening))
    }

    async fn free_port(&self) -> Result<u16, Trouble> {
        let transport = match self.link {
            Link::Stream => convo::Transport::Tcp,
            Link::Datagram => convo::Transport::Udp,
        };
        let none =
            |error: std::io::Error| Trouble::new(Exit::Network, format!("there is no free port: {error}"));
        Probes::bind(transport, 0).await.and_then(|probes| probes.port()).map_err(none)
    }

    /// The convo's port.
    fn port(&self) -> Result<u16, Trouble> {
        if let Some(port) = self.fixed_port {
            return Ok(port);
        }
        let transport = match self.link {
            Link::Stream => convo::Transport::Tcp,
            Link::Datagram => convo::Transport::Udp,
        };
        let listens = self.convo.listens();
        let ours = listens.iter().find(|listen| listen.transport == transport).or(listens.first());
        ours.map(|listen| listen.port).ok_or_else(|| {
            Trouble::usage("the convo names no port".to_owned()).hint(
                "write {port} in the command where the program takes it, or `listen tcp 7200` in the convo",
            )
        })
    }

    /// The command with a port of its own in it.
    ///
    /// # Errors
    /// There is no port.
    pub(super) async fn fixed(&self) -> Result<(String, u16), Trouble> {
        let Subject::Command(command) = &self.subject else {
            return Err(Trouble::usage("there is no command".to_owned()));
        };
        if !command.contains("{port}") {
            return Ok((command.clone(), self.port()?));
        }
        let port = self.free_port().await?;
        Ok((command.replace("{port}", &port.to_string()), port))
    }

    /// Another place, at a port that stays the same.
    pub(super) fn at(&self, command: String, port: u16) -> Self {
        let mut other = self.beside();
        other.long.clone_from(&self.long);
        other.subject = Subject::Command(command);
        other.fixed_port = Some(port);
        other
    }

    /// Starts the program without waiting for anything that holds its port.
    ///
    /// # Errors
    /// What the program wrote.
    pub(super) async fn start_at_once(&mut self) -> Result<(), String> {
        let (Subject::Command(command), Some(port)) = (&self.subject, self.fixed_port) else {
            return Err("there is no command".to_owned());
        };
        let kind = if self.link == Link::Stream { Kind::Tcp } else { Kind::Udp };
        let mut program = Program::start(command).map_err(|error| error.to_string())?;
        match program.ready(kind, port).await {
            Ok(listening) => {
                self.reach = Some(self.reach_of(port, listening.v6));
                self.program = Some(program);
                Ok(())
            }
            Err(_) => {
                let output = program.output();
                program.kill().await;
                Err(output)
            }
        }
    }

    /// A port that somebody else has is no place for a test.
    async fn wait_for(&self, port: u16, kind: Kind) -> Result<(), Trouble> {
        let deadline = Instant::now() + Duration::from_secs(2);
        while proc::is_taken(port, kind) {
            if Instant::now() >= deadline {
                return Err(Trouble::new(Exit::Network, format!("port {port} is taken by another program"))
                    .hint("end that program, or write {port} in the command and let the program take it from there"));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Connects and has a conversation on a way.
    pub(super) async fn converse(&mut self, way: &Way, manner: &Manner, trace: &mut Trace) -> Talk {
        let reach = match self.up().await {
            Ok(reach) => reach,
            Err(trouble) => return Talk::of(End::Lost(trouble.text)),
        };
        let mut probe = match connect(&reach, trace, self.patience).await {
            Ok(probe) => probe,
            Err(why) => return Talk::of(End::Lost(why)),
        };
        let program = self.program.as_mut();
        let typing = Part::typing_of(Role::Client, &way.rehearsal);
        let part = Part {
            convo: self.convo,
            role: Role::Client,
            link: self.link,
            answers: &way.answers.client,
            manner,
            patience: self.patience,
            keys: &self.keys,
            seed: self.seed,
            values: Vec::new(),
            typing,
            ends_typing: None,
            whole: is_whole(&way.rehearsal),
        };
        let talk = part.talk(&mut probe, program, trace).await;
        close(probe, manner, &talk, trace);
        talk
    }

    /// What one of several clients at once says; nobody types at the program meanwhile.
    pub(super) async fn beside_others(&self, reach: &Reach, way: &Way, manner: &Manner) -> (Talk, Trace) {
        let mut trace = Trace::new();
        let mut probe = match connect(reach, &mut trace, self.patience).await {
            Ok(probe) => probe,
            Err(why) => return (Talk::of(End::Lost(why)), trace),
        };
        let part = Part {
            convo: self.convo,
            role: Role::Client,
            link: self.link,
            answers: &way.answers.client,
            manner,
            patience: self.patience,
            keys: &self.keys,
            seed: self.seed,
            values: Vec::new(),
            typing: Vec::new(),
            ends_typing: None,
            whole: is_whole(&way.rehearsal),
        };
        let talk = part.talk(&mut probe, None, &mut trace).await;
        close(probe, manner, &talk, &mut trace);
        (talk, trace)
    }

    /// How the program ended, if it has, or does so in a moment.
    pub(super) async fn death(&mut self, waits: Waits) -> Option<Death> {
        let from = self.output_from;
        let program = self.program.as_mut()?;
        let output = |program: &Program| program.output().get(from..).unwrap_or_default().to_owned();
        if let Some(how) = program.exceeded() {
            return Some(Death { how, content: false, output: output(program) });
        }
        let status = match waits {
            Waits::No => program.ended(),
            Waits::Moment => program.end(DYING_MAX).await,
            Waits::For(time) => program.end(time).await,
        }?;
        program.drain().await;
        Some(Death {
            how: program::tell(status),
            content: program::is_content(status),
            output: output(program),
        })
    }

    /// What the program was ended for by its limits.
    pub(super) fn exceeded(&self) -> Option<String> {
        self.program.as_ref().and_then(Program::exceeded)
    }

    /// How the program ended before it had to be started again, if it did since this was asked last.
    pub(super) fn obituary(&mut self) -> Option<Death> {
        self.obituary.take()
    }

    /// What the program wrote since the case began.
    pub(super) fn output(&self) -> String {
        let Some(program) = &self.program else { return String::new() };
        let all = program.output();
        all.get(self.output_from.min(all.len())..).unwrap_or(&all).to_owned()
    }

    /// Something that went wrong, with all that was seen.
    pub(super) fn failure(
        &self,
        symptom: Symptom,
        line: usize,
        what: impl Into<String>,
        trace: &Trace,
    ) -> Failure {
        Failure {
            symptom,
            line,
            what: what.into(),
            trace: trace.clone(),
            output: self.output(),
            death: None,
            mild: false,
        }
    }
}

/// How long a program's end is waited for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Waits {
    No,
    Moment,
    For(Duration),
}

/// How a program ended.
#[derive(Debug, Clone)]
pub(super) struct Death {
    pub(super) how: String,
    /// With exit code 0.
    pub(super) content: bool,
    /// What it wrote since the case began.
    pub(super) output: String,
}

/// Connects, and notes it.
pub(super) async fn connect(reach: &Reach, trace: &mut Trace, patience: Duration) -> Result<Probe, String> {
    let connected = tokio::time::timeout(patience, Probe::connect(reach)).await;
    let why = match connected {
        Ok(Ok(probe)) => {
            trace.note(Event::Connected);
            return Ok(probe);
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no connection within {patience:?}"),
    };
    trace.note(Event::Refused(why.clone()));
    Err(why)
}

fn close(probe: Probe, manner: &Manner, talk: &Talk, trace: &mut Trace) {
    use super::talk::Break;
    if matches!(manner.break_off, Some((_, Break::Reset))) {
        trace.note(Event::WeReset);
        probe.reset();
        return;
    }
    if !trace.they_ended() {
        trace.note(Event::WeClosed);
        drop(probe);
        return;
    }
    // The program closed first: its side would hold the port for a minute (TIME_WAIT). Once it has let go of its
    // socket, a reset reaches nobody and frees the port.
    let orphaned = probe.ends().is_some_and(|(ours, theirs)| {
        let theirs = |socket: &proc::Socket| socket.port == theirs.port() && socket.peer_port == ours.port();
        proc::sockets(Kind::Tcp).iter().find(|socket| theirs(socket)).is_some_and(|socket| socket.inode == 0)
    });
    if orphaned && talk.they_ended {
        probe.reset();
    }
}

/// Starts a command and waits until it listens, or does not.
async fn begin(
    command: &str,
    kind: Kind,
    port: u16,
) -> Result<(Program, Result<Listening, NotReady>), Trouble> {
    let mut program = Program::start(command)
        .map_err(|error| Trouble::new(Exit::Network, format!("cannot start `{command}`: {error}")))?;
    let ready = program.ready(kind, port).await;
    Ok((program, ready))
}

/// Whether the program says that it cannot have its port.
fn in_use(program: &Program) -> bool {
    program.output().to_lowercase().contains("already in use")
}

fn not_ready(command: &str, port: u16, why: &NotReady) -> Trouble {
    match why {
        NotReady::Ended { status, output } => {
            let last = output.trim_end().lines().last().unwrap_or("nothing").to_owned();
            let trouble = Trouble::new(
                Exit::Network,
                format!("`{command}` does not listen on port {port}: {status}; its last line: {last}"),
            );
            if output.to_lowercase().contains("already in use") {
                return trouble.hint("another program has this port: end it, or write {port} in the command");
            }
            trouble.hint("run the command yourself: it must start a server and keep running")
        }
        NotReady::Elsewhere { ports } => {
            let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
            Trouble::new(
                Exit::Network,
                format!("`{command}` listens on port {}, not on {port}", ports.join(", ")),
            )
            .hint("let it listen on the convo's port, or write {port} in the command where it takes its port")
        }
        NotReady::Late { output } => {
            let last = output.trim_end().lines().last().unwrap_or("nothing").to_owned();
            Trouble::new(
                Exit::Network,
                format!("`{command}` runs and does not listen on port {port}; its last line: {last}"),
            )
            .hint("it must listen on the convo's port, or take the one that stands for {port} in the command")
        }
    }
}
