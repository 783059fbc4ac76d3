//! Several servers that share lists and rooms on NATS, while they and its servers are killed and come back.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::time::Instant;

use serde_json::Value;
use tempfile::TempDir;

use crate::heard::{DEADLINE, Heard};
use crate::run::{Run, sockeye};
use crate::server::Server;
use crate::tools::find;
use crate::wire::Peer;

/// One or several `nats-server -js`, whose ports and folders stay the same over a restart.
pub(crate) struct Nats {
    folder: TempDir,
    nodes: Vec<Node>,
    /// Further arguments of each.
    more: Vec<String>,
}

struct Node {
    port: u16,
    routes: u16,
    /// Where it says over HTTP how it is.
    monitor: u16,
    run: Option<Run>,
}

impl Nats {
    /// So many servers, as one cluster where there are several; none, and SKIPPED, where `nats-server` is missing.
    fn start(servers: usize) -> Option<Self> {
        Self::start_with(servers, &[])
    }

    /// As [`Nats::start`], with further arguments.
    pub(crate) fn start_with(servers: usize, more: &[&str]) -> Option<Self> {
        find("nats-server")?;
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        // Held together, so that no port is given twice. A server that restarts needs the one it had.
        let holders: Vec<_> = (0..3 * servers).map(|_| free_port()).collect();
        let ports: Vec<u16> = holders.iter().map(|(_, port)| *port).collect();
        drop(holders);
        let node = |three: &[u16]| Node { port: three[0], routes: three[1], monitor: three[2], run: None };
        let more = more.iter().map(|&argument| argument.to_owned()).collect();
        let mut nats = Self { folder, nodes: ports.chunks(3).map(node).collect(), more };
        (0..servers).for_each(|index| nats.run(index));
        nats.settles();
        Some(nats)
    }

    /// A server without JetStream, and where it is; none, and SKIPPED, where `nats-server` is missing.
    fn without_jetstream() -> Option<(Run, String)> {
        find("nats-server")?;
        let mut command = Command::new("nats-server");
        command.args(["-a", "127.0.0.1", "-p", "-1"]);
        let run = Run::start(command);
        let line = run.err.line_with("Listening for client connections on ");
        let address = line.split_whitespace().next_back().expect("the line ends with an address");
        let store = format!("nats://{address}");
        Some((run, store))
    }

    /// Starts a server, and waits until it greets.
    fn run(&mut self, index: usize) {
        let mut command = Command::new("nats-server");
        let node = &self.nodes[index];
        let store = self.folder.path().join(format!("{index}"));
        command
            .args(["-js", "-a", "127.0.0.1", "-p", &node.port.to_string()])
            .args(["-m", &node.monitor.to_string(), "-sd"])
            .arg(store)
            .args(&self.more);
        if self.nodes.len() > 1 {
            let route = |node: &Node| format!("nats://127.0.0.1:{}", node.routes);
            let routes: Vec<_> = self.nodes.iter().map(route).collect();
            command.args(["-n", &format!("node{index}"), "--cluster_name", "three"]);
            command.args(["--cluster", &route(node), "--routes", &routes.join(",")]);
        }
        let run = Run::start(command);
        run.err.line_with("Server is ready");
        self.nodes[index].run = Some(run);
    }

    /// Kills a server as `kill -9` does.
    fn kill(&mut self, index: usize) {
        self.nodes[index].run = None;
    }

    /// Waits until all servers that run have found each other, and each holds what it is to hold: to kill one of three
    /// before another has caught up leaves no majority.
    fn settles(&self) {
        let due = Instant::now() + DEADLINE;
        for (index, _) in self.nodes.iter().enumerate().filter(|(_, node)| node.run.is_some()) {
            loop {
                let answer = self.ask(index, "/healthz");
                if answer.contains("200 OK") {
                    break;
                }
                assert!(Instant::now() < due, "node{index} says {answer}");
                std::thread::yield_now();
            }
        }
    }

    /// Asks the first server to make a stream what `change` makes of how it is.
    fn reconfigure(&self, stream: &str, change: impl FnOnce(&mut Value)) {
        let mut client =
            BufReader::new(TcpStream::connect(("127.0.0.1", self.nodes[0].port)).expect("it listens"));
        client.get_ref().set_read_timeout(Some(DEADLINE)).expect("a deadline can be set");
        client.get_mut().write_all(b"CONNECT {}\r\nSUB answer 1\r\n").expect("it reads");
        let mut ask = |what: &str, body: &str| -> Value {
            let request = format!("PUB $JS.API.STREAM.{what}.{stream} answer {}\r\n{body}\r\n", body.len());
            client.get_mut().write_all(request.as_bytes()).expect("it reads");
            let mut lines = client.by_ref().lines().map(|line| line.expect("it answers with text"));
            lines.find(|line| line.starts_with("MSG answer ")).expect("it answers");
            serde_json::from_str(&lines.next().expect("a message follows")).expect("it is JSON")
        };
        let mut config = ask("INFO", "")["config"].take();
        change(&mut config);
        assert!(ask("UPDATE", &config.to_string())["error"].is_null(), "{config}");
    }

