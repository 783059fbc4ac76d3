//! Where a server stands while it is tested: an address, or a program that is started, watched and started again.

mod connection;
mod start;

use std::sync::Arc;
use std::time::Duration;

use convo::{Convo, Link};
use net::{Keys, Reach};
use tokio::time::Instant;

use super::case::{Failure, Symptom, Way};
use super::proc::{self, Kind};
use super::program::{self, Program};
use super::trace::Trace;
use crate::report::Failure as Trouble;
pub(super) use connection::{connect, note};
pub(super) use start::in_use;

/// A program that works for so long on end although little is asked of it hinders itself, and is started afresh.
const WORKING: Duration = Duration::from_secs(1);
/// How much of a processor that is, percent.
const WORKING_PERCENT: u128 = 80;
/// It is started afresh for that so often.
const WORKING_TIMES_MAX: usize = 12;
/// How often it is looked whether anything of a program is left.
const LEAVE_LOOK_EVERY: Duration = Duration::from_millis(4);
/// How long a program that is about to end is given for it, before it is taken for alive.
const DYING_MAX: Duration = Duration::from_millis(250);

/// What is tested.
#[derive(Debug, Clone)]
pub(super) enum Subject {
    /// A server that runs already.
    Address(Reach),
    /// A command that starts one.
    Command(String),
}

/// The place of the test.
#[derive(Debug)]
pub(super) struct Stand<'a> {
    pub(super) convo: &'a Convo,
    pub(super) link: Link,
    pub(super) subject: Subject,
    /// How long each answer may take.
    pub(super) patience: Duration,
    pub(super) keys: Keys,
    pub(super) seed: u64,
    pub(super) program: Option<Program>,
    reach: Option<Reach>,
    /// Said once, to the person.
    pub(super) notices: Vec<String>,
    /// It does not serve who comes right after another: that is told once, and it is started afresh for each case.
    pub(super) one_shot: bool,
    /// When its processor time was looked at, and what it was then, in ticks.
    looked: Option<(Instant, u64)>,
    /// How often it was started afresh because it worked on end.
    worked: usize,
    /// How often it was started.
    pub(super) starts: usize,
    /// What it had written when the case began, bytes.
    output_from: usize,
    /// The port, where it is not the convo's.
    fixed_port: Option<u16>,
    /// How a program ended that was found gone.
    obituary: Option<Death>,
    /// The way that every other case takes.
    pub(super) plain: Option<Arc<Way>>,
    /// A way on which much is said.
    pub(super) long: Option<Arc<Way>>,
}

impl<'a> Stand<'a> {
    pub(super) fn new(convo: &'a Convo, link: Link, subject: Subject, patience: Duration, seed: u64) -> Self {
        Self {
            convo,
            link,
            subject,
            patience,
            keys: Keys::new(net::RsaBits::default()),
            seed,
            program: None,
            reach: None,
            notices: Vec::new(),
            one_shot: false,
            looked: None,
            worked: 0,
            starts: 0,
            output_from: 0,
            fixed_port: None,
            obituary: None,
            plain: None,
            long: None,
        }
    }

    /// Another place for the same subject, with a program of its own; what is known of it already is known there.
    pub(super) fn beside(&self) -> Self {
        Self {
            keys: self.keys.clone(),
            notices: self.notices.clone(),
            one_shot: self.one_shot,
            plain: self.plain.clone(),
            long: self.long.clone(),
            ..Self::new(self.convo, self.link, self.subject.clone(), self.patience, self.seed)
        }
    }

    /// The program that runs here, as a further client finds it.
    pub(super) fn visitor(&self, reach: Reach) -> Self {
        Self { subject: Subject::Address(reach), ..self.beside() }
    }

    /// Whether it can be started several times, each at a port of its own.
    pub(super) fn is_anywhere(&self) -> bool {
        matches!(&self.subject, Subject::Command(command) if command.contains("{port}"))
    }

    /// Whether it is ours to start and end.
    pub(super) fn is_ours(&self) -> bool {
        matches!(self.subject, Subject::Command(_))
    }

    /// Which sockets it is reached at.
    pub(super) fn kind(&self) -> Kind {
        match self.link {
            Link::Stream => Kind::Tcp,
            Link::Datagram => Kind::Udp,
        }
    }

    /// Sees to it that the server runs, and says where.
    ///
    /// # Errors
    /// It cannot be started.
    pub(super) async fn up(&mut self) -> Result<Reach, Trouble> {
        let command = match &self.subject {
            Subject::Address(reach) => return Ok(reach.clone()),
            Subject::Command(command) => command.clone(),
        };
        if let (Some(program), Some(reach)) = (&mut self.program, &self.reach)
            && program.ended().is_none()
        {
            self.output_from = program.output().len();
            return Ok(reach.clone());
        }
        self.obituary = self.death(Waits::No).await.or(self.obituary.take());
        self.down().await;
        self.start(&command).await
    }

