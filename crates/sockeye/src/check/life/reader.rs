//! A client that asks much and reads nothing: for a while, or ever.

use std::time::Duration;

use convo::Role;
use convo::cases::{Reaction, Said, react};
use net::{Heard, Probe};
use tokio::time::Instant;

use super::super::case::{Symptom, Way};
use super::super::judge::{Ruling, fault, serves_on};
use super::super::stand::{Stand, connect, note};
use super::super::talk::Manner;
use super::super::trace::{Event, Trace};
use super::read_by_program;

/// What is asked for at once, bytes.
const ASKED_BYTES: usize = 400_000;
/// Each message is about so long, bytes, where it can be.
const MESSAGE_BYTES: usize = 900;
/// So many times what an answer may take all of them may.
const ANSWERS_TIMES: u32 = 5;
/// A system that takes nothing for so long takes nothing more.
const STUCK: Duration = Duration::from_millis(150);

/// A client reads nothing for a while. Meanwhile others are served, and then it gets all its answers.
pub(super) async fn slow(stand: &mut Stand<'_>, plain: &Way) -> Ruling {
    let ruling = late(stand, plain).await;
    blamed(stand, plain, ruling).await
}

/// A client asks much, reads nothing and resets: writing to it fails.
pub(super) async fn leaves(stand: &mut Stand<'_>, plain: &Way) -> Ruling {
    let ruling = lost(stand, plain).await;
    blamed(stand, plain, ruling).await
}

/// A failure counts only where the same messages go well with a client that reads at once.
async fn blamed(stand: &mut Stand<'_>, plain: &Way, ruling: Ruling) -> Ruling {
    if !matches!(ruling, Ruling::Failed(_)) {
        return ruling;
    }
    stand.afresh().await;
    let works = at_once(stand, plain).await;
    stand.afresh().await;
    if works {
        return ruling;
    }
    Ruling::Skipped("much that comes together is not answered, although it is read at once".to_owned())
}

/// Whether a client that asks much and reads at once is answered, and others after it.
async fn at_once(stand: &mut Stand<'_>, plain: &Way) -> bool {
    let Some(bytes) = many(stand, plain) else { return false };
    let reaction = react(stand.convo, Role::Server, stand.link, std::slice::from_ref(&bytes), &[]);
    let Reaction::Answers { bytes: wanted, .. } = reaction else { return false };
    let mut trace = Trace::new();
    let Ok(reach) = stand.up().await else { return false };
    let Ok(mut probe) = connect(&reach, &mut trace, stand.patience).await else { return false };
    let mut written = 0;
    let latest = Instant::now() + stand.patience * ANSWERS_TIMES;
    let heard = read_all(&mut probe, &bytes, &mut written, wanted.len(), (stand.patience, latest)).await;
    drop(probe);
    // What a correct server says may be of another length where chance or its own values are in it.
    heard.len() >= wanted.len() / 2 && serves_on(stand, &trace, plain, 1).await.is_none()
}

async fn late(stand: &mut Stand<'_>, plain: &Way) -> Ruling {
    let Some(bytes) = many(stand, plain) else {
        return Ruling::Skipped("this convo cannot be asked much at once".to_owned());
    };
    // What must come can be told where the program says just what the convo's own server says.
    let mut trace = Trace::new();
    let talk = stand.converse(plain, &Manner::default(), &mut trace).await;
    let same = plain.rehearsal.server_said().map(|said| &said.text).eq(talk.heard.iter());
    let wanted = match react(stand.convo, Role::Server, stand.link, std::slice::from_ref(&bytes), &[]) {
        // Where things are kept, what others keep meanwhile is in the answers too.
        Reaction::Answers { bytes, .. } if same && !convo::cases::keeps(stand.convo) => Some(bytes),
        _ => None,
    };
    let mut trace = Trace::new();
    let mut probe = match open(stand, &mut trace).await {
        Ok(probe) => probe,
        Err(ruling) => return ruling,
    };
    let mut written = push(&mut probe, &bytes, &mut trace).await;
    read_by_program(&probe).await;
    let Ok(reach) = stand.up().await else { return Ruling::Undecided("the program is gone".to_owned()) };
    let (talk, others) = stand.beside_others(&reach, plain, &Manner::default()).await;
    if let Some(mut failure) = fault(stand, &talk, &others) {
        failure.what = format!("while another client reads nothing: {}", failure.what);
        if matches!(failure.symptom, Symptom::Silent | Symptom::Refused) {
            failure.symptom = Symptom::Waits;
        }
        return Ruling::failed(failure);
    }
    let Some(wanted) = wanted else { return Ruling::Pass };
    let latest = Instant::now() + stand.patience * ANSWERS_TIMES;
    let heard = read_all(&mut probe, &bytes, &mut written, wanted.len(), (stand.patience, latest)).await;
    // One that takes its time, and was right so far, is not waited for.
    if heard == wanted || Instant::now() >= latest && wanted.starts_with(&heard) {
        return Ruling::Pass;
    }
    if heard.len() >= wanted.len() {
        return Ruling::Skipped(
            "it says other things than the convo: that is told where they are asked".to_owned(),
        );
    }
    let same = heard.iter().zip(&wanted).take_while(|(heard, wanted)| heard == wanted).count();
    let what = format!(
        "a client that reads late does not get its answers whole: {} of {} bytes came, the first {same} of them right",
        heard.len(),
        wanted.len()
    );
    trace.note(Event::Silence(stand.patience));
    Ruling::failed(stand.failure(Symptom::Unfinished, 0, what, &trace))
}

