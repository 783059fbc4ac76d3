//! Ways on which several things are kept and read again: their number and order tell a careless store.

use std::collections::BTreeMap;
use std::sync::Arc;

use convo::cases::{Answers, Around, HoleKind, Rehearsal, Walk, keeps, rehearse, rehearse_around};
use convo::{Convo, Link};
use memchr::memmem;

use super::super::case::{Family, Way};
use super::super::judge::unkept;
use super::Planning;

/// A way on which something is kept and read again.
pub(super) struct Kept {
    pub(super) family: Family,
    pub(super) way: Arc<Way>,
    pub(super) about: &'static str,
}

/// Where one message keeps something and another one reads it: three kept, then read; one kept, then read twice.
pub(super) fn ways(convo: &Convo, link: Link, walks: &[Walk], seed: u64) -> Vec<Kept> {
    if !keeps(convo) {
        return Vec::new();
    }
    let single = || walks.iter().filter(|walk| walk.answers.client.len() == 1);
    let adds = |walk: &Walk| {
        needs_room(&walk.rehearsal, &rehearse_around(convo, link, Around::NoRoom, &walk.answers, seed))
    };
    let holds = |walk: &&Walk| adds(walk) && given(&walk.rehearsal).is_some();
    let Some(keeping) = single().find(holds) else { return Vec::new() };
    let keep = &keeping.answers.client[0];
    let comes_back = |read: &String| {
        let answers = Answers { client: vec![keep.clone(), read.clone()], server: Vec::new() };
        let again = rehearse(convo, link, &answers, seed);
        let value = given(&keeping.rehearsal);
        value.is_some_and(|value| again.server_said().any(|said| memmem::find(&said.text, value).is_some()))
    };
    let Some(read) = &single().filter(|walk| !adds(walk)).flat_map(readings).find(comes_back) else {
        return Vec::new();
    };
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
    let odd = single().filter(|walk| {
        walk.rehearsal.server_said().next().is_none()
            && !adds(walk)
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

/// What a client gives on a way that is more than a number.
fn given(rehearsal: &Rehearsal) -> Option<&[u8]> {
    let texts = rehearsal.client_said().flat_map(|said| {
        said.holes
            .iter()
            .filter(|hole| hole.kind == HoleKind::Text)
            .map(|hole| &said.text[hole.range.clone()])
    });
    texts.max_by_key(|text| text.len())
}

/// Whether all goes otherwise where nothing can be kept.
fn needs_room(rehearsal: &Rehearsal, vain: &Rehearsal) -> bool {
    let texts =
        |rehearsal: &Rehearsal| rehearsal.said.iter().map(|said| said.text.clone()).collect::<Vec<_>>();
    matches!(vain.server, Some(Err(_))) || texts(vain) != texts(rehearsal)
}

/// What may be said to read what was kept: as it is, and from the first number on.
fn readings(walk: &Walk) -> Vec<String> {
    let read = walk.answers.client[0].clone();
    let first = walk.rehearsal.client_said().next().and_then(|said| {
        let number = said.holes.iter().find(|hole| hole.kind == HoleKind::Int)?;
        let mut text = said.text.clone();
        text.splice(number.range.clone(), *b"1");
        String::from_utf8(text).ok()
    });
    std::iter::once(read).chain(first).collect()
}

/// The lines with which the server says that it could not do what was asked, and the ways on which it may.
pub(super) fn refusals(planning: &Planning<'_>, ways: &[Arc<Way>]) -> BTreeMap<usize, Vec<Arc<Way>>> {
    let mut refusals: BTreeMap<usize, Vec<Arc<Way>>> = BTreeMap::new();
    for way in ways {
        for line in unkept(planning.convo, planning.link, way) {
            refusals.entry(line).or_default().push(Arc::clone(way));
        }
    }
    refusals
}

/// Ways on which we are a server that can keep and tell nothing, one for each line that says so, each with what happens.
pub(super) fn refusing(planning: &Planning<'_>, ways: &[Arc<Way>]) -> Vec<(Arc<Way>, String)> {
    let first = |(line, ways): (usize, Vec<Arc<Way>>)| {
        let way = ways.first()?;
        let rehearsal =
            rehearse_around(planning.convo, planning.link, Around::NoRoom, &way.answers, planning.seed);
        let name = format!("{}-refused", way.name);
        let way = Way { name, answers: way.answers.clone(), rehearsal };
        let about = format!("it cannot be done: the server says line {line}");
        way.rehearsal.is_sound().then(|| (Arc::new(way), about))
    };
    refusals(planning, ways).into_iter().filter_map(first).collect()
}
