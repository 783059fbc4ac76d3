//! Rooms: what one session tells, every other session in the room hears.

use crate::run::sockeye;
use crate::server::{Server, test_convo};
use crate::wire::Peer;

/// Enters the lobby under a name.
pub(crate) fn enter(server: &Server, name: &str) -> Peer {
    let mut peer = Peer::call(server.socket());
    peer.say(format!("{name}\n"));
    peer.hear(&format!("Welcome, {name}. /q leaves.\n"));
    peer
}

#[test]
fn a_lobby_carries_every_line_to_everybody_else_in_one_order() {
    let server = Server::tcp(&[&test_convo("lobby")]);
    let mut ann = enter(&server, "ann");
    let mut bob = enter(&server, "bob");
    ann.hear("* bob is here\n");
    let mut cat = enter(&server, "cat");
    ann.hear("* cat is here\n");
    bob.hear("* cat is here\n");
    for n in 0..100 {
        ann.say(format!("{n}\n"));
    }
    for n in 0..100 {
        bob.hear(&format!("<ann> {n}\n"));
        cat.hear(&format!("<ann> {n}\n"));
    }
    bob.say("/q\n");
    assert_eq!(bob.hear_all(), "");
    ann.hear("* bob left\n");
    cat.reset();
    ann.hear("* cat is gone\n");
}

#[test]
fn a_lobby_is_called_with_lines_from_a_pipe() {
    let convo = test_convo("lobby");
    let server = Server::tcp(&[&convo]);
    let mut ann = enter(&server, "ann");
    let mut call = sockeye(&["call", &convo, "--to", server.to()]);
    call.tell("bob\n");
    ann.hear("* bob is here\n");
    ann.say("hello, bob\n");
    call.out.line_with("<ann> hello, bob");
    call.tell("hello, ann\n/q\n");
    ann.hear("<bob> hello, ann\n* bob left\n");
    let call = call.finish();
    assert_eq!(call.code, Some(0), "{call:#?}");
}

#[test]
fn two_people_chat_whenever_they_like() {
    let convo = test_convo("chat");
    let mut server = Server::tcp(&[&convo]);
    let mut call = sockeye(&["call", &convo, "--to", server.to()]);
    call.tell("one\ntwo\n");
    server.run.out.line_with("two");
    server.run.tell("three\nfour\n");
    call.out.line_with("four");
    call.tell("five\n");
    server.run.out.line_with("five");
    call.end_input();
    call.finish().is(0, "three\nfour\n");
    server.run.out.line_with("the other side has left");
}

#[test]
fn two_clients_meet_on_irc() {
    let server = Server::tcp(&[&test_convo("irc")]);
    let mut peers = ["ann", "bob"].map(|name| {
        let mut peer = Peer::call(server.socket());
        peer.say(format!("CAP LS 302\r\nNICK {name}\r\nUSER {name} 0 * :{name} of tests\r\n"));
        peer.hear(&format!(":sockeye 001 {name} :Welcome\r\n"));
        peer.say("JOIN #fish\r\n");
        peer.hear(&format!(":{name} JOIN #fish\r\n:sockeye 353 {name} = #fish :{name}\r\n"));
        peer.hear(&format!(":sockeye 366 {name} #fish :End of names\r\n"));
        peer
    });
    peers[0].hear(":bob JOIN #fish\r\n");
    peers[1].say("privmsg #fish :swim\r\nPING 7\r\n");
    peers[1].hear(":sockeye PONG sockeye 7\r\n");
    peers[0].hear(":bob PRIVMSG #fish :swim\r\n");
    peers[0].say("PRIVMSG bob :upstream\r\n");
    peers[1].hear(":ann PRIVMSG bob :upstream\r\n");
    peers[1].say("QUIT :done\r\n");
    assert_eq!(peers[1].hear_all(), "");
    peers[0].hear(":bob QUIT\r\n");
}