async fn lost(stand: &mut Stand<'_>, plain: &Way) -> Ruling {
    let Some(bytes) = many(stand, plain) else {
        return Ruling::Skipped("this convo cannot be asked much at once".to_owned());
    };
    let mut trace = Trace::new();
    let mut probe = match open(stand, &mut trace).await {
        Ok(probe) => probe,
        Err(ruling) => return ruling,
    };
    push(&mut probe, &bytes, &mut trace).await;
    trace.note(Event::WeReset);
    probe.reset();
    serves_on(stand, &trace, plain, 2).await.map_or(Ruling::Pass, Ruling::failed)
}

async fn open(stand: &mut Stand<'_>, trace: &mut Trace) -> Result<Probe, Ruling> {
    let reach = stand.up().await.map_err(|trouble| Ruling::Undecided(trouble.text))?;
    let probe = note(Probe::connect_narrow(&reach), trace, stand.patience).await;
    probe.map_err(|why| Ruling::failed(stand.failure(Symptom::Refused, 0, why, trace)))
}

/// A conversation in which much is asked before anything is read.
fn many(stand: &Stand<'_>, plain: &Way) -> Option<Vec<u8>> {
    let long = stand.long.as_deref().filter(|long| long.rehearsal.client_said().count() > 2)?;
    let mut bytes: Vec<u8> = plain.rehearsal.client_said().flat_map(Said::wire).collect();
    let last = long.rehearsal.client_said().last()?;
    // A hole of text takes more text.
    let text = last.holes.iter().find(|hole| hole.kind == convo::cases::HoleKind::Text);
    let message = match text {
        Some(hole) => {
            let mut text = last.text.clone();
            text.splice(hole.range.clone(), std::iter::repeat_n(b'm', MESSAGE_BYTES));
            last.framed(&text)
        }
        None => last.wire(),
    };
    bytes.extend_from_slice(&message.repeat(ASKED_BYTES / message.len().max(1)));
    let goes_on = react(stand.convo, Role::Server, stand.link, std::slice::from_ref(&bytes), &[]);
    matches!(goes_on, Reaction::Answers { closes: false, .. }).then_some(bytes)
}

/// Writes what the system takes, and says how much that was.
async fn push(probe: &mut Probe, bytes: &[u8], trace: &mut Trace) -> usize {
    let mut written = 0;
    while written < bytes.len() {
        let room = tokio::time::timeout(STUCK, probe.writable()).await;
        match (room, probe.write_some(&bytes[written..])) {
            (Ok(Ok(())), Ok(length)) => written += length,
            _ => break,
        }
    }
    trace.note(Event::Wrote(bytes[..written].to_vec()));
    written
}

/// Reads all that comes, while the rest is written: until nothing comes for the patience, or it is latest.
async fn read_all(
    probe: &mut Probe,
    bytes: &[u8],
    written: &mut usize,
    wanted: usize,
    (patience, latest): (Duration, Instant),
) -> Vec<u8> {
    let mut heard = Vec::new();
    let mut deadline = Instant::now() + patience;
    while heard.len() < wanted && Instant::now() < latest {
        if *written < bytes.len() {
            *written += probe.write_some(&bytes[*written..]).unwrap_or(0);
        }
        let step = if *written < bytes.len() { Duration::from_millis(5) } else { patience };
        match tokio::time::timeout(step, probe.hear()).await {
            Ok(Heard::Bytes(more)) => {
                heard.extend_from_slice(&more);
                deadline = Instant::now() + patience;
            }
            Ok(_) => break,
            Err(_) if Instant::now() < deadline => {}
            Err(_) => break,
        }
    }
    heard
}
