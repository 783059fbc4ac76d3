//! A session that waits is small: a binary of its own, for its allocator counts.

use std::alloc::System;
use std::time::Duration;

use convo::{Convo, Input, Link, Now, Output, Role, Session, Setup};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const NOW: Now = Now { monotonic: Duration::ZERO, unix: 0 };
/// Of [`Session`] itself.
const SESSION_BYTES_MAX: usize = 328;
/// The peer's address and the place of one name.
const HEAP_BYTES_MAX: usize = 15 + 24;
const HEAP_BLOCKS_MAX: usize = 2;

#[test]
fn a_session_that_waits_owns_no_buffer() {
    assert!(size_of::<Session>() <= SESSION_BYTES_MAX, "{}", size_of::<Session>());
    let text = include_str!("../../../convos/reverse-lines.convo");
    let convo = Convo::read("reverse-lines.convo", text).convo.expect("a convo");
    // The thread's own buffers grow with the first session.
    for heard in [&b"first\n"[..], &[&[b'a'; 63][..], b"\n"].concat(), &b"ab\n".repeat(1000)] {
        let mut out = Vec::with_capacity(heard.len());
        drop(idle(&convo, heard, &mut out));
        out.clear();
        let region = Region::new(ALLOCATOR);
        let session = idle(&convo, heard, &mut out);
        let change = region.change();
        assert!(session.messages().0 > 0);
        let bytes = change.bytes_allocated - change.bytes_deallocated;
        let blocks = change.allocations - change.deallocations;
        assert!(bytes <= HEAP_BYTES_MAX && blocks <= HEAP_BLOCKS_MAX, "{bytes} bytes in {blocks} blocks");
    }
}

/// A server that has answered what it heard and waits for more.
fn idle(convo: &Convo, heard: &[u8], out: &mut Vec<u8>) -> Session {
    let setup = Setup {
        peer: "127.0.0.1:50000".to_owned(),
        patience: Some(Duration::from_secs(10)),
        ..Setup::of(Link::Stream, NOW)
    };
    let mut session = Session::new(convo.program(Role::Server).clone(), setup);
    assert!(matches!(session.poll(out), Output::Wait(Some(_))));
    session.hear(NOW, Input::Bytes(heard)).expect("bytes");
    assert!(matches!(session.poll(out), Output::Wait(Some(_))));
    session
}
