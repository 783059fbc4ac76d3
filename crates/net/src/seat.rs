//! A seat: one session with its person, its kept lists and its clock; everything but the wire.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use convo::{Ending, Found, Input, Output, Presets, Program, Session, Setup};

use self::kept::{Kept, see};
use crate::clock::Clock;
use crate::connection::Securing;
use crate::rooms::{Listens, Mailbox, Overrun, Rooms};
use crate::store::{Later, Page, Reading, Soon, Store, StoreError};
use crate::{About, Again, Answer, Asking, End, Host, PeerAddress, Report, Tally, Warning};

mod kept;

/// Once so many bytes are to be written they are, before more are made.
const OUT_BYTES_MAX: usize = 64 * 1024;

/// Once so many lines were told in rooms those who are there have their turn.
const TOLD_LINES_MAX: usize = 1024;

/// Counts the sessions of this process.
static SESSIONS: AtomicU64 = AtomicU64::new(0);

/// The next session's number, from 1.
pub(crate) fn number() -> u64 {
    SESSIONS.fetch_add(1, Ordering::Relaxed) + 1
}

/// What a session wants done next, besides what its seat has done already.
#[derive(Debug)]
pub(crate) enum Turn {
    /// Write what is there, then go on.
    Flush,
    /// Write what is there as one unit: one write, one datagram, one block.
    Send {
        /// Pause before it.
        apart: bool,
    },
    /// Client only, once.
    Connect,
    /// Write what is there, then exchange keys.
    Secure,
    /// Write what is there, then wait for an input or for this time.
    Wait(Option<Duration>),
    /// Write what is there; all was said.
    Done(Ending),
    /// Write what is there; the session cannot go on.
    Over(Box<End>),
}

/// One session, and who sits around it.
pub(crate) struct Seat {
    session: Session,
    about: About,
    around: Arc<Around>,
    /// Once it is in one.
    membership: Option<Box<Membership>>,
    /// Its place in the engine, if that runs it.
    place: Option<usize>,
    clock: Clock,
    /// What goes on beside its peer, once anything does.
    affairs: Option<Box<Affairs>>,
    /// The session stands still until then.
    held: bool,
    /// Why the session cannot go on, if so.
    over: Option<Box<End>>,
    /// The session was told something since it spoke last.
    heard: bool,
    /// Lines that it told in rooms lately.
    told: usize,
    sent_bytes: u64,
    received_bytes: u64,
    stage: Stage,
}

/// Who and what is around sessions: the same for all of a listener's.
pub(crate) struct Around {
    pub(crate) host: Arc<dyn Host>,
    pub(crate) store: Store,
    pub(crate) rooms: Arc<Rooms>,
    pub(crate) securing: Arc<Securing>,
}

/// What a session has to do with others than its peer.
#[derive(Default)]
struct Affairs {
    /// What our person was asked and has not answered.
    asking: Option<Asking>,
    /// What the store was asked and has not answered.
    keeping: Option<Later<Kept>>,
    /// The readings of kept lists that are under way, by their number in the session.
    readings: Vec<Option<Reading>>,
}

/// A session's part in its rooms.
#[derive(Default)]
struct Membership {
    /// Where it hears them.
    mailbox: Arc<Mailbox>,
    /// Their names.
    joined: Vec<String>,
}

/// What the host knows of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Before,
    Opened,
    Closed,
}

/// What a session is started with, but for what the seat adds itself.
pub(crate) struct Start {
    pub(crate) about: About,
    pub(crate) presets: Presets,
    pub(crate) seed: u64,
    pub(crate) message_bytes_max: usize,
    pub(crate) patience: Option<Duration>,
}

