//! Beginnings and endings, several clients, signals: how they are tried.

mod clients;
mod datagrams;
mod idle;
mod process;
mod reader;
mod rooms;

use std::time::Duration;

use convo::cases::{Cutting, Said};
use tokio::time::Instant;

use super::case::{Leak, Life, Symptom, Way};
use super::judge::{Ruling, fault, gets_over, serves_on};
use super::kernel::is_orphan;
use super::stand::{Stand, Waits, connect};
use super::talk::{Ahead, Break, Keying, Manner, settle};
use super::trace::{Event, Trace};

pub(super) use rooms::told;

/// Bytes in which no message ends.
const ENDLESS_BYTES: usize = 48_000_000;
/// What a program may keep of them, bytes.
const ENDLESS_KEPT_BYTES_MAX: u64 = 32_000_000;

/// How long a program is given to accept a connection before it is gone on without that.
const ACCEPT_MAX: Duration = Duration::from_secs(3);

/// Tries it.
pub(super) async fn live(stand: &mut Stand<'_>, life: Life, plain: &Way) -> Ruling {
    let last = plain.rehearsal.client_said().count().saturating_sub(1);
    let in_message = |how| Manner { break_off: Some((last, how)), ..Manner::default() };
    let in_key = |how| Manner { key: Some(Keying::BreakOff(how)), ..Manner::default() };
    match life {
        Life::Again => again(stand, plain).await,
        Life::ConnectClose | Life::ConnectReset => only_connect(stand, plain, life).await,
        Life::ResetInMessage => break_off(stand, plain, in_message(Break::Reset)).await,
        Life::CloseInMessage => break_off(stand, plain, in_message(Break::Close)).await,
        Life::ResetInKey => break_off(stand, plain, in_key(Break::Reset)).await,
        Life::CloseInKey => break_off(stand, plain, in_key(Break::Close)).await,
        Life::HalfClose => half_close(stand, plain).await,
        Life::Endless => endless(stand, plain).await,
        Life::SilentClient => clients::silent(stand, plain).await,
        Life::SecondClient => clients::second(stand, plain).await,
        Life::ManyClients => clients::many(stand, plain).await,
        Life::LimitBusy | Life::LimitFreed | Life::LimitKept => clients::limit(stand, plain, life).await,
        Life::SlowReader => reader::slow(stand, plain).await,
        Life::LeavesUnread => reader::leaves(stand, plain).await,
        Life::Idle => idle::idle(stand, plain).await,
        Life::Leaks => process::leaks(stand, plain).await,
        Life::Terminate => process::terminate(stand, plain).await,
        Life::Restart => process::restart(stand, plain).await,
        Life::Doubled | Life::TooLong | Life::Empty | Life::SamePort | Life::Burst => {
            datagrams::live(stand, plain, life).await
        }
    }
}

/// Two clients, one after the other, of a program that was just started.
async fn again(stand: &mut Stand<'_>, plain: &Way) -> Ruling {
    stand.down().await;
    let manner = Manner::default();
    let mut first = Trace::new();
    let talk = stand.converse(plain, &manner, &mut first).await;
    if fault(stand, &talk, &first).is_some() {
        return Ruling::Skipped("the first conversation fails already".to_owned());
    }
    if stand.one_shot
        && let Some(death) = stand.death(Waits::For(stand.patience)).await
    {
        let what = format!("after one conversation the program is over ({})", death.how);
        let mut failure = stand.failure(Symptom::Died, 0, what, &first);
        failure.death = Some(death.how);
        return Ruling::failed(failure);
    }
    let mut second = Trace::new();
    let talk = stand.converse(plain, &manner, &mut second).await;
    match fault(stand, &talk, &second) {
        Some(mut failure) => {
            failure.what = format!("the second client: {}", failure.what);
            Ruling::failed(failure)
        }
        None => Ruling::Pass,
    }
}

async fn only_connect(stand: &mut Stand<'_>, plain: &Way, life: Life) -> Ruling {
    // What an earlier client said may hide that nothing is known of this one.
    stand.afresh().await;
    let mut trace = Trace::new();
    let reach = match stand.up().await {
        Ok(reach) => reach,
        Err(trouble) => return Ruling::Undecided(trouble.text),
    };
    match connect(&reach, &mut trace, stand.patience).await {
        Ok(probe) if life == Life::ConnectReset => {
            trace.note(Event::WeReset);
            probe.reset();
        }
        Ok(probe) => {
            trace.note(Event::WeClosed);
            drop(probe);
        }
        Err(why) => return Ruling::failed(stand.failure(Symptom::Refused, 0, why, &trace)),
    }
    gets_over(stand, &trace, plain).await.map_or(Ruling::Pass, Ruling::failed)
}

