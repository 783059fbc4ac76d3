//! What is refused is refused at once, and what the program says then is the way out.

use std::fs;

use crate::run::{Outcome, sockeye};
use crate::server::Server;

fn refused(code: i32, arguments: &[&str], parts: &[&str]) -> Outcome {
    let outcome = sockeye(arguments).finish();
    assert_eq!(outcome.code, Some(code), "{outcome:#?}");
    outcome.says(parts);
    outcome
}

#[test]
fn a_convo_that_secures_is_not_served_over_udp() {
    let outcome =
        refused(2, &["serve", "chat-rsa", "--listen", "udp://127.0.0.1:0"], &["secure", "hint:", "tcp://"]);
    assert!(!outcome.err.contains("listens on"), "{outcome:#?}");
}

#[test]
fn a_slip_in_the_name_before_an_address_is_named() {
    let arguments = ["serve", "reverse", "sum-json", "--listen", "revers=:0"];
    refused(2, &arguments, &["no convo served here is named \"revers\"", "did you mean \"reverse\"?"]);
    refused(2, &["serve", "reverse", "--listen", "xyzzy=:0"], &["served are: reverse"]);
}

#[test]
fn what_can_be_set_is_said_once() {
    let outcome =
        refused(2, &["serve", "sum-greeting", "sum-json", "--set", "mine2=3"], &["hint: it is given:"]);
    assert_eq!(outcome.err.matches("mine").count() - outcome.err.matches("mine2").count(), 1, "{outcome:#?}");
}

#[test]
fn a_socket_path_that_cannot_be_is_refused_with_a_way_out() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let plain = folder.path().join("plain");
    fs::write(&plain, "").expect("a file can be written");
    let long = folder.path().join("x".repeat(200));
    let missing = folder.path().join("missing/socket");
    let below = plain.join("socket");
    for (path, hint) in [
        (&plain, "another path"),
        (&long, "a shorter path"),
        (&missing, "make its folder"),
        (&below, "make its folder"),
    ] {
        let address = format!("unix:{}", path.display());
        refused(3, &["serve", "reverse", "--listen", &address], &["hint:", hint]);
    }
}

#[test]
fn a_folder_is_no_convo() {
    refused(2, &["serve", "/"], &["cannot read /", "hint: give a file in it"]);
}

#[test]
fn nobody_on_udp_is_said_with_the_transport() {
    let server = Server::tcp(&["board-tcp"]);
    let to = format!("udp://127.0.0.1:{}", server.port());
    let hint = format!("`sockeye serve board --listen {to}`");
    refused(3, &["call", "board", "GET", "--to", &to], &[&format!("{to}: nobody listens there"), &hint]);
}

#[test]
fn lint_checks_the_other_files_where_one_cannot_be_read() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let wrong = folder.path().join("wrong.convo");
    fs::write(&wrong, "C: {\n").expect("a file can be written");
    let path = wrong.to_str().expect("the path is text");
    let outcome = refused(2, &["lint", "nofile.convo", path], &["cannot read nofile.convo", "1 file: "]);
    assert!(outcome.out.contains("wrong.convo:1:"), "{outcome:#?}");
}

#[test]
fn man_makes_the_folder_it_is_told() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let to = folder.path().join("share/man1");
    sockeye(&["man", "--to", to.to_str().expect("the path is text")]).finish().is(0, "");
    assert!(to.join("sockeye.1").is_file());
}
