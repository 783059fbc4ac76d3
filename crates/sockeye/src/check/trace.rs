//! What happened in one conversation with the program, as it happened.

use std::time::Duration;

use net::Heard;
use tokio::time::Instant;

/// Bytes of one event that are kept.
const EVENT_BYTES_MAX: usize = 4096;
/// Events that are kept.
const EVENTS_MAX: usize = 400;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// The connection stands.
    Connected,
    /// It could not be made.
    Refused(String),
    /// We wrote: a segment, or a datagram.
    Wrote(Vec<u8>),
    /// The program wrote.
    Heard(Vec<u8>),
    /// The program wrote its key.
    Key(Vec<u8>),
    /// The program wrote what is no encrypted block, where one was due.
    Garbled(Vec<u8>),
    /// Somebody else wrote.
    Stranger(Vec<u8>),
    /// The program sends no more.
    TheyClosed,
    /// The program reset the connection.
    TheyReset,
    /// We send no more and still read.
    WeHalfClosed,
    /// We closed.
    WeClosed,
    /// We reset the connection.
    WeReset,
    /// Nothing came for so long.
    Silence(Duration),
    /// A line was typed at the program's terminal.
    Typed(String),
}

/// An event and when it was, since the case began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) at: Duration,
    pub(super) event: Event,
    /// The whole length, where the bytes were cut short, bytes.
    pub(super) bytes: usize,
}

/// Everything that happened.
#[derive(Debug, Clone)]
pub(super) struct Trace {
    begun: Instant,
    pub(super) moments: Vec<Moment>,
}

impl Trace {
    pub(super) fn new() -> Self {
        Self { begun: Instant::now(), moments: Vec::new() }
    }

    pub(super) fn note(&mut self, mut event: Event) {
        if self.moments.len() >= EVENTS_MAX {
            return;
        }
        let mut length = 0;
        if let Event::Wrote(bytes)
        | Event::Heard(bytes)
        | Event::Key(bytes)
        | Event::Garbled(bytes)
        | Event::Stranger(bytes) = &mut event
        {
            length = bytes.len();
            bytes.truncate(EVENT_BYTES_MAX);
        }
        self.moments.push(Moment { at: self.begun.elapsed(), event, bytes: length });
    }

    pub(super) fn heard(&mut self, heard: &Heard) {
        self.note(match heard {
            Heard::Bytes(bytes) => Event::Heard(bytes.clone()),
            Heard::Garbled { bytes, .. } => Event::Garbled(bytes.clone()),
            Heard::Stranger { bytes, .. } => Event::Stranger(bytes.clone()),
            Heard::End => Event::TheyClosed,
            Heard::Reset => Event::TheyReset,
        });
    }

    /// What the program said, a read each.
    pub(super) fn came(&self) -> impl Iterator<Item = &[u8]> {
        self.moments.iter().filter_map(|moment| match &moment.event {
            Event::Heard(bytes) => Some(bytes.as_slice()),
            _ => None,
        })
    }

    /// What we wrote, a write each.
    pub(super) fn wrote(&self) -> Vec<Vec<u8>> {
        let wrote = self.moments.iter().filter_map(|moment| match &moment.event {
            Event::Wrote(bytes) => Some(bytes.clone()),
            _ => None,
        });
        wrote.collect()
    }

    /// Whether the program closed or reset.
    pub(super) fn they_ended(&self) -> bool {
        self.moments.iter().any(|moment| matches!(moment.event, Event::TheyClosed | Event::TheyReset))
    }
}
