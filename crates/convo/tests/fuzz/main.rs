//! Arbitrary inputs, on the stable toolchain: a second each in an ordinary test run, longer by `scripts/fuzz SECONDS`.
//!
//! What a target once found stays as a test in `it/`.

#![allow(dead_code, reason = "what it/ offers is used in full by the tests there")]

mod edit;
mod framing;
mod law;
mod parser;
mod session;

#[path = "../it/convos.rs"]
mod convos;
#[path = "../it/kept.rs"]
mod kept;
#[path = "../it/pair.rs"]
mod pair;
#[path = "../it/side.rs"]
mod side;
#[path = "../it/watch.rs"]
mod watch;
