//! What is said becomes segments, as the manner has it.

use std::time::Duration;

use convo::Link;
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
/// Less than an encrypted block, which has 128 bytes at least.
const PART_OF_BLOCK_BYTES: usize = 64;

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
            if end == start && self.part.link == Link::Stream {
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
            return Err(self.break_off(&how, bytes).await);
        }
        if let Some(Ahead { first, bytes: all }) = self.part.manner.ahead.clone()
            && first == index
        {
            self.ahead = all.clone();
            self.write(&all).await?;
            if self.part.manner.half_close_after.is_some() {
                self.half_close().await?;
            }
        }
        if !self.ahead.is_empty() {
            return self.said_before(bytes).await;
        }
        let other = self.part.manner.instead.iter().find(|(at, _)| *at == index);
        let bytes = other.map_or_else(|| bytes.to_vec(), |(_, other)| other.clone());
        let mut cuts: Vec<usize> = if self.part.manner.bytewise {
            (1..bytes.len()).collect()
        } else {
            let here = self.part.manner.cuts.iter().filter(|(message, _)| *message == index);
            here.flat_map(|(_, cuts)| cuts.iter().copied()).filter(|cut| *cut < bytes.len()).collect()
        };
        cuts.push(bytes.len());
        let mut start = 0;
        let deadline = Instant::now() + self.part.patience;
        for (number, end) in cuts.into_iter().enumerate() {
            if number > 0 && start == bytes.len() {
                break;
            }
            if number > 0 {
                self.settle().await;
            }
            // On a busy machine pieces take their time, and a program need not wait for ever for the whole.
            let end = if Instant::now() < deadline { end } else { bytes.len() };
            self.write(&bytes[start..end]).await?;
            start = end;
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
        // The halves of an encrypted block cannot be written apart.
        let first = if hold.in_message && !self.secured() { bytes.len() / 2 } else { 0 };
        if first > 0 {
            self.write(&bytes[..first]).await?;
            self.settle().await;
        }
        hold.reached.notify_one();
        hold.go.notified().await;
        self.write(&bytes[first..]).await
    }

    /// A message of which all or the beginning was written ahead.
    async fn said_before(&mut self, bytes: &[u8]) -> Result<(), End> {
        let common = bytes.len().min(self.ahead.len());
        if self.ahead[..common] != bytes[..common] {
            let why = "what we say depends on what the program says: nothing can be written ahead";
            return Err(End::NotPlayed(why.to_owned()));
        }
        self.ahead.drain(..common);
        let rest = bytes[common..].to_vec();
        if !rest.is_empty() {
            self.write(&rest).await?;
        }
        Ok(())
    }

    async fn break_off(&mut self, how: &Break, bytes: &[u8]) -> End {
        match how {
            Break::Reset | Break::Close => {
                if let Err(end) = self.write_half(bytes).await {
                    return end;
                }
                self.settle().await;
                End::BrokenOff(Aftermath::Unwatched)
            }
            Break::Nothing => End::BrokenOff(Aftermath::Unwatched),
            Break::Strange(strange) | Break::Odd(strange) => {
                if let Err(end) = self.write(strange).await {
                    return end;
                }
                let patience = self.part.patience;
                // Where no answer is due a part of the patience is enough.
                let within = if matches!(how, Break::Odd(_)) { patience } else { patience / 4 };
                End::BrokenOff(self.aftermath(within).await)
            }
        }
    }

    async fn write_half(&mut self, bytes: &[u8]) -> Result<(), End> {
        if !self.secured() {
            return self.write(&bytes[..(bytes.len() / 2).max(1).min(bytes.len())]).await;
        }
        // Half a message would come as a whole block.
        let block = vec![b'x'; PART_OF_BLOCK_BYTES];
        // That the program is gone is what the next read tells.
        let _ = self.probe.write_some(&block);
        self.trace.note(Event::Wrote(block));
        Ok(())
    }

    /// What the program does after something strange, for so long.
    async fn aftermath(&mut self, within: Duration) -> Aftermath {
        let Ok(heard) = tokio::time::timeout(within, self.probe.hear()).await else {
            return Aftermath::Silence;
        };
        self.trace.heard(&heard);
        match heard {
            Heard::Bytes(bytes) | Heard::Stranger { bytes, .. } => Aftermath::Answered(bytes),
            Heard::End => Aftermath::Closed,
            Heard::Reset => Aftermath::Reset,
        }
    }

    /// Writes one segment. What comes meanwhile is not lost: it waits in the system.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), End> {
        self.trace.note(Event::Wrote(bytes.to_vec()));
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
