//! The rooms of one convo over NATS: told into a stream, heard from it, by this process as by every other.
//!
//! ```text
//!   PREFIX.rooms.CONVO.KEEP.ROOM      one stream for all rooms of a convo that keep as many lines
//! ```
//!
//! A stream holds more lines than its rooms keep, for servers whose connection was lost for a while. Rooms that keep
//! none go through a stream, too, for the one order of all members; whoever comes later hears nothing of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;

use async_nats::header::HeaderMap;
use async_nats::jetstream::{Message, stream};
use convo::Tell;
use tokio::sync::watch;

use super::line::{KNOWN_FOR, Line, TELL, failed};
use super::roll::Roll;
use super::trail::{Beginning, Hear, Trail};
use super::{later, names};
use crate::rooms::{EMPTY_ROOMS_MAX, KEPT_BYTES_MAX, Rooms, Told};
use crate::store::Later;
use crate::{StoreError, Warning};

/// Lines that a stream holds of each room beyond those that the room keeps.
const SPARE_LINES: i64 = 1000;
/// How long it holds them where the room keeps none.
const SPARE_LASTS: Duration = Duration::from_secs(600);
/// Bytes that a stream holds, of all rooms together; its oldest lines go first. Clients may name rooms, and each name
/// holds lines of its own: this is as much as a process without NATS holds for rooms that nobody is in. NATS sets it
/// aside when the stream is made.
const BYTES_MAX: usize = EMPTY_ROOMS_MAX * KEPT_BYTES_MAX;
/// Who told a line: the server and its session.
const TELLER: &str = "Sockeye-Teller";

/// The rooms of one convo over NATS.
pub(crate) struct Hall {
    line: Arc<Line>,
    convo: Arc<str>,
    /// The streams that are followed, by the number of lines that their rooms keep.
    followed: Mutex<HashMap<usize, watch::Receiver<bool>>>,
    roll: OnceLock<Arc<Roll>>,
}

impl Hall {
    /// The rooms of a convo of this name: those of all servers that serve a convo of this name.
    pub(crate) fn new(line: Arc<Line>, convo: Arc<str>) -> Self {
        Self { line, convo, followed: Mutex::default(), roll: OnceLock::new() }
    }

    /// Tells a line; done when JetStream has acknowledged it.
    pub(crate) fn tell(&self, tell: Tell<'_>, session: u64) -> Later<Result<(), StoreError>> {
        let line = Arc::clone(&self.line);
        let place = self.stream(tell.keep).and_then(|stream| {
            let subject = format!("{}.{}", self.subject(tell.keep)?, names::token(tell.room)?);
            Ok((stream, subject))
        });
        let payload = tell.line.to_vec();
        let mut headers = HeaderMap::new();
        headers.insert(TELLER, format!("{} {session}", self.line.me));
        later(move || async move {
            let (stream, subject) = place?;
            line.publish(stream, subject, headers, payload, TELL).await.map(|_| ())
        })
    }

    /// Hears what is told in rooms that keep so many lines, from now on; comes when what they kept has been heard.
    pub(crate) fn listen(
        &self,
        keep: usize,
        rooms: &Arc<Rooms>,
    ) -> Result<Option<Later<Result<(), StoreError>>>, StoreError> {
        let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        let ready = match followed.get(&keep) {
            Some(ready) => ready,
            None => {
                let members = Arc::downgrade(rooms);
                let ear = Ear { line: Arc::clone(&self.line), convo: Arc::clone(&self.convo), keep, members };
                let beginning = if keep == 0 { Beginning::Now } else { Beginning::First };
                let (trail, ready) = Trail::of(Arc::clone(&self.line), self.stream(keep)?, beginning, ear);
                trail.follow();
                followed.entry(keep).or_insert(ready)
            }
        };
        Ok((!*ready.borrow()).then(|| until(ready.clone())))
    }

    /// A session of ours entered a room.
    pub(crate) fn enter(&self, room: &str, session: u64, name: &str) {
        if let (Ok(room), Ok(roll)) = (names::token(room), self.roll()) {
            roll.enter(&room, session, name);
        }
    }

