//! What the server says about itself on standard error.

use serde_json::Value;

use crate::run::sockeye;
use crate::server::Server;
use crate::wire::Peer;

/// One conversation of two messages with a server that was started with these options; what it logged.
fn logged(options: &[&str]) -> String {
    let mut arguments = vec!["reverse-lines"];
    arguments.extend(options);
    let server = Server::tcp(&arguments);
    let mut peer = Peer::call(server.socket());
    peer.say("a\u{1b}b\n");
    peer.say_no_more();
    assert_eq!(peer.hear_all(), "b\u{1b}a\n");
    server.stop().err
}

#[test]
fn the_default_is_the_listening_line_alone() {
    let err = logged(&[]);
    assert_eq!(err.lines().count(), 1, "{err}");
    assert!(err.contains("reverse-lines listens on tcp://127.0.0.1:"), "{err}");
}

#[test]
fn v_adds_a_line_for_each_session_opened_and_closed() {
    let err = logged(&["-v"]);
    let sessions: Vec<_> =
        err.lines().filter(|line| line.contains("reverse-lines") && !line.contains("listens on")).collect();
    assert_eq!(sessions.len(), 2, "{err}");
    for line in sessions {
        assert!(line.matches("127.0.0.1:").count() >= 2, "the peer and the listener are named: {line}");
    }
    assert!(!err.contains("C: "), "messages are for -vv: {err}");
}

#[test]
fn vv_adds_a_line_for_each_message_with_control_characters_visible() {
    let err = logged(&["-vv"]);
    assert!(err.contains("C: a\\x1bb") || err.contains("C: a\\u{1b}b"), "{err}");
    assert!(err.contains("S: b"), "{err}");
    assert!(!err.contains("a\u{1b}b"), "{err}");
}

#[test]
fn json_lines_carry_the_same_text_as_message() {
    let err = logged(&["-v", "--log-format", "json"]);
    let lines: Vec<Value> =
        err.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    assert!(lines.len() >= 3, "{err}");
    let message = lines[0]["message"].as_str().expect("a log line has a message");
    assert!(message.starts_with("reverse-lines listens on tcp://127.0.0.1:"), "{err}");
}

#[test]
fn q_leaves_errors_alone() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("quiet");
    let address = format!("unix:{}", path.display());
    let server = sockeye(&["serve", "reverse-lines", "-q", "--listen", &address]);
    // Nothing is printed to wait for; the call connects as soon as the socket is there.
    let due = std::time::Instant::now() + crate::heard::DEADLINE;
    while std::os::unix::net::UnixStream::connect(&path).is_err() {
        assert!(std::time::Instant::now() < due, "nothing listens on {address}");
        std::thread::yield_now();
    }
    sockeye(&["call", "reverse-lines", "hello", "--to", &address]).finish().is(0, "Client received: olleh\n");
    server.signal(rustix::process::Signal::TERM);
    let outcome = server.finish();
    outcome.is(0, "");
    outcome.is_quiet();
}

#[test]
fn a_log_in_a_pipe_has_no_colours() {
    let err = logged(&["-vv"]);
    assert!(!err.contains('\u{1b}'), "{err:?}");
}

#[test]
fn an_error_is_a_json_line_among_json_lines() {
    let outcome = sockeye(&["call", "revers", "--log-format", "json"]).finish();
    assert_eq!(outcome.code, Some(2), "{outcome:#?}");
    let line: Value = serde_json::from_str(outcome.err.trim_end()).expect("all of it is one JSON line");
    assert_eq!(line["level"], "ERROR");
    assert_eq!(line["message"], "there is no convo named \"revers\"");
    assert!(line["hint"].as_str().is_some_and(|hint| hint.contains("did you mean")), "{line}");
}
