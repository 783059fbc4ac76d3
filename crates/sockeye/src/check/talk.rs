//! One conversation with the program: a session says what to write and judges what comes; the manner says how it is
//! written.
//!
//! ```text
//! session ──bytes──▶ manner ──segments──▶ program
//!         ◀──────── what comes ─────────
//! ```

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use convo::cases::{Cutting, Lists, Rehearsal, Said};
use convo::{Convo, Ending, Input, Link, Now, Output, Role, Session, Setup, Violation, ViolationKind};
use net::{Heard, Keys, Probe};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::program::Program;
use super::trace::{Event, Trace};
use super::unread::unread_by;

/// How long the program has to read a segment before the next is written.
const READ_MAX: Duration = Duration::from_millis(80);
/// How long after it has read it: to come back to its next read.
const SETTLE: Duration = Duration::from_millis(3);
/// The same where it cannot be seen whether it has read.
const BLIND_SETTLE: Duration = Duration::from_millis(20);
/// The pause before a write that must not share a read with the one before it.
const GAP: Duration = Duration::from_millis(20);
/// A client that says nothing for this part of the patience may ask for more before it speaks.
const ASKS_ON_PART: u32 = 4;
/// The longest message in a check, bytes.
pub(super) const MESSAGE_BYTES_MAX: usize = 128 * 1024;

/// How what a session says is written.
#[derive(Debug, Clone, Default)]
pub(super) struct Manner {
    /// Where the segments of a message end, by message.
    pub(super) cuts: Vec<(usize, Vec<usize>)>,
    /// Each byte is a segment.
    pub(super) bytewise: bool,
    /// Written at once, as one segment, when the first of it is said.
    pub(super) ahead: Option<Ahead>,
    /// Written instead of messages.
    pub(super) instead: Vec<(usize, Vec<u8>)>,
    /// Our sending side is closed after so many messages.
    pub(super) half_close_after: Option<usize>,
    /// A message is written twice.
    pub(super) double: Option<usize>,
    /// This is done at the how-manieth message, instead of it.
    pub(super) break_off: Option<(usize, Break)>,
    /// How long each message waits before it is written.
    pub(super) slow: Option<Duration>,
    /// Before the how-manieth message it is told that it was reached, and then waited.
    pub(super) hold: Option<(usize, Arc<Hold>)>,
}

/// A conversation that stands still until others are done.
#[derive(Debug, Default)]
pub(super) struct Hold {
    /// It stands still now.
    pub(super) reached: Notify,
    /// It goes on.
    pub(super) go: Notify,
    /// It stands still after half of its message.
    pub(super) in_message: bool,
}

/// Bytes written before they are said: what the program said meanwhile is not waited for.
#[derive(Debug, Clone)]
pub(super) struct Ahead {
    /// The message with which they begin.
    pub(super) first: usize,
    /// One after the other.
    pub(super) bytes: Vec<u8>,
}

/// How a conversation is broken off on purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Break {
    /// Half of the message, then a reset.
    Reset,
    /// Half of the message, then a close.
    Close,
    /// Something else is written, and it is seen what comes.
    Strange(Vec<u8>),
    /// It is not written.
    Nothing,
}

/// How a conversation went.
#[derive(Debug)]
pub(super) struct Talk {
    pub(super) end: End,
    /// Messages of ours that were written.
    pub(super) sent: usize,
    /// What the program said, each message without its framing.
    pub(super) heard: Vec<Vec<u8>>,
    /// What our person would have seen.
    pub(super) shows: Vec<String>,
    /// The program's end was heard.
    pub(super) they_ended: bool,
    /// Whether a client that had said all waited in vain for the server to close.
    pub(super) left_open: bool,
}

/// The end of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// In good order.
    Good(Ending),
    /// In good order, and the server stops.
    Stop,
    /// What came, or did not come, is not what the convo says.
    Broke(Violation),
    /// Broken off on purpose.
    BrokenOff(Aftermath),
    /// The program did not take what we wrote.
    Lost(String),
    /// Our part could not be played.
    NotPlayed(String),
}

/// What came after something strange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Aftermath {
    /// Nothing was waited for.
    Unwatched,
    /// It answered.
    Answered(Vec<u8>),
    /// It closed.
    Closed,
    /// It reset the connection.
    Reset,
    /// Nothing came for a while.
    Silence,
}

