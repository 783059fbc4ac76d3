//! What is kept, and where: found again after a restart, refused where it must be, listed, exported, trimmed.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::Signal;

use crate::heard::DEADLINE;
use crate::run::{Outcome, Run, sockeye};
use crate::server::Server;
use crate::tools::skip;

/// A client of board-tcp.
pub(crate) struct Poster(BufReader<TcpStream>);

impl Poster {
    pub(crate) fn call(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_read_timeout(Some(DEADLINE)).expect("a deadline can be set");
        stream.set_nodelay(true).expect("TCP_NODELAY can be set");
        Self(BufReader::new(stream))
    }

    /// Posts a note, and gives its number once it is acknowledged; none if it is refused, or the server is gone before.
    pub(crate) fn post(&mut self, text: &str) -> Option<u64> {
        self.0.get_mut().write_all(format!("POST {text}\n").as_bytes()).ok()?;
        let answer = self.line()?;
        if answer == "ERR may not be kept" {
            return None;
        }
        let number = answer.strip_prefix("OK ").unwrap_or_else(|| panic!("{answer:?} instead of OK"));
        Some(number.parse().expect("it is a number"))
    }

    /// All notes with their numbers that `command` gets.
    pub(crate) fn get(&mut self, command: &str) -> Vec<(u64, String)> {
        self.0.get_mut().write_all(format!("{command}\n").as_bytes()).expect("the server reads");
        let mut notes = Vec::new();
        loop {
            let line = self.line().expect("the list has an end");
            if line == "." {
                return notes;
            }
            let (number, text) = line.split_once(' ').expect("a number comes first");
            notes.push((number.parse().expect("it is a number"), text.to_owned()));
        }
    }

    /// The next line; none at the end, and where the connection is lost before the line's.
    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        self.0.read_line(&mut line).ok()?;
        line.strip_suffix('\n').map(str::to_owned)
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder can be made")
}

/// A path as an argument.
fn text(path: &Path) -> &str {
    path.to_str().expect("the path is text")
}

/// Serves a convo whose lists are kept in this file.
pub(crate) fn serve(convo: &str, store: &Path) -> Server {
    Server::tcp(&[convo, "--store", text(store)])
}

fn numbered(texts: &[(u64, &str)]) -> Vec<(u64, String)> {
    texts.iter().map(|(number, text)| (*number, (*text).to_owned())).collect()
}

#[test]
fn notes_are_there_after_a_restart_and_numbers_go_on() {
    let folder = folder();
    let store = folder.path().join("board.sqlite");
    let server = serve("board-tcp", &store);
    let mut poster = Poster::call(server.socket());
    assert_eq!(poster.post("one"), Some(1));
    assert_eq!(poster.post("two"), Some(2));
    server.stop().is(0, "");
    let server = serve("board-tcp", &store);
    let mut poster = Poster::call(server.socket());
    assert_eq!(poster.post("three"), Some(3));
    assert_eq!(poster.get("GET"), numbered(&[(1, "one"), (2, "two"), (3, "three")]));
    server.stop().is(0, "");
}

#[test]
fn a_board_is_read_page_by_page() {
    let folder = folder();
    let server = serve("board-paged", &folder.path().join("board.sqlite"));
    let mut poster = Poster::call(server.socket());
    let notes: Vec<(u64, String)> = (1..=50).map(|n| (n, format!("note {n}"))).collect();
    for (number, note) in &notes {
        assert_eq!(poster.post(note), Some(*number));
    }
    assert_eq!(poster.get("GET 1"), notes[..20]);
    assert_eq!(poster.get("GET 21"), notes[20..40]);
    assert_eq!(poster.get("GET 41"), notes[40..]);
    assert_eq!(poster.get("GET 51"), []);
    assert_eq!(poster.get("GET -3"), notes[..20]);
    let call = sockeye(&["call", "board-paged", "GET 49", "--to", server.to()]).finish();
    call.is(0, "49 note 49\n50 note 50\n.\n");
}

#[test]
fn several_convos_share_a_store_that_is_named() {
    let folder = folder();
    let store = folder.path().join("both.sqlite");
    let listeners = ["--listen", "board-tcp=:0", "--listen", "board-paged=:0"];
    let mut arguments = vec!["serve", "board-tcp", "board-paged", "--store", text(&store)];
    arguments.extend(listeners);
    // Loopback has one or two addresses a convo: the first of each convo is enough.
    let server = sockeye(&arguments);
    let port = |convo: &str| {
        let line = server.err.line_with(&format!("{convo} listens on tcp://127.0.0.1:"));
        let (_, port) = line.rsplit_once(':').expect("a port follows");
        let digits: String = port.chars().take_while(char::is_ascii_digit).collect();
        SocketAddr::from(([127, 0, 0, 1], digits.parse().expect("it is a port")))
    };
    let mut one = Poster::call(port("board-tcp"));
    let mut other = Poster::call(port("board-paged"));
    assert_eq!((one.post("one"), other.post("two")), (Some(1), Some(2)));
    assert_eq!(one.get("GET"), other.get("GET 1"));
}

