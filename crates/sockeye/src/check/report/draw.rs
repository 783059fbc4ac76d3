//! What happened in a conversation, as lines: one a segment.

use std::time::Duration;

use super::super::trace::{Event, Moment, Trace};
use crate::report::visible;

/// Bytes of a segment that are shown.
const SHOWN_BYTES: usize = 72;
/// Lines of a drawing; what lies in the middle of a longer one is left out.
const LINES_MAX: usize = 16;

/// Which way something went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    ToProgram,
    FromProgram,
    Aside,
}

/// One line of a drawing.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) at: Duration,
    pub(super) way: Way,
    pub(super) text: String,
}

/// The lines of a drawing.
pub(super) fn lines(trace: &Trace) -> Vec<Line> {
    let all: Vec<Line> = trace.moments.iter().map(line).collect();
    if all.len() <= LINES_MAX {
        return all;
    }
    let left_out = all.len() - LINES_MAX + 1;
    let mut shown = all[..LINES_MAX / 2].to_vec();
    let text = format!("… {left_out} more …");
    shown.push(Line { at: all[LINES_MAX / 2].at, way: Way::Aside, text });
    shown.extend_from_slice(&all[LINES_MAX / 2 + left_out..]);
    shown
}

fn line(moment: &Moment) -> Line {
    let (way, text) = match &moment.event {
        Event::Connected => (Way::Aside, "connected".to_owned()),
        Event::Refused(why) => (Way::Aside, format!("no connection: {why}")),
        Event::Wrote(bytes) => (Way::ToProgram, segment(bytes, moment.bytes)),
        Event::Heard(bytes) => (Way::FromProgram, segment(bytes, moment.bytes)),
        Event::Stranger(bytes) => {
            (Way::FromProgram, format!("from another port: {}", segment(bytes, moment.bytes)))
        }
        Event::TheyClosed => (Way::FromProgram, "closes".to_owned()),
        Event::TheyReset => (Way::FromProgram, "resets the connection".to_owned()),
        Event::WeHalfClosed => (Way::ToProgram, "closes its sending side".to_owned()),
        Event::WeClosed => (Way::ToProgram, "closes".to_owned()),
        Event::WeReset => (Way::ToProgram, "resets the connection".to_owned()),
        Event::Silence(time) => (Way::Aside, format!("nothing for {:.1} s", time.as_secs_f64())),
        Event::Typed(text) => (Way::Aside, format!("typed at the program: {}", visible::on_line(text))),
    };
    Line { at: moment.at, way, text }
}

/// A segment in quotes, its control characters as escapes, cut where it is long.
pub(super) fn segment(bytes: &[u8], length: usize) -> String {
    let shown = &bytes[..bytes.len().min(SHOWN_BYTES)];
    let text = visible::in_log(shown).replace('"', "\\\"");
    if length > shown.len() { format!("\"{text}\"… ({length} bytes)") } else { format!("\"{text}\"") }
}
