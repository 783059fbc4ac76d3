//! What a client says and shows, against what it was told.

use std::collections::BTreeSet;

use convo::cases::Said;
use convo::{Convo, Role};

use super::super::case::Way;
use crate::report::visible;

#[cfg(test)]
mod tests;

/// Words with which programs say that something is wrong.
const COMPLAINTS: [&str; 14] = [
    "wrong",
    "error",
    "mismatch",
    "differ",
    "incorrect",
    "invalid",
    "unexpected",
    "not match",
    "expected",
    "bad",
    "fail",
    "should",
    "warn",
    "not equal",
];

/// A shorter beginning of a value may stand on the screen by chance, characters.
const BEGINNING_CHARS: usize = 4;

/// A message that is what was typed for the client to leave instead.
pub(super) fn says_leaving(way: &Way, heard: &[Vec<u8>]) -> Option<(usize, String)> {
    let said: Vec<&Said> = way.rehearsal.client_said().collect();
    let answered = said.last().map_or(0, |said| said.answers);
    let leaves = way.answers.client.get(answered)?;
    let further = heard.get(said.len())?;
    let line = way.rehearsal.said.last().map_or(0, |said| said.line);
    let what = || format!("\"{leaves}\" was typed, at which the client leaves, and it says that to us");
    (further == leaves.as_bytes()).then(|| (line, what()))
}

/// A message in which another value stands than the one that was typed.
pub(super) fn typed_otherwise(way: &Way, heard: &[Vec<u8>]) -> Option<(usize, String)> {
    for (said, heard) in way.rehearsal.client_said().zip(heard) {
        let typed = said.holes.iter().filter_map(|hole| {
            let value = &said.text[hole.range.clone()];
            way.answers.client.iter().any(|answer| answer.as_bytes() == value).then_some(value)
        });
        for value in typed.filter(|value| !value.is_empty()) {
            if memchr::memmem::find(heard, value).is_none() {
                let what = format!(
                    "\"{}\" was typed, the client says \"{}\"",
                    visible::in_log(value),
                    visible::in_log(heard)
                );
                return Some((said.line, what));
            }
        }
    }
    None
}

/// The values that the server said and that a client should show, each with its line: those in its `C>` lines. Where the
/// convo has none and people talk freely, what is said is there to be read.
pub(super) fn promised(convo: &Convo, way: &Way) -> Vec<(usize, String)> {
    let client = convo.program(Role::Client);
    let plain = client.is_free() && !client.shows();
    let shown = |value: &String| way.rehearsal.client_shows.iter().any(|shown| shown.text.contains(value));
    let of = |said| values(said).into_iter().filter(|value| plain || shown(value));
    way.rehearsal.server_said().flat_map(|said| of(said).map(|value| (said.line, value))).collect()
}

/// A value that the client should show, and that is not on its screen.
pub(super) fn missing(convo: &Convo, way: &Way, output: &str) -> Option<(usize, String)> {
    let missing = promised(convo, way).into_iter().find(|(_, value)| !stands_alone(output, value));
    let what = |value: String| format!("we said \"{}\", and it is not shown", visible::on_line(&value));
    missing.map(|(line, value)| (line, what(value)))
}

/// A text of the convo that the client should show and that is not on its screen, in the order of the convo: its line, and
/// whether the server has said it, so that it is more than a way to put things.
pub(super) fn omitted(way: &Way, output: &str) -> Option<(usize, String, bool)> {
    let (output, mut from) = (one_spaced(output), 0);
    let texts = way.rehearsal.client_shows.iter().filter(|shown| shown.constant);
    for (shown, text) in
        texts.map(|shown| (shown, one_spaced(&shown.text))).filter(|(_, text)| !text.is_empty())
    {
        match places(&output[from..], &text).next() {
            Some(place) => from += place + text.len(),
            None => {
                let what = match places(&output, &text).next() {
                    Some(_) => "is shown less often than the convo has it, or too early",
                    None => "is not shown",
                };
                let what = format!("\"{}\" {what}", visible::on_line(&shown.text));
                let said = |said: &Said| one_spaced(&String::from_utf8_lossy(&said.text)).contains(&text);
                return Some((shown.line, what, way.rehearsal.server_said().any(said)));
            }
        }
    }
    None
}