async fn break_off(stand: &mut Stand<'_>, plain: &Way, manner: Manner) -> Ruling {
    let mut trace = Trace::new();
    let talk = stand.converse(plain, &manner, &mut trace).await;
    if let Some(failure) = fault(stand, &talk, &trace) {
        return Ruling::failed(failure);
    }
    gets_over(stand, &trace, plain).await.map_or(Ruling::Pass, Ruling::failed)
}

async fn half_close(stand: &mut Stand<'_>, plain: &Way) -> Ruling {
    let long = stand.long.clone();
    let sound = |way: &Way| {
        let secured = |said: &Said| said.cutting == Cutting::Secured;
        let said = &way.rehearsal.said;
        // What comes before keys are exchanged cannot come with what comes after.
        said.iter().all(|said| said.cutting != Cutting::Chunk)
            && (said.iter().all(secured) || !said.iter().any(secured))
    };
    let Some(long) = long.filter(|long| sound(long)) else { return half_closed(stand, plain, None).await };
    // Several answers are owed when the end comes, where messages may come together.
    let writes = long.rehearsal.client_said().flat_map(|said| said.writes.iter().cloned()).collect();
    let ahead = Ahead { first: 0, writes, half: false };
    let ruling = half_closed(stand, &long, Some(ahead.clone())).await;
    if matches!(ruling, Ruling::Failed(_)) {
        stand.afresh().await;
        let manner = Manner { ahead: Some(ahead), ..Manner::default() };
        let mut trace = Trace::new();
        let talk = stand.converse(&long, &manner, &mut trace).await;
        if fault(stand, &talk, &trace).is_some() {
            // Messages that come together are lost anyway: that is told where they are glued.
            stand.afresh().await;
            return half_closed(stand, plain, None).await;
        }
    }
    ruling
}

async fn half_closed(stand: &mut Stand<'_>, way: &Way, ahead: Option<Ahead>) -> Ruling {
    let writes: usize = way.rehearsal.client_said().map(|said| said.writes.len()).sum();
    let manner = Manner { half_close_after: Some(writes), ahead, ..Manner::default() };
    let mut trace = Trace::new();
    let talk = stand.converse(way, &manner, &mut trace).await;
    match fault(stand, &talk, &trace) {
        Some(mut failure) => {
            stand.hear_to_its_end(&mut failure).await;
            Ruling::failed(failure)
        }
        None => Ruling::Pass,
    }
}

/// Bytes in which no message ends; what the program does with them is its affair, as long as it goes on.
async fn endless(stand: &mut Stand<'_>, plain: &Way) -> Ruling {
    let reach = match stand.up().await {
        Ok(reach) => reach,
        Err(trouble) => return Ruling::Undecided(trouble.text),
    };
    let memory = |stand: &Stand<'_>| -> u64 {
        let family = stand.program.as_ref().map(super::program::Program::family).unwrap_or_default();
        family.iter().map(|process| process.memory_bytes).sum()
    };
    let before = memory(stand);
    let mut trace = Trace::new();
    let mut probe = match connect(&reach, &mut trace, stand.patience).await {
        Ok(probe) => probe,
        Err(why) => return Ruling::failed(stand.failure(Symptom::Refused, 0, why, &trace)),
    };
    let bytes = vec![b'z'; ENDLESS_BYTES / 64];
    trace.note(Event::Wrote(bytes.clone()));
    for _ in 0..64 {
        // A program that closes, or reads no more, has had enough of it.
        match tokio::time::timeout(stand.patience, probe.write(&bytes)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => break,
        }
    }
    read_by_program(&probe).await;
    let more = memory(stand).saturating_sub(before);
    drop(probe);
    if let Some(failure) = serves_on(stand, &trace, plain, 1).await {
        return Ruling::failed(failure);
    }
    if more < ENDLESS_KEPT_BYTES_MAX {
        return Ruling::Pass;
    }
    let what =
        format!("a message that does not end costs {} MB of memory, and would cost more", more / 1_000_000);
    let mut failure = stand.failure(Symptom::Leaks(Leak::Memory), 0, what, &trace);
    failure.mild = true;
    Ruling::failed(failure)
}

/// Waits until the program has accepted a connection and read what was written, where that can be seen. Whether it has
/// accepted it, as far as that can be seen.
async fn read_by_program(probe: &net::Probe) -> bool {
    let waits = || probe.ends().is_some_and(|(ours, theirs)| is_orphan(theirs, ours));
    let deadline = Instant::now() + ACCEPT_MAX;
    while waits() {
        if Instant::now() >= deadline {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    settle(probe).await;
    true
}
