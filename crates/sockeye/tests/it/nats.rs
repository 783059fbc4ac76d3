//! Several servers that share lists and rooms on NATS, while they and its servers are killed and come back.

use std::net::Shutdown;
use std::time::Instant;

use tempfile::TempDir;

use self::crowd::{Crowd, HALL, Person};
use self::node::{Nats, free_port};
use crate::run::sockeye;
use crate::server::Server;
use crate::tools::find;
use crate::wire::Peer;

mod credentials;
mod crowd;
mod node;

fn serve(convo: &str, store: &str) -> Server {
    Server::tcp(&[convo, "--store", store])
}

#[test]
fn posts_through_one_server_are_read_through_another() {
    let Some(nats) = Nats::start(1) else { return };
    let servers = [(); 3].map(|()| serve("board-tcp", &nats.store()));
    let mut peers: Vec<_> = servers.iter().map(|server| Peer::call(server.socket())).collect();
    let mut board = String::new();
    for n in 1..=150 {
        let peer = &mut peers[n % 3];
        peer.say(format!("POST note {n}\n"));
        peer.hear(&format!("OK {n}\n"));
        board.push_str(&format!("{n} note {n}\n"));
    }
    board.push_str(".\n");
    for peer in &mut peers {
        peer.say("GET\n");
        peer.hear(&board);
    }
}

#[test]
fn a_key_is_one_item_for_all_servers() {
    let Some(nats) = Nats::start(1) else { return };
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let convo = written(
        &folder,
        "store",
        "keep store\n\nloop:\n    on C: PUT {key: word} {text}\n        add text to store at key\n        S: OK\n    \
         on C: GET {key: word}\n        if key in store:\n            S: is {store[key]}\n        else:\n            S: none\n    \
         on C: COUNT\n        S: {len(store)}\n",
    );
    let servers = [(); 2].map(|()| serve(&convo, &nats.store()));
    let [mut one, mut other] = servers.each_ref().map(|server| Peer::call(server.socket()));
    for (key, text) in [("a", "first"), ("a.b>*", "second"), ("2", "third"), ("a", "fourth")] {
        one.say(format!("PUT {key} {text}\n"));
        one.hear("OK\n");
        other.say(format!("GET {key}\n"));
        other.hear(&format!("is {text}\n"));
    }
    other.say("GET b\nCOUNT\n");
    other.hear("none\n3\n");
}

#[test]
fn without_nats_what_cannot_be_kept_is_refused_and_sessions_stay() {
    let Some(mut nats) = Nats::start(1) else { return };
    let server = serve("board-tcp", &nats.store());
    let [mut poster, mut other] = [(); 2].map(|()| Peer::call(server.socket()));
    poster.say("POST before\n");
    poster.hear("OK 1\n");
    nats.kill(0);
    server.run.err.line_with("is lost");
    poster.say("POST meanwhile\n");
    poster.hear("ERR may not be kept\n");
    server.run.err.line_with("no connection to NATS");
    nats.run(0);
    server.run.err.line_with("is back");
    for (number, peer) in (2..).zip([&mut poster, &mut other]) {
        peer.say("POST after\n");
        peer.hear(&format!("OK {number}\n"));
    }
    other.say("GET\n");
    other.hear("1 before\n2 after\n3 after\n.\n");
}

#[test]
fn lists_begin_anew_where_nats_lost_its_storage() {
    let Some(mut nats) = Nats::start(1) else { return };
    let server = serve("board-tcp", &nats.store());
    let mut peer = Peer::call(server.socket());
    peer.say("POST before\n");
    peer.hear("OK 1\n");
    nats.kill(0);
    server.run.err.line_with("is lost");
    nats.forgets();
    nats.run(0);
    server.run.err.line_with("is back");
    peer.say("POST after\nGET\n");
    peer.hear("OK 1\n1 after\n.\n");
}

