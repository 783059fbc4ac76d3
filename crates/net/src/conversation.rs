//! The loop of one conversation, the same over streams and datagrams, for both roles.
//!
//! ```text
//!            ┌────────────────────────────────────────────────────────┐
//!            ▼                                                        │
//!         speaks ──▶ (pauses) ──▶ settles ──▶ (lets others) ──▶ waits │ or exchanges keys
//!     what it says    the gap of    what the     who told in a    ────┘
//!     is written at   `chunk`       system did   room, or speaks
//!     once                          not take     for long
//! ```
//!
//! A session that listens from the start hears first what has come already, and answers it when it first speaks.
//! It is polled by whoever runs it: the server's engine, or the runtime of a client ([`converse`]).

use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use convo::Input;
use tokio::time::Instant;

use crate::End;
use crate::clock::Alarm;
use crate::seat::{Seat, Turn};

/// The pause before a message that must not share a read with the one before it (framings `chunk` and `counted`).
const GAP: Duration = Duration::from_millis(20);
/// Room for what is written is kept between turns up to this, bytes, on each thread.
const OUTBOX_KEPT_BYTES_MAX: usize = 1024 * 1024;
/// A session that has much to say, or to hear, lets others speak after so many turns.
const TURNS_MAX: usize = 32;
/// Hearing something may be as much work as so many turns: a whole read of the shortest lines.
const HEARD_TURNS: usize = 16;

thread_local! {
    /// What sessions say before it is written. One for all sessions of a thread, so that an idle one owns no buffer.
    static OUTBOX: std::cell::RefCell<Vec<u8>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// How bytes go on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// As one write, one datagram, one block.
    Whole,
    /// As `Whole`, and not before [`Link::poll_settle`], which comes after a pause.
    Apart,
    /// As they come: part of a stream.
    Part,
    /// As `Part`, and nothing comes after: the link is parted at once.
    Last,
}

/// A way to the peer.
pub(crate) trait Link {
    /// Takes `bytes` and writes what can be written at once; the rest leaves in [`Link::poll_settle`].
    fn say(&mut self, seat: &mut Seat, bytes: &[u8], unit: Unit) -> Result<(), End>;

    /// Whether [`Link::poll_settle`] has anything to do.
    fn is_settled(&self) -> bool;

