//! A convo that sockeye serves on free loopback ports.

use std::net::SocketAddr;
use std::path::PathBuf;

use rustix::process::Signal;

use crate::run::{Outcome, Run, sockeye};

/// A running `sockeye serve`.
pub(crate) struct Server {
    /// The process.
    pub(crate) run: Run,
    /// What its listening lines name, in order: `tcp://127.0.0.1:40001`.
    pub(crate) addresses: Vec<String>,
}

impl Server {
    /// Serves on one TCP port of 127.0.0.1: a convo, and further arguments.
    pub(crate) fn tcp(arguments: &[&str]) -> Self {
        Self::on(&["tcp://127.0.0.1:0"], arguments)
    }

    /// Serves on one UDP port of 127.0.0.1.
    pub(crate) fn udp(arguments: &[&str]) -> Self {
        Self::on(&["udp://127.0.0.1:0"], arguments)
    }

    /// Serves on these listeners, each of which must give one listening line.
    pub(crate) fn on(listeners: &[&str], arguments: &[&str]) -> Self {
        let mut all = vec!["serve"];
        all.extend(arguments);
        for listener in listeners {
            all.extend(["--listen", listener]);
        }
        Self::listening(sockeye(&all), listeners.len())
    }

    /// Waits until a started server has printed this many listening lines.
    pub(crate) fn listening(run: Run, lines: usize) -> Self {
        let addresses = run.err.until(&format!("{lines} listening lines"), |text| {
            let whole = &text[..=text.rfind('\n')?];
            let named: Vec<_> = whole.lines().filter_map(address).collect();
            (named.len() >= lines).then_some(named)
        });
        assert_eq!(addresses.len(), lines, "more listening lines than listeners: {addresses:?}");
        Self { run, addresses }
    }

    /// The first listener, as `--to` takes it.
    pub(crate) fn to(&self) -> &str {
        &self.addresses[0]
    }

    /// The first listener's socket address.
    pub(crate) fn socket(&self) -> SocketAddr {
        socket(&self.addresses[0])
    }

    /// The first listener's port.
    pub(crate) fn port(&self) -> u16 {
        self.socket().port()
    }

    /// Asks it to end, in good order, and waits for that.
    pub(crate) fn stop(self) -> Outcome {
        self.run.signal(Signal::TERM);
        self.run.finish()
    }
}

/// The socket address of `tcp://127.0.0.1:40001`.
pub(crate) fn socket(address: &str) -> SocketAddr {
    let (_, rest) = address.split_once("://").unwrap_or_else(|| panic!("{address:?} has no scheme"));
    rest.parse().unwrap_or_else(|why| panic!("{address:?}: {why}"))
}

fn address(line: &str) -> Option<String> {
    let (_, rest) = line.split_once(" listens on ")?;
    rest.split(|c: char| c.is_whitespace() || c == '"').next().map(str::to_owned)
}

/// A convo of the tests' own folder, by name.
pub(crate) fn test_convo(name: &str) -> String {
    project(&format!("tests/convos/{name}.convo"))
}

/// A path inside the project.
pub(crate) fn project(path: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.join(path).to_str().expect("the project's path is text").to_owned()
}
