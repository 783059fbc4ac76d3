//! Lines that hold one text, or one integer, where nothing else may come, as is most common: nothing is told apart.

use super::{Session, Turn};
use crate::framing::{Cut, cut};
use crate::program::{Point, Program, Way};
use crate::syntax::tree::Framing;

impl Session {
    /// Takes a line where nothing but a line with one text or one integer in it may come. What is in any way odd is left
    /// as it is.
    pub(super) fn plain_line(&mut self, program: &Program, point: &Point) -> Option<Turn> {
        let way = plain_way(point).filter(|_| self.is_plain())?;
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
        if !self.mind.fits(&way.pattern, &inbox.bytes()[..end]).ok()? {
            return None;
        }
        inbox.take(taken);
        self.waiting_since = None;
        self.received += 1;
        self.spoke = false;
        self.at = way.to;
        Some(Turn::Next)
    }
}

/// The only message that may come, where a name learns all of it.
fn plain_way(point: &Point) -> Option<&Way> {
    let [way] = point.ways.as_slice() else { return None };
    (way.takes && way.pattern.is_one_name()).then_some(way)
}
