//! Lines of text where nothing else may come, as is most common: nothing is tried, nothing told apart.

use super::{Session, Turn};
use crate::code::Slot;
use crate::framing::{Cut, cut};
use crate::program::{At, Point, Program};
use crate::syntax::tree::Framing;
use crate::value::is_text;

impl Session {
    /// Takes a line where nothing but a line of text may come, as is most common: nothing is tried, nothing told apart.
    /// What is in any way odd is left as it is.
    pub(super) fn plain_line(&mut self, program: &Program, point: &Point) -> Option<Turn> {
        let (slot, to) = self.plain_way(point).filter(|_| self.is_plain())?;
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

    /// The name that learns the text, and where it goes on, where nothing but a text may come.
    fn plain_way(&self, point: &Point) -> Option<(Slot, At)> {
        let [way] = point.ways.as_slice() else { return None };
        let slot = way.pattern.all_into?;
        way.takes.then_some((slot, way.to))
    }
}