/// Whatever space stands between words is no matter.
fn one_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A value that the server said, and of which a line of the screen holds the beginning alone.
pub(super) fn shortened(way: &Way, output: &str) -> Option<(usize, String)> {
    for said in way.rehearsal.server_said() {
        for value in values(said) {
            let begins = |line: &&str| {
                line.chars().count() >= BEGINNING_CHARS
                    && line.len() < value.len()
                    && value.starts_with(*line)
            };
            let cut = output.lines().map(str::trim_end).find(begins);
            if let Some(cut) = cut.filter(|_| !output.contains(&value)) {
                let what = format!(
                    "we said \"{}\", and \"{}\" is shown",
                    visible::on_line(&value),
                    visible::on_line(cut)
                );
                return Some((said.line, what));
            }
        }
    }
    None
}

/// A line of the screen that is one of the client's `C>` lines without the value that the server did not say.
pub(super) fn nothing_as_answer(way: &Way, output: &str) -> Option<String> {
    // What languages print for an answer that is none.
    const NONE: [&str; 6] = ["", "null", "None", "undefined", "b''", "''"];
    let said = way.rehearsal.server_said().next()?;
    let values = values(said);
    let shows = &way.rehearsal.client_shows;
    let labels = shows
        .iter()
        .flat_map(|shown| values.iter().filter_map(|value| shown.text.split_once(value.as_str())));
    let labels: BTreeSet<&str> = labels
        .filter(|(_, after)| after.is_empty())
        .map(|(before, _)| before.trim_end())
        .filter(|before| before.chars().count() >= BEGINNING_CHARS)
        .collect();
    // A label without a line's end may stand there before anything was heard.
    let (whole, _) = output.rsplit_once('\n')?;
    let lines = whole.lines().map(str::trim_end);
    let found = lines
        .flat_map(|line| labels.iter().map(move |label| (line, *label)))
        .find(|(line, label)| line.rsplit_once(label).is_some_and(|(_, rest)| NONE.contains(&rest.trim())))?;
    Some(found.0.to_owned())
}

/// The values of a message: what its holes hold, or its JSON texts and numbers.
fn values(said: &Said) -> BTreeSet<String> {
    if said.json {
        let Ok(serde_json::Value::Object(members)) = serde_json::from_slice(&said.text) else {
            return BTreeSet::new();
        };
        return members
            .values()
            .filter_map(|value| match value {
                serde_json::Value::String(text) => Some(text.clone()),
                serde_json::Value::Number(number) => Some(number.to_string()),
                _ => None,
            })
            .collect();
    }
    let holes = said.holes.iter().filter_map(|hole| std::str::from_utf8(&said.text[hole.range.clone()]).ok());
    holes
        .filter(|value| !value.trim().is_empty() && !value.contains(char::is_control))
        .map(str::to_owned)
        .collect()
}

/// Whether a value is shown, and not only as a part of a longer word.
pub(super) fn stands_alone(output: &str, value: &str) -> bool {
    places(output, value).next().is_some()
}

/// Where a value stands and is no part of a longer word.
fn places<'a>(output: &'a str, value: &'a str) -> impl Iterator<Item = usize> + 'a {
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let alone = move |start: usize| {
        let before = output[..start].chars().next_back();
        let after = output[start + value.len()..].chars().next();
        !(word(before) && word(value.chars().next()) || word(after) && word(value.chars().next_back()))
    };
    output.match_indices(value).map(|(start, _)| start).filter(move |start| alone(*start))
}

/// Whether a program says that something is wrong.
pub(super) fn notices(output: &str) -> bool {
    let output = output.to_lowercase();
    COMPLAINTS.iter().any(|word| output.contains(word))
}
