//! A convo, read and checked.

use std::sync::Arc;
use std::time::Duration;

use crate::finding::{Finding, Findings, Span};
use crate::program::Program;
use crate::project::{View, guard, project};

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// `C`
    Client,
    /// `S`
    Server,
}

impl Role {
    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }

    /// `C` or `S`.
    pub fn letter(self) -> char {
        match self {
            Self::Client => 'C',
            Self::Server => 'S',
        }
    }

    /// `client` or `server`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
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
pub struct Convo {
    title: String,
    listens: Vec<Listen>,
    limit: Option<Limit>,
    idle: Option<Duration>,
    keeps: bool,
    ignores_case: bool,
    client: Arc<Program>,
    server: Arc<Program>,
    observer: Arc<Program>,
    words: [String; 2],
}

impl Convo {
    /// Reads a convo. `file` names it in findings; never fails, never panics.
    pub fn read(file: &str, text: &str) -> Reading {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut findings = Findings::new(file, text);
        let convo = Self::build(file, text, &mut findings);
        let convo = convo.filter(|_| !findings.has_errors());
        Reading { convo, findings: findings.done() }
    }

    fn build(file: &str, text: &str, findings: &mut Findings<'_>) -> Option<Self> {
        let tree = crate::syntax::parse(text, findings);
        let whole = !findings.has_errors();
        let model = crate::resolve::resolve(&tree, findings);
        findings.doubt_names();
        let known = crate::knowledge::settle(&model);
        crate::lint::check(&model, &known, &tree.header, findings);
        if !whole || !model.whole {
            // Steps are missing: what the roles see of each other would be guessed.
            return None;
        }
        let [client, server, observer] =
            View::ALL.map(|view| project(&model, &known, &tree.header, view, file, findings));
        if findings.has_errors() {
            return None;
        }
        let [client, server] = guard(&model, &known, [client, server]).map(Arc::new);
        if model.effort.is_spent() {
            let span = Span { line: 1, start: 0, end: 1 };
            let message = "the messages of this convo are too many or too long to compare them all";
            findings.error(span, message, "divide it, or let messages begin differently");
        }
        let words = [Role::Client, Role::Server].map(|role| crate::words::tell(&model, &known, role));
        let header = tree.header;
        Some(Self {
            title: tree.title,
            listens: header.listens,
            limit: header.limit,
            idle: header.idle,
            keeps: !model.lists.is_empty(),
            ignores_case: model.ignore_case,
            client,
            server,
            observer: Arc::new(observer),
            words,
        })
    }

    /// The `listen` lines in order; the first is the client's. May be empty.
    pub fn listens(&self) -> &[Listen] {
        &self.listens
    }

    /// The `limit` line.
    pub fn limit(&self) -> Option<&Limit> {
        self.limit.as_ref()
    }

    /// The `idle` line.
    pub fn idle(&self) -> Option<Duration> {
        self.idle
    }

    /// The `ignore case` line: whether letters written in messages match in either case.
    pub fn ignores_case(&self) -> bool {
        self.ignores_case
    }

    /// Whether it keeps lists (`keep`).
    pub fn keeps(&self) -> bool {
        self.keeps
    }

    /// The first comment line: what the convo is.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What `role` does, compiled.
    pub fn program(&self, role: Role) -> &Arc<Program> {
        match role {
            Role::Client => &self.client,
            Role::Server => &self.server,
        }
    }

    /// What both roles say, compiled for one who only listens.
    pub(crate) fn observer(&self) -> &Arc<Program> {
        &self.observer
    }

    /// What `role` does, in words: one line a step, indented as the convo, each ending in a newline.
    pub fn projection(&self, role: Role) -> &str {
        match role {
            Role::Client => &self.words[0],
            Role::Server => &self.words[1],
        }
    }
}
