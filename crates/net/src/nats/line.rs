//! The connection to NATS: publishing until it is acknowledged, asking until there is an answer, within a patience.

use std::collections::HashSet;
use std::error::Error as _;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use async_nats::header::{HeaderMap, NATS_MESSAGE_ID};
use async_nats::jetstream::context::{
    ContextBuilder, CreateStreamErrorKind, GetStreamErrorKind, PublishErrorKind,
};
use async_nats::jetstream::{self, ErrorCode, stream};
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

use super::NatsPlace;
use super::connect;
use crate::{Host, OpenError, StoreError, Warning};

/// Requests of sessions under way at a time; a further one is refused.
const UNDER_WAY_MAX: usize = 4096;
/// How long one request may take before it is tried again.
const REQUEST_MAX: Duration = Duration::from_secs(2);
/// How long JetStream may take to answer where the server itself has none: another of its cluster may.
const ELSEWHERE_MAX: Duration = Duration::from_secs(2);
/// Pauses between attempts, to connect and to request: doubled each time, between these.
pub(super) const PAUSE_MIN: Duration = Duration::from_millis(50);
pub(super) const PAUSE_MAX: Duration = Duration::from_secs(2);
/// Within this time a message published again under its id is known and not stored again.
pub(super) const KNOWN_FOR: Duration = Duration::from_secs(120);

/// What the description of a stream of ours begins with. What follows is of one making of it.
pub(super) const ORIGIN: &str = "sockeye ";

/// The value of `Nats-Rollup`: what was published under this subject before goes.
pub(super) const THIS_SUBJECT: &str = "sub";

/// How long something is tried before it is refused.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// While there is no connection.
    pub(super) unconnected: Duration,
    /// In all. Without its leader a cluster elects another, which takes up to ten seconds.
    pub(super) in_all: Duration,
    /// What is said of a request that was sent and not answered.
    pub(super) doubt: &'static str,
}

/// Nothing changes by being asked.
pub(super) const ASK: Patience =
    Patience { unconnected: Duration::from_secs(5), in_all: Duration::from_secs(15), doubt: "" };
/// Somebody waits to hear that it is kept.
pub(super) const KEEP: Patience = Patience { doubt: "; it may be kept all the same", ..ASK };
/// Nobody waits but the one who told.
pub(super) const TELL: Patience = Patience {
    unconnected: Duration::from_secs(30),
    in_all: Duration::from_secs(30),
    doubt: "; it may be heard all the same",
};

/// Why an attempt failed.
#[derive(Debug)]
pub(super) enum Fault {
    /// Another attempt may succeed.
    Passing(String),
    /// No other would.
    Lasting(String),
}

impl Fault {
    pub(super) fn passing(why: impl std::fmt::Display) -> Self {
        Self::Passing(why.to_string())
    }
}

/// The connection to NATS, one for the process. It is kept up by a task of its own, which connects again and again.
pub(crate) struct Line {
    pub(super) jetstream: jetstream::Context,
    pub(super) place: NatsPlace,
    /// This process among those that share the servers.
    pub(super) me: String,
    published: AtomicU64,
    connected: watch::Receiver<bool>,
    under_way: Semaphore,
    /// The streams that were there when they were last looked for.
    streams: Mutex<HashSet<String>>,
    /// Who writes the log, once there is somebody.
    host: Arc<OnceLock<Arc<dyn Host>>>,
}

impl Line {
    /// Connects.
    ///
    /// # Errors
    /// No server answers, it refuses us, or it has no JetStream.
    pub(crate) async fn open(place: &NatsPlace) -> Result<Arc<Self>, OpenError> {
        let wrong = |why: String| OpenError::Nats { place: place.to_string(), why };
        let host = Arc::new(OnceLock::new());
        let (up, connected) = watch::channel(true);
        let options = connect::options(place).await.map_err(wrong)?;
        let options = options.event_callback(connect::news(place.to_string(), up, Arc::clone(&host)));
        let client = options.connect(place.servers.as_slice()).await.map_err(|error| wrong(told(&error)))?;
        let has_jetstream = client.server_info().jetstream;
        let jetstream = ContextBuilder::new().timeout(REQUEST_MAX).ack_timeout(REQUEST_MAX).build(client);
        let line = Self {
            jetstream,
            place: place.clone(),
            me: identity(),
            published: AtomicU64::new(0),
            connected,
            under_way: Semaphore::new(UNDER_WAY_MAX),
            streams: Mutex::default(),
            host,
        };
        // Asks for a stream that need not be there: whoever answers that it is missing has JetStream.
        let probe = || async { line.stream("sockeye_probe").await.map(|_| ()) };
        let patience = if has_jetstream { ASK } else { Patience { in_all: ELSEWHERE_MAX, ..ASK } };
        match line.insist(patience, probe).await {
            Ok(()) => Ok(Arc::new(line)),
            Err(_) if !has_jetstream => Err(OpenError::NoJetStream { place: place.to_string() }),
            Err(error) => Err(wrong(format!("JetStream does not answer: {error}"))),
        }
    }

