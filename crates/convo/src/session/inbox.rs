//! What the peer said and this role has not read.

use std::collections::VecDeque;
use std::time::Duration;

use super::desk::{give_inbox, take_inbox};
use crate::framing::Progress;

/// Datagrams that wait to be read, at most: further ones are lost, as datagrams are.
const DATAGRAMS_MAX: usize = 64;

/// Bytes of a stream, or datagrams.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    /// Bytes of the stream, or the first datagram. While there are none the thread keeps the buffer.
    bytes: Vec<u8>,
    start: usize,
    /// A datagram lies in `bytes`.
    is_datagram: bool,
    /// The peer sends no more.
    pub(super) ended: bool,
    /// How far the search for the end of the first message has come.
    pub(super) progress: Progress,
    rest: Option<Box<Rest>>,
    /// Since when a chunk that may be the beginning of a message waits for the rest.
    pub(super) settling: Option<Duration>,
    /// The length at which that chunk was last tried.
    pub(super) tried: usize,
}

/// Datagrams that came while something else was unread; they go after the one in `bytes`.
#[derive(Debug, Default)]
struct Rest {
    datagrams: VecDeque<Vec<u8>>,
}

impl Inbox {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.is_datagram {
            let first = std::mem::take(&mut self.bytes);
            self.is_datagram = false;
            self.rest.get_or_insert_default().datagrams.push_front(first);
        }
        if self.start > 0 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.add(bytes);
    }

    pub(super) fn push_datagram(&mut self, datagram: &[u8]) {
        if self.bytes.is_empty() && !self.is_datagram && self.waiting() == 0 {
            self.is_datagram = true;
            self.add(datagram);
        } else if usize::from(self.is_datagram) + self.waiting() < DATAGRAMS_MAX {
            self.rest.get_or_insert_default().datagrams.push_back(datagram.to_vec());
        }
    }

    fn add(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        if self.bytes.capacity() == 0 {
            self.bytes = take_inbox();
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// How many datagrams wait behind what lies in `bytes`.
    fn waiting(&self) -> usize {
        self.rest.as_ref().map_or(0, |rest| rest.datagrams.len())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        if self.is_datagram { &[] } else { &self.bytes[self.start..] }
    }

    pub(super) fn datagram(&self) -> Option<&[u8]> {
        if self.is_datagram {
            return Some(&self.bytes);
        }
        self.rest.as_ref()?.datagrams.front().map(Vec::as_slice)
    }

    /// Where the next message lies: in the first datagram, or in the bytes.
    pub(super) fn message(&self) -> &[u8] {
        self.datagram().unwrap_or(self.bytes())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes().is_empty() && !self.is_datagram && self.waiting() == 0
    }

    /// Takes everything away: the bytes at hand, each datagram.
    pub(super) fn empty(&mut self) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        if !self.bytes().is_empty() {
            all.push(self.bytes().to_vec());
        }
        while let Some(datagram) = self.datagram() {
            all.push(datagram.to_vec());
            self.take(0);
        }
        self.take(self.bytes().len());
        all
    }

    /// Takes a message away: the first datagram, or so many bytes.
    pub(super) fn take(&mut self, bytes: usize) {
        if self.is_datagram {
            self.is_datagram = false;
            give_inbox(std::mem::take(&mut self.bytes));
            return;
        }
        if let Some(rest) = &mut self.rest {
            let taken = rest.datagrams.pop_front();
            if rest.datagrams.is_empty() {
                self.rest = None;
            }
            if taken.is_some() {
                return;
            }
        }
        self.start += bytes;
        self.progress = Progress::default();
        self.settling = None;
        self.tried = 0;
        if self.start == self.bytes.len() {
            self.start = 0;
            give_inbox(std::mem::take(&mut self.bytes));
        }
    }
}