impl Seat {
    /// Seats a session.
    pub(crate) fn new(program: &Arc<Program>, start: Start, around: Arc<Around>) -> Self {
        let clock = Clock::start();
        let setup = Setup {
            link: start.about.link,
            peer: if program.needs_peer() { start.about.peer.to_string() } else { String::new() },
            presets: start.presets,
            seed: start.seed,
            message_bytes_max: start.message_bytes_max,
            patience: start.patience,
            trace: around.host.traces(),
            now: clock.now(),
        };
        Self {
            session: Session::new(Arc::clone(program), setup),
            about: start.about,
            around,
            membership: None,
            place: None,
            clock,
            affairs: None,
            over: None,
            held: false,
            heard: false,
            told: 0,
            sent_bytes: 0,
            received_bytes: 0,
            stage: Stage::Before,
        }
    }

    /// Tells the host that the session is open. `peer` is who it turned out to be.
    pub(crate) fn open(&mut self, peer: Option<PeerAddress>) {
        if let Some(peer) = peer {
            self.about.peer = peer;
        }
        self.stage = Stage::Opened;
        self.around.host.opened(&self.about);
    }

    /// From now on the engine runs it, at this place: what it would only pass on may be passed on for it.
    pub(crate) fn take_place(&mut self, place: usize) {
        self.place = Some(place);
    }

    /// Leaves all rooms. What was passed on for it meanwhile.
    fn leave_rooms(&mut self) -> Tally {
        let Some(Membership { mailbox, joined }) = self.membership.as_deref_mut() else {
            return Tally::default();
        };
        for room in joined.drain(..) {
            self.around.rooms.leave(&room, self.about.number);
        }
        mailbox.passed()
    }

    /// Tells the host what became of the session. Nobody stays in a room who is gone.
    pub(crate) fn close(&mut self, end: End) -> Report {
        let (sent, received) = self.session.messages();
        let passed = self.leave_rooms();
        let report = Report {
            sent: Tally { messages: sent + passed.messages, bytes: self.sent_bytes + passed.bytes },
            received: Tally { messages: received, bytes: self.received_bytes },
            lasted: self.clock.now().monotonic,
            end,
        };
        if self.stage == Stage::Opened {
            self.stage = Stage::Closed;
            self.around.host.closed(&self.about, &report);
        }
        report
    }

    pub(crate) fn about(&self) -> &About {
        &self.about
    }

    pub(crate) fn host(&self) -> &Arc<dyn Host> {
        &self.around.host
    }

    /// How keys are exchanged, if the convo says so.
    pub(crate) fn securing(&self) -> &Arc<Securing> {
        &self.around.securing
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }

    /// Whether what it waits for was due when it was told something last: there is more for it to do at once.
    pub(crate) fn goes_on(&self, due: Duration) -> bool {
        due <= self.session.told_at().monotonic
    }

    /// Whether it waits for anybody else than its peer: our person, a store, a room.
    pub(crate) fn waits_for_others(&self) -> bool {
        let waits = |affairs: &Affairs| affairs.asking.is_some() || affairs.keeping.is_some();
        self.membership.is_some() || self.affairs.as_deref().is_some_and(waits)
    }

    /// Whether the session can use more of the peer's bytes now.
    pub(crate) fn listens(&self) -> bool {
        !self.held && self.session.listens()
    }

    /// Bytes left for the peer.
    pub(crate) fn count_sent(&mut self, bytes: usize) {
        self.sent_bytes += bytes as u64;
    }

    /// Bytes came from the peer that [`Seat::hear`] is not told as they are.
    pub(crate) fn count_received(&mut self, bytes: usize) {
        self.received_bytes += bytes as u64;
    }

    /// Tells the session what happened.
    pub(crate) fn hear(&mut self, input: Input<'_>) {
        self.heard = true;
        let misuse = self.session.hear(self.clock.now(), input);
        debug_assert!(misuse.is_ok(), "inputs answer what was asked");
    }