/// What one conversation needs.
pub(super) struct Part<'a> {
    pub(super) convo: &'a Convo,
    /// Whose part we play.
    pub(super) role: Role,
    pub(super) link: Link,
    /// What our persons answer.
    pub(super) answers: &'a [String],
    pub(super) manner: &'a Manner,
    /// How long each answer may take.
    pub(super) patience: Duration,
    pub(super) keys: &'a Keys,
    pub(super) seed: u64,
    /// `given`s at the top of our part.
    pub(super) values: Vec<(String, String)>,
    /// What is typed at the program's terminal, and when: after so many messages of ours and of its.
    pub(super) typing: Vec<(u64, u64, String)>,
    /// After so many messages of ours and of its the program's input ends.
    pub(super) ends_typing: Option<(u64, u64)>,
    /// Each write is told by a `Send`: the framing is `chunk` or `counted`.
    pub(super) whole: bool,
}

/// Whether each message on a way is told by its write.
pub(super) fn is_whole(rehearsal: &Rehearsal) -> bool {
    let whole = |said: &Said| matches!(said.cutting, Cutting::Chunk | Cutting::Secured);
    !rehearsal.said.is_empty() && rehearsal.said.iter().all(whole)
}

impl<'a> Part<'a> {
    /// The times at which the program's person answers, by a rehearsal.
    pub(super) fn typing_of(role: Role, rehearsal: &Rehearsal) -> Vec<(u64, u64, String)> {
        let (asked, answers) = match role {
            Role::Client => (&rehearsal.server_asked, &rehearsal.answered.server),
            Role::Server => (&rehearsal.client_asked, &rehearsal.answered.client),
        };
        // What the program has said is what we have heard.
        asked.iter().zip(answers).map(|(&(said, heard), line)| (heard, said, line.clone())).collect()
    }

    /// Has the conversation.
    pub(super) async fn talk(
        self,
        probe: &mut Probe,
        program: Option<&mut Program>,
        trace: &mut Trace,
    ) -> Talk {
        let setup = Setup {
            link: self.link,
            peer: "127.0.0.1:1".to_owned(),
            values: self.values.clone(),
            seed: self.seed,
            message_bytes_max: MESSAGE_BYTES_MAX,
            patience: Some(self.patience),
            trace: true,
            now: Now { monotonic: Duration::ZERO, unix: unix_now() },
        };
        let session = match Session::new(Arc::clone(self.convo.program(self.role)), setup) {
            Ok(session) => session,
            Err(error) => return Talk::of(End::NotPlayed(error.to_string())),
        };
        Talker {
            session,
            answers: self.answers.iter().cloned().collect(),
            typing: self.typing.iter().cloned().collect(),
            begun: Instant::now(),
            paused: Duration::ZERO,
            lists: Lists::default(),
            ahead: Vec::new(),
            borders: Vec::new(),
            apart: false,
            talk: Talk::of(End::NotPlayed(String::new())),
            part: self,
            probe,
            program,
            trace,
        }
        .run()
        .await
    }
}

impl Talk {
    pub(super) fn of(end: End) -> Self {
        Self { end, sent: 0, heard: Vec::new(), shows: Vec::new(), they_ended: false, left_open: false }
    }

    /// The violation that it ended with.
    pub(super) fn violation(&self) -> Option<&Violation> {
        match &self.end {
            End::Broke(violation) => Some(violation),
            _ => None,
        }
    }
}

struct Talker<'a> {
    part: Part<'a>,
    probe: &'a mut Probe,
    program: Option<&'a mut Program>,
    trace: &'a mut Trace,
    session: Session,
    answers: VecDeque<String>,
    typing: VecDeque<(u64, u64, String)>,
    begun: Instant,
    /// How long was written: the program's time begins after that.
    paused: Duration,
    lists: Lists,
    /// What was written before it was said.
    ahead: Vec<u8>,
    /// Where the messages in the bytes at hand end.
    borders: Vec<usize>,
    /// The bytes at hand must not share a read with those before them.
    apart: bool,
    talk: Talk,
}

/// What a step of a conversation brought.
enum Next {
    On,
    Wait(Option<Duration>),
    Secure,
    Over(End),
}

