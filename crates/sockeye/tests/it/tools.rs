//! What the tests need and the project does not bring: Python, nc, socat, redis-cli, Chromium; a loopback with IPv6.
//!
//! `scripts/test` installs the programs. Where something is missing, its tests say SKIPPED on standard error, past the test
//! runner's capture, and into the file that `SOCKEYE_SKIPPED` names, from which `scripts/test` counts them.

use std::fs::OpenOptions;
use std::io::Write;
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use crate::heard::Heard;
use crate::run::{Outcome, Run};
use crate::server::project;

/// A foreign peer: one of the programs in `tests/peers`, playing the server.
pub(crate) struct Foreign {
    run: Run,
    port: u16,
}

/// The command for a program on the path; none, and SKIPPED, where it is missing.
pub(crate) fn find(program: &str) -> Option<Command> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if std::env::split_paths(&path).any(|folder| folder.join(program).is_file()) {
        return Some(Command::new(program));
    }
    skip(program);
    None
}

/// Python, with `tests/peers` to import from.
pub(crate) fn python() -> Option<Command> {
    let Some(named) = std::env::var_os("SOCKEYE_PYTHON") else {
        let mut python = find("python3")?;
        python.args(["-B", "-u"]).env("PYTHONPATH", project("tests/peers"));
        return Some(python);
    };
    assert!(Path::new(&named).is_file(), "SOCKEYE_PYTHON names no file: {named:?}");
    let mut python = Command::new(named);
    python.args(["-B", "-u"]).env("PYTHONPATH", project("tests/peers"));
    Some(python)
}

/// Python with the cryptographic library that the encrypted chat's peers are written with.
pub(crate) fn python_with_rsa() -> Option<Command> {
    let mut probe = python()?;
    let found = probe.args(["-c", "import Crypto.Cipher.PKCS1_OAEP"]).stderr(Stdio::null()).status();
    if found.is_ok_and(|status| status.success()) {
        return python();
    }
    skip("pycryptodome");
    None
}

/// Whether this machine's loopback has IPv6, as a few containers' has not; SKIPPED where it is missing.
pub(crate) fn has_ipv6() -> bool {
    let found = UdpSocket::bind("[::1]:0").is_ok();
    if !found {
        skip("IPv6");
    }
    found
}

/// Runs a peer as the client of a server of ours, to its end.
pub(crate) fn foreign_client(
    mut python: Command,
    peer: &str,
    server: SocketAddr,
    arguments: &[&str],
) -> Outcome {
    let (host, port) = (server.ip().to_string(), server.port().to_string());
    python.args([&program(peer), "client", &host, &port]).args(arguments);
    Run::start(python).finish()
}

/// Runs a peer as a server on `host`.
pub(crate) fn foreign_server(mut python: Command, peer: &str, host: &str, arguments: &[&str]) -> Foreign {
    python.args([&program(peer), "server", host, "0"]).args(arguments);
    let run = Run::start(python);
    let port = port_of(&run.out);
    Foreign { run, port }
}

impl Foreign {
    /// Its TCP address on 127.0.0.1, as `--to` takes it.
    pub(crate) fn tcp(&self) -> String {
        format!("tcp://127.0.0.1:{}", self.port)
    }

    /// Its UDP address on 127.0.0.1.
    pub(crate) fn udp(&self) -> String {
        format!("udp://127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What it printed once it was bound, when it has ended by itself without an error.
    pub(crate) fn finish(self) -> String {
        let outcome = self.run.finish();
        assert_eq!((outcome.code, outcome.err.as_str()), (Some(0), ""), "{outcome:#?}");
        let (_, conversation) = outcome.out.split_once('\n').expect("the first line names the port");
        conversation.to_owned()
    }

    /// Waits for a line of its conversation.
    pub(crate) fn line_with(&self, part: &str) -> String {
        self.run.out.line_with(part)
    }
}

/// The path of one of `tests/peers`.
pub(crate) fn program(peer: &str) -> String {
    project(&format!("tests/peers/{peer}.py"))
}

fn port_of(out: &Heard) -> u16 {
    let line = out.line_with("listening ");
    line["listening ".len()..].parse().expect("a peer announces its port")
}

/// Says that a test was skipped, or does less, for what is missing.
pub(crate) fn skip(missing: &str) {
    let test = thread::current().name().unwrap_or("a test").to_owned();
    let said = format!("SKIPPED {test}: {missing} is missing (scripts/test brings what it can)\n");
    // The print macros would be captured by the test runner, and a skipped test counts as passed there.
    drop(std::io::stderr().write_all(said.as_bytes()));
    if let Some(list) = std::env::var_os("SOCKEYE_SKIPPED") {
        let file = OpenOptions::new().create(true).append(true).open(list);
        drop(file.and_then(|mut file| file.write_all(said.as_bytes())));
    }
}
