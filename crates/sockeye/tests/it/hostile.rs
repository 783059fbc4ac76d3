//! Peers that break off, flood, trickle or fall silent: each harms its own session and no other.

use std::fmt::Write;
use std::process::Command;

use crate::run::{Run, sockeye};
use crate::server::Server;
use crate::wire::{Datagrams, Host, Peer};

const TEN_MEGABYTES: usize = 10_000_000;

/// A session that is open before the trouble, and answers after it.
struct Bystander(Peer);

impl Bystander {
    fn of(server: &Server) -> Self {
        let mut peer = Peer::call(server.socket());
        peer.say("before\n");
        peer.hear("erofeb\n");
        Self(peer)
    }

    fn answers_on(mut self, server: &Server) {
        self.0.say("after\n");
        self.0.hear("retfa\n");
        let mut new = Peer::call(server.socket());
        new.say("new\n");
        new.hear("wen\n");
    }
}

#[test]
fn a_peer_that_resets_ends_its_own_session_only() {
    let server = Server::tcp(&["reverse-lines", "-v"]);
    let bystander = Bystander::of(&server);
    let mut peer = Peer::call(server.socket());
    peer.say("hello\nhalf a li");
    peer.hear("olleh\n");
    peer.reset();
    server.run.err.line_with("closed: ");
    bystander.answers_on(&server);
}

#[test]
fn a_line_of_ten_megabytes_is_a_warning_with_the_limit() {
    let server = Server::tcp(&["reverse-lines"]);
    let bystander = Bystander::of(&server);
    let mut peer = Peer::call(server.socket());
    peer.flood(&vec![b'x'; TEN_MEGABYTES]);
    assert_eq!(peer.hear_all(), "");
    let warning = server.run.err.line_with("longer than");
    assert!(warning.contains("65536") || warning.contains("64 KiB"), "{warning}");
    bystander.answers_on(&server);
}

#[test]
fn the_message_limit_is_set_on_the_command_line() {
    let server = Server::tcp(&["reverse-lines", "--max-message", "1KiB"]);
    let mut peer = Peer::call(server.socket());
    let longest = "x".repeat(1024);
    peer.say(format!("{longest}\n"));
    peer.hear(&format!("{longest}\n"));
    peer.flood(format!("x{longest}\n").as_bytes());
    assert_eq!(peer.hear_all(), "");
    assert!(server.run.err.line_with("longer than").contains("1024"), "the limit is named");
}

#[test]
fn a_call_that_hears_ten_megabytes_is_1_with_the_limit() {
    let host = Host::listen();
    let call = sockeye(&["call", "reverse-lines", "hello", "--to", &host.to]);
    let mut peer = host.accept();
    peer.hear("hello\n");
    peer.flood(&vec![b'x'; TEN_MEGABYTES]);
    let call = call.finish();
    call.is(1, "");
    assert!(call.err.contains("65536") || call.err.contains("64 KiB"), "{call:#?}");
}

#[test]
fn who_shuts_its_sending_side_still_gets_every_answer() {
    let server = Server::tcp(&["reverse-lines"]);
    let mut peer = Peer::call(server.socket());
    let (mut said, mut expected) = (String::new(), String::new());
    for n in 1000..6000 {
        writeln!(said, "line {n}").expect("text takes text");
        let reversed: String = n.to_string().chars().rev().collect();
        writeln!(expected, "{reversed} enil").expect("text takes text");
    }
    peer.say(&said);
    peer.say_no_more();
    assert_eq!(peer.hear_all(), expected);
}

#[test]
fn a_message_that_arrives_byte_by_byte_is_one_message() {
    let server = Server::tcp(&["reverse-lines"]);
    let mut peer = Peer::call(server.socket());
    for byte in "žluť\n".bytes() {
        peer.say([byte]);
    }
    peer.hear("ťulž\n");
}

#[test]
fn a_message_that_fits_nothing_closes_its_session_and_is_logged() {
    let server = Server::tcp(&["sum-greeting"]);
    let mut peer = Peer::call(server.socket());
    peer.say("GET / HTTP/1.1\r\n\r\n");
    assert_eq!(peer.hear_all(), "");
    let warning = server.run.err.line_with("GET");
    assert!(warning.contains("Client of") && warning.contains("GET / HTTP/1.1"), "{warning}");
    let call = sockeye(&["call", "sum-greeting", "25", "--to", server.to()]).finish();
    assert_eq!(call.code, Some(0), "{call:#?}");
}

#[test]
fn a_count_glued_to_its_text_is_put_right() {
    // What crashes the program of seed 003: its two writes arrive as one.
    let mut server = Server::tcp(&["chat-turns"]);
    let mut peer = Peer::call(server.socket());
    peer.hear("SYN");
    peer.say("SYN3hey");
    server.run.out.line_with("hey");
    server.run.tell("hello\n");
    peer.hear("5hello");
    peer.say("1");
    peer.say("2in two parts");
    server.run.tell("good\n");
    peer.hear("4good");
    server.run.out.line_with("in two parts");
}

#[test]
fn a_datagram_that_fits_nothing_ends_its_session_and_the_next_one_opens_anew() {
    let server = Server::udp(&["board", "-v"]);
    let (hostile, other) = (Datagrams::to(server.socket()), Datagrams::to(server.socket()));
    other.say("POST kept");
    hostile.say("FLY");
    server.run.err.line_with("FLY");
    // Whoever posted gets an answer once the note is on disk; the other one's would not wait for that.
    for peer in [other, hostile] {
        peer.say("GET");
        assert_eq!([peer.hear(), peer.hear()], ["kept", "<<--bye-->>"]);
    }
}

#[test]
fn running_out_of_open_files_pauses_the_listener_and_never_ends_it() {
    let mut command = Command::new("sh");
    let serve = "ulimit -n 32; exec \"$0\" serve reverse-lines --listen 127.0.0.1:0";
    command.args(["-c", serve, env!("CARGO_BIN_EXE_sockeye")]);
    let server = Server::listening(Run::start(command), 1);
    let mut bystander = Bystander::of(&server);
    let crowd: Vec<Peer> = (0..64).map(|_| Peer::call(server.socket())).collect();
    server.run.err.line_with("open files");
    bystander.0.say("meanwhile\n");
    bystander.0.hear("elihwnaem\n");
    drop(crowd);
    bystander.answers_on(&server);
}

#[test]
fn warnings_about_one_hostile_peer_are_limited_in_rate() {
    let server = Server::tcp(&["sum-greeting"]);
    for _ in 0..200 {
        let mut peer = Peer::call(server.socket());
        peer.say("nonsense");
        assert_eq!(peer.hear_all(), "");
    }
    let served = server.stop();
    let warnings = served.err.matches("nonsense").count();
    assert!((1..=100).contains(&warnings), "{warnings} warnings for 200 broken conversations");
}
