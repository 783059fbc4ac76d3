//! From what happened in a conversation to what went wrong in it.

mod kept;

use std::time::Duration;

use convo::{Convo, Ending, Role, Violation, ViolationKind};
use tokio::time::Instant;

use super::case::{Expected, Failure, Life, Symptom, Way};
use super::proc;
use super::program::BUSY_PERCENT;
use super::stand::{Death, Stand, Waits};
use super::talk::{Aftermath, End, Manner, Talk};
use super::trace::{Event, Trace};
pub(super) use kept::{shared, spared, unkept};

/// How long a server that stops may take for it, beside what an answer may take.
const STOPPING: Duration = Duration::from_secs(3);
/// How long a program's processor time is looked at after its only client has left.
const BUSY_LOOK: Duration = Duration::from_millis(200);

/// What a try of a case came to.
#[derive(Debug)]
pub(super) enum Ruling {
    Pass,
    Failed(Box<Failure>),
    /// It says nothing about the program.
    Undecided(String),
    /// It cannot be tried here.
    Skipped(String),
}

impl Ruling {
    pub(super) fn failed(failure: Failure) -> Self {
        Self::Failed(Box::new(failure))
    }
}

/// A conversation that must go well.
pub(super) async fn talk(stand: &mut Stand<'_>, way: &Way, manner: &Manner, waits: Waits) -> Ruling {
    let mut trace = Trace::new();
    let talk = stand.converse(way, manner, &mut trace).await;
    if let Some(mut failure) = fault(stand, &talk, &trace) {
        stand.hear_out(&mut failure).await;
        if let Some(death) = stand.death(Waits::Moment).await
            && !(death.content && way.rehearsal.stops)
            && (!death.content || failure.symptom != Symptom::Refused)
        {
            failure.death = Some(death.how);
            failure.output = death.output;
        }
        return Ruling::failed(failure);
    }
    if let End::NotPlayed(why) = &talk.end {
        return Ruling::Undecided(why.clone());
    }
    let to_the_end = matches!(talk.end, End::Good(Ending::Done) | End::Stop);
    if way.rehearsal.stops && to_the_end && !talk.left_open && stand.is_ours() {
        return stopped(stand, &trace).await;
    }
    if let Some(failure) = left_early(stand, way, &talk, &trace).await {
        return Ruling::failed(failure);
    }
    if talk.left_open {
        let what = "the conversation is over and the server does not close the connection";
        return Ruling::failed(stand.failure(Symptom::LeftOpen, 0, what, &trace));
    }
    if let Some(ruling) = kept::comes_back(stand, way, &talk, &trace).await {
        return ruling;
    }
    match stand.death(waits).await {
        Some(death) if !death.content => {
            let what = format!("the conversation went well, then the program ended: {}", death.how);
            let mut failure = stand.failure(Symptom::Died, 0, what, &trace);
            failure.death = Some(death.how);
            Ruling::failed(failure)
        }
        _ => Ruling::Pass,
    }
}

/// A program that leaves although its own person has more to say leaves too early, lawful as leaving is.
async fn left_early(stand: &mut Stand<'_>, way: &Way, talk: &Talk, trace: &Trace) -> Option<Failure> {
    let wanted = way.rehearsal.server_said().count();
    let said = way.rehearsal.client_said().count();
    let asked = stand.is_ours() && stand.convo.program(Role::Server).asks();
    if !asked || !talk.they_ended || talk.heard.len() >= wanted || talk.sent == 0 || said == 0 {
        return None;
    }
    let next = way.rehearsal.server_said().nth(talk.heard.len())?;
    let text = crate::report::visible::in_log(&next.text);
    let what = format!("the program leaves, and its person had more to say: \"{text}\" was typed");
    let mut failure = stand.failure(Symptom::Closed, next.line, what, trace);
    stand.hear_to_its_end(&mut failure).await;
    Some(failure)
}

/// After `stop` the program itself ends. It may look now and then whether it should.
async fn stopped(stand: &mut Stand<'_>, trace: &Trace) -> Ruling {
    match stand.death(Waits::For(stand.patience + STOPPING)).await {
        Some(death) if death.content => Ruling::Pass,
        Some(death) => {
            let what =
                format!("the server stops with this conversation, but not in good order: {}", death.how);
            let mut failure = stand.failure(Symptom::Died, 0, what, trace);
            failure.death = Some(death.how);
            failure.output = death.output;
            // It does end, as the convo says.
            failure.mild = true;
            Ruling::failed(failure)
        }
        None => {
            let what = "the server stops with this conversation by the convo; the program still runs";
            Ruling::failed(stand.failure(Symptom::Stays, 0, what, trace))
        }
    }
}

