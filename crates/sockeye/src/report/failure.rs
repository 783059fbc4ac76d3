//! Why a verb could not do what it was asked to.

use super::Exit;

/// An error as the person reads it: what was expected and what came, and what to do next.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The exit code it ends the program with.
    pub(crate) exit: Exit,
    /// Printed first, as they are: the findings of a wrong convo. Mostly none.
    pub(crate) findings: Vec<String>,
    /// One sentence without a full stop, after `error: `.
    pub(crate) text: String,
    /// The way out, after `hint: `.
    pub(crate) hint: Option<String>,
}

impl Failure {
    /// A failure that ends the program with `exit`.
    pub(crate) fn new(exit: Exit, text: impl Into<String>) -> Self {
        Self { exit, findings: Vec::new(), text: text.into(), hint: None }
    }

    /// A bad option, an unknown or wrong convo, a value that does not fit.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::new(Exit::Usage, text)
    }

    /// Says what to do next.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
