//! What concerns the program as a process: what it keeps, how it ends, how it begins again.

use std::time::Duration;

use convo::Link;
use net::Heard;
use tokio::time::Instant;

use super::super::case::{Leak, Symptom, Way};
use super::super::judge::{Ruling, fault};
use super::super::proc;
use super::super::program::BUSY_PERCENT;
use super::super::stand::{Stand, Waits, connect, in_use};
use super::super::talk::{Break, Manner};
use super::super::trace::{Event, Trace};

/// What a program takes of a processor that asks connections again and again, even on a busy machine, percent.
const WORKS_PERCENT: u128 = 20;
/// Clients that come and go.
const COME_AND_GO: usize = 100;
/// Clients that are lost by a reset after that.
const LOST: usize = 20;
/// Open files that a program may keep for itself meanwhile.
const FILES_MORE_MAX: usize = 10;
/// Memory that it may, bytes; a program that has more itself may take as much again, for a collector frees nothing before
/// that.
const MEMORY_MORE_BYTES_MAX: u64 = 10_000_000;
/// How long its processor time is looked at.
const CALM: Duration = Duration::from_millis(500);
/// How long it is given to let go of what belongs to clients that left.
const LET_GO_MAX: Duration = Duration::from_secs(3);

/// A hundred clients come and go; then nothing of them is left.
pub(super) async fn leaks(stand: &mut Stand<'_>, plain: &Way) -> Ruling {
    if !stand.is_ours() {
        return Ruling::Skipped("the program was not started here: its memory cannot be seen".to_owned());
    }
    let manner = Manner::default();
    let mut trace = Trace::new();
    for _ in 0..3 {
        stand.converse(plain, &manner, &mut Trace::new()).await;
    }
    let Some(before) = calm(stand, 0).await else {
        return Ruling::Undecided("the program is gone".to_owned());
    };
    let many = Instant::now();
    for number in 0..COME_AND_GO {
        trace = Trace::new();
        let talk = stand.converse(plain, &manner, &mut trace).await;
        if let Some(mut failure) = fault(stand, &talk, &trace) {
            if let Some(percent) = works_on(stand).await {
                let what = format!("after {number} clients have come and gone {}", spinning(percent));
                return Ruling::failed(stand.failure(Symptom::Leaks(Leak::Time), 0, what, &trace));
            }
            stand.hear_to_its_end(&mut failure).await;
            failure.what =
                format!("client {} of {COME_AND_GO}, one after the other: {}", number + 1, failure.what);
            return Ruling::failed(failure);
        }
        if many.elapsed() > stand.patience * 10 {
            break;
        }
    }
    let Some(after) = calm(stand, before.files + FILES_MORE_MAX).await else {
        return Ruling::Undecided("the program is gone".to_owned());
    };
    if let Some((leak, kept)) = kept(&before, &after) {
        let what = format!("after {COME_AND_GO} clients have come and gone {kept}");
        return Ruling::failed(stand.failure(Symptom::Leaks(leak), 0, what, &trace));
    }
    after_resets(stand, plain, &after).await
}

/// Clients that are lost in mid-message leave nothing behind either.
async fn after_resets(stand: &mut Stand<'_>, plain: &Way, before: &Calm) -> Ruling {
    // Whether a limited server gives the places of lost clients back is another case.
    if stand.link != Link::Stream || stand.convo.limit().is_some() {
        return Ruling::Pass;
    }
    let last = plain.rehearsal.client_said().count().saturating_sub(1);
    let manner = Manner { break_off: Some((last, Break::Reset)), ..Manner::default() };
    let mut trace = Trace::new();
    stand.obituary();
    for _ in 0..LOST {
        trace = Trace::new();
        stand.converse(plain, &manner, &mut trace).await;
    }
    if stand.death(Waits::Moment).await.is_some() || stand.obituary().is_some() {
        // That a reset ends it is told by the case that resets once.
        return Ruling::Pass;
    }
    let Some(after) = calm(stand, before.files + FILES_MORE_MAX).await else { return Ruling::Pass };
    let Some((leak, kept)) = kept(before, &after) else { return Ruling::Pass };
    let what = format!("after {LOST} clients were lost by a reset in mid-message {kept}");
    Ruling::failed(stand.failure(Symptom::Leaks(leak), 0, what, &trace))
}

/// What there is more than before, if that is much.
fn kept(before: &Calm, after: &Calm) -> Option<(Leak, String)> {
    let spins =
        after.busy_percent >= BUSY_PERCENT && before.busy_percent < BUSY_PERCENT || after.busy_percent >= 80;
    if spins {
        Some((Leak::Time, spinning(after.busy_percent)))
    } else if after.zombies > before.zombies + FILES_MORE_MAX {
        Some((Leak::Children, format!("{} children have ended and were never waited for", after.zombies)))
    } else if after.unnoticed > before.unnoticed + FILES_MORE_MAX {
        let works = match after.busy_percent {
            0..WORKS_PERCENT => String::new(),
            percent => format!(", and {}", spinning(percent)),
        };
        let what = format!("{} connections whose client has closed are still open{works}", after.unnoticed);
        Some((if works.is_empty() { Leak::Connections } else { Leak::Time }, what))
    } else if after.files > before.files + FILES_MORE_MAX {
        Some((
            Leak::Files,
            format!("{} files or sockets are open, {} were before", after.files, before.files),
        ))
    } else if after.memory_bytes > before.memory_bytes + before.memory_bytes.max(MEMORY_MORE_BYTES_MAX) {
        let more = (after.memory_bytes - before.memory_bytes) / 1_000_000;
        Some((Leak::Memory, format!("it uses {more} MB more memory than before")))
    } else {
        None
    }
}

