//! Following a stream: each of its messages once, in its order, whatever happens to the connection.
//!
//! ```text
//!            ┌──────────────── lost: from after + 1 ───────────────┐
//!            ▼                                                     │
//!   stream's state ──▶ a consumer from after + 1 ──▶ messages ─────┘      after = the number heard last
//! ```

use std::sync::Arc;
use std::time::Duration;

use async_nats::datetime::DateTime;
use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull};
use async_nats::jetstream::stream::{self, RawMessageErrorKind, Stream};
use futures_util::StreamExt;
use tokio::sync::watch;
use tokio::time::Instant;

use super::line::{Fault, Line, ORIGIN, told};
use crate::Warning;

/// The server says this often that it is there; two silences and the trail begins anew.
const HEARTBEAT: Duration = Duration::from_millis(500);
/// One request for messages lasts so long.
const REQUEST_LASTS: Duration = Duration::from_secs(30);
/// A consumer that nobody asks is gone after this time.
pub(super) const FORGOTTEN_AFTER: Duration = Duration::from_secs(30);
/// A stream that has been behind for so long will not catch up.
const BEHIND_MAX: Duration = Duration::from_secs(15);
/// Before a trail that was lost is taken up again.
const PAUSE: Duration = Duration::from_millis(200);

/// Who hears a trail.
pub(super) trait Hear: Send + Sync + 'static {
    /// A message, and its number.
    fn hear(&mut self, message: &Message, number: u64);

    /// So many messages between the last one and the next are in the stream no longer.
    fn missed(&mut self, messages: u64);

    /// The stream was made anew, and is heard from its first message on.
    fn anew(&mut self);

    /// Nobody hears any more.
    fn is_gone(&self) -> bool;
}

/// Where a trail begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beginning {
    /// With the first message there is.
    First,
    /// With what is published from now on.
    Now,
}

/// A message of a stream. When it was stored tells it from one of the same number in another making of the stream.
#[derive(Debug, Clone, Copy)]
struct Mark {
    number: u64,
    stored: DateTime,
}

impl Mark {
    /// Before the first message.
    const START: Self = Self { number: 0, stored: DateTime::UNIX_EPOCH };
}

/// A stream that is followed.
pub(super) struct Trail<H> {
    line: Arc<Line>,
    config: stream::Config,
    beginning: Beginning,
    /// Which making of the stream this is.
    origin: Option<String>,
    /// The message heard last, once the trail has begun.
    after: Option<Mark>,
    /// The stream's last number when it was last looked at.
    last: u64,
    /// Since when the stream's last number has been smaller than the one heard last.
    behind: Option<Instant>,
    /// Becomes true when all that was there at the beginning has been heard.
    caught_up: watch::Sender<bool>,
    hear: H,
}

impl<H: Hear> Trail<H> {
    /// A stream, which is made if it is not there. What comes says when all that was there has been heard.
    pub(super) fn of(
        line: Arc<Line>,
        config: stream::Config,
        beginning: Beginning,
        hear: H,
    ) -> (Self, watch::Receiver<bool>) {
        let (caught_up, ready) = watch::channel(false);
        let (origin, after, last, behind) = (None, None, 0, None);
        (Self { line, config, beginning, origin, after, last, behind, caught_up, hear }, ready)
    }

    /// Follows it from now on, for as long as somebody is there who hears.
    // What follows is large, as in `nats::later`.
    #[inline(never)]
    pub(super) fn follow(self) {
        drop(tokio::spawn(self.run()));
    }