/// What went wrong in a conversation, if anything did.
pub(super) fn fault(stand: &Stand<'_>, talk: &Talk, trace: &Trace) -> Option<Failure> {
    match &talk.end {
        End::Good(_) | End::Stop | End::BrokenOff(_) | End::NotPlayed(_) => None,
        End::Lost(why) => {
            let refused = trace.moments.iter().any(|moment| matches!(moment.event, Event::Refused(_)))
                || trace.moments.is_empty();
            let symptom = if refused { Symptom::Refused } else { Symptom::Silent };
            let what = if refused { format!("no connection: {why}") } else { why.clone() };
            Some(stand.failure(symptom, 0, what, trace))
        }
        End::Broke(violation) => {
            let symptom = symptom(violation)?;
            Some(stand.failure(symptom, violation.line, plain(&violation.text), trace))
        }
    }
}

/// What was seen in a violation; nothing where it is our own fault.
pub(super) fn symptom(violation: &Violation) -> Option<Symptom> {
    let begun = violation.text.contains(" after \"") || violation.text.contains("in the middle of");
    Some(match violation.kind {
        ViolationKind::Silent if begun => Symptom::Unfinished,
        ViolationKind::Silent => Symptom::Silent,
        ViolationKind::Closed if begun => Symptom::Unfinished,
        ViolationKind::Closed => Symptom::Closed,
        ViolationKind::Reset => Symptom::Reset,
        ViolationKind::Unexpected | ViolationKind::TooLong => Symptom::Unexpected,
        ViolationKind::Differs => Symptom::Differs,
        ViolationKind::Busy => Symptom::Busy,
        ViolationKind::Ours => return None,
    })
}

/// An explanation without the file and line before it: they are shown apart.
pub(super) fn plain(text: &str) -> String {
    let rest = text.split_once(": ").filter(|(place, _)| place.contains(".convo") || !place.contains(' '));
    rest.map_or(text, |(_, rest)| rest).to_owned()
}

/// Something strange was said: the program must live and serve.
pub(super) async fn strange(
    stand: &mut Stand<'_>,
    way: &Way,
    manner: &Manner,
    expected: Expected,
    plain: &Way,
) -> Ruling {
    let mut trace = Trace::new();
    let talk = stand.converse(way, manner, &mut trace).await;
    if matches!(talk.end, End::NotPlayed(_)) {
        return Ruling::Undecided("our part could not be played".to_owned());
    }
    if let Some(mut failure) = fault(stand, &talk, &trace) {
        stand.hear_out(&mut failure).await;
        return Ruling::failed(failure);
    }
    if stand.is_ours() && asks_in_turn(stand.convo) {
        // Its person may be asked for an answer now, which nobody types.
        if let Some(died) = stand.death(Waits::Moment).await.filter(|died| !died.content) {
            return Ruling::failed(dead(stand, &trace, died));
        }
        stand.down().await;
    } else if let Some(failure) = serves_on(stand, &trace, plain, 1).await {
        return Ruling::failed(failure);
    }
    let End::BrokenOff(aftermath) = &talk.end else { return Ruling::Pass };
    let missing = match aftermath {
        Aftermath::Closed => "the program closed",
        Aftermath::Reset => "the program reset the connection",
        Aftermath::Silence => "nothing came",
        Aftermath::Answered(_) | Aftermath::Unwatched => return Ruling::Pass,
    };
    if expected == Expected::Anything {
        return Ruling::Pass;
    }
    let what = format!("the convo has an answer to this, {missing}");
    let symptom = if *aftermath == Aftermath::Silence { Symptom::Silent } else { Symptom::Closed };
    let mut failure = stand.failure(symptom, 0, what, &trace);
    failure.mild = expected == Expected::Answer;
    Ruling::failed(failure)
}

/// Whether the server's person answers each message before the next.
pub(super) fn asks_in_turn(convo: &Convo) -> bool {
    let server = convo.program(Role::Server);
    server.asks() && !server.is_free()
}

