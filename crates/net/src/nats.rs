//! Lists and rooms on NATS, shared by any number of servers.
//!
//! ```text
//!  session ─ add, look ─▶ lists ──┐                    ┌── stream  PREFIX-list-NOTES
//!  session ─ tell ──────▶ hall ───┼──▶ line ──▶ NATS ──┼── stream  PREFIX-rooms-LOBBY-100
//!  session ─ join, leave ▶ roll ──┘  (one task)        └── bucket  PREFIX-members, which forgets
//!     ▲                                                      │
//!     └── mailbox ◀── rooms ◀── trails, one a stream ◀───────┘
//! ```
//!
//! All that is told goes through a stream and comes back through it, also to sessions of the same process: the
//! stream's order is everybody's. What is published carries an id, so that trying again doubles nothing; a trail goes
//! on after the number it heard last, so that nothing is heard twice or left out.
//!
//! Bounded: requests under way (further ones are refused), what the client holds for the connection, pages of readings,
//! and mailboxes.

mod connect;
mod credentials;
mod hall;
mod line;
mod lists;
mod names;
mod place;
mod roll;
mod trail;

pub use place::{NatsPlace, NatsPlaceError};

pub(crate) use hall::Hall;
pub(crate) use line::Line;
pub(crate) use lists::Reading;

use crate::store::Later;

/// Something to come, on the heap. What waits for NATS is tens of KiB: made in the caller's frame, it would take that of the
/// stack in each of his calls, also where nothing is asked of NATS.
#[inline(never)]
fn later<F: Future + Send + 'static>(make: impl FnOnce() -> F) -> Later<F::Output> {
    Box::pin(make())
}
