//! Clients under test: we are their server, and type what their person would.
//!
//! ```text
//! start ─ type what is asked before connecting ─ accept ─ talk ─ end the input ─ it ends ─ look what it showed
//! ```

mod shown;

use std::time::Duration;

use convo::cases::{Cutting, Rehearsal};
use convo::{Convo, Link, Role, Transport};
use net::{Keys, Probe, Probes};
use tokio::time::Instant;

use super::case::{Act, Case, Failure, Outcome, Symptom, Trick, Verdict, Way};
use super::judge::{Ruling, hangs_on_time, symptom};
use super::program::{self, Program};
use super::run::{ALL_MAX, Rigour, Tally, skipped};
use super::talk::{Aftermath, Break, End, Manner, Part, Talk, is_whole};
use super::trace::{Event, Trace};
use crate::report::{Exit, Failure as Trouble};

/// How long a client has to connect.
const CONNECT_MAX: Duration = Duration::from_secs(15);
/// How long a client waits for a lost datagram before it is said to wait for ever.
const LOST_MAX: Duration = Duration::from_secs(12);

/// What every client case needs.
#[derive(Debug)]
pub(super) struct Desk<'a> {
    pub(super) convo: &'a Convo,
    pub(super) link: Link,
    pub(super) command: String,
    pub(super) patience: Duration,
    pub(super) keys: Keys,
    pub(super) seed: u64,
}

/// A client at work.
struct Guest {
    program: Program,
    trace: Trace,
}

