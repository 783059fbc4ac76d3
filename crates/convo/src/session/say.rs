//! Saying: filling messages, keeping the law, framing.

use super::{Emit, Link, Refusal, Session, Turn, ViolationKind};
use crate::code::Fault;
use crate::pattern::Range;
use crate::program::{Fill, Guard, Pick, Send};
use crate::syntax::tree::Framing;
use crate::{Role, framing};

impl Session {
    /// Fills and sends a message.
    pub(super) fn send(&mut self, send: &Send, out: &mut Vec<u8>) -> Turn {
        self.peer_may_leave = send.peer_may_leave;
        self.said_at = send.line;
        let before = out.len();
        if let Some(framing) = self.framing_now() {
            framing::begin(framing, out);
        }
        let start = out.len();
        let mut ranges = Vec::new();
        let guarded = send.guard.same.is_some();
        let filled = self.mind.fill(&send.fill, start, guarded.then_some(&mut ranges), out);
        let checked = filled.and_then(|()| self.lawful(&send.guard, &out[start..], &ranges));
        if let Err(why) = checked {
            out.truncate(before);
            return self.unsayable(send.line, &why);
        }
        let limit = self.limit();
        if out.len() - start > limit {
            let length = out.len() - start;
            out.truncate(before);
            return self.over_limit(send, length, limit);
        }
        self.at += 1;
        self.deliver(before, start, out)
    }

    /// The longest message that can be said now, bytes.
    pub(super) fn limit(&self) -> usize {
        match self.block_bytes_max() {
            Some(block) => block,
            None => self.message_bytes_max.min(framing::message_bytes_max(self.framing, self.link)),
        }
    }

    /// The framing that is used now; none after `secure`.
    pub(super) fn framing_now(&self) -> Option<Framing> {
        (!self.secured).then_some(self.framing)
    }

    /// Frames what was appended to `out` since `start` and says how it is written.
    fn deliver(&mut self, before: usize, start: usize, out: &mut Vec<u8>) -> Turn {
        self.sent += 1;
        if self.trace {
            let said = &mut self.rare().bytes;
            said.clear();
            said.extend_from_slice(&out[start..]);
            self.emits.push(Emit::Message(self.program.role()));
        }
        let Some(framing) = self.framing_now() else {
            self.emits.push(Emit::Send { apart: false });
            return Turn::Next;
        };
        let stream = self.link == Link::Stream;
        let apart = stream && std::mem::replace(&mut self.spoke, true);
        if framing == Framing::Counted && stream {
            let text = out.split_off(start);
            out.extend_from_slice(&framing::count(&text));
            self.emits.push(Emit::Send { apart });
            if !text.is_empty() {
                self.emits.push(Emit::Text);
            }
            self.rare().bytes = text;
            return Turn::Next;
        }
        framing::finish(framing, before, out);
        if !stream || framing == Framing::Chunk {
            self.emits.push(Emit::Send { apart: apart && framing == Framing::Chunk });
        }
        Turn::Next
    }

    /// A message that would not be read back as what it is.
    fn unsayable(&mut self, line: usize, why: &str) -> Turn {
        if self.hears_a_room() {
            // What somebody told in a room harms nobody else: it is left out here.
            self.rare().text = format!("{}:{line}: not said: {why}", self.program.file);
            self.at += 1;
            return Turn::Unsaid;
        }
        self.fault(line, why);
        Turn::Over
    }

    /// A message that is too long. What our person typed for one encrypted block is asked anew.
    fn over_limit(&mut self, send: &Send, length: usize, limit: usize) -> Turn {
        let why = too_long(length, limit, self.secured);
        if let (Some(asked), true) = (send.asked, self.secured) {
            self.at = asked;
            self.refuse(Refusal::Unsayable(why));
            return Turn::Next;
        }
        self.unsayable(send.line, &why)
    }

