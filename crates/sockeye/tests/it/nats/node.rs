//! `nats-server` as a process: one or a cluster, killed and started again.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::Instant;

use serde_json::Value;
use tempfile::TempDir;

use crate::heard::DEADLINE;
use crate::run::Run;
use crate::tools::find;

/// One or several `nats-server -js`, whose ports and folders stay the same over a restart.
pub(super) struct Nats {
    folder: TempDir,
    nodes: Vec<Node>,
    /// Further arguments of each.
    more: Vec<String>,
}

struct Node {
    port: u16,
    routes: u16,
    /// Where it says over HTTP how it is.
    monitor: u16,
    run: Option<Run>,
}

impl Nats {
    /// How many servers it is, running or killed.
    pub(super) fn servers(&self) -> usize {
        self.nodes.len()
    }

    /// Where the first server listens.
    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.nodes[0].port)
    }

    /// The disk of the first server, which does not run, is lost.
    pub(super) fn forgets(&self) {
        std::fs::remove_dir_all(self.folder.path().join("0")).expect("it is there");
    }

    /// So many servers, as one cluster where there are several; none, and SKIPPED, where `nats-server` is missing.
    pub(super) fn start(servers: usize) -> Option<Self> {
        Self::start_with(servers, &[])
    }

    /// As [`Nats::start`], with further arguments.
    pub(super) fn start_with(servers: usize, more: &[&str]) -> Option<Self> {
        find("nats-server")?;
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        // Held together, so that no port is given twice. A server that restarts needs the one it had.
        let holders: Vec<_> = (0..3 * servers).map(|_| free_port()).collect();
        let ports: Vec<u16> = holders.iter().map(|(_, port)| *port).collect();
        drop(holders);
        let node = |three: &[u16]| Node { port: three[0], routes: three[1], monitor: three[2], run: None };
        let more = more.iter().map(|&argument| argument.to_owned()).collect();
        let mut nats = Self { folder, nodes: ports.chunks(3).map(node).collect(), more };
        (0..servers).for_each(|index| nats.run(index));
        nats.settles();
        Some(nats)
    }

    /// A server without JetStream, and where it is; none, and SKIPPED, where `nats-server` is missing.
    pub(super) fn without_jetstream() -> Option<(Run, String)> {
        find("nats-server")?;
        let mut command = Command::new("nats-server");
        command.args(["-a", "127.0.0.1", "-p", "-1"]);
        let run = Run::start(command);
        let line = run.err.line_with("Listening for client connections on ");
        let address = line.split_whitespace().next_back().expect("the line ends with an address");
        let store = format!("nats://{address}");
        Some((run, store))
    }

    /// Starts a server, and waits until it greets.
    pub(super) fn run(&mut self, index: usize) {
        let mut command = Command::new("nats-server");
        let node = &self.nodes[index];
        let store = self.folder.path().join(format!("{index}"));
        command
            .args(["-js", "-a", "127.0.0.1", "-p", &node.port.to_string()])
            .args(["-m", &node.monitor.to_string(), "-sd"])
            .arg(store)
            .args(&self.more);
        if self.nodes.len() > 1 {
            let route = |node: &Node| format!("nats://127.0.0.1:{}", node.routes);
            let routes: Vec<_> = self.nodes.iter().map(route).collect();
            command.args(["-n", &format!("node{index}"), "--cluster_name", "three"]);
            command.args(["--cluster", &route(node), "--routes", &routes.join(",")]);
        }
        let run = Run::start(command);
        run.err.line_with("Server is ready");
        self.nodes[index].run = Some(run);
    }

    /// Kills a server as `kill -9` does.
    pub(super) fn kill(&mut self, index: usize) {
        self.nodes[index].run = None;
    }

    /// Waits until all servers that run have found each other, and each holds what it is to hold: to kill one of three
    /// before another has caught up leaves no majority.
    pub(super) fn settles(&self) {
        let due = Instant::now() + DEADLINE;
        for (index, _) in self.nodes.iter().enumerate().filter(|(_, node)| node.run.is_some()) {
            loop {
                let answer = self.ask(index, "/healthz");
                if answer.contains("200 OK") {
                    break;
                }
                assert!(Instant::now() < due, "node{index} says {answer}");
                std::thread::yield_now();
            }
        }
    }

    /// Asks the first server to make a stream what `change` makes of how it is.
    pub(super) fn reconfigure(&self, stream: &str, change: impl FnOnce(&mut Value)) {
        let mut client =
            BufReader::new(TcpStream::connect(("127.0.0.1", self.nodes[0].port)).expect("it listens"));
        client.get_ref().set_read_timeout(Some(DEADLINE)).expect("a deadline can be set");
        client.get_mut().write_all(b"CONNECT {}\r\nSUB answer 1\r\n").expect("it reads");
        let mut ask = |what: &str, body: &str| -> Value {
            let request = format!("PUB $JS.API.STREAM.{what}.{stream} answer {}\r\n{body}\r\n", body.len());
            client.get_mut().write_all(request.as_bytes()).expect("it reads");
            let mut lines = client.by_ref().lines().map(|line| line.expect("it answers with text"));
            lines.find(|line| line.starts_with("MSG answer ")).expect("it answers");
            serde_json::from_str(&lines.next().expect("a message follows")).expect("it is JSON")
        };
        let mut config = ask("INFO", "")["config"].take();
        change(&mut config);
        assert!(ask("UPDATE", &config.to_string())["error"].is_null(), "{config}");
    }

    /// What a server's monitor answers.
    pub(super) fn ask(&self, index: usize, path: &str) -> String {
        let mut monitor = TcpStream::connect(("127.0.0.1", self.nodes[index].monitor)).expect("it listens");
        monitor.set_read_timeout(Some(DEADLINE)).expect("a deadline can be set");
        write!(monitor, "GET {path} HTTP/1.0\r\n\r\n").expect("it reads");
        let mut answer = String::new();
        monitor.read_to_string(&mut answer).expect("it answers with text");
        answer
    }

    /// As `--store` takes it.
    pub(super) fn store(&self) -> String {
        let servers: Vec<_> = self.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)).collect();
        format!("nats://{}?replicas={}", servers.join(","), self.nodes.len())
    }
}

/// A port that was free a moment ago.
pub(super) fn free_port() -> (TcpListener, u16) {
    let holder = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
    let port = holder.local_addr().expect("it is bound").port();
    (holder, port)
}
