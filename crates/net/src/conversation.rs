//! The loop of one conversation, the same over streams and datagrams, for both roles.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use convo::Input;

use crate::End;
use crate::clock::Alarm;
use crate::rooms::Mailbox;
use crate::seat::{Seat, Turn};

/// The pause before a message that must not share a read with the one before it (framings `chunk` and `counted`).
const GAP: Duration = Duration::from_millis(20);
/// Room for what is written is kept between turns up to this, bytes, on each thread.
const OUTBOX_KEPT_BYTES_MAX: usize = 1024 * 1024;

thread_local! {
    /// What sessions say before it is written. One for all sessions of a thread, so that an idle one owns no buffer.
    static OUTBOX: std::cell::RefCell<Vec<u8>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// How bytes go on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// As one write, one datagram, one block.
    Whole,
    /// As `Whole`, and not before [`Link::settle`], which comes after a pause.
    Apart,
    /// As they come: part of a stream.
    Part,
    /// As `Part`, and nothing comes after: the link is parted at once.
    Last,
}

/// A way to the peer.
pub(crate) trait Link: Send {
    /// Takes `bytes` and writes what can be written at once; the rest leaves in [`Link::settle`].
    fn say(&mut self, seat: &mut Seat, bytes: &[u8], unit: Unit) -> Result<(), End>;

    /// Whether [`Link::settle`] has anything to do.
    fn is_settled(&self) -> bool;

    /// Comes when everything said has left, or the session has heard that it cannot. Where `more` is said at once, some
    /// may wait for it.
    fn settle(&mut self, seat: &mut Seat, more: bool) -> impl Future<Output = Result<(), End>> + Send;

    /// Comes when the session has heard something of the peer.
    fn poll_hear(&mut self, cx: &mut Context<'_>, seat: &mut Seat) -> Poll<Result<(), End>>;

    /// Exchanges keys; the session has heard that it is done.
    fn secure(&mut self, seat: &mut Seat) -> impl Future<Output = Result<(), End>> + Send;
}

/// Runs a session to its end. What it said last has left then; the link is still open. Dropped, it ends the
/// conversation where it is.
pub(crate) fn converse(link: &mut impl Link, seat: &mut Seat) -> impl Future<Output = End> + Send {
    let mut alarm = Alarm::default();
    // One block, not a function for each turn: what an `async fn` is given stands in every idle session twice.
    async move {
        loop {
            let turn = match speak(link, seat) {
                Ok(turn) => turn,
                Err(end) => return end,
            };
            if let Turn::Send { apart: true } = turn {
                // Boxed, here and below: seldom needed, and every idle session would carry it.
                Box::pin(tokio::time::sleep(GAP)).await;
            }
            if !link.is_settled() {
                let more = matches!(turn, Turn::Send { .. } | Turn::Flush);
                let settled = match seat.mailbox() {
                    None => link.settle(seat, more).await,
                    Some(mailbox) => Box::pin(settle_in_room(link, seat, more, mailbox)).await,
                };
                if let Err(end) = settled {
                    return end;
                }
            }
            if seat.has_told() {
                // Those in the room take it before more is told: nobody's mailbox is overrun for want of a turn.
                tokio::task::yield_now().await;
            }
            let went = match turn {
                // Writing failed, and the session has been told: it does not wait for what it waited for.
                Turn::Wait(_) if seat.has_heard() => Ok(()),
                Turn::Wait(due) => {
                    if due.is_some_and(|due| seat.goes_on(due)) {
                        // A long computation that goes on at once: others may speak in between.
                        tokio::task::yield_now().await;
                    }
                    alarm.set(seat.clock(), due);
                    poll_fn(|cx| poll_input(cx, link, seat, &mut alarm)).await
                }
                Turn::Over(end) => return *end,
                Turn::Secure => Box::pin(link.secure(seat)).await,
                // A session that has much to say lets others speak in between.
                Turn::Send { .. } | Turn::Flush | Turn::Connect => {
                    tokio::task::coop::consume_budget().await;
                    Ok(())
                }
            };
            if let Err(end) = went {
                return end;
            }
        }
    }
}

/// A member of a room that does not read is not waited for.
async fn settle_in_room(
    link: &mut impl Link,
    seat: &mut Seat,
    more: bool,
    mailbox: Arc<Mailbox>,
) -> Result<(), End> {
    tokio::select! {
        biased;
        settled = link.settle(seat, more) => {
            mailbox.goes_on();
            settled
        }
        () = poll_fn(|cx| mailbox.poll_overrun(cx)) => Err(End::Overrun),
    }
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
            Turn::Over(_) => link.say(seat, out, Unit::Last)?,
            _ => link.say(seat, out, Unit::Part)?,
        }
        Ok(turn)
    })
}

fn poll_input(
    cx: &mut Context<'_>,
    link: &mut impl Link,
    seat: &mut Seat,
    alarm: &mut Alarm,
) -> Poll<Result<(), End>> {
    if seat.poll_answer(cx).is_ready() {
        return Poll::Ready(Ok(()));
    }
    if let Poll::Ready(kept) = seat.poll_kept(cx) {
        return Poll::Ready(kept);
    }
    // Both at once: neither a busy room nor a busy peer keeps the session from the other.
    let listens = seat.listens();
    let told = seat.poll_rooms(cx)?;
    let heard = if listens { link.poll_hear(cx, seat)? } else { Poll::Pending };
    if told.is_ready() || heard.is_ready() {
        return Poll::Ready(Ok(()));
    }
    if alarm.poll(cx).is_ready() {
        seat.hear(Input::Tick);
        return Poll::Ready(Ok(()));
    }
    Poll::Pending
}
