//! Several clients at once, and the limit.

use std::sync::Arc;
use std::time::Duration;

use convo::cases::Cutting;
use convo::{Link, ViolationKind};
use tokio::time::Instant;

use super::super::case::{Life, Symptom, Way};
use super::super::judge::{Ruling, fault};
use super::super::stand::{Stand, connect};
use super::super::talk::{End, Hold, Manner, Talk};
use super::super::trace::Trace;
use super::read_by_program;

/// Clients that talk at once, where the convo has no smaller limit.
const CLIENTS: usize = 8;
/// Clients beyond the limit that come at most, until one hears the busy word.
const BEYOND: usize = 3;

/// One client connects and is silent; another one talks.
pub(super) async fn silent(stand: &mut Stand<'_>, plain: &Way) -> Ruling {
    let reach = match stand.up().await {
        Ok(reach) => reach,
        Err(trouble) => return Ruling::Undecided(trouble.text),
    };
    let mut trace = Trace::new();
    let first = match connect(&reach, &mut trace, stand.patience).await {
        Ok(probe) => probe,
        Err(why) => return Ruling::failed(stand.failure(Symptom::Refused, 0, why, &trace)),
    };
    let (talk, trace) = stand.beside_others(&reach, plain, &Manner::default()).await;
    drop(first);
    let Some(mut failure) = fault(stand, &talk, &trace) else { return Ruling::Pass };
    failure.what = format!("while another client is connected and silent: {}", failure.what);
    failure.symptom = waits(failure.symptom);
    Ruling::failed(failure)
}

/// One client stands still in mid-conversation; another one talks; then the first goes on.
pub(super) async fn second(stand: &mut Stand<'_>, plain: &Way) -> Ruling {
    let reach = match stand.up().await {
        Ok(reach) => reach,
        Err(trouble) => return Ruling::Undecided(trouble.text),
    };
    let sound = plain.rehearsal.said.iter().all(|said| said.cutting != Cutting::Chunk);
    let in_message = sound && stand.link == Link::Stream;
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
    let reach = match stand.up().await {
        Ok(reach) => reach,
        Err(trouble) => return Ruling::Undecided(trouble.text),
    };
    let limit = stand.convo.limit().map_or(CLIENTS, |limit| limit.sessions.min(CLIENTS));
    let place = &*stand;
    let manner = Manner::default();
    let talks = (0..limit).map(|_| place.beside_others(&reach, plain, &manner));
    let talks = join_all(talks.collect()).await;
    for (talk, trace) in talks {
        if let Some(mut failure) = fault(stand, &talk, &trace) {
            failure.what = format!("one of {limit} clients at once: {}", failure.what);
            return Ruling::failed(failure);
        }
    }
    Ruling::Pass
}

/// Runs all of these side by side.
async fn join_all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|cx| {
        let mut open = false;
        for (future, done) in &mut futures {
            if done.is_none() {
                match future.as_mut().poll(cx) {
                    std::task::Poll::Ready(output) => *done = Some(output),
                    std::task::Poll::Pending => open = true,
                }
            }
        }
        if open { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
    })
    .await;
    futures.into_iter().filter_map(|(_, done)| done).collect()
}

/// As many clients as the limit allows, and then one more.
pub(super) async fn limit(stand: &mut Stand<'_>, plain: &Way, life: Life) -> Ruling {
    let Some(sessions) = stand.convo.limit().map(|limit| limit.sessions) else { return Ruling::Pass };
    // Earlier clients may still be counted by a program that has not noticed their end.
    stand.down().await;
    let reach = match stand.up().await {
        Ok(reach) => reach,
        Err(trouble) => return Ruling::Undecided(trouble.text),
    };
    let writes: usize = plain.rehearsal.client_said().map(|said| said.writes.len()).sum();
    let at = writes.saturating_sub(1).min(1);
    let holds: Vec<Arc<Hold>> = (0..sessions).map(|_| Arc::new(Hold::default())).collect();
    let manners: Vec<Manner> =
        holds.iter().map(|hold| Manner { hold: Some((at, Arc::clone(hold))), ..Manner::default() }).collect();
    let place = &*stand;
    let full = join_all(manners.iter().map(|manner| place.beside_others(&reach, plain, manner)).collect());
    let more = async {
        for hold in &holds {
            // One whose conversation fails does not come there.
            let _ = tokio::time::timeout(place.patience, hold.reached.notified()).await;
        }
        let beyond = beyond(place, &reach, plain).await;
        holds.iter().for_each(|hold| hold.go.notify_one());
        beyond
    };
    let (full, (busy, last)) = tokio::join!(full, more);
    for (talk, trace) in &full {
        if let Some(mut failure) = fault(stand, talk, trace) {
            failure.what = format!("one of the {sessions} clients that the limit allows: {}", failure.what);
            return Ruling::failed(failure);
        }
    }
    if life == Life::LimitBusy {
        return match busy {
            true => Ruling::Pass,
            false => not_busy(stand, sessions, last),
        };
    }
    let ruling = freed(stand, plain, "have left").await;
    if !matches!(ruling, Ruling::Pass) || stand.link == Link::Datagram {
        return ruling;
    }
    let Ok(reach) = stand.up().await else { return ruling };
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

/// Lets further clients come until one hears that the server is busy. What the last one met.
async fn beyond(place: &Stand<'_>, reach: &net::Reach, plain: &Way) -> (bool, (Talk, Trace)) {
    let mut last = (Talk::of(End::NotPlayed(String::new())), Trace::new());
    for _ in 0..BEYOND {
        last = place.beside_others(reach, plain, &Manner::default()).await;
        let busy = last.0.violation().is_some_and(|violation| violation.kind == ViolationKind::Busy);
        if busy {
            return (true, last);
        }
    }
    (false, last)
}

fn not_busy(stand: &Stand<'_>, sessions: usize, (talk, trace): (Talk, Trace)) -> Ruling {
    let met = match &talk.end {
        End::Broke(violation) => violation.text.clone(),
        End::Lost(why) => why.clone(),
        _ => "it was served like any other".to_owned(),
    };
    let what = format!("with {sessions} clients there, a further one does not hear the busy message: {met}");
    Ruling::failed(stand.failure(Symptom::Unlimited, 0, what, &trace))
}

/// After all have left there is room again.
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
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
