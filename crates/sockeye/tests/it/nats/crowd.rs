//! Many people in one room of several servers, who write down what they heard.

use std::collections::HashSet;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use tempfile::TempDir;

use super::node::Nats;
use super::{serve, written};
use crate::heard::{DEADLINE, Heard};
use crate::server::Server;

/// A room that keeps more than any test here tells.
pub(super) const HALL: &str = "\
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
pub(super) struct Person {
    name: String,
    pub(super) stream: TcpStream,
    pub(super) heard: Heard,
    /// What was heard in an earlier life, in which the server was killed.
    before: Option<Heard>,
    told: usize,
}

impl Person {
    pub(super) fn enter(name: &str, server: SocketAddr) -> Self {
        let (stream, heard) = connect(name, server);
        Self { name: name.to_owned(), stream, heard, before: None, told: 0 }
    }

    /// The server was killed: goes to another one.
    pub(super) fn comes_back(&mut self, server: SocketAddr) {
        let (stream, heard) = connect(&self.name, server);
        self.stream = stream;
        self.before = Some(std::mem::replace(&mut self.heard, heard));
    }

    pub(super) fn tell(&mut self) {
        self.told += 1;
        self.say(&format!("{}: {}\n", self.name, self.told));
    }

    pub(super) fn say(&mut self, line: &str) {
        self.stream.write_all(line.as_bytes()).expect("the server takes what is said");
    }

    /// Asks who is there until it is these: what one server announces another hears a moment later.
    pub(super) fn finds(&mut self, expected: &[&str]) -> Vec<String> {
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
    pub(super) fn heard_these(&self, heard: &[&str], expected: &[&str]) {
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
    pub(super) fn hears_all(&self, lines: &[String]) {
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
pub(super) struct Crowd {
    nats: Nats,
    convo: String,
    _folder: TempDir,
    servers: Vec<Server>,
    people: Vec<Person>,
}

impl Crowd {
    pub(super) fn gather(nats: Nats, people: usize) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let convo = written(&folder, "hall", HALL);
        let servers: Vec<_> = (0..3).map(|_| serve(&convo, &nats.store())).collect();
        let person = |n: usize| Person::enter(&format!("p{n}"), servers[n % 3].socket());
        let people = (0..people).map(person).collect();
        Self { nats, convo, _folder: folder, servers, people }
    }

    /// NATS servers are killed and come back, then one of ours; people tell all the time.
    pub(super) fn lives_through_kills(mut self) {
        self.all_tell_and_hear(None);
        let alone = self.nats.servers() == 1;
        for index in 0..self.nats.servers().min(2) {
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

    pub(super) fn all_tell_and_hear(&mut self, gone: Option<usize>) {
        for n in 0..self.people.len() {
            if gone != Some(n % 3) {
                self.people[n].tell();
            }
        }
        self.all_hear(gone);
    }

    /// Waits until everybody has heard what everybody else told last.
    pub(super) fn all_hear(&self, gone: Option<usize>) {
        let here = || self.people.iter().enumerate().filter(|(n, _)| gone != Some(n % 3));
        for (n, person) in here() {
            let others = here().filter(|(other, _)| *other != n);
            let last: Vec<_> = others.map(|(_, other)| format!("{}: {}", other.name, other.told)).collect();
            person.hears_all(&last);
        }
    }

    /// Everybody heard all that was told, but by themselves, once and in one order.
    pub(super) fn compare(&self) {
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