    /// Comes when our person has answered; the session has been told then.
    pub(crate) fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(affairs) = &mut self.affairs else { return Poll::Pending };
        let Some(asking) = &mut affairs.asking else { return Poll::Pending };
        let answer = ready!(asking.as_mut().poll(cx));
        affairs.asking = None;
        match answer {
            Answer::Text(text) => self.hear(Input::Answer(&text)),
            Answer::Gone => self.hear(Input::NoAnswer),
            Answer::GiveUp(why) => self.over = Some(Box::new(End::GaveUp(why))),
        }
        Poll::Ready(())
    }

    /// Lets the session say what it has to say, appended to `out`, until something is to be done on the wire.
    pub(crate) fn turn(&mut self, out: &mut Vec<u8>) -> Turn {
        let turn = self.speak(out);
        self.heard = false;
        turn
    }

    /// Whether the session was told something since its last turn: then it may want another thing done by now.
    pub(crate) fn has_heard(&self) -> bool {
        self.heard
    }

    /// Whether it told something in a room since this was asked last.
    pub(crate) fn has_told(&mut self) -> bool {
        std::mem::take(&mut self.told) > 0
    }

    fn speak(&mut self, out: &mut Vec<u8>) -> Turn {
        if let Some(end) = self.over.take() {
            return Turn::Over(end);
        }
        loop {
            if self.held {
                return Turn::Wait(None);
            }
            match self.session.poll(out) {
                Output::Show(line) => self.around.host.show(&self.about, line),
                Output::Message { from, text } => self.around.host.message(&self.about, from, text),
                Output::Ask(ask) => {
                    let asking = self.around.host.ask(&self.about, ask);
                    self.affairs.get_or_insert_default().asking = Some(asking);
                }
                Output::Refused(refusal) => {
                    if let Again::GiveUp(why) = self.around.host.refused(&self.about, refusal) {
                        return Turn::Over(Box::new(End::GaveUp(why)));
                    }
                }
                Output::Look(look) => {
                    let readings = &mut self.affairs.get_or_insert_default().readings;
                    let seen = see(&self.around.store, &self.around.rooms, readings, look);
                    if let Err(end) = self.keep(seen) {
                        return Turn::Over(Box::new(end));
                    }
                    if out.len() >= OUT_BYTES_MAX {
                        return Turn::Flush;
                    }
                }
                Output::Add(add) => {
                    let added = self.around.store.add(add).map(Kept::Added);
                    if let Err(end) = self.keep(added) {
                        return Turn::Over(Box::new(end));
                    }
                }
                Output::Join(join) => {
                    let membership = self.membership.get_or_insert_default();
                    membership.joined.push(join.room.to_owned());
                    let joined = self.around.rooms.join(join, self.about.number, &membership.mailbox);
                    let joined = joined.map(Kept::Done);
                    if let Err(end) = self.hold(joined) {
                        return Turn::Over(Box::new(end));
                    }
                }
                Output::Leave { room } => {
                    self.around.rooms.leave(room, self.about.number);
                    if let Some(membership) = &mut self.membership {
                        membership.joined.retain(|joined| joined != room);
                    }
                }
                Output::Tell(tell) => {
                    self.told += 1;
                    let told = self.around.rooms.tell(tell, self.about.number).map(Kept::Told);
                    if let Err(end) = self.hold(told) {
                        return Turn::Over(Box::new(end));
                    }
                    if self.told >= TOLD_LINES_MAX {
                        return Turn::Flush;
                    }
                }
                Output::Unsaid(why) => {
                    self.around.host.warn(Some(&self.about), &Warning::Unsaid(why.to_owned()))
                }
                Output::Send { apart } => return Turn::Send { apart },
                Output::Connect => return Turn::Connect,
                Output::Secure => return Turn::Secure,
                Output::Wait(due) => return Turn::Wait(due),
                Output::Close(ending) => return Turn::Done(ending),
                Output::Stop => return Turn::Over(Box::new(End::Stop)),
                Output::Broke(violation) => return Turn::Over(Box::new(End::Broke(violation.clone()))),
            }
        }
    }

    /// Comes when something was told in this session's rooms; the session has heard it then.
    pub(crate) fn poll_rooms(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), End>> {
        let Some(Membership { mailbox, .. }) = self.membership.as_deref().filter(|_| !self.held) else {
            return Poll::Pending;
        };
        let (session, clock, mut now) = (&mut self.session, self.clock, None);
        let listens = |place| session.relays().map(|line_bytes_max| Listens { place, line_bytes_max });
        let listens = self.place.and_then(listens);
        let heard = self.around.rooms.poll_heard(mailbox, self.about.number, listens, cx, |room, line| {
            let now = *now.get_or_insert_with(|| clock.now());
            let misuse = session.hear(now, Input::Heard { room, line });
            debug_assert!(misuse.is_ok(), "rooms are heard at any time");
        });
        self.heard |= heard.is_ready();
        heard.map_err(|Overrun| End::Overrun)
    }

    /// Where this session hears its rooms, if it is in one.
    pub(crate) fn mailbox(&self) -> Option<Arc<Mailbox>> {
        self.membership.as_deref().map(|membership| Arc::clone(&membership.mailbox))
    }

    /// Comes when the store has answered; the session has been told then.
    pub(crate) fn poll_kept(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), End>> {
        let Some(affairs) = &mut self.affairs else { return Poll::Pending };
        let Some(keeping) = &mut affairs.keeping else { return Poll::Pending };
        let kept = ready!(keeping.as_mut().poll(cx));
        affairs.keeping = None;
        self.held = false;
        Poll::Ready(self.learn(kept))
    }

    /// Tells the session what the store answers, now or when it does.
    fn keep(&mut self, kept: Soon<Kept>) -> Result<(), End> {
        match kept {
            Soon::Now(kept) => self.learn(kept),
            Soon::Later(later) => {
                self.affairs.get_or_insert_default().keeping = Some(later);
                Ok(())
            }
        }
    }

    /// As [`Seat::keep`], for what the session does not wait for by itself: nothing goes on before it is done.
    fn hold(&mut self, kept: Soon<Kept>) -> Result<(), End> {
        self.held = matches!(kept, Soon::Later(_));
        self.keep(kept)
    }

    /// Tells the session, and the log, why something could not be kept or told.
    fn refuse(&mut self, error: &StoreError, input: impl FnOnce(&str) -> Input<'_>) {
        let why = error.to_string();
        self.hear(input(&why));
        self.around.host.warn(Some(&self.about), &Warning::Refused(why));
    }

    fn learn(&mut self, kept: Kept) -> Result<(), End> {
        match kept {
            Kept::Added(Ok(number)) => self.hear(Input::Added(Ok(number))),
            Kept::Added(Err(error)) => self.refuse(&error, |why| Input::Added(Err(why))),
            Kept::Told(Ok(())) => {}
            Kept::Told(Err(error)) => self.refuse(&error, |why| Input::Untold(why)),
            Kept::Page(reading, page) => {
                let Page { items, rest } = page?;
                let more = rest.is_some();
                let readings = &mut self.affairs.get_or_insert_default().readings;
                if let Some(place) = readings.get_mut(reading) {
                    *place = rest;
                }
                self.hear(Input::Found(Found::Items { items: &items.into(), more }));
            }
            Kept::Item(item) => {
                let item = item?;
                self.hear(Input::Found(Found::Text(item.as_ref().map(|item| item.text.as_str()))));
            }
            Kept::Count(count) => self.hear(Input::Found(Found::Count(count?))),
            Kept::Members(names) => self.hear(Input::Found(Found::Members(&names?))),
            Kept::Done(done) => done?,
        }
        Ok(())
    }
}

impl Drop for Seat {
    /// Nobody stays in a room who is gone. The host hears of every end: of a session that was cut, too.
    fn drop(&mut self) {
        self.leave_rooms();
        if self.stage == Stage::Opened {
            self.close(End::Cut);
        }
    }
}