    /// Says from now on in the log when the connection is lost and when it is back.
    pub(crate) fn report_to(&self, host: &Arc<dyn Host>) {
        // A second server of this process tells the same log.
        let _ = self.host.set(Arc::clone(host));
    }

    pub(super) fn warn(&self, warning: &Warning) {
        if let Some(host) = self.host.get() {
            host.warn(None, warning);
        }
    }

    /// The name of a stream of ours.
    pub(super) fn stream_name(&self, kind: &str, rest: &str) -> String {
        format!("{}_{kind}_{rest}", self.place.prefix.replace('.', "_"))
    }

    /// Whether there is a connection now, as far as is known.
    pub(super) fn is_connected(&self) -> bool {
        *self.connected.borrow()
    }

    /// Comes when there is a connection. Cancel safe.
    pub(super) async fn connected(&self) {
        let mut connected = self.connected.clone();
        if connected.wait_for(|connected| *connected).await.is_err() {
            // The client is gone, which only the process's end does.
            std::future::pending::<()>().await;
        }
    }

    /// Publishes and waits for JetStream's acknowledgement; the number it gave. Tried again under the same id, so that
    /// it is stored once.
    pub(super) async fn publish(
        &self,
        stream: stream::Config,
        subject: String,
        mut headers: HeaderMap,
        payload: Vec<u8>,
        patience: Patience,
    ) -> Result<u64, StoreError> {
        let number = self.published.fetch_add(1, Ordering::Relaxed);
        headers.insert(NATS_MESSAGE_ID, format!("{}-{number}", self.me));
        let (name, payload) = (stream.name.clone(), bytes::Bytes::from(payload));
        let published = self
            .insist(patience, || async {
                self.ensure(&stream).await?;
                self.publish_once(&name, subject.clone(), headers.clone(), payload.clone()).await
            })
            .await;
        if published.is_err() {
            // It may have been deleted: the next one looks for it.
            self.forget(&name);
        }
        published
    }

    async fn publish_once(
        &self,
        stream: &str,
        subject: String,
        headers: HeaderMap,
        payload: bytes::Bytes,
    ) -> Result<u64, Fault> {
        let acknowledged = async {
            self.jetstream
                .publish_with_headers(subject, headers, payload)
                .await?
                .await
                .map(|ack| ack.sequence)
        };
        acknowledged.await.map_err(|error| match error.kind() {
            PublishErrorKind::MaxPayloadExceeded => Fault::Lasting(told(&error)),
            _ if error.source().is_some_and(lasts) => Fault::Lasting(told(&error)),
            // Its storage may have been emptied: the next attempt makes it anew.
            PublishErrorKind::StreamNotFound => {
                self.forget(stream);
                Fault::Passing(told(&error))
            }
            _ => Fault::Passing(told(&error)),
        })
    }

