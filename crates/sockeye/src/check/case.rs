//! A case: one thing that is tried with the program, and what became of it.

use std::sync::Arc;
use std::time::Duration;

use convo::cases::{Answers, Rehearsal};

use super::talk::Manner;
use super::trace::Trace;

/// What a case belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Family {
    Walks,
    Framing,
    Values,
    Life,
    Datagrams,
    Clients,
}

impl Family {
    pub(super) const ALL: [Self; 6] =
        [Self::Walks, Self::Framing, Self::Values, Self::Life, Self::Datagrams, Self::Clients];

    /// Its name, as in ids.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Walks => "walks",
            Self::Framing => "framing",
            Self::Values => "values",
            Self::Life => "life",
            Self::Datagrams => "datagrams",
            Self::Clients => "clients",
        }
    }
}

/// What it means if a case does not go well, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Severity {
    /// The program is wrong.
    Must,
    /// The program should do better.
    Should,
    /// The protocol cannot promise it.
    Protocol,
}

/// What a case came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Verdict {
    Pass,
    Fail,
    Warn,
    Finding,
    Skipped,
    Inconclusive,
}

impl Verdict {
    pub(super) const ALL: [Self; 6] =
        [Self::Pass, Self::Fail, Self::Warn, Self::Finding, Self::Skipped, Self::Inconclusive];

    /// Its name, as in reports.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::Finding => "finding",
            Self::Skipped => "skipped",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// A case before it runs.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// Its place in the plan.
    pub(super) number: usize,
    /// Its path: `sum-greeting/framing/cut-9-of-20`.
    pub(super) id: String,
    /// What is tried, in one word or a few: `cut-9-of-20`; two cases may have one name, and their ids are numbered then.
    pub(super) name: String,
    pub(super) family: Family,
    /// Cases of a kind fail alike.
    pub(super) kind: &'static str,
    /// One sentence without a full stop.
    pub(super) about: String,
    pub(super) severity: Severity,
    /// The convo's line it is about; 0 where there is none.
    pub(super) line: usize,
    pub(super) act: Act,
}

/// What is done.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// A conversation that must go well.
    Talk { way: Arc<Way>, manner: Box<Manner> },
    /// Conversations of which one at least must go without this line, with which the server says that it could not do what
    /// was asked.
    Spared { ways: Vec<Arc<Way>>, line: usize },
    /// Something strange is said; the program must go on serving.
    Strange { way: Arc<Way>, manner: Box<Manner>, answers: Expected },
    /// On a way something is told in a room: somebody who is there hears it, and who comes later what is kept of it.
    Told { way: Arc<Way>, there: Arc<Way>, later: Arc<Way> },
    /// One client gives something to be kept, and another one reads it.
    Shared { first: Arc<Way>, second: Arc<Way> },
    /// Beginnings and endings, several clients, signals.
    Life(Life),
    /// We are the server.
    Client { way: Arc<Way>, manner: Box<Manner>, trick: Trick },
}

/// What a server does to its client beside the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trick {
    /// Nothing: all must go well.
    None,
    /// It breaks off: the client must end.
    Leaves,
    /// It says something wrong: a client that looks notices.
    Wrong {
        /// The right bytes, as they would be shown.
        right: String,
        /// The wrong ones.
        wrong: String,
    },
    /// It is busy.
    Busy(Vec<u8>),
    /// A datagram of somebody else comes first.
    Stranger(Vec<u8>),
    /// It falls silent.
    Silent,
    /// It says what is no message, and is silent then.
    Garbage,
}

/// What a correct program does after something strange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// It answers, as it does to any other value: the value is an ordinary one.
    Service,
    /// It answers; closing would be lawful.
    Answer,
    /// Anything but dying.
    Anything,
}

/// Beginnings and endings, several clients, signals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Life {
    Again,
    ConnectClose,
    ConnectReset,
    SilentClient,
    SecondClient,
    ManyClients,
    HalfClose,
    ResetInMessage,
    CloseInMessage,
    ResetInKey,
    CloseInKey,
    SlowReader,
    LeavesUnread,
    LimitBusy,
    LimitFreed,
    LimitKept,
    Idle,
    Leaks,
    Endless,
    Restart,
    Terminate,
    Doubled,
    TooLong,
    Empty,
    SamePort,
    Burst,
}

/// A way through the convo, as a case uses it.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) name: String,
    pub(super) answers: Answers,
    pub(super) rehearsal: Rehearsal,
}

/// What was seen when something went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Symptom {
    /// Nothing came.
    Silent,
    /// A part of a message came and no more.
    Unfinished,
    /// It closed where it had to speak.
    Closed,
    /// It reset the connection.
    Reset,
    /// What came is no message that may come here.
    Unexpected,
    /// A value is not what it must be.
    Differs,
    /// It said that it is busy.
    Busy,
    /// The program ended.
    Died,
    /// No connection could be made any more.
    Refused,
    /// It did not close at the end.
    LeftOpen,
    /// It did not end.
    Stays,
    /// It keeps what it should give back.
    Leaks(Leak),
    /// It does not hold to the limit.
    Unlimited,
    /// Others were not served meanwhile.
    Waits,
    /// It does not start again.
    NoRestart,
    /// It said too much or too little.
    Amount,
    /// What it keeps has not the numbers that it should.
    Numbers,
    /// What it should show is not shown.
    NotShown,
    /// A text that it should show in any case is not shown.
    Omitted,
    /// The beginning alone of what it should show is shown.
    Shortened,
    /// It says the word at which it leaves.
    SaysLeaving,
    /// It takes something wrong for right.
    Believes,
    /// It says each time that it cannot do what it is asked for.
    Refuses,
}

/// What a program keeps that it should give back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Leak {
    /// Processor time, with nothing to do.
    Time,
    /// Connections whose client has closed.
    Connections,
    /// Files and sockets.
    Files,
    /// Children that have ended.
    Children,
    Memory,
}

/// What went wrong in a case.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub(super) symptom: Symptom,
    /// The convo's line; 0 where there is none.
    pub(super) line: usize,
    /// What was expected and what came, one sentence.
    pub(super) what: String,
    pub(super) trace: Trace,
    /// What the program wrote at its terminal meanwhile.
    pub(super) output: String,
    /// How the program ended, if it did.
    pub(super) death: Option<String>,
    /// After something strange: only the answer is missing.
    pub(super) mild: bool,
}

/// What became of a case.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    pub(super) case: Case,
    pub(super) verdict: Verdict,
    /// Why it was skipped, or could not be decided.
    pub(super) reason: String,
    pub(super) failure: Option<Failure>,
    pub(super) took: Duration,
}
