//! Where the text of a convo comes from: inside the program, a file, or standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use convo::{Convo, Finding, Severity};

use crate::report::Failure;
use crate::shipped;

/// A longer file is no convo; it bounds what a wrong path (`/dev/zero`) can cost.
const CONVO_BYTES_MAX: u64 = 1 << 20;

/// The text of a convo and what it is called.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// Its short name, for listening lines and logs: `reverse`.
    pub(crate) name: String,
    /// The file's name, for findings: `reverse.convo`, `./mine/reverse.convo`.
    pub(crate) file: String,
    /// The text.
    pub(crate) text: String,
}

impl Source {
    /// Finds CONVO. With a `/` in it or `.convo` at its end it is a path; else the name of a convo that
    /// ships; else a file of that name.
    ///
    /// # Errors
    /// No such name, no such file, or the file cannot be read.
    pub(crate) fn find(given: &str) -> Result<Self, Failure> {
        if given.contains('/') || given.ends_with(".convo") {
            return Self::read(given);
        }
        if let Some(shipped) = shipped::find(given) {
            return Ok(Self { file: format!("{given}.convo"), name: shipped.name, text: shipped.text });
        }
        if Path::new(given).is_file() {
            return Self::read(given);
        }
        let failure = Failure::usage(format!("there is no convo named \"{given}\""));
        Err(match shipped::nearest(given) {
            Some(name) => {
                failure.hint(format!("did you mean \"{name}\"? `sockeye list` shows all that ship"))
            }
            None => failure
                .hint("`sockeye list` shows the convos that ship; a file of your own is named by its path"),
        })
    }

    /// Reads a convo from a file.
    ///
    /// # Errors
    /// The file cannot be read, is not UTF-8, or is longer than a convo may be.
    pub(crate) fn read(path: &str) -> Result<Self, Failure> {
        let file = File::open(path).map_err(|error| {
            Failure::usage(format!("cannot read {path}: {error}"))
                .hint("give a file, or the name of a convo that ships (`sockeye list`)")
        })?;
        let name = Path::new(path).file_stem().map_or(path.into(), |stem| stem.to_string_lossy());
        Self::take(file, name.into_owned(), path.to_owned())
    }

    /// Reads a convo from standard input.
    ///
    /// # Errors
    /// As [`Source::read`].
    pub(crate) fn read_input() -> Result<Self, Failure> {
        Self::take(io::stdin().lock(), "stdin".to_owned(), "<stdin>".to_owned())
    }

    fn take(input: impl Read, name: String, file: String) -> Result<Self, Failure> {
        let mut bytes = Vec::new();
        input.take(CONVO_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|error| {
            let failure = Failure::usage(format!("cannot read {file}: {error}"));
            match error.kind() {
                io::ErrorKind::IsADirectory => failure.hint("give a file in it"),
                _ => failure,
            }
        })?;
        if bytes.len() as u64 > CONVO_BYTES_MAX {
            return Err(Failure::usage(format!("{file} is longer than 1 MiB"))
                .hint("a convo is a short text; `sockeye show reverse` is one"));
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let line = 1 + error.as_bytes()[..error.utf8_error().valid_up_to()]
                .iter()
                .filter(|b| **b == b'\n')
                .count();
            Failure::usage(format!("{file} is not UTF-8 text: line {line}")).hint("save it as UTF-8")
        })?;
        Ok(Self { name, file, text })
    }

    /// The convo, ready to run.
    ///
    /// # Errors
    /// Its findings, if there are errors among them.
    pub(crate) fn convo(&self) -> Result<Convo, Failure> {
        let reading = Convo::read(&self.file, &self.text);
        reading.convo.ok_or_else(|| {
            let errors = reading.findings.iter().filter(|finding| finding.severity == Severity::Error);
            let findings: Vec<String> = errors.map(Finding::to_string).collect();
            let count = counted(findings.len(), "error");
            let failure = Failure::usage(format!("{} cannot be run: {count}", self.file));
            Failure { findings, ..failure }.hint("`sockeye show reverse` is a convo that runs")
        })
    }
}

/// `1 error`, `2 errors`.
pub(crate) fn counted(count: usize, word: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {word}{plural}")
}
