//! Conversations over TCP and Unix sockets, with our own client and with bare sockets.

use std::time::Duration;

use convo::Ending;
use net::{CallError, End};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::stage::{Event, POISON, Served, address, converse, read};

const REVERSE: &str = "\
framing line
loop:
    given C text = ask \"> \"
    C: {text}
    S> {text}
    S: {reverse(text)}
    C> {reverse(text)}
";

/// Sends all, closes its side, and reads to the end, as `nc -N` does.
async fn exchange(to: (&str, u16), bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(to).await.expect("a connection");
    stream.write_all(bytes).await.expect("somebody reads");
    stream.shutdown().await.expect("a half-close");
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    tokio::time::timeout(Duration::from_secs(20), read).await.expect("an end in time").expect("text");
    answer
}

#[tokio::test]
async fn serve_and_call_converse_over_every_stream() {
    let convo = read(REVERSE);
    let path = std::env::temp_dir().join(format!("net-streams-{}.sock", std::process::id()));
    let unix = format!("unix:{}", path.display());
    let served = Served::start(&convo, &["tcp://:0", &unix], &[]).await;
    assert_eq!(served.addresses.len(), 3, "IPv4, IPv6, Unix");
    for to in &served.addresses {
        let (report, shown) = converse(&convo, to, &["hello", "grüße"]).await;
        let report = report.unwrap_or_else(|error| panic!("{to}: {error}"));
        assert!(matches!(report.end, End::Done(Ending::WeLeft)), "{to}: {}", report.end);
        assert_eq!((report.sent.messages, report.received.messages), (2, 2));
        assert_eq!((report.sent.bytes, report.received.bytes), (14, 14));
        assert_eq!(shown, ["olleh", "eßürg"], "{to}");
    }
    served.end().await;
    assert!(!path.exists(), "the socket's file goes with the server");
}

#[tokio::test]
async fn localhost_reaches_a_server_on_either_family() {
    let convo = read(REVERSE);
    for listen in ["127.0.0.1:0", "[::1]:0"] {
        let served = Served::start(&convo, &[listen], &[]).await;
        let to = address(&format!(":{}", served.addresses[0].port().expect("a port")));
        let (report, shown) = converse(&convo, &to, &["ab"]).await;
        report.unwrap_or_else(|error| panic!("{listen}: {error}"));
        assert_eq!(shown, ["ba"]);
        served.end().await;
    }
}

#[tokio::test]
async fn whoever_sends_all_and_half_closes_gets_all_answers() {
    let served = Served::start(&read(REVERSE), &["127.0.0.1:0"], &[]).await;
    let lines: String = (0..20_000).map(|n| format!("line {n}\n")).collect();
    let expected: String = lines.lines().map(|line| line.chars().rev().collect::<String>() + "\n").collect();
    assert_eq!(exchange(served.socket(), lines.as_bytes()).await, expected);
    served.end().await;
}

#[tokio::test]
async fn a_session_that_panics_or_is_reset_touches_nobody_else() {
    let mut served = Served::start(&read(REVERSE), &["127.0.0.1:0"], &[]).await;
    let mut other = TcpStream::connect(served.socket()).await.expect("a connection");
    assert_eq!(exchange(served.socket(), format!("{POISON}\n").as_bytes()).await, "");
    let why = served.told.closed().await;
    assert!(why.contains("error inside the program"), "{why}");

    let reset = TcpStream::connect(served.socket()).await.expect("a connection");
    reset.set_zero_linger().expect("a reset at the end");
    drop(reset);
    assert_eq!(served.told.closed().await, "the peer left");

    other.write_all(b"still here\n").await.expect("a session");
    let mut answer = [0; 11];
    other.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(&answer, b"ereh llits\n");
    served.end().await;
}

#[tokio::test]
async fn chunks_in_a_row_come_one_a_read() {
    let served =
        Served::start(&read("framing chunk\nS: one\nS: two\nS: three\n"), &["127.0.0.1:0"], &[]).await;
    let mut stream = TcpStream::connect(served.socket()).await.expect("a connection");
    for expected in ["one", "two", "three"] {
        let mut chunk = [0; 100];
        let length = stream.read(&mut chunk).await.expect("a chunk");
        assert_eq!(&chunk[..length], expected.as_bytes());
    }
    served.end().await;
}

#[tokio::test]
async fn a_message_without_end_is_cut_off_at_the_limit() {
    let mut served = Served::start(&read(REVERSE), &["127.0.0.1:0"], &[]).await;
    let mut stream = TcpStream::connect(served.socket()).await.expect("a connection");
    // The server closes at some point: from then on writing fails.
    let _ = stream.write_all(&vec![b'x'; 10_000_000]).await;
    let why = served.told.closed().await;
    assert!(why.contains("65536") || why.contains("64 KiB"), "{why}");
    served.end().await;
}

#[tokio::test]
async fn a_client_beyond_the_limit_hears_that_the_server_is_busy() {
    let text = format!("limit 1 busy \"Come back later\"\n{REVERSE}");
    let convo = read(&text);
    let mut served = Served::start(&convo, &["tcp://:0"], &[]).await;
    let first = TcpStream::connect(served.socket()).await.expect("a connection");
    assert!(matches!(served.told.next().await, Event::Opened(_)));
    // The limit counts over all listeners, so also at the other address.
    for to in &served.addresses {
        let (report, _) = converse(&convo, to, &["x"]).await;
        let end = report.expect("a connection").end;
        assert!(matches!(&end, End::Broke(broke) if broke.kind == convo::ViolationKind::Busy), "{end}");
        assert!(matches!(served.told.next().await, Event::Busy(_)));
    }
    drop(first);
    served.told.closed().await;
    assert_eq!(exchange(served.socket(), b"abc\n").await, "cba\n");
    served.end().await;
}

#[tokio::test]
async fn encrypted_messages_cross_in_both_directions() {
    let convo = read(
        "framing chunk\nsecure rsa-oaep\n\
         given C hello = ask \"> \"\nC: {hello}\nS> {hello}\n\
         given S reply = ask \"> \"\nS: {reply}\nC> {reply}\n",
    );
    let mut served = Served::start(&convo, &["127.0.0.1:0"], &["good"]).await;
    let (report, shown) = converse(&convo, &served.addresses[0], &["grüß dich"]).await;
    let report = report.expect("a conversation");
    assert!(matches!(report.end, End::Done(_)), "{}", report.end);
    assert_eq!(shown, ["good"]);
    assert_eq!(report.sent.bytes, 450 + 256, "a key of 2048 bits and a block");
    served.told.closed().await;
    served.end().await;
}

#[tokio::test]
async fn what_is_no_key_ends_the_session_with_a_warning() {
    let convo = read("framing chunk\nsecure rsa-oaep\nC: hello\n");
    let mut served = Served::start(&convo, &["127.0.0.1:0"], &[]).await;
    assert_eq!(exchange(served.socket(), b"hello").await, "");
    let why = served.told.closed().await;
    assert!(why.contains("-----BEGIN PUBLIC KEY-----") && why.contains("hello"), "{why}");
    served.end().await;
}

#[tokio::test]
async fn a_call_to_nobody_says_so() {
    let convo = read(REVERSE);
    let served = Served::start(&convo, &["tcp://:0"], &[]).await;
    let to = served.addresses[0].clone();
    served.end().await;
    let (report, _) = converse(&convo, &to, &["x"]).await;
    let error = report.expect_err("nobody listens");
    assert!(matches!(error, CallError::Connect { .. }), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("start the server")));
}
