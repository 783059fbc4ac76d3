//! The board at its largest: a thousand notes, none lost.

use std::fmt::Write;

use crate::run::sockeye;
use crate::server::{Server, project};
use crate::wire::Datagrams;

/// The board with one more command, which tells a test that its posts have arrived.
fn countable_board(folder: &tempfile::TempDir) -> String {
    let shipped = std::fs::read_to_string(project("convos/board.convo")).expect("it ships");
    let path = folder.path().join("board.convo");
    let counting = "    on C: COUNT\n        S: {len(notes)}\n";
    std::fs::write(&path, format!("{}{counting}", shipped.trim_end().to_owned() + "\n"))
        .expect("it can be written");
    path.to_str().expect("the path is text").to_owned()
}

#[test]
fn a_get_of_a_thousand_notes_loses_none() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let server = Server::udp(&[&countable_board(&folder)]);
    let poster = Datagrams::to(server.socket());
    let mut expected = String::new();
    for n in 1..=1000 {
        let note = format!("note {n} {}", "x".repeat(n % 500));
        poster.say(&format!("POST {note}"));
        writeln!(expected, "{note}").expect("text takes text");
        if n % 50 == 0 {
            // Datagrams on loopback keep their order, and a buffer of 50 never overflows.
            poster.say("COUNT");
            assert_eq!(poster.hear(), n.to_string());
        }
    }
    expected.push_str("<<--bye-->>\n");
    for _ in 0..3 {
        let call = sockeye(&["call", "board", "GET", "--to", server.to()]).finish();
        assert_eq!(call.code, Some(0), "{}", call.err);
        assert_eq!(call.out.lines().count(), 1001);
        assert_eq!(call.out, expected);
    }
}

#[test]
fn notes_are_shared_by_all_sessions_of_a_server() {
    let server = Server::udp(&["board-from"]);
    let peers = [(); 3].map(|()| Datagrams::to(server.socket()));
    for (n, peer) in peers.iter().enumerate() {
        peer.say(&format!("POST note {n}"));
        // Asking orders this peer's post before the next peer's.
        peer.say("GET");
        while peer.hear() != "<<--bye-->>" {}
    }
    peers[0].say("GET");
    for (n, peer) in peers.iter().enumerate() {
        assert_eq!(peers[0].hear(), format!("{} note {n}", peer.address()));
    }
    assert_eq!(peers[0].hear(), "<<--bye-->>");
}
