//! Kept lists in streams: an item is a message, its number the message's.
//!
//! ```text
//!   PREFIX.lists.NOTES.i          items without a key, which are found by their number
//!   PREFIX.lists.NOTES.k.KEY      the item under a key: a new one rolls the old one up
//! ```

use std::sync::Arc;
use std::time::Duration;

use async_nats::header::{HeaderMap, NATS_ROLLUP};
use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::stream::{self, LastRawMessageErrorKind, RawMessageErrorKind, Stream};
use convo::{Add, Item};
use futures_util::StreamExt;

use super::line::{ASK, Fault, KEEP, KNOWN_FOR, Line, THIS_SUBJECT, told};
use super::trail::forgetful;
use super::{later, names};
use crate::StoreError;
use crate::store::{Later, Page};

/// A page has at most so many items: what one answer brings into memory is bounded by it and by the longest message.
const PAGE_ITEMS_MAX: usize = 64;
/// A page that does not come within this time is asked for again.
const PAGE_MAX: Duration = Duration::from_secs(5);
/// What an item has besides its text and its key.
const FROM: &str = "Sockeye-From";
const AT: &str = "Sockeye-At";

/// A reading under way: the items up to the number that was the last when it began. An item that is replaced while the
/// reading is under way is not in it any more, and its successor not yet.
#[derive(Debug)]
pub(crate) struct Reading {
    line: Arc<Line>,
    list: List,
    /// The number read last.
    after: u64,
    /// The number up to which is read.
    bound: u64,
    /// What delivers the pages, while it is not forgotten.
    consumer: Option<Box<PullConsumer>>,
}

/// A list, as NATS names it.
#[derive(Debug, Clone)]
struct List {
    stream: String,
    /// What its subjects begin with.
    subject: String,
}

impl Line {
    /// Adds an item and says its number, once JetStream has acknowledged it.
    pub(crate) fn add(self: &Arc<Self>, add: Add<'_>) -> Later<Result<u64, StoreError>> {
        let line = Arc::clone(self);
        let letter = self.list(add.list).and_then(|list| {
            let mut headers = HeaderMap::new();
            headers.insert(FROM, names::token(add.from)?);
            headers.insert(AT, add.at.to_string());
            let subject = match add.key {
                None => format!("{}.i", list.subject),
                Some(key) => {
                    headers.insert(NATS_ROLLUP, THIS_SUBJECT);
                    format!("{}.k.{}", list.subject, names::token(key)?)
                }
            };
            Ok((list, subject, headers))
        });
        let payload = add.text.as_bytes().to_vec();
        let replaced = add.key.and_then(number);
        later(move || async move {
            let (list, subject, headers) = letter?;
            let config = line.list_config(&list);
            let added = line.publish(config, subject, headers, payload, KEEP).await?;
            if let Some(number) = replaced.filter(|number| *number < added) {
                line.drop_unnamed(&list, number).await;
            }
            Ok(added)
        })
    }

    /// Begins to read a list at the item numbered `from`, or the next one there is, and finds the first page.
    pub(crate) fn begin(self: &Arc<Self>, list: &str, from: u64) -> Later<Result<Page, StoreError>> {
        let (line, list) = (Arc::clone(self), self.list(list));
        later(move || async move {
            let list = list?;
            let state = line.insist(ASK, || line.state(&list)).await?;
            let bound = state.last_sequence;
            if state.messages == 0 || from > bound {
                return Ok(Page { items: Vec::new(), rest: None });
            }
            let reading = Reading { line, list, after: from.saturating_sub(1), bound, consumer: None };
            reading.read().await
        })
    }

    /// The item under a key.
    pub(crate) fn at(
        self: &Arc<Self>,
        list: &str,
        key: &str,
    ) -> Later<Result<Option<Arc<Item>>, StoreError>> {
        let (line, list, token) = (Arc::clone(self), self.list(list), names::token(key));
        let number = number(key);
        later(move || async move {
            let (list, token) = (list?, token?);
            line.insist(ASK, || line.look(&list, &token, number)).await
        })
    }

    /// How many items a list has.
    pub(crate) fn count(self: &Arc<Self>, list: &str) -> Later<Result<u64, StoreError>> {
        let (line, list) = (Arc::clone(self), self.list(list));
        later(move || async move {
            let list = list?;
            line.insist(ASK, || line.state(&list)).await.map(|state| state.messages)
        })
    }

    fn list(&self, name: &str) -> Result<List, StoreError> {
        let token = names::token(name)?;
        let subject = format!("{}.lists.{token}", self.place.prefix);
        Ok(List { stream: self.stream_name("list", &token), subject })
    }

    fn list_config(&self, list: &List) -> stream::Config {
        stream::Config {
            name: list.stream.clone(),
            subjects: vec![format!("{}.>", list.subject)],
            num_replicas: self.place.replicas,
            allow_rollup: true,
            duplicate_window: KNOWN_FOR,
            // Full is full: nothing that was acknowledged makes room for what comes.
            discard: stream::DiscardPolicy::New,
            ..stream::Config::default()
        }
    }

    async fn list_stream(&self, list: &List) -> Result<Stream<()>, Fault> {
        self.ensure(&self.list_config(list)).await?;
        let stream = self.jetstream.get_stream_no_info(&list.stream).await;
        stream.map_err(|error| Fault::Passing(told(&error)))
    }

    async fn state(&self, list: &List) -> Result<stream::State, Fault> {
        self.ensure(&self.list_config(list)).await?;
        match self.stream(&list.stream).await? {
            Some(stream) => Ok(stream.cached_info().state.clone()),
            None => {
                self.forget(&list.stream);
                Err(Fault::passing("the list's stream was deleted"))
            }
        }
    }

