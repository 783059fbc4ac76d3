//! Which reports are asked for, and where they go.

use std::fs::{File, OpenOptions};
use std::path::PathBuf;

use super::{Result as Checked, gradescope, html, json, junit, text};
use crate::report::{Exit, Failure, Screen};

/// The reports that are asked for.
#[derive(Debug)]
pub(in super::super) struct Papers(Vec<Paper>);

#[derive(Debug)]
struct Paper {
    kind: Kind,
    /// Standard output, if there is none.
    file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Json,
    Junit,
    Html,
    Gradescope,
}

impl Papers {
    /// Reads `--report KIND[=FILE]`, which may repeat.
    ///
    /// # Errors
    /// There is no such kind, or two would go to one place.
    pub(in super::super) fn read(asked: &[String]) -> Result<Self, Failure> {
        let papers: Vec<Paper> = asked.iter().map(|asked| Paper::read(asked)).collect::<Result<_, _>>()?;
        for (at, paper) in papers.iter().enumerate() {
            if papers[..at].iter().any(|other| other.file == paper.file) {
                let place = paper
                    .file
                    .as_ref()
                    .map_or("standard output".to_owned(), |file| file.display().to_string());
                return Err(Failure::usage(format!("--report: two reports would go to {place}"))
                    .hint("give each a file of its own: --report text --report json=check.json"));
            }
        }
        Ok(Self(papers))
    }

    /// Makes the files that are not there yet, so that no check is done for nothing. What they hold stays until then.
    ///
    /// # Errors
    /// One cannot be written.
    pub(in super::super) fn open(&self) -> Result<(), Failure> {
        self.0.iter().filter_map(Paper::open).try_for_each(|opened| opened.map(drop))
    }

    /// Writes the reports.
    ///
    /// # Errors
    /// A file or standard output cannot be written.
    pub(in super::super) fn hand_out(&self, checked: &Checked) -> Result<(), Failure> {
        let screen = Screen::new();
        for paper in &self.0 {
            match paper.open() {
                // Why nothing was checked is said on standard error.
                None if paper.kind == Kind::Text && checked.trouble.is_some() => {}
                None if paper.kind == Kind::Text => screen.print_styled(&text::write(checked)),
                None => screen.print(paper.kind.write(checked).as_bytes()),
                Some(file) => paper.fill(&mut file?, &paper.kind.write(checked))?,
            }
        }
        screen.end().map(drop)
    }
}

impl Paper {
    fn read(asked: &str) -> Result<Self, Failure> {
        let (kind, file) = asked.split_once('=').map_or((asked, None), |(kind, file)| (kind, Some(file)));
        let kind = match kind {
            "text" => Kind::Text,
            "json" => Kind::Json,
            "junit" => Kind::Junit,
            "html" => Kind::Html,
            "gradescope" => Kind::Gradescope,
            _ => {
                return Err(Failure::usage(format!("--report: there is no report `{kind}`"))
                    .hint("there are text, json, junit, html and gradescope; =FILE says where it goes"));
            }
        };
        if file == Some("") {
            return Err(Failure::usage(format!("--report: `{asked}` names no file"))
                .hint("write the file after the =, or leave the = out for standard output"));
        }
        Ok(Self { kind, file: file.map(PathBuf::from) })
    }

    /// Its file, if it goes into one.
    fn open(&self) -> Option<Result<File, Failure>> {
        let path = self.file.as_ref()?;
        let opened = OpenOptions::new().write(true).create(true).truncate(false).open(path);
        Some(opened.map_err(|error| self.unwritten(&error)))
    }

    fn fill(&self, file: &mut File, text: &str) -> Result<(), Failure> {
        use std::io::Write;
        // A device or a pipe has no length to set.
        let regular = file.metadata().is_ok_and(|about| about.is_file());
        let written = if regular { file.set_len(0) } else { Ok(()) };
        written.and_then(|()| file.write_all(text.as_bytes())).map_err(|error| self.unwritten(&error))
    }

    fn unwritten(&self, error: &std::io::Error) -> Failure {
        let path = self.file.as_deref().unwrap_or_else(|| "standard output".as_ref());
        Failure::new(Exit::Usage, format!("--report: cannot write {}: {error}", path.display()))
            .hint("name a file in a folder that is there and may be written")
    }
}

impl Kind {
    fn write(self, checked: &Checked) -> String {
        match self {
            Self::Text => text::plain(checked),
            Self::Json => json::write(checked),
            Self::Junit => junit::write(checked),
            Self::Html => html::write(checked),
            Self::Gradescope => gradescope::write(checked),
        }
    }
}
