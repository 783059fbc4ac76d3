//! The language as it runs: conversations in memory, without sockets and clocks.

mod convos;
mod framing;
mod kept;
mod pair;
mod play;
mod shipped;
mod side;
mod transcripts;
mod watch;