#[test]
fn what_is_told_after_nats_lost_its_storage_is_heard_by_all() {
    let Some(mut nats) = Nats::start(1) else { return };
    let servers = [(); 2].map(|()| serve("lobby", &nats.store()));
    let [mut ann, mut bob] = servers.each_ref().map(|server| Peer::call(server.socket()));
    ann.say("ann\n");
    ann.hear("Welcome, ann. /q leaves.\n");
    bob.say("bob\n");
    bob.hear("Welcome, bob. /q leaves.\n* ann is here\n");
    ann.hear("* bob is here\n");
    // More than is told afterwards: the numbers do not say that they are new.
    for n in 1..=10 {
        ann.say(format!("before {n}\n"));
        bob.hear(&format!("<ann> before {n}\n"));
    }
    nats.kill(0);
    servers.iter().for_each(|server| drop(server.run.err.line_with("is lost")));
    nats.forgets();
    nats.run(0);
    servers.iter().for_each(|server| drop(server.run.err.line_with("is back")));
    ann.say("one\ntwo\nthree\n");
    bob.hear("<ann> one\n<ann> two\n<ann> three\n");
    bob.say("four\n");
    ann.hear("<bob> four\n");
    servers
        .iter()
        .for_each(|server| drop(server.run.err.line_with("NATS lost what was told in the rooms of lobby")));
}

#[test]
fn more_copies_than_nats_can_make_are_refused_at_once() {
    let Some(nats) = Nats::start(1) else { return };
    let server = serve("board-tcp", &nats.store().replace("replicas=1", "replicas=3"));
    let mut peer = Peer::call(server.socket());
    peer.say("POST hello\n");
    peer.hear("ERR may not be kept\n");
    server
        .run
        .err
        .line_with("NATS refuses it: the stream sockeye_list_notes for sockeye.lists.notes.>: replicas > 1");
}

/// A server on this place keeps a note.
fn takes(place: &str, number: u64) {
    let server = serve("board-tcp", place);
    let mut peer = Peer::call(server.socket());
    peer.say("POST hello\n");
    peer.hear(&format!("OK {number}\n"));
}

/// NATS does not let us in there, which is said.
fn refuses(place: &str, why: &str) {
    let outcome = sockeye(&["serve", "board-tcp", "--listen", ":0", "--store", place]).finish();
    assert_eq!(outcome.code, Some(3), "{place}: {outcome:#?}");
    outcome.says(&["cannot use NATS", why, "hint: "]);
}

#[test]
fn a_user_or_a_token_is_shown_to_nats() {
    let Some(nats) = Nats::start_with(1, &["--user", "ann", "--pass", "p@ss:word"]) else { return };
    let place = |login: &str, nats: &Nats| format!("nats://{login}{}", nats.address());
    takes(&place("ann:p%40ss%3Aword@", &nats), 1);
    refuses(&place("ann:password@", &nats), "authorization violation");
    refuses(&place("", &nats), "authorization violation");
    let nats = Nats::start_with(1, &["--auth", "to/ken"]).expect("it was there before");
    takes(&place("to%2Fken@", &nats), 1);
    refuses(&place("token@", &nats), "authorization violation");
}

#[test]
fn both_sides_of_tls_show_who_they_are() {
    let Some(mut openssl) = find("openssl") else { return };
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = |name: &str| folder.path().join(name).to_str().expect("the path is text").to_owned();
    let [certificate, key] = ["own.pem", "own.key"].map(file);
    // Its own authority: for this server, for its client, and for nobody else.
    let ask = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=own \
               -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE";
    openssl.args(ask.split(' ')).args(["-out", &certificate, "-keyout", &key]);
    assert!(openssl.output().is_ok_and(|made| made.status.success()), "openssl makes a certificate");
    let tls = ["--tlsverify", "--tlscert", &certificate, "--tlskey", &key, "--tlscacert", &certificate];
    let Some(nats) = Nats::start_with(1, &tls) else { return };
    let place = |options: &str| format!("nats://{}?{options}", nats.address());
    takes(&place(&format!("ca={certificate}&cert={certificate}&key={key}")), 1);
    refuses(&place(&format!("ca={certificate}")), "alert");
    refuses(&place("tls=yes"), "invalid peer certificate");
    refuses(&place(&format!("ca={}", file("none.pem"))), "No such file");
}

