//! Rooms: what somebody who is in one hears of what another client tells there.

use std::collections::BTreeSet;

use crate::session::{Input, Link};
use crate::{Convo, Role};

use super::house::Told;
use super::react::{Alone, Reaction};
use super::rehearse::Rehearsal;

/// A client that comes into a room of a correct server, over a stream.
pub struct Member {
    server: Alone,
    /// What it says until it is there, and what it hears upon each message.
    pub enters: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Member {
    /// A client that says what the client of this rehearsal says, until it is in a room; none where it comes in none.
    pub fn enter(convo: &Convo, rehearsal: &Rehearsal) -> Option<Self> {
        let mut server = Alone::new(convo, Role::Server, Link::Stream, &[]);
        // What a server says first is heard before the first message.
        let mut before = said(&mut server);
        let mut enters = Vec::new();
        for message in rehearsal.client_said() {
            let wire = message.wire();
            server.hear_message(&wire);
            let heard = said(&mut server);
            enters.push((wire, [std::mem::take(&mut before), heard].concat()));
            if server.house.is_in_one() {
                return Some(Self { server, enters });
            }
        }
        None
    }

    /// What it has told in coming.
    pub fn told(&self) -> &[Told] {
        self.server.house.told()
    }

    /// The convo's lines of what its server has said to it.
    pub fn lines(&self) -> &BTreeSet<usize> {
        &self.server.lines
    }

    /// What its server says to it when this is told; nothing where it is in another room.
    pub fn hear(&mut self, told: &Told) -> Vec<u8> {
        if !self.server.house.is_in(&told.room) {
            return Vec::new();
        }
        self.server.hear(Input::Heard { room: &told.room, line: &told.line });
        said(&mut self.server)
    }
}

/// What becomes of a client's message.
pub struct Turn {
    /// What it tells.
    pub told: Vec<Told>,
    /// What its server answers.
    pub answer: Vec<u8>,
}

/// What becomes of what the client of this rehearsal says: a turn for each of its messages, and last as it leaves. Once it
/// is in a room, `beside` comes, too.
pub fn turns(convo: &Convo, rehearsal: &Rehearsal, beside: &Member) -> Vec<Turn> {
    let mut server = Alone::new(convo, Role::Server, Link::Stream, &[]);
    said(&mut server);
    let mut known = server.house.told().len();
    let mut turn = |server: &mut Alone| {
        let answer = said(server);
        let told = server.house.told();
        let more = told[known..].to_vec();
        known = told.len();
        Turn { told: more, answer }
    };
    let (mut turns, mut alone) = (Vec::new(), true);
    for message in rehearsal.client_said() {
        server.hear_message(&message.wire());
        turns.push(turn(&mut server));
        if alone && server.house.is_in_one() {
            server.house.enter(&beside.server.house);
            alone = false;
        }
    }
    server.hear(Input::End);
    turns.push(turn(&mut server));
    turns
}

/// Whether a client that says what the client of this rehearsal says goes from one room to another.
pub fn moves(convo: &Convo, rehearsal: &Rehearsal) -> bool {
    let mut server = Alone::new(convo, Role::Server, Link::Stream, &[]);
    said(&mut server);
    let mut rooms = BTreeSet::new();
    for message in rehearsal.client_said() {
        server.hear_message(&message.wire());
        said(&mut server);
        rooms.extend(server.house.own().map(|(room, _)| room.to_owned()));
    }
    rooms.len() > 1
}

fn said(server: &mut Alone) -> Vec<u8> {
    match server.drain() {
        Reaction::Answers { bytes, .. } => bytes,
        Reaction::Closes | Reaction::Waits | Reaction::Refuses(_) => Vec::new(),
    }
}
