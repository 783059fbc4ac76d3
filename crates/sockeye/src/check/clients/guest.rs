//! One client at work: it is started, connects, talks, ends, and has shown what it should.

use std::process::ExitStatus;
use std::time::Duration;

use convo::cases::{Cutting, Said};
use convo::{Convo, Role};
use net::{Heard, Probe, Probes};
use tokio::time::Instant;

use super::super::case::{Failure, Symptom, Way};
use super::super::judge::{self, Ruling};
use super::super::program::{self, Program};
use super::super::talk::{self, End, Talk, Typed};
use super::super::trace::{Event, Trace};
use super::shown;
use crate::report::{Exit, Failure as Trouble, visible};

/// How long a client has to connect.
const CONNECT_MAX: Duration = Duration::from_secs(15);
/// How long a client waits for a lost datagram before it is said to wait for ever.
const LOST_MAX: Duration = Duration::from_secs(12);
/// How often it is looked whether a client that does not connect has ended.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long a client has to end before the end of its input is typed once more: it may have just begun to read.
const END_AGAIN: Duration = Duration::from_millis(300);

/// A client at work.
pub(super) struct Guest {
    pub(super) program: Program,
    pub(super) trace: Trace,
}

impl Guest {
    /// Starts it.
    ///
    /// # Errors
    /// The command cannot be started.
    pub(super) fn start(command: &str) -> Result<Self, Trouble> {
        let program = Program::start(command)
            .map_err(|error| Trouble::new(Exit::Network, format!("cannot start `{command}`: {error}")))?;
        Ok(Self { program, trace: Trace::new() })
    }

    /// Types a line, as its person would.
    pub(super) async fn types(&mut self, line: &str) {
        self.trace.note(Event::Typed(line.to_owned()));
        self.program.types(line).await;
    }

    /// Its connection; or why there is none, in words that follow "the client".
    pub(super) async fn connects(&mut self, probes: &Probes) -> Result<Probe, String> {
        let deadline = Instant::now() + CONNECT_MAX;
        loop {
            match tokio::time::timeout(LOOK_EVERY, probes.accept()).await {
                Ok(Ok(probe)) => {
                    self.trace.note(Event::Connected);
                    return Ok(probe);
                }
                Ok(Err(error)) => return Err(format!("cannot be accepted: {error}")),
                Err(_) => {}
            }
            if let Some(status) = self.program.ended() {
                // It may have come, said all and gone since the last look.
                if let Ok(Ok(probe)) = tokio::time::timeout(LOOK_EVERY, probes.accept()).await {
                    self.trace.note(Event::Connected);
                    return Ok(probe);
                }
                self.program.drain().await;
                let output = self.program.output();
                let last = output.trim_end().lines().last().unwrap_or("nothing");
                return Err(format!("does not connect: {}; its last line: {last}", program::tell(status)));
            }
            if Instant::now() >= deadline {
                return Err(format!("does not connect within {CONNECT_MAX:?}"));
            }
        }
    }

    /// After a conversation that must have gone well: it said what was typed, ends, and has shown what it was told.
    pub(super) async fn talked(
        &mut self,
        probe: Probe,
        convo: &Convo,
        way: &Way,
        talk: &Talk,
        patience: Duration,
    ) -> Ruling {
        if let Some(failure) = self.fault(talk).await {
            return Ruling::failed(failure);
        }
        if let End::NotPlayed(why) = &talk.end {
            return Ruling::Undecided(why.clone());
        }
        if self.said_too_little(way, talk).is_some() {
            // What it says of that, if it ends on it.
            self.hear_out().await;
        }
        if let Some(failure) = self.said_too_little(way, talk) {
            return Ruling::failed(failure);
        }
        if let Some((line, what)) = shown::says_leaving(way, &talk.heard) {
            return Ruling::failed(self.failure(Symptom::SaysLeaving, line, what));
        }
        if let Some((line, what)) = shown::typed_otherwise(way, &talk.heard) {
            return Ruling::failed(self.failure(Symptom::Differs, line, what));
        }
        drop(probe);
        let ruling = self.ends("after the conversation is over", patience).await;
        if !matches!(ruling, Ruling::Pass) {
            return ruling;
        }
        self.program.drain().await;
        let output = self.program.screen();
        if let Some((line, what)) = shown::missing(convo, way, &output) {
            let mut failure = self.failure(Symptom::NotShown, line, what);
            // Without any `C>` line the convo does not ask for it.
            failure.mild = !convo.program(Role::Client).shows();
            return Ruling::failed(failure);
        }
        if let Some((line, what)) = shown::shortened(way, &output) {
            let mut failure = self.failure(Symptom::Shortened, line, what);
            failure.mild = true;
            return Ruling::failed(failure);
        }
        Ruling::Pass
    }

