//! How servers end, and sessions that wait too long.

use net::{End, Stop};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::stage::{Event, Served, address, converse, read};

const ECHO: &str = "\
framing line
loop:
    given C text = ask \"> \"
    C: {text}
    S: {text}
    if text == \"bye\":
        end
    if text == \"halt\":
        stop
";

async fn connect(served: &mut Served) -> TcpStream {
    let stream = TcpStream::connect(served.socket()).await.expect("a connection");
    assert!(matches!(served.told.next().await, Event::Opened(_)));
    stream
}

async fn say(stream: &mut TcpStream, line: &str) -> String {
    stream.write_all(format!("{line}\n").as_bytes()).await.expect("a session");
    let mut answer = vec![0; line.len()];
    stream.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(stream.read_u8().await.expect("a newline"), b'\n');
    String::from_utf8(answer).expect("text")
}

#[tokio::test]
async fn a_stop_lets_others_finish_and_accepts_no_more() {
    let mut served = Served::start(&read(ECHO), &["127.0.0.1:0"], &[]).await;
    let (mut one, mut other) = (connect(&mut served).await, connect(&mut served).await);
    assert_eq!(say(&mut one, "halt").await, "halt");
    assert_eq!(served.told.closed().await, "the convo said stop");
    served.stop.asked().await;
    assert_eq!(say(&mut other, "still").await, "still");
    assert!(TcpStream::connect(served.socket()).await.is_err(), "nobody is accepted any more");
    assert_eq!(say(&mut other, "bye").await, "bye");
    assert_eq!(served.told.closed().await, "all was said");
    drop((one, other));
    served.ended().await;
}

#[tokio::test]
async fn the_last_answer_arrives_although_more_was_sent_than_is_read() {
    let served = Served::start(&read(ECHO), &["127.0.0.1:0"], &[]).await;
    for _ in 0..50 {
        let mut stream = TcpStream::connect(served.socket()).await.expect("a connection");
        let more = "and more that nobody reads\n".repeat(500);
        stream.write_all(format!("bye\n{more}").as_bytes()).await.expect("a session");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("the end, no reset");
        assert_eq!(answer, "bye\n");
    }
    served.end().await;
}

#[tokio::test]
async fn a_second_stop_cuts_what_is_under_way() {
    let mut served = Served::start(&read(ECHO), &["127.0.0.1:0"], &[]).await;
    let _waiting = connect(&mut served).await;
    let Served { mut told, .. } = {
        served.stop.ask();
        served.stop.ask();
        served
    };
    assert_eq!(told.closed().await, End::Cut.to_string());
}

#[tokio::test]
async fn a_server_told_to_stop_before_it_begins_ends() {
    let served = Served::start(&read(ECHO), &["tcp://:0", "udp://:0"], &[]).await;
    served.stop.ask();
    served.ended().await;
}

#[tokio::test]
async fn asking_a_stop_twice_is_more_than_once() {
    let stop = Stop::new();
    let clone = stop.clone();
    clone.ask();
    stop.asked().await;
}

#[tokio::test]
async fn a_client_that_is_silent_is_closed_after_idle() {
    let mut served = Served::start(&read(&format!("idle 50ms\n{ECHO}")), &["127.0.0.1:0"], &[]).await;
    let mut stream = connect(&mut served).await;
    assert_eq!(say(&mut stream, "hello").await, "hello");
    assert_eq!(stream.read(&mut [0]).await.expect("the end"), 0);
    assert_eq!(served.told.closed().await, "the peer was idle");
    served.end().await;
}

/// The clock is paused: it jumps to the next deadline as soon as nothing else happens.
#[tokio::test(start_paused = true)]
async fn a_peer_that_reads_nothing_is_dropped() {
    let convo = read("framing line\nloop:\n    C: the same again and again\n");
    let deaf = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let to = address(&deaf.local_addr().expect("an address").to_string());
    let (called, _) = converse(&convo, &to, &[]).await;
    assert_eq!(called.expect("a conversation").end.to_string(), "the peer read nothing for 60 s");
}

#[tokio::test]
async fn a_server_that_asks_its_person_takes_one_client_after_the_other() {
    let convo = read("framing line\nC: hello\ngiven S reply = ask \"> \"\nS: {reply}\nC> {reply}\n");
    let served = Served::start(&convo, &["tcp://:0"], &["one", "two"]).await;
    let to = &served.addresses[0];
    let (first, second) = tokio::join!(converse(&convo, to, &[]), converse(&convo, to, &[]));
    let mut shown = [first.1, second.1].concat();
    shown.sort();
    assert_eq!(shown, ["one", "two"]);
    served.end().await;
}
