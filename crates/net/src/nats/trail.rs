//! Following a stream: each of its messages once, in its order, whatever happens to the connection.
//!
//! ```text
//!            ┌──────────────── lost: from after + 1 ───────────────┐
//!            ▼                                                     │
//!   stream's state ──▶ a consumer from after + 1 ──▶ messages ─────┘      after = the number heard last
//! ```

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull};
use async_nats::jetstream::stream::{self, Stream};
use futures_util::StreamExt;
use tokio::sync::watch;
use tokio::time::Instant;

use super::line::{Fault, Line, ORIGIN, told};

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

/// A stream that is followed.
pub(super) struct Trail<H> {
    line: Arc<Line>,
    config: stream::Config,
    beginning: Beginning,
    /// Which making of the stream this is.
    origin: Option<String>,
    /// The number heard last, once the trail has begun.
    after: Option<u64>,
    /// The stream's last number when it was last looked at.
    last: u64,
    /// Since when the stream's last number has been smaller than the one heard last.
    behind: Option<Instant>,
    /// Becomes true when all that was there at the beginning has been heard.
    caught_up: watch::Sender<bool>,
    hear: H,
}

impl<H: Hear> Trail<H> {
    /// Follows a stream, which is made if it is not there. What comes says when all that was there has been heard.
    pub(super) fn follow(
        line: Arc<Line>,
        config: stream::Config,
        beginning: Beginning,
        hear: H,
    ) -> watch::Receiver<bool> {
        let (caught_up, ready) = watch::channel(false);
        let (origin, after, last, behind) = (None, None, 0, None);
        let trail = Self { line, config, beginning, origin, after, last, behind, caught_up, hear };
        drop(tokio::spawn(trail.run()));
        ready
    }

    async fn run(mut self) {
        while !self.hear.is_gone() {
            self.line.connected().await;
            // Why it was lost does not matter: it is taken up where it was, and what is missing is told then.
            let _ = self.round().await;
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
        self.settle(&stream)?;
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
    fn settle(&mut self, stream: &Stream) -> Result<(), Fault> {
        let last = stream.cached_info().state.last_sequence;
        self.last = last;
        let origin = stream.cached_info().config.description.clone();
        let ours = origin.as_ref().is_some_and(|origin| origin.starts_with(ORIGIN));
        if self.after.is_some() && ours && origin != self.origin {
            self.after = Some(0);
            self.hear.anew();
        }
        self.origin = origin;
        let after = match (self.after, self.beginning) {
            (Some(after), _) => after,
            (None, Beginning::First) => 0,
            (None, Beginning::Now) => last,
        };
        if after <= last {
            (self.after, self.behind) = (Some(after), None);
            return Ok(());
        }
        // A server that came back may know less than the others for a moment. (That the stream was made at another time
        // means nothing: each server of a cluster has a time of its own for that.)
        let since = *self.behind.get_or_insert_with(Instant::now);
        if since.elapsed() < BEHIND_MAX {
            return Err(Fault::passing("the stream is behind"));
        }
        // It lost its end: what it gives numbers to from now on is new.
        self.hear.missed(after - last);
        (self.after, self.behind) = (Some(last), None);
        Ok(())
    }

    async fn consumer(&self, stream: &Stream) -> Result<PullConsumer, Fault> {
        let config = forgetful(self.after.unwrap_or_default() + 1);
        stream.create_consumer(config).await.map_err(|error| Fault::Passing(told(&error)))
    }

    fn take(&mut self, message: &Message) -> Result<(), Fault> {
        let info = message.info().map_err(|error| Fault::Passing(error.to_string()))?;
        let (number, pending) = (info.stream_sequence, info.pending);
        let after = self.after.unwrap_or_default();
        if number > after {
            if *self.caught_up.borrow() && number > after + 1 {
                self.hear.missed(number - after - 1);
            }
            self.after = Some(number);
            self.hear.hear(message, number);
        }
        self.look_up(pending);
        Ok(())
    }

    /// Notes whether all that was there has been heard. What NATS counts as pending does not say it alone: it counts
    /// messages, too, that were replaced since and never come. Nor does the number: the last ones may be gone.
    fn look_up(&self, pending: u64) {
        if pending == 0 || self.after.is_some_and(|after| after >= self.last) {
            self.caught_up.send_replace(true);
        }
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