    /// After a conversation that went well: it has shown what the convo has it show in any case.
    pub(super) fn shows_texts(&self, way: &Way) -> Ruling {
        let Some((line, what, said)) = shown::omitted(way, &self.program.screen()) else {
            return Ruling::Pass;
        };
        let mut failure = self.failure(Symptom::Omitted, line, what);
        // In what words it tells its person what happened is its own affair.
        failure.mild = !said;
        Ruling::failed(failure)
    }

    /// The new connection of a client that has left and whose person says this next, if it makes one.
    pub(super) async fn comes_again(
        &mut self,
        probes: &Probes,
        lines: &[Typed],
        patience: Duration,
    ) -> Option<Probe> {
        for (_, _, line) in lines {
            self.types(line).await;
        }
        let again = tokio::select! {
            biased;
            again = tokio::time::timeout(patience, probes.accept()) => again.ok()?.ok()?,
            () = self.program.over() => return None,
        };
        self.trace.note(Event::Connected);
        Some(again)
    }

    /// How many lines were typed.
    pub(super) fn typed(&self) -> usize {
        self.trace.moments.iter().filter(|moment| matches!(moment.event, Event::Typed(_))).count()
    }

    /// What is missing of what it had to say.
    fn said_too_little(&self, way: &Way, talk: &Talk) -> Option<Failure> {
        let next = way.rehearsal.client_said().nth(talk.heard.len())?;
        let what = format!("expected \"{}\", the client says no more", visible::in_log(&next.text));
        let begun = self.last_heard().is_some_and(|bytes| {
            matches!(next.cutting, Cutting::Lines | Cutting::LinesCrlf) && !bytes.ends_with(b"\n")
        });
        let symptom = if begun { Symptom::Unfinished } else { Symptom::Silent };
        Some(self.failure(symptom, next.line, what))
    }

    /// It ends, and not by a signal.
    pub(super) async fn ends(&mut self, when: &str, within: Duration) -> Ruling {
        self.program.types_end().await;
        let deadline = Instant::now() + within + Duration::from_secs(1);
        loop {
            if self.program.end(END_AGAIN).await.is_some() {
                return self.ended_well(when).await;
            }
            if Instant::now() >= deadline {
                self.trace.note(Event::Silence(within));
                let what = format!("the client still runs {when}");
                return Ruling::failed(self.failure(Symptom::Stays, 0, what));
            }
            self.program.types_end().await;
        }
    }

    /// What has ended did so by itself.
    async fn ended_well(&mut self, when: &str) -> Ruling {
        self.program.drain().await;
        let Some(how) = self.program.ended().map(program::tell) else { return Ruling::Pass };
        if !how.contains("signal") && !self.program.output().contains("panicked at") {
            return Ruling::Pass;
        }
        let what = format!("the client does not survive: {how} {when}");
        let mut failure = self.failure(Symptom::Died, 0, what);
        failure.death.get_or_insert(how);
        Ruling::failed(failure)
    }

    /// Whether it shows an empty answer although its server has left without one, and finds nothing wrong with that.
    pub(super) async fn shows_nothing_as_answer(&mut self, way: &Way) -> Option<Failure> {
        // What it says of that comes after what it shows, or before.
        self.program.at_rest().await;
        let output = self.program.screen();
        let line = shown::nothing_as_answer(way, &output)?;
        if shown::notices(&output) {
            return None;
        }
        let what = format!("we closed without a word, and the client shows \"{}\"", visible::on_line(&line));
        let mut failure = self.failure(Symptom::Believes, 0, what);
        failure.mild = true;
        Some(failure)
    }

    /// It does not wait for ever for a datagram that is lost. What it says once more is answered once more.
    pub(super) async fn gives_up(&mut self, mut probe: Probe, way: &Way) -> Ruling {
        let lost = way.rehearsal.server_said().last().map(Said::wire).unwrap_or_default();
        let asks_again = async {
            while !matches!(probe.hear().await, Heard::Bytes(_)) {}
            // A datagram that cannot be sent is one that is lost.
            let _ = probe.write(&lost).await;
        };
        let when = "long after the answer was lost: UDP may lose any datagram, and the convo does not say what its \
                    client does then";
        tokio::select! {
            biased;
            () = asks_again => self.ends("after it has asked again and was answered", LOST_MAX).await,
            ruling = self.ends(when, LOST_MAX) => ruling,
        }
    }

