//! Ways on which several things are kept and read again: their number and order tell a careless store.

use std::sync::Arc;

use convo::cases::{Answers, Walk, keeps, rehearse};
use convo::{Convo, Link};

use super::super::case::{Family, Way};

/// A way on which something is kept and read again.
pub(super) struct Kept {
    pub(super) family: Family,
    pub(super) way: Arc<Way>,
    pub(super) about: &'static str,
}

/// Where one message keeps something without an answer and another one reads it: three kept, then read; one kept, then
/// read twice.
pub(super) fn ways(convo: &Convo, link: Link, walks: &[Walk], seed: u64) -> Vec<Kept> {
    if !keeps(convo) {
        return Vec::new();
    }
    let single = |answered: bool| {
        walks.iter().find(move |walk| {
            walk.answers.client.len() == 1
                && (walk.rehearsal.server_said().next().is_some() == answered)
                && (answered || walk.rehearsal.client_said().any(|said| !said.holes.is_empty()))
        })
    };
    let (Some(keep), Some(read)) = (single(false), single(true)) else { return Vec::new() };
    let (keep, read) = (&keep.answers.client[0], &read.answers.client[0]);
    let other = |word: &str| keep.replace("hello world", word);
    let several = [keep.clone(), other("zwei notes"), other("a third"), read.clone()];
    let twice = [keep.clone(), read.clone(), read.clone()];
    let same = [keep.clone(), keep.clone(), read.clone()];
    let long = [other(&"long ".repeat(60)), read.clone()];
    let words = [other("two  words and  more"), read.clone()];
    let all: [(Family, &str, &str, &[String]); 5] = [
        (Family::Walks, "keep-several", "three are kept, then read: all come back, in order", &several),
        (Family::Walks, "read-twice", "one is kept and read twice: it comes back both times", &twice),
        (Family::Walks, "keep-twice", "the same is kept twice, then read: both come back", &same),
        (Family::Values, "keep-long", "what is kept has 300 characters", &long),
        (Family::Values, "keep-words", "what is kept is several words", &words),
    ];
    // What looks like something else, such as the end of the list, and an ordinary one after it.
    let odd = walks.iter().filter(|walk| {
        walk.answers.client.len() == 1
            && walk.rehearsal.server_said().next().is_none()
            && walk.answers.client[0] != *keep
            && walk.rehearsal.client_said().any(|said| !said.holes.is_empty())
    });
    let odd = odd.map(|walk| [walk.answers.client[0].clone(), keep.clone(), read.clone()]).next();
    let odd = odd.iter().map(|odd| {
        (
            Family::Walks,
            "keep-odd",
            "what looks like another message is kept, or not, as the convo says",
            odd.as_slice(),
        )
    });
    all.into_iter()
        .chain(odd)
        .filter_map(|(family, name, about, answers)| {
            let answers = Answers { client: answers.to_vec(), server: Vec::new() };
            let rehearsal = rehearse(convo, link, &answers, seed);
            let way = Way { name: name.to_owned(), answers, rehearsal };
            way.rehearsal.is_sound().then(|| Kept { family, way: Arc::new(way), about })
        })
        .collect()
}
