//! Words near one that a convo knows: who strips, ignores case, or looks at a part of the text alone takes them for it.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::super::candidates::Constants;
use super::{Cutting, Extreme, HoleKind, Known, Said, TrialKind, Trying, Walk, plain, rehearse};

/// Words of which others near them are tried in one hole, at most.
const WORDS_MAX: usize = 3;

impl Trying<'_> {
    /// Each word that the convo knows in a value, or as a whole message, is resembled once. The convo itself says what is
    /// right then.
    pub(super) fn near(&mut self, walks: &[Walk]) {
        let constants = Constants::of(self.convo);
        let words = constants.words();
        let mut seen = BTreeSet::new();
        let mut walks: Vec<&Walk> = walks.iter().filter(|walk| walk.rehearsal.is_sound()).collect();
        // What comes after it shows whether the program goes on.
        walks.sort_by_key(|walk| Reverse(walk.answers.client.len()));
        for walk in walks {
            let open = walk.rehearsal.client_said().take_while(|said| said.cutting != Cutting::Secured);
            for said in open.filter(|said| !said.json) {
                for hole in
                    said.holes.iter().filter(|hole| matches!(hole.kind, HoleKind::Text | HoleKind::Word))
                {
                    if seen.insert((said.line, hole.text.clone())) {
                        self.near_value(walk, said, (&plain(&hole.text), hole.range.clone()), &words);
                    }
                }
                let whole = std::str::from_utf8(&said.text).unwrap_or_default();
                if said.holes.is_empty() && !whole.is_empty() && seen.insert((said.line, whole.to_owned())) {
                    let name = format!("line-{}", said.line);
                    self.near_word(walk, said, (&name, 0..whole.len()), whole, Known::Message);
                }
            }
        }
    }

    /// The words that lead elsewhere than the value at hand.
    fn near_value(
        &mut self,
        walk: &Walk,
        said: &Said,
        hole: (&str, std::ops::Range<usize>),
        words: &BTreeSet<&str>,
    ) {
        let mut known: Vec<&str> = Vec::new();
        // Small letters first: where case says nothing they stand for the word.
        for word in words.iter().rev() {
            if known.len() < WORDS_MAX
                && !known.iter().any(|other| other.eq_ignore_ascii_case(word))
                && self.leads_elsewhere(walk, said, hole.1.clone(), word)
            {
                known.push(word);
            }
        }
        for word in known {
            self.near_word(walk, said, (hole.0, hole.1.clone()), word, Known::Value);
        }
    }

    fn leads_elsewhere(&self, walk: &Walk, said: &Said, range: std::ops::Range<usize>, word: &str) -> bool {
        let text = replaced(said, &range, word);
        let Some(TrialKind::Legal { rehearsal, .. }) = self.legal(walk, said, range, word.as_bytes(), &text)
        else {
            return false;
        };
        rehearsal.ways != rehearse(self.convo, self.link, &walk.answers, self.seed).ways
    }

    fn near_word(
        &mut self,
        walk: &Walk,
        said: &Said,
        (name, range): (&str, std::ops::Range<usize>),
        word: &str,
        known: Known,
    ) {
        for (how, about, near) in resembling(word) {
            let text = replaced(said, &range, &near);
            let kind = self.legal(walk, said, range.clone(), near.as_bytes(), &text);
            let Some(TrialKind::Legal { answers, rehearsal }) = kind else { continue };
            let name = format!("{name}-near-{}-{how}", plain(word));
            let about = format!("{near:?} {about} {word:?}");
            let kind = TrialKind::Near { answers, rehearsal, known };
            self.add(walk, said.line, name, about, kind, Extreme::No);
        }
    }
}

fn replaced(said: &Said, range: &std::ops::Range<usize>, word: &str) -> Vec<u8> {
    let mut text = said.text.clone();
    text.splice(range.clone(), word.bytes());
    text
}

/// What is like a word and is another one.
fn resembling(word: &str) -> Vec<(&'static str, &'static str, String)> {
    let swap = |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    let shorter = word.char_indices().last().map_or("", |(last, _)| &word[..last]);
    let all = vec![
        ("blank-before", "has a blank before", format!(" {word}")),
        ("blank-after", "has a blank after", format!("{word} ")),
        ("longer", "goes on after", format!("{word}x")),
        ("mark", "has a mark after", format!("{word}!")),
        ("ends-so", "ends like", format!("x{word}")),
        ("shorter", "is the beginning of", shorter.to_owned()),
        ("case", "is in the other case than", word.chars().map(swap).collect()),
    ];
    all.into_iter().filter(|(_, _, near)| near != word && !near.is_empty()).collect()
}
