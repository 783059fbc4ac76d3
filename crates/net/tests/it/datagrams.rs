//! Conversations over UDP.

use std::time::Duration;

use net::End;
use tokio::net::UdpSocket;

use crate::stage::{Event, POISON, Served, address, converse, read};

const BOARD: &str = "\
framing chunk
keep notes
loop:
    on C: GET
        for note in notes:
            S: {note.text}
            C> {note.text}
        S: <<--bye-->>
    on C: POST {text}
        add text to notes
";

/// A client by hand.
struct Peer(UdpSocket);

impl Peer {
    async fn new(served: &Served) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
        socket.connect(served.socket()).await.expect("an address");
        Self(socket)
    }

    async fn say(&self, text: &str) {
        self.0.send(text.as_bytes()).await.expect("a datagram leaves");
    }

    async fn hear(&self) -> String {
        let mut bytes = [0; 2048];
        let received = tokio::time::timeout(Duration::from_secs(20), self.0.recv(&mut bytes)).await;
        let length = received.expect("an answer in time").expect("an answer");
        String::from_utf8(bytes[..length].to_vec()).expect("text")
    }
}

#[tokio::test]
async fn a_board_of_a_thousand_notes_is_read_without_loss() {
    let convo = read(BOARD);
    let served = Served::start(&convo, &["udp://:0"], &[]).await;
    let notes: Vec<String> = (0..1000).map(|n| format!("note number {n}")).collect();
    let posts: Vec<String> = notes.iter().map(|note| format!("POST {note}")).collect();
    let mut said: Vec<&str> = posts.iter().map(String::as_str).collect();
    said.push("GET");
    let (report, shown) = converse(&convo, &served.addresses[0], &said).await;
    let end = report.expect("a conversation").end;
    assert!(matches!(end, End::Done(_)), "{end}");
    assert_eq!(shown, notes);
    // The other family's listener has the same lists.
    let (_, shown) = converse(&convo, &served.addresses[1], &["GET"]).await;
    assert_eq!(shown, notes);
    served.end().await;
}

#[tokio::test]
async fn a_caller_finds_the_family_that_listens() {
    let convo = read(BOARD);
    for listen in ["udp://127.0.0.1:0", "udp://[::1]:0"] {
        let served = Served::start(&convo, &[listen], &[]).await;
        let to = address(&format!("udp://:{}", served.addresses[0].port().expect("a port")));
        let (report, shown) = converse(&convo, &to, &["POST a", "POST b", "GET"]).await;
        report.unwrap_or_else(|error| panic!("{listen}: {error}"));
        assert_eq!(shown, ["a", "b"], "{listen}");
        served.end().await;
    }
}

#[tokio::test]
async fn a_call_to_nobody_says_so_also_if_no_answer_is_waited_for() {
    let convo = read(BOARD);
    let served = Served::start(&convo, &["udp://:0"], &[]).await;
    let to = address(&format!("udp://:{}", served.addresses[0].port().expect("a port")));
    served.end().await;
    for said in ["GET", "POST a"] {
        let (report, _) = converse(&convo, &to, &[said]).await;
        let end = report.expect("datagrams need no connection").end;
        assert!(matches!(end, End::Unreachable(_)), "{said}: {end}");
        for host in ["127.0.0.1", "[::1]"] {
            let tried = format!("udp://{host}:{}", to.port().expect("a port"));
            assert!(end.to_string().contains(&tried), "{said}: {end}");
        }
    }
}

#[tokio::test]
async fn each_peer_has_its_own_session_and_the_next_datagram_opens_anew() {
    let convo = read("framing chunk\nC: {a}\nS: first {a}\nC: {b}\nS: {a} then {b}\n");
    let served = Served::start(&convo, &["udp://127.0.0.1:0"], &[]).await;
    let (one, other) = (Peer::new(&served).await, Peer::new(&served).await);
    one.say("1").await;
    other.say("x").await;
    assert_eq!((one.hear().await, other.hear().await), ("first 1".to_owned(), "first x".to_owned()));
    one.say("2").await;
    other.say("y").await;
    assert_eq!((one.hear().await, other.hear().await), ("1 then 2".to_owned(), "x then y".to_owned()));
    // Said without waiting: the third belongs to a new session.
    for word in ["3", "4", "5"] {
        one.say(word).await;
    }
    assert_eq!([one.hear().await, one.hear().await, one.hear().await], ["first 3", "3 then 4", "first 5"]);
    served.end().await;
}

