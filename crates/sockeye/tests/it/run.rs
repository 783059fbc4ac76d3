//! A program under test as a process: what it is told, what it writes, how it ends.

use std::io::Write;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::heard::{DEADLINE, Heard};

/// A running program. Its standard input stays open and empty until told otherwise, so that a program that reads it
/// without need is seen to hang. Killed when dropped.
pub(crate) struct Run {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    /// What it keeps without being told where goes with it.
    _state: TempDir,
    /// Its standard output.
    pub(crate) out: Heard,
    /// Its standard error.
    pub(crate) err: Heard,
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// What was run, for messages.
    pub(crate) name: String,
    /// The exit code; none after a deadly signal.
    pub(crate) code: Option<i32>,
    /// All of its standard output.
    pub(crate) out: String,
    /// All of its standard error.
    pub(crate) err: String,
}

/// Starts `sockeye` with these arguments.
pub(crate) fn sockeye(arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sockeye"));
    command.args(arguments);
    Run::start(command)
}

impl Run {
    /// Starts any program.
    pub(crate) fn start(mut command: Command) -> Self {
        let name = format!("{command:?}");
        command.env_remove("RUST_LOG").env_remove("NO_COLOR");
        let state = tempfile::tempdir().expect("a temporary folder can be made");
        if !command.get_envs().any(|(name, _)| name == "XDG_STATE_HOME") {
            command.env("XDG_STATE_HOME", state.path());
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|why| panic!("cannot start {name}: {why}"));
        let out = Heard::from(child.stdout.take().expect("standard output is piped"));
        let err = Heard::from(child.stderr.take().expect("standard error is piped"));
        let input = child.stdin.take();
        Self { name, child, input, _state: state, out, err }
    }

    /// Writes to its standard input; one that it has closed already is no fault of the test's.
    pub(crate) fn tell(&mut self, text: &str) {
        let input = self.input.as_mut().expect("the input was ended before");
        if let Err(why) = input.write_all(text.as_bytes()) {
            assert_eq!(why.kind(), std::io::ErrorKind::BrokenPipe, "{}: {why}", self.name);
        }
    }

    /// Ends its standard input.
    pub(crate) fn end_input(&mut self) {
        self.input = None;
    }

    /// Its process id.
    pub(crate) fn id(&self) -> i32 {
        Pid::from_child(&self.child).as_raw_nonzero().get()
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("the program runs until waited for");
    }

    /// Waits until it has ended.
    ///
    /// # Panics
    /// When it has not by [`DEADLINE`].
    pub(crate) fn finish(self) -> Outcome {
        self.finish_within(DEADLINE)
    }

    /// Waits for so long until it has ended.
    ///
    /// # Panics
    /// When it has not by then.
    pub(crate) fn finish_within(mut self, most: Duration) -> Outcome {
        let ended = self.out.ends_within(most) && self.err.ends_within(most);
        let (name, out, err) = (self.name.clone(), self.out.text(), self.err.text());
        assert!(ended, "{name} still runs after {most:?}; it wrote\n{out}\nand, as errors,\n{err}");
        let code = self.child.wait().expect("a child can be waited for").code();
        Outcome { name, code, out, err }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // Fails only where it has ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Outcome {
    /// Asserts the exit code and the whole standard output.
    #[track_caller]
    pub(crate) fn is(&self, code: i32, out: &str) {
        assert_eq!((self.code, self.out.as_str()), (Some(code), out), "{self:#?}");
    }

    /// Asserts that the standard error contains each of `parts`.
    #[track_caller]
    pub(crate) fn says(&self, parts: &[&str]) {
        for part in parts {
            assert!(self.err.contains(part), "{part:?} is missing in the errors of {self:#?}");
        }
    }

    /// Asserts that nothing at all was written to standard error.
    #[track_caller]
    pub(crate) fn is_quiet(&self) {
        assert_eq!(self.err, "", "{self:#?}");
    }
}
