//! When a session asks to be written, read and polled again.

use super::*;
use crate::{Convo, Role};

const NOW: Now = Now { monotonic: Duration::ZERO, unix: 0 };

fn session(text: &str, role: Role) -> Session {
    session_over(Link::Stream, text, role, false)
}

fn session_over(link: Link, text: &str, role: Role, trace: bool) -> Session {
    let convo = Convo::read("test.convo", text).convo.expect("a convo");
    let setup = Setup { seed: 1, trace, ..Setup::of(link, NOW) };
    Session::new(Arc::clone(convo.program(role)), setup)
}

#[test]
fn all_messages_of_one_read_are_answered_by_one_write() {
    let mut server = session("loop:\n    C: {text}\n    S: {reverse(text)}\n", Role::Server);
    let mut out = Vec::new();
    server.hear(NOW, Input::Bytes(&b"ab\n".repeat(1000))).expect("bytes");
    assert!(matches!(server.poll(&mut out), Output::Wait(None)));
    assert_eq!(out, b"ba\n".repeat(1000));
    assert_eq!(server.messages(), (1000, 1000));
}

#[test]
fn an_odd_line_among_others_is_what_it_would_be_alone() {
    let convo = "loop:\n    C: {text}\n    S: {reverse(text)}\n";
    // No text; and what would end its line early if it were said backwards.
    for (odd, why) in [(&b"\xff\n"[..], "text"), (b"\rx\n", "newline")] {
        let mut server = session(convo, Role::Server);
        let (mut out, lines) = (Vec::new(), b"ab\n".repeat(3));
        server.hear(NOW, Input::Bytes(&[&lines, odd, &lines].concat())).expect("bytes");
        let Output::Broke(violation) = server.poll(&mut out) else { panic!("it breaks off") };
        let said = violation.to_string();
        assert!(said.contains(why), "{said}");
        assert_eq!(out, b"ba\n".repeat(3));
    }
}

#[test]
fn a_line_that_comes_in_pieces_is_answered_with_those_around_it() {
    let convo = "loop:\n    C: {text}\n    S: {reverse(text)}\n";
    let text = "first\nžluť\r\n\nsecond line, longer than the others\nlast\n";
    let whole: String = text.lines().map(|line| line.chars().rev().collect::<String>() + "\n").collect();
    for at in 0..=text.len() {
        let mut server = session(convo, Role::Server);
        let mut out = Vec::new();
        for part in [&text.as_bytes()[..at], &text.as_bytes()[at..]] {
            server.hear(NOW, Input::Bytes(part)).expect("bytes");
            assert!(matches!(server.poll(&mut out), Output::Wait(None)));
        }
        assert_eq!(String::from_utf8_lossy(&out), whole, "cut at {at}");
        assert_eq!(server.messages(), (5, 5));
    }
}

#[test]
fn datagrams_are_answered_alike_watched_or_not() {
    let odd: [&[u8]; 6] = [b"", "žluť\n".as_bytes(), b"a\nb", b"\r\n", &[b'x'; 70_000], b"\xff\n"];
    for framing in ["chunk", "line"] {
        let convo = format!("framing {framing}\nloop:\n    C: {{text}}\n    S: {{reverse(text)}}\n");
        for odd in odd {
            let [plain, watched] = [false, true].map(|trace| {
                let mut server = session_over(Link::Datagram, &convo, Role::Server, trace);
                let answers = [b"ab\n", odd, b"cd\n"].map(|datagram| answer(&mut server, datagram));
                (answers, server.messages())
            });
            assert_eq!(plain.0[0].as_ref().map(Vec::len), Ok(3));
            assert_eq!(plain, watched, "{framing}");
        }
    }
}

#[test]
fn streams_are_answered_alike_watched_or_not() {
    let texts = "    C: {t}\n    S: {reverse(t)}\n";
    let same = "    C: {t}\n    S: {t}\n    S> heard\n    C: {t}\n    S: {t}\n";
    let ints = "    C: {n: int}\n    S: {n + 1}, {random(1..6)}\n";
    let rows = "    on C: a {a: word}\n        S: {a}{a}\n    on C: b {b: int} {c: int}\n        S: {b * c}\n    \
                on C: quit\n        S: bye\n        break\n    on C leaves:\n        S> gone\n";
    let json = "    C: {\"n\": n: int, \"t\"?: t: text}\n    S: {\"n\": n + 1}\n";
    let lines: &[&[u8]] = &[
        b"ab\n\ncd\r\n\rx\n",
        b"12\n -7 \n99999999999999999999999\n9223372036854775807\nx\n",
        b"a x\nb 2 3\n\xff\n",
        "a ž\nžluť\nb -2 3\nquit\na x\n".as_bytes(),
        &[b'z'; 300],
    ];
    let objects: &[&[u8]] = &[b" {\"n\": 1}\n{\"n\": 2, \"t\": \"x\"} [1]", b"{\"n\": \"1\"}"];
    let sized: &[&[u8]] = &[b"\0\x021\n\0\x01\r\0\x03abc", b"\0\x02-1\0\0\0\x05xxxxx\0\x01\xff"];
    let cases = [texts, same, ints, rows].into_iter().flat_map(|text| {
        ["line", "line crlf", "length u16"].map(|framing| {
            let inputs = if framing == "length u16" { sized } else { lines };
            (format!("framing {framing}\nloop:\n{text}"), inputs)
        })
    });
    let json = (format!("framing json\nloop:\n{json}"), objects);
    for (convo, inputs) in cases.chain([json]) {
        for input in inputs {
            for at in 0..=input.len() {
                let parts = [&input[..at], &input[at..]];
                let [plain, watched] = [false, true].map(|trace| said(&convo, trace, &parts));
                assert_eq!(plain, watched, "{convo}{:?}", String::from_utf8_lossy(input));
            }
        }
    }
}

