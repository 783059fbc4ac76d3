//! Lines and datagrams of text where nothing else may come, as is most common: nothing is tried, nothing told apart.

use super::{Emit, OUT_BYTES_MAX, Session, Turn};
use crate::code::Slot;
use crate::framing::{Cut, Progress, cut, cut_datagram};
use crate::program::{At, Op, Point, Program, Send};
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

    /// Where nothing but a text may come here, and one message follows until it is heard here again, a loop of questions
    /// and answers: the name that learns the text, and the message.
    fn round<'p>(&self, program: &'p Program, point: &Point) -> Option<(Slot, &'p Send)> {
        let (slot, to) = self.plain_way(point)?;
        let (Op::Send(send), Op::Jump(back)) = (&program.steps[to], program.steps.get(to + 1)?) else {
            return None;
        };
        let may_be_busy = self.sent == 0 && program.busy.is_some();
        (*back == self.at && send.is_plain() && !may_be_busy && self.passed.is_none()).then_some((slot, send))
    }

    /// Answers the datagram at hand in a loop of questions and answers; whether it did. One that is odd, as it is or in
    /// what would be said to it, is left to the steps as they are.
    pub(super) fn round_of_datagrams(&mut self, program: &Program, point: &Point, out: &mut Vec<u8>) -> bool {
        let plain = self.is_bare() && (self.framing == Framing::Chunk || self.framing.is_line());
        let Some((slot, send)) = self.round(program, point).filter(|_| plain) else { return false };
        let limit = self.limit();
        let Some(datagram) = self.mail.first.datagram() else { return false };
        let Cut::Message { start, end, taken } = cut_datagram(self.framing, datagram, self.message_bytes_max)
        else {
            return false;
        };
        let text = &datagram[start..end];
        if !is_text(text) {
            return false;
        }
        self.mind.frame[slot].set_bytes(text);
        if !self.mind.answer(send, self.framing, limit, out) {
            return false;
        }
        self.mail.first.take(taken);
        self.went_round(1, send);
        self.emits.push_back(Emit::Send { apart: false });
        true
    }

    fn went_round(&mut self, rounds: u64, send: &Send) {
        self.waiting_since = None;
        self.received += rounds;
        self.sent += rounds;
        self.said_at = send.line;
        self.spoke = true;
    }

    /// Answers the lines at hand in a loop of questions and answers. A line that is odd, as it is or in what would be said
    /// to it, is left to the steps as they are, with those after it.
    pub(super) fn rounds_of_lines(&mut self, program: &Program, point: &Point, out: &mut Vec<u8>) {
        let Some((slot, send)) = self.round(program, point).filter(|_| self.is_plain()) else { return };
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
            self.went_round(rounds, send);
        }
        self.mail.first.progress = progress;
    }
}
