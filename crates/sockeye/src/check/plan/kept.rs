//! Ways on which several things are kept and read again: their number and order tell a careless store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use convo::cases::{Answers, Around, HoleKind, Rehearsal, Walk, keeps, rehearse, rehearse_around};
use convo::{Convo, Link};
use memchr::memmem;

use super::super::case::{Family, Way};
use super::super::judge::unkept;
use super::Planning;

/// Notes that are kept on one way where all are read at once.
const NOTES: usize = 40;
/// So many of them come before they are read.
const NOTES_AT_ONCE: usize = 5;
/// A page of more notes is none.
const PAGE_MAX: usize = 64;

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
    let reads = single().filter(|walk| !adds(walk));
    let reads = reads.flat_map(|walk| readings(walk).into_iter().map(move |read| (walk, read)));
    let Some((reading, read)) = &reads.into_iter().find(|(_, read)| comes_back(read)) else {
        return Vec::new();
    };
    let other = |word: &str| keep.replace("hello world", word);
    let several = [keep.clone(), other("zwei notes"), other("a third"), read.clone()];
    let twice = [keep.clone(), read.clone(), read.clone()];
    let same = [keep.clone(), keep.clone(), read.clone()];
    let long = [other(&vec!["long"; 60].join(" ")), read.clone()];
    let words = [other("two  words and  more"), read.clone()];
    let blanks = [other("  two  blanks  "), read.clone()];
    let all: [(Family, &str, &str, &[String]); 6] = [
        (Family::Walks, "keep-several", "three are kept, then read: all come back, in order", &several),
        (Family::Walks, "read-twice", "one is kept and read twice: it comes back both times", &twice),
        (Family::Walks, "keep-twice", "the same is kept twice, then read: both come back", &same),
        (Family::Values, "keep-long", "what is kept has 299 characters", &long),
        (Family::Values, "keep-words", "what is kept is several words", &words),
        (Family::Values, "keep-blanks", "what is kept has white space at both ends", &blanks),
    ];
    let (name, about, many) = many(convo, link, keep, (reading, read));
    let before: Option<Vec<String>> =
        [0, -1].map(|number| from_number(reading, number)).into_iter().collect();
    let before = before.map(|reads| [&several[..3], &reads[..]].concat());
    let before = before.iter().map(|answers| {
        let about = "three are kept, then read from numbers below the first";
        (Family::Values, "keep-before-first", about, answers.as_slice())
    });
    let like_end = like_end(convo, link, keep, read);
    let like_end = like_end.iter().map(|answers| {
        let about = "what is kept resembles the message that ends the list";
        (Family::Values, "keep-like-end", about, answers.as_slice())
    });
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
        .chain([(Family::Walks, name, about, many.as_slice())])
        .chain(odd)
        .chain(before)
        .chain(like_end)
        .filter_map(|(family, name, about, answers)| {
            let answers = Answers { client: answers.to_vec(), server: Vec::new() };
            let rehearsal = rehearse(convo, link, &answers, seed);
            let way = Way { name: name.to_owned(), answers, rehearsal };
            way.rehearsal.is_sound().then(|| Kept { family, way: Arc::new(way), about })
        })
        .collect()
}

/// A way on which more is kept than is read at once, or forty where all is, by its name, and what happens on it.
fn many(
    convo: &Convo,
    link: Link,
    keep: &str,
    (reading, read): (&Walk, &String),
) -> (&'static str, &'static str, Vec<String>) {
    let notes =
        |count: usize| (1..=count).map(|number| keep.replace("hello world", &format!("note {number}")));
    let from = |number: i64| from_number(reading, number).unwrap_or_else(|| read.clone());
    if let Some(page) = page(convo, link, keep, read) {
        let about =
            "one more is kept than is read at once, then read from the first, the second and the last";
        let last = i64::try_from(page + 1).unwrap_or(i64::MAX);
        return ("keep-page", about, notes(page + 1).chain([from(1), from(2), from(last)]).collect());
    }
    // Over UDP more at once may be lost.
    let kept: Vec<String> = notes(NOTES).collect();
    let all = kept.chunks(NOTES_AT_ONCE).flat_map(|some| some.iter().chain([read])).cloned().collect();
    ("keep-many", "forty are kept, and read now and then: all come back, in order", all)
}

/// What resembles the message that ends what is read, each kept, and then read.
fn like_end(convo: &Convo, link: Link, keep: &str, read: &str) -> Option<Vec<String>> {
    let rehearsed = |client: Vec<String>| rehearse(convo, link, &Answers { client, server: Vec::new() }, 0);
    let empty = rehearsed(vec![read.to_owned()]);
    let end = empty.server_said().last().filter(|said| said.holes.is_empty() && !said.json)?;
    let end = std::str::from_utf8(&end.text).ok().filter(|end| !end.is_empty())?;
    let inner = end.trim_matches(|c: char| !c.is_alphanumeric());
    let mut near = vec![format!("x{end}"), format!("{end}x"), format!("{end} "), inner.to_owned()];
    near.retain(|near| !near.is_empty() && near != end);
    let keeps = near.iter().map(|near| keep.replace("hello world", near));
    let keeps = keeps.filter(|keep| rehearsed(vec![keep.clone(), read.to_owned()]).is_sound());
    let all: Vec<String> = keeps.chain([read.to_owned()]).collect();
    (all.len() > 1).then_some(all)
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
    std::iter::once(read).chain(from_number(walk, 1)).collect()
}

/// What is said to read from a number on, where a number is said.
fn from_number(walk: &Walk, first: i64) -> Option<String> {
    let said = walk.rehearsal.client_said().next()?;
    let number = said.holes.iter().find(|hole| hole.kind == HoleKind::Int)?;
    let mut text = said.text.clone();
    text.splice(number.range.clone(), first.to_string().into_bytes());
    String::from_utf8(text).ok()
}

/// How many are read at once, where it is not all that are kept.
fn page(convo: &Convo, link: Link, keep: &str, read: &str) -> Option<usize> {
    let answers = |kept: usize| {
        let client = std::iter::repeat_n(keep, kept).chain([read]).map(str::to_owned).collect();
        let answers = Answers { client, server: Vec::new() };
        let said = rehearse(convo, link, &answers, 0).server_said().count();
        let kept_alone = Answers { client: vec![keep.to_owned(); kept], server: Vec::new() };
        said - rehearse(convo, link, &kept_alone, 0).server_said().count().min(said)
    };
    // One that is read, and none, differ by what is said of each.
    let (none, one, all) = (answers(0), answers(1), answers(PAGE_MAX));
    let page = (all - none.min(all)) / (one - none.min(one)).max(1);
    (1..PAGE_MAX).contains(&page).then_some(page)
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
    let mut seen = BTreeSet::new();
    let first = |(line, ways): (usize, Vec<Arc<Way>>)| {
        // One way may come by several of them.
        let way = ways.first().filter(|way| seen.insert(way.name.clone()))?;
        let rehearsal =
            rehearse_around(planning.convo, planning.link, Around::NoRoom, &way.answers, planning.seed);
        let name = format!("{}-refused", way.name);
        let way = Way { name, answers: way.answers.clone(), rehearsal };
        let about = format!("it cannot be done: the server says line {line}");
        // That its leaving cannot be told either is what the client does not hear.
        let plays = matches!(way.rehearsal.client, Some(Ok(_))) && way.rehearsal.refused.is_none();
        plays.then(|| (Arc::new(way), about))
    };
    refusals(planning, ways).into_iter().filter_map(first).collect()
}
