//! The lobby that ships, from outside: bare sockets, `nc`, a pipe, and a crowd with one who does not read.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc;
use std::thread;

use rustix::net::sockopt::set_socket_recv_buffer_size;

use crate::heard::DEADLINE;
use crate::rooms::enter;
use crate::run::{Run, sockeye};
use crate::server::Server;
use crate::tools::find;

/// A member of the crowd.
const MEMBERS: usize = 200;
/// What is told to it: lines, and how long each is.
const LINES: usize = 400;
const LINE_BYTES: usize = 16 * 1024;
/// Lines on their way at a time.
const LINES_AHEAD: usize = 8;

#[test]
fn whoever_enters_hears_what_was_said_last() {
    let server = Server::tcp(&["lobby"]);
    let mut ann = enter(&server, "ann");
    for n in 0..30 {
        ann.say(format!("{n}\n"));
    }
    // Its answer says that all lines before it were told.
    ann.say("/who\n");
    ann.hear("ann\n");
    let mut bob = enter(&server, "bob");
    // The last line is its own coming, which it does not hear itself.
    (11..30).for_each(|n| bob.hear(&format!("<ann> {n}\n")));
    ann.hear("* bob is here\n");
}

#[test]
fn rooms_are_entered_and_their_people_listed() {
    let server = Server::tcp(&["lobby"]);
    let mut ann = enter(&server, "ann");
    let mut bob = enter(&server, "bob");
    bob.hear("* ann is here\n");
    ann.hear("* bob is here\n");
    ann.say("/who\n");
    ann.hear("ann\nbob\n");
    bob.say("/join attic\n/who\nnobody hears this\n");
    bob.hear("bob\n");
    ann.hear("* bob left for attic\n");
    ann.say("/who\n");
    ann.hear("ann\n");
    ann.say("/join attic\n");
    ann.hear("* bob is here\n<bob> nobody hears this\n");
    bob.hear("* ann is here\n");
    bob.reset();
    ann.hear("* bob is gone\n");
}

#[test]
fn nc_talks_in_a_lobby() {
    let Some(mut nc) = find("nc") else { return };
    let server = Server::tcp(&["lobby"]);
    let mut ann = enter(&server, "ann");
    nc.args(["127.0.0.1", &server.port().to_string()]);
    let mut nc = Run::start(nc);
    nc.tell("bob\n");
    ann.hear("* bob is here\n");
    ann.say("hello\n");
    nc.out.line_with("<ann> hello");
    nc.tell("hi, ann\n/q\n");
    ann.hear("<bob> hi, ann\n* bob left\n");
    nc.end_input();
    let nc = nc.finish();
    nc.is(0, "Welcome, bob. /q leaves.\n* ann is here\n<ann> hello\n");
}

#[test]
fn in_a_pipe_a_talk_is_plain_lines() {
    let server = Server::tcp(&["lobby"]);
    let mut ann = enter(&server, "ann");
    let mut call = sockeye(&["call", "lobby", "--to", server.to()]);
    call.tell("bob\n");
    ann.hear("* bob is here\n");
    ann.say("\u{1b}[2J\u{202e}\n");
    call.out.line_with("<ann>");
    call.end_input();
    ann.hear("* bob is gone\n");
    let call = call.finish();
    call.is(0, "Welcome, bob. /q leaves.\n* ann is here\n<ann> \u{1b}[2J\u{202e}\n");
    call.is_quiet();
}

#[test]
fn who_does_not_read_is_put_out_and_nobody_waits_for_it() {
    let server = Server::tcp(&["lobby"]);
    let deaf = hears_nothing(&server);
    let (tell, told) = mpsc::channel();
    let readers: Vec<_> = (2..MEMBERS).map(|n| hears_all(&server, n, tell.clone())).collect();
    let mut teller = enter(&server, "teller");
    let line = "x".repeat(LINE_BYTES);
    for n in 0..LINES {
        teller.say(format!("{n} {line}\n"));
        if (n + 1) % LINES_AHEAD == 0 {
            readers.iter().for_each(|_| told.recv_timeout(DEADLINE).expect("all who read have heard it"));
        }
    }
    readers.into_iter().for_each(|reader| reader.join().expect("a reader that reads"));
    server.run.err.line_with("the peer did not read what was told in its room");
    let memory = memory_bytes_max(&server);
    assert!(memory < 256 * 1024 * 1024, "{memory} bytes for a room of {MEMBERS}");
    drop(deaf);
}

/// Enters and reads nothing, and the system does not keep much for it.
fn hears_nothing(server: &Server) -> TcpStream {
    let mut stream = TcpStream::connect(server.socket()).expect("the server listens");
    set_socket_recv_buffer_size(&stream, 4096).expect("a buffer can be small");
    stream.write_all(b"deaf\n").expect("it is taken");
    // It is a member once it is welcome.
    stream.read_exact(&mut [0; 1]).expect("a welcome");
    stream
}

/// Enters and hears the teller's lines, each of which must be whole and the next one; tells of each few.
fn hears_all(server: &Server, number: usize, tell: mpsc::Sender<()>) -> thread::JoinHandle<()> {
    let mut stream = TcpStream::connect(server.socket()).expect("the server listens");
    stream.set_read_timeout(Some(DEADLINE)).expect("a deadline can be set");
    stream.write_all(format!("r{number}\n").as_bytes()).expect("it is taken");
    stream.read_exact(&mut [0; 1]).expect("a welcome");
    thread::spawn(move || {
        let mut lines = BufReader::new(stream);
        let (mut heard, mut line) = (0, String::new());
        while heard < LINES {
            line.clear();
            let length = lines.read_line(&mut line).expect("a line before the deadline");
            assert!(length > 0, "put out after {heard} lines");
            if let Some(said) = line.strip_prefix("<teller> ") {
                assert!(
                    said.starts_with(&format!("{heard} x")) && length > LINE_BYTES,
                    "line {heard}: {said:.20}"
                );
                heard += 1;
                if heard % LINES_AHEAD == 0 {
                    tell.send(()).expect("the teller waits for it");
                }
            }
        }
    })
}

/// The most memory that the server ever had.
fn memory_bytes_max(server: &Server) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.run.id())).expect("it runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the system says it");
    let kib: usize = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    kib * 1024
}
