//! `call` and `serve` as processes: how each kind of ending looks from outside.

use std::net::TcpListener;

use rustix::process::Signal;

use crate::run::sockeye;
use crate::server::Server;
use crate::wire::{Host, Peer};

#[test]
fn a_good_conversation_is_0_and_silent_on_standard_error() {
    let server = Server::tcp(&["reverse-lines"]);
    let call = sockeye(&["call", "reverse-lines", "hello", "--to", server.to()]).finish();
    call.is(0, "Client received: olleh\n");
    call.is_quiet();
}

#[test]
fn a_refused_connection_is_3_with_a_hint() {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let address = free.expect("a loopback port is free").to_string();
    let call = sockeye(&["call", "reverse-lines", "hello", "--to", &address]).finish();
    call.is(3, "");
    call.says(&[&address, "hint: "]);
}

#[test]
fn a_name_that_does_not_resolve_is_3() {
    let call = sockeye(&["call", "reverse-lines", "hello", "--to", "nobody.invalid:7201"]).finish();
    call.is(3, "");
    call.says(&["nobody.invalid"]);
}

#[test]
fn a_busy_server_is_1() {
    let server = Server::tcp(&["sum-prompt", "--limit", "1"]);
    let mut first = Peer::call(server.socket());
    first.hear("welcome");
    let call = sockeye(&["call", "sum-prompt", "1", "2", "--to", server.to()]).finish();
    call.is(1, "");
    call.says(&["busy"]);
}

#[test]
fn an_unexpected_message_is_1_and_says_what_came() {
    let host = Host::listen();
    let call = sockeye(&["call", "sum-greeting", "25", "--to", &host.to]);
    let mut peer = host.accept();
    peer.hear("Client of sockeye: 25");
    peer.say("Go away");
    let call = call.finish();
    call.is(1, "");
    call.says(&["Go away", "Server of"]);
}

#[test]
fn a_close_in_the_middle_is_1_and_says_so() {
    let host = Host::listen();
    let call = sockeye(&["call", "reverse-lines", "hello", "--to", &host.to]);
    let mut peer = host.accept();
    peer.hear("hello\n");
    drop(peer);
    let call = call.finish();
    call.is(1, "");
    call.says(&["closed"]);
}

#[test]
fn a_reset_in_the_middle_is_1_and_says_so() {
    let host = Host::listen();
    let call = sockeye(&["call", "reverse-lines", "hello", "--to", &host.to]);
    let mut peer = host.accept();
    peer.hear("hello\n");
    peer.reset();
    let call = call.finish();
    call.is(1, "");
    call.says(&["reset"]);
}

#[test]
fn a_convo_with_errors_is_2_with_every_finding_in_place() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("bad.convo");
    std::fs::write(&path, "listen tcp 7000\nframing morse\nC: hello {\nS: {unknown + 1}\n")
        .expect("it can be written");
    let path = path.to_str().expect("the path is text");
    for verb in ["serve", "call"] {
        let run = sockeye(&[verb, path]).finish();
        run.is(2, "");
        run.says(&[&format!("{path}:2:"), &format!("{path}:3:"), "framing morse", "hint: "]);
    }
}

#[test]
fn an_unknown_convo_is_2_and_names_the_list() {
    for verb in ["serve", "call", "show"] {
        let run = sockeye(&[verb, "revers"]).finish();
        run.is(2, "");
        run.says(&["revers", "hint: "]);
    }
}

#[test]
fn a_bad_option_is_2() {
    for arguments in [&["call"] as &[&str], &["call", "reverse", "--to", "carrier://pigeon"], &["fly"], &[]] {
        let run = sockeye(arguments).finish();
        run.is(2, "");
    }
}

#[test]
fn a_value_that_does_not_fit_its_type_is_an_error_before_connecting() {
    let host = Host::listen();
    let call = sockeye(&["call", "sum-greeting", "twenty", "--to", &host.to]).finish();
    assert_eq!(call.code, Some(2), "{call:#?}");
    call.says(&["twenty", "int"]);
}

#[test]
fn a_silent_server_is_4() {
    let host = Host::listen();
    let call = sockeye(&["call", "reverse-lines", "hello", "--timeout", "200ms", "--to", &host.to]);
    let mut peer = host.accept();
    peer.hear("hello\n");
    let call = call.finish();
    call.is(4, "");
    call.says(&["200", "hint: "]);
}

#[test]
fn a_silent_server_over_udp_is_4() {
    let nobody = std::net::UdpSocket::bind("127.0.0.1:0").expect("a loopback port is free");
    let to = format!("udp://{}", nobody.local_addr().expect("it is bound"));
    let call = sockeye(&["call", "board", "GET", "--timeout", "200ms", "--to", &to]).finish();
    call.is(4, "");
}

#[test]
fn the_timeout_never_bounds_a_persons_thinking() {
    let host = Host::listen();
    let mut call = sockeye(&["call", "reverse-lines", "--timeout", "100ms", "--to", &host.to]);
    let mut peer = host.accept();
    // Another call with a longer timeout measures the time.
    let silent = Host::listen();
    let clock = ["call", "reverse-lines", "hello", "--timeout", "300ms", "--to", &silent.to];
    sockeye(&clock).finish().is(4, "");
    call.tell("hello\n");
    peer.hear("hello\n");
    peer.say("olleh\n");
    call.out.line_with("olleh");
    call.end_input();
    call.finish().is(0, "Client received: olleh\n");
}

#[test]
fn ctrl_c_in_a_call_is_130() {
    let host = Host::listen();
    let call = sockeye(&["call", "reverse-lines", "--to", &host.to]);
    let _peer = host.accept();
    call.signal(Signal::INT);
    call.finish().is(130, "");
}

#[test]
fn ctrl_c_while_an_answer_is_awaited_is_130() {
    let host = Host::listen();
    let call = sockeye(&["call", "reverse-lines", "hello", "--to", &host.to]);
    let mut peer = host.accept();
    peer.hear("hello\n");
    call.signal(Signal::INT);
    call.finish().is(130, "");
}

#[test]
fn a_port_in_use_is_3_with_a_hint() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
    let address = format!("tcp://{}", taken.local_addr().expect("it is bound"));
    let serve = sockeye(&["serve", "reverse-lines", "--listen", &address]).finish();
    serve.is(3, "");
    serve.says(&[&address, "hint: "]);
}

#[test]
fn a_second_sockeye_on_the_same_port_is_refused() {
    for transport in ["tcp", "udp"] {
        let server = Server::on(&[&format!("{transport}://127.0.0.1:0")], &["sum-prompt"]);
        let second = sockeye(&["serve", "sum-prompt", "--listen", server.to()]).finish();
        second.is(3, "");
        second.says(&[server.to()]);
    }
}
