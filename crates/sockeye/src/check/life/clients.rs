//! Several clients at once, and the limit.

use std::sync::Arc;
use std::time::Duration;

use convo::cases::Cutting;
use convo::{Link, ViolationKind};
use tokio::time::Instant;

use super::super::case::{Life, Symptom, Way};
use super::super::judge::{Ruling, fault, gets_over};
use super::super::lanes::join_all;
use super::super::stand::{Stand, connect};
use super::super::talk::{End, Hold, Manner, Talk};
use super::super::trace::{Event, Trace};
use super::read_by_program;

/// How often the house is filled again before a place counts as lost.
const REFILLS_MAX: usize = 4;

/// Clients that talk at once, where the convo has no smaller limit.
const CLIENTS: usize = 8;
/// How long after a client that was not served the next one comes, where only time can help.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Clients beyond the limit that come at most, until one hears the busy word.
const BEYOND: usize = 3;

/// One client connects and is silent; another one talks.
pub(super) async fn silent(stand: &mut Stand<'_>, plain: &Way) -> Ruling {
    let reach = match stand.up().await {
        Ok(reach) => reach,
        Err(trouble) => return Ruling::Undecided(trouble.text),
    };
    let mut silence = Trace::new();
    let first = match connect(&reach, &mut silence, stand.patience).await {
        Ok(probe) => probe,
        Err(why) => return Ruling::failed(stand.failure(Symptom::Refused, 0, why, &silence)),
    };
    let (talk, trace) = stand.beside_others(&reach, plain, &Manner::default()).await;
    drop(first);
    silence.note(Event::WeClosed);
    let Some(mut failure) = fault(stand, &talk, &trace) else {
        return gets_over(stand, &silence, plain).await.map_or(Ruling::Pass, Ruling::failed);
    };
    if stand.one_shot && !serves_later(stand, plain).await {
        return Ruling::Skipped("the program serves one client and then no other (life/again)".to_owned());
    }
    failure.what = format!("while another client is connected and silent: {}", failure.what);
    // Whoever is served later was made to wait, however that was seen: one that lets nobody in resets who waits at its door.
    failure.symptom = if stand.one_shot { Symptom::Waits } else { waits(failure.symptom) };
    Ruling::failed(failure)
}

