//! Standard clients of well-known protocols against convos of those protocols.

use crate::run::{Outcome, Run};
use crate::server::{Server, test_convo};
use crate::tools::{find, program, python};

/// Serves a convo of the tests' and lets a Python program that uses a standard client talk to it.
fn served(convo: &str, client: &str) -> Option<String> {
    let mut python = python()?;
    let server = Server::tcp(&[&test_convo(convo)]);
    python.args([&program(client), "127.0.0.1", &server.port().to_string()]);
    let outcome = Run::start(python).finish();
    assert_eq!(outcome.code, Some(0), "{outcome:#?}\nthe server said\n{}", server.run.err.text());
    Some(outcome.out)
}

#[test]
fn smtplib_delivers_mail() {
    let Some(heard) = served("smtp", "smtp_client") else { return };
    assert_eq!(
        heard,
        "refused: {}\nrefused: {}\nrcpt before mail: (503, b'MAIL first')\n\
         verify: (502, b'not known here')\nnoop: (250, b'ok')\n"
    );
}

#[test]
fn poplib_fetches_mail() {
    let Some(heard) = served("pop3", "pop3_client") else { return };
    let expected = [
        "b'+OK sockeye'",
        "b'+OK'",
        "refused: b'-ERR wrong'",
        "b'+OK welcome'",
        "(2, 39)",
        "(b'+OK', [b'1 19', b'2 20'], 12)",
        "(b'+OK', [b'Subject: two', b'', b'second'], 24)",
        "refused: b'-ERR no such message'",
        "b'+OK bye'",
        "",
    ];
    assert_eq!(heard, expected.join("\n"));
}

#[test]
fn a_memcached_client_stores_and_fetches() {
    let Some(heard) = served("memcached", "memcached_client") else { return };
    let expected = [
        r"END",
        r"b'STORED\r\n'",
        r"b'VALUE' b'greeting' b'7' b'hello world\r\n'",
        r"END",
        r"b'STORED\r\n'",
        r"b'STORED\r\n'",
        r"b'VALUE' b'greeting' b'0' b'two\r\nlines\r\n\r\n'",
        r"END",
        r"b'VALUE' b'empty' b'1' b'\r\n'",
        r"END",
        r"b'ERROR\r\n'",
        r"b''",
        "",
    ];
    assert_eq!(heard, expected.join("\n"));
}

#[test]
fn redis_cli_sets_and_gets() {
    let server = Server::tcp(&[&test_convo("redis-resp")]);
    for (command, expected) in [
        (&["PING"] as &[&str], "PONG\n"),
        (&["SET", "greeting", "hello\r\nworld"], "OK\n"),
        (&["set", "é", ""], "OK\n"),
        (&["GET", "greeting"], "hello\r\nworld\n"),
        (&["get", "é"], "\n"),
        (&["GET", "nothing"], "\n"),
        (&["ECHO", "a b"], "a b\n"),
        (&["TYPE", "greeting"], "ERR unknown command\n\n"),
    ] {
        let Some(mut client) = find("redis-cli") else { return };
        client.args(["-h", "127.0.0.1", "-p", &server.port().to_string()]).args(command);
        let Outcome { code, out, err, .. } = Run::start(client).finish();
        assert_eq!((code, out.as_str(), err.as_str()), (Some(0), expected, ""), "{command:?}");
    }
}
