//! Who is in the rooms of a convo, over all servers: a key-value bucket that forgets what is not said again.
//!
//! ```text
//!   $KV.PREFIX_members_CONVO.ROOM.SERVER.SESSION      "SINCE NAME"
//! ```
//!
//! SINCE is the bucket's revision with which the member came, 0 in that revision itself: everybody sees members in the
//! order in which they came. A server that is gone leaves its members there until they expire.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use async_nats::header::{HeaderMap, NATS_ROLLUP};
use async_nats::jetstream::{Message, stream};
use futures_util::StreamExt;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::line::{Line, THIS_SUBJECT};
use super::trail::{Beginning, Hear, Trail};

/// A member that was not said for so long is gone.
const EXPIRY: Duration = Duration::from_secs(30);
/// Members are said again this often …
const SAID_EVERY: Duration = Duration::from_secs(10);
/// … by somebody who looks after it this often.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Announcements under way at a time.
const UNDER_WAY_MAX: usize = 64;
/// What a bucket's message is, beside a value.
const OPERATION: &str = "KV-Operation";
const PURGE: &str = "PURGE";

/// Who is in the rooms of a convo.
pub(super) struct Roll {
    line: Arc<Line>,
    bucket: String,
    config: stream::Config,
    here: Mutex<Here>,
    changed: Notify,
    everywhere: Mutex<HashMap<Member, Entry>>,
    ready: watch::Receiver<bool>,
}

/// Our own members, by their keys in the bucket.
#[derive(Debug, Default)]
struct Here {
    members: HashMap<String, Announced>,
    /// Those to be taken off.
    left: HashSet<String>,
}

#[derive(Debug, Clone)]
struct Announced {
    name: String,
    /// The revision with which it came, once it has been said.
    since: u64,
    said: Option<Instant>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Member {
    room: String,
    server: String,
    session: u64,
}

#[derive(Debug)]
struct Entry {
    name: String,
    since: u64,
    heard: Instant,
}

impl Roll {
    /// Announces our members, and hears of those of others.
    pub(super) fn open(line: &Arc<Line>, convo: &str) -> Arc<Self> {
        let bucket = line.stream_name("members", convo);
        let config = stream::Config {
            name: format!("KV_{bucket}"),
            subjects: vec![format!("$KV.{bucket}.>")],
            num_replicas: line.place.replicas,
            max_messages_per_subject: 1,
            max_age: EXPIRY,
            duplicate_window: EXPIRY,
            allow_rollup: true,
            deny_delete: true,
            ..stream::Config::default()
        };
        let mut trail = None;
        let roll = Arc::new_cyclic(|roll: &Weak<Self>| {
            let ear = Ear { roll: Weak::clone(roll) };
            let (followed, ready) = Trail::of(Arc::clone(line), config.clone(), Beginning::First, ear);
            trail = Some(followed);
            let (here, everywhere) = (Mutex::default(), Mutex::default());
            Self { line: Arc::clone(line), bucket, config, here, changed: Notify::new(), everywhere, ready }
        });
        // Not before the roll is there: another thread may begin with it at once, and would find nobody who hears.
        if let Some(trail) = trail {
            trail.follow();
        }
        drop(tokio::spawn(announce(Arc::downgrade(&roll))));
        roll
    }

    /// Becomes true when it is known who was there.
    pub(super) fn ready(&self) -> watch::Receiver<bool> {
        self.ready.clone()
    }

    pub(super) fn enter(&self, room: &str, session: u64, name: &str) {
        let key = self.key(room, session);
        let mut here = lock(&self.here);
        here.left.remove(&key);
        here.members.insert(key, Announced { name: name.to_owned(), since: 0, said: None });
        self.changed.notify_one();
    }

    pub(super) fn leave(&self, room: &str, session: u64) {
        let key = self.key(room, session);
        let mut here = lock(&self.here);
        if here.members.remove(&key).is_some() {
            here.left.insert(key);
            self.changed.notify_one();
        }
    }

    /// The names in a room, in the order in which they came. Our own are told by the caller, for what is announced comes
    /// back a moment later.
    pub(super) fn members(&self, room: &str, here: Vec<(u64, String)>) -> Vec<String> {
        let mut everywhere = lock(&self.everywhere);
        everywhere.retain(|_, entry| entry.heard.elapsed() < EXPIRY);
        let mut members: Vec<(u64, String)> = everywhere
            .iter()
            .filter(|(member, _)| member.room == room && member.server != self.line.me)
            .map(|(_, entry)| (entry.since, entry.name.clone()))
            .collect();
        for (session, name) in here {
            let member = Member { room: room.to_owned(), server: self.line.me.clone(), session };
            let since = everywhere.get(&member).map_or(u64::MAX, |entry| entry.since);
            members.push((since, name));
        }
        members.sort_by_key(|(since, _)| *since);
        members.into_iter().map(|(_, name)| name).collect()
    }

