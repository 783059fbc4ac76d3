//! The policies of a server, from the convo and from the command line: `limit`, `idle`, who is asked first.

use crate::server::Server;
use crate::wire::{Datagrams, Peer};

#[test]
fn the_limit_of_the_convo_holds_over_all_listeners() {
    let server = Server::on(&["tcp://127.0.0.1:0", "tcp://127.0.0.1:0"], &["sum-prompt"]);
    let addresses = [0, 1, 0, 1].map(|n| crate::server::socket(&server.addresses[n]));
    let mut welcome = addresses.map(Peer::call);
    for peer in &mut welcome {
        peer.hear("welcome");
    }
    let mut fifth = Peer::call(addresses[1]);
    assert_eq!(fifth.hear_all(), "Server Is Busy");
    welcome[0].say("1");
    welcome[0].hear("num1 received");
}

#[test]
fn a_place_is_free_again_when_a_session_ends() {
    let server = Server::tcp(&["sum-prompt", "--limit", "1", "-v"]);
    for _ in 0..3 {
        let mut only = Peer::call(server.socket());
        only.hear("welcome");
        let mut other = Peer::call(server.socket());
        assert_eq!(other.hear_all(), "Server Is Busy");
        only.say_no_more();
        // The server closes as soon as it has freed the place.
        assert_eq!(only.hear_all(), "");
    }
}

#[test]
fn the_limit_counts_udp_peers() {
    let server = Server::udp(&["sum-prompt", "--limit", "2"]);
    let peers = [(); 3].map(|()| Datagrams::to(server.socket()));
    for (peer, expected) in peers.iter().zip(["welcome", "welcome", "Server Is Busy"]) {
        peer.say("");
        assert_eq!(peer.hear(), expected);
    }
    peers[0].say("20");
    assert_eq!(peers[0].hear(), "num1 received");
    peers[0].say("3");
    assert_eq!(peers[0].hear(), "23");
}

#[test]
fn idle_closes_who_says_nothing() {
    let server = Server::tcp(&["sum-prompt", "--idle", "200ms"]);
    let mut silent = Peer::call(server.socket());
    silent.hear("welcome");
    assert_eq!(silent.hear_all(), "");
    let mut halfway = Peer::call(server.socket());
    halfway.hear("welcome");
    halfway.say("25");
    halfway.hear("num1 received");
    assert_eq!(halfway.hear_all(), "");
}

#[test]
fn idle_frees_the_place_of_a_udp_peer() {
    let server = Server::udp(&["sum-prompt", "--limit", "1", "--idle", "300ms"]);
    let (first, second) = (Datagrams::to(server.socket()), Datagrams::to(server.socket()));
    first.say("");
    assert_eq!(first.hear(), "welcome");
    let mut answers = Vec::new();
    // Each refusal is an answer, so asking again is paced by the server and ends when the first peer's idle time does.
    while answers.last().is_none_or(|answer| answer != "welcome") {
        second.say("");
        answers.push(second.hear());
    }
    assert_eq!(answers[0], "Server Is Busy");
}

#[test]
fn a_server_that_asks_its_person_holds_one_session_at_a_time() {
    let mut server = Server::tcp(&["chat-turns"]);
    let mut first = Peer::call(server.socket());
    let mut second = Peer::call(server.socket());
    first.hear("SYN");
    first.say("SYN3one");
    server.run.tell("to the first\n");
    first.hear("12to the first");
    drop(first);
    second.hear("SYN");
    second.say("SYN3two");
    server.run.tell("to the second\n");
    second.hear("13to the second");
}

#[test]
fn the_end_of_the_servers_input_ends_the_session_that_asks() {
    let mut server = Server::tcp(&["chat-turns"]);
    let mut peer = Peer::call(server.socket());
    peer.hear("SYN");
    peer.say("SYN3hey");
    server.run.out.line_with("hey");
    server.run.end_input();
    assert_eq!(peer.hear_all(), "");
    drop(peer);
    assert_eq!(server.stop().code, Some(0));
}