#[test]
fn sums_and_comparisons_go_beyond_a_machine_word() {
    let convo =
        "loop:\n    C: {a: int} {b: int}\n    S: {a + b} {a - b} {a * b}\n    if a > b:\n        S: more\n";
    let numbers = b"9223372036854775807 1\n1 9223372036854775808\n-9223372036854775808 9\n";
    let (out, end, _) = said(convo, false, &[numbers]);
    let answers = [
        "9223372036854775808 9223372036854775806 9223372036854775807\nmore\n",
        "9223372036854775809 -9223372036854775807 9223372036854775808\n",
        "-9223372036854775799 -9223372036854775817 -83010348331692982272\n",
    ];
    assert_eq!((String::from_utf8_lossy(&out), &*end), (answers.concat().into(), "Close(PeerLeft)"));
}

/// What a server says to what comes in parts, and how it ends when its peer leaves.
fn said(convo: &str, trace: bool, parts: &[&[u8]]) -> (Vec<u8>, String, (u64, u64)) {
    let mut server = session_over(Link::Stream, convo, Role::Server, trace);
    let (mut out, mut end) = (Vec::new(), String::new());
    let inputs = parts.iter().map(|part| Input::Bytes(part)).chain([Input::End]);
    for input in inputs {
        server.hear(NOW, input).expect("bytes");
        while end.is_empty() {
            match server.poll(&mut out) {
                Output::Wait(None) => break,
                Output::Message { .. } | Output::Show(_) | Output::Send { .. } => {}
                last => end = format!("{last:?}"),
            }
        }
    }
    (out, end, server.messages())
}

/// What a server says to one datagram, or why it breaks off.
fn answer(server: &mut Session, datagram: &[u8]) -> Result<Vec<u8>, String> {
    let (mut out, mut said) = (Vec::new(), Vec::new());
    server.hear(NOW, Input::Datagram(datagram)).expect("a datagram");
    loop {
        match server.poll(&mut out) {
            Output::Send { .. } => said.append(&mut out),
            Output::Message { .. } => {}
            Output::Wait(_) => return Ok(said),
            Output::Broke(violation) => return Err(violation.to_string()),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_long_answer_is_written_before_it_is_all_there() {
    let mut server = session("loop:\n    S: 0123456789\n", Role::Server);
    let mut out = Vec::new();
    for _ in 0..3 {
        assert!(matches!(server.poll(&mut out), Output::Send { apart: false }));
        assert!(out.len() > OUT_BYTES_MAX && out.len() < OUT_BYTES_MAX + 20);
        out.clear();
    }
    server.hear(NOW, Input::Reset).expect("a reset");
    assert!(matches!(server.poll(&mut out), Output::Close(Ending::PeerLeft)));
}

#[test]
fn a_long_computation_lets_others_have_their_turn() {
    let mut server =
        session("C: go\nlet n = 0\nfor i in 1..1000000:\n    let n = n + i\nS: {n}\n", Role::Server);
    let mut out = Vec::new();
    server.hear(NOW, Input::Bytes(b"go\n")).expect("bytes");
    let mut turns = 0;
    while matches!(server.poll(&mut out), Output::Wait(Some(_))) {
        turns += 1;
    }
    assert!(turns > 5);
    assert_eq!(out, b"500000500000\n");
}

#[test]
fn a_session_listens_only_while_it_waits_for_its_peer() {
    let mut client = session("given C a = ask \"\"\nC: {a}\nS: {a}\n", Role::Client);
    let mut out = Vec::new();
    assert!(matches!(client.poll(&mut out), Output::Ask(_)) && !client.listens());
    client.hear(NOW, Input::Answer("x")).expect("an answer");
    assert!(matches!(client.poll(&mut out), Output::Connect));
    assert!(matches!(client.poll(&mut out), Output::Wait(None)) && client.listens());
    client.hear(NOW, Input::Bytes(b"x\n")).expect("bytes");
    assert!(
        matches!(client.poll(&mut out), Output::Wait(Some(_))) && client.listens(),
        "for the server's close"
    );
    client.hear(NOW, Input::End).expect("the end");
    for _ in 0..2 {
        assert!(matches!(client.poll(&mut out), Output::Close(Ending::Done)) && !client.listens());
    }
    client.hear(NOW, Input::Bytes(b"more")).expect("nothing changes any more");
    assert!(matches!(client.poll(&mut out), Output::Close(Ending::Done)));
}

#[test]
fn a_server_that_hears_first_listens_before_it_is_polled() {
    let text = "framing line crlf\nC: {n: int}\nS: {n + 1}\n";
    let mut out = Vec::new();
    let mut server = session(text, Role::Server);
    assert!(server.listens());
    server.hear(NOW, Input::Bytes(b"41\r\n")).expect("bytes");
    assert!(matches!(server.poll(&mut out), Output::Close(Ending::Done)));
    assert_eq!(out, b"42\r\n");
    // What is told before it is polled, and after, comes to the same.
    for input in [|| Input::Reset, || Input::End, || Input::Bytes(b"odd\r\n")] {
        let (mut early, mut late) = (session(text, Role::Server), session(text, Role::Server));
        assert!(matches!(late.poll(&mut out), Output::Wait(None)));
        early.hear(NOW, input()).expect("an input");
        late.hear(NOW, input()).expect("an input");
        assert_eq!(format!("{:?}", early.poll(&mut out)), format!("{:?}", late.poll(&mut out)));
    }
    assert!(!session("S: hello\n", Role::Server).listens());
    assert!(!session(text, Role::Client).listens());
}
