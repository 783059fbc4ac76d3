//! Readers that do not read: what a server prints goes into a pipe that is full from the start.

use std::io::{PipeReader, Write};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::heard::DEADLINE;
use crate::run::sockeye;

/// A server on a Unix socket, one of whose streams is never read. Killed when dropped.
struct Stalled {
    child: Child,
    folder: TempDir,
    _unread: PipeReader,
}

#[derive(Clone, Copy)]
enum Stream {
    Output,
    Error,
}

impl Stalled {
    fn serve(stream: Stream, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let (unread, mut full) = std::io::pipe().expect("a pipe");
        let bytes = rustix::pipe::fcntl_setpipe_size(&full, 4096).expect("a small pipe");
        full.write_all(&vec![b'.'; bytes]).expect("room for them");
        let mut command = Command::new(env!("CARGO_BIN_EXE_sockeye"));
        command.arg("serve").args(arguments);
        command.arg("--listen").arg(format!("unix:{}", folder.path().join("s").display()));
        command.stdin(Stdio::null()).env_remove("RUST_LOG").env("XDG_STATE_HOME", folder.path());
        match stream {
            Stream::Output => command.stdout(full).stderr(Stdio::null()),
            Stream::Error => command.stdout(Stdio::null()).stderr(full),
        };
        let child = command.spawn().expect("sockeye starts");
        let server = Self { child, folder, _unread: unread };
        let due = Instant::now() + DEADLINE;
        // Nothing that it prints can be waited for.
        while UnixStream::connect(server.folder.path().join("s")).is_err() {
            assert!(Instant::now() < due, "nothing listens");
            std::thread::yield_now();
        }
        server
    }

    fn to(&self) -> String {
        format!("unix:{}", self.folder.path().join("s").display())
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("the server runs");
    }

    /// Asserts that it has ended well, and soon.
    fn ends(mut self) {
        let told = Instant::now();
        while told.elapsed() < DEADLINE {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                assert_eq!(status.code(), Some(0));
                assert!(told.elapsed() < Duration::from_secs(4), "it took {:?}", told.elapsed());
                return;
            }
            std::thread::yield_now();
        }
        panic!("the server waits for a reader that never reads");
    }
}

impl Drop for Stalled {
    fn drop(&mut self) {
        // Fails only where it has ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn sessions_go_on_and_signals_end_the_server_though_nobody_reads_its_output() {
    let server = Stalled::serve(Stream::Output, &["sum-greeting"]);
    for _ in 0..3 {
        let call = sockeye(&["call", "sum-greeting", "25", "--to", &server.to()]).finish();
        assert_eq!(call.code, Some(0), "{call:#?}");
    }
    server.signal(Signal::TERM);
    server.ends();
}

#[test]
fn sessions_go_on_and_signals_end_the_server_though_nobody_reads_its_log() {
    let server = Stalled::serve(Stream::Error, &["reverse-lines", "-vv"]);
    for _ in 0..3 {
        let call = sockeye(&["call", "reverse-lines", "hello", "--to", &server.to()]).finish();
        call.is(0, "Client received: olleh\n");
    }
    let _open = UnixStream::connect(server.folder.path().join("s")).expect("a session");
    server.signal(Signal::TERM);
    let due = Instant::now() + DEADLINE;
    // A signal that comes while the first is not taken yet is no second one.
    while UnixStream::connect(server.folder.path().join("s")).is_ok() {
        assert!(Instant::now() < due, "a server that was told to end still accepts");
        std::thread::yield_now();
    }
    server.signal(Signal::TERM);
    server.ends();
}