    /// Ends the program, if it runs.
    pub(super) async fn down(&mut self) {
        self.looked = None;
        if let Some(program) = self.program.take() {
            program.kill().await;
        }
    }

    /// Waits until nothing of the program runs any more, so long, and ends what still does: a shell may be gone before the
    /// program that it started.
    pub(super) async fn leave(&mut self, within: Duration) {
        let deadline = Instant::now() + within;
        while let Some(program) = &self.program
            && !program.family().is_empty()
            && Instant::now() < deadline
        {
            tokio::time::sleep(LEAVE_LOOK_EVERY).await;
        }
        self.down().await;
    }

    /// Between two cases: ends a program that works on end, as one does whose loop never ends, so that the next case is not
    /// judged by that.
    pub(super) async fn rest(&mut self) {
        let Some(program) = &self.program else { return };
        let ticks = program.family().iter().map(|process| process.ticks).sum::<u64>();
        let now = Instant::now();
        let (since, before) = *self.looked.get_or_insert((now, ticks));
        let elapsed = now.duration_since(since);
        if elapsed < WORKING {
            return;
        }
        self.looked = Some((now, ticks));
        let used_ms = u128::from(ticks.saturating_sub(before) * proc::TICK_MS);
        if used_ms * 100 >= elapsed.as_millis() * WORKING_PERCENT && self.worked < WORKING_TIMES_MAX {
            self.worked += 1;
            self.down().await;
        }
    }

    /// Waits until the program has dealt with what came and does nothing.
    pub(super) async fn at_rest(&self) {
        if let Some(program) = &self.program {
            program.at_rest().await;
        }
    }

    /// Lets the next conversation begin with a program that was just started, where it is ours to start.
    pub(super) async fn afresh(&mut self) {
        if self.is_ours() {
            self.down().await;
        }
    }

    /// How the program ended, if it has, or does so in a moment.
    pub(super) async fn death(&mut self, waits: Waits) -> Option<Death> {
        let from = self.output_from;
        let program = self.program.as_mut()?;
        let output = |program: &Program| program.output().get(from..).unwrap_or_default().to_owned();
        if let Some(how) = program.exceeded() {
            return Some(Death { how, content: false, output: output(program) });
        }
        let status = match waits {
            Waits::No => program.ended(),
            Waits::Moment => program.end(DYING_MAX).await,
            Waits::For(time) => program.end(time).await,
        }?;
        program.drain().await;
        Some(Death {
            how: program::tell(status),
            content: program::is_content(status),
            output: output(program),
        })
    }

    /// What the program was ended for by its limits.
    pub(super) fn exceeded(&self) -> Option<String> {
        self.program.as_ref().and_then(Program::exceeded)
    }

    /// Where the program left first, lets it say why, which it does after that; to be called before anything else is done
    /// with it. What it says of our leaving is not asked for.
    pub(super) async fn hear_out(&self, failure: &mut Failure) {
        if failure.trace.they_ended() {
            self.at_rest().await;
            failure.output = self.output();
        }
    }

    /// As [`Stand::hear_out`], and how the program ended, if it has, or does so in a moment.
    pub(super) async fn hear_to_its_end(&mut self, failure: &mut Failure) {
        self.hear_out(failure).await;
        if let Some(death) = self.death(Waits::Moment).await {
            failure.death = Some(death.how);
            failure.output = death.output;
        }
    }

    /// How the program ended before it had to be started again, if it did since this was asked last.
    pub(super) fn obituary(&mut self) -> Option<Death> {
        self.obituary.take()
    }

    /// What the program wrote since the case began.
    pub(super) fn output(&self) -> String {
        let Some(program) = &self.program else { return String::new() };
        let all = program.output();
        all.get(self.output_from.min(all.len())..).unwrap_or(&all).to_owned()
    }

    /// Something that went wrong, with all that was seen.
    pub(super) fn failure(
        &self,
        symptom: Symptom,
        line: usize,
        what: impl Into<String>,
        trace: &Trace,
    ) -> Failure {
        Failure {
            symptom,
            line,
            what: what.into(),
            trace: trace.clone(),
            output: self.output(),
            death: None,
            mild: false,
        }
    }
}

/// How long a program's end is waited for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Waits {
    No,
    Moment,
    For(Duration),
}

/// How a program ended.
#[derive(Debug, Clone)]
pub(super) struct Death {
    pub(super) how: String,
    /// With exit code 0.
    pub(super) content: bool,
    /// What it wrote since the case began.
    pub(super) output: String,
}
