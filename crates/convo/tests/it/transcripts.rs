//! Every transcript, run: client against server, observed, cut in every way that its framing promises to bear.
//!
//! A transcript is named after its convo: `reverse.txt`, `reverse.once.txt`. What its persons type is typed here; all
//! else must come out as it stands there. `# --set name=value` and `# over datagrams` in its comments are the terms.

use std::path::PathBuf;

use convo::transcript::{Event, Transcript};
use convo::{Convo, Link, Role};

use crate::convos;
use crate::kept::Kept;
use crate::pair::{Cut, Run, Typed, run};
use crate::side::Terms;

struct Case {
    file: String,
    text: String,
    convo: Convo,
    wanted: Transcript,
    terms: Terms,
}

impl Case {
    fn run(&self, cut: Cut) -> Run {
        run(&self.convo, &Typed::of(&self.wanted), &self.terms, cut, &mut Kept::default())
    }

    /// Runs it and compares; the wire's bytes must not depend on the cut either.
    fn check(&self, cut: Cut) -> Run {
        let run = self.run(cut);
        if let Some(difference) = self.wanted.difference(&run.transcript) {
            panic!("{}, {cut:?}: - is missing, + came instead\n{difference}", self.file);
        }
        run
    }

    /// The framing promises that splits do not matter.
    fn bears_splits(&self) -> bool {
        self.terms.link == Link::Stream
            && !self.text.lines().any(|line| matches!(line.trim(), "framing chunk" | "framing counted"))
    }
}

fn cases() -> Vec<Case> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("the transcripts")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths.into_iter().map(|path| case(&path)).collect()
}

fn case(path: &std::path::Path) -> Case {
    let file = path.file_name().expect("a name").to_string_lossy().into_owned();
    let text = std::fs::read_to_string(path).expect("a text");
    let name = file.split('.').next().expect("a name").to_owned();
    let found = convos::all().into_iter().find(|file| file.name == name);
    let convo_text = found.unwrap_or_else(|| panic!("{file}: there is no convo {name}")).text;
    let mut terms = Terms::default();
    for comment in text.lines().filter_map(|line| line.strip_prefix("# ")) {
        if let Some((name, value)) = comment.strip_prefix("--set ").and_then(|set| set.split_once('=')) {
            terms.values.push((name.to_owned(), value.to_owned()));
        }
        if comment == "over datagrams" {
            terms.link = Link::Datagram;
        }
    }
    let wanted = Transcript::parse(&text).unwrap_or_else(|why| panic!("{file}: {why}"));
    Case { file, text: convo_text, convo: convos::named(&name), wanted, terms }
}

#[test]
fn every_convo_runs_against_itself_as_its_transcripts_say() {
    for case in cases() {
        case.check(Cut::Writes);
        case.check(Cut::Glued);
    }
}

#[test]
fn every_convo_has_a_transcript() {
    let cases = cases();
    // This one's server talks for ever: see `streams.rs`.
    let endless = |file: &convos::File| file.name == "chargen";
    for file in convos::all().into_iter().filter(|file| !convos::has_rooms(file) && !endless(file)) {
        let told = cases.iter().any(|case| case.file.split('.').next() == Some(&file.name));
        assert!(told, "{} has no transcript", file.name);
    }
}

#[test]
fn cuts_make_no_difference_where_the_framing_promises_it() {
    for case in cases().iter().filter(|case| case.bears_splits()) {
        for bytes in 1..=12 {
            case.check(Cut::Bytes(bytes));
        }
        for seed in 1..=50 {
            case.check(Cut::Seeded(seed));
        }
    }
}

#[test]
fn each_role_takes_what_the_other_said_and_the_observer_sees_the_same() {
    for case in cases() {
        let run = case.check(Cut::Writes);
        for (role, heard) in [(Role::Client, &run.server.heard), (Role::Server, &run.client.heard)] {
            let said: Vec<&[u8]> = said_by(&run.transcript, role);
            assert_eq!(&said, heard, "{}: what the {} said is what was heard", case.file, role.name());
            let index = usize::from(role == Role::Server);
            let seen = &run.watch.messages[index];
            let sealed = run.watch.sealed[index].len();
            assert_eq!(said[..seen.len()], seen[..], "{}: the observer", case.file);
            assert_eq!(said.len(), seen.len() + sealed, "{}: {:?}", case.file, run.watch.notes);
        }
        let good = ["over: ", "stop"];
        let fine = run.watch.notes.iter().all(|note| good.iter().any(|good| note.starts_with(good)));
        assert!(fine, "{}: the observer complains: {:?}", case.file, run.watch.notes);
    }
}

fn said_by(transcript: &Transcript, role: Role) -> Vec<&[u8]> {
    let said = |event| match event {
        &Event::Said(from, ref message) if from == role => Some(message.as_slice()),
        _ => None,
    };
    transcript.events.iter().filter_map(said).collect()
}
