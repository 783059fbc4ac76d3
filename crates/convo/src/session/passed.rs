//! What cases have to know of a session: where it was, what it asks, of which parts its last message is made.

use std::collections::BTreeSet;

use super::Session;
use crate::model::Fits;
use crate::pattern::Range;
use crate::program::{At, Fill, Op, Piece, Source};
use crate::syntax::tree::{Framing, Type};

/// The steps that a session went through.
#[derive(Debug, Default)]
pub(crate) struct Passed {
    /// From which step to which.
    pub(crate) ways: BTreeSet<(At, At)>,
    last: At,
}

impl Passed {
    pub(super) fn go(&mut self, at: At) {
        self.ways.insert((self.last, at));
        self.last = at;
    }
}

/// A question as cases see it.
pub(crate) enum Question<'a> {
    /// A value for a name.
    Value { name: &'a str, slot: usize, ty: Type },
    /// A whole message.
    Line,
}

/// A hole of a message: what fits it, its text in the convo, and where it lies in the message.
#[derive(Debug, Clone)]
pub(crate) struct Filled {
    pub(crate) text: String,
    pub(crate) fits: Fits,
    pub(crate) range: Range,
}

impl Session {
    /// From here on the steps are noted.
    pub(crate) fn note_steps(&mut self) {
        self.rare().passed = Some(Passed::default());
    }

    pub(crate) fn steps_passed(&self) -> Option<&Passed> {
        self.rare.as_deref()?.passed.as_ref()
    }

    /// The step at which it is.
    pub(crate) fn place(&self) -> At {
        self.at
    }

    /// Whether it has come to `freely`.
    pub(crate) fn is_free(&self) -> bool {
        matches!(self.program.steps[self.at], Op::Free(_))
    }

    /// Whether each message is one encrypted block now.
    pub(crate) fn is_secured(&self) -> bool {
        self.secured
    }

    /// Whether its role says the first message.
    pub(crate) fn speaks_first(&self) -> bool {
        self.program.speaks_first()
    }

    /// How messages are cut here.
    pub(crate) fn cut_by(&self) -> Option<Framing> {
        (!self.secured).then_some(self.framing)
    }

    /// What our person is asked now.
    pub(crate) fn asked(&self) -> Option<Question<'_>> {
        match &self.program.steps[self.at] {
            Op::Given(given) => match &given.source {
                Source::Ask { .. } => Some(Question::Value {
                    name: &self.program.names[given.slot],
                    slot: given.slot,
                    ty: given.ty,
                }),
                Source::Code(_) => None,
            },
            step => step.pick().map(|_| Question::Line),
        }
    }

    /// The line of what this session has just shown, and whether there is no hole in it.
    pub(crate) fn shown(&self) -> Option<(usize, bool)> {
        let Op::Show { fill: Fill::Pieces(pieces), line } = &self.program.steps[self.at.checked_sub(1)?]
        else {
            return None;
        };
        Some((*line, pieces.iter().all(|piece| matches!(piece, Piece::Literal(_)))))
    }

    /// The holes of a message that this session has just filled; nothing where they cannot be told.
    pub(crate) fn holes_of(&mut self, at: At, message: &[u8]) -> Vec<Filled> {
        let program = std::sync::Arc::clone(&self.program);
        match &program.steps[at] {
            Op::Send(send) => {
                let Fill::Pieces(pieces) = &send.fill else { return Vec::new() };
                let (mut ranges, mut again) = (Vec::new(), Vec::new());
                let filled = self.mind.fill(&send.fill, 0, Some(&mut ranges), &mut again);
                if filled.is_err() || again != message {
                    return Vec::new();
                }
                let holes = pieces.iter().filter_map(|piece| match piece {
                    Piece::Hole(hole) => Some(hole),
                    Piece::Literal(_) => None,
                });
                holes
                    .zip(ranges)
                    .map(|(hole, range)| Filled {
                        text: hole.text.to_string(),
                        fits: hole.fits.clone(),
                        range,
                    })
                    .collect()
            }
            step => {
                let Some(pick) = step.pick() else { return Vec::new() };
                let row = pick
                    .rows
                    .iter()
                    .find(|(pattern, _)| matches!(self.mind.fits_only(pattern, message), Ok(true)));
                let Some((pattern, _)) = row else { return Vec::new() };
                let ranges = self.mind.desk.open().matcher.ranges.clone();
                pattern
                    .holes
                    .iter()
                    .zip(ranges)
                    .map(|(hole, range)| Filled {
                        text: hole.text.to_string(),
                        fits: hole.fits.clone(),
                        range,
                    })
                    .collect()
            }
        }
    }

    /// The step that said the message at hand, and its line in the convo.
    pub(crate) fn said(&self) -> Option<(At, usize)> {
        let at = self.steps_passed()?.last;
        match &self.program.steps[at] {
            Op::Send(send) => Some((at, send.line)),
            step => step.pick().map(|pick| (at, pick.line)),
        }
    }
}
