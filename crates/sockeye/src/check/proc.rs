//! What Linux tells of processes and their sockets: the folder `/proc`.

use std::collections::HashSet;
use std::fs;
use std::time::Duration;

/// Pages are this long on every machine that this runs on.
const PAGE_BYTES: u64 = 4096;
/// How long a tick of processor time is, ms.
pub(super) const TICK_MS: u64 = 10;
const LISTENING: u8 = 0x0a;
const TIME_WAIT: u8 = 0x06;
const CLOSE_WAIT: u8 = 0x08;
/// How an IPv4 address among the IPv6 ones begins.
const MAPPED: &str = "0000000000000000FFFF0000";

/// One process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Process {
    pub(super) pid: u32,
    parent: u32,
    group: u32,
    pub(super) session: u32,
    /// It has ended and nobody has asked how.
    pub(super) dead: bool,
    /// Processor time used so far, in ticks.
    pub(super) ticks: u64,
    /// Memory in use, bytes.
    pub(super) memory_bytes: u64,
}

/// One socket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Socket {
    pub(super) port: u16,
    pub(super) peer_port: u16,
    pub(super) state: u8,
    pub(super) inode: u64,
    /// Whether it is bound to an IPv6 address.
    pub(super) v6: bool,
}

impl Socket {
    fn listens(&self, kind: Kind) -> bool {
        match kind {
            Kind::Tcp => self.state == LISTENING,
            Kind::Udp => self.peer_port == 0,
        }
    }
}

/// Which sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Tcp,
    Udp,
}

/// A process, everything that it started, and what was left of that; those that have ended left out.
/// Daemons among it are told by what stands in their environment.
pub(super) fn family(root: u32, mark: &str) -> Vec<Process> {
    let daemon = |process: &Process| {
        process.parent == std::process::id() && process.session != root && has(process.pid, mark)
    };
    all_of(root, daemon).into_iter().filter(|process| !process.dead).collect()
}

/// Whether this stands in the environment that a process was given.
fn has(pid: u32, mark: &str) -> bool {
    fs::read(format!("/proc/{pid}/environ"))
        .is_ok_and(|environment| environment.split(|byte| *byte == 0).any(|entry| entry == mark.as_bytes()))
}

/// Whether a process is there and has not ended.
pub(super) fn lives(pid: u32) -> bool {
    process(pid).is_some_and(|process| !process.dead)
}

/// Whether no thread of these processes runs, or is about to: one that was woken counts before it gets a processor.
pub(super) fn are_at_rest(family: &[Process]) -> bool {
    let waits = |thread: fs::DirEntry| {
        // One that is gone by now does nothing.
        let state = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        let state = state.rsplit_once(')').and_then(|(_, rest)| rest.trim_start().chars().next());
        !matches!(state, Some('R' | 'D'))
    };
    threads(family).all(waits)
}

fn threads(family: &[Process]) -> impl Iterator<Item = fs::DirEntry> {
    let of = |process: &Process| fs::read_dir(format!("/proc/{}/task", process.pid)).into_iter().flatten();
    family.iter().flat_map(of).flatten()
}

/// What processes had of the processors so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Work {
    /// How long they ran.
    pub(super) ran: Duration,
    /// How long they would have, had others not: they were ready and had no processor. Nothing where the kernel does not say.
    pub(super) ready: Duration,
}

/// What these processes had of the processors so far, all threads together.
pub(super) fn work(family: &[Process]) -> Work {
    let of_thread = |thread: fs::DirEntry| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        let mut numbers = text.split_ascii_whitespace().map(|number| number.parse().ok());
        let mut time = || Some(Duration::from_nanos(numbers.next()??));
        Some(Work { ran: time()?, ready: time()? })
    };
    let all = threads(family).filter_map(of_thread);
    let sum = all.reduce(|sum, one| Work { ran: sum.ran + one.ran, ready: sum.ready + one.ready });
    sum.unwrap_or_else(|| {
        let ticks = family.iter().map(|process| process.ticks).sum::<u64>();
        Work { ran: Duration::from_millis(ticks * TICK_MS), ready: Duration::ZERO }
    })
}

/// How many children have ended and were never waited for.
pub(super) fn zombies(root: u32) -> usize {
    all_of(root, |_| false).iter().filter(|process| process.dead && process.pid != root).count()
}

fn all_of(root: u32, belongs_too: impl Fn(&Process) -> bool) -> Vec<Process> {
    let all = processes();
    let mut members: HashSet<u32> = HashSet::from([root]);
    members.extend(all.iter().filter(|process| belongs_too(process)).map(|process| process.pid));
    // Children come after their parents only mostly.
    loop {
        let before = members.len();
        for process in &all {
            let belongs =
                process.group == root || process.session == root || members.contains(&process.parent);
            if belongs {
                members.insert(process.pid);
            }
        }
        if members.len() == before {
            break;
        }
    }
    all.into_iter().filter(|process| members.contains(&process.pid)).collect()
}

/// All that descend from this process, itself left out.
pub(super) fn descendants(of: u32) -> Vec<Process> {
    let all = processes();
    let mut members: HashSet<u32> = HashSet::from([of]);
    loop {
        let before = members.len();
        members.extend(
            all.iter().filter(|one| members.contains(&one.parent)).map(|one| one.pid).collect::<Vec<_>>(),
        );
        if members.len() == before {
            break;
        }
    }
    all.into_iter().filter(|one| one.pid != of && members.contains(&one.pid)).collect()
}

fn processes() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).filter_map(process).collect()
}

