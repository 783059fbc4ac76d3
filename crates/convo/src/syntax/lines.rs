//! Lines and their blocks: indentation by 4 spaces becomes nesting.

use crate::finding::{Findings, Span};

/// Blocks inside blocks, at most.
const DEPTH_MAX: usize = 64;

/// A line that says something, and the block that it opens.
#[derive(Debug)]
pub(super) struct Nested {
    /// From its first to its last character that is no white space.
    pub(super) span: Span,
    pub(super) block: Vec<Self>,
}

/// Nests the lines of a text by their indentation. Comments and empty lines are left out.
pub(super) fn nest(findings: &mut Findings<'_>) -> Vec<Nested> {
    // The blocks that are open, outermost first.
    let mut open: Vec<Vec<Nested>> = vec![Vec::new()];
    let mut opens = true;
    for (index, line) in findings.lines().into_iter().enumerate() {
        let text = line.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let start = line.len() - line.trim_start().len();
        let span = Span { line: index + 1, start, end: line.trim_end().len() };
        // Where the indentation is wrong, the line before says what was meant.
        let meant = open.len() - usize::from(!opens) - 1;
        opens = text.ends_with(':');
        let depth = depth(line, span, open.len() - 1, meant, findings);
        while open.len() > depth + 1 {
            close(&mut open);
        }
        if let Some(block) = open.last_mut() {
            block.push(Nested { span, block: Vec::new() });
        }
        open.push(Vec::new());
    }
    while open.len() > 1 {
        close(&mut open);
    }
    open.pop().unwrap_or_default()
}

/// The depth that a line's indentation means: at most `deepest`, and `meant` where it means none.
fn depth(line: &str, span: Span, deepest: usize, meant: usize, findings: &mut Findings<'_>) -> usize {
    let indent = &line[..span.start];
    let place = Span { start: 0, end: span.start.max(1), ..span };
    if indent.contains(|c| c != ' ') {
        let message = "blocks are indented by 4 spaces, this line by something else";
        findings.error(place, message, "replace tabs by 4 spaces each");
        return meant;
    }
    let depth = indent.len() / 4;
    if !indent.len().is_multiple_of(4) {
        let message = format!("this line is indented by {} spaces", indent.len());
        findings.error(place, message, "blocks are indented by 4 spaces each");
        return depth.min(meant);
    }
    if depth > DEPTH_MAX {
        findings.error(place, "blocks are nested deeper than 64", "a conversation reads better flat");
        return DEPTH_MAX.min(deepest);
    }
    if depth > deepest {
        let message = "this line is indented deeper than the line before it allows";
        findings.error(place, message, format!("at most {} spaces here", deepest * 4));
        return meant;
    }
    depth
}

/// Gives the innermost open block to the line that opened it.
fn close(open: &mut Vec<Vec<Nested>>) {
    let Some(block) = open.pop() else { return };
    if let Some(line) = open.last_mut().and_then(|outer| outer.last_mut()) {
        line.block = block;
    }
}