impl Desk<'_> {
    /// Runs all cases; `told` is called after each.
    ///
    /// # Errors
    /// The command cannot be started, its port is taken, or the client never connects.
    pub(super) async fn run(
        &self,
        cases: Vec<Case>,
        rigour: Rigour,
        mut told: impl FnMut(&Outcome),
    ) -> Result<Vec<Outcome>, Trouble> {
        let begun = Instant::now();
        let mut tally = Tally::new(rigour);
        let mut outcomes: Vec<Outcome> = Vec::new();
        let mut plain_fails = 0;
        for case in cases {
            let walk = case.kind == "walk";
            let reason = if begun.elapsed() > ALL_MAX {
                Some("the time for the whole check was used up".to_owned())
            } else if !walk && plain_fails > 0 && !outcomes.iter().any(|one| one.verdict == Verdict::Pass) {
                Some("the plain conversations fail already".to_owned())
            } else {
                tally.alike(&case)
            };
            let outcome = match reason {
                Some(reason) => skipped(case, &reason),
                None => self.case(&mut tally, case, outcomes.is_empty()).await?,
            };
            plain_fails += usize::from(walk && outcome.verdict == Verdict::Fail);
            told(&outcome);
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    async fn case(&self, tally: &mut Tally, case: Case, first: bool) -> Result<Outcome, Trouble> {
        let begun = Instant::now();
        let mut ruling = self.attempt(&case, first).await?;
        if let Ruling::Failed(failure) = &ruling
            && hangs_on_time(failure.symptom)
            && tally.is_first(&case, failure)
        {
            ruling = self.repeated(&case).await?;
        }
        Ok(tally.outcome(case, ruling, begun.elapsed()))
    }

    async fn repeated(&self, case: &Case) -> Result<Ruling, Trouble> {
        let again = self.attempt(case, false).await?;
        if matches!(again, Ruling::Failed(_)) {
            return Ok(again);
        }
        Ok(match self.attempt(case, false).await? {
            Ruling::Failed(failure) => {
                Ruling::Undecided(format!("it failed twice of three times: {}", failure.what))
            }
            other => other,
        })
    }

    async fn attempt(&self, case: &Case, first: bool) -> Result<Ruling, Trouble> {
        let Act::Client { way, manner, trick } = &case.act else {
            return Ok(Ruling::Skipped("this is a case for servers".to_owned()));
        };
        let transport = match self.link {
            Link::Stream => Transport::Tcp,
            Link::Datagram => Transport::Udp,
        };
        let free = self.command.contains("{port}");
        let port = if free { 0 } else { self.port()? };
        let probes = Probes::bind(transport, port).await.map_err(|error| {
            Trouble::new(Exit::Network, format!("cannot listen on port {port}: {error}")).hint(
                "end the program that has it, or write {port} in the command where the client takes its port",
            )
        })?;
        let port = probes.port().map_err(|error| Trouble::new(Exit::Network, error.to_string()))?;
        let command = self.command.replace("{port}", &port.to_string());
        let program = Program::start(&command)
            .map_err(|error| Trouble::new(Exit::Network, format!("cannot start `{command}`: {error}")))?;
        let mut guest = Guest { program, trace: Trace::new() };
        let typing = Part::typing_of(Role::Server, &way.rehearsal);
        let (before, after): (Vec<_>, Vec<_>) =
            typing.into_iter().partition(|(ours, theirs, _)| *ours == 0 && *theirs == 0);
        for (_, _, line) in before {
            guest.types(&line).await;
        }
        let ruling = match self.accept(&probes, &mut guest).await {
            Ok(probe) => self.play(&mut guest, probe, way, manner, trick, after).await,
            Err(why) if first => {
                return Err(Trouble::new(Exit::Network, format!("`{command}` {why}"))
                    .hint("it must connect to the convo's port here, or to the one that stands for {port}"));
            }
            Err(why) => {
                let what = format!("the client {why}");
                Ruling::failed(guest.failure(Symptom::Refused, 0, what))
            }
        };
        guest.program.kill().await;
        Ok(ruling)
    }

    fn port(&self) -> Result<u16, Trouble> {
        self.convo.listens().first().map(|listen| listen.port).ok_or_else(|| {
            Trouble::usage("the convo names no port")
                .hint("write {port} in the command where the client takes it")
        })
    }

    async fn accept(&self, probes: &Probes, guest: &mut Guest) -> Result<Probe, String> {
        let deadline = Instant::now() + CONNECT_MAX;
        loop {
            let tick = Instant::now() + Duration::from_millis(50);
            match tokio::time::timeout_at(tick, probes.accept()).await {
                Ok(Ok(probe)) => {
                    guest.trace.note(Event::Connected);
                    return Ok(probe);
                }
                Ok(Err(error)) => return Err(format!("cannot be accepted: {error}")),
                Err(_) => {}
            }
            if let Some(status) = guest.program.ended() {
                guest.program.drain().await;
                let output = guest.program.output();
                let last = output.trim_end().lines().last().unwrap_or("nothing");
                return Err(format!("does not connect: {}; its last line: {last}", program::tell(status)));
            }
            if Instant::now() >= deadline {
                return Err(format!("does not connect within {CONNECT_MAX:?}"));
            }
        }
    }

    async fn play(
        &self,
        guest: &mut Guest,
        mut probe: Probe,
        way: &Way,
        manner: &Manner,
        trick: &Trick,
        typing: Vec<(u64, u64, String)>,
    ) -> Ruling {
        if let Trick::Busy(message) = trick {
            return self.busy(guest, probe, message).await;
        }
        if let Trick::Stranger(bytes) = trick {
            // A stranger that cannot be heard is none.
            let _ = probe.write_from_elsewhere(bytes).await;
            guest.trace.note(Event::Wrote(bytes.clone()));
        }
        let part = Part {
            convo: self.convo,
            role: Role::Server,
            link: self.link,
            answers: &way.answers.server,
            manner,
            patience: self.patience,
            keys: &self.keys,
            seed: self.seed,
            values: Vec::new(),
            typing,
            ends_typing: Some(totals(&way.rehearsal)),
            whole: is_whole(&way.rehearsal),
        };
        let talk = part.talk(&mut probe, Some(&mut guest.program), &mut guest.trace).await;
        match trick {
            Trick::None | Trick::Stranger(_) => self.good(guest, probe, way, talk, trick).await,
            Trick::Leaves => {
                leave(probe, manner, &mut guest.trace);
                self.ends(guest, "after its server has left", self.patience).await
            }
            Trick::Silent => {
                let ruling =
                    self.ends(guest, "although the answer is lost: it waits for ever", LOST_MAX).await;
                drop(probe);
                ruling
            }
            Trick::Wrong { right, wrong } => {
                leave(probe, manner, &mut guest.trace);
                self.notices(guest, way, right, wrong).await
            }
            Trick::Busy(_) => Ruling::Pass,
        }
    }

    /// A conversation that must go well, and after which the client ends and has shown what it should.
    async fn good(&self, guest: &mut Guest, probe: Probe, way: &Way, talk: Talk, trick: &Trick) -> Ruling {
        if let Some(failure) = guest.fault(&talk).await {
            return Ruling::failed(failure);
        }
        if let End::NotPlayed(why) = &talk.end {
            return Ruling::Undecided(why.clone());
        }
        let wanted: Vec<_> = way.rehearsal.client_said().collect();
        if talk.heard.len() < wanted.len() {
            let next = wanted[talk.heard.len()];
            let what = format!(
                "expected \"{}\", the client says no more",
                crate::report::visible::in_log(&next.text)
            );
            let begun = guest.last_heard().is_some_and(|bytes| {
                matches!(next.cutting, Cutting::Lines | Cutting::LinesCrlf) && !bytes.ends_with(b"\n")
            });
            let symptom = if begun { Symptom::Unfinished } else { Symptom::Silent };
            return Ruling::failed(guest.failure(symptom, next.line, what));
        }
        if let Some((line, what)) = shown::typed_otherwise(way, &talk.heard) {
            return Ruling::failed(guest.failure(Symptom::Differs, line, what));
        }
        drop(probe);
        let ruling = self.ends(guest, "after the conversation is over", self.patience).await;
        if !matches!(ruling, Ruling::Pass) {
            return ruling;
        }
        guest.program.drain().await;
        let output = guest.program.output();
        if let Trick::Stranger(bytes) = trick
            && output.contains(&*String::from_utf8_lossy(bytes))
        {
            let what = "the client takes a datagram of somebody else for its server's";
            return Ruling::failed(guest.failure(Symptom::Believes, 0, what));
        }
        match shown::missing(way, &output) {
            Some((line, what)) => Ruling::failed(guest.failure(Symptom::NotShown, line, what)),
            None => Ruling::Pass,
        }
    }

    /// The client ends, and not by a signal.
    async fn ends(&self, guest: &mut Guest, when: &str, within: Duration) -> Ruling {
        guest.program.types_end().await;
        let deadline = Instant::now() + within + Duration::from_secs(1);
        loop {
            match guest.program.end(Duration::from_millis(300)).await {
                Some(status) => {
                    guest.program.drain().await;
                    let how = program::tell(status);
                    if how.contains("signal") || guest.program.output().contains("panicked at") {
                        let what = format!("the client does not survive: {how} {when}");
                        let mut failure = guest.failure(Symptom::Died, 0, what);
                        failure.death = Some(how);
                        return Ruling::failed(failure);
                    }
                    return Ruling::Pass;
                }
                None if Instant::now() < deadline => guest.program.types_end().await,
                None => {
                    guest.trace.note(Event::Silence(within));
                    let what = format!("the client still runs {when}");
                    return Ruling::failed(guest.failure(Symptom::Stays, 0, what));
                }
            }
        }
    }

    /// A client that verifies says something else when a value is wrong than when it is right.
    async fn notices(&self, guest: &mut Guest, way: &Way, right: &str, wrong: &str) -> Ruling {
        let ended = self.ends(guest, "after its server has left", self.patience).await;
        if matches!(&ended, Ruling::Failed(failure) if failure.symptom == Symptom::Died) {
            return ended;
        }
        guest.program.drain().await;
        let output = guest.program.output();
        let status = guest.program.ended();
        if status.is_some_and(|status| !program::is_content(status)) || !output.contains(wrong) {
            return Ruling::Pass;
        }
        if shown::notices(&output) {
            return Ruling::Pass;
        }
        let line = way.rehearsal.server_said().next().map_or(0, |said| said.line);
        let what =
            format!("the client shows {wrong} where {right} is right, and finds nothing wrong with it");
        Ruling::failed(guest.failure(Symptom::Believes, line, what))
    }

    /// A client that hears that the server is busy says so and ends.
    async fn busy(&self, guest: &mut Guest, mut probe: Probe, message: &[u8]) -> Ruling {
        guest.trace.note(Event::Wrote(message.to_vec()));
        // A client that is gone already hears nothing.
        let _ = probe.write(message).await;
        super::talk::settle(&probe).await;
        let half = probe.half_close().await;
        guest.trace.note(Event::WeClosed);
        if half.is_ok() {
            let heard = tokio::time::timeout(self.patience / 4, probe.hear()).await;
            if let Ok(heard) = &heard {
                guest.trace.heard(heard);
            }
        }
        drop(probe);
        let ruling = self.ends(guest, "after it was told that the server is busy", self.patience).await;
        if !matches!(ruling, Ruling::Pass) {
            return ruling;
        }
        let text = String::from_utf8_lossy(message);
        let output = guest.program.output();
        if output.contains(text.trim()) || output.to_lowercase().contains("busy") {
            return Ruling::Pass;
        }
        let what =
            "the client does not say that the server is busy: it takes the busy message for another one";
        let mut failure = guest.failure(Symptom::Busy, 0, what);
        failure.mild = true;
        Ruling::failed(failure)
    }
}

/// After so many messages of ours and of the client's its input ends.
fn totals(rehearsal: &Rehearsal) -> (u64, u64) {
    (rehearsal.server_said().count() as u64, rehearsal.client_said().count() as u64)
}

fn leave(probe: Probe, manner: &Manner, trace: &mut Trace) {
    if matches!(manner.break_off, Some((_, Break::Reset))) {
        trace.note(Event::WeReset);
        probe.reset();
    } else {
        trace.note(Event::WeClosed);
    }
}

impl Guest {
    async fn types(&mut self, line: &str) {
        self.trace.note(Event::Typed(line.to_owned()));
        self.program.types(line).await;
    }

    /// What went wrong in the conversation, if anything did.
    async fn fault(&mut self, talk: &Talk) -> Option<Failure> {
        let (kind, line, what) = match &talk.end {
            End::Broke(violation) => {
                (symptom(violation)?, violation.line, super::judge::plain(&violation.text))
            }
            End::Lost(why) => (Symptom::Silent, 0, why.clone()),
            End::Good(_) | End::Stop | End::NotPlayed(_) => return None,
            End::BrokenOff(Aftermath::Unwatched) | End::BrokenOff(_) => return None,
        };
        let ended = self.program.end(Duration::from_millis(250)).await;
        let mut failure = self.failure(kind, line, what);
        if let Some(status) = ended
            && !program::is_content(status)
        {
            failure.death = Some(program::tell(status));
        }
        Some(failure)
    }

    /// What it said last.
    fn last_heard(&self) -> Option<&[u8]> {
        self.trace.moments.iter().rev().find_map(|moment| match &moment.event {
            Event::Heard(bytes) => Some(bytes.as_slice()),
            _ => None,
        })
    }

    fn failure(&self, symptom: Symptom, line: usize, what: impl Into<String>) -> Failure {
        Failure {
            symptom,
            line,
            what: what.into(),
            trace: self.trace.clone(),
            output: self.program.output(),
            death: None,
            mild: false,
        }
    }
}
