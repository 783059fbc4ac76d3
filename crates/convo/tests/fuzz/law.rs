//! The law, "what is sent must be read back as the same step": whatever persons type and values hold, no role of a
//! convo ever says what the other role of it does not expect, and one who only listens can follow.

use bolero::TypeGenerator;
use convo::{Convo, Link, Presets, Role, ViolationKind};

use crate::convos::File;
use crate::edit::{Edit, FILES, edited};
use crate::kept::Kept;
use crate::pair::{Cut, Run, Typed, run_briefly};
use crate::side::Terms;

/// Turns of one conversation, and outputs of one turn: some go on for ever.
const TURNS_MAX: usize = 500;

/// What a person may type.
#[derive(Debug, Clone, TypeGenerator)]
enum Answer {
    Any(String),
    /// A few signs that messages look at.
    Signs([u8; 6]),
    Number(i64),
    /// A message of the convo as it is written.
    Said(u8),
    Odd(u8),
}

const ODD: [&str; 14] =
    ["", " ", "\n", "a\nb", "\r", "a\r", "<<--bye-->>", ".", "-1", "101", "end", "POST x", "{", "GET"];

const SIGNS: [&str; 16] = ["a", "b", "1", "0", " ", ":", "-", ".", ",", "<", ">", "\r", "\n", "\"", "é", ""];

/// What both persons do, and over what.
#[derive(Debug, Clone, TypeGenerator)]
struct Play {
    datagrams: bool,
    client: Vec<Answer>,
    server: Vec<Answer>,
    values: Vec<Answer>,
}

#[test]
fn fuzz_no_role_says_what_the_other_does_not_expect() {
    let convos: Vec<_> = files().filter_map(|file| Some((sound(&file.text)?, &file.text))).collect();
    bolero::check!().with_type::<(u8, Play)>().for_each(|(index, play)| {
        let (convo, text) = &convos[usize::from(*index) % convos.len()];
        check(convo, text, play);
    });
}

#[test]
fn fuzz_no_edited_convo_breaks_the_law() {
    let texts: Vec<_> = files().map(|file| &file.text).collect();
    bolero::check!().with_type::<(u8, Vec<Edit>, Play)>().for_each(|(index, edits, play)| {
        let text = edited(texts[usize::from(*index) % texts.len()], &edits[..edits.len().min(4)]);
        if let Some(convo) = sound(&text) {
            check(&convo, &text, play);
        }
    });
}

/// All but the one that never ends.
fn files() -> impl Iterator<Item = &'static File> {
    FILES.iter().filter(|file| file.name != "chargen")
}

/// A convo that runs, if it is one in which the law can hold.
fn sound(text: &str) -> Option<Convo> {
    let reading = Convo::read("law.convo", text);
    // A role whose person types a value that only the other role knows cannot tell what that makes of it: lint warns.
    let blind =
        reading.findings.iter().any(|finding| finding.message.contains("fits only if it is said again"));
    reading.convo.filter(|_| !blind)
}

/// Plays a convo against itself: nobody is told what it does not expect.
fn check(convo: &Convo, text: &str, play: &Play) {
    let answers = |answers: &[Answer]| answers.iter().map(|answer| answer_of(text, answer)).collect();
    let typed = Typed { client: answers(&play.client), server: answers(&play.server) };
    let link = if play.datagrams { Link::Datagram } else { Link::Stream };
    let terms = Terms { link, values: values(convo, text, &play.values), ..Terms::default() };
    let run = run_briefly(convo, &typed, &terms, Cut::Writes, &mut Kept::default(), TURNS_MAX);
    let Some(Run { client, server, watch, transcript, .. }) = run else { return };
    for side in [&client, &server] {
        let told = matches!(
            side.broke(),
            Some(
                ViolationKind::Unexpected
                    | ViolationKind::Differs
                    | ViolationKind::TooLong
                    | ViolationKind::Busy
            )
        );
        assert!(!told, "{text}\n{transcript}\n{:?}", side.violation);
    }
    // Where a role broke off by itself, the observer sees the other's surprise.
    let followed = watch.notes.iter().all(|note| !note.contains("expected") || note.contains("closed"));
    assert!(followed, "{text}\n{transcript}\nthe observer: {:?}", watch.notes);
}

fn answer_of(convo: &str, answer: &Answer) -> String {
    match answer {
        Answer::Any(text) => text.clone(),
        Answer::Signs(signs) => signs.iter().map(|sign| SIGNS[usize::from(*sign) % SIGNS.len()]).collect(),
        Answer::Number(number) => number.to_string(),
        Answer::Odd(index) => ODD[usize::from(*index) % ODD.len()].to_owned(),
        Answer::Said(line) => {
            let said: Vec<&str> =
                convo.lines().filter_map(|line| line.split_once(": ")).map(|(_, said)| said).collect();
            said.get(usize::from(*line) % said.len().max(1))
                .map_or_else(String::new, |said| (*said).to_owned())
        }
    }
}

/// Values for the givens at the top, as far as they fit.
fn values(convo: &Convo, text: &str, answers: &[Answer]) -> Vec<(String, String)> {
    let names = [Role::Client, Role::Server].map(|role| convo.program(role).givens());
    let values = names.into_iter().flatten().zip(answers);
    let values = values.map(|(name, answer)| (name.to_owned(), answer_of(text, answer)));
    values.filter(|value| fits(convo, value)).collect()
}

fn fits(convo: &Convo, value: &(String, String)) -> bool {
    let fits = |role| Presets::read(convo.program(role), std::slice::from_ref(value)).is_ok();
    [Role::Client, Role::Server].into_iter().any(fits)
}