    async fn look(&self, list: &List, token: &str, number: Option<u64>) -> Result<Option<Arc<Item>>, Fault> {
        let stream = self.list_stream(list).await?;
        let subject = format!("{}.k.{token}", list.subject);
        match stream.get_last_raw_message_by_subject(&subject).await {
            Ok(found) => {
                return Ok(item(list, &found.subject, found.sequence, &found.headers, &found.payload));
            }
            Err(error) if matches!(error.kind(), LastRawMessageErrorKind::NoMessageFound) => {}
            Err(error) => return Err(Fault::Passing(told(&error))),
        }
        match number {
            Some(number) => unnamed(&stream, list, number).await,
            None => Ok(None),
        }
    }

    /// A number that is used as a key replaces the item of that number. Done after the new one is kept, so that the worst
    /// that a lost connection leaves is both of them, the new one found by the key.
    async fn drop_unnamed(&self, list: &List, number: u64) {
        let Ok(stream) = self.list_stream(list).await else { return };
        if let Ok(Some(_)) = unnamed(&stream, list, number).await {
            // Left for the next one to replace it.
            let _ = stream.delete_message(number).await;
        }
    }
}

impl Reading {
    /// The next items.
    pub(crate) fn page(self) -> Later<Result<Page, StoreError>> {
        later(move || self.read())
    }

    async fn read(mut self) -> Result<Page, StoreError> {
        let mut held = self.consumer.take();
        let (line, list, after) = (&self.line, &self.list, self.after);
        let fetched = line
            .insist(ASK, || {
                let held = held.take().map(|consumer| *consumer);
                async move {
                    let fetching = fetch(line, list, after, held);
                    let fetched = tokio::time::timeout(PAGE_MAX, fetching).await;
                    fetched.unwrap_or_else(|_| Err(Fault::passing("a page did not come in time")))
                }
            })
            .await?;
        let Fetched { mut items, consumer, more } = fetched;
        let bound = self.bound;
        let last = items.last().map_or(bound, |item| item.seq);
        items.retain(|item| item.seq <= bound);
        if more && last < bound {
            self.after = last;
            self.consumer = Some(Box::new(consumer));
            return Ok(Page { items, rest: Some(self.into()) });
        }
        let jetstream = self.line.jetstream.clone();
        drop(tokio::spawn(async move {
            let (name, stream) = (&consumer.cached_info().name, &consumer.cached_info().stream_name);
            // One that could not be deleted is forgotten by itself.
            let _ = jetstream.delete_consumer_from_stream(name, stream).await;
        }));
        Ok(Page { items, rest: None })
    }
}

/// What one request for a page brought.
struct Fetched {
    items: Vec<Arc<Item>>,
    consumer: PullConsumer,
    /// Others follow.
    more: bool,
}

async fn fetch(line: &Line, list: &List, after: u64, held: Option<PullConsumer>) -> Result<Fetched, Fault> {
    let passing = |error: &(dyn std::error::Error + 'static)| Fault::Passing(told(error));
    let consumer = match held {
        Some(consumer) => consumer,
        None => {
            let stream = line.list_stream(list).await?;
            let made = stream.create_consumer(forgetful(after + 1)).await.map_err(|error| passing(&error))?;
            if made.cached_info().num_pending == 0 {
                return Ok(Fetched { items: Vec::new(), consumer: made, more: false });
            }
            made
        }
    };
    let batch = consumer.fetch().max_messages(PAGE_ITEMS_MAX).messages().await;
    let mut batch = batch.map_err(|error| passing(&error))?;
    let (mut items, mut more, mut last) = (Vec::new(), None, after);
    while let Some(message) = batch.next().await {
        let message = message.map_err(|error| Fault::Passing(error.to_string()))?;
        let info = message.info().map_err(|error| Fault::Passing(error.to_string()))?;
        if info.stream_sequence <= last {
            return Err(Fault::passing("a page came out of order"));
        }
        (last, more) = (info.stream_sequence, Some(info.pending > 0));
        let headers = message.headers.clone().unwrap_or_default();
        items.extend(item(list, &message.subject, last, &headers, &message.payload));
    }
    match more {
        Some(more) => Ok(Fetched { items, consumer, more }),
        None => Err(Fault::passing("a page came without items")),
    }
}

/// The item of this number, if it has no key of its own.
async fn unnamed(stream: &Stream<()>, list: &List, number: u64) -> Result<Option<Arc<Item>>, Fault> {
    match stream.get_raw_message(number).await {
        Ok(found) if found.subject.ends_with(".i") => {
            Ok(item(list, &found.subject, number, &found.headers, &found.payload))
        }
        Ok(_) => Ok(None),
        Err(error) => match error.kind() {
            RawMessageErrorKind::NoMessageFound => Ok(None),
            _ => Err(Fault::Passing(told(&error))),
        },
    }
}

/// The number that a key is, if it is written as numbers are.
fn number(key: &str) -> Option<u64> {
    key.parse().ok().filter(|number: &u64| *number > 0 && number.to_string() == key)
}

/// What a message keeps. One that is none of ours is passed over.
fn item(list: &List, subject: &str, seq: u64, headers: &HeaderMap, text: &[u8]) -> Option<Arc<Item>> {
    let key = match subject.strip_prefix(list.subject.as_str())?.strip_prefix(".k.") {
        Some(token) => names::name(token)?,
        None => seq.to_string(),
    };
    let from = headers.get(FROM).and_then(|from| names::name(from.as_str())).unwrap_or_default();
    let at = headers.get(AT).and_then(|at| at.as_str().parse().ok()).unwrap_or_default();
    let text = String::from_utf8(text.to_vec()).ok()?;
    Some(Arc::new(Item { seq, text, key, from, at }))
}
