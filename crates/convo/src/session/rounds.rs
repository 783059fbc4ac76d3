//! Loops of questions and answers: all that has come is answered in one go, without a step between.

use super::inbox::Inbox;
use super::mind::Mind;
use super::{Link, OUT_BYTES_MAX, Session, State, Turn};
use crate::framing::{self, Cut, Progress, cut, cut_datagram, ends_line, first_line};
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
        if self.link == Link::Datagram && self.mail.first.is_empty() {
            return if self.mail.first.ended { None } else { self.pause(may_leave) };
        }
        let (framing, bytes_max, limit) = (self.framing, self.message_bytes_max, self.limit());
        let mut table = Table { program, rounds, framing, bytes_max, limit, mind: &mut self.mind };
        let inbox = &mut self.mail.first;
        let answered = match (self.link, framing) {
            (Link::Datagram, _) => table.datagram(inbox, out)?,
            // The framing alone does not say where a message ends, or an answer is more than one write.
            (Link::Stream, Framing::Chunk | Framing::Exact | Framing::Counted) => return None,
            (Link::Stream, Framing::Line | Framing::LineCrlf) => table.lines(inbox, out),
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
        let since = *self.waiting_since.get_or_insert(self.monotonic);
        let until = self.patience.map(|patience| since + patience);
        if until.is_some_and(|until| self.monotonic >= until) {
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
        let datagram = inbox.datagram()?;
        let Cut::Message { start, end, taken } = cut_datagram(self.framing, datagram, self.bytes_max) else {
            return None;
        };
        let line = self.answer(&datagram[start..end], Ascii::Unknown, out)?;
        inbox.take(taken);
        Some(Answered { messages: 1, line, all: false })
    }

    /// Answers the lines at hand, up to one that is odd.
    fn lines(&mut self, inbox: &mut Inbox, out: &mut Vec<u8>) -> Answered {
        let bytes = inbox.bytes();
        let mut answered = Answered::default();
        let (mut taken, mut searched) = (0, inbox.progress.at());
        while out.len() <= OUT_BYTES_MAX {
            let rest = &bytes[taken..];
            let Some(line) = first_line(rest, searched) else {
                // A `\r` may be the beginning of the line's end.
                answered.all = rest.len() <= self.bytes_max + 1;
                searched = rest.len();
                break;
            };
            if line.end > self.bytes_max {
                break;
            }
            let Some(said_at) = self.answer(&rest[..line.end], line.ascii, out) else { break };
            searched = 0;
            taken += line.taken;
            answered.messages += 1;
            answered.line = said_at;
        }
        if taken > 0 {
            inbox.take(taken);
        }
        inbox.progress = Progress::searched(searched);
        answered
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
            match cut(self.framing, rest, &mut next, self.bytes_max) {
                Cut::Message { start, end, taken: length } => {
                    let Some(said_at) = self.answer(&rest[start..end], Ascii::Unknown, out) else { break };
                    progress = Progress::default();
                    taken += length;
                    answered.messages += 1;
                    answered.line = said_at;
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
            let filled = match (round.answer, ascii) {
                (Answer::Filled, _) => self.mind.fill(&send.fill, start, None, out).is_ok(),
                (Answer::Same, _) => {
                    out.extend_from_slice(message);
                    true
                }
                (Answer::Reversed, Ascii::Yes) => {
                    reverse_ascii(message, out);
                    true
                }
                (Answer::Reversed, Ascii::Unknown) => {
                    reverse(message, out);
                    true
                }
            };
            let said = &out[start..];
            let ends_early = match round.answer {
                Answer::Filled => send.guard.newline && ends_line(said),
                // What came in a line holds no newline.
                Answer::Same | Answer::Reversed => send.guard.newline && said.ends_with(b"\r"),
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
