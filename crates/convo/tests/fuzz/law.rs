//! The law, "what is sent must be read back as the same step": whatever persons type and values hold, no role of a
//! convo ever says what the other role of it does not expect.

use bolero::TypeGenerator;
use convo::{Convo, Link, Role, ViolationKind};

use crate::convos::all;
use crate::kept::Kept;
use crate::pair::{Cut, Typed, run};
use crate::side::Terms;

/// What a person may type.
#[derive(Debug, Clone, TypeGenerator)]
enum Answer {
    Text(String),
    Number(i64),
    /// A message of the convo, or a part of one.
    Said(u8),
    Odd(u8),
}

const ODD: [&str; 14] =
    ["", " ", "\n", "a\nb", "\r", "a\r", "<<--bye-->>", ".", "-1", "101", "end", "POST x", "{", "GET"];

#[test]
fn fuzz_no_role_says_what_the_other_does_not_expect() {
    // One never ends, one leaves the choice of a size to whoever types it.
    let convos: Vec<_> = all()
        .into_iter()
        .filter(|file| file.name != "chargen")
        .filter_map(|file| Some((Convo::read(&file.name, &file.text).convo?, file.text)))
        .collect();
    bolero::check!().with_type::<(u8, bool, Vec<Answer>, Vec<Answer>)>().for_each(
        |(index, stream, client, server)| {
            let (convo, text) = &convos[usize::from(*index) % convos.len()];
            let answers = |answers: &[Answer]| answers.iter().map(|answer| answer_of(text, answer)).collect();
            let typed = Typed { client: answers(client), server: answers(server) };
            let link = if *stream { Link::Stream } else { Link::Datagram };
            let values: Vec<_> = [Role::Client, Role::Server]
                .iter()
                .flat_map(|role| convo.program(*role).givens())
                .zip(client)
                .map(|(name, answer)| (name.to_owned(), answer_of(text, answer)))
                .collect();
            let terms = Terms { link, values: fitting(convo, values), ..Terms::default() };
            let run = run(convo, &typed, &terms, Cut::Writes, &mut Kept::default());
            for side in [&run.client, &run.server] {
                let fine = !matches!(
                    side.broke(),
                    Some(ViolationKind::Unexpected | ViolationKind::Differs | ViolationKind::TooLong)
                );
                assert!(fine, "{}\n{}", side.violation.as_ref().expect("a violation"), run.transcript);
            }
            let watched =
                run.watch.notes.iter().all(|note| !note.contains("expected") || note.contains("closed"));
            assert!(watched, "the observer: {:?}\n{}", run.watch.notes, run.transcript);
        },
    );
}

fn answer_of(convo: &str, answer: &Answer) -> String {
    match answer {
        Answer::Text(text) => text.clone(),
        Answer::Number(number) => number.to_string(),
        Answer::Odd(index) => ODD[usize::from(*index) % ODD.len()].to_owned(),
        Answer::Said(line) => {
            let lines: Vec<&str> =
                convo.lines().filter_map(|line| line.split_once(": ")).map(|(_, said)| said).collect();
            lines
                .get(usize::from(*line) % lines.len().max(1))
                .map_or_else(String::new, |said| (*said).to_owned())
        }
    }
}

/// Only the values that a session takes.
fn fitting(convo: &Convo, values: Vec<(String, String)>) -> Vec<(String, String)> {
    let fits = |(name, value): &(String, String)| {
        [Role::Client, Role::Server].into_iter().any(|role| {
            let setup = convo::Setup {
                link: Link::Stream,
                peer: String::new(),
                values: vec![(name.clone(), value.clone())],
                seed: 1,
                message_bytes_max: 100,
                patience: None,
                trace: false,
                now: convo::Now { monotonic: std::time::Duration::ZERO, unix: 0 },
            };
            convo::Session::new(convo.program(role).clone(), setup).is_ok()
        })
    };
    values.into_iter().filter(fits).collect()
}
