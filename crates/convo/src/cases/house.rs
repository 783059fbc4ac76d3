//! What is around a role in a rehearsal: the kept lists, the rooms, and who else is there.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::session::{Add, Found, Input, Item, Look, Output};

/// What a server can do, and who else is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Around {
    /// All is kept, and nobody else is there.
    #[default]
    Nobody,
    /// All is kept, and somebody else in each room says what is told there once more.
    Another,
    /// All is kept, under numbers that begin [`LATER`] later, and nobody else is there.
    Later,
    /// Nothing can be kept or told: the ways after `else:` are taken.
    NoRoom,
}

/// How much greater all numbers are [`Around::Later`].
pub const LATER: u64 = 1_000;

/// Why nothing is kept or told.
const FULL: &str = "there is no room for it";

/// The kept lists and the rooms of a rehearsal.
#[derive(Debug, Default, Clone)]
pub struct House {
    around: Around,
    lists: BTreeMap<String, Vec<Arc<Item>>>,
    /// Who is in each room, in the order of coming.
    rooms: BTreeMap<String, Vec<Present>>,
    /// What it told there, and elsewhere.
    told: Vec<Told>,
}

/// Somebody in a room.
#[derive(Debug, Clone)]
struct Present {
    name: String,
    /// It is the session itself.
    own: bool,
}

/// A line told in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The room's name.
    pub room: String,
    /// The line.
    pub line: Vec<u8>,
    /// Lines that the room keeps for those who come later.
    pub keep: usize,
}

/// What comes back to a session, owned.
#[derive(Debug)]
pub enum Reply {
    /// What a look found.
    Found(Seen),
    /// The number under which something was added, or why it could not be.
    Added(Result<u64, &'static str>),
    /// Why something could not be told.
    Untold(&'static str),
    /// What somebody else says in a room.
    Heard {
        /// The room's name.
        room: String,
        /// The line.
        line: Vec<u8>,
    },
}

/// What a look found, owned.
#[derive(Debug)]
pub enum Seen {
    /// The items of a list.
    Items(Arc<[Arc<Item>]>),
    /// The text under a key.
    Text(Option<String>),
    /// How many items there are.
    Count(u64),
    /// Who is in a room.
    Members(Vec<String>),
}

impl Reply {
    /// As a session hears it.
    pub fn as_input(&self) -> Input<'_> {
        match self {
            Self::Found(Seen::Items(items)) => Input::Found(Found::Items { items, more: false }),
            Self::Found(Seen::Text(text)) => Input::Found(Found::Text(text.as_deref())),
            Self::Found(Seen::Count(count)) => Input::Found(Found::Count(*count)),
            Self::Found(Seen::Members(names)) => Input::Found(Found::Members(names)),
            Self::Added(added) => Input::Added(*added),
            Self::Untold(why) => Input::Untold(why),
            Self::Heard { room, line } => Input::Heard { room, line },
        }
    }
}

impl House {
    /// A house in which nothing is kept yet and nobody is in a room.
    pub fn new(around: Around) -> Self {
        Self { around, ..Self::default() }
    }

    /// What is kept, after all have left.
    pub fn emptied(self) -> Self {
        Self { around: self.around, lists: self.lists, ..Self::default() }
    }

    /// Who is here beside those in its rooms.
    pub fn around(&self) -> Around {
        self.around
    }

    /// What was told so far.
    pub fn told(&self) -> &[Told] {
        &self.told
    }

    /// Whether the session is in this room.
    pub fn is_in(&self, room: &str) -> bool {
        self.rooms.get(room).is_some_and(|present| present.iter().any(|one| one.own))
    }

    /// Whether the session is in any room.
    pub fn is_in_one(&self) -> bool {
        self.own().next().is_some()
    }

    /// The rooms in which the session is, each with its name there.
    pub fn own(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.rooms.iter().flat_map(|(room, present)| present.iter().map(move |one| (room, one)));
        all.filter(|(_, one)| one.own).map(|(room, one)| (room.as_str(), one.name.as_str()))
    }

    /// Those who are in the rooms of another house come into the same of this one.
    pub fn enter(&mut self, other: &Self) {
        for (room, name) in other.own() {
            self.come(room, name, false);
        }
    }

    fn come(&mut self, room: &str, name: &str, own: bool) {
        self.rooms.entry(room.to_owned()).or_default().push(Present { name: name.to_owned(), own });
    }

    /// Does what a session puts out for its lists and rooms. What comes back, if something does.
    pub fn answer(&mut self, output: &Output<'_>) -> Option<Reply> {
        match output {
            Output::Look(look) => Some(Reply::Found(self.look(look))),
            Output::Add(add) => Some(Reply::Added(self.add(add))),
            Output::Join(join) => {
                self.come(join.room, join.name, true);
                None
            }
            Output::Leave { room } => {
                self.rooms.entry((*room).to_owned()).or_default().retain(|one| !one.own);
                None
            }
            Output::Tell(tell) => {
                if self.around == Around::NoRoom {
                    return Some(Reply::Untold(FULL));
                }
                let (room, line) = (tell.room.to_owned(), tell.line.to_vec());
                self.told.push(Told { room: room.clone(), line: line.clone(), keep: tell.keep });
                (self.around == Around::Another && self.is_in(&room)).then_some(Reply::Heard { room, line })
            }
            _ => None,
        }
    }

    fn look(&self, look: &Look<'_>) -> Seen {
        let items = |list: &str| self.lists.get(list).cloned().unwrap_or_default();
        match look {
            Look::Begin { list, from, .. } => {
                Seen::Items(items(list).into_iter().filter(|item| item.seq >= *from).collect())
            }
            Look::More { .. } => Seen::Items(Arc::default()),
            Look::Key { list, key } => {
                Seen::Text(items(list).iter().find(|item| item.key == *key).map(|item| item.text.clone()))
            }
            Look::Count { list } => Seen::Count(items(list).len() as u64),
            Look::Members { room } => {
                let present = self.rooms.get(*room).into_iter().flatten();
                Seen::Members(present.map(|one| one.name.clone()).collect())
            }
        }
    }

    fn add(&mut self, add: &Add<'_>) -> Result<u64, &'static str> {
        if self.around == Around::NoRoom {
            return Err(FULL);
        }
        let items = self.lists.entry(add.list.to_owned()).or_default();
        let before = if self.around == Around::Later { LATER } else { 0 };
        let seq = items.last().map_or(before, |item| item.seq) + 1;
        let key = add.key.map_or_else(|| seq.to_string(), str::to_owned);
        items.retain(|item| item.key != key);
        items.push(Arc::new(Item {
            seq,
            text: add.text.to_owned(),
            key,
            from: add.from.to_owned(),
            at: add.at,
        }));
        Ok(seq)
    }
}
