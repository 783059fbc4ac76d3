//! Those who listen: members whose sessions would say a line as it is, and do nothing else.
//!
//! What is told goes into one row of bytes. At the end of its turn the engine writes to each of them what came since it
//! began to listen, straight from there: a copy costs one write, and nothing of its session is touched. Whoever does
//! not take all at once, or is busy, is a member as others are from there on, until it has heard all again.

use std::sync::Arc;

use slab::Slab;

use super::{Line, Mail, Mailbox, Room, lock};
use crate::Tally;
use crate::rooms::{Listens, Passed};

/// Bytes that wait to be passed on, at most; of more, lines are heard one by one.
const FRESH_BYTES_MAX: usize = 1024 * 1024;
/// Room for them is kept up to this, bytes.
const FRESH_KEPT_BYTES_MAX: usize = 64 * 1024;

/// The listeners of a room, and what is to be passed on to them.
#[derive(Debug, Default)]
pub(super) struct Listening {
    listeners: Slab<Listener>,
    /// Lines told in this turn, each with its newline.
    bytes: Vec<u8>,
    /// The same lines, and where each ends.
    lines: Vec<(Arc<[u8]>, usize)>,
    line_bytes_max: usize,
}

#[derive(Debug)]
struct Listener {
    /// Its place in the engine.
    place: usize,
    /// How many of the lines were told before it listened.
    from: usize,
    /// What was passed on to it.
    passed: Tally,
    mailbox: Arc<Mailbox>,
}

impl Listening {
    pub(super) fn len(&self) -> usize {
        self.listeners.len()
    }

    /// Whether a line can be passed on, if anybody listens.
    pub(super) fn takes(&self, line: &[u8]) -> bool {
        self.listeners.is_empty()
            || line.len() <= self.line_bytes_max
                && self.bytes.len() + line.len() < FRESH_BYTES_MAX
                && !line.iter().any(|byte| matches!(byte, b'\r' | b'\n'))
                && std::str::from_utf8(line).is_ok()
    }

    /// Has a line wait, if anybody listens; whether it is the first.
    pub(super) fn push(&mut self, line: &Line) -> bool {
        if self.listeners.is_empty() {
            return false;
        }
        self.bytes.extend_from_slice(&line.text);
        self.bytes.push(b'\n');
        self.lines.push((Arc::clone(&line.text), self.bytes.len()));
        self.lines.len() == 1
    }
}

impl Room {
    /// Has lines passed on to a session from now on, which has heard all.
    pub(in crate::rooms) fn listen(&mut self, mail: &mut Mail, mailbox: &Arc<Mailbox>, listens: Listens) {
        let Listens { place, line_bytes_max } = listens;
        let from = self.listening.lines.len();
        let listener = Listener { place, from, passed: Tally::default(), mailbox: Arc::clone(mailbox) };
        let others_max =
            if self.listening.listeners.is_empty() { usize::MAX } else { self.listening.line_bytes_max };
        self.listening.line_bytes_max = line_bytes_max.min(others_max);
        mail.listener = Some(self.listening.listeners.insert(listener));
    }

    /// Whether something waits to be passed on to it.
    pub(in crate::rooms) fn has_for(&self, mail: &Mail) -> bool {
        let listener = mail.listener.and_then(|key| self.listening.listeners.get(key));
        listener.is_some_and(|listener| listener.from < self.listening.lines.len())
    }

    /// Has it hear by itself what is not passed on yet, and all that is told from now on.
    pub(in crate::rooms) fn stop_listening(&mut self, mail: &mut Mail) {
        let Some(key) = mail.listener.take() else { return };
        let Listener { from, passed, .. } = self.listening.listeners.remove(key);
        mail.passed.messages += passed.messages;
        mail.passed.bytes += passed.bytes;
        let unpassed = &self.listening.lines[from..];
        mail.kept.extend(unpassed.iter().map(|(line, _)| (self.key, Arc::clone(line))));
        if self.listening.listeners.is_empty() {
            self.listening.bytes.clear();
            self.listening.lines.clear();
        }
        let end = self.end();
        if let Some(place) = mail.places.first_mut() {
            place.next = end;
        }
    }

    /// A line is told that cannot be passed on: all hear it by themselves.
    pub(super) fn stop_all_listening(&mut self) {
        let keys: Vec<usize> = self.listening.listeners.iter().map(|(key, _)| key).collect();
        for key in keys {
            let mailbox = Arc::clone(&self.listening.listeners[key].mailbox);
            self.have_hear(&mailbox);
        }
    }

    /// Has a member hear by itself, if it listens.
    pub(super) fn have_hear(&mut self, mailbox: &Mailbox) {
        let mut mail = lock(&mailbox.mail);
        if mail.listener.is_some() {
            self.stop_listening(&mut mail);
            // Nothing else would tell it of what comes now.
            if let Some(reader) = mail.reader.take() {
                reader.wake();
            }
        }
    }

    /// Has all that waits written to those who listen.
    pub(in crate::rooms) fn pass_on(&mut self, write: &mut impl FnMut(usize, &[u8]) -> Passed) {
        let told = self.listening.lines.len();
        let mut others = Vec::new();
        let Listening { listeners, bytes, lines, .. } = &mut self.listening;
        for (_, listener) in listeners.iter_mut() {
            let from = std::mem::take(&mut listener.from);
            if from == told {
                continue;
            }
            let start = from.checked_sub(1).map_or(0, |before| lines[before].1);
            let passed = write(listener.place, &bytes[start..]);
            if passed != Passed::Not {
                listener.passed.messages += (told - from) as u64;
            }
            match passed {
                Passed::All => listener.passed.bytes += (bytes.len() - start) as u64,
                Passed::On => others.push((Arc::clone(&listener.mailbox), told)),
                Passed::Not => others.push((Arc::clone(&listener.mailbox), from)),
            }
        }
        for (mailbox, from) in others {
            let mut mail = lock(&mailbox.mail);
            if let Some(listener) = mail.listener.and_then(|key| self.listening.listeners.get_mut(key)) {
                listener.from = from;
            }
            self.stop_listening(&mut mail);
        }
        let Listening { bytes, lines, .. } = &mut self.listening;
        lines.clear();
        bytes.clear();
        bytes.shrink_to(FRESH_KEPT_BYTES_MAX);
    }
}
