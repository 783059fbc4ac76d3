//! What an observer does with a session of its own view: both roles are heard, and it may lose track.

use super::find::{BUSY, Heard};
use super::{Input, Misuse, Now, Session, State};
use crate::Role;
use crate::code::Fault;
use crate::knowledge::View;
use crate::program::{Point, Program};

/// Bytes of a role that lie unread while the other is waited for, at most.
const UNREAD_BYTES_MAX: usize = 1 << 20;

impl Session {
    /// Takes what one role sent.
    ///
    /// # Errors
    /// An input that answers what an observer never asks.
    pub(crate) fn overhear(&mut self, now: Now, from: Role, input: Input<'_>) -> Result<(), Misuse> {
        self.monotonic = now.monotonic;
        let inbox = self.mail.of_mut(from);
        match input {
            Input::Bytes(bytes) => inbox.push(bytes),
            Input::Datagram(datagram) => inbox.push_datagram(datagram),
            Input::End => inbox.ended = true,
            Input::Tick => {}
            Input::Reset => {
                self.reset();
                return Ok(());
            }
            Input::Answer(_)
            | Input::NoAnswer
            | Input::Found(_)
            | Input::Added(_)
            | Input::Untold(_)
            | Input::Heard { .. }
            | Input::Secured { .. } => {
                return Err(Misuse);
            }
        }
        if matches!(self.state, State::Hearing | State::Free) {
            let held = self.mail.of(from).bytes().len() <= UNREAD_BYTES_MAX.max(2 * self.message_bytes_max);
            self.state = if held { State::Running } else { State::Lost };
        }
        Ok(())
    }

    /// Looks for a message of either role: of the one that is waited for, else of the other where it may speak too.
    pub(super) fn either(&mut self, program: &Program, point: &Point) -> (Role, Result<Heard, Fault>) {
        let (from, other) = (point.from, point.from.other());
        let heard = self.find(program, point, from);
        if !matches!(heard, Ok(Heard::More { settle: false })) {
            return (from, heard);
        }
        match self.find(program, point, other) {
            busy @ Ok(Heard::Message { way: BUSY, .. }) => (other, busy),
            Ok(Heard::More { settle: false }) => (from, heard),
            said if speaks(point, other) => (other, said),
            _ => (from, heard),
        }
    }

    /// Whether an observer may still hear the other role here, though `from` has ended.
    pub(super) fn other_may_speak(&self, point: &Point, from: Role) -> bool {
        let other = from.other();
        self.program.view == View::Observer && speaks(point, other) && !self.mail.of(other).ended
    }

    /// The convo's line at which this observer lost track, if it did.
    pub(crate) fn lost(&self) -> Option<usize> {
        (self.state == State::Lost).then(|| self.line())
    }

    /// Takes what a role said and nobody has read.
    pub(crate) fn unread(&mut self, from: Role) -> Vec<Vec<u8>> {
        self.mail.of_mut(from).empty()
    }
}

/// Whether a message of `role` may come at this point.
fn speaks(point: &Point, role: Role) -> bool {
    point.ways.iter().any(|way| way.from == role)
}
