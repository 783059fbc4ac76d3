//! Steady state costs no allocation: a binary of its own, for its allocator counts.

use std::alloc::System;
use std::time::Duration;

use convo::{Convo, Input, Link, Now, Output, Role, Session, Setup};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const NOW: Now = Now { monotonic: Duration::ZERO, unix: 0 };
const READS: usize = 500;

fn server(text: &str) -> Session {
    let convo = Convo::read("test.convo", text).convo.expect("a convo");
    let setup = Setup {
        peer: "127.0.0.1:5000".to_owned(),
        patience: Some(Duration::from_secs(10)),
        ..Setup::of(Link::Stream, NOW)
    };
    Session::new(convo.program(Role::Server).clone(), setup)
}

/// Takes one read and answers all of it; how many outputs came before the session waits.
fn turn(session: &mut Session, read: &[u8], out: &mut Vec<u8>) -> usize {
    out.clear();
    session.hear(NOW, Input::Bytes(read)).expect("bytes");
    let mut outputs = 0;
    while !matches!(session.poll(out), Output::Wait(_)) {
        outputs += 1;
    }
    outputs
}

fn allocates_nothing(text: &str, read: &[u8], answer: &[u8]) {
    let mut session = server(text);
    let mut out = Vec::new();
    for _ in 0..READS {
        turn(&mut session, read, &mut out);
    }
    assert_eq!(String::from_utf8_lossy(&out), String::from_utf8_lossy(answer));
    let region = Region::new(ALLOCATOR);
    let mut outputs = 0;
    for _ in 0..READS {
        outputs += turn(&mut session, read, &mut out);
    }
    let change = region.change();
    assert_eq!((change.allocations, change.reallocations), (0, 0), "{text}\n{change:?}");
    assert_eq!(outputs, 0, "all messages of one read are answered before one write");
}

#[test]
fn messages_in_steady_state_allocate_nothing() {
    let reverse = "framing line\nloop:\n    given C text = ask \"\"\n    C: {text}\n    S: {reverse(text)}\n";
    allocates_nothing(reverse, b"hello\nworld, again\n\n", b"olleh\nniaga ,dlrow\n\n");
    allocates_nothing(reverse, "ñandú 🐟\n".as_bytes(), "🐟 údnañ\n".as_bytes());
    let sum = "framing line crlf\nloop:\n    on C: add {a: int} {b: int}\n        S: {a + b}\n    on C: hi {name: word}\n        S: hello {name}, {len(name)}\n";
    allocates_nothing(sum, b"add 1 2\r\nhi Ann\nadd -5 5\n", b"3\r\nhello Ann, 3\r\n0\r\n");
    let lengths = "framing length u16\nloop:\n    given C data: bytes = \"\"\n    C: {data}\n    S: {data}\n";
    allocates_nothing(lengths, b"\0\x03abc\0\x01x", b"\0\x03abc\0\x01x");
}