    fn key(&self, room: &str, session: u64) -> String {
        format!("{room}.{}.{session}", self.line.me)
    }

    /// Says who came and who left, and again who is here.
    async fn say(&self) {
        let (due, left) = {
            let mut here = lock(&self.here);
            let left = std::mem::take(&mut here.left);
            let due = |member: &Announced| member.said.is_none_or(|said| said.elapsed() >= SAID_EVERY);
            let members = here.members.iter().filter(|(_, member)| due(member));
            (members.map(|(key, member)| (key.clone(), member.clone())).collect::<Vec<_>>(), left)
        };
        if !self.line.is_connected() || self.line.ensure(&self.config).await.is_err() {
            // Who left expires; who is here is said when it can be.
            return;
        }
        let purges = futures_util::stream::iter(left).map(|key| self.purge(key));
        purges.buffer_unordered(UNDER_WAY_MAX).collect::<()>().await;
        let puts = futures_util::stream::iter(due).map(|(key, member)| self.put(key, member));
        puts.buffer_unordered(UNDER_WAY_MAX).collect::<()>().await;
    }

    async fn put(&self, key: String, member: Announced) {
        let value = format!("{} {}", member.since, member.name);
        let Some(revision) = self.publish(&key, HeaderMap::new(), value).await else { return };
        if let Some(member) = lock(&self.here).members.get_mut(&key) {
            member.said = Some(Instant::now());
            if member.since == 0 {
                member.since = revision;
            }
        }
    }

    async fn purge(&self, key: String) {
        let mut headers = HeaderMap::new();
        headers.insert(OPERATION, PURGE);
        headers.insert(NATS_ROLLUP, THIS_SUBJECT);
        // One that was not heard expires.
        let _ = self.publish(&key, headers, String::new()).await;
    }

    /// Publishes once; what fails is tried again when it is due.
    async fn publish(&self, key: &str, headers: HeaderMap, value: String) -> Option<u64> {
        let subject = format!("$KV.{}.{key}", self.bucket);
        let sent = self.line.jetstream.publish_with_headers(subject, headers, value.into()).await.ok()?;
        sent.await.ok().map(|acknowledged| acknowledged.sequence)
    }
}

/// Announces as long as anybody is interested.
async fn announce(roll: Weak<Roll>) {
    loop {
        let Some(roll) = roll.upgrade() else { return };
        // A change that comes in between is noticed: the notice waits.
        let _ = tokio::time::timeout(LOOK_EVERY, roll.changed.notified()).await;
        roll.say().await;
    }
}

/// Hears of members, our own included.
struct Ear {
    roll: Weak<Roll>,
}

impl Hear for Ear {
    fn hear(&mut self, message: &Message, number: u64) {
        let Some(roll) = self.roll.upgrade() else { return };
        let prefix = format!("$KV.{}.", roll.bucket);
        let Some(member) = message.subject.strip_prefix(prefix.as_str()).and_then(member) else { return };
        let mut everywhere = lock(&roll.everywhere);
        let value = std::str::from_utf8(&message.payload).ok().and_then(|value| value.split_once(' '));
        let removed = message.headers.as_ref().is_some_and(|headers| headers.get(OPERATION).is_some());
        match value {
            Some((since, name)) if !removed => {
                let since = since.parse().ok().filter(|since| *since > 0).unwrap_or(number);
                everywhere.insert(member, Entry { name: name.to_owned(), since, heard: Instant::now() });
            }
            _ => {
                everywhere.remove(&member);
            }
        }
    }

    /// Who was missed is said again, or expires.
    fn missed(&mut self, _messages: u64) {}

    /// As well.
    fn anew(&mut self) {}

    fn is_gone(&self) -> bool {
        self.roll.strong_count() == 0
    }
}

/// `ROOM.SERVER.SESSION`.
fn member(key: &str) -> Option<Member> {
    let mut parts = key.split('.');
    let (room, server, session) = (parts.next()?, parts.next()?, parts.next()?.parse().ok()?);
    Some(Member { room: room.to_owned(), server: server.to_owned(), session })
}

/// A task that panicked leaves these maps whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
