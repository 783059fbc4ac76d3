//! Clients under test: we are their server, and type what their person would.
//!
//! ```text
//! start ─ type what is asked before connecting ─ accept ─ talk ─ end the input ─ it ends ─ look what it showed
//! ```

mod guest;
mod shown;

use std::cell::RefCell;
use std::time::Duration;

use convo::cases::{Answers, Rehearsal, rehearse};
use convo::{Convo, Ending, Link, Role, Transport};
use net::{Keys, Probe, Probes};
use tokio::time::Instant;

use super::case::{Act, Case, Outcome, Symptom, Trick, Verdict, Way};
use super::judge::{Ruling, hangs_on_time};
use super::lanes::{LANES, Schedule};
use super::talk::{Break, End, Manner, Part, Talk, Typed};
use super::tally::{Rigour, Tally, skipped};
use super::trace::{Event, Trace};
use crate::report::{Exit, Failure as Trouble};
use guest::Guest;

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

impl Desk<'_> {
    /// Runs all cases; `told` is called after each.
    ///
    /// # Errors
    /// The command cannot be started, its port is taken, or the client never connects.
    pub(super) async fn run(
        &self,
        cases: Vec<Case>,
        rigour: Rigour,
        told: impl Fn(&Outcome),
    ) -> Result<Vec<Outcome>, Trouble> {
        let schedule = Schedule::begin(Tally::new(rigour), &told);
        let trouble = RefCell::new(None);
        let number = if self.command.contains("{port}") { LANES } else { 1 };
        let mut lanes = vec![(); number];
        let one = async |_: &mut (), case: &Case| {
            if trouble.borrow().is_some() {
                return skipped(case.clone(), "the command cannot be started");
            }
            let tried = self.case(&schedule.tally, case).await;
            tried.unwrap_or_else(|why| {
                trouble.replace(Some(why));
                skipped(case.clone(), "the command cannot be started")
            })
        };
        let mut cases = cases.into_iter();
        // One that never comes is no failure of a case: that is known before the others begin.
        let mut outcomes = schedule.run(&mut lanes, cases.next().into_iter().collect(), &one).await;
        if let Some(first) = outcomes.first() {
            self.came(first)?;
        }
        let (walks, rest): (Vec<Case>, Vec<Case>) = cases.partition(|case| case.kind == "walk");
        outcomes.extend(schedule.run(&mut lanes, walks, &one).await);
        // One that omits a text talks as it should.
        let omits =
            |one: &Outcome| one.failure.as_ref().is_some_and(|failure| failure.symptom == Symptom::Omitted);
        let failed = |one: &Outcome| one.case.kind == "walk" && one.verdict == Verdict::Fail && !omits(one);
        let passed = |one: &Outcome| one.verdict == Verdict::Pass;
        if outcomes.iter().any(failed) && !outcomes.iter().any(passed) {
            let rest = rest.into_iter().map(|case| skipped(case, "the plain conversations fail already"));
            outcomes.extend(rest.inspect(&told));
        } else {
            outcomes.extend(schedule.run(&mut lanes, rest, &one).await);
        }
        if let Some(trouble) = trouble.into_inner() {
            return Err(trouble);
        }
        outcomes.sort_by_key(|outcome| outcome.case.number);
        Ok(outcomes)
    }

    /// A client that never came is no failure of a case: its command is wrong.
    fn came(&self, first: &Outcome) -> Result<(), Trouble> {
        match &first.failure {
            Some(failure) if failure.symptom == Symptom::Refused => {
                Err(Trouble::new(Exit::Network, format!("`{}`: {}", self.command, failure.what))
                    .hint("it must connect to the convo's port here, or to the one that stands for {port}"))
            }
            _ => Ok(()),
        }
    }

    async fn case(&self, tally: &RefCell<Tally>, case: &Case) -> Result<Outcome, Trouble> {
        let begun = Instant::now();
        let mut ruling = self.attempt(case).await?;
        if let Ruling::Failed(failure) = &ruling
            && hangs_on_time(failure.symptom)
        {
            ruling = self.repeated(case).await?;
        }
        Ok(tally.borrow_mut().outcome(case.clone(), ruling, begun.elapsed()))
    }

    async fn repeated(&self, case: &Case) -> Result<Ruling, Trouble> {
        let again = self.attempt(case).await?;
        if matches!(again, Ruling::Failed(_)) {
            return Ok(again);
        }
        Ok(match self.attempt(case).await? {
            Ruling::Failed(failure) => {
                Ruling::Undecided(format!("it failed twice of three times: {}", failure.what))
            }
            other => other,
        })
    }

    async fn attempt(&self, case: &Case) -> Result<Ruling, Trouble> {
        let Act::Client { way, manner, trick } = &case.act else {
            return Ok(Ruling::Skipped("this is a case for servers".to_owned()));
        };
        let (probes, command) = self.listen().await?;
        let mut guest = Guest::start(&command)?;
        let (before, after) = typing(&way.rehearsal, 0);
        for (_, _, line) in before {
            guest.types(&line).await;
        }
        let ruling = match guest.connects(&probes).await {
            Ok(probe) => {
                let how = (way.as_ref(), manner.as_ref(), trick);
                match self.serve(&mut guest, &probes, probe, how, after).await {
                    // Once is enough: the other cases are about other things.
                    Ruling::Pass if case.kind == "walk" => guest.shows_texts(way),
                    ruling => ruling,
                }
            }
            Err(why) => Ruling::failed(guest.failure(Symptom::Refused, 0, format!("the client {why}"))),
        };
        guest.leave().await;
        Ok(ruling)
    }

    /// Where the client is to connect, and its command with the port in it.
    async fn listen(&self) -> Result<(Probes, String), Trouble> {
        let transport = match self.link {
            Link::Stream => Transport::Tcp,
            Link::Datagram => Transport::Udp,
        };
        let port = if self.command.contains("{port}") { 0 } else { self.port()? };
        let probes = Probes::bind(transport, port).await.map_err(|error| {
            Trouble::new(Exit::Network, format!("cannot listen on port {port}: {error}")).hint(
                "end the program that has it, or write {port} in the command where the client takes its port",
            )
        })?;
        let port = probes.port().map_err(|error| Trouble::new(Exit::Network, error.to_string()))?;
        Ok((probes, self.command.replace("{port}", &port.to_string())))
    }

    fn port(&self) -> Result<u16, Trouble> {
        self.convo.listens().first().map(|listen| listen.port).ok_or_else(|| {
            Trouble::usage("the convo names no port")
                .hint("write {port} in the command where the client takes it")
        })
    }

    /// Does what the case is about, and looks what becomes of the client.
    async fn serve(
        &self,
        guest: &mut Guest,
        probes: &Probes,
        mut probe: Probe,
        (way, manner, trick): (&Way, &Manner, &Trick),
        typing: Vec<(u64, u64, String)>,
    ) -> Ruling {
        if let Trick::Busy(message) = trick {
            return guest.hears_busy(probe, message, self.patience).await;
        }
        if let Trick::Stranger(bytes) = trick {
            // A stranger that cannot be heard is none.
            let _ = probe.write_from_elsewhere(bytes).await;
            guest.trace.note(Event::Wrote(bytes.clone()));
        }
        let talk = self.talk(guest, &mut probe, way, manner, typing).await;
        match trick {
            Trick::None | Trick::Stranger(_) => {
                let (probe, talk) = match self.goes_on(guest, probes, way, (probe, talk)).await {
                    Ok(last) => last,
                    Err(ruling) => return ruling,
                };
                let ruling = guest.talked(probe, self.convo, way, &talk, self.patience).await;
                if let (Ruling::Pass, Trick::Stranger(bytes)) = (&ruling, trick) {
                    return guest.ignored(bytes);
                }
                ruling
            }
            Trick::Leaves => {
                leave(probe, manner, &mut guest.trace);
                let silent = manner.breaks_off() == Some(&Break::Nothing);
                let shown = if silent { guest.shows_nothing_as_answer(way).await } else { None };
                let ruling = self.ends(guest, probes, way, "after its server has left").await;
                match (ruling, shown) {
                    (Ruling::Pass, Some(failure)) => Ruling::failed(failure),
                    (ruling, _) => ruling,
                }
            }
            Trick::Silent => guest.gives_up(probe, way).await,
            Trick::Garbage => guest.survives(probe, self.patience).await,
            Trick::Wrong { right, wrong } => {
                leave(probe, manner, &mut guest.trace);
                guest.notices(way, right, wrong, self.patience).await
            }
            Trick::Busy(_) => Ruling::Pass,
        }
    }

    /// It ends. One that makes a new connection once the first is lost is served there as it should be, and then ends.
    async fn ends(&self, guest: &mut Guest, probes: &Probes, way: &Way, when: &str) -> Ruling {
        let again = tokio::select! {
            biased;
            again = probes.accept() => again,
            ruling = guest.ends(when, self.patience) => return ruling,
        };
        if let Ok(mut probe) = again {
            guest.trace.note(Event::Connected);
            let typing =
                Part::typing_of(Role::Server, &way.rehearsal).into_iter().skip(guest.typed()).collect();
            let talk = self.talk(guest, &mut probe, way, &Manner::default(), typing).await;
            if let Some(mut failure) = guest.fault(&talk).await {
                failure.what = format!("it makes a new connection {when}; there: {}", failure.what);
                return Ruling::failed(failure);
            }
        }
        guest.ends("after all was said on its new connection", self.patience).await
    }

    /// Goes on with a client that makes a new connection for what it says next, having left where it may. What it says
    /// on all of them is what it says on one, and so it is judged.
    async fn goes_on(
        &self,
        guest: &mut Guest,
        probes: &Probes,
        way: &Way,
        (mut probe, mut talk): (Probe, Talk),
    ) -> Result<(Probe, Talk), Ruling> {
        while let Some((answered, rest)) = rest(way, &talk) {
            let rehearsal = rehearse(self.convo, self.link, &rest, self.seed);
            let (now, typing) = typing(&rehearsal, guest.typed().saturating_sub(answered));
            let Some(again) = guest.comes_again(probes, &now, self.patience).await else { break };
            if !is_rest_of(&rehearsal, way, &talk) {
                let why = "the client makes a new connection for what it says next, where the convo begins otherwise";
                return Err(Ruling::Skipped(why.to_owned()));
            }
            let way = Way { name: way.name.clone(), answers: rest, rehearsal };
            probe = again;
            let next = self.talk(guest, &mut probe, &way, &Manner::default(), typing).await;
            talk = talk.and(next);
        }
        Ok((probe, talk))
    }

    /// The server's part of the conversation.
    async fn talk(
        &self,
        guest: &mut Guest,
        probe: &mut Probe,
        way: &Way,
        manner: &Manner,
        typing: Vec<(u64, u64, String)>,
    ) -> Talk {
        let part = Part {
            convo: self.convo,
            role: Role::Server,
            link: self.link,
            way,
            manner,
            patience: self.patience,
            keys: self.keys.clone(),
            seed: self.seed,
            typing,
            ends_typing: Some(totals(&way.rehearsal)),
            shows: shown::promised(self.convo, way).into_iter().map(|(_, value)| value).collect(),
        };
        part.talk(probe, Some(&mut guest.program), &mut guest.trace).await
    }
}