#[test]
fn a_store_that_is_not_there_is_a_network_error() {
    let store = format!("nats://127.0.0.1:{}", free_port().1);
    let outcome = sockeye(&["serve", "board-tcp", "--listen", ":0", "--store", &store]).finish();
    assert_eq!(outcome.code, Some(3), "{outcome:#?}");
    outcome.says(&["cannot use NATS", &store, "hint: ", "nats-server -js"]);
    let outcome =
        sockeye(&["serve", "board-tcp", "--listen", ":0", "--store", "nats://a?replica=3"]).finish();
    assert_eq!(outcome.code, Some(2), "{outcome:#?}");
    outcome.says(&["\"replica\"", "replicas"]);
}

#[test]
fn a_nats_server_without_jetstream_is_said_at_once() {
    let Some((_nats, store)) = Nats::without_jetstream() else { return };
    let begun = Instant::now();
    let outcome = sockeye(&["serve", "board-tcp", "--listen", ":0", "--store", &store]).finish();
    let took = begun.elapsed();
    assert_eq!(outcome.code, Some(3), "{outcome:#?}");
    outcome.says(&["cannot use NATS", &store, "runs without JetStream", "hint: ", "nats-server -js"]);
    // It is tried for 2 s; more is the machine's.
    assert!(took.as_secs() < 8, "{took:?}");
}

#[test]
fn rooms_hold_so_much_of_nats_s_disk_and_no_more() {
    let Some(nats) = Nats::start(1) else { return };
    let server = serve("lobby", &nats.store());
    let mut peer = Peer::call(server.socket());
    peer.say("ann\n/join another\n");
    peer.hear("Welcome, ann. /q leaves.\n");
    peer.say("/who\n");
    peer.hear("ann\n");
    let shown = nats.ask(0, "/jsz?streams=1&config=1");
    let (_, rooms) = shown.split_once("\"sockeye_rooms_lobby_20\"").expect(&shown);
    let bytes = rooms.split("\"max_bytes\": ").nth(1).and_then(|rest| rest.split(',').next());
    assert_eq!(bytes, Some("67108864"), "{shown}");
}

#[test]
fn members_are_those_of_all_servers() {
    let Some(nats) = Nats::start(1) else { return };
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let convo = written(&folder, "hall", HALL);
    let servers = [(); 2].map(|()| serve(&convo, &nats.store()));
    let mut ann = Person::enter("ann", servers[0].socket());
    ann.finds(&["ann"]);
    let mut bob = Person::enter("bob", servers[1].socket());
    let order = bob.finds(&["ann", "bob"]);
    assert_eq!(ann.finds(&["ann", "bob"]), order, "all see them in one order");
    ann.stream.shutdown(Shutdown::Both).expect("it is connected");
    bob.finds(&["bob"]);
}

/// Of two servers that make a stream at one moment, a cluster lets both: the second's description stays.
#[test]
fn a_stream_that_is_described_otherwise_is_not_heard_again() {
    let Some(mut nats) = Nats::start(1) else { return };
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let server = serve(&written(&folder, "hall", HALL), &nats.store());
    let [mut ann, bob] = ["ann", "bob"].map(|name| Person::enter(name, server.socket()));
    ann.tell();
    bob.hears_all(&["ann: 1".to_owned()]);
    nats.reconfigure("sockeye_rooms_hall_5000", |config| {
        let described = config["description"].as_str().expect("it is described").to_owned();
        config["description"] = format!("{described}0").into();
    });
    nats.kill(0);
    server.run.err.line_with("is lost");
    nats.run(0);
    server.run.err.line_with("is back");
    ann.tell();
    bob.hears_all(&["ann: 2".to_owned()]);
    bob.heard_these(&bob.heard.text().lines().collect::<Vec<_>>(), &["ann: 1", "ann: 2"]);
}

#[test]
fn a_room_of_three_servers_on_one_nats_server_loses_nothing() {
    let Some(nats) = Nats::start(1) else { return };
    Crowd::gather(nats, 100).lives_through_kills();
}

#[test]
fn a_room_of_three_servers_on_a_cluster_loses_nothing() {
    let Some(nats) = Nats::start(3) else { return };
    Crowd::gather(nats, 100).lives_through_kills();
}

/// A convo for one test, in a file.
fn written(folder: &TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(format!("{name}.convo"));
    std::fs::write(&path, text).expect("it can be written");
    path.to_str().expect("the path is text").to_owned()
}
