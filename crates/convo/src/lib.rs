//! The convo language: one text of `C:` and `S:` lines, from which each role's behaviour is projected.
//!
//! No I/O, no clock, no chance, no async: time, seeds and bytes come in, bytes and outputs go out.
//!
//! ```text
//! text ──syntax──▶ tree ──resolve──▶ model ──knowledge──▶ what each role knows at each line
//!                                      │                        │
//!                                      ├──lint── findings ◀─────┤
//!                                      └──project──▶ program of the client, the server, the observer
//!                                                        │
//!                                  bytes, answers ──▶ session ──▶ bytes, lines to show, questions
//! ```
//!
//! A session keeps its peer's bytes in an inbox, cuts a message by its `framing`, matches it with the `pattern` of
//! what may come here, stores what it learned, and goes on with its program until it has to wait.

pub mod cases;
mod code;
mod convo;
mod finding;
mod framing;
mod knowledge;
mod lint;
mod model;
mod observer;
mod pattern;
mod program;
mod project;
mod resolve;
mod session;
mod syntax;
pub mod transcript;
mod value;
mod words;

pub use convo::{Convo, Limit, Listen, Reading, Role, Transport};
pub use finding::{Finding, Severity};
pub use observer::{Observed, Observer};
pub use program::Program;
pub use session::{
    Add, Ask, Ending, Found, Input, Item, Join, Link, Look, Misuse, Now, Output, Presets, Refusal, Session,
    Setup, SetupError, Tell, Violation, ViolationKind,
};