    /// A session of ours left a room.
    pub(crate) fn leave(&self, room: &str, session: u64) {
        if let (Ok(room), Ok(roll)) = (names::token(room), self.roll()) {
            roll.leave(&room, session);
        }
    }

    /// The names of those in a room, in the order in which they came. `here` are our own, by session.
    pub(crate) fn members(
        &self,
        room: &str,
        here: Vec<(u64, String)>,
    ) -> Later<Result<Vec<String>, StoreError>> {
        let (room, roll) = (names::token(room), self.roll());
        later(move || async move {
            let (room, roll) = (room?, roll?);
            until(roll.ready()).await?;
            Ok(roll.members(&room, here))
        })
    }

    fn roll(&self) -> Result<Arc<Roll>, StoreError> {
        if let Some(roll) = self.roll.get() {
            return Ok(Arc::clone(roll));
        }
        let convo = names::token(&self.convo)?;
        Ok(Arc::clone(self.roll.get_or_init(|| Roll::open(&self.line, &convo))))
    }

    fn subject(&self, keep: usize) -> Result<String, StoreError> {
        Ok(format!("{}.rooms.{}.{keep}", self.line.place.prefix, names::token(&self.convo)?))
    }

    fn stream(&self, keep: usize) -> Result<stream::Config, StoreError> {
        let name = format!("{}_{keep}", names::token(&self.convo)?);
        let kept = i64::try_from(keep).unwrap_or(i64::MAX);
        Ok(stream::Config {
            name: self.line.stream_name("rooms", &name),
            subjects: vec![format!("{}.*", self.subject(keep)?)],
            num_replicas: self.line.place.replicas,
            max_messages_per_subject: kept.saturating_add(SPARE_LINES),
            max_bytes: i64::try_from(BYTES_MAX).unwrap_or(i64::MAX),
            max_age: if keep == 0 { SPARE_LASTS } else { Duration::ZERO },
            duplicate_window: KNOWN_FOR,
            ..stream::Config::default()
        })
    }
}

impl std::fmt::Debug for Hall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hall").field("line", &self.line).field("convo", &self.convo).finish_non_exhaustive()
    }
}

/// Comes when what was there has been heard.
async fn until_ready(mut ready: watch::Receiver<bool>) -> Result<(), StoreError> {
    let heard = tokio::time::timeout(TELL.in_all, ready.wait_for(|ready| *ready)).await;
    match heard {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(_)) | Err(_) => {
            let waited = TELL.in_all.as_secs();
            Err(failed(format!("NATS did not say within {waited} s what its rooms hold")))
        }
    }
}

fn until(ready: watch::Receiver<bool>) -> Later<Result<(), StoreError>> {
    later(move || until_ready(ready))
}

/// Hears a stream for this process's members.
struct Ear {
    line: Arc<Line>,
    convo: Arc<str>,
    keep: usize,
    members: Weak<Rooms>,
}

impl Hear for Ear {
    fn hear(&mut self, message: &Message, _number: u64) {
        let room = message.subject.rsplit('.').next().and_then(names::name);
        let (Some(room), Some(rooms)) = (room, self.members.upgrade()) else { return };
        let teller = message.headers.as_ref().and_then(|headers| headers.get(TELLER));
        let session = teller.and_then(|teller| {
            let (server, session) = teller.as_str().split_once(' ')?;
            session.parse().ok().filter(|_| server == self.line.me)
        });
        rooms.deliver(Told { room: &room, line: &message.payload, keep: self.keep, session });
    }

    fn missed(&mut self, messages: u64) {
        self.line.warn(&Warning::Missed { convo: Arc::clone(&self.convo), lines: messages });
    }

    fn anew(&mut self) {
        self.line.warn(&Warning::Anew { convo: Arc::clone(&self.convo) });
    }

    fn is_gone(&self) -> bool {
        self.members.strong_count() == 0
    }
}
