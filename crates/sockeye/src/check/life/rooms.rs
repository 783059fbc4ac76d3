//! What others in a room hear of what a client tells there.

use std::time::Duration;

use convo::cases::{Member, Told, Turn, turns};
use net::{Heard, Probe, Reach};
use tokio::time::Instant;

use super::super::case::{Failure, Symptom, Way};
use super::super::judge::Ruling;
use super::super::stand::{Stand, connect};
use super::super::trace::{Event, Trace};
use crate::report::visible::in_log;

/// How long what lies ready is read.
const READY: Duration = Duration::from_millis(30);

/// One client comes into a room, and another one; the first tells something and leaves; a third one comes.
pub(in super::super) async fn told(stand: &mut Stand<'_>, way: &Way, there: &Way, later: &Way) -> Ruling {
    let members = [way, there, later].map(|way| Member::enter(stand.convo, &way.rehearsal));
    let [Some(first), Some(second), Some(third)] = members else {
        return Ruling::Skipped("not all of them come into the room".to_owned());
    };
    if !stand.is_ours() {
        let why = "the program was not started here: what its rooms keep of others is not known";
        return Ruling::Skipped(why.to_owned());
    }
    stand.down().await;
    let reach = match stand.up().await {
        Ok(reach) => reach,
        Err(trouble) => return Ruling::Undecided(trouble.text),
    };
    match meet(stand, &reach, way, [first, second, third]).await {
        None => Ruling::Skipped("whoever comes into the room hears something else already".to_owned()),
        Some(None) => Ruling::Pass,
        Some(Some(failure)) => Ruling::failed(failure),
    }
}

/// What is wrong with what they hear, if anything is; nothing where not all of them come into the room.
async fn meet(
    stand: &Stand<'_>,
    reach: &Reach,
    way: &Way,
    [mut first, mut second, mut third]: [Member; 3],
) -> Option<Option<Failure>> {
    let turns = turns(stand.convo, &way.rehearsal, &second);
    let told = |turns: &[Turn]| turns.iter().flat_map(|turn| turn.told.clone()).collect::<Vec<Told>>();
    let (coming, rest) = turns.split_at(first.enters.len());
    let (said, leaving) = rest.split_at(rest.len() - 1);
    let mut teller = Client::enter(stand, reach, &first).await?;
    let mut listener = Client::enter(stand, reach, &second).await?;
    let before = told(coming);
    let mut expected = kept(before.iter(), &mut second);
    let comes: Vec<u8> = second.told().iter().flat_map(|told| first.hear(told)).collect();
    if let Some(failure) =
        teller.hears(stand, &comes, "a client that is in the room when another one comes").await
    {
        return Some(Some(failure));
    }
    let mut answered = None;
    for (message, turn) in way.rehearsal.client_said().skip(first.enters.len()).zip(said) {
        teller.say(stand, &message.wire()).await;
        answered = answered.or(teller.is_answered(stand, &turn.answer).await);
    }
    expected.extend(told(said).iter().flat_map(|told| second.hear(told)));
    let who = "a client that is in the room when another one tells something";
    if let Some(failure) = listener.hears(stand, &expected, who).await.or(answered) {
        return Some(Some(failure));
    }
    if let Some(failure) = teller.hears_more(stand).await {
        return Some(Some(failure));
    }
    drop(teller);
    let gone: Vec<u8> = told(leaving).iter().flat_map(|told| second.hear(told)).collect();
    if let Some(failure) =
        listener.hears(stand, &gone, "a client that is in the room when another one leaves").await
    {
        return Some(Some(failure));
    }
    let mut newcomer = Client::enter(stand, reach, &third).await?;
    let rest = told(rest);
    let all = before.iter().chain(second.told()).chain(&rest);
    let expected = kept(all, &mut third);
    Some(
        newcomer
            .hears(stand, &expected, "a client that comes later, to whom what is kept is to be said,")
            .await,
    )
}

/// What is said of all that was told to somebody who comes.
fn kept<'a>(told: impl Iterator<Item = &'a Told> + Clone, newcomer: &mut Member) -> Vec<u8> {
    let keep = told.clone().map(|told| told.keep).max().unwrap_or_default();
    let lines: Vec<Vec<u8>> = told.map(|told| newcomer.hear(told)).collect();
    let lines: Vec<Vec<u8>> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(keep)..].concat()
}

/// A client that does as it is told, and what it has heard.
struct Client {
    probe: Probe,
    trace: Trace,
    /// What came and was not asked for yet.
    ahead: Vec<u8>,
}

impl Client {
    /// Connects, and says what brings into the room; nothing where what comes is not what should.
    async fn enter(stand: &Stand<'_>, reach: &Reach, member: &Member) -> Option<Self> {
        let mut trace = Trace::new();
        let probe = connect(reach, &mut trace, stand.patience).await.ok()?;
        let mut client = Self { probe, trace, ahead: Vec::new() };
        for (says, hears) in &member.enters {
            client.say(stand, says).await;
            if client.next(hears.len(), Instant::now() + stand.patience).await != *hears {
                return None;
            }
        }
        Some(client)
    }

    /// Says something, and waits until the program has dealt with it.
    async fn say(&mut self, stand: &Stand<'_>, bytes: &[u8]) {
        self.trace.note(Event::Wrote(bytes.to_vec()));
        // What became of it is seen by what is heard.
        let _ = self.probe.write(bytes).await;
        stand.at_rest().await;
    }

    /// The next so many bytes, as far as they come.
    async fn next(&mut self, bytes: usize, deadline: Instant) -> Vec<u8> {
        while self.ahead.len() < bytes {
            let Ok(heard) = tokio::time::timeout_at(deadline, self.probe.hear()).await else { break };
            self.trace.heard(&heard);
            let Heard::Bytes(more) = heard else { break };
            self.ahead.extend(more);
        }
        self.ahead.drain(..bytes.min(self.ahead.len())).collect()
    }

    /// What is wrong with what it hears, if it is not this.
    async fn hears(&mut self, stand: &Stand<'_>, expected: &[u8], who: &str) -> Option<Failure> {
        let came = self.next(expected.len(), Instant::now() + stand.patience).await;
        if came == expected {
            return None;
        }
        let (symptom, seen) = match came.as_slice() {
            [] => (Symptom::Silent, "nothing".to_owned()),
            came if expected.starts_with(came) => (Symptom::Unfinished, format!("only \"{}\"", in_log(came))),
            came => (Symptom::Differs, format!("\"{}\"", in_log(came))),
        };
        let what = format!("{who} hears {seen}; \"{}\" was expected", in_log(expected));
        Some(stand.failure(symptom, 0, what, &self.trace))
    }

    /// What is wrong with the answer to what it said, if it is not this.
    async fn is_answered(&mut self, stand: &Stand<'_>, answer: &[u8]) -> Option<Failure> {
        let mut failure =
            self.hears(stand, answer, "a client that asks while somebody else is there").await?;
        failure.symptom = Symptom::Amount;
        Some(failure)
    }

    /// Whether anything comes to the client that told something.
    async fn hears_more(&mut self, stand: &Stand<'_>) -> Option<Failure> {
        let heard = self.next(usize::MAX, Instant::now() + READY).await;
        if heard.is_empty() {
            return None;
        }
        let what = format!("the client that told it hears \"{}\", too", in_log(&heard));
        Some(stand.failure(Symptom::Unexpected, 0, what, &self.trace))
    }
}
