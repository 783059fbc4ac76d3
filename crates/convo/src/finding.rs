//! What is wrong with a convo: where, what, and the way out.
//!
//! ```text
//! sum.convo:7:9: error: nobody knows `nmuber` here
//!    7 |     S: {nmuber}
//!      |         ^^^^^^
//! hint: did you mean `number`?
//! ```

use std::collections::HashSet;
use std::fmt;

/// Findings of one convo, at most; a text that is no convo at all would only repeat itself.
const FINDINGS_MAX: usize = 100;
/// Characters of a line shown around the place.
const CONTEXT_CHARS: usize = 100;

/// How bad a [`Finding`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The convo runs, but something in it may surprise.
    Warning,
    /// The convo cannot be run.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One thing that is wrong with a convo. `Display` prints `FILE:LINE:COLUMN: error: …`, the line itself with a
/// marker, and a `hint:` with the way out: several lines, without a final newline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The file as it was named by the caller.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong, one sentence without a full stop.
    pub message: String,
    /// The way out, one sentence without a full stop.
    pub hint: String,
    /// The part of the line that is shown.
    excerpt: String,
    /// Characters of the excerpt before the marker, and the marker's length.
    marker: (usize, usize),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, line, column) = (&self.file, self.line, self.column);
        writeln!(f, "{file}:{line}:{column}: {}: {}", self.severity, self.message)?;
        writeln!(f, "{line:>5} | {}", self.excerpt)?;
        writeln!(f, "      | {}{}", " ".repeat(self.marker.0), "^".repeat(self.marker.1))?;
        write!(f, "hint: {}", self.hint)
    }
}

/// A place in a convo: bytes `start..end` of line `line` (from 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    pub(crate) line: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Span {
    /// From the beginning of this span to the end of `other` on the same line.
    pub(crate) fn to(self, other: Self) -> Self {
        Self { end: other.end.max(self.start), ..self }
    }
}

/// Collects findings of one text.
#[derive(Debug)]
pub(crate) struct Findings<'a> {
    file: &'a str,
    lines: Vec<&'a str>,
    list: Vec<Finding>,
    /// Words of lines with errors: who knows them cannot be said.
    doubtful: HashSet<&'a str>,
}

impl<'a> Findings<'a> {
    pub(crate) fn new(file: &'a str, text: &'a str) -> Self {
        let lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
        Self { file, lines, list: Vec::new(), doubtful: HashSet::new() }
    }

    /// The text's lines without their ends.
    pub(crate) fn lines(&self) -> Vec<&'a str> {
        self.lines.clone()
    }

    /// One line of the text, from 1; empty where there is none.
    pub(crate) fn line(&self, number: usize) -> &'a str {
        self.lines.get(number.wrapping_sub(1)).copied().unwrap_or_default()
    }

    pub(crate) fn error(&mut self, span: Span, message: impl Into<String>, hint: impl Into<String>) {
        self.note(Severity::Error, span, message.into(), hint.into());
    }

    pub(crate) fn warn(&mut self, span: Span, message: impl Into<String>, hint: impl Into<String>) {
        self.note(Severity::Warning, span, message.into(), hint.into());
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.list.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// Whether an error of this place is known.
    pub(crate) fn has_error_at(&self, span: Span) -> bool {
        let column = self.column(span);
        let known = |finding: &Finding| finding.line == span.line && finding.column == column;
        self.list.iter().any(|finding| finding.severity == Severity::Error && known(finding))
    }

    fn column(&self, span: Span) -> usize {
        self.line(span.line).get(..span.start).map_or(0, |text| text.chars().count()) + 1
    }

    /// From here on nothing is said of who knows the names in lines that have errors already: an error elsewhere is
    /// not to make more of them.
    pub(crate) fn doubt_names(&mut self) {
        let wrong = self.list.iter().filter(|finding| finding.severity == Severity::Error);
        let lines: Vec<&'a str> = wrong.map(|finding| self.line(finding.line)).collect();
        let words = |line: &'a str| line.split(|c: char| c != '_' && !c.is_alphanumeric());
        self.doubtful = lines.into_iter().flat_map(words).collect();
    }

    /// Whether a name stands in a line that has errors.
    pub(crate) fn doubts(&self, name: &str) -> bool {
        self.doubtful.contains(name)
    }

    /// The findings in the order of their places.
    pub(crate) fn done(mut self) -> Vec<Finding> {
        self.list.sort_by_key(|finding| (finding.line, finding.column));
        self.list
    }

    fn note(&mut self, severity: Severity, span: Span, message: String, hint: String) {
        let line = self.line(span.line);
        let column = self.column(span);
        let before = column - 1;
        let known = |finding: &Finding| {
            finding.line == span.line && finding.column == column && finding.message == message
        };
        if self.list.len() >= FINDINGS_MAX || self.list.iter().any(known) {
            return;
        }
        let wide = line.get(span.start..span.end).map_or(1, |text| text.chars().count());
        let skipped = before.saturating_sub(CONTEXT_CHARS / 2);
        let excerpt: String = line.chars().skip(skipped).take(CONTEXT_CHARS).map(plain).collect();
        let marker = (before - skipped, wide.clamp(1, CONTEXT_CHARS / 2));
        let file = self.file.to_owned();
        self.list.push(Finding { severity, file, line: span.line, column, message, hint, excerpt, marker });
    }
}

/// A finding is printed at terminals: no control character of the file goes there.
fn plain(c: char) -> char {
    if c.is_control() { '\u{fffd}' } else { c }
}
