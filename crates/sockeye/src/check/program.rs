//! A program under test: started on a terminal of its own, watched, and ended with all that it started.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

use super::kernel;
use super::proc::{self, Kind};
use orphans::{kill, reap, send};

pub(super) use orphans::{adopt, sweep};
pub(super) use rest::BUSY_PERCENT;

mod orphans;
mod rest;

/// What is kept of a program's output, bytes.
const OUTPUT_BYTES_MAX: usize = 256 * 1024;
/// A program that uses more is ended, bytes.
const MEMORY_BYTES_MAX: u64 = 2 << 30;
/// A program that starts more is ended.
const PROCESSES_MAX: usize = 400;
/// How long a program has to begin listening.
const START_MAX: Duration = Duration::from_secs(15);
/// How often the system is asked for what no event tells.
const LOOK_EVERY: Duration = Duration::from_millis(4);
/// A program that ended in good order has left nobody behind when nobody was seen for so long.
const GONE_FOR: Duration = Duration::from_millis(250);
/// How often all sockets of the machine are looked at for one that was not found at its port.
const TABLE_EVERY: Duration = Duration::from_millis(250);
/// How often memory and processes are looked at.
const WATCH_EVERY: Duration = Duration::from_millis(250);

/// A program that runs.
#[derive(Debug)]
pub(super) struct Program {
    child: tokio::process::Child,
    pid: u32,
    keyboard: pty_process::OwnedWritePty,
    screen: Arc<Screen>,
    status: Option<ExitStatus>,
    /// Processes that began a session of their own and went on when the first one had ended.
    daemons: Vec<u32>,
    /// How the last of those ended.
    last: Option<ExitStatus>,
    /// Stands in the environment of all its processes, and of no others.
    mark: Arc<str>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
    /// Where it keeps what it keeps, if it asks the environment: gone with it.
    _state: TempDir,
}

/// What it wrote.
#[derive(Debug, Default)]
struct Screen {
    text: Mutex<Vec<u8>>,
    /// What it was ended for.
    exceeded: Mutex<Option<String>>,
}

/// Why a program did not come to listen.
#[derive(Debug)]
pub(super) enum NotReady {
    /// It ended.
    Ended { status: String, output: String },
    /// It listens on another port.
    Elsewhere { ports: Vec<u16> },
    /// It runs and does not listen.
    Late { output: String },
}

impl Program {
    /// Starts a command, as a shell reads it.
    ///
    /// # Errors
    /// There is no terminal or no shell for it.
    pub(super) fn start(command: &str) -> io::Result<Self> {
        let other = |error: pty_process::Error| io::Error::other(error.to_string());
        let (pty, pts) = pty_process::open().map_err(other)?;
        pty.resize(pty_process::Size::new(24, 200)).map_err(other)?;
        plain(&pty)?;
        let state = tempfile::tempdir()?;
        let child = pty_process::Command::new("/bin/sh")
            .args(["-c", command])
            .env("TERM", "dumb")
            .env("NO_COLOR", "1")
            .env("PYTHONUNBUFFERED", "1")
            .env("XDG_STATE_HOME", state.path())
            .env("XDG_DATA_HOME", state.path())
            .kill_on_drop(true)
            .spawn(pts)
            .map_err(other)?;
        let pid = child.id().ok_or_else(|| io::Error::other("it ended at once"))?;
        let (mut output, keyboard) = pty.into_split();
        let screen = Arc::new(Screen::default());
        let seen = Arc::clone(&screen);
        let reading = tokio::spawn(async move {
            let mut bytes = vec![0; 16 * 1024];
            // An error is how a terminal says that nobody writes to it any more.
            while let Ok(length @ 1..) = output.read(&mut bytes).await {
                seen.add(&bytes[..length]);
            }
        });
        let watched = Arc::clone(&screen);
        let mark: Arc<str> = format!("XDG_STATE_HOME={}", state.path().display()).into();
        let marked = Arc::clone(&mark);
        let watching = tokio::spawn(async move { watch(pid, &marked, &watched).await });
        let tasks = vec![reading, watching];
        let (status, daemons, last) = (None, Vec::new(), None);
        Ok(Self { child, pid, keyboard, screen, status, daemons, last, mark, tasks, _state: state })
    }

