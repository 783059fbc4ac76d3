//! Any text is read, refused with findings that can be printed, or runs; none makes the reader panic or hang.

use std::time::{Duration, Instant};

use bolero::TypeGenerator;
use convo::transcript::Transcript;
use convo::{Convo, Role};

use crate::convos::all;
use crate::kept::Kept;
use crate::side::{Side, Terms};

/// A convo of one page is read in milliseconds; a debug build on a busy machine is given this.
const READ_TIME_MAX: Duration = Duration::from_secs(20);

/// A change to a convo.
#[derive(Debug, Clone, TypeGenerator)]
enum Edit {
    Insert(u16, char),
    Remove(u16, u8),
    /// A line goes elsewhere, too.
    Copy(u8, u8),
    Drop(u8),
    Indent(u8),
    Dedent(u8),
    /// A line of another convo comes in.
    Bring(u8, u8, u8),
    /// A piece of the language comes in.
    Word(u16, u8),
}

const WORDS: [&str; 24] = [
    "{x}",
    "{n: int}",
    "{b: bytes 3}",
    "{t: text n}",
    "{q: u16le}",
    "C: ",
    "S: ",
    "on C: ",
    "otherwise:",
    "if ",
    "loop:",
    "break",
    "for x in [1]:",
    "let n = ",
    "given S n = ",
    "ask \"\"",
    "framing json",
    "framing exact",
    "end",
    "stop",
    "secure rsa-oaep",
    "reverse(",
    "[1]",
    "\\x",
];

fn edited(text: &str, edits: &[Edit]) -> String {
    let others = all();
    let mut text = text.to_owned();
    let place = |text: &str, at: u16| {
        let at = usize::from(at) % (text.len() + 1);
        (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or_default()
    };
    for edit in edits {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let count = lines.len().max(1);
        let index = |line: u8| usize::from(line) % count;
        match edit {
            Edit::Insert(at, c) => text.insert(place(&text, *at), *c),
            Edit::Word(at, word) => {
                text.insert_str(place(&text, *at), WORDS[usize::from(*word) % WORDS.len()])
            }
            Edit::Remove(at, length) => {
                let start = place(&text, *at);
                let end = (start + usize::from(*length % 16)..)
                    .find(|end| text.is_char_boundary(*end) || *end > text.len());
                text.drain(start..end.unwrap_or_default().clamp(start, text.len()));
            }
            Edit::Copy(from, to) if !lines.is_empty() => {
                let line = lines[index(*from)].clone();
                lines.insert(index(*to), line);
                text = lines.join("\n");
            }
            Edit::Drop(line) if !lines.is_empty() => {
                lines.remove(index(*line));
                text = lines.join("\n");
            }
            Edit::Indent(line) if !lines.is_empty() => {
                lines[index(*line)].insert_str(0, "    ");
                text = lines.join("\n");
            }
            Edit::Dedent(line) if !lines.is_empty() => {
                let line = &mut lines[index(*line)];
                *line = line.strip_prefix("    ").unwrap_or(line).to_owned();
                text = lines.join("\n");
            }
            Edit::Bring(other, line, to) if !lines.is_empty() => {
                let other = &others[usize::from(*other) % others.len()].text;
                let line = other.lines().nth(usize::from(*line) % other.lines().count()).unwrap_or_default();
                lines.insert(index(*to), line.to_owned());
                text = lines.join("\n");
            }
            Edit::Copy(..) | Edit::Drop(_) | Edit::Indent(_) | Edit::Dedent(_) | Edit::Bring(..) => {}
        }
    }
    text
}

#[expect(clippy::disallowed_methods, reason = "the time that reading takes is what is tested")]
fn read(text: &str) -> Option<Convo> {
    let start = Instant::now();
    let reading = Convo::read("fuzz.convo", text);
    assert!(start.elapsed() < READ_TIME_MAX, "reading takes too long");
    for finding in &reading.findings {
        let told = finding.to_string();
        assert!(told.starts_with(&format!("fuzz.convo:{}:{}: ", finding.line, finding.column)), "{told}");
        assert!(told.contains("\nhint: ") && finding.line >= 1 && finding.column >= 1, "{told}");
    }
    assert_eq!(
        reading.convo.is_none(),
        reading.findings.iter().any(|finding| finding.severity == convo::Severity::Error)
    );
    reading.convo
}

#[test]
fn fuzz_reads_any_bytes() {
    bolero::check!().for_each(|bytes| {
        read(&String::from_utf8_lossy(bytes));
        if let Ok(transcript) = Transcript::parse(&String::from_utf8_lossy(bytes)) {
            assert_eq!(Transcript::parse(&transcript.to_string()).as_ref(), Ok(&transcript));
        }
    });
}

#[test]
fn fuzz_reads_and_starts_edited_convos() {
    bolero::check!().with_type::<(u8, Vec<Edit>)>().for_each(|(index, edits)| {
        let files = all();
        let text = edited(&files[usize::from(*index) % files.len()].text, edits);
        let Some(convo) = read(&text) else { return };
        for role in [Role::Client, Role::Server] {
            let mut side = Side::new(&convo, role, &Terms::default(), &["1".to_owned(), "GET".to_owned()]);
            side.run_briefly(&mut Kept::default(), 1000);
            assert!(convo.projection(role).is_empty() || convo.projection(role).ends_with('\n'));
        }
    });
}
