//! One connection's end of the load: what a conversation waits for, whichever way it asks.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use net::{Came, SecureError, Wire};
use tokio::task::coop::{consume_budget, unconstrained};
use tokio::time::Sleep;

use super::plan::{Keep, Run};

/// One read takes up to so many bytes.
const INBOX_BYTES: usize = 64 * 1024;
/// So many datagrams are heard before something is said again.
const BURST_MAX: usize = 64;
/// The pause before a message that must not share a read with the one before it, as `serve` and `call` keep it.
const GAP: Duration = Duration::from_millis(20);

/// How long a connection that went is read to its end.
const REST: Duration = Duration::from_millis(20);

thread_local! {
    /// What one read delivers: one for all connections.
    static INBOX: RefCell<Box<[u8]>> = RefCell::new(vec![0; INBOX_BYTES].into());
}

/// A connection and its alarm.
pub(super) struct Port<'r> {
    /// The run that it belongs to.
    pub(super) run: &'r Run,
    /// Which of the run's connections it is.
    pub(super) number: usize,
    wire: Wire,
    alarm: &'r Alarm,
}

/// What rings when an answer does not come. A connection leaves it to the next one of its client as it is.
pub(super) type Alarm = Mutex<Option<Pin<Box<Sleep>>>>;

/// What a conversation waits for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wants {
    /// A request that is due.
    pub(super) request: bool,
    /// What the server says.
    pub(super) words: bool,
    /// That all we said has left.
    pub(super) settled: bool,
    /// This moment.
    pub(super) until: Option<Instant>,
}

/// What came first.
#[derive(Debug)]
pub(super) enum Event {
    /// A request that was due then.
    Due(Instant),
    /// There will be no more requests.
    NoMore,
    /// The server spoke.
    Heard,
    /// All we said has left, and the server says nothing.
    Settled,
    /// The moment is there.
    Late,
    /// The connection is gone.
    Gone(io::Error),
}

impl<'r> Port<'r> {
    /// Connects.
    ///
    /// # Errors
    /// What the system says, or no connection within the run's timeout.
    pub(super) async fn open(run: &'r Run, number: usize, alarm: &'r Alarm) -> io::Result<Self> {
        let lasts = run.plan.keep == Keep::Open;
        let connecting = tokio::time::timeout(run.plan.timeout, Wire::connect(&run.plan.to, lasts));
        let wire = connecting.await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))?;
        run.ledger().counts.connections += 1;
        Ok(Self { run, number, wire, alarm })
    }

    /// Says part of a stream, a datagram, or a block.
    ///
    /// # Errors
    /// The connection is gone.
    pub(super) fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.wire.say(bytes)
    }

    /// Says what must not share a read with what was said before.
    ///
    /// # Errors
    /// The connection is gone.
    pub(super) async fn say_apart(&mut self, bytes: &[u8]) -> io::Result<()> {
        poll_fn(|cx| self.wire.poll_settle(cx)).await?;
        tokio::time::sleep(GAP).await;
        self.wire.say(bytes)
    }

    /// Exchanges keys; how long a message one block carries.
    ///
    /// # Errors
    /// The server's key is missing or not accepted.
    pub(super) async fn secure(&mut self) -> Result<usize, SecureError> {
        poll_fn(|cx| self.wire.poll_settle(cx)).await.map_err(|_| SecureError::Closed)?;
        let within = self.run.plan.timeout;
        let exchange = tokio::time::timeout(within, self.wire.secure(&self.run.plan.keys));
        exchange.await.unwrap_or(Err(SecureError::Silent(within)))
    }

    /// Waits for what comes first. What the server says goes to `heard`.
    pub(super) async fn wait(&mut self, wants: Wants, mut heard: impl FnMut(Came, &[u8])) -> Event {
        // Others have their turn, also where everything is always ready.
        consume_budget().await;
        poll_fn(|cx| self.poll(cx, wants, &mut heard)).await
    }

    /// Hears what came before the connection went: a write fails also where answers lie unread.
    pub(super) async fn rest(&mut self, mut heard: impl FnMut(Came, &[u8])) {
        let mut ended = false;
        let reading = async {
            while !ended {
                let mut noted = |came, bytes: &[u8]| {
                    ended = matches!(came, Came::End);
                    heard(came, bytes);
                };
                if let Event::Gone(_) = poll_fn(|cx| self.poll_words(cx, &mut noted)).await {
                    break;
                }
            }
        };
        // Its end is here already or comes at once; a UDP port has none.
        let _ = tokio::time::timeout(REST, reading).await;
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        wants: Wants,
        heard: &mut impl FnMut(Came, &[u8]),
    ) -> Poll<Event> {
        if !self.wire.is_settled()
            && let Poll::Ready(Err(error)) = self.wire.poll_settle(cx)
        {
            return Poll::Ready(Event::Gone(error));
        }
        if wants.request
            && let Poll::Ready(due) = self.run.poll_due(cx, self.number)
        {
            return Poll::Ready(due.map_or(Event::NoMore, Event::Due));
        }
        if wants.words
            && let Poll::Ready(event) = self.poll_words(cx, heard)
        {
            return Poll::Ready(event);
        }
        if wants.settled && self.wire.is_settled() {
            return Poll::Ready(Event::Settled);
        }
        match wants.until {
            Some(until) => self.poll_alarm(cx, until).map(|()| Event::Late),
            None => Poll::Pending,
        }
    }

    fn poll_words(&mut self, cx: &mut Context<'_>, heard: &mut impl FnMut(Came, &[u8])) -> Poll<Event> {
        INBOX.with_borrow_mut(|inbox| {
            for count in 0..BURST_MAX {
                let came = match self.wire.poll_hear(cx, inbox) {
                    Poll::Pending if count > 0 => break,
                    polled => match ready!(polled) {
                        Ok(came) => came,
                        Err(error) => return Poll::Ready(Event::Gone(error)),
                    },
                };
                match came {
                    Came::Datagram(length) => heard(came, &inbox[..length]),
                    Came::Bytes(length) => heard(came, &inbox[..length]),
                    Came::End => heard(came, &[]),
                }
                // What is left of a stream comes with the next read.
                if !matches!(came, Came::Datagram(_)) {
                    break;
                }
            }
            Poll::Ready(Event::Heard)
        })
    }

    /// Deadlines move with every message and are seldom reached: a timer that rings too early is set again then.
    fn poll_alarm(&mut self, cx: &mut Context<'_>, until: Instant) -> Poll<()> {
        let until = tokio::time::Instant::from_std(until);
        let mut alarm = self.alarm.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(set) = &*alarm
            && set.deadline() <= until
            && !set.is_elapsed()
        {
            // It was polled when it was set, by the same task.
            return Poll::Pending;
        }
        let alarm = alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        if alarm.deadline() > until {
            alarm.as_mut().reset(until);
        }
        loop {
            // Also where others should have their turn first: or it would not ring for us.
            ready!(pin!(unconstrained(alarm.as_mut())).poll(cx));
            if alarm.deadline() >= until {
                return Poll::Ready(());
            }
            alarm.as_mut().reset(until);
        }
    }
}