    /// Waits until it listens on `port`; no connection is made for that.
    ///
    /// # Errors
    /// It ended, listens elsewhere, or does not listen in time.
    pub(super) async fn ready(&mut self, kind: Kind, port: u16) -> Result<Listening, NotReady> {
        let deadline = Instant::now() + START_MAX;
        let mut table_due = Instant::now() + TABLE_EVERY;
        let mut gone_since = None;
        loop {
            if let Some(bound) = kernel::bound(kind, port)
                && proc::inodes(&self.family()).contains(&bound.inode)
            {
                self.daemons = self.daemons();
                return Ok(Listening { v6: bound.v6 });
            }
            if Instant::now() >= table_due {
                // A socket at another address of this machine, or a kernel that cannot be asked for one alone.
                let sockets = proc::listening(&self.family(), kind);
                if let Some(socket) = sockets.iter().find(|socket| socket.port == port) {
                    self.daemons = self.daemons();
                    return Ok(Listening { v6: sockets.iter().all(|socket| socket.v6) && socket.v6 });
                }
                table_due = Instant::now() + TABLE_EVERY;
            }
            let status = self.first_ended();
            // One that is about to become a daemon has left a process behind, which may not be seen while the one between
            // them ends.
            if status.is_none_or(|status| status.success() && !self.family().is_empty()) {
                gone_since = None;
            }
            if let Some(status) = status
                && (!status.success() || gone_since.get_or_insert_with(Instant::now).elapsed() > GONE_FOR)
            {
                // Why it ended is the last that it says.
                self.drain().await;
                return Err(NotReady::Ended { status: tell(status), output: self.output() });
            }
            if Instant::now() >= deadline {
                let sockets = proc::listening(&self.family(), kind);
                let ports: Vec<u16> = sockets.iter().map(|socket| socket.port).collect();
                return Err(if ports.is_empty() {
                    NotReady::Late { output: self.output() }
                } else {
                    NotReady::Elsewhere { ports }
                });
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// How its first process ended, if it has.
    fn first_ended(&mut self) -> Option<ExitStatus> {
        if self.status.is_none() {
            self.status = self.child.try_wait().ok().flatten();
        }
        self.status
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.first_ended().and_then(|status| if status.success() { self.after(status) } else { Some(status) })
    }

    /// How a program ended whose first process has ended in good order: one that made itself a daemon goes on.
    fn after(&mut self, status: ExitStatus) -> Option<ExitStatus> {
        if self.last.is_some() {
            return self.last;
        }
        // Looked for among all processes, one may not be seen while the one that made it ends.
        if self.daemons.iter().any(|pid| proc::lives(*pid)) {
            return None;
        }
        let daemons = self.daemons();
        if !daemons.is_empty() {
            self.daemons = daemons;
            return None;
        }
        let status = self.daemons.iter().find_map(|pid| reap(*pid)).unwrap_or(status);
        if self.family().is_empty() {
            self.last = Some(status);
        }
        Some(status)
    }

    /// Its processes in sessions of their own.
    fn daemons(&self) -> Vec<u32> {
        let own = |process: &proc::Process| process.session != self.pid;
        self.family().iter().filter(|process| own(process)).map(|process| process.pid).collect()
    }

    /// Waits for its end, so long. Cancel safe.
    pub(super) async fn end(&mut self, within: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + within;
        if self.status.is_none() {
            self.status =
                tokio::time::timeout_at(deadline, self.child.wait()).await.ok().and_then(Result::ok);
        }
        loop {
            let ended = self.ended();
            if ended.is_some() || Instant::now() >= deadline {
                return ended;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Waits for its end as long as it takes. Cancel safe.
    pub(super) async fn over(&mut self) {
        if self.status.is_none() {
            self.status = self.child.wait().await.ok();
        }
        while self.status.is_some() && self.ended().is_none() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// What it was ended for by its limits.
    pub(super) fn exceeded(&self) -> Option<String> {
        self.screen.exceeded.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All that it wrote so far.
    pub(super) fn output(&self) -> String {
        String::from_utf8_lossy(&self.screen.text.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    /// What a person reads of what it wrote, who sees no sequences that colour it.
    pub(super) fn screen(&self) -> String {
        anstream::adapter::strip_str(&self.output()).to_string()
    }

    /// Types a line at its terminal.
    pub(super) async fn types(&mut self, line: &str) {
        let mut bytes = line.as_bytes().to_vec();
        bytes.push(b'\n');
        self.press(&bytes).await;
    }

    /// Types the key that ends the input.
    pub(super) async fn types_end(&mut self) {
        self.press(&[4]).await;
    }

    async fn press(&mut self, bytes: &[u8]) {
        // A program that reads nothing, or has ended, does not take it.
        let _ = tokio::time::timeout(Duration::from_secs(1), self.keyboard.write_all(bytes)).await;
    }

    /// How many of its children have ended and were never waited for.
    pub(super) fn zombies(&self) -> usize {
        proc::zombies(self.pid)
    }

    /// Waits until all that an ended program wrote was read.
    pub(super) async fn drain(&mut self) {
        if let Some(reading) = self.tasks.first_mut()
            && !reading.is_finished()
        {
            // What it left running may hold the terminal open.
            let _ = tokio::time::timeout(Duration::from_millis(100), reading).await;
        }
    }

    /// Its processes.
    pub(super) fn family(&self) -> Vec<proc::Process> {
        proc::family(self.pid, &self.mark)
    }

    /// Asks it to end.
    pub(super) fn terminate(&self) {
        self.signal(Signal::TERM);
        for pid in self.daemons() {
            send(pid, Signal::TERM);
        }
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = Pid::from_raw(self.pid.cast_signed()) {
            // It may have ended by itself.
            let _ = kill_process_group(pid, signal);
        }
    }

    /// Ends it and all that it started.
    pub(super) async fn kill(mut self) {
        self.kill_family();
        let _ = tokio::time::timeout(Duration::from_secs(5), self.child.wait()).await;
    }

    fn kill_family(&self) {
        let family = self.family();
        self.signal(Signal::KILL);
        for process in family {
            kill(process.pid);
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill_family();
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

/// Where a program listens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listening {
    /// On IPv6 alone.
    pub(super) v6: bool,
}

impl Screen {
    fn add(&self, bytes: &[u8]) {
        let mut text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        let room = OUTPUT_BYTES_MAX.saturating_sub(text.len());
        text.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

/// Ends a program that takes too much.
async fn watch(pid: u32, mark: &str, screen: &Screen) {
    loop {
        tokio::time::sleep(WATCH_EVERY).await;
        let family = proc::family(pid, mark);
        let memory: u64 = family.iter().map(|process| process.memory_bytes).sum();
        let why = if memory > MEMORY_BYTES_MAX {
            format!("it took more than {} MB of memory", MEMORY_BYTES_MAX / 1_000_000)
        } else if family.len() > PROCESSES_MAX {
            format!("it started more than {PROCESSES_MAX} processes")
        } else {
            continue;
        };
        *screen.exceeded.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
        family.iter().for_each(|process| kill(process.pid));
        return;
    }
}

/// A terminal that neither echoes nor translates: what the program writes is what is read.
fn plain(pty: &impl AsFd) -> io::Result<()> {
    use rustix::termios::{LocalModes, OptionalActions, OutputModes, tcgetattr, tcsetattr};
    let mut modes = tcgetattr(pty)?;
    modes.local_modes.remove(LocalModes::ECHO);
    modes.output_modes.remove(OutputModes::OPOST);
    Ok(tcsetattr(pty, OptionalActions::Now, &modes)?)
}

/// How a program ended, in words.
pub(super) fn tell(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code @ 129..=159), _) => format!("it was ended by signal {}", signal_name(code - 128)),
        (Some(code), _) => format!("it ended with exit code {code}"),
        (None, Some(signal)) => format!("it was ended by signal {}", signal_name(signal)),
        (None, None) => "it ended".to_owned(),
    }
}

fn signal_name(number: i32) -> String {
    let name = match number {
        6 => "SIGABRT",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV (a wrong memory access)",
        13 => "SIGPIPE (it wrote to a connection that was closed)",
        15 => "SIGTERM",
        _ => return number.to_string(),
    };
    name.to_owned()
}

/// Whether it ended as a program does that is content.
pub(super) fn is_content(status: ExitStatus) -> bool {
    status.success()
}