impl Talker<'_> {
    async fn run(mut self) -> Talk {
        let mut out = Vec::new();
        if self.opens_with_nothing() {
            let _ = self.write(&[]).await;
        }
        loop {
            let next = self.step(&mut out);
            let written = match &next {
                Next::On if self.borders.is_empty() => Ok(()),
                _ => {
                    let since = Instant::now();
                    let written = self.deliver(&mut out).await;
                    self.paused += since.elapsed();
                    written
                }
            };
            if let Err(end) = written {
                return self.over(end);
            }
            match next {
                Next::On => {}
                Next::Over(end) => return self.over(end),
                Next::Secure => match self.probe.secure(self.part.role, self.part.keys).await {
                    Ok(message_bytes_max) => self.hear(Input::Secured { message_bytes_max }),
                    Err(error) => {
                        let violation =
                            Violation { kind: ViolationKind::Unexpected, line: 0, text: error.to_string() };
                        return self.over(End::Broke(violation));
                    }
                },
                Next::Wait(until) => {
                    if let Some(end) = self.wait(until).await {
                        return self.over(end);
                    }
                }
            }
        }
    }

    fn over(mut self, end: End) -> Talk {
        self.talk.end = end;
        self.talk
    }

    /// Over UDP the client opens the session where the server speaks first.
    fn opens_with_nothing(&self) -> bool {
        self.part.role == Role::Client
            && self.part.link == Link::Datagram
            && !self.part.convo.program(Role::Client).speaks_first()
    }

    fn now(&self) -> Now {
        Now { monotonic: self.begun.elapsed().saturating_sub(self.paused), unix: unix_now() }
    }

    fn hear(&mut self, input: Input<'_>) {
        let now = self.now();
        // Only what was asked for is answered.
        let _ = self.session.hear(now, input);
    }

    /// One output of the session; what it says gathers in `out`.
    fn step(&mut self, out: &mut Vec<u8>) -> Next {
        let now = self.now();
        let role = self.part.role;
        match self.session.poll(out) {
            Output::Connect => Next::On,
            Output::Send { apart } => {
                self.apart |= apart;
                // A datagram may be empty; a write is not.
                if self.part.link == Link::Datagram || !out.is_empty() {
                    self.borders.push(out.len());
                }
                Next::On
            }
            Output::Message { from, text } => {
                if from != role {
                    self.talk.heard.push(text.to_vec());
                } else if self.part.link == Link::Stream && !out.is_empty() && !self.sends_whole() {
                    self.borders.push(out.len());
                }
                Next::On
            }
            Output::Show(text) => {
                self.talk.shows.push(text.to_owned());
                Next::On
            }
            Output::Ask(_) => {
                match self.answers.pop_front() {
                    Some(answer) => self.hear(Input::Answer(&answer)),
                    None => self.hear(Input::NoAnswer),
                }
                Next::On
            }
            Output::Refused(refusal) => {
                let why = refusal.to_string();
                self.answers.clear();
                tracing::debug!("an answer was refused: {why}");
                Next::On
            }
            Output::Look(look) => {
                let seen = self.lists.look(&look);
                let _ = self.session.hear(now, Input::Found(seen.as_found()));
                Next::On
            }
            Output::Add(add) => {
                let number = self.lists.add(&add);
                let _ = self.session.hear(now, Input::Added(Ok(number)));
                Next::On
            }
            // Nobody else is in the rooms of a check.
            Output::Join(_) | Output::Leave { .. } | Output::Tell(_) | Output::Unsaid(_) => Next::On,
            Output::Secure => Next::Secure,
            Output::Wait(until) => Next::Wait(until),
            Output::Close(ending) => {
                self.talk.left_open = ending == Ending::Done
                    && role == Role::Client
                    && self.part.link == Link::Stream
                    && !self.talk.they_ended;
                Next::Over(End::Good(ending))
            }
            Output::Stop => Next::Over(End::Stop),
            Output::Broke(violation) => Next::Over(End::Broke(violation.clone())),
        }
    }

    /// Whether each write is told by a `Send`, which says whether it stands apart.
    fn sends_whole(&self) -> bool {
        self.part.whole
    }

    /// Waits for the program, for its person, or until the session has waited long enough.
    async fn wait(&mut self, until: Option<Duration>) -> Option<End> {
        self.types().await;
        // Where the program's person is asked, the session itself waits for ever.
        let cap = self.now().monotonic + self.part.patience * 2;
        let until = self.begun + self.paused + until.unwrap_or(cap).min(cap);
        tokio::select! {
            biased;
            heard = self.probe.hear() => {
                self.trace.heard(&heard);
                match heard {
                    Heard::Bytes(bytes) if self.part.link == Link::Datagram => self.hear(Input::Datagram(&bytes)),
                    Heard::Bytes(bytes) if self.secured() => self.hear(Input::Datagram(&bytes)),
                    Heard::Bytes(bytes) => self.hear(Input::Bytes(&bytes)),
                    Heard::Stranger { .. } => {}
                    Heard::End => {
                        self.talk.they_ended = true;
                        self.hear(Input::End);
                    }
                    Heard::Reset => {
                        self.talk.they_ended = true;
                        self.hear(Input::Reset);
                    }
                }
                None
            }
            () = tokio::time::sleep(self.part.patience / ASKS_ON_PART), if self.may_ask_on() => {
                self.types_ahead().await;
                None
            }
            () = tokio::time::sleep_until(until) => {
                self.hear(Input::Tick);
                if self.now().monotonic >= cap {
                    self.trace.note(Event::Silence(self.part.patience));
                    let text = format!("nothing came for {:?}", self.part.patience * 2);
                    return Some(End::Broke(Violation { kind: ViolationKind::Silent, line: 0, text }));
                }
                None
            }
        }
    }

    /// Whether the program is a client whose person has more to say.
    fn may_ask_on(&self) -> bool {
        self.part.role == Role::Server && self.program.is_some() && !self.typing.is_empty()
    }

    /// Types a line before its time: a client may ask all that it needs before it says the first of it.
    async fn types_ahead(&mut self) {
        let (Some(program), Some((_, _, line))) = (&mut self.program, self.typing.pop_front()) else {
            return;
        };
        self.trace.note(Event::Typed(line.clone()));
        program.types(&line).await;
    }

    fn secured(&self) -> bool {
        self.part.convo.program(self.part.role).secures()
    }

    /// Types what the program's person answers now.
    async fn types(&mut self) {
        let Some(program) = &mut self.program else { return };
        let (sent, received) = self.session.messages();
        if let Some((after_ours, after_theirs)) = self.part.ends_typing
            && self.typing.is_empty()
            && sent >= after_ours
            && received >= after_theirs
        {
            self.part.ends_typing = None;
            program.types_end().await;
            return;
        }
        while let Some((after_ours, after_theirs, _)) = self.typing.front() {
            if sent < *after_ours || received < *after_theirs {
                return;
            }
            let Some((_, _, line)) = self.typing.pop_front() else { return };
            self.trace.note(Event::Typed(line.clone()));
            program.types(&line).await;
        }
    }

    /// Writes what was said, message by message.
    async fn deliver(&mut self, out: &mut Vec<u8>) -> Result<(), End> {
        if std::mem::take(&mut self.apart) && !out.is_empty() && self.ahead.is_empty() {
            self.settle().await;
            tokio::time::sleep(GAP).await;
        }
        let bytes = std::mem::take(out);
        let borders = std::mem::take(&mut self.borders);
        let mut start = 0;
        let rest = (bytes.len() > borders.last().copied().unwrap_or(0)).then_some(bytes.len());
        for end in borders.into_iter().chain(rest) {
            if end == start && self.part.link == Link::Stream {
                continue;
            }
            let index = self.talk.sent;
            self.talk.sent += 1;
            self.message(index, &bytes[start..end]).await?;
            start = end;
        }
        Ok(())
    }

    async fn message(&mut self, index: usize, bytes: &[u8]) -> Result<(), End> {
        if let Some(pause) = self.part.manner.slow {
            tokio::time::sleep(pause).await;
        }
        if let Some((at, hold)) = self.part.manner.hold.clone()
            && at == index
        {
            return self.stand_still(&hold, bytes).await;
        }
        if let Some((at, how)) = self.part.manner.break_off.clone()
            && at == index
        {
            return Err(self.break_off(&how, bytes).await);
        }
        if let Some(Ahead { first, bytes: all }) = self.part.manner.ahead.clone()
            && first == index
        {
            self.ahead = all.clone();
            self.write(&all).await?;
            if self.part.manner.half_close_after.is_some() {
                self.half_close().await?;
            }
        }
        if !self.ahead.is_empty() {
            return self.said_before(bytes).await;
        }
        let other = self.part.manner.instead.iter().find(|(at, _)| *at == index);
        let bytes = other.map_or_else(|| bytes.to_vec(), |(_, other)| other.clone());
        let mut cuts: Vec<usize> = if self.part.manner.bytewise {
            (1..bytes.len()).collect()
        } else {
            let here = self.part.manner.cuts.iter().filter(|(message, _)| *message == index);
            here.flat_map(|(_, cuts)| cuts.iter().copied()).filter(|cut| *cut < bytes.len()).collect()
        };
        cuts.push(bytes.len());
        let mut start = 0;
        for (number, end) in cuts.into_iter().enumerate() {
            if number > 0 {
                self.settle().await;
            }
            self.write(&bytes[start..end]).await?;
            start = end;
        }
        if self.part.manner.double == Some(index) {
            self.write(&bytes).await?;
        }
        if self.part.manner.half_close_after == Some(index + 1) {
            self.half_close().await?;
        }
        Ok(())
    }

    async fn half_close(&mut self) -> Result<(), End> {
        self.trace.note(Event::WeHalfClosed);
        self.probe.half_close().await.map_err(|error| End::Lost(error.to_string()))
    }

    /// Stops before a message, or in its middle where that is no matter, until others are done.
    async fn stand_still(&mut self, hold: &Hold, bytes: &[u8]) -> Result<(), End> {
        let first = if hold.in_message { bytes.len() / 2 } else { 0 };
        if first > 0 {
            self.write(&bytes[..first]).await?;
            self.settle().await;
        }
        hold.reached.notify_one();
        hold.go.notified().await;
        self.write(&bytes[first..]).await
    }

    /// A message of which all or the beginning was written ahead.
    async fn said_before(&mut self, bytes: &[u8]) -> Result<(), End> {
        let common = bytes.len().min(self.ahead.len());
        if self.ahead[..common] != bytes[..common] {
            let why = "what we say depends on what the program says: nothing can be written ahead";
            return Err(End::NotPlayed(why.to_owned()));
        }
        self.ahead.drain(..common);
        let rest = bytes[common..].to_vec();
        if !rest.is_empty() {
            self.write(&rest).await?;
        }
        Ok(())
    }

    async fn break_off(&mut self, how: &Break, bytes: &[u8]) -> End {
        let half = &bytes[..(bytes.len() / 2).max(1).min(bytes.len())];
        match how {
            Break::Reset | Break::Close => {
                if let Err(end) = self.write(half).await {
                    return end;
                }
                self.settle().await;
                End::BrokenOff(Aftermath::Unwatched)
            }
            Break::Nothing => End::BrokenOff(Aftermath::Unwatched),
            Break::Strange(strange) => {
                if let Err(end) = self.write(strange).await {
                    return end;
                }
                End::BrokenOff(self.aftermath().await)
            }
        }
    }

    /// What the program does after something strange. A part of the patience is enough: it may keep silent.
    async fn aftermath(&mut self) -> Aftermath {
        let Ok(heard) = tokio::time::timeout(self.part.patience / 4, self.probe.hear()).await else {
            return Aftermath::Silence;
        };
        self.trace.heard(&heard);
        match heard {
            Heard::Bytes(bytes) | Heard::Stranger { bytes, .. } => Aftermath::Answered(bytes),
            Heard::End => Aftermath::Closed,
            Heard::Reset => Aftermath::Reset,
        }
    }

    /// Writes one segment. What comes meanwhile is not lost: it waits in the system.
    async fn write(&mut self, bytes: &[u8]) -> Result<(), End> {
        self.trace.note(Event::Wrote(bytes.to_vec()));
        match tokio::time::timeout(self.part.patience, self.probe.write(bytes)).await {
            // That it is gone is what the next read tells.
            Ok(_) => Ok(()),
            Err(_) => Err(End::Lost(format!("the program took nothing for {:?}", self.part.patience))),
        }
    }

    async fn settle(&self) {
        settle(self.probe).await;
    }
}

/// Waits until the program has read what was written, where that can be seen, and came back to its next read.
pub(super) async fn settle(probe: &Probe) {
    let unread = || probe.ends().and_then(|(ours, theirs)| unread_by(theirs, ours));
    if unread().is_none() {
        tokio::time::sleep(BLIND_SETTLE).await;
        return;
    }
    let deadline = Instant::now() + READ_MAX;
    while unread().is_some_and(|unread| unread > 0) && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tokio::time::sleep(SETTLE).await;
}

fn unix_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