    async fn run(mut self) {
        let mut said = None;
        while !self.hear.is_gone() {
            self.line.connected().await;
            match self.round().await {
                // It is taken up where it was, and what is missing is told then.
                Ok(()) | Err(Fault::Passing(_)) => {}
                Err(Fault::Lasting(why)) => {
                    if said.as_ref() != Some(&why) {
                        self.line.warn(&Warning::NatsSays {
                            place: self.line.place.to_string(),
                            why: why.clone(),
                        });
                        said = Some(why);
                    }
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Hears what comes until that is disturbed.
    async fn round(&mut self) -> Result<(), Fault> {
        self.line.ensure(&self.config).await?;
        let Some(stream) = self.line.stream(&self.config.name).await? else {
            self.line.forget(&self.config.name);
            return Ok(());
        };
        self.settle(&stream).await?;
        let consumer = self.consumer(&stream).await?;
        self.look_up(consumer.cached_info().num_pending);
        let messages = consumer.stream().heartbeat(HEARTBEAT).expires(REQUEST_LASTS).messages().await;
        let mut messages = messages.map_err(|error| Fault::Passing(told(&error)))?;
        while let Some(message) = messages.next().await {
            let message = message.map_err(|error| Fault::Passing(told(&error)))?;
            self.take(&message)?;
            if self.hear.is_gone() {
                break;
            }
        }
        Ok(())
    }

    /// Finds the place in the stream where the trail goes on.
    async fn settle(&mut self, stream: &Stream) -> Result<(), Fault> {
        let info = stream.cached_info();
        let end = Mark { number: info.state.last_sequence, stored: info.state.last_timestamp };
        self.last = end.number;
        let after = match (self.after, self.beginning) {
            (Some(after), _) => after,
            (None, Beginning::First) => Mark::START,
            (None, Beginning::Now) => end,
        };
        let origin = info.config.description.clone();
        let ours = origin.as_ref().is_some_and(|origin| origin.starts_with(ORIGIN));
        // Two that made it at the same moment may both have done so: then its description changed once, and nothing else.
        let differs = self.after.is_some() && ours && origin != self.origin;
        let goes_on = if after.number > end.number {
            // A server that came back may know less than the others for a moment: what it has is older than what was heard.
            // (That the stream was made at another time means nothing: each server of a cluster has a time of its own.)
            let since = *self.behind.get_or_insert_with(Instant::now);
            let counts_anew = differs && end.stored > after.stored;
            if !counts_anew && since.elapsed() < BEHIND_MAX {
                return Err(Fault::passing("the stream is behind"));
            }
            !differs
        } else {
            !differs || holds(stream, after).await?
        };
        if !goes_on {
            self.hear.anew();
            self.after = Some(Mark::START);
        } else if after.number > end.number {
            // It lost its end: what it gives numbers to from now on is new.
            self.hear.missed(after.number - end.number);
            self.after = Some(end);
        } else {
            self.after = Some(after);
        }
        (self.origin, self.behind) = (origin, None);
        Ok(())
    }

    async fn consumer(&self, stream: &Stream) -> Result<PullConsumer, Fault> {
        let config = forgetful(self.after.map_or(0, |after| after.number) + 1);
        stream.create_consumer(config).await.map_err(|error| Fault::Passing(told(&error)))
    }

    fn take(&mut self, message: &Message) -> Result<(), Fault> {
        let info = message.info().map_err(|error| Fault::Passing(error.to_string()))?;
        let (number, pending) = (info.stream_sequence, info.pending);
        let after = self.after.map_or(0, |after| after.number);
        if number > after {
            if *self.caught_up.borrow() && number > after + 1 {
                self.hear.missed(number - after - 1);
            }
            self.after = Some(Mark { number, stored: info.published });
            self.hear.hear(message, number);
        }
        self.look_up(pending);
        Ok(())
    }

    /// Notes whether all that was there has been heard. What NATS counts as pending does not say it alone: it counts
    /// messages, too, that were replaced since and never come. Nor does the number: the last ones may be gone.
    fn look_up(&self, pending: u64) {
        if pending == 0 || self.after.is_some_and(|after| after.number >= self.last) {
            self.caught_up.send_replace(true);
        }
    }
}

/// Whether a message is in a stream.
async fn holds(stream: &Stream, mark: Mark) -> Result<bool, Fault> {
    if mark.number == 0 {
        return Ok(true);
    }
    match stream.get_raw_message(mark.number).await {
        Ok(message) => Ok(message.time == mark.stored),
        Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(false),
        Err(error) => Err(Fault::Passing(told(&error))),
    }
}

/// A consumer that begins at a number, and is forgotten when nobody asks it any more.
pub(super) fn forgetful(from: u64) -> pull::Config {
    pull::Config {
        ack_policy: AckPolicy::None,
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: from },
        inactive_threshold: FORGOTTEN_AFTER,
        memory_storage: true,
        num_replicas: 1,
        ..pull::Config::default()
    }
}
