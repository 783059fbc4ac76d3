//! Line convos at the hands of `nc` and `socat`.

use crate::run::{Run, sockeye};
use crate::server::{Server, test_convo};
use crate::tools::find;

/// Sends `text` with nc, which then shuts its sending side, and returns all that comes back.
fn nc(convo: &str, text: &str) -> Option<String> {
    let mut nc = find("nc")?;
    let server = Server::tcp(&[convo]);
    nc.args(["-N", "127.0.0.1", &server.port().to_string()]);
    let mut nc = Run::start(nc);
    nc.tell(text);
    nc.end_input();
    let outcome = nc.finish();
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    let served = server.stop();
    assert_eq!(served.code, Some(0), "{served:#?}");
    Some(outcome.out)
}

#[test]
fn nc_gets_every_answer_after_shutting_its_sending_side() {
    let Some(heard) = nc("reverse-lines", "hello\n\nžluť\r\nlast") else { return };
    // "last" has no newline: what the stream's end cuts short is no message.
    assert_eq!(heard, "olleh\n\nťulž\n");
}

#[test]
fn nc_calculates() {
    let text = "1 + 2 =\n-7 / 2 =\n3 * 99999999999999999999 =\n1 / 0 =\n1 - -1 =\nwhat?\n";
    let Some(heard) = nc(&test_convo("calculator"), text) else { return };
    let zero = "error: division by zero";
    assert_eq!(heard, format!("3\n-4\n299999999999999999997\n{zero}\n2\nerror: x op y =\n"));
}

#[test]
fn nc_fingers_a_user() {
    let Some(heard) = nc(&test_convo("finger"), "ann\r\n") else { return };
    assert_eq!(heard, "ann: no such user\r\n");
}

#[test]
fn nc_asks_for_the_time_of_day() {
    let Some(heard) = nc(&test_convo("daytime"), "") else { return };
    let digits_as_0: String = heard.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(digits_as_0, "0000-00-00T00:00:00Z\n", "{heard}");
}

#[test]
fn nc_types_redis_commands() {
    let commands =
        "ping\r\nSET key a value\r\nget key\r\nGET nothing\r\nECHO žluť\r\nFLY\r\nQUIT\r\nPING\r\n";
    let Some(heard) = nc(&test_convo("redis-inline"), commands) else { return };
    assert_eq!(
        heard,
        "+PONG\r\n+OK\r\n$7\r\na value\r\n$-1\r\n$6\r\nžluť\r\n-ERR unknown command\r\n+OK\r\n"
    );
}

#[test]
fn socat_talks_over_a_unix_socket() {
    let Some(mut socat) = find("socat") else { return };
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("reverse").to_str().expect("the path is text").to_owned();
    let server = Server::on(&[&format!("unix:{path}")], &["reverse-lines"]);
    socat.args(["-t", "20", "-", &format!("UNIX-CONNECT:{path}")]);
    let mut socat = Run::start(socat);
    socat.tell("hello\nthere\n");
    socat.end_input();
    socat.finish().is(0, "olleh\nereht\n");
    server.stop().is(0, "");
}

#[test]
fn an_echo_by_socat_reverses_palindromes_only() {
    let Some(mut socat) = find("socat") else { return };
    socat.args(["-d", "-d", "TCP4-LISTEN:0,bind=127.0.0.1,fork", "EXEC:cat"]);
    let echo = Run::start(socat);
    let listening = echo.err.line_with("listening on ");
    let (_, port) = listening.rsplit_once(':').expect("socat names its port");
    let to = format!("127.0.0.1:{port}");
    sockeye(&["call", "reverse-lines", "level", "--to", &to]).finish().is(0, "Client received: level\n");
    let call = sockeye(&["call", "reverse-lines", "hello", "--to", &to]).finish();
    call.is(1, "");
    call.says(&["olleh", "hello"]);
}