/// After something unusual: the program lives, and ordinary conversations go well.
pub(super) async fn serves_on(
    stand: &mut Stand<'_>,
    before: &Trace,
    plain: &Way,
    times: usize,
) -> Option<Failure> {
    if stand.one_shot {
        // It is started afresh for the next conversation: nothing more to see there.
        let died = stand.death(Waits::Moment).await.filter(|death| !death.content)?;
        return Some(dead(stand, before, died));
    }
    if let Some(died) = stand.death(Waits::No).await {
        return stopped_by(stand, before, died);
    }
    stand.obituary();
    for _ in 0..times {
        let mut trace = Trace::new();
        let talk = stand.converse(plain, &Manner::default(), &mut trace).await;
        if let Some(died) = stand.obituary() {
            return stopped_by(stand, before, died);
        }
        let Some(mut failure) = fault(stand, &talk, &trace) else { continue };
        if let Some(died) = stand.death(Waits::Moment).await {
            return stopped_by(stand, before, died);
        }
        if convo::cases::keeps(stand.convo)
            && matches!(failure.symptom, Symptom::Unexpected | Symptom::Differs | Symptom::Amount)
        {
            // It serves on; what it was told is among what it keeps.
            return None;
        }
        failure.what = format!("the next client, who does nothing unusual, is not served: {}", failure.what);
        failure.symptom = Symptom::Waits;
        failure.trace = before.clone();
        failure.trace.moments.extend(trace.moments);
        return Some(failure);
    }
    None
}

/// After a client has left before its time: as [`serves_on`], and a program that serves one client lets go of it.
pub(super) async fn gets_over(stand: &mut Stand<'_>, before: &Trace, plain: &Way) -> Option<Failure> {
    if stand.one_shot {
        return lets_go(stand, before).await;
    }
    stand.at_rest().await;
    if let Some(failure) = serves_on(stand, before, plain, 2).await {
        return Some(failure);
    }
    // What became of the first client may be found out only when the last one has come.
    stand.at_rest().await;
    let died = stand.death(Waits::No).await?;
    stopped_by(stand, before, died)
}

/// A program that serves one client has lost it: it ends in good order, or waits for another; what it does not do is hold
/// on to the connection, or ask it again and again.
async fn lets_go(stand: &mut Stand<'_>, before: &Trace) -> Option<Failure> {
    let deadline = Instant::now() + stand.patience;
    loop {
        if let Some(died) = stand.death(Waits::Moment).await {
            return (!died.content).then(|| dead(stand, before, died));
        }
        let program = stand.program.as_ref()?;
        let holds = proc::unnoticed(&program.family()) > 0;
        if !holds && program.busy_percent(BUSY_LOOK).await < BUSY_PERCENT {
            return None;
        }
        if Instant::now() >= deadline {
            let what = if holds {
                "the client has left, and the program neither ends nor closes its side of the connection"
            } else {
                "the client has left, and the program goes on working as if there were something to read"
            };
            return Some(stand.failure(Symptom::Stays, 0, what, before));
        }
    }
}

/// What is wrong with a program that ended after something unusual. A server that may be stopped stops in good order where
/// what came begins like a message that stops it; that it does so after anything else is its own idea.
fn stopped_by(stand: &Stand<'_>, before: &Trace, died: Death) -> Option<Failure> {
    let content = died.content && convo::cases::stops(stand.convo);
    if content && convo::cases::may_stop(stand.convo, stand.link, &before.wrote()) {
        return None;
    }
    let mut failure = dead(stand, before, died);
    failure.mild = content;
    Some(failure)
}

fn dead(stand: &Stand<'_>, trace: &Trace, death: Death) -> Failure {
    let what = format!("the program did not survive it: {}", death.how);
    let mut failure = stand.failure(Symptom::Died, 0, what, trace);
    failure.output = death.output;
    failure.death = Some(death.how);
    failure
}

/// Whether a verdict on this hangs on time.
pub(super) fn hangs_on_time(symptom: Symptom) -> bool {
    matches!(
        symptom,
        Symptom::Silent
            | Symptom::Unfinished
            | Symptom::LeftOpen
            | Symptom::Stays
            | Symptom::Leaks(_)
            | Symptom::Waits
            | Symptom::Refused
            | Symptom::Reset
            | Symptom::Unlimited
            // A place comes free, and what is kept can be read, a moment after it was left or said.
            | Symptom::Busy
            | Symptom::Amount
    )
}

/// Whether a case of this kind waits long, so that it runs beside others.
pub(super) fn waits_long(life: Life) -> bool {
    matches!(life, Life::Idle)
}
