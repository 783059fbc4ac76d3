//! What a check found, told: for people, for programs, for courses.

mod draw;
mod gradescope;
mod group;
mod html;
mod json;
mod junit;
mod text;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::case::{Outcome, Verdict};
use super::language::Language;
use super::points::Points;
use crate::report::{Exit, Failure, Screen};

/// Everything that a check found.
#[derive(Debug)]
pub(super) struct Result {
    /// The convo's name.
    pub(super) convo: String,
    /// The convo's lines.
    pub(super) lines: Vec<String>,
    /// The command that repeats the check, but for `--only`.
    pub(super) command: String,
    /// What was checked, in words.
    pub(super) subject: String,
    pub(super) language: Language,
    /// Datagrams rather than a stream.
    pub(super) datagrams: bool,
    pub(super) seed: u64,
    pub(super) took: Duration,
    pub(super) outcomes: Vec<Outcome>,
    /// Lines of the convo that no case reaches.
    pub(super) untried: Vec<String>,
    pub(super) points: Option<Points>,
}

impl Result {
    /// A line of the convo as it stands there.
    fn line(&self, number: usize) -> Option<&str> {
        self.lines.get(number.checked_sub(1)?).map(String::as_str)
    }

    /// The command that repeats one case alone.
    fn repeat(&self, id: &str) -> String {
        format!("{} --only {}", self.command, super::arguments::quoted(id))
    }

    fn count(&self, verdict: Verdict) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.verdict == verdict).count()
    }
}

/// A report that is asked for.
#[derive(Debug)]
pub(super) struct Paper {
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

/// Reads `--report KIND[=FILE]`.
///
/// # Errors
/// There is no such kind, or two would go to standard output.
pub(super) fn papers(asked: &[String]) -> std::result::Result<Vec<Paper>, Failure> {
    let papers = asked.iter().map(|asked| {
        let (kind, file) =
            asked.split_once('=').map_or((asked.as_str(), None), |(kind, file)| (kind, Some(file)));
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
        Ok(Paper { kind, file: file.map(PathBuf::from) })
    });
    let papers: Vec<Paper> = papers.collect::<std::result::Result<_, _>>()?;
    if papers.iter().filter(|paper| paper.file.is_none()).count() > 1 {
        return Err(Failure::usage("--report: two reports would go to standard output")
            .hint("give all but one a file: --report text --report json=check.json"));
    }
    Ok(papers)
}

/// Writes the reports.
///
/// # Errors
/// A file or standard output cannot be written.
pub(super) fn hand_out(result: &Result, papers: &[Paper]) -> std::result::Result<(), Failure> {
    let screen = Screen::new();
    for paper in papers {
        let text = match paper.kind {
            Kind::Text => text::write(result),
            Kind::Json => json::write(result),
            Kind::Junit => junit::write(result),
            Kind::Html => html::write(result),
            Kind::Gradescope => gradescope::write(result),
        };
        match &paper.file {
            None => screen.print(text.as_bytes()),
            Some(file) => fs::write(file, text).map_err(|error| {
                Failure::new(Exit::Usage, format!("cannot write {}: {error}", file.display()))
            })?,
        }
    }
    screen.end().map(drop)
}

/// How far the check is, at a terminal.
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn begin(cases: usize) -> Self {
        let bar = ProgressBar::new(cases as u64);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    pub(super) fn told(&self, outcome: &Outcome) {
        self.0.set_message(outcome.case.id.clone());
        self.0.inc(1);
        tracing::debug!(
            "{} {} in {:?}{}",
            outcome.case.id,
            outcome.verdict.name(),
            outcome.took,
            outcome.failure.as_ref().map(|failure| format!(": {}", failure.what)).unwrap_or_default()
        );
    }

    pub(super) fn end(&self) {
        self.0.finish_and_clear();
    }
}
