//! A server killed again and again at any moment: no acknowledged note is lost, none is there twice.

use std::collections::HashMap;
use std::path::Path;
use std::sync::mpsc;
use std::thread;

use rustix::process::Signal;

use crate::run::sockeye;
use crate::store::{Poster, serve};

const KILLS: usize = 200;
/// Clients that post at once, so that notes share transactions.
const CLIENTS: usize = 4;
/// A server is killed when this many notes of its are acknowledged, at most.
const NOTES_MAX: usize = 40;

/// Serves, posts, kills after `notes` acknowledged notes; gives all that were acknowledged.
fn post_and_kill(store: &Path, round: usize, notes: usize) -> Vec<(u64, String)> {
    let server = serve("board-tcp", store);
    let (acknowledged, told) = mpsc::channel();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (mut poster, acknowledged) = (Poster::call(server.socket()), acknowledged.clone());
            thread::spawn(move || {
                // Until the server is gone.
                for n in 0.. {
                    let note = format!("{round} {client} {n}");
                    let Some(number) = poster.post(&note) else { break };
                    acknowledged.send((number, note)).expect("the test waits for all clients");
                }
            })
        })
        .collect();
    drop(acknowledged);
    let mut kept: Vec<_> = told.iter().take(notes).collect();
    server.run.signal(Signal::KILL);
    // What was acknowledged on the way to the kill counts, too.
    kept.extend(told.iter());
    for client in clients {
        client.join().expect("a client panicked");
    }
    kept
}

#[test]
fn no_acknowledged_note_is_lost_or_doubled_by_two_hundred_kills() {
    let seed = fastrand::u64(..);
    let mut chance = fastrand::Rng::with_seed(seed);
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let store = folder.path().join("board.sqlite");
    let mut acknowledged = HashMap::new();
    for round in 0..KILLS {
        if round % 10 == 0 {
            // This one is killed while it opens what the last one left, or makes the file.
            let address = ["--listen", "tcp://127.0.0.1:0"];
            let path = store.to_str().expect("the path is text");
            let opening = sockeye(&[&["serve", "board-tcp", "--store", path][..], &address].concat());
            if chance.bool() {
                opening.err.line_with("lists are kept in");
            }
            opening.signal(Signal::KILL);
            drop(opening);
            continue;
        }
        acknowledged.extend(post_and_kill(&store, round, chance.usize(..NOTES_MAX)));
    }
    let server = serve("board-tcp", &store);
    let notes = Poster::call(server.socket()).get("GET");
    assert!(notes.is_sorted_by(|(a, _), (b, _)| a < b), "no number is given twice (seed {seed})");
    let mut texts: Vec<&str> = notes.iter().map(|(_, text)| text.as_str()).collect();
    texts.sort_unstable();
    assert!(texts.is_sorted_by(|a, b| a < b), "no note is there twice (seed {seed})");
    let kept: HashMap<u64, String> = notes.iter().cloned().collect();
    for (number, note) in &acknowledged {
        assert_eq!(kept.get(number), Some(note), "an acknowledged note is lost (seed {seed})");
    }
    assert!(acknowledged.len() > KILLS, "too little was posted to tell");
    server.stop().is(0, "");
}
