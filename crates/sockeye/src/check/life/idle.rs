//! The idle time: who says nothing for so long is closed, who says something is not.

use std::time::Duration;

use convo::cases::Said;
use convo::{Link, Role};
use net::{Heard, Probe, Reach};
use tokio::time::Instant;

use super::super::case::{Failure, Symptom, Way};
use super::super::judge::{Ruling, fault};
use super::super::stand::{Stand, connect};
use super::super::talk::Manner;
use super::super::trace::{Event, Trace};

/// Where a client speaks within the idle time, as a share of it.
const SPEAKS_AT: f64 = 0.6;
/// No idle time is waited for that takes longer.
const WAITS_MAX: Duration = Duration::from_secs(120);

/// A client that says nothing is closed after the idle time, and not before; one that has said something meanwhile is not.
pub(super) async fn idle(stand: &mut Stand<'_>, plain: &Way) -> Ruling {
    let Some(idle) = stand.convo.idle() else { return Ruling::Pass };
    if latest(stand, idle) > WAITS_MAX {
        let why = format!(
            "an idle time of {idle:?} is longer than a check waits: try a copy of the convo with a shorter one"
        );
        return Ruling::Skipped(why);
    }
    // Whatever else is wrong with the program is told elsewhere.
    let mut before = Trace::new();
    let talk = stand.converse(plain, &Manner::default(), &mut before).await;
    let works = fault(stand, &talk, &before).is_none();
    let reach = match stand.up().await {
        Ok(reach) => reach,
        Err(trouble) => return Ruling::Undecided(trouble.text),
    };
    if stand.link == Link::Datagram {
        if !works {
            return Ruling::Skipped(format!("the plain conversation ({}) fails already", plain.name));
        }
        return forgets(stand, plain, &reach, idle).await;
    }
    let (silent, spoke) = tokio::join!(silent(stand, &reach, idle), spoke(stand, plain, &reach, idle));
    if let Some(failure) = silent.or(spoke) {
        return Ruling::failed(failure);
    }
    if !works {
        return Ruling::Pass;
    }
    let mut after = Trace::new();
    let talk = stand.converse(plain, &Manner::default(), &mut after).await;
    fault(stand, &talk, &after).map_or(Ruling::Pass, Ruling::failed)
}

/// How long a program has to notice an idle client: it looks now and then, and an answer takes its time.
fn latest(stand: &Stand<'_>, idle: Duration) -> Duration {
    idle + idle / 5 + stand.patience
}

/// What is wrong with how the program treats a client that says nothing.
async fn silent(stand: &Stand<'_>, reach: &Reach, idle: Duration) -> Option<Failure> {
    let mut trace = Trace::new();
    let mut probe = match connect(reach, &mut trace, stand.patience).await {
        Ok(probe) => probe,
        Err(why) => return Some(stand.failure(Symptom::Refused, 0, why, &trace)),
    };
    let begun = Instant::now();
    loop {
        match tokio::time::timeout_at(begun + latest(stand, idle), probe.hear()).await {
            Ok(heard) => {
                trace.heard(&heard);
                if matches!(heard, Heard::End | Heard::Reset) {
                    break;
                }
            }
            Err(_) => {
                let waited = begun.elapsed();
                trace.note(Event::Silence(waited));
                let what = format!(
                    "a client that says nothing for {:.0} s is not closed; the idle time is {idle:?}",
                    waited.as_secs_f64()
                );
                return Some(stand.failure(Symptom::LeftOpen, 0, what, &trace));
            }
        }
    }
    let what = format!(
        "a client that says nothing is closed after {:.1} s; the idle time is {idle:?}",
        begun.elapsed().as_secs_f64()
    );
    (begun.elapsed() < idle.mul_f64(0.8)).then(|| stand.failure(Symptom::Closed, 0, what, &trace))
}