    /// It does not die of garbage; whether it waits on is its own affair.
    pub(super) async fn survives(&mut self, probe: Probe, patience: Duration) -> Ruling {
        let ended = self.program.end(patience / 2).await;
        drop(probe);
        match ended {
            Some(_) => self.ended_well("after garbage").await,
            None => Ruling::Pass,
        }
    }

    /// One that verifies says something else when a value is wrong than when it is right.
    pub(super) async fn notices(
        &mut self,
        way: &Way,
        right: &str,
        wrong: &str,
        patience: Duration,
    ) -> Ruling {
        let ended = self.ends("after its server has left", patience).await;
        if matches!(&ended, Ruling::Failed(failure) if failure.symptom == Symptom::Died) {
            return ended;
        }
        self.program.drain().await;
        let output = self.program.screen();
        let refused = self.program.ended().is_some_and(|status| !program::is_content(status));
        if refused || shown::notices(&output) {
            return Ruling::Pass;
        }
        let what = if output.contains(wrong) {
            format!("the client shows {wrong} where {right} is right, and finds nothing wrong with it")
        } else if shown::stands_alone(&output, right) {
            format!("the client shows {right} although we said {wrong}, and finds nothing wrong with it")
        } else {
            return Ruling::Pass;
        };
        let line = way.rehearsal.server_said().next().map_or(0, |said| said.line);
        Ruling::failed(self.failure(Symptom::Believes, line, what))
    }

    /// What somebody else said is not taken for its server's.
    pub(super) fn ignored(&self, bytes: &[u8]) -> Ruling {
        if !self.program.screen().contains(&*String::from_utf8_lossy(bytes)) {
            return Ruling::Pass;
        }
        let what = "the client takes a datagram of somebody else for its server's";
        Ruling::failed(self.failure(Symptom::Believes, 0, what))
    }

    /// One that hears that the server is busy says so and ends.
    pub(super) async fn hears_busy(
        &mut self,
        mut probe: Probe,
        message: &[u8],
        patience: Duration,
    ) -> Ruling {
        self.trace.note(Event::Wrote(message.to_vec()));
        // A client that is gone already hears nothing.
        let _ = probe.write(message).await;
        talk::settle(&probe).await;
        let half = probe.half_close().await;
        self.trace.note(Event::WeClosed);
        if half.is_ok()
            && let Ok(heard) = tokio::time::timeout(patience / 4, probe.hear()).await
        {
            self.trace.heard(&heard);
        }
        drop(probe);
        let ruling = self.ends("after it was told that the server is busy", patience).await;
        if !matches!(ruling, Ruling::Pass) {
            return ruling;
        }
        let output = self.program.screen();
        if output.contains(String::from_utf8_lossy(message).trim()) || output.to_lowercase().contains("busy")
        {
            return Ruling::Pass;
        }
        let what =
            "the client does not say that the server is busy: it takes the busy message for another one";
        let mut failure = self.failure(Symptom::Busy, 0, what);
        failure.mild = true;
        Ruling::failed(failure)
    }

    /// Ends it and all that it started.
    pub(super) async fn leave(self) {
        self.program.kill().await;
    }

    /// What went wrong in the conversation, if anything did.
    pub(super) async fn fault(&mut self, talk: &Talk) -> Option<Failure> {
        let (kind, line, what) = match &talk.end {
            End::Broke(violation) => {
                (judge::symptom(violation)?, violation.line, judge::plain(&violation.text))
            }
            End::Lost(why) => (Symptom::Silent, 0, why.clone()),
            End::Good(_) | End::Stop | End::NotPlayed(_) | End::BrokenOff(_) => return None,
        };
        let ended = self.hear_out().await;
        let mut failure = self.failure(kind, line, what);
        if let Some(status) = ended.filter(|status| !program::is_content(*status)) {
            failure.death.get_or_insert(program::tell(status));
        }
        Some(failure)
    }

    /// Lets it say all that it has to say, and end, if it is about to; how it ended.
    async fn hear_out(&mut self) -> Option<ExitStatus> {
        let mut ended = self.program.end(Duration::from_millis(250)).await;
        if ended.is_none() {
            self.program.at_rest().await;
            ended = self.program.ended();
        }
        if ended.is_some() {
            // Why it ended is the last that it says.
            self.program.drain().await;
        }
        ended
    }

    /// What it said last.
    fn last_heard(&self) -> Option<&[u8]> {
        self.trace.came().last()
    }

    /// Something that went wrong, with all that was seen.
    pub(super) fn failure(&self, symptom: Symptom, line: usize, what: impl Into<String>) -> Failure {
        Failure {
            symptom,
            line,
            what: what.into(),
            trace: self.trace.clone(),
            output: self.program.output(),
            death: self.program.exceeded(),
            mild: false,
        }
    }
}
