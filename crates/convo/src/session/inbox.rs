//! What the peer said and this role has not read.

use std::collections::VecDeque;
use std::time::Duration;

use crate::framing::Progress;

/// Datagrams that wait to be read, at most: further ones are lost, as datagrams are.
const DATAGRAMS_MAX: usize = 64;
/// A buffer larger than this is given back when it is empty.
const KEPT_BYTES_MAX: usize = 4096;

/// Bytes of a stream, or datagrams.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    bytes: Vec<u8>,
    start: usize,
    /// How far the search for the end of the first message has come.
    pub(super) progress: Progress,
    /// The peer sends no more.
    pub(super) ended: bool,
    datagrams: VecDeque<Vec<u8>>,
    /// Since when a chunk that may be the beginning of a message waits for the rest.
    pub(super) settling: Option<Duration>,
    /// The length at which that chunk was last tried.
    pub(super) tried: usize,
}

impl Inbox {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn push_datagram(&mut self, datagram: &[u8]) {
        if self.datagrams.len() < DATAGRAMS_MAX {
            self.datagrams.push_back(datagram.to_vec());
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    pub(super) fn datagram(&self) -> Option<&[u8]> {
        self.datagrams.front().map(Vec::as_slice)
    }

    /// Where the next message lies: in the first datagram, or in the bytes.
    pub(super) fn message(&self) -> &[u8] {
        self.datagram().unwrap_or(self.bytes())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes().is_empty() && self.datagrams.is_empty()
    }

    /// Takes everything away: the bytes at hand, each datagram.
    pub(super) fn empty(&mut self) -> Vec<Vec<u8>> {
        let datagrams = std::mem::take(&mut self.datagrams);
        let bytes = self.bytes().to_vec();
        self.take(bytes.len());
        Some(bytes).filter(|bytes| !bytes.is_empty()).into_iter().chain(datagrams).collect()
    }

    /// Takes a message away: the first datagram, or so many bytes.
    pub(super) fn take(&mut self, bytes: usize) {
        if self.datagrams.pop_front().is_some() {
            return;
        }
        self.start += bytes;
        self.progress = Progress::default();
        self.settling = None;
        self.tried = 0;
        if self.start == self.bytes.len() {
            self.start = 0;
            self.bytes.clear();
            if self.bytes.capacity() > KEPT_BYTES_MAX {
                self.bytes = Vec::new();
            }
        }
    }
}
