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

/// What a client tells that says what the client of this rehearsal says: upon each of its messages, and last as it leaves.
pub fn tells(convo: &Convo, rehearsal: &Rehearsal) -> Vec<Vec<Told>> {
    let mut server = Alone::new(convo, Role::Server, Link::Stream, &[]);
    said(&mut server);
    let mut known = server.house.told().len();
    let mut more = |server: &mut Alone| {
        said(server);
        let told = server.house.told();
        let more = told[known..].to_vec();
        known = told.len();
        more
    };
    let mut tells = Vec::new();
    for message in rehearsal.client_said() {
        server.hear_message(&message.wire());
        tells.push(more(&mut server));
    }
    server.hear(Input::End);
    tells.push(more(&mut server));
    tells
}

fn said(server: &mut Alone) -> Vec<u8> {
    match server.drain() {
        Reaction::Answers { bytes, .. } => bytes,
        Reaction::Closes | Reaction::Waits | Reaction::Refuses(_) => Vec::new(),
    }
}
