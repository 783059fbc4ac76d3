//! How a server comes to run: at a port that was free, at the convo's, at one that is kept.

use std::time::Duration;

use convo::Link;
use net::{Probes, Reach};
use tokio::time::Instant;

use super::super::proc::{self, Kind};
use super::super::program::{Listening, NotReady, Program};
use super::{Stand, Subject};
use crate::report::{Exit, Failure as Trouble};

/// How long connections of the past can hold a port (TIME_WAIT), with something to spare.
const LINGER_MAX: Duration = Duration::from_secs(65);
/// Ports that are tried for a program that may have any.
const PORTS_TRIED: usize = 4;

impl Stand<'_> {
    pub(super) async fn start(&mut self, command: &str) -> Result<Reach, Trouble> {
        let kind = self.kind();
        if command.contains("{port}") {
            return self.start_anywhere(command, kind).await;
        }
        let port = self.port()?;
        self.wait_for(port, kind).await?;
        let (program, ready) = begin(command, kind, port).await?;
        match ready {
            Ok(listening) => Ok(self.started(program, port, listening)),
            Err(_) if in_use(&program.output()) && proc::is_lingering(port) => {
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
                Err(_) if in_use(&program.output()) && tries > 0 => program.kill().await,
                Err(why) => return Err(not_ready(&command, port, &why)),
            }
        }
    }

    fn started(&mut self, program: Program, port: u16, listening: Listening) -> Reach {
        let reach = self.reach_of(port, listening.v6);
        self.output_from = program.output().len();
        self.program = Some(program);
        self.starts += 1;
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
    pub(in super::super) async fn fixed(&self) -> Result<(String, u16), Trouble> {
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
    pub(in super::super) fn at(&self, command: String, port: u16) -> Self {
        let mut other = self.beside();
        other.subject = Subject::Command(command);
        other.fixed_port = Some(port);
        other
    }

    /// Starts the program without waiting for anything that holds its port.
    ///
    /// # Errors
    /// What the program wrote.
    pub(in super::super) async fn start_at_once(&mut self) -> Result<(), String> {
        let (Subject::Command(command), Some(port)) = (&self.subject, self.fixed_port) else {
            return Err("there is no command".to_owned());
        };
        let kind = self.kind();
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

/// Whether a program says in its output that it cannot have its port.
pub(in super::super) fn in_use(output: &str) -> bool {
    output.to_lowercase().contains("already in use")
}

fn not_ready(command: &str, port: u16, why: &NotReady) -> Trouble {
    match why {
        NotReady::Ended { status, output } => {
            let last = output.trim_end().lines().last().unwrap_or("nothing").to_owned();
            let trouble = Trouble::new(
                Exit::Network,
                format!("`{command}` does not listen on port {port}: {status}; its last line: {last}"),
            );
            if in_use(output) {
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