#[tokio::test]
async fn a_session_that_panics_touches_no_other_peer() {
    let convo = read("framing chunk\nloop:\n    C: {a}\n    S> {a}\n    S: heard {a}\n");
    let mut served = Served::start(&convo, &["udp://127.0.0.1:0"], &[]).await;
    let (one, other) = (Peer::new(&served).await, Peer::new(&served).await);
    other.say("1").await;
    assert_eq!(other.hear().await, "heard 1");
    one.say(POISON).await;
    let why = served.told.closed().await;
    assert!(why.contains("error inside the program"), "{why}");
    other.say("2").await;
    one.say("3").await;
    assert_eq!((other.hear().await, one.hear().await), ("heard 2".to_owned(), "heard 3".to_owned()));
    served.end().await;
}

#[tokio::test]
async fn an_empty_datagram_opens_where_the_server_speaks_first() {
    let convo = read("framing chunk\nS: welcome\nC> welcome\nC: thanks\n");
    let mut served = Served::start(&convo, &["udp://127.0.0.1:0"], &[]).await;
    let peer = Peer::new(&served).await;
    peer.say("").await;
    assert_eq!(peer.hear().await, "welcome");
    peer.say("thanks").await;
    assert_eq!(served.told.closed().await, "all was said");
    let (report, shown) = converse(&convo, &served.addresses[0], &[]).await;
    assert!(matches!(report.expect("a conversation").end, End::Done(_)));
    assert_eq!(shown, ["welcome"]);
    served.end().await;
}

#[tokio::test]
async fn an_opener_that_nobody_hears_opens_no_further_session() {
    let convo = read("framing chunk\nS: it is late\n");
    let mut served = Served::start(&convo, &["udp://127.0.0.1:0"], &[]).await;
    let peer = Peer::new(&served).await;
    peer.say("what time is it?").await;
    assert_eq!(peer.hear().await, "it is late");
    served.told.closed().await;
    peer.say("").await;
    assert_eq!(peer.hear().await, "it is late");
    assert!(matches!(served.told.next().await, Event::Opened(_)));
    served.end().await;
}

#[tokio::test]
async fn a_peer_beyond_the_limit_hears_that_the_server_is_busy() {
    let convo = read("limit 1 busy \"Busy\"\nframing chunk\nloop:\n    C: {a}\n    S: {a}\n");
    let mut served = Served::start(&convo, &["udp://127.0.0.1:0"], &[]).await;
    let (one, other) = (Peer::new(&served).await, Peer::new(&served).await);
    one.say("1").await;
    assert_eq!(one.hear().await, "1");
    other.say("2").await;
    assert_eq!(other.hear().await, "Busy");
    assert!(matches!(served.told.next().await, Event::Opened(_)));
    assert!(matches!(served.told.next().await, Event::Busy(_)));
    one.say("3").await;
    assert_eq!(one.hear().await, "3");
    served.end().await;
}

#[tokio::test]
async fn a_flood_of_new_peers_displaces_only_peers_heard_once() {
    let convo = read("framing chunk\nloop:\n    C: {a}\n    S: {a}\n");
    let mut served = Served::start(&convo, &["udp://127.0.0.1:0"], &[]).await;
    let steady = Peer::new(&served).await;
    for word in ["1", "2"] {
        steady.say(word).await;
        assert_eq!(steady.hear().await, word);
    }
    let (mut opened, mut displaced) = (0, 0);
    for n in 0..5000 {
        // Another address each, so that closing the socket gives no port to two of them.
        let address = format!("127.1.{}.{}:0", n / 250, n % 250 + 1);
        let passing = UdpSocket::bind(address).await.expect("a loopback address");
        passing.send_to(b"x", served.socket()).await.expect("a datagram leaves");
        while opened < n + 2 {
            match served.told.next().await {
                Event::Opened(_) => opened += 1,
                Event::Closed(why) => {
                    assert_eq!(why, End::Displaced.to_string());
                    displaced += 1;
                }
                other => panic!("{other:?}"),
            }
        }
    }
    assert!(displaced >= 5000 - 4096, "the table is bounded: {displaced} were displaced");
    steady.say("3").await;
    assert_eq!(steady.hear().await, "3");
    served.end().await;
}

#[tokio::test]
async fn a_datagram_that_is_too_long_is_not_cut_short_for_the_caller() {
    let talk = read("framing chunk\nC: hello\ngiven S text = ask \"? \"\nS: {text}\nC> {text}\n");
    // Only IPv6 carries one of that length.
    let socket = UdpSocket::bind("[::1]:0").await.expect("a port");
    let to = address(&format!("udp://{}", socket.local_addr().expect("an address")));
    let server = async {
        let (_, peer) = socket.recv_from(&mut [0; 64]).await.expect("a datagram");
        socket.send_to(&[b'x'; 65_508], peer).await.expect("a datagram leaves");
    };
    let ((report, shown), ()) = tokio::join!(converse(&talk, &to, &[]), server);
    assert_eq!(shown, [""; 0]);
    match report.expect("a conversation").end {
        End::Broke(violation) => assert_eq!(violation.kind, convo::ViolationKind::TooLong),
        other => panic!("{other}"),
    }
}
