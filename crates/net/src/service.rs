//! One served convo: what all its sessions, over all its listeners, have in common.

use std::sync::Arc;
use std::time::Duration;

use convo::{Limit, Link, Presets, Program, Role, SetupError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::connection::Securing;
use crate::datagrams::DATAGRAM_BYTES_MAX;
use crate::rooms::Rooms;
use crate::seat::{Around, Seat, Start};
use crate::store::Store;
use crate::{About, Address, Host, Keys, PeerAddress};

/// How long a session over UDP waits for its client where the convo says nothing: nothing else would ever end it.
const DATAGRAM_IDLE: Duration = Duration::from_secs(60);

/// How a convo is served: what [`Service::new`] takes.
#[derive(Debug)]
pub struct Plan {
    /// The convo's name, for reports.
    pub convo: Arc<str>,
    /// The server's program.
    pub program: Arc<Program>,
    /// `--set`: answers to top `given`s of the server.
    pub values: Vec<(String, String)>,
    /// How many sessions at a time, and what a further client is told.
    pub limit: Option<Limit>,
    /// How long a session waits for its client. Over UDP, 60 s where this is `None`.
    pub idle: Option<Duration>,
    /// The longest message accepted or sent, bytes. Over UDP at most what one datagram carries.
    pub message_bytes_max: usize,
    /// Our RSA key, for convos that say `secure`.
    pub keys: Keys,
    /// Where its kept lists live.
    pub store: Store,
    /// Seeds `random`: each session's seed is made from this one and its number.
    pub seed: u64,
}

/// One served convo. Shared by all its listeners: its limit counts over all of them, its kept lists are one.
#[derive(Debug)]
pub struct Service {
    plan: Plan,
    presets: Presets,
    slots: Option<Arc<Semaphore>>,
    /// Where the convo asks our person: one session at a time.
    person: Option<Arc<Semaphore>>,
    rooms: Arc<Rooms>,
    securing: Arc<Securing>,
}

/// A session's right to be, counted by the convo's `limit`.
#[derive(Debug)]
pub(crate) enum Slot {
    /// It may; dropping it makes room for another.
    Free(Option<OwnedSemaphorePermit>),
    /// The server is busy: these are the bytes to say so, if any.
    Busy(Vec<u8>),
}

impl Service {
    /// Makes a convo ready to be served.
    ///
    /// # Errors
    /// A value of [`Plan::values`] that no `given` of the server takes, or that does not fit it.
    pub fn new(plan: Plan) -> Result<Arc<Self>, SetupError> {
        let presets = Presets::read(&plan.program, &plan.values)?;
        let permits = |limit: &Limit| Arc::new(Semaphore::new(limit.sessions.min(Semaphore::MAX_PERMITS)));
        let slots = plan.limit.as_ref().map(permits);
        let person = plan.program.asks().then(|| Arc::new(Semaphore::new(1)));
        let rooms = Arc::new(Rooms::of(&plan.convo, &plan.store));
        let securing = Securing::new(plan.keys.clone(), plan.idle);
        let service = Self { plan, presets, slots, person, rooms, securing };
        Ok(Arc::new(service))
    }

    /// What happens to the store, without a session's doing, is for this host's log.
    pub(crate) fn report_to(&self, host: &Arc<dyn Host>) {
        if let Some(line) = self.plan.store.line() {
            line.report_to(host);
        }
    }

    /// The convo's name.
    #[must_use]
    pub fn convo(&self) -> &Arc<str> {
        &self.plan.convo
    }

    pub(crate) fn program(&self) -> &Program {
        &self.plan.program
    }

    pub(crate) fn store(&self) -> &Store {
        &self.plan.store
    }

    pub(crate) fn rooms(&self) -> &Arc<Rooms> {
        &self.rooms
    }

    pub(crate) fn securing(&self) -> &Arc<Securing> {
        &self.securing
    }

    /// Whether a client is of no interest before it has asked its question: nobody is told that it is there, nothing is
    /// said to it, and no other one waits for its place. Only where a question is all of a conversation: other clients may
    /// well be silent for long, and many of them would fill the system's queue.
    pub(crate) fn waits_for_questions(&self) -> bool {
        self.slots.is_none() && self.person.is_none() && self.program().is_one_question()
    }

    /// How long a session waits for its client.
    pub(crate) fn patience(&self, link: Link) -> Option<Duration> {
        match link {
            Link::Stream => self.plan.idle,
            Link::Datagram => self.plan.idle.or(Some(DATAGRAM_IDLE)),
        }
    }

    /// Takes a slot for a session, or says that there is none.
    pub(crate) fn slot(&self) -> Slot {
        let Some(slots) = &self.slots else {
            return Slot::Free(None);
        };
        match Arc::clone(slots).try_acquire_owned() {
            Ok(permit) => Slot::Free(Some(permit)),
            Err(_) => {
                let text = self.plan.limit.as_ref().map_or(&[][..], |limit| &limit.busy);
                // A limit of the command line alone has no words: framing must not make some of none.
                Slot::Busy(if text.is_empty() { Vec::new() } else { self.plan.program.busy(text) })
            }
        }
    }

    /// Whether a session needs our person.
    pub(crate) fn asks(&self) -> bool {
        self.person.is_some()
    }

    /// Comes when our person is free for this session; first come, first served. Cancel safe, but for the place in
    /// the row.
    pub(crate) async fn person(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(self.person.as_ref()?).acquire_owned().await.ok()
    }

    /// Who a session is about.
    pub(crate) fn about(&self, number: u64, link: Link, address: Arc<Address>, peer: PeerAddress) -> About {
        About { number, convo: Arc::clone(&self.plan.convo), role: Role::Server, link, address, peer }
    }

    /// What is around its sessions, whose host is `host`.
    pub(crate) fn around(&self, host: Arc<dyn Host>) -> Arc<Around> {
        let (rooms, securing) = (Arc::clone(&self.rooms), Arc::clone(&self.securing));
        Arc::new(Around { host, store: self.plan.store.clone(), rooms, securing })
    }

    /// Seats a session of this convo.
    pub(crate) fn seat(&self, about: About, around: Arc<Around>) -> Seat {
        let start = Start {
            seed: mix(self.plan.seed, about.number),
            presets: self.presets.clone(),
            message_bytes_max: match about.link {
                Link::Stream => self.plan.message_bytes_max,
                Link::Datagram => self.plan.message_bytes_max.min(DATAGRAM_BYTES_MAX),
            },
            patience: self.patience(about.link),
            about,
        };
        Seat::new(&self.plan.program, start, around)
    }
}

/// A seed for the session of this number: SplitMix64, so that near numbers give far seeds.
fn mix(seed: u64, number: u64) -> u64 {
    let mut z = seed.wrapping_add(number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
