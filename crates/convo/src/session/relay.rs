//! Relaying: what is told in a room leaves as it is, without this session's doing.

use super::free::echo;
use super::{Session, State};
use crate::program::Op;
use crate::syntax::tree::Framing;

impl Session {
    /// Whether, while it waits as it does now, all that it says to what is told in the one room in which it is, is the line
    /// itself and a newline: then the longest such line, bytes. Lines that are text without an end of line in them may then
    /// be said for it, and it need not hear them; those messages are not among [`Session::messages`].
    pub fn relays(&self) -> Option<usize> {
        let Op::Free(free) = &self.program.steps[self.at] else { return None };
        let freedom = self.free.as_deref().filter(|freedom| freedom.is_quiet())?;
        let ([row], true) = (free.hears.as_slice(), freedom.is_in_one_room()) else { return None };
        let (send, _) = echo(&self.program, self.at, row)?;
        let plain = self.is_plain() && self.framing == Framing::Line && send.is_plain();
        let may_be_busy = self.sent == 0 && self.program.busy.is_some();
        (plain && self.state == State::Free && !may_be_busy && !self.is_led()).then(|| self.limit())
    }
}