/// How much of a processor the program uses now that nobody is there, if that is much, percent.
async fn works_on(stand: &Stand<'_>) -> Option<u128> {
    let percent = stand.program.as_ref()?.busy_percent(CALM).await;
    (percent >= BUSY_PERCENT).then_some(percent)
}

fn spinning(percent: u128) -> String {
    format!("it uses {percent} % of a processor although nobody is there")
}

struct Calm {
    files: usize,
    memory_bytes: u64,
    busy_percent: u128,
    /// Children that ended and were never waited for.
    zombies: usize,
    /// Connections whose client has closed and that the program has not.
    unnoticed: usize,
}

/// What the program uses when nobody is there, once it has let go of all but `files`.
async fn calm(stand: &Stand<'_>, files: usize) -> Option<Calm> {
    let program = stand.program.as_ref()?;
    let deadline = Instant::now() + LET_GO_MAX;
    while proc::open_files(&program.family()) > files && files > 0 && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    program.at_rest().await;
    let busy_percent = program.busy_percent(CALM).await;
    let family = program.family();
    if family.is_empty() {
        return None;
    }
    Some(Calm {
        files: proc::open_files(&family),
        memory_bytes: family.iter().map(|process| process.memory_bytes).sum(),
        zombies: program.zombies(),
        unnoticed: proc::unnoticed(&family),
        busy_percent,
    })
}

/// SIGTERM ends the program, with a client there.
pub(super) async fn terminate(stand: &mut Stand<'_>, _: &Way) -> Ruling {
    if !stand.is_ours() {
        return Ruling::Skipped("the program was not started here".to_owned());
    }
    let reach = match stand.up().await {
        Ok(reach) => reach,
        Err(trouble) => return Ruling::Undecided(trouble.text),
    };
    let mut trace = Trace::new();
    let client = connect(&reach, &mut trace, stand.patience).await;
    if let Some(program) = &stand.program {
        program.terminate();
    }
    let ended = stand.death(Waits::For(stand.patience + Duration::from_secs(5))).await;
    drop(client);
    if ended.is_some() {
        return Ruling::Pass;
    }
    let what = "the program still runs after SIGTERM";
    let ruling = Ruling::failed(stand.failure(Symptom::Stays, 0, what, &trace));
    stand.down().await;
    ruling
}

/// The program ends while a client is there, and is started again at once on the same port.
pub(super) async fn restart(stand: &mut Stand<'_>, plain: &Way) -> Ruling {
    if !stand.is_ours() {
        return Ruling::Skipped("the program was not started here".to_owned());
    }
    stand.down().await;
    let (command, port) = match stand.fixed().await {
        Ok(fixed) => fixed,
        Err(trouble) => return Ruling::Undecided(trouble.text),
    };
    let mut trace = Trace::new();
    let mut again = stand.at(command, port);
    let reach = match again.up().await {
        Ok(reach) => reach,
        Err(trouble) => return Ruling::Undecided(trouble.text),
    };
    // The program's side closes first, so that its side of the connection lingers.
    let client = connect(&reach, &mut trace, stand.patience).await;
    if let (Link::Stream, Ok(client)) = (stand.link, &client)
        && !super::read_by_program(client).await
    {
        again.down().await;
        // What nobody has accepted leaves nothing at the port.
        return Ruling::Undecided("the program does not accept a client that could hold its port".to_owned());
    }
    if let Some(program) = &again.program {
        program.terminate();
    }
    again.leave(Duration::from_secs(3)).await;
    if let (Link::Stream, Ok(mut client)) = (stand.link, client) {
        let ends = async { while !matches!(client.hear().await, Heard::End | Heard::Reset) {} };
        // However it ended, it is gone now.
        let _ = tokio::time::timeout(Duration::from_secs(1), ends).await;
        trace.note(Event::WeClosed);
    }
    let ruling = match again.start_at_once().await {
        Ok(()) => {
            let talk = again.converse(plain, &Manner::default(), &mut trace).await;
            fault(&again, &talk, &trace).map_or(Ruling::Pass, Ruling::failed)
        }
        Err(output) if in_use(&output) && !proc::is_left(port, stand.kind()) => {
            // The system gave it, as any free one, to somebody else.
            Ruling::Undecided(format!("another program took port {port} before it was started again"))
        }
        Err(output) => {
            let last = output.trim_end().lines().last().unwrap_or("nothing").to_owned();
            let what =
                format!("started again at once, the program does not get its port; its last line: {last}");
            let mut failure = again.failure(Symptom::NoRestart, 0, what, &trace);
            failure.output = output;
            Ruling::failed(failure)
        }
    };
    again.down().await;
    ruling
}
