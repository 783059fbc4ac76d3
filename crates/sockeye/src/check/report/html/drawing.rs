//! A conversation as a sequence diagram: the check at the left, the program at the right, a segment an arrow.

use std::fmt::Write as _;

use super::super::super::trace::Trace;
use super::super::draw::{self, Way};
use super::super::markup::escaped;

/// Height of one line, pixels.
const ROW: usize = 34;

/// The tip of all arrows, once a page.
pub(super) fn define_tip(out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "<svg class=\"tip\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs><marker id=\"tip\" \
         viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
         orient=\"auto-start-reverse\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs></svg>"
    )
}

/// Draws what happened, if anything did.
pub(super) fn draw(trace: &Trace, out: &mut String) -> std::fmt::Result {
    let lines = draw::lines(trace);
    if lines.is_empty() {
        return Ok(());
    }
    let height = 40 + lines.len() * ROW;
    writeln!(
        out,
        "<figure><svg class=\"talk\" viewBox=\"0 0 860 {height}\" role=\"img\" \
         aria-label=\"what was sent and what came\">\
         <text x=\"110\" y=\"18\" class=\"who\">check</text><text x=\"810\" y=\"18\" class=\"who\">program</text>\
         <path class=\"life\" d=\"M110 26V{height}M810 26V{height}\"/>"
    )?;
    for (index, line) in lines.iter().enumerate() {
        let y = 52 + index * ROW;
        let time = line.at.as_secs_f64() * 1000.0;
        writeln!(out, "<text x=\"100\" y=\"{y}\" class=\"time\">{time:.1} ms</text>")?;
        match line.way {
            Way::ToProgram => {
                writeln!(out, "<path class=\"to\" marker-end=\"url(#tip)\" d=\"M114 {y}H806\"/>")?;
            }
            Way::FromProgram => {
                writeln!(out, "<path class=\"from\" marker-end=\"url(#tip)\" d=\"M806 {y}H114\"/>")?;
            }
            Way::Aside => {}
        }
        let class = if line.way == Way::Aside { "aside" } else { "segment" };
        writeln!(out, "<text x=\"460\" y=\"{}\" class=\"{class}\">{}</text>", y - 5, escaped(&line.text))?;
    }
    writeln!(out, "</svg></figure>")
}
