//! Lines of text where nothing else may come, as is most common: nothing is tried, nothing told apart.

use super::{OUT_BYTES_MAX, Session, Turn};
use crate::code::Slot;
use crate::framing::{Cut, Progress, cut};
use crate::program::{At, Op, Point, Program};
use crate::syntax::tree::Framing;
use crate::value::is_text;

impl Session {
    /// Takes a line where nothing but a line of text may come, as is most common: nothing is tried, nothing told apart.
    /// What is in any way odd is left as it is.
    pub(super) fn plain_line(&mut self, program: &Program, point: &Point) -> Option<Turn> {
        let (slot, to) = self.plain_way(point)?;
        let inbox = &mut self.mail.first;
        let mut progress = inbox.progress;
        let cut = cut(Framing::Line, inbox.bytes(), &mut progress, self.message_bytes_max);
        let (end, taken) = match cut {
            Cut::Message { end, taken, .. } => (end, taken),
            Cut::More => {
                inbox.progress = progress;
                return Some(self.nothing(program, point, point.from, false));
            }
            Cut::TooLong | Cut::Wrong(_) => return None,
        };
        let line = &inbox.bytes()[..end];
        if !is_text(line) {
            return None;
        }
        self.mind.frame[slot].set_bytes(line);
        inbox.take(taken);
        self.waiting_since = None;
        self.received += 1;
        self.spoke = false;
        self.at = to;
        Some(Turn::Next)
    }

    /// The name that learns the line, and where it goes on, where nothing but a line of text may come.
    fn plain_way(&self, point: &Point) -> Option<(Slot, At)> {
        let [way] = point.ways.as_slice() else { return None };
        let slot = way.pattern.all_into?;
        (way.takes && self.is_plain()).then_some((slot, way.to))
    }

    /// Answers the lines at hand where nothing but a line of text may come here, and one message follows until it is heard
    /// here again: a loop of questions and answers. A line that is odd, as it is or in what would be said to it, is left
    /// to the steps as they are, with those after it.
    pub(super) fn rounds(&mut self, program: &Program, point: &Point, out: &mut Vec<u8>) {
        let Some((slot, to)) = self.plain_way(point) else { return };
        let (Op::Send(send), Some(Op::Jump(back))) = (&program.steps[to], program.steps.get(to + 1)) else {
            return;
        };
        let may_be_busy = self.sent == 0 && program.busy.is_some();
        if *back != self.at || !send.is_plain() || may_be_busy || self.passed.is_some() {
            return;
        }
        let limit = self.limit();
        let inbox = &mut self.mail.first;
        let (mut taken, mut rounds, mut progress) = (0, 0, inbox.progress);
        while out.len() <= OUT_BYTES_MAX {
            let rest = &inbox.bytes()[taken..];
            let Cut::Message { end, taken: length, .. } =
                cut(Framing::Line, rest, &mut progress, self.message_bytes_max)
            else {
                break;
            };
            let line = &rest[..end];
            if !is_text(line) {
                break;
            }
            self.mind.frame[slot].set_bytes(line);
            if !self.mind.answer(send, self.framing, limit, out) {
                break;
            }
            progress = Progress::default();
            taken += length;
            rounds += 1;
        }
        if rounds > 0 {
            inbox.take(taken);
            self.waiting_since = None;
            self.received += rounds;
            self.sent += rounds;
            self.said_at = send.line;
            self.spoke = true;
        }
        self.mail.first.progress = progress;
    }
}
