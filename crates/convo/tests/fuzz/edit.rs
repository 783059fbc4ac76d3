//! Changes to convos: most stay near the language, some leave it.

use std::sync::LazyLock;

use bolero::TypeGenerator;

use crate::convos::{File, all};

/// Every convo of the project.
pub(crate) static FILES: LazyLock<Vec<File>> = LazyLock::new(all);

/// A change to a convo.
#[derive(Debug, Clone, TypeGenerator)]
pub(crate) enum Edit {
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

/// A text, changed.
pub(crate) fn edited(text: &str, edits: &[Edit]) -> String {
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
                let other = &FILES[usize::from(*other) % FILES.len()].text;
                let line = other.lines().nth(usize::from(*line) % other.lines().count()).unwrap_or_default();
                lines.insert(index(*to), line.to_owned());
                text = lines.join("\n");
            }
            Edit::Copy(..) | Edit::Drop(_) | Edit::Indent(_) | Edit::Dedent(_) | Edit::Bring(..) => {}
        }
    }
    text
}