/// What is wrong with how it treats a client that says something, and then nothing for less than the idle time.
async fn spoke(stand: &Stand<'_>, plain: &Way, reach: &Reach, idle: Duration) -> Option<Failure> {
    let room = stand.convo.limit().is_none_or(|limit| limit.sessions > 1);
    let [first, second] = two_answered(plain)?;
    if !room || stand.convo.program(Role::Server).asks() {
        return None;
    }
    let mut trace = Trace::new();
    // A client that is not served at all is told elsewhere.
    let mut probe = connect(reach, &mut trace, stand.patience).await.ok()?;
    let begun = Instant::now();
    if plain.rehearsal.said.first()?.from == Role::Server {
        hear(&mut probe, &mut trace, stand.patience).await?;
    }
    tokio::time::sleep_until(begun + idle.mul_f64(SPEAKS_AT)).await;
    let answered = say(&mut probe, &first, &mut trace, stand.patience).await;
    tokio::time::sleep_until(begun + idle.mul_f64(2.0 * SPEAKS_AT)).await;
    let last = say(&mut probe, &second, &mut trace, stand.patience).await;
    if !answered || last {
        return None;
    }
    let what = format!(
        "a client that has spoken {:.0} s ago is not there any more; the idle time is {idle:?}",
        idle.mul_f64(SPEAKS_AT).as_secs_f64()
    );
    Some(stand.failure(Symptom::Reset, 0, what, &trace))
}

/// The first two messages of the client, if each is answered before the next.
fn two_answered(plain: &Way) -> Option<[Vec<u8>; 2]> {
    let said = &plain.rehearsal.said;
    let client = |(_, said): &(usize, &Said)| said.from == Role::Client;
    let mut asked = said.iter().enumerate().filter(client);
    let mut next = || {
        let (at, question) = asked.next()?;
        said.get(at + 1).is_some_and(|next| next.from == Role::Server).then(|| question.wire())
    };
    Some([next()?, next()?])
}

/// Whether something is said and answered; that the connection is gone is no answer.
async fn say(probe: &mut Probe, bytes: &[u8], trace: &mut Trace, patience: Duration) -> bool {
    trace.note(Event::Wrote(bytes.to_vec()));
    probe.write(bytes).await.is_ok() && hear(probe, trace, patience).await == Some(true)
}

/// Whether bytes came rather than an end; nothing where nothing came.
async fn hear(probe: &mut Probe, trace: &mut Trace, patience: Duration) -> Option<bool> {
    let heard = tokio::time::timeout(patience, probe.hear()).await.ok()?;
    trace.heard(&heard);
    Some(matches!(heard, Heard::Bytes(_)))
}

/// Over UDP nobody sees a session end: its place is free when the idle time is over.
async fn forgets(stand: &mut Stand<'_>, plain: &Way, reach: &Reach, idle: Duration) -> Ruling {
    let sessions = stand.convo.limit().map_or(0, |limit| limit.sessions);
    let opens = match plain.rehearsal.said.first() {
        Some(said) if said.from == Role::Client => said.wire(),
        _ => Vec::new(),
    };
    let mut trace = Trace::new();
    let mut house = Vec::new();
    for _ in 0..sessions {
        trace = Trace::new();
        match connect(reach, &mut trace, stand.patience).await {
            Ok(mut probe) => {
                say(&mut probe, &opens, &mut trace, stand.patience).await;
                house.push(probe);
            }
            Err(why) => return Ruling::failed(stand.failure(Symptom::Refused, 0, why, &trace)),
        }
    }
    tokio::time::sleep(latest(stand, idle)).await;
    let talk = stand.converse(plain, &Manner::default(), &mut trace).await;
    let Some(mut failure) = fault(stand, &talk, &trace) else { return Ruling::Pass };
    if failure.symptom == Symptom::Busy {
        failure.symptom = Symptom::LeftOpen;
    }
    failure.what = format!(
        "{sessions} clients have said nothing for longer than the idle time of {idle:?}; then another one: {}",
        failure.what
    );
    Ruling::failed(failure)
}