/// Whether a program that does not serve who comes right after another serves who comes a little later.
async fn serves_later(stand: &mut Stand<'_>, plain: &Way) -> bool {
    let starts = stand.starts;
    let deadline = Instant::now() + stand.patience;
    loop {
        let mut trace = Trace::new();
        let talk = stand.converse(plain, &Manner::default(), &mut trace).await;
        if stand.starts != starts {
            return false;
        }
        if fault(stand, &talk, &trace).is_none() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// One client stands still in mid-conversation; another one talks; then the first goes on. Where messages can be told
/// apart it stands still in the middle of one.
pub(super) async fn second(stand: &mut Stand<'_>, plain: &Way) -> Ruling {
    let sound = plain.rehearsal.said.iter().all(|said| said.cutting != Cutting::Chunk);
    if !sound || stand.link != Link::Stream {
        return interleaved(stand, plain, false).await;
    }
    let ruling = interleaved(stand, plain, true).await;
    // A program that does not get over a cut with nobody beside it says nothing about two clients.
    if matches!(ruling, Ruling::Failed(_)) && !survives_a_cut(stand, plain).await {
        return interleaved(stand, plain, false).await;
    }
    ruling
}

/// Whether the last message may come in two halves.
async fn survives_a_cut(stand: &mut Stand<'_>, plain: &Way) -> bool {
    let writes: Vec<&Vec<u8>> = plain.rehearsal.client_said().flat_map(|said| &said.writes).collect();
    let Some(last) = writes.last() else { return true };
    let cuts = vec![(writes.len() - 1, vec![last.len() / 2])];
    let manner = Manner { cuts, ..Manner::default() };
    stand.afresh().await;
    let mut trace = Trace::new();
    let talk = stand.converse(plain, &manner, &mut trace).await;
    let fails = fault(stand, &talk, &trace).is_some();
    stand.afresh().await;
    !fails
}

async fn interleaved(stand: &mut Stand<'_>, plain: &Way, in_message: bool) -> Ruling {
    let reach = match stand.up().await {
        Ok(reach) => reach,
        Err(trouble) => return Ruling::Undecided(trouble.text),
    };
    let hold = Arc::new(Hold { in_message, ..Hold::default() });
    // It says other things than the first, so that what is mixed up is seen.
    let long = stand.long.clone();
    let other_way = long.as_deref().unwrap_or(plain);
    let writes: usize = plain.rehearsal.client_said().map(|said| said.writes.len()).sum();
    let manner = Manner { hold: Some((writes.saturating_sub(1), Arc::clone(&hold))), ..Manner::default() };
    let place = &*stand;
    let patience = stand.patience;
    let other = async {
        let reached = tokio::time::timeout(patience * 2, hold.reached.notified()).await.is_ok();
        let other = match reached {
            true => Some(place.beside_others(&reach, other_way, &Manner::default()).await),
            false => None,
        };
        hold.go.notify_one();
        other
    };
    let ((first, first_trace), other) = tokio::join!(place.beside_others(&reach, plain, &manner), other);
    let Some((talk, trace)) = other else {
        return Ruling::Skipped("the first client's conversation fails already".to_owned());
    };
    if let Some(mut failure) = fault(stand, &talk, &trace) {
        failure.what = format!("while another client is in mid-conversation: {}", failure.what);
        failure.symptom = waits(failure.symptom);
        return Ruling::failed(failure);
    }
    match fault(stand, &first, &first_trace) {
        Some(mut failure) => {
            failure.what =
                format!("another client came and went meanwhile; then the first: {}", failure.what);
            Ruling::failed(failure)
        }
        None => Ruling::Pass,
    }
}

/// A client that hears nothing while another one talks is made to wait.
fn waits(symptom: Symptom) -> Symptom {
    match symptom {
        Symptom::Silent | Symptom::Refused => Symptom::Waits,
        other => other,
    }
}

/// Several clients, each with a conversation of its own, all at once.
pub(super) async fn many(stand: &mut Stand<'_>, plain: &Way) -> Ruling {
    if stand.convo.limit().is_some() {
        // Earlier clients may still be counted by a program that has not noticed their end.
        stand.afresh().await;
    }
    let reach = match stand.up().await {
        Ok(reach) => reach,
        Err(trouble) => return Ruling::Undecided(trouble.text),
    };
    let limit = stand.convo.limit().map_or(CLIENTS, |limit| limit.sessions.min(CLIENTS));
    let place = &*stand;
    // The last one talks while all others stand still in mid-conversation.
    let (holds, manners) = holding(plain, limit.saturating_sub(1));
    let others = join_all(manners.iter().map(|manner| place.beside_others(&reach, plain, manner)).collect());
    let last = async {
        let deadline = Instant::now() + place.patience;
        for hold in &holds {
            // One that waits for another does not come there.
            let _ = tokio::time::timeout_at(deadline, hold.reached.notified()).await;
        }
        let last = place.beside_others(&reach, plain, &Manner::default()).await;
        holds.iter().for_each(|hold| hold.go.notify_one());
        last
    };
    let (others, last) = tokio::join!(others, last);
    let talks = std::iter::once(last).chain(others);
    for (talk, trace) in talks {
        if let Some(mut failure) = fault(stand, &talk, &trace) {
            failure.what = format!("one of {limit} clients at once, all of them there: {}", failure.what);
            failure.symptom = waits(failure.symptom);
            return Ruling::failed(failure);
        }
    }
    Ruling::Pass
}

/// As many clients as the limit allows, and then more.
pub(super) async fn limit(stand: &mut Stand<'_>, plain: &Way, life: Life) -> Ruling {
    let Some(sessions) = stand.convo.limit().map(|limit| limit.sessions) else { return Ruling::Pass };
    // Earlier clients may still be counted by a program that has not noticed their end.
    stand.afresh().await;
    let house = match fill(stand, plain, sessions).await {
        Ok(house) => house,
        Err(ruling) if life == Life::LimitBusy => return ruling,
        Err(_) => {
            let why = "the clients that the limit allows are not all served (life/limit-busy)";
            return Ruling::Skipped(why.to_owned());
        }
    };
    match life {
        Life::LimitBusy if house.busy => Ruling::Pass,
        Life::LimitBusy => not_busy(stand, sessions, "there", &house.last),
        Life::LimitKept => kept(stand, plain, sessions, house.busy).await,
        _ => all_freed(stand, plain, sessions).await,
    }
}

/// What became of the clients beyond the limit.
struct House {
    /// One of them heard the busy message.
    busy: bool,
    /// How one of them fared that did not.
    last: (Talk, Trace),
}

/// Fills the house, lets more come and stay until one of them hears that the server is busy, and empties it.
async fn fill(stand: &mut Stand<'_>, plain: &Way, sessions: usize) -> Result<House, Ruling> {
    let reach = stand.up().await.map_err(|trouble| Ruling::Undecided(trouble.text))?;
    let place = &*stand;
    let (within, manners) = holding(plain, sessions);
    let (beyond, further) = holding(plain, BEYOND);
    let full = join_all(manners.iter().map(|manner| place.beside_others(&reach, plain, manner)).collect());
    let more = async {
        for hold in &within {
            // One whose conversation fails does not come there.
            let _ = tokio::time::timeout(place.patience, hold.reached.notified()).await;
        }
        let stay =
            join_all(further.iter().map(|manner| place.beside_others(&reach, plain, manner)).collect());
        let release = async {
            let deadline = Instant::now() + place.patience / 2;
            for hold in &beyond {
                // Who hears the busy message does not come there.
                let _ = tokio::time::timeout_at(deadline, hold.reached.notified()).await;
            }
            beyond.iter().for_each(|hold| hold.go.notify_one());
        };
        let (stayed, ()) = tokio::join!(stay, release);
        within.iter().for_each(|hold| hold.go.notify_one());
        stayed
    };
    let (full, stayed) = tokio::join!(full, more);
    let is_busy = |(talk, _): &(Talk, Trace)| {
        talk.violation().is_some_and(|violation| violation.kind == ViolationKind::Busy)
    };
    // Who heard the busy message says more than who was lost while the others waited for that.
    for (talk, trace) in full.iter().filter(|one| is_busy(one)).chain(&full) {
        if let Some(mut failure) = fault(stand, talk, trace) {
            failure.what = format!("one of the {sessions} clients that the limit allows: {}", failure.what);
            return Err(Ruling::failed(failure));
        }
    }
    let busy = stayed.iter().any(is_busy);
    let last = stayed.into_iter().rfind(|one| !is_busy(one));
    Ok(House { busy, last: last.unwrap_or_else(|| (Talk::of(End::NotPlayed(String::new())), Trace::new())) })
}

/// Clients that stand still in mid-conversation.
fn holding(plain: &Way, clients: usize) -> (Vec<Arc<Hold>>, Vec<Manner>) {
    let writes: usize = plain.rehearsal.client_said().map(|said| said.writes.len()).sum();
    let at = writes.saturating_sub(1).min(1);
    let holds: Vec<Arc<Hold>> = (0..clients).map(|_| Arc::new(Hold::default())).collect();
    let manner = |hold: &Arc<Hold>| Manner { hold: Some((at, Arc::clone(hold))), ..Manner::default() };
    let manners = holds.iter().map(manner).collect();
    (holds, manners)
}

fn not_busy(stand: &Stand<'_>, sessions: usize, how: &str, (talk, trace): &(Talk, Trace)) -> Ruling {
    let met = match &talk.end {
        End::Broke(violation) => violation.text.clone(),
        End::Lost(why) => why.clone(),
        _ => "it was served like any other".to_owned(),
    };
    let what = format!("with {sessions} clients {how}, a further one does not hear the busy message: {met}");
    Ruling::failed(stand.failure(Symptom::Unlimited, 0, what, trace))
}

/// After the first clients have left the house fills up again, and is as full as before.
async fn kept(stand: &mut Stand<'_>, plain: &Way, sessions: usize, was_busy: bool) -> Ruling {
    if !was_busy {
        return Ruling::Skipped("the limit does not hold with the first clients already".to_owned());
    }
    if !matches!(freed(stand, plain, "have left").await, Ruling::Pass) {
        return Ruling::Skipped("the places of clients that left do not come free".to_owned());
    }
    let mut tries = 0;
    loop {
        tries += 1;
        match fill(stand, plain, sessions).await {
            Ok(house) if house.busy => return Ruling::Pass,
            Ok(house) => return not_busy(stand, sessions, "there again after others have left", &house.last),
            // A place may come free a little later than its client left. Tries are counted, not time: one that meets a
            // full house takes all of the patience.
            Err(Ruling::Failed(failure)) if failure.symptom == Symptom::Busy && tries < REFILLS_MAX => {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
            Err(ruling) => return ruling,
        }
    }
}

/// After all have left there is room again, and so there is after all were lost.
async fn all_freed(stand: &mut Stand<'_>, plain: &Way, sessions: usize) -> Ruling {
    let ruling = freed(stand, plain, "have left").await;
    if !matches!(ruling, Ruling::Pass) || stand.link == Link::Datagram {
        return ruling;
    }
    let Ok(reach) = stand.up().await else { return ruling };
    // The place of the one that has just left may come free a moment later.
    stand.at_rest().await;
    let mut lost = Vec::new();
    for _ in 0..sessions {
        if let Ok(probe) = connect(&reach, &mut Trace::new(), stand.patience).await {
            lost.push(probe);
        }
    }
    // So that each has been noticed before it is lost.
    if let Some(probe) = lost.last() {
        read_by_program(probe).await;
    }
    lost.into_iter().for_each(net::Probe::reset);
    freed(stand, plain, "were lost by a reset").await
}

/// There is room again.
async fn freed(stand: &mut Stand<'_>, plain: &Way, how: &str) -> Ruling {
    let reach = match stand.up().await {
        Ok(reach) => reach,
        Err(trouble) => return Ruling::Undecided(trouble.text),
    };
    let deadline = Instant::now() + stand.patience;
    loop {
        let (talk, trace) = stand.beside_others(&reach, plain, &Manner::default()).await;
        let Some(mut failure) = fault(stand, &talk, &trace) else { return Ruling::Pass };
        if Instant::now() >= deadline {
            failure.what = format!("all clients {how} and there is still no place: {}", failure.what);
            return Ruling::failed(failure);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}