fn process(pid: u32) -> Option<Process> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in parentheses and may hold any character.
    let rest = &text[text.rfind(')')? + 2..];
    let fields: Vec<&str> = rest.split(' ').collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    let id = |index: usize| u32::try_from(number(index)?).ok();
    Some(Process {
        pid,
        dead: matches!(*fields.first()?, "Z" | "X"),
        parent: id(1)?,
        group: id(2)?,
        session: id(3)?,
        ticks: number(11)? + number(12)?,
        memory_bytes: number(21)? * PAGE_BYTES,
    })
}

/// How many files and sockets these processes have open.
pub(super) fn open_files(family: &[Process]) -> usize {
    let count =
        |process: &Process| fs::read_dir(format!("/proc/{}/fd", process.pid)).map_or(0, Iterator::count);
    family.iter().map(count).sum()
}

/// How many connections of these processes the other side has closed and they have not (CLOSE_WAIT).
pub(super) fn unnoticed(family: &[Process]) -> usize {
    let inodes = inodes(family);
    let waits = |socket: &&Socket| socket.state == CLOSE_WAIT && inodes.contains(&socket.inode);
    sockets(Kind::Tcp).iter().filter(waits).count()
}

/// The sockets that these processes listen on: of TCP those that accept, of UDP all that are bound.
pub(super) fn listening(family: &[Process], kind: Kind) -> Vec<Socket> {
    let inodes = inodes(family);
    sockets(kind)
        .into_iter()
        .filter(|socket| inodes.contains(&socket.inode) && socket.listens(kind))
        .collect()
}

/// Whether a port is somebody's who listens there.
pub(super) fn is_taken(port: u16, kind: Kind) -> bool {
    sockets(kind).iter().any(|socket| socket.port == port && socket.listens(kind))
}

/// Whether something that a program of ours left has this port: connections of the past, which are nobody's, or a process.
pub(super) fn is_left(port: u16, kind: Kind) -> bool {
    let ours = inodes(&descendants(std::process::id()));
    let left = |socket: &&Socket| socket.inode == 0 || ours.contains(&socket.inode);
    sockets(kind).iter().filter(|socket| socket.port == port).any(|socket| left(&socket))
}

/// The sockets that these processes have open, by their inodes.
pub(super) fn inodes(family: &[Process]) -> HashSet<u64> {
    let mut inodes = HashSet::new();
    for process in family {
        let Ok(entries) = fs::read_dir(format!("/proc/{}/fd", process.pid)) else { continue };
        for entry in entries.flatten() {
            let Ok(target) = fs::read_link(entry.path()) else { continue };
            let inode = target.to_str().and_then(|text| text.strip_prefix("socket:[")?.strip_suffix(']'));
            inodes.extend(inode.and_then(|inode| inode.parse::<u64>().ok()));
        }
    }
    inodes
}

/// All sockets of this machine.
pub(super) fn sockets(kind: Kind) -> Vec<Socket> {
    let files: [(&str, bool); 2] = match kind {
        Kind::Tcp => [("/proc/net/tcp", false), ("/proc/net/tcp6", true)],
        Kind::Udp => [("/proc/net/udp", false), ("/proc/net/udp6", true)],
    };
    let mut all = Vec::new();
    for (file, v6) in files {
        let text = fs::read_to_string(file).unwrap_or_default();
        all.extend(text.lines().skip(1).filter_map(|line| socket(line, v6)));
    }
    all
}

fn socket(line: &str, v6: bool) -> Option<Socket> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let port = |index: usize| u16::from_str_radix(fields.get(index)?.rsplit_once(':')?.1, 16).ok();
    Some(Socket {
        port: port(1)?,
        peer_port: port(2)?,
        state: u8::from_str_radix(fields.get(3)?, 16).ok()?,
        inode: fields.get(9)?.parse().ok()?,
        // Java binds IPv4 addresses through IPv6 sockets: ::ffff:127.0.0.1 is reached over IPv4 alone.
        v6: v6 && !fields.get(1)?.starts_with(MAPPED),
    })
}

/// Whether a port is taken only by connections of the past (TIME_WAIT).
pub(super) fn is_lingering(port: u16) -> bool {
    sockets(Kind::Tcp).iter().any(|socket| socket.port == port && socket.state == TIME_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_types, reason = "a connection of the past is made here")]
    fn what_is_left_of_a_connection_is_told_from_what_somebody_else_has() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port");
        assert!(!is_left(socket.local_addr().expect("an address").port(), Kind::Udp));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let place = listener.local_addr().expect("an address");
        let ours = std::net::TcpStream::connect(place).expect("a connection");
        let (theirs, _) = listener.accept().expect("it is there");
        assert!(!is_left(place.port(), Kind::Tcp));
        drop(theirs);
        assert!(is_left(place.port(), Kind::Tcp));
        drop(ours);
    }

    #[test]
    fn a_thread_that_works_is_seen_to() {
        let myself = || [process(std::process::id()).expect("we are here")];
        let before = work(&myself());
        let deadline = std::time::Instant::now() + Duration::from_secs(60);
        while work(&myself()).ran < before.ran + Duration::from_millis(50) {
            assert!(std::time::Instant::now() < deadline, "{before:?}, and then {:?}", work(&myself()));
        }
    }

    #[test]
    fn an_ipv4_address_on_an_ipv6_socket_is_reached_over_ipv4() {
        let line = |address: &str| {
            format!(
                "  1: {address}:1C20 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  0        0 77 1"
            )
        };
        let mapped = socket(&line("0000000000000000FFFF00000100007F"), true).expect("a socket");
        assert!(!mapped.v6);
        assert_eq!((mapped.port, mapped.state, mapped.inode), (7200, LISTENING, 77));
        assert!(socket(&line("00000000000000000000000001000000"), true).expect("a socket").v6);
    }
}
