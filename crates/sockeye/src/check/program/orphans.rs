//! Single processes: those that a program leaves behind are ours, and are ended.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use rustix::process::{Pid, Signal, kill_process};

use super::super::proc;

/// From here on what the programs leave behind becomes ours, so that it can be ended.
pub(in super::super) fn adopt() {
    // Without it a daemon would outlive the check; nothing else depends on it.
    let _ = rustix::process::set_child_subreaper(Pid::from_raw(std::process::id().cast_signed()));
}

/// Ends everything that the programs left behind.
pub(in super::super) fn sweep() {
    for _ in 0..10 {
        let left = proc::descendants(std::process::id());
        if left.is_empty() {
            return;
        }
        for process in left {
            kill(process.pid);
            if let Some(pid) = Pid::from_raw(process.pid.cast_signed()) {
                let _ = rustix::process::waitpid(Some(pid), rustix::process::WaitOptions::empty());
            }
        }
    }
}

/// How an adopted process ended, if it has.
pub(super) fn reap(pid: u32) -> Option<ExitStatus> {
    let pid = Pid::from_raw(pid.cast_signed())?;
    let (_, status) = rustix::process::waitpid(Some(pid), rustix::process::WaitOptions::NOHANG).ok()??;
    Some(ExitStatus::from_raw(status.as_raw()))
}

pub(super) fn kill(pid: u32) {
    send(pid, Signal::KILL);
}

pub(super) fn send(pid: u32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(pid.cast_signed()) {
        // It may have ended by itself.
        let _ = kill_process(pid, signal);
    }
}
