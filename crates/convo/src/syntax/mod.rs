//! Text to tree: lexing, parsing, places.
//!
//! ```text
//! text ─lines─▶ lines with their blocks ─step─▶ tree::Line …   (messages stay text: how they are
//!                                                               read depends on the framing there)
//! ```

mod cursor;
mod expression;
mod header;
mod hole;
mod lines;
mod message;
mod rows;
mod step;
pub(crate) mod tree;

pub(crate) use cursor::Wrong;
pub(crate) use hole::{FixedInt, HoleType};
pub(crate) use message::{JSON_DEPTH_MAX, Json, Member, Piece, parse_json, parse_pieces, parse_said};

use crate::finding::Findings;

/// Bytes of a convo, at most.
const CONVO_BYTES_MAX: usize = 1 << 18;
/// Lines that say something, at most.
const LINES_MAX: usize = 2000;

/// Parses a convo. Whatever is wrong goes into `findings`; what could be read is in the tree.
pub(crate) fn parse(text: &str, findings: &mut Findings<'_>) -> tree::Tree {
    if text.len() > CONVO_BYTES_MAX {
        let span = crate::finding::Span { line: 1, start: 0, end: 1 };
        findings.error(
            span,
            "this file is longer than 256 KiB",
            "a convo is a page or two: is this the right file?",
        );
        return tree::Tree::default();
    }
    if text.lines().filter(|line| !line.trim().is_empty()).count() > LINES_MAX {
        let span = crate::finding::Span { line: 1, start: 0, end: 1 };
        findings.error(
            span,
            "this file has more than 2,000 lines",
            "a convo is a page or two: is this the right file?",
        );
        return tree::Tree::default();
    }
    let lines = lines::nest(findings);
    step::tree(&lines, findings)
}