    /// Our person typed a message: the first row that it fits is taken.
    pub(super) fn pick(&mut self, pick: &Pick, text: &str) {
        let newline = framing::ends_line(text.as_bytes()) && self.framing_now().is_some_and(Framing::is_line);
        let limit = self.limit();
        if text.len() > limit {
            let why = too_long(text.len(), limit, self.secured);
            return self.refuse(if self.secured { Refusal::Unsayable(why) } else { Refusal::Unfit(why) });
        }
        if text.is_empty() && self.link == Link::Stream && self.framing_now() == Some(Framing::Chunk) {
            let why = "an empty message cannot be sent under `framing chunk`".to_owned();
            return self.refuse(Refusal::Unfit(why));
        }
        let mut picked = None;
        for (pattern, to) in &pick.rows {
            match self.mind.fits(pattern, text.as_bytes()) {
                Ok(true) if !newline => {
                    picked = Some(*to);
                    break;
                }
                Ok(_) => {}
                Err(why) => return self.fault(pick.line, &why),
            }
        }
        let Some(to) = picked else {
            let said = super::why::quote(text.as_bytes());
            return self.refuse(Refusal::Unfit(format!(
                "{said} fits nothing here; you can say here: {}",
                pick.choices
            )));
        };
        self.rare().picked = Some(text.into());
        self.go(to);
    }

    /// Sends what our person typed.
    pub(super) fn send_picked(&mut self, text: &[u8], out: &mut Vec<u8>) -> Turn {
        let before = out.len();
        if let Some(framing) = self.framing_now() {
            framing::begin(framing, out);
        }
        let start = out.len();
        out.extend_from_slice(text);
        self.deliver(before, start, out)
    }

    /// The law: what is sent must be read back as the same step.
    pub(super) fn lawful(&mut self, guard: &Guard, message: &[u8], ranges: &[Range]) -> Result<(), Fault> {
        let quote = |message| super::why::quote(message);
        if guard.newline && framing::ends_line(message) {
            return Err(format!("a line cannot carry {}: a newline ends it", quote(message)));
        }
        if message.is_empty()
            && self.link == Link::Stream
            && matches!(self.framing_now(), Some(Framing::Chunk | Framing::Exact))
        {
            let framing = self.framing.name();
            return Err(format!("an empty message cannot be sent under `framing {framing}`"));
        }
        if self.sent == 0
            && self.program.role() == Role::Server
            && self.program.busy.as_deref() == Some(message)
        {
            return Err(format!("{} would be taken for the busy message", quote(message)));
        }
        if let Some(same) = &guard.same
            && !(self.mind.fits_only(same, message)? && self.mind.desk.open().matcher.ranges == ranges)
        {
            return Err(format!("{} would be read in another way than it is meant", quote(message)));
        }
        for rival in &guard.rivals {
            let fits = match rival.equals(message) {
                Some(fits) => fits,
                None => self.mind.fits_only(rival, message)?,
            };
            if fits {
                let line = rival.line;
                return Err(format!("{} would be taken for line {line}: {}", quote(message), rival.text));
            }
        }
        Ok(())
    }

    /// Shows a line to our person.
    pub(super) fn show(&mut self, fill: &Fill, line: usize) -> Turn {
        let mut shown = std::mem::take(&mut self.rare().text).into_bytes();
        shown.clear();
        match self.mind.fill(fill, 0, None, &mut shown) {
            Ok(()) => {
                self.rare().text = match String::from_utf8(shown) {
                    Ok(text) => text,
                    Err(bytes) => String::from_utf8_lossy(bytes.as_bytes()).into_owned(),
                };
                self.at += 1;
                Turn::Show
            }
            Err(why) => {
                self.broke(ViolationKind::Ours, line, &why);
                Turn::Over
            }
        }
    }
}

fn too_long(length: usize, limit: usize, secured: bool) -> String {
    let block = if secured { "one encrypted block carries" } else { "a message here has" };
    format!("this is {length} bytes long, {block} at most {limit}")
}