#[test]
fn without_a_word_a_store_is_in_the_state_folder_and_without_need_nowhere() {
    let folder = folder();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sockeye"));
        command.args(arguments).env("XDG_STATE_HOME", folder.path());
        Run::start(command)
    };
    let kept = folder.path().join("sockeye/board-tcp.sqlite");
    let listen = ["--listen", "tcp://127.0.0.1:0"];
    for arguments in [["board-tcp", "--store", "memory"], ["reverse-lines", "--limit", "4"]] {
        let server = Server::listening(run(&[&["serve"][..], &arguments, &listen].concat()), 1);
        if arguments[0] == "board-tcp" {
            assert_eq!(Poster::call(server.socket()).post("hello"), Some(1));
            run(&["call", "board-tcp", "GET", "--to", server.to()]).finish().is(0, "1 hello\n.\n");
        }
        server.stop().is(0, "");
    }
    assert_eq!(run(&["demo"]).finish().code, Some(0));
    let left = std::fs::read_dir(folder.path()).expect("it is there").count();
    assert_eq!(left, 0, "nothing is opened without need");
    let server = Server::listening(run(&[&["serve", "board-tcp"][..], &listen].concat()), 1);
    assert_eq!(Poster::call(server.socket()).post("hello"), Some(1));
    server.run.err.line_with(text(&kept));
    server.stop().is(0, "");
    let list = run(&["store", "list", "--convo", "board-tcp"]).finish();
    list.is(0, "notes  1 item, the last number is 1\n");
}

#[test]
fn a_store_that_is_open_is_refused_to_others() {
    let folder = folder();
    let store = folder.path().join("board.sqlite");
    let server = serve("board-tcp", &store);
    let mut poster = Poster::call(server.socket());
    assert_eq!(poster.post("one"), Some(1));
    let store = text(&store);
    for arguments in [
        &["serve", "board", "--listen", "udp://127.0.0.1:0", "--store", store][..],
        &["store", "list", "--store", store],
        &["store", "trim", "notes", "--keep-last", "0", "--store", store],
    ] {
        let refused = sockeye(arguments).finish();
        refused.is(3, "");
        refused.says(&[store, "open in another process", "hint: "]);
    }
    assert_eq!(poster.post("two"), Some(2));
}

#[test]
fn what_is_no_store_or_a_newer_one_is_refused() {
    let folder = folder();
    let path = folder.path().join("other.sqlite");
    let refused = |part: &str| {
        for arguments in [&["serve", "board", "--store"][..], &["store", "list", "--store"]] {
            let refused = sockeye(&[arguments, &[text(&path)]].concat()).finish();
            refused.is(2, "");
            refused.says(&[text(&path), part, "hint: "]);
        }
    };
    std::fs::write(&path, "these are no lists\n".repeat(1000)).expect("it can be written");
    refused("is no store");
    std::fs::remove_file(&path).expect("it is there");
    newer(&path);
    refused("format 99");
    let missing = sockeye(&["store", "list", "--store", text(&folder.path().join("none.sqlite"))]).finish();
    missing.is(2, "");
    missing.says(&["there is no store", "hint: "]);
    let nats = sockeye(&["store", "list", "--store", "nats://127.0.0.1:4222"]).finish();
    nats.is(2, "");
    nats.says(&["on NATS", "hint: `nats stream ls`"]);
}

/// Makes a store as a later version might.
fn newer(path: &Path) {
    let database = rusqlite::Connection::open(path).expect("it can be made");
    let newer = "PRAGMA application_id = 0x736f636b; PRAGMA user_version = 99; CREATE TABLE lists (name);";
    database.execute_batch(newer).expect("it can be written");
}

