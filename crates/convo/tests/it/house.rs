//! Several servers' sessions of one convo, and the rooms that they share: a server without sockets.

use std::collections::{BTreeMap, VecDeque};

use convo::{Convo, Ending, Found, Input, Link, Output, Presets, Role, Session, Setup};

use crate::play::framed;
use crate::side::Terms;

/// Outputs of one session one after the other before a test gives up.
const OUTPUTS_MAX: usize = 100_000;

/// A guest, by the order of coming.
pub(crate) type Guest = usize;

pub(crate) struct House {
    convo: Convo,
    framing: &'static str,
    link: Link,
    guests: Vec<Visit>,
    /// Nothing more can be told in any room.
    pub(crate) mute: bool,
    rooms: BTreeMap<String, Room>,
    /// What was told, in the order of telling: room and line.
    pub(crate) told: Vec<(String, String)>,
}

#[derive(Default)]
struct Room {
    members: Vec<(Guest, String)>,
    kept: VecDeque<(Guest, Vec<u8>)>,
}

struct Visit {
    session: Session,
    /// What was heard in rooms and not given to the session.
    mail: VecDeque<(String, Vec<u8>)>,
    written: Vec<u8>,
    shown: Vec<String>,
    unsaid: Vec<String>,
    /// How it ended: the ending, or why it broke.
    over: Option<Result<Ending, String>>,
}

impl House {
    pub(crate) fn new(convo: Convo, framing: &'static str, link: Link) -> Self {
        Self {
            convo,
            framing,
            link,
            guests: Vec::new(),
            mute: false,
            rooms: BTreeMap::new(),
            told: Vec::new(),
        }
    }

    /// A convo of lines, over streams.
    pub(crate) fn of_lines(text: &str) -> Self {
        Self::new(crate::convos::read(text), "line", Link::Stream)
    }

    /// Opens the door to one more client.
    pub(crate) fn open(&mut self) -> Guest {
        let terms = Terms::default();
        let guest = self.guests.len();
        let setup = Setup {
            link: self.link,
            peer: format!("127.0.0.1:{}", 5000 + guest),
            presets: Presets::default(),
            seed: terms.seed,
            message_bytes_max: terms.message_bytes_max,
            patience: None,
            trace: false,
            now: crate::side::START,
        };
        let session = Session::new(self.convo.program(Role::Server).clone(), setup);
        let (mail, written, shown, unsaid) = Default::default();
        self.guests.push(Visit { session, mail, written, shown, unsaid, over: None });
        self.settle();
        guest
    }

    /// The client says this, in one write for each part of it.
    pub(crate) fn say(&mut self, guest: Guest, message: &str) {
        for write in framed(self.framing, message.as_bytes(), self.link) {
            let visit = &mut self.guests[guest];
            match self.link {
                Link::Stream => visit.hear(Input::Bytes(&write)),
                Link::Datagram => visit.hear(Input::Datagram(&write)),
            }
            self.settle();
        }
    }

    /// The client's bytes as they stand.
    pub(crate) fn write(&mut self, guest: Guest, bytes: &[u8]) {
        self.guests[guest].hear(Input::Bytes(bytes));
        self.settle();
    }

    /// The client shuts its side.
    pub(crate) fn leave(&mut self, guest: Guest) {
        self.guests[guest].hear(Input::End);
        self.settle();
    }

    /// The client's connection is gone.
    pub(crate) fn reset(&mut self, guest: Guest) {
        self.guests[guest].hear(Input::Reset);
        self.settle();
    }

    /// What the client has been told since this was asked last.
    pub(crate) fn heard(&mut self, guest: Guest) -> String {
        String::from_utf8(std::mem::take(&mut self.guests[guest].written)).expect("text")
    }

    /// What the server showed because of this client.
    pub(crate) fn shown(&self, guest: Guest) -> &[String] {
        &self.guests[guest].shown
    }

    /// What could not be said to this client.
    pub(crate) fn unsaid(&self, guest: Guest) -> &[String] {
        &self.guests[guest].unsaid
    }

    pub(crate) fn over(&self, guest: Guest) -> Option<&Result<Ending, String>> {
        self.guests[guest].over.as_ref()
    }

    /// The names of those in a room.
    pub(crate) fn members(&self, room: &str) -> Vec<&str> {
        let members = self.rooms.get(room).map(|room| room.members.iter());
        members.into_iter().flatten().map(|(_, name)| name.as_str()).collect()
    }

    /// Lets all go on, the first comer first, until nobody has anything to do.
    fn settle(&mut self) {
        loop {
            for guest in 0..self.guests.len() {
                self.run(guest);
            }
            let mut quiet = true;
            for visit in &mut self.guests {
                for (room, line) in std::mem::take(&mut visit.mail) {
                    visit.hear(Input::Heard { room: &room, line: &line });
                    quiet = false;
                }
            }
            if quiet {
                return;
            }
        }
    }

    fn run(&mut self, guest: Guest) {
        for _ in 0..OUTPUTS_MAX {
            let visit = &mut self.guests[guest];
            if visit.over.is_some() {
                // Whoever is gone is in no room.
                self.rooms.values_mut().for_each(|room| room.forget(guest));
                return;
            }
            match visit.session.poll(&mut visit.written) {
                Output::Wait(_) => return,
                Output::Send { .. } => {}
                Output::Show(line) => visit.shown.push(line.to_owned()),
                Output::Unsaid(why) => visit.unsaid.push(why.to_owned()),
                Output::Join(join) => {
                    let room = self.rooms.entry(join.room.to_owned()).or_default();
                    let others = room.kept.iter().filter(|(teller, _)| *teller != guest);
                    visit.mail.extend(others.map(|(_, line)| (join.room.to_owned(), line.clone())));
                    room.members.push((guest, join.name.to_owned()));
                }
                Output::Leave { room } => self.rooms.entry(room.to_owned()).or_default().forget(guest),
                Output::Tell(_) if self.mute => visit.hear(Input::Untold("the rooms are away")),
                Output::Tell(tell) => {
                    let (room, line) = (tell.room.to_owned(), tell.line.to_vec());
                    let place = self.rooms.entry(room.clone()).or_default();
                    place.kept.push_back((guest, line.clone()));
                    let surplus = place.kept.len().saturating_sub(tell.keep);
                    place.kept.drain(..surplus);
                    self.told.push((room.clone(), String::from_utf8_lossy(&line).into_owned()));
                    for (member, _) in place.members.iter().filter(|(member, _)| *member != guest) {
                        self.guests[*member].mail.push_back((room.clone(), line.clone()));
                    }
                }
                Output::Look(convo::Look::Members { room }) => {
                    let there = self.rooms.get(room).map(|room| room.members.iter());
                    let names: Vec<String> =
                        there.into_iter().flatten().map(|(_, name)| name.clone()).collect();
                    visit.hear(Input::Found(Found::Members(&names)));
                }
                Output::Close(ending) => visit.over = Some(Ok(ending)),
                Output::Stop => visit.over = Some(Ok(Ending::Done)),
                Output::Broke(violation) => visit.over = Some(Err(violation.text.clone())),
                other => panic!("a guest's session wants {other:?}"),
            }
        }
        panic!("guest {guest} never waits");
    }
}

impl Room {
    fn forget(&mut self, guest: Guest) {
        self.members.retain(|(member, _)| *member != guest);
    }
}

impl Visit {
    fn hear(&mut self, input: Input<'_>) {
        self.session.hear(crate::side::START, input).expect("an input that is waited for");
    }
}
