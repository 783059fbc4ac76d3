//! The language as it runs: conversations in memory, without sockets and clocks.

mod chunks;
mod convos;
mod flow;
mod framing;
mod hostile;
mod house;
mod kept;
mod law;
mod lint;
mod matching;
mod observer;
mod pair;
mod play;
mod projection;
mod rooms;
mod shipped;
mod side;
mod transcripts;
mod values;
mod watch;