    /// Comes when everything said has left, or the session has heard that it cannot. Where `more` is said at once, some
    /// may wait for it. To be polled again at [`Link::due`], too.
    fn poll_settle(&mut self, cx: &mut Context<'_>, seat: &mut Seat, more: bool) -> Poll<Result<(), End>>;

    /// When [`Link::poll_settle`], which did not come, wants to be told of the time.
    fn due(&self) -> Option<Instant>;

    /// Comes when the session has heard something of the peer.
    fn poll_hear(&mut self, cx: &mut Context<'_>, seat: &mut Seat) -> Poll<Result<(), End>>;

    /// Exchanges keys; the session has heard that it is done.
    fn poll_secure(&mut self, cx: &mut Context<'_>, seat: &mut Seat) -> Poll<Result<(), End>>;
}

/// How far a conversation is.
#[derive(Debug, Default)]
pub(crate) struct Conversation {
    stage: Stage,
    /// The time is over.
    rang: bool,
    /// When the session wants to be told of the time while it waits, or its pause is over.
    due: Option<Instant>,
    /// The turn that is not done yet, where it is not done at once.
    turn: Option<Box<Turn>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    /// Hears what has come already.
    #[default]
    Begins,
    Speaks,
    /// Before what it said is written.
    Pauses,
    /// What it said is on its way.
    Settles,
    /// Others have their turn, then it does what it wanted to do next.
    LetsOthers,
    Waits,
    Secures,
}

impl Conversation {
    /// Goes on as far as it can; comes when the session is over. What it said last has left then; the link is still
    /// open.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, link: &mut impl Link, seat: &mut Seat) -> Poll<End> {
        match self.go_on(cx, link, seat) {
            Poll::Ready(Err(end)) => Poll::Ready(end),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Pending,
        }
    }

    /// When [`Conversation::ring`] is to be called, and then [`Conversation::poll`]. It moves with every message, so
    /// whoever has set a timer that rings too early had better leave it and set it again when it rings.
    pub(crate) fn due(&self, link: &impl Link) -> Option<Instant> {
        match self.stage {
            Stage::Waits | Stage::Pauses => self.due,
            Stage::Settles => link.due(),
            Stage::Begins | Stage::Speaks | Stage::LetsOthers | Stage::Secures => None,
        }
    }

    /// The time is over.
    pub(crate) fn ring(&mut self) {
        self.rang = true;
    }

    /// Whether it waits for whatever comes first, and has said all.
    pub(crate) fn waits(&self) -> bool {
        self.stage == Stage::Waits
    }

    /// Whether nothing but the link, or the time, lets it go on, as far as it is concerned.
    pub(crate) fn waits_for_link(&self) -> bool {
        match self.stage {
            Stage::Waits | Stage::Pauses | Stage::Settles => true,
            Stage::Begins | Stage::Speaks | Stage::LetsOthers | Stage::Secures => false,
        }
    }

    /// The session was told something while it waited.
    pub(crate) fn heard(&mut self) {
        self.stage = Stage::Speaks;
    }

    fn go_on(
        &mut self,
        cx: &mut Context<'_>,
        link: &mut impl Link,
        seat: &mut Seat,
    ) -> Poll<Result<(), End>> {
        let mut turns = 0;
        loop {
            let went = match self.stage {
                Stage::Begins => {
                    if seat.listens() {
                        let _ = link.poll_hear(cx, seat)?;
                    }
                    self.stage = Stage::Speaks;
                    Poll::Ready(())
                }
                Stage::Waits => self.poll_input(cx, link, seat)?.map(|()| {
                    turns += HEARD_TURNS;
                    self.heard();
                }),
                Stage::Speaks => {
                    turns += 1;
                    match speak(link, seat)? {
                        turn @ Turn::Send { apart: true } => {
                            self.due = Some(Instant::now() + GAP);
                            self.delay(Stage::Pauses, turn)
                        }
                        turn if link.is_settled() => self.settled(turn, turns, cx, seat)?,
                        turn => self.delay(Stage::Settles, turn),
                    }
                }
                Stage::Secures => link.poll_secure(cx, seat)?.map(|()| self.stage = Stage::Speaks),
                Stage::Pauses | Stage::Settles | Stage::LetsOthers => self.delayed(turns, cx, link, seat)?,
            };
            ready!(went);
        }
    }

    /// A turn is not done at once.
    fn delay(&mut self, stage: Stage, turn: Turn) -> Poll<()> {
        self.stage = stage;
        self.turn = Some(Box::new(turn));
        Poll::Ready(())
    }

    /// Goes on from where a turn was not done at once.
    fn delayed(
        &mut self,
        turns: usize,
        cx: &mut Context<'_>,
        link: &mut impl Link,
        seat: &mut Seat,
    ) -> Result<Poll<()>, End> {
        if self.stage == Stage::Pauses {
            if self.due.is_some_and(|due| Instant::now() < due) {
                return Ok(Poll::Pending);
            }
            self.stage = Stage::Settles;
        }
        let Some(turn) = self.turn.take() else {
            self.stage = Stage::Speaks;
            return Ok(Poll::Ready(()));
        };
        if self.stage == Stage::LetsOthers {
            return self.after(*turn, seat).map(Poll::Ready);
        }
        if link.is_settled() || poll_settle(cx, link, seat, &turn)?.is_ready() {
            return self.settled(*turn, turns, cx, seat);
        }
        self.turn = Some(turn);
        Ok(Poll::Pending)
    }

    /// All that a turn said has left. Others may have to go first.
    fn settled(
        &mut self,
        turn: Turn,
        turns: usize,
        cx: &mut Context<'_>,
        seat: &mut Seat,
    ) -> Result<Poll<()>, End> {
        // A long computation, or a peer that never stops.
        let goes_on = match turn {
            Turn::Wait(due) => due.is_some_and(|due| seat.goes_on(due)),
            Turn::Flush | Turn::Send { .. } | Turn::Connect | Turn::Secure => false,
            Turn::Done(_) | Turn::Over(_) => false,
        } || turns >= TURNS_MAX;
        // Those in the room take it before more is told: nobody's mailbox is overrun for want of a turn.
        if seat.has_told() || goes_on {
            cx.waker().wake_by_ref();
            let _ = self.delay(Stage::LetsOthers, turn);
            return Ok(Poll::Pending);
        }
        self.after(turn, seat).map(Poll::Ready)
    }

    /// What comes after a turn of which all has left.
    fn after(&mut self, turn: Turn, seat: &Seat) -> Result<(), End> {
        self.stage = match turn {
            // Writing failed, and the session has been told: it does not wait for what it waited for.
            Turn::Wait(_) if seat.has_heard() => Stage::Speaks,
            Turn::Wait(due) => {
                self.due = due.and_then(|due| seat.clock().instant(due));
                self.rang = false;
                Stage::Waits
            }
            Turn::Done(ending) => return Err(End::Done(ending)),
            Turn::Over(end) => return Err(*end),
            Turn::Secure => Stage::Secures,
            Turn::Send { .. } | Turn::Flush | Turn::Connect => Stage::Speaks,
        };
        Ok(())
    }

    fn poll_input(
        &mut self,
        cx: &mut Context<'_>,
        link: &mut impl Link,
        seat: &mut Seat,
    ) -> Result<Poll<()>, End> {
        // As it is before it hears its rooms.
        let listens = seat.listens();
        let mut told = Poll::Pending;
        if seat.waits_for_others() {
            if seat.poll_answer(cx).is_ready() {
                return Ok(Poll::Ready(()));
            }
            if let Poll::Ready(kept) = seat.poll_kept(cx) {
                kept?;
                return Ok(Poll::Ready(()));
            }
            // Both at once: neither a busy room nor a busy peer keeps the session from the other.
            told = seat.poll_rooms(cx)?;
        }
        let heard = if listens { link.poll_hear(cx, seat)? } else { Poll::Pending };
        if told.is_ready() || heard.is_ready() {
            return Ok(Poll::Ready(()));
        }
        if std::mem::take(&mut self.rang) {
            seat.hear(Input::Tick);
            return Ok(Poll::Ready(()));
        }
        Ok(Poll::Pending)
    }
}

/// Runs a session to its end on the runtime of a client. Dropped, it ends the conversation where it is.
pub(crate) async fn converse(link: &mut impl Link, seat: &mut Seat) -> End {
    let mut conversation = Conversation::default();
    let mut alarm = Alarm::default();
    poll_fn(|cx| {
        loop {
            if let Poll::Ready(end) = conversation.poll(cx, link, seat) {
                return Poll::Ready(end);
            }
            alarm.set(conversation.due(link));
            ready!(alarm.poll(cx));
            conversation.ring();
        }
    })
    .await
}

/// Has what a turn said leave; a member of a room that does not read is not waited for.
fn poll_settle(
    cx: &mut Context<'_>,
    link: &mut impl Link,
    seat: &mut Seat,
    turn: &Turn,
) -> Result<Poll<()>, End> {
    let more = matches!(turn, Turn::Send { .. } | Turn::Flush);
    let settled = link.poll_settle(cx, seat, more);
    if let Some(mailbox) = seat.mailbox() {
        if settled.is_ready() {
            mailbox.goes_on();
        } else if mailbox.poll_overrun(cx).is_ready() {
            return Err(End::Overrun);
        }
    }
    Ok(settled?)
}

/// Lets the session speak, and writes what can be written at once.
fn speak(link: &mut impl Link, seat: &mut Seat) -> Result<Turn, End> {
    OUTBOX.with_borrow_mut(|out| {
        out.clear();
        out.shrink_to(OUTBOX_KEPT_BYTES_MAX);
        let turn = seat.turn(out);
        match turn {
            Turn::Send { apart: true } => link.say(seat, out, Unit::Apart)?,
            Turn::Send { apart: false } => link.say(seat, out, Unit::Whole)?,
            _ if out.is_empty() => {}
            Turn::Done(_) | Turn::Over(_) => link.say(seat, out, Unit::Last)?,
            _ => link.say(seat, out, Unit::Part)?,
        }
        Ok(turn)
    })
}

#[cfg(test)]
mod tests;
