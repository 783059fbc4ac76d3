//! The convo language: one text of `C:` and `S:` lines, from which each role's behaviour is projected.
//!
//! No I/O, no clock, no chance, no async: time, seeds and bytes come in, bytes and outputs go out.

pub mod session;

pub use convo::{Convo, Limit, Listen, Program, Reading, Role, Transport};
pub use finding::{Finding, Severity};
pub use session::{
    Add, Ask, Ending, Found, Input, Item, Link, Look, Misuse, Now, Output, Refusal, Session, Setup,
    SetupError, Violation, ViolationKind,
};

mod finding {
    //! What is wrong with a convo.

    /// How bad a [`Finding`] is.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Severity {
        /// The convo runs, but something in it may surprise.
        Warning,
        /// The convo cannot be run.
        Error,
    }

    /// One thing that is wrong with a convo. `Display` prints `FILE:LINE:COLUMN: error: …`, the line itself with a
    /// marker, and a `hint:` with the way out: several lines, without a final newline.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Finding {
        /// How bad it is.
        pub severity: Severity,
        /// Line, from 1.
        pub line: usize,
        /// Column in characters, from 1.
        pub column: usize,
        /// What is wrong, one sentence.
        pub message: String,
        /// The way out, one sentence.
        pub hint: String,
        /// The file's name and the line itself.
        pub(crate) context: (String, String),
    }

    impl std::fmt::Display for Finding {
        fn fmt(&self, _f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            unimplemented!()
        }
    }
}

mod convo {
    //! A convo, read and checked.
    use crate::Finding;
    use std::sync::Arc;
    use std::time::Duration;

    /// Who speaks.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum Role {
        /// `C`
        Client,
        /// `S`
        Server,
    }

    /// What `listen` names.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum Transport {
        /// A stream.
        Tcp,
        /// Datagrams.
        Udp,
    }

    /// A `listen` line.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Listen {
        /// TCP or UDP.
        pub transport: Transport,
        /// The port.
        pub port: u16,
    }

    /// A `limit` line.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Limit {
        /// Sessions at a time.
        pub sessions: usize,
        /// What a further client is told, without framing.
        pub busy: Vec<u8>,
    }

    /// What [`Convo::read`] found.
    #[derive(Debug)]
    pub struct Reading {
        /// The convo, unless there were errors.
        pub convo: Option<Convo>,
        /// Errors and warnings in the order of their lines.
        pub findings: Vec<Finding>,
    }

    /// A conversation, read, checked and compiled for each role.
    #[derive(Debug)]
    pub struct Convo {}

    impl Convo {
        /// Reads a convo. `file` names it in findings; never fails, never panics.
        pub fn read(_file: &str, _text: &str) -> Reading {
            unimplemented!()
        }
        /// The `listen` lines in order; the first is the client's. May be empty.
        pub fn listens(&self) -> &[Listen] {
            unimplemented!()
        }
        /// The `limit` line.
        pub fn limit(&self) -> Option<&Limit> {
            unimplemented!()
        }
        /// The `idle` line.
        pub fn idle(&self) -> Option<Duration> {
            unimplemented!()
        }
        /// The first comment line: what the convo is.
        pub fn title(&self) -> &str {
            unimplemented!()
        }
        /// What `role` does, compiled.
        pub fn program(&self, _role: Role) -> &Arc<Program> {
            unimplemented!()
        }
        /// What `role` does, in words: one line a step, indented as the convo, each ending in a newline.
        pub fn projection(&self, _role: Role) -> String {
            unimplemented!()
        }
    }

    /// What one role does, compiled.
    #[derive(Debug)]
    pub struct Program {}

    impl Program {
        /// Whose program it is.
        pub fn role(&self) -> Role {
            unimplemented!()
        }
        /// Whether our person is ever asked something (an `ask`, or a row of `on` of our own).
        pub fn asks(&self) -> bool {
            unimplemented!()
        }
        /// Whether this role has anything to show (`C>` or `S>`).
        pub fn shows(&self) -> bool {
            unimplemented!()
        }
        /// The busy message as it goes over `link`, framing included.
        pub fn busy(&self, _text: &[u8], _link: crate::Link) -> Vec<u8> {
            unimplemented!()
        }
        /// Names of the top `given`s of this role, which `--set` answers.
        pub fn givens(&self) -> impl Iterator<Item = &str> {
            std::iter::empty()
        }
        /// Whether the conversation uses `secure rsa-oaep` anywhere.
        pub fn secures(&self) -> bool {
            unimplemented!()
        }
        /// Whether this role says the first message (a UDP client opens with an empty datagram where it does not).
        pub fn speaks_first(&self) -> bool {
            unimplemented!()
        }
    }
}
