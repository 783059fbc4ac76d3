//! What happened in a conversation, as lines: one a segment.

use std::time::Duration;

use unicode_width::UnicodeWidthChar;

use super::super::trace::{Event, Moment, Trace};
use crate::report::visible;

/// How much of a segment is shown, columns.
const COLUMNS_MAX: usize = 64;
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
        Event::Refused(why) => (Way::Aside, format!("no connection: {}", visible::on_line(why))),
        Event::Wrote(bytes) => (Way::ToProgram, segment(bytes, moment.bytes)),
        Event::Heard(bytes) | Event::Key(bytes) | Event::Garbled(bytes) => {
            (Way::FromProgram, segment(bytes, moment.bytes))
        }
        Event::Stranger(bytes) => {
            (Way::FromProgram, format!("from another port: {}", segment(bytes, moment.bytes)))
        }
        Event::TheyClosed => (Way::FromProgram, "closes".to_owned()),
        Event::TheyReset => (Way::FromProgram, "resets the connection".to_owned()),
        Event::WeHalfClosed => (Way::ToProgram, "closes its sending side".to_owned()),
        Event::WeClosed => (Way::ToProgram, "closes".to_owned()),
        Event::WeReset => (Way::ToProgram, "resets the connection".to_owned()),
        Event::Silence(time) => (Way::Aside, format!("nothing for {:.1} s", time.as_secs_f64())),
        Event::Typed(text) => {
            (Way::Aside, format!("typed at the program: {}", segment(text.as_bytes(), text.len())))
        }
    };
    Line { at: moment.at, way, text }
}

/// A segment in quotes, its control characters as escapes, cut where it is long.
fn segment(bytes: &[u8], length: usize) -> String {
    let text = visible::in_log(bytes).replace('"', "\\\"");
    let shown = beginning(&text);
    if shown.len() < text.len() || length > bytes.len() {
        format!("\"{shown}\"… ({length} bytes)")
    } else {
        format!("\"{text}\"")
    }
}

/// As much of a text as there is room for.
fn beginning(text: &str) -> &str {
    let mut columns = 0;
    for (at, c) in text.char_indices() {
        columns += c.width().unwrap_or(1);
        if columns > COLUMNS_MAX {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::segment;

    #[test]
    fn a_segment_fits_its_line_whatever_it_holds() {
        assert_eq!(segment(b"a \"b\"\n\xff", 7), r#""a \"b\"\n\xff""#);
        assert_eq!(segment(&[0; 100], 100), format!("\"{}\"… (100 bytes)", "\\0".repeat(32)));
        assert_eq!(segment("汉".repeat(40).as_bytes(), 120), format!("\"{}\"… (120 bytes)", "汉".repeat(32)));
        assert_eq!(segment(b"cut before", 5_000), "\"cut before\"… (5000 bytes)");
    }
}
