//! Cases derived from a convo: the ways through it, and the values and strange messages that belong to each.
//!
//! ```text
//! convo ──candidates──▶ answers ──rehearse──▶ client ⇄ server in memory ──▶ steps passed
//!                          ▲                                                    │
//!                          └──────────── until nothing new is reached ──────────┘
//! ```
//!
//! A *rehearsal* runs both roles against each other, with no socket and no clock: what it shows is what correct
//! programs say. Who checks a program plays one role of it for real and compares.

mod candidates;
mod house;
mod json;
mod react;
mod rehearse;
mod rooms;
mod search;
mod values;

pub use house::{Around, House, LATER, Reply, Seen, Told};
pub use react::{Reaction, may_stop, react};
pub use rehearse::{
    Answers, BLOCK_BYTES_MAX, Cutting, Hole, HoleKind, NEXT_PEER, PEER, Rehearsal, Said, Shown, keeps,
    rehearse, rehearse_after, rehearse_around, secured_at, stops,
};
pub use rooms::{Member, Turn, moves, turns};
pub use search::{Untried, Walk, Walks, walks, walks_around};
pub use values::{Extreme, Known, Trial, TrialKind, trials};

#[cfg(test)]
mod tests;
