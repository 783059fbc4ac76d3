//! What is said becomes segments, as the manner has it.

use std::time::Duration;

use net::{Heard, Probe};
use tokio::time::Instant;

use super::super::kernel::unread_by;
use super::super::trace::Event;
use super::talker::Talker;
use super::{Aftermath, Ahead, Break, End, Hold};

/// How long the program has to read a segment before the next is written.
const READ_MAX: Duration = Duration::from_millis(80);
/// How long after it has read it: to come back to its next read.
const SETTLE: Duration = Duration::from_millis(3);
/// The same where it cannot be seen whether it has read.
const BLIND_SETTLE: Duration = Duration::from_millis(20);
/// The pause before a write that must not share a read with the one before it.
const GAP: Duration = Duration::from_millis(20);

impl Talker<'_> {
    /// Writes what was said, message by message.
    pub(super) async fn deliver(&mut self, out: &mut Vec<u8>) -> Result<(), End> {
        if std::mem::take(&mut self.apart) && !out.is_empty() && self.ahead.is_empty() {
            self.settle().await;
            tokio::time::sleep(GAP).await;
        }
        let bytes = std::mem::take(out);
        let borders = std::mem::take(&mut self.borders);
        let mut start = 0;
        let rest = (bytes.len() > borders.last().copied().unwrap_or(0)).then_some(bytes.len());
        for end in borders.into_iter().chain(rest) {
            if end == start && !self.in_units() {
                continue;
            }
            let index = self.talk.sent;
            self.talk.sent += 1;
            self.message(index, &bytes[start..end]).await?;
            start = end;
        }
        Ok(())
    }

    async fn message(&mut self, index: usize, bytes: &[u8]) -> Result<(), End> {
        if let Some(pause) = self.part.manner.slow {
            tokio::time::sleep(pause).await;
        }
        if let Some((at, hold)) = self.part.manner.hold.clone()
            && at == index
        {
            return self.stand_still(&hold, bytes).await;
        }
        if let Some((at, how)) = self.part.manner.break_off.clone()
            && at == index
        {
            let wire = self.seal(bytes)?;
            return Err(self.break_off(&how, &wire).await);
        }
        let ahead = self.part.manner.ahead.clone().filter(|ahead| ahead.first == index);
        let ends =
            self.part.manner.half_close_after.is_some_and(|after| after == index + 1 || ahead.is_some());
        if ends {
            self.probe.write_with_end();
        }
        if let Some(ahead) = ahead {
            self.write_ahead(ahead).await?;
            if self.part.manner.half_close_after.is_some() {
                self.half_close().await?;
            }
        }
        if !self.ahead.is_empty() {
            return self.said_before(bytes).await;
        }
        let other = self.part.manner.instead.iter().find(|(at, _)| *at == index);
        let text = other.map_or_else(|| bytes.to_vec(), |(_, other)| other.clone());
        let key = std::mem::take(&mut self.key);
        let bytes = [key.clone(), self.seal(&text)?].concat();
        let text = [key, text].concat();
        let cuts: Vec<usize> = if self.part.manner.bytewise {
            (1..bytes.len()).collect()
        } else {
            let here = self.part.manner.cuts.iter().filter(|(message, _)| *message == index);
            here.flat_map(|(_, cuts)| cuts.iter().copied()).collect()
        };
        if cuts.is_empty() {
            self.write_as(&bytes, &text).await?;
        } else {
            self.write_in_pieces(&bytes, &cuts).await?;
        }
        if self.part.manner.double == Some(index) {
            self.write(&bytes).await?;
        }
        if self.part.manner.half_close_after == Some(index + 1) {
            self.half_close().await?;
        }
        Ok(())
    }

    async fn half_close(&mut self) -> Result<(), End> {
        self.trace.note(Event::WeHalfClosed);
        self.probe.half_close().await.map_err(|error| End::Lost(error.to_string()))
    }

    /// Stops before a message, or in its middle where that is no matter, until others are done.
    async fn stand_still(&mut self, hold: &Hold, bytes: &[u8]) -> Result<(), End> {
        let wire = self.seal(bytes)?;
        let first = if hold.in_message { wire.len() / 2 } else { 0 };
        if first > 0 {
            self.write(&wire[..first]).await?;
            self.settle().await;
        }
        hold.reached.notify_one();
        hold.go.notified().await;
        if first > 0 { self.write(&wire[first..]).await } else { self.write_as(&wire, bytes).await }
    }

    async fn write_ahead(&mut self, ahead: Ahead) -> Result<(), End> {
        let mut wire = std::mem::take(&mut self.key);
        let mut last = 0;
        for text in &ahead.writes {
            let sealed = self.seal(text)?;
            last = sealed.len();
            wire.extend(sealed);
        }
        let held = if ahead.half { last / 2 } else { 0 };
        self.held = wire.split_off(wire.len() - held);
        self.ahead = ahead.writes.concat();
        let text = if held == 0 { self.ahead.clone() } else { wire.clone() };
        self.write_as(&wire, &text).await
    }

    /// A message of which all or the beginning was written ahead.
    async fn said_before(&mut self, bytes: &[u8]) -> Result<(), End> {
        if !self.ahead.starts_with(bytes) {
            let why = "what we say depends on what the program says: nothing can be written ahead";
            return Err(End::NotPlayed(why.to_owned()));
        }
        self.ahead.drain(..bytes.len());
        if self.ahead.is_empty() && !self.held.is_empty() {
            let held = std::mem::take(&mut self.held);
            self.write(&held).await?;
        }
        Ok(())
    }

    pub(super) async fn break_off(&mut self, how: &Break, wire: &[u8]) -> End {
        let written = match how {
            Break::Reset | Break::Close => self.write(&wire[..(wire.len() / 2).max(1).min(wire.len())]).await,
            Break::Nothing => Ok(()),
            Break::Strange(text) | Break::Odd(text) => match self.seal(text) {
                Ok(strange) => self.write_as(&strange, text).await,
                Err(end) => Err(end),
            },
            Break::Raw(bytes) => self.write(bytes).await,
        };
        if let Err(end) = written {
            return end;
        }
        let patience = self.part.patience;
        match how {
            Break::Reset | Break::Close => {
                self.settle().await;
                End::BrokenOff(Aftermath::Unwatched)
            }
            Break::Nothing => End::BrokenOff(Aftermath::Unwatched),
            Break::Odd(_) => End::BrokenOff(self.aftermath(patience).await),
            // Where no answer is due a part of the patience is enough.
            Break::Strange(_) | Break::Raw(_) => End::BrokenOff(self.aftermath(patience / 4).await),
        }
    }

    /// What the program does after something strange, for so long.
    async fn aftermath(&mut self, within: Duration) -> Aftermath {
        let Ok(heard) = tokio::time::timeout(within, self.probe.hear()).await else {
            return Aftermath::Silence;
        };
        self.trace.heard(&heard);
        match heard {
            Heard::Bytes(bytes) | Heard::Stranger { bytes, .. } => Aftermath::Answered(bytes),
            Heard::Garbled { bytes, .. } => Aftermath::Answered(bytes),
            Heard::End => Aftermath::Closed,
            Heard::Reset => Aftermath::Reset,
        }
    }

    /// A message as it goes over the wire.
    fn seal(&self, message: &[u8]) -> Result<Vec<u8>, End> {
        self.probe.seal(message).map_err(|error| End::NotPlayed(error.to_string()))
    }

    /// Writes segments that end here, each when the program has read the one before it.
    pub(super) async fn write_in_pieces(&mut self, bytes: &[u8], cuts: &[usize]) -> Result<(), End> {
        let mut start = 0;
        let deadline = Instant::now() + self.part.patience;
        for end in cuts.iter().copied().filter(|cut| *cut < bytes.len()) {
            // On a busy machine pieces take their time, and a program need not wait for ever for the whole.
            if Instant::now() >= deadline {
                break;
            }
            self.write(&bytes[start..end]).await?;
            self.settle().await;
            start = end;
        }
        self.write(&bytes[start..]).await
    }

    /// Writes one segment. What comes meanwhile is not lost: it waits in the system.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), End> {
        self.write_as(bytes, bytes).await
    }

    /// As [`Self::write`]; people are shown `text`, which is what the bytes say.
    async fn write_as(&mut self, bytes: &[u8], text: &[u8]) -> Result<(), End> {
        self.trace.note(Event::Wrote(text.to_vec()));
        match tokio::time::timeout(self.part.patience, self.probe.write(bytes)).await {
            // That it is gone is what the next read tells.
            Ok(_) => Ok(()),
            Err(_) => Err(End::Lost(format!("the program took nothing for {:?}", self.part.patience))),
        }
    }

    async fn settle(&self) {
        settle(self.probe).await;
    }
}

/// Waits until the program has read what was written, where that can be seen, and came back to its next read.
pub(in super::super) async fn settle(probe: &Probe) {
    let unread = || probe.ends().and_then(|(ours, theirs)| unread_by(theirs, ours));
    if unread().is_none() {
        tokio::time::sleep(BLIND_SETTLE).await;
        return;
    }
    let deadline = Instant::now() + READ_MAX;
    while unread().is_some_and(|unread| unread > 0) && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tokio::time::sleep(SETTLE).await;
}