    /// What a server's monitor answers.
    fn ask(&self, index: usize, path: &str) -> String {
        let mut monitor = TcpStream::connect(("127.0.0.1", self.nodes[index].monitor)).expect("it listens");
        monitor.set_read_timeout(Some(DEADLINE)).expect("a deadline can be set");
        write!(monitor, "GET {path} HTTP/1.0\r\n\r\n").expect("it reads");
        let mut answer = String::new();
        monitor.read_to_string(&mut answer).expect("it answers with text");
        answer
    }

    /// As `--store` takes it.
    pub(crate) fn store(&self) -> String {
        let servers: Vec<_> = self.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)).collect();
        format!("nats://{}?replicas={}", servers.join(","), self.nodes.len())
    }
}

fn free_port() -> (TcpListener, u16) {
    let holder = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
    let port = holder.local_addr().expect("it is bound").port();
    (holder, port)
}

pub(crate) fn serve(convo: &str, store: &str) -> Server {
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
    std::fs::remove_dir_all(nats.folder.path().join("0")).expect("it is there");
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
    std::fs::remove_dir_all(nats.folder.path().join("0")).expect("it is there");
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
pub(crate) fn refuses(place: &str, why: &str) {
    let outcome = sockeye(&["serve", "board-tcp", "--listen", ":0", "--store", place]).finish();
    assert_eq!(outcome.code, Some(3), "{place}: {outcome:#?}");
    outcome.says(&["cannot use NATS", why, "hint: "]);
}

#[test]
fn a_user_or_a_token_is_shown_to_nats() {
    let Some(nats) = Nats::start_with(1, &["--user", "ann", "--pass", "p@ss:word"]) else { return };
    let place = |login: &str, nats: &Nats| format!("nats://{login}127.0.0.1:{}", nats.nodes[0].port);
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
    let place = |options: &str| format!("nats://127.0.0.1:{}?{options}", nats.nodes[0].port);
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

/// A room that keeps more than any test here tells.
const HALL: &str = "\
room hall keep 5000

given C nick: word = ask \"Your name: \"

C: {nick}
freely:
    on C: /who
        for name in members(hall):
            S: {name}
        S: .
    on C: {text}
        tell hall: {text}
    hear hall as nick: {line}
        S: {line}
";

/// Somebody in the room.
struct Person {
    name: String,
    stream: TcpStream,
    heard: Heard,
    /// What was heard in an earlier life, in which the server was killed.
    before: Option<Heard>,
    told: usize,
}

impl Person {
    fn enter(name: &str, server: SocketAddr) -> Self {
        let (stream, heard) = connect(name, server);
        Self { name: name.to_owned(), stream, heard, before: None, told: 0 }
    }

    /// The server was killed: goes to another one.
    fn comes_back(&mut self, server: SocketAddr) {
        let (stream, heard) = connect(&self.name, server);
        self.stream = stream;
        self.before = Some(std::mem::replace(&mut self.heard, heard));
    }

    fn tell(&mut self) {
        self.told += 1;
        self.say(&format!("{}: {}\n", self.name, self.told));
    }

    fn say(&mut self, line: &str) {
        self.stream.write_all(line.as_bytes()).expect("the server takes what is said");
    }

    /// Asks who is there until it is these: what one server announces another hears a moment later.
    fn finds(&mut self, expected: &[&str]) -> Vec<String> {
        let due = Instant::now() + DEADLINE;
        loop {
            let from = self.heard.text().len();
            self.say("/who\n");
            let answer =
                self.heard.until("an answer", |text| text[from..].strip_suffix(".\n").map(str::to_owned));
            let found: Vec<_> = answer.lines().map(str::to_owned).collect();
            let mut sorted = found.clone();
            sorted.sort_unstable();
            if sorted == expected {
                return found;
            }
            assert!(Instant::now() < due, "{} found {found:?}, not {expected:?}", self.name);
        }
    }

    /// Heard these lines and no other, in this order.
    fn heard_these(&self, heard: &[&str], expected: &[&str]) {
        let same = heard.iter().zip(expected).take_while(|(heard, expected)| heard == expected).count();
        assert!(
            heard == expected,
            "{} heard {} lines of {}, the same {same} first, then {:?}, where there was {:?}",
            self.name,
            heard.len(),
            expected.len(),
            &heard[same..(same + 10).min(heard.len())],
            &expected[same..(same + 10).min(expected.len())]
        );
    }

    /// Waits until all of these lines were heard.
    fn hears_all(&self, lines: &[String]) {
        self.heard.until(&format!("{} to hear {} lines", self.name, lines.len()), |text| {
            let heard: HashSet<&str> = text.lines().collect();
            lines.iter().all(|line| heard.contains(line.as_str())).then_some(())
        });
    }
}

fn connect(name: &str, server: SocketAddr) -> (TcpStream, Heard) {
    let mut stream = TcpStream::connect(server).unwrap_or_else(|why| panic!("connecting to {server}: {why}"));
    stream.set_nodelay(true).expect("TCP_NODELAY can be set");
    stream.write_all(format!("{name}\n").as_bytes()).expect("the server takes a name");
    let heard = Heard::from(stream.try_clone().expect("a socket can be cloned"));
    (stream, heard)
}

/// Many people in one room, spread over three servers.
struct Crowd {
    nats: Nats,
    convo: String,
    _folder: TempDir,
    servers: Vec<Server>,
    people: Vec<Person>,
}

impl Crowd {
    fn gather(nats: Nats, people: usize) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let convo = written(&folder, "hall", HALL);
        let servers: Vec<_> = (0..3).map(|_| serve(&convo, &nats.store())).collect();
        let person = |n: usize| Person::enter(&format!("p{n}"), servers[n % 3].socket());
        let people = (0..people).map(person).collect();
        Self { nats, convo, _folder: folder, servers, people }
    }

    /// NATS servers are killed and come back, then one of ours; people tell all the time.
    fn lives_through_kills(mut self) {
        self.all_tell_and_hear(None);
        let alone = self.nats.nodes.len() == 1;
        for index in 0..self.nats.nodes.len().min(2) {
            self.nats.kill(index);
            self.people.iter_mut().for_each(Person::tell);
            if alone {
                self.servers.iter().for_each(|server| drop(server.run.err.line_with("is lost")));
            } else {
                // The others elect a leader and go on.
                self.all_hear(None);
            }
            self.nats.run(index);
            self.all_hear(None);
            self.nats.settles();
        }
        drop(self.servers.remove(2));
        self.all_tell_and_hear(Some(2));
        self.servers.push(serve(&self.convo, &self.nats.store()));
        for n in (2..self.people.len()).step_by(3) {
            let server = self.servers[n / 3 % 3].socket();
            self.people[n].comes_back(server);
        }
        self.all_tell_and_hear(None);
        self.compare();
    }

    fn all_tell_and_hear(&mut self, gone: Option<usize>) {
        for n in 0..self.people.len() {
            if gone != Some(n % 3) {
                self.people[n].tell();
            }
        }
        self.all_hear(gone);
    }

    /// Waits until everybody has heard what everybody else told last.
    fn all_hear(&self, gone: Option<usize>) {
        let here = || self.people.iter().enumerate().filter(|(n, _)| gone != Some(n % 3));
        for (n, person) in here() {
            let others = here().filter(|(other, _)| *other != n);
            let last: Vec<_> = others.map(|(_, other)| format!("{}: {}", other.name, other.told)).collect();
            person.hears_all(&last);
        }
    }

    /// Everybody heard all that was told, but by themselves, once and in one order.
    fn compare(&self) {
        let auditor = Person::enter("auditor", self.servers[0].socket());
        let all: Vec<_> =
            self.people.iter().flat_map(|p| (1..=p.told).map(|n| format!("{}: {n}", p.name))).collect();
        auditor.hears_all(&all);
        let text = auditor.heard.text();
        let order: Vec<&str> = text.lines().collect();
        assert_eq!(order.len(), all.len(), "each line is in the room once");
        for person in &self.people {
            let own = format!("{}: ", person.name);
            let told_in_this_life = |line: &str| {
                let number = line.strip_prefix(&own).and_then(|number| number.parse::<usize>().ok());
                number.is_some_and(|number| person.before.is_none() || number == person.told)
            };
            let expected: Vec<_> = order.iter().copied().filter(|line| !told_in_this_life(line)).collect();
            let text = person.heard.text();
            person.heard_these(&text.lines().collect::<Vec<_>>(), &expected);
            let before = person.before.as_ref().map(Heard::text).unwrap_or_default();
            let earlier: Vec<_> = order.iter().copied().filter(|line| !line.starts_with(&own)).collect();
            let whole: Vec<_> = before.lines().collect();
            person.heard_these(&whole, &earlier[..whole.len().min(earlier.len())]);
        }
    }
}

/// A convo for one test, in a file.
fn written(folder: &TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(format!("{name}.convo"));
    std::fs::write(&path, text).expect("it can be written");
    path.to_str().expect("the path is text").to_owned()
}
