//! What the clients answer when the convo asks: a file's lines, or values made from the types by the seed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use convo::Ask;

/// Different values made of each type.
const VALUES: usize = 1024;
/// The length of a text that is made, characters: under `line` a message of 64 bytes.
const TEXT_CHARACTERS: usize = 63;

/// Answers, the same for the same seed.
#[derive(Debug)]
pub(super) struct Values {
    source: Source,
    next: AtomicUsize,
}

#[derive(Debug)]
enum Source {
    /// A line each, over and over.
    Lines(Arc<[String]>),
    Made {
        texts: Arc<[String]>,
        ints: Arc<[String]>,
        /// Whole messages, by the alternatives that the convo leaves to its client.
        choices: Mutex<HashMap<String, Arc<[String]>>>,
    },
}

impl Values {
    /// The lines of a file. There must be one.
    pub(super) fn lines(lines: Vec<String>) -> Self {
        Self { source: Source::Lines(lines.into()), next: AtomicUsize::new(0) }
    }

    /// Values made by a seed: texts and words of 63 letters and digits, ints from 1 to 100.
    pub(super) fn made(seed: u64) -> Self {
        let mut chance = fastrand::Rng::with_seed(seed);
        let texts = (0..VALUES).map(|_| (0..TEXT_CHARACTERS).map(|_| chance.alphanumeric()).collect());
        let texts = texts.collect();
        let ints = (0..VALUES).map(|_| chance.i32(1..=100).to_string()).collect();
        let source = Source::Made { texts, ints, choices: Mutex::default() };
        Self { source, next: AtomicUsize::new(0) }
    }

    /// How many there are, at most.
    pub(super) fn count(&self) -> usize {
        match &self.source {
            Source::Lines(lines) => lines.len(),
            Source::Made { .. } => VALUES,
        }
    }

    /// The number of the next value; it is taken by that.
    pub(super) fn draw(&self) -> usize {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// All that may be answered to this question, in order, over and over. Empty where nothing can be made.
    pub(super) fn of(&self, ask: &Ask<'_>) -> Arc<[String]> {
        match &self.source {
            Source::Lines(lines) => Arc::clone(lines),
            Source::Made { texts, ints, choices } => match ask.expects {
                "int" => Arc::clone(ints),
                "text" | "word" | "bytes" => Arc::clone(texts),
                alternatives => {
                    let mut choices = choices.lock().unwrap_or_else(PoisonError::into_inner);
                    if let Some(made) = choices.get(alternatives) {
                        return Arc::clone(made);
                    }
                    let made: Arc<[String]> = messages(alternatives, texts, ints).into();
                    choices.insert(alternatives.to_owned(), Arc::clone(&made));
                    made
                }
            },
        }
    }
}

/// Whole messages that fit `GET | POST {text}`, each alternative in turn.
fn messages(alternatives: &str, texts: &[String], ints: &[String]) -> Vec<String> {
    let forms: Vec<&str> = alternatives.split(" | ").filter(|form| *form != "anything else").collect();
    let rounds = if forms.iter().any(|form| form.contains('{')) { VALUES / forms.len().max(1) } else { 1 };
    let mut made = Vec::new();
    for round in 0..rounds {
        made.extend(forms.iter().filter_map(|form| fill(form, &texts[round], &ints[round])));
    }
    made
}

/// Puts a value into each hole of a message; nothing where the form is no template.
fn fill(form: &str, text: &str, int: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = form;
    while let Some((before, after)) = rest.split_once('{') {
        let (hole, after) = after.split_once('}')?;
        out.push_str(before);
        let is_int = hole.split_once(':').is_some_and(|(_, ty)| ty.trim() == "int");
        out.push_str(if is_int { int } else { text });
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(expects: &str) -> Ask<'_> {
        Ask { prompt: "", until: None, expects, freely: false }
    }

    #[test]
    fn the_same_seed_makes_the_same_values() {
        let (one, other) = (Values::made(7), Values::made(7));
        for expects in ["int", "text", "GET | POST {text}"] {
            assert_eq!(one.of(&ask(expects)), other.of(&ask(expects)));
        }
        assert_ne!(one.of(&ask("text")), Values::made(8).of(&ask("text")));
    }

    #[test]
    fn alternatives_are_filled_by_the_types_of_their_holes() {
        let values = Values::made(1);
        let made = values.of(&ask("GET | ADD {n: int} | POST {text} | anything else"));
        assert_eq!(made[0], "GET");
        assert!(made[1].strip_prefix("ADD ").is_some_and(|n| n.parse::<i32>().is_ok()), "{}", made[1]);
        assert_eq!(made[2].len(), "POST ".len() + TEXT_CHARACTERS);
        assert_eq!(made.len() % 3, 0);
    }
}