    /// Tries until it is done, or the patience is over.
    pub(super) async fn insist<T, A>(
        &self,
        patience: Patience,
        mut attempt: impl FnMut() -> A,
    ) -> Result<T, StoreError>
    where
        A: Future<Output = Result<T, Fault>>,
    {
        let Ok(_permit) = self.under_way.try_acquire() else {
            return Err(failed(format!(
                "{UNDER_WAY_MAX} requests to NATS are under way already: try again later"
            )));
        };
        let begun = Instant::now();
        let (mut pause, mut last) = (PAUSE_MIN, None);
        loop {
            let rest = patience.in_all.saturating_sub(begun.elapsed());
            if tokio::time::timeout(patience.unconnected.min(rest), self.connected()).await.is_err() {
                return Err(failed(match last {
                    None => format!("no connection to NATS at {}: nothing was sent", self.place),
                    Some(_) => format!("the connection to NATS at {} was lost{}", self.place, patience.doubt),
                }));
            }
            last = match attempt().await {
                Ok(done) => return Ok(done),
                Err(Fault::Lasting(why)) => {
                    let doubt = last.map_or("", |_| patience.doubt);
                    return Err(failed(format!("NATS refuses it: {why}{doubt}")));
                }
                Err(Fault::Passing(why)) => Some(why),
            };
            if begun.elapsed() + pause >= patience.in_all {
                let (waited, why) = (patience.in_all.as_secs(), last.unwrap_or_default());
                return Err(failed(format!("no answer of NATS for {waited} s ({why}){}", patience.doubt)));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Makes a stream if it is not there. One that is there is left as it is, unless it takes other subjects.
    ///
    /// What it is described by says when it was made anew: each is made under a description of its own.
    pub(super) async fn ensure(&self, config: &stream::Config) -> Result<(), Fault> {
        if self.streams().contains(&config.name) {
            return Ok(());
        }
        let config =
            stream::Config { description: Some(format!("{ORIGIN}{}", identity())), ..config.clone() };
        let (name, subjects) = (config.name.clone(), config.subjects.clone());
        let mut made = self.jetstream.get_or_create_stream(config.clone()).await;
        if made.as_ref().is_err_and(|error| is_there(&error.kind())) {
            // Somebody else has just made it.
            made = self.jetstream.get_or_create_stream(config).await;
        }
        let made = made.map_err(|error| match error.kind() {
            CreateStreamErrorKind::JetStream(answer) if lasts(&answer) => {
                Fault::Lasting(format!("the stream {name} for {}: {answer}", subjects.join(", ")))
            }
            _ => Fault::Passing(told(&error)),
        })?;
        let found = &made.cached_info().config.subjects;
        if *found != subjects {
            let (found, wanted) = (found.join(", "), subjects.join(", "));
            return Err(Fault::Lasting(format!(
                "the stream {name} takes {found} and not {wanted}; give another prefix="
            )));
        }
        self.streams().insert(name);
        Ok(())
    }

    /// A stream may be gone: it is looked for, and made, when it is needed next.
    pub(super) fn forget(&self, stream: &str) {
        self.streams().remove(stream);
    }

    /// A stream and its state, if it is there.
    pub(super) async fn stream(&self, name: &str) -> Result<Option<stream::Stream>, Fault> {
        match self.jetstream.get_stream(name).await {
            Ok(stream) => Ok(Some(stream)),
            Err(error) => match error.kind() {
                GetStreamErrorKind::JetStream(answer) if answer.code() == 404 => Ok(None),
                GetStreamErrorKind::JetStream(answer)
                    if answer.error_code() == ErrorCode::JETSTREAM_NOT_ENABLED_FOR_ACCOUNT =>
                {
                    Err(Fault::Lasting(told(&error)))
                }
                _ => Err(Fault::Passing(told(&error))),
            },
        }
    }

    fn streams(&self) -> MutexGuard<'_, HashSet<String>> {
        // Nothing panics half-way in a change of it.
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line").field("place", &self.place).field("me", &self.me).finish_non_exhaustive()
    }
}

pub(super) fn failed(why: String) -> StoreError {
    StoreError::Failed(why)
}

/// Whether a stream could not be made because there is one of its name.
fn is_there(kind: &CreateStreamErrorKind) -> bool {
    matches!(kind, CreateStreamErrorKind::JetStream(answer) if answer.error_code() == ErrorCode::STREAM_NAME_EXIST)
}

/// Whether JetStream would answer so again: it is full, or what is asked of it cannot be.
fn lasts(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<jetstream::Error>().is_some_and(|answer| match answer.error_code() {
        ErrorCode::ACCOUNT_RESOURCES_EXCEEDED
        | ErrorCode::INSUFFICIENT_RESOURCES
        | ErrorCode::STORAGE_RESOURCES_EXCEEDED
        | ErrorCode::STREAM_REPLICAS_NOT_SUPPORTED
        | ErrorCode::STREAM_SUBJECT_OVERLAP => true,
        // Also said where a cluster is not in order for a moment.
        ErrorCode::STREAM_STORE_FAILED => answer.to_string().contains("maximum"),
        _ => false,
    })
}

/// An error with its causes.
pub(super) fn told(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let why = error.to_string();
        if !text.contains(&why) {
            text = format!("{text}: {why}");
        }
        cause = error.source();
    }
    text
}

/// What tells this process from all others.
fn identity() -> String {
    let mut bytes = [0; 12];
    // Should the system have no randomness, TLS and keys would have failed before: the address of a thing is a name yet.
    if aws_lc_rs::rand::fill(&mut bytes).is_err() {
        return format!("{}-{:p}", std::process::id(), &raw const bytes);
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
