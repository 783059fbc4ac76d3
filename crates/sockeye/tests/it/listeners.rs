//! Where a server can be reached: several ports, both families, names, Unix sockets.

use std::collections::BTreeSet;
use std::os::unix::net::UnixStream;

use crate::run::sockeye;
use crate::server::{Server, socket};
use crate::tools::has_ipv6;
use crate::wire::Peer;

#[test]
fn two_ports_at_once_in_the_order_given() {
    if !has_ipv6() {
        return;
    }
    let server = Server::on(&["tcp://[::1]:0", "udp://127.0.0.1:0", "tcp://127.0.0.1:0"], &["sum-prompt"]);
    let beginnings = ["tcp://[::1]:", "udp://127.0.0.1:", "tcp://127.0.0.1:"];
    for (address, beginning) in server.addresses.iter().zip(beginnings) {
        assert!(address.starts_with(beginning), "{:?}", server.addresses);
        sockeye(&["call", "sum-prompt", "25", "17", "--to", address]).finish().is(0, "welcome\n42\n");
    }
}

#[test]
fn a_port_alone_is_loopback_of_both_families() {
    if !has_ipv6() {
        return;
    }
    let run = sockeye(&["serve", "reverse-lines", "--listen", ":0"]);
    let server = Server::listening(run, 2);
    let families: BTreeSet<_> = server.addresses.iter().map(|address| socket(address).is_ipv4()).collect();
    assert_eq!(families.len(), 2, "{:?}", server.addresses);
    for address in &server.addresses {
        assert!(socket(address).ip().is_loopback(), "{address}");
        sockeye(&["call", "reverse-lines", "hello", "--to", address])
            .finish()
            .is(0, "Client received: olleh\n");
    }
}

#[test]
fn several_convos_are_served_at_once() {
    if !has_ipv6() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let mut names = Vec::new();
    for name in ["upper", "lower"] {
        let path = folder.path().join(format!("{name}.convo"));
        let text =
            format!("# {name} case\nframing line\nloop:\n    on C: {{text}}\n        S: {{{name}(text)}}\n");
        std::fs::write(&path, text).expect("it can be written");
        names.push(path.to_str().expect("the path is text").to_owned());
    }
    let server = Server::listening(sockeye(&["serve", &names[0], &names[1]]), 4);
    let mut answers = BTreeSet::new();
    for address in &server.addresses {
        let mut peer = Peer::call(socket(address));
        peer.say("aB\n");
        peer.say_no_more();
        answers.insert(peer.hear_all());
    }
    assert_eq!(answers, BTreeSet::from(["AB\n".to_owned(), "ab\n".to_owned()]));
}

#[test]
fn names_are_resolved_on_both_sides() {
    let run = sockeye(&["serve", "reverse-lines", "--listen", "localhost:0"]);
    run.err.line_with(" listens on tcp://");
    let server = Server::tcp(&["reverse-lines"]);
    // Whatever families localhost has here, the one that answers is found.
    let to = format!("localhost:{}", server.port());
    sockeye(&["call", "reverse-lines", "hello", "--to", &to]).finish().is(0, "Client received: olleh\n");
}

#[test]
fn a_unix_socket_is_served_called_and_removed() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("sockeye");
    let address = format!("unix:{}", path.display());
    let server = Server::on(&[&address], &["reverse"]);
    assert_eq!(server.to(), address);
    sockeye(&["call", "reverse", "hello", "--to", &address]).finish().is(0, "Client received: olleh\n");
    // A Unix socket counts as loopback: `stop` ends the server.
    let call = sockeye(&["call", "reverse", "end", "--to", &address]).finish();
    assert_eq!(call.code, Some(0), "{call:#?}");
    let outcome = server.run.finish();
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    assert!(!path.exists(), "the socket's file outlived its server");
}

#[test]
fn a_unix_socket_in_use_is_refused_and_one_left_behind_is_not() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("sockeye");
    let address = format!("unix:{}", path.display());
    let server = Server::on(&[&address], &["reverse-lines"]);
    sockeye(&["serve", "reverse-lines", "--listen", &address]).finish().is(3, "");
    // Killed outright, the server leaves the file behind.
    server.run.signal(rustix::process::Signal::KILL);
    server.run.finish();
    assert!(UnixStream::connect(&path).is_err(), "nobody listens");
    let again = Server::on(&[&address], &["reverse-lines"]);
    sockeye(&["call", "reverse-lines", "hello", "--to", again.to()])
        .finish()
        .is(0, "Client received: olleh\n");
}

#[test]
fn a_peer_is_answered_from_a_wildcard_address() {
    if !has_ipv6() {
        return;
    }
    for wildcard in ["tcp://0.0.0.0:0", "udp://0.0.0.0:0", "tcp://[::]:0", "udp://[::]:0"] {
        let server = Server::on(&[wildcard], &["sum-prompt"]);
        let (scheme, _) = wildcard.split_once("://").expect("it has a scheme");
        let host = if wildcard.contains("[::]") { "[::1]" } else { "127.0.0.1" };
        let to = format!("{scheme}://{host}:{}", server.port());
        sockeye(&["call", "sum-prompt", "25", "17", "--to", &to]).finish().is(0, "welcome\n42\n");
    }
}