#[test]
fn lists_are_listed_exported_and_trimmed() {
    let folder = folder();
    let path = folder.path().join("board.sqlite");
    let server = serve("board-tcp", &path);
    let mut poster = Poster::call(server.socket());
    let from = poster.0.get_ref().local_addr().expect("it is connected");
    for note in ["one", "\"two\" \u{1b}[1m", "three"] {
        poster.post(note).expect("it is kept");
    }
    server.stop().is(0, "");
    let store = |arguments: &[&str]| -> Outcome {
        sockeye(&[&["store"][..], arguments, &["--store", text(&path)]].concat()).finish()
    };
    store(&["list"]).is(0, "notes  3 items, the last number is 3\n");
    let exported = store(&["export", "notes"]);
    assert_eq!(exported.code, Some(0), "{exported:#?}");
    let lines: Vec<serde_json::Value> =
        exported.out.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!((&lines[1]["number"], &lines[1]["key"]), (&2.into(), &"2".into()));
    assert_eq!(lines[1]["text"], "\"two\" \u{1b}[1m");
    assert_eq!(lines[1]["from"], from.to_string());
    let at = lines[1]["at"].as_str().expect("it is text");
    assert!(at.len() == 20 && at.ends_with('Z'), "{at}");
    store(&["export", "nodes"]).says(&["no list named \"nodes\"", "hint: it has: notes"]);
    store(&["trim", "notes", "--older-than", "1d"]).says(&["0 items dropped"]);
    store(&["trim", "notes", "--keep-last", "1"]).says(&["2 items dropped"]);
    store(&["list"]).is(0, "notes  1 item, the last number is 3\n");
    assert_eq!(store(&["trim", "notes"]).code, Some(2));
    let server = serve("board-tcp", &path);
    let mut poster = Poster::call(server.socket());
    assert_eq!(poster.post("four"), Some(4));
    assert_eq!(poster.get("GET"), numbered(&[(3, "three"), (4, "four")]));
}

/// A disk with little room, and a way to make more.
enum Disk {
    /// A file system of its own in a name space of its own, filled by a ballast that can be dropped.
    Small { ballast: PathBuf },
    /// A limit to the length of the process's files, that can be lifted.
    Limited,
}

/// Serves board-tcp on a disk of a few MiB: on a real small one where the test may mount it, else the next best thing.
fn serve_on_small_disk(folder: &Path) -> (Server, Disk) {
    let serve = "exec \"$0\" serve board-tcp --listen tcp://127.0.0.1:0 --store \"$1/board.sqlite\"";
    let mount = "mount -t tmpfs -o size=6m tmpfs \"$1\" && head -c 2m /dev/zero >\"$1/ballast\"";
    let may = Command::new("unshare").args(["-rm", "sh", "-c", mount, "-", text(folder)]).output();
    let may = may.is_ok_and(|tried| tried.status.success());
    let mut command = if may {
        let mut command = Command::new("unshare");
        command.args(["-rm", "sh", "-c", &format!("{mount} && {serve}")]);
        command
    } else {
        skip("the right to mount a small tmpfs, for which a limit of file sizes stands in,");
        let mut command = Command::new("bash");
        command.args(["-c", &format!("trap '' XFSZ; ulimit -Sf 4096; {serve}")]);
        command
    };
    command.args([env!("CARGO_BIN_EXE_sockeye"), text(folder)]);
    let server = Server::listening(Run::start(command), 1);
    let inside = PathBuf::from(format!("/proc/{}/root", server.run.id()));
    let ballast = inside.join(folder.strip_prefix("/").expect("it is absolute")).join("ballast");
    (server, if may { Disk::Small { ballast } } else { Disk::Limited })
}

#[test]
fn a_full_disk_is_an_error_for_who_writes_and_none_for_who_reads() {
    let folder = folder();
    let (server, disk) = serve_on_small_disk(folder.path());
    let mut kept = Vec::new();
    let long = "x".repeat(20_000);
    // Each connection posts until it is refused: the disk stays full for the next ones, too.
    let mut posters: Vec<Poster> = Vec::new();
    for round in 0..3 {
        posters.push(Poster::call(server.socket()));
        let poster = posters.last_mut().expect("it was put there");
        for n in 0.. {
            let note = format!("{round} {n} {long}");
            let Some(number) = poster.post(&note) else { break };
            kept.push((number, note));
            assert!(kept.len() < 1000, "the disk is never full");
        }
        assert!(poster.get("GET") == kept, "what is kept can still be read, by the same client");
    }
    assert!(kept.len() > 10, "it was full from the start: {}", kept.len());
    let line = server.run.err.line_with("the kept lists are full");
    assert!(line.starts_with("error: "), "{line}");
    match disk {
        Disk::Small { ballast } => std::fs::remove_file(ballast).expect("it is there"),
        Disk::Limited => {
            let all = rustix::process::Rlimit { current: None, maximum: None };
            let pid = rustix::process::Pid::from_raw(server.run.id()).expect("it runs");
            rustix::process::prlimit(Some(pid), rustix::process::Resource::Fsize, all).expect("it may");
        }
    }
    // There is room again, and nobody had to start or call anything anew.
    let poster = &mut posters[0];
    let number = poster.post("short").expect("there is room");
    kept.push((number, "short".to_owned()));
    assert!(poster.get("GET") == kept);
    server.run.signal(Signal::KILL);
}
