//! How a server ends: `stop` in a convo, and signals.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::heard::DEADLINE;
use crate::run::sockeye;
use crate::server::Server;
use crate::wire::{Datagrams, Peer};

#[test]
fn term_lets_three_open_sessions_finish() {
    let server = Server::tcp(&["reverse-lines"]);
    let address = server.socket();
    let mut sessions = [(); 3].map(|()| Peer::call(address));
    for session in &mut sessions {
        session.say("hello\n");
        session.hear("olleh\n");
    }
    server.run.signal(Signal::TERM);
    let due = Instant::now() + DEADLINE;
    while TcpStream::connect(address).is_ok() {
        assert!(Instant::now() < due, "a server that was told to end still accepts");
        std::thread::yield_now();
    }
    for mut session in sessions {
        session.say("last words\n");
        session.hear("sdrow tsal\n");
    }
    server.run.finish().is(0, "");
}

#[test]
fn term_closes_sessions_that_do_not_finish_within_five_seconds() {
    let server = Server::tcp(&["reverse-lines"]);
    let mut session = Peer::call(server.socket());
    session.say("hello\n");
    session.hear("olleh\n");
    let told = Instant::now();
    server.run.signal(Signal::TERM);
    assert_eq!(session.hear_all(), "");
    server.run.finish().is(0, "");
    let took = told.elapsed();
    assert!((Duration::from_secs(4)..Duration::from_secs(10)).contains(&took), "it took {took:?}");
}

#[test]
fn a_second_signal_ends_at_once() {
    let server = Server::tcp(&["reverse-lines"]);
    let mut session = Peer::call(server.socket());
    session.say("hello\n");
    session.hear("olleh\n");
    let told = Instant::now();
    server.run.signal(Signal::INT);
    let due = Instant::now() + DEADLINE;
    while TcpStream::connect(server.socket()).is_ok() {
        assert!(Instant::now() < due, "a server that was told to end still accepts");
        std::thread::yield_now();
    }
    server.run.signal(Signal::INT);
    let outcome = server.run.finish();
    assert!(told.elapsed() < Duration::from_secs(4), "the five seconds were waited for: {outcome:#?}");
}

#[test]
fn an_idle_server_ends_at_once_with_0() {
    for signal in [Signal::INT, Signal::TERM] {
        for address in ["tcp://127.0.0.1:0", "udp://127.0.0.1:0"] {
            let server = Server::on(&[address], &["sum-prompt"]);
            let told = Instant::now();
            server.run.signal(signal);
            server.run.finish().is(0, "");
            assert!(told.elapsed() < Duration::from_secs(4), "nobody was there to wait for");
        }
    }
}

#[test]
fn stop_ends_a_loopback_server_and_lets_others_finish() {
    let server = Server::tcp(&["reverse"]);
    let address = server.socket();
    let mut other = Peer::call(address);
    other.say("hello");
    other.hear("olleh");
    let call = sockeye(&["call", "reverse", "end", "--to", server.to()]).finish();
    assert_eq!(call.code, Some(0), "{call:#?}");
    other.say("still here");
    other.hear("ereh llits");
    drop(other);
    let outcome = server.run.finish();
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
}

#[test]
fn stop_over_all_interfaces_ends_the_session_only_and_says_so() {
    let server = Server::on(&["tcp://0.0.0.0:0"], &["reverse"]);
    let to = format!("127.0.0.1:{}", server.port());
    for _ in 0..2 {
        let call = sockeye(&["call", "reverse", "end", "--to", &to]).finish();
        assert_eq!(call.code, Some(0), "{call:#?}");
    }
    server.run.err.line_with("--allow-stop");
    assert_eq!(server.stop().code, Some(0));
}

#[test]
fn one_listener_beyond_loopback_is_enough_to_forbid_stop() {
    let server = Server::on(&["tcp://127.0.0.1:0", "tcp://0.0.0.0:0"], &["reverse"]);
    for _ in 0..2 {
        let call = sockeye(&["call", "reverse", "end", "--to", server.to()]).finish();
        assert_eq!(call.code, Some(0), "{call:#?}");
    }
    assert_eq!(server.stop().code, Some(0));
}

#[test]
fn allow_stop_lets_a_convo_end_any_server() {
    let server = Server::on(&["tcp://0.0.0.0:0"], &["reverse", "--allow-stop"]);
    let to = format!("127.0.0.1:{}", server.port());
    let call = sockeye(&["call", "reverse", "end", "--to", &to]).finish();
    assert_eq!(call.code, Some(0), "{call:#?}");
    let outcome = server.run.finish();
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
}

#[test]
fn term_ends_a_server_with_udp_sessions() {
    let server = Server::udp(&["sum-prompt"]);
    let peer = Datagrams::to(server.socket());
    peer.say("");
    assert_eq!(peer.hear(), "welcome");
    server.run.signal(Signal::TERM);
    server.run.finish().is(0, "");
}
