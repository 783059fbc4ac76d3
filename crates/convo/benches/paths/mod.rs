//! The hot paths that are measured: one read of a server in steady state, or of a new one, and what it answers to it.

use std::sync::Arc;
use std::time::Duration;

use convo::{Convo, Found, Input, Item, Link, Now, Output, Program, Role, Session, Setup};

const NOW: Now = Now { monotonic: Duration::ZERO, unix: 1_800_000_000 };

/// A path: a convo, and what its server reads over and over.
pub(crate) struct Path {
    /// Its name, for reports and the file of counts.
    pub(crate) name: &'static str,
    /// How many messages one read holds.
    pub(crate) messages: u64,
    course: Course,
    convo: &'static str,
    read: fn() -> Vec<u8>,
    answer: &'static str,
}

/// Who takes a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    /// The same session again and again.
    Stream,
    /// The same session, each read a datagram.
    Datagrams,
    /// A new session each time, as for a connection with one question.
    Anew,
}

/// All paths.
pub(crate) const PATHS: &[Path] = &[
    Path {
        name: "reverse-64",
        messages: 1,
        course: Course::Stream,
        convo: REVERSE,
        read: || [&[b'a'; 63][..], b"\n"].concat(),
        answer: "aaa",
    },
    Path {
        name: "reverse-64-times-32",
        messages: 32,
        course: Course::Stream,
        convo: REVERSE,
        read: || [&[b'a'; 63][..], b"\n"].concat().repeat(32),
        answer: "aaa",
    },
    Path {
        name: "reverse-utf8",
        messages: 1,
        course: Course::Stream,
        convo: REVERSE,
        read: || "žluťoučký kůň úpěl ďábelské ódy\n".into(),
        answer: "ydó",
    },
    Path {
        name: "echo-4096",
        messages: 1,
        course: Course::Stream,
        convo: "framing line\nloop:\n    given C t = ask \"\"\n    C: {t}\n    S: {t}\n",
        read: || [&[b'a'; 4095][..], b"\n"].concat(),
        answer: "aaa",
    },
    Path {
        name: "sum",
        messages: 1,
        course: Course::Stream,
        convo: "framing line\nloop:\n    given C n: int = ask \"\"\n    C: {n}\n    S: {n + 1}\n",
        read: || b"41\n".to_vec(),
        answer: "42\n",
    },
    Path {
        name: "choice",
        messages: 1,
        course: Course::Stream,
        convo: "framing line crlf\nloop:\n    on C: ping\n        S: pong\n    on C: add {a: int} {b: int}\n        \
                S: {a + b}\n    on C: hi {name: word}\n        S: hello {name}, {len(name)}\n",
        read: || b"add 40 2\r\n".to_vec(),
        answer: "42\r\n",
    },
    Path {
        name: "json",
        messages: 1,
        course: Course::Stream,
        convo: "framing json\nloop:\n    given C name = \"\"\n    given C n: int = 1\n    \
                C: {\"name\": name, \"number\": n}\n    S: {\"name\": name, \"sum\": n + 1}\n",
        read: || br#"{"name": "sockeye client", "number": 41}"#.to_vec(),
        answer: "{\"name\": \"sockeye client\", \"sum\": 42}",
    },
    Path {
        name: "length-u16",
        messages: 1,
        course: Course::Stream,
        convo: "framing length u16\nloop:\n    given C data: bytes = \"\"\n    C: {data}\n    S: {data}\n",
        read: || [&[0, 62][..], &[b'a'; 62][..]].concat(),
        answer: "\0\u{3e}aaa",
    },
    Path {
        name: "echo-datagram",
        messages: 1,
        course: Course::Datagrams,
        convo: "framing chunk\nloop:\n    given C t = ask \"\"\n    C: {t}\n    S: {t}\n",
        read: || vec![b'a'; 64],
        answer: "aaa",
    },
    Path {
        name: "notes",
        messages: NOTES,
        course: Course::Stream,
        convo: "framing line\nkeep notes\nloop:\n    on C: all\n        for note in notes:\n            \
                S: {note.text}\n        S: .\n",
        read: || b"all\n".to_vec(),
        answer: "a note\na note\n",
    },
    Path {
        name: "sum-new",
        messages: 1,
        course: Course::Anew,
        convo: "framing line\ngiven C n: int = ask \"\"\nC: {n}\nS: {n + 1}\n",
        read: || b"41\n".to_vec(),
        answer: "42\n",
    },
];

const REVERSE: &str = "framing line\nloop:\n    given C t = ask \"\"\n    C: {t}\n    S: {reverse(t)}\n";

/// Notes in the kept list.
const NOTES: u64 = 256;

/// A server in the middle of its conversation, or before it.
pub(crate) struct Server {
    course: Course,
    program: Arc<Program>,
    session: Session,
    /// What is kept.
    notes: Arc<[Arc<Item>]>,
    read: Vec<u8>,
    out: Vec<u8>,
}

impl Path {
    /// Begins the conversation, and makes sure that it is the one that is meant.
    pub(crate) fn server(&self) -> Server {
        let convo = Convo::read("bench.convo", self.convo).convo.expect("a convo");
        let program = Arc::clone(convo.program(Role::Server));
        let session = self.course.session(&program);
        let note = |seq: u64| {
            let (text, key, from) = ("a note".to_owned(), seq.to_string(), "127.0.0.1:5000".to_owned());
            Arc::new(Item { seq, text, key, from, at: NOW.unix })
        };
        let notes = (1..=NOTES).map(note).collect();
        let (course, read) = (self.course, (self.read)());
        let mut server = Server { course, program, session, notes, read, out: Vec::new() };
        server.turn();
        assert!(server.out.starts_with(self.answer.as_bytes()), "{}: {:?}", self.name, server.out);
        server
    }
}

impl Course {
    fn session(self, program: &Arc<Program>) -> Session {
        let link = if self == Self::Datagrams { Link::Datagram } else { Link::Stream };
        let setup = Setup { peer: "127.0.0.1:5000".to_owned(), ..Setup::of(link, NOW) };
        Session::new(Arc::clone(program), setup)
    }
}

impl Server {
    /// Takes one read and answers all of it; how many bytes the answer has.
    pub(crate) fn turn(&mut self) -> usize {
        self.out.clear();
        let input = match self.course {
            Course::Datagrams => Input::Datagram(&self.read),
            Course::Stream => Input::Bytes(&self.read),
            Course::Anew => {
                self.session = self.course.session(&self.program);
                Input::Bytes(&self.read)
            }
        };
        self.session.hear(NOW, input).expect("it is heard at any time");
        loop {
            match self.session.poll(&mut self.out) {
                Output::Wait(_) | Output::Close(_) => return self.out.len(),
                Output::Look(_) => {
                    let found = Found::Items { items: &self.notes, more: false };
                    self.session.hear(NOW, Input::Found(found)).expect("it is looked for");
                }
                _ => {}
            }
        }
    }
}
