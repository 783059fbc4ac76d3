//! Loops of questions and answers: all that has come is answered in one go, without a step between.

use super::inbox::Inbox;
use super::mind::Mind;
use super::{Link, OUT_BYTES_MAX, Session, State, Turn};
use crate::framing::{self, Cut, Progress, cut, cut_datagram, cut_line, ends_line};
use crate::program::{Answer, Op, Program, Rounds};
use crate::syntax::tree::Framing;
use crate::value::{Ascii, is_text, reverse, reverse_ascii};

/// What answers at such a place.
struct Table<'a> {
    program: &'a Program,
    rounds: &'a Rounds,
    framing: Framing,
    /// The longest message that is taken, and that can be said, bytes.
    bytes_max: usize,
    limit: usize,
    mind: &'a mut Mind,
}

/// What was answered.
#[derive(Default)]
struct Answered {
    messages: u64,
    /// The line of the last answer.
    line: usize,
    /// Nothing is left but the beginning of a message.
    all: bool,
}

impl Session {
    /// Answers what has come where this role hears and answers over and over, then waits for more. What is in any way
    /// odd, as it is or in what would be said to it, is left to the steps as they are, with all that comes after it.
    pub(super) fn rounds(&mut self, out: &mut Vec<u8>) -> Option<Turn> {
        let program = &*self.program;
        let rounds = program.rounds.get(self.at)?.as_ref()?;
        let may_be_busy = self.sent == 0 && program.busy.is_some();
        if self.state != State::Running || !self.is_bare() || may_be_busy || self.is_led() {
            return None;
        }
        let may_leave = rounds.may_leave;
        let (framing, bytes_max, limit) = (self.framing, self.message_bytes_max, self.limit());
        let mut table = Table { program, rounds, framing, bytes_max, limit, mind: &mut self.mind };
        let inbox = &mut self.mail.first;
        let answered = match (self.link, framing) {
            (Link::Datagram, _) => table.datagram(inbox, out)?,
            // The framing alone does not say where a message ends, or an answer is more than one write.
            (Link::Stream, Framing::Chunk | Framing::Exact | Framing::Counted) => return None,
            (Link::Stream, _) => table.stream(inbox, out),
        };
        let all = answered.all && !inbox.ended;
        if answered.messages > 0 {
            self.waiting_since = None;
            self.received += answered.messages;
            self.sent += answered.messages;
            self.said_at = answered.line;
            self.spoke = true;
            if self.link == Link::Datagram {
                return Some(Turn::Send { apart: false });
            }
        }
        if all { self.pause(may_leave) } else { None }
    }

    /// Waits for more, unless that has taken too long.
    fn pause(&mut self, may_leave: bool) -> Option<Turn> {
        let since = *self.waiting_since.get_or_insert(self.now.monotonic);
        let until = self.patience.map(|patience| since + patience);
        if until.is_some_and(|until| self.now.monotonic >= until) {
            return None;
        }
        self.peer_may_leave = may_leave;
        self.state = State::Hearing;
        Some(Turn::Wait(until))
    }
}

impl Table<'_> {
    /// Answers the datagram at hand; nothing if it is odd.
    fn datagram(&mut self, inbox: &mut Inbox, out: &mut Vec<u8>) -> Option<Answered> {
        let Some(datagram) = inbox.datagram() else {
            return Some(Answered { all: true, ..Answered::default() });
        };
        let Cut::Message { start, end, taken } = cut_datagram(self.framing, datagram, self.bytes_max) else {
            return None;
        };
        let line = self.answer(&datagram[start..end], Ascii::Unknown, out)?;
        inbox.take(taken);
        Some(Answered { messages: 1, line, all: false })
    }

    /// Answers the messages at hand, up to one that is odd.
    fn stream(&mut self, inbox: &mut Inbox, out: &mut Vec<u8>) -> Answered {
        let bytes = inbox.bytes();
        let mut answered = Answered::default();
        let (mut taken, mut progress) = (0, inbox.progress);
        while out.len() <= OUT_BYTES_MAX {
            let rest = &bytes[taken..];
            if rest.is_empty() {
                answered.all = true;
                break;
            }
            let mut next = progress;
            let (cut, ascii) = match self.framing.is_line() {
                true => cut_line(rest, &mut next, self.bytes_max),
                false => (cut(self.framing, rest, &mut next, self.bytes_max), Ascii::Unknown),
            };
            match cut {
                Cut::Message { start, end, taken: length } => {
                    let Some(line) = self.answer(&rest[start..end], ascii, out) else { break };
                    progress = Progress::default();
                    taken += length;
                    answered.messages += 1;
                    answered.line = line;
                }
                Cut::More => {
                    progress = next;
                    // Bytes that mean nothing are not kept.
                    answered.all = progress.blank() == 0;
                    break;
                }
                Cut::TooLong | Cut::Wrong(_) => break,
            }
        }
        if taken > 0 {
            inbox.take(taken);
        }
        inbox.progress = progress;
        answered
    }

    /// Appends the answer to a message, with its frame, and says its line in the convo. Nothing is appended where the
    /// message or the answer is odd.
    fn answer(&mut self, message: &[u8], ascii: Ascii, out: &mut Vec<u8>) -> Option<usize> {
        for round in &self.rounds.ways {
            let fits = match round.answer {
                Answer::Same | Answer::Reversed => ascii == Ascii::Yes || is_text(message),
                Answer::Filled => self.mind.fits(&round.pattern, message).ok()?,
            };
            if !fits {
                continue;
            }
            let Op::Send(send) = &self.program.steps[round.send] else { return None };
            let before = out.len();
            framing::begin(self.framing, out);
            let start = out.len();
            let filled = match round.answer {
                Answer::Same => {
                    out.extend_from_slice(message);
                    true
                }
                Answer::Reversed if ascii == Ascii::Yes => {
                    reverse_ascii(message, out);
                    true
                }
                Answer::Reversed => {
                    reverse(message, out);
                    true
                }
                Answer::Filled => self.mind.fill(&send.fill, start, None, out).is_ok(),
            };
            let said = &out[start..];
            let ends_early = send.guard.newline
                && match round.answer {
                    // What came in a line holds no newline.
                    Answer::Same | Answer::Reversed => said.ends_with(b"\r"),
                    Answer::Filled => ends_line(said),
                };
            if !filled || ends_early || said.len() > self.limit {
                out.truncate(before);
                return None;
            }
            framing::finish(self.framing, before, out);
            return Some(send.line);
        }
        None
    }
}