/// What is typed before the client connects, and what while it talks, where so many lines were typed already.
fn typing(rehearsal: &Rehearsal, typed: usize) -> (Vec<Typed>, Vec<Typed>) {
    let all = Part::typing_of(Role::Server, rehearsal);
    all.into_iter().skip(typed).partition(|(ours, theirs, _)| *ours == 0 && *theirs == 0)
}

/// How many answers a client's person has given when it left before all was said, and what both still have to answer.
fn rest(way: &Way, talk: &Talk) -> Option<(usize, Answers)> {
    let mut said = way.rehearsal.client_said().skip(talk.heard.len().checked_sub(1)?);
    let (last, _next) = (said.next()?, said.next()?);
    let left = matches!(talk.end, End::Good(Ending::PeerLeft));
    let heard = talk.heard.len() as u64;
    let ours = way.rehearsal.server_asked.iter().filter(|(_, after)| *after <= heard).count();
    let server = way.answers.server.get(ours..).unwrap_or_default().to_vec();
    left.then(|| (last.answers, Answers { client: way.answers.client[last.answers..].to_vec(), server }))
}

/// Whether a conversation of its own says what is missing of another one.
fn is_rest_of(rehearsal: &Rehearsal, way: &Way, talk: &Talk) -> bool {
    let texts = |rehearsal: &Rehearsal, role| -> Vec<Vec<u8>> {
        let said = rehearsal.said.iter().filter(|said| said.from == role);
        said.map(|said| said.text.clone()).collect()
    };
    let next = way.rehearsal.client_said().nth(talk.heard.len());
    let Some(from) =
        next.and_then(|next| way.rehearsal.said.iter().position(|said| std::ptr::eq(said, next)))
    else {
        return false;
    };
    let server = texts(rehearsal, Role::Server);
    let missing = way.rehearsal.said[from..].iter().filter(|said| said.from == Role::Server);
    texts(rehearsal, Role::Client) == texts(&way.rehearsal, Role::Client)[talk.heard.len()..]
        && missing.into_iter().all(|said| server.contains(&said.text))
}

/// After so many messages of ours and of the client's its input ends.
fn totals(rehearsal: &Rehearsal) -> (u64, u64) {
    (rehearsal.server_said().count() as u64, rehearsal.client_said().count() as u64)
}

fn leave(probe: Probe, manner: &Manner, trace: &mut Trace) {
    if manner.breaks_off() == Some(&Break::Reset) {
        trace.note(Event::WeReset);
        probe.reset();
    } else {
        trace.note(Event::WeClosed);
    }
}
