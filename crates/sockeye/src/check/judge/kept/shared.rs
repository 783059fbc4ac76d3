//! What one client gives to be kept is there for another one, and who gave it.

use convo::cases::{NEXT_PEER, PEER};

use super::super::super::case::Way;
use super::super::super::stand::Stand;
use super::super::super::talk::Manner;
use super::super::super::trace::Trace;
use super::super::{Ruling, fault};
use super::{amount, blames, order, sender};

/// One client gives something and leaves; another one gives something, and reads all.
pub(in super::super::super) async fn shared(stand: &mut Stand<'_>, first: &Way, second: &Way) -> Ruling {
    if !stand.is_ours() {
        let why = "the program was not started here: what it keeps of others is not known";
        return Ruling::Skipped(why.to_owned());
    }
    if stand.one_shot {
        return Ruling::Skipped("the program serves one client and then no other".to_owned());
    }
    stand.down().await;
    let mut before = Trace::new();
    let other = stand.converse(first, &Manner::default(), &mut before).await;
    if fault(stand, &other, &before).is_some() {
        return Ruling::Skipped("giving something to be kept fails already".to_owned());
    }
    // What is answered by nothing may be dealt with after its client has left.
    stand.at_rest().await;
    let mut trace = Trace::new();
    let talk = stand.converse(second, &Manner::default(), &mut trace).await;
    trace.moments.splice(..0, before.moments);
    if let Some(failure) = fault(stand, &talk, &trace) {
        return Ruling::failed(failure);
    }
    let people = [(PEER, other.ours), (NEXT_PEER, talk.ours)];
    let wrong = amount(stand, second, &talk, &trace)
        .or_else(|| order(stand, second, &talk, &[first, second], &trace))
        .or_else(|| sender(stand, second, &talk, &people, &trace));
    let Some(failure) = wrong else { return Ruling::Pass };
    blames(stand, second, &[&other, &talk], failure).await.unwrap_or(Ruling::Pass)
}
