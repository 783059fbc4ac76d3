//! Datagrams that are doubled, too long, empty; answers from the right port.

use convo::Link;
use net::Heard;

use super::super::case::{Life, Symptom, Way};
use super::super::judge::{Ruling, fault, serves_on};
use super::super::stand::{Stand, connect};
use super::super::talk::{Break, End, Manner};
use super::super::trace::{Event, Trace};

pub(super) async fn live(stand: &mut Stand<'_>, plain: &Way, life: Life) -> Ruling {
    debug_assert_eq!(stand.link, Link::Datagram);
    match life {
        Life::Doubled => strange(stand, plain, Manner { double: Some(0), ..Manner::default() }).await,
        Life::TooLong => {
            let manner =
                Manner { break_off: Some((0, Break::Strange(vec![b'x'; 60_000]))), ..Manner::default() };
            strange(stand, plain, manner).await
        }
        Life::Empty => {
            let manner = Manner { break_off: Some((0, Break::Strange(Vec::new()))), ..Manner::default() };
            strange(stand, plain, manner).await
        }
        Life::Burst => burst(stand).await,
        _ => same_port(stand, plain).await,
    }
}

/// Whatever becomes of this conversation, the next one goes well.
async fn strange(stand: &mut Stand<'_>, plain: &Way, manner: Manner) -> Ruling {
    let mut trace = Trace::new();
    let talk = stand.converse(plain, &manner, &mut trace).await;
    if let End::NotPlayed(why) = &talk.end {
        return Ruling::Undecided(why.clone());
    }
    serves_on(stand, &trace, plain, 1).await.map_or(Ruling::Pass, Ruling::failed)
}

/// An answer that comes from another port than was asked reaches no client that looks at it.
async fn same_port(stand: &mut Stand<'_>, plain: &Way) -> Ruling {
    let reach = match stand.up().await {
        Ok(reach) => reach,
        Err(trouble) => return Ruling::Undecided(trouble.text),
    };
    let mut trace = Trace::new();
    let mut probe = match connect(&reach, &mut trace, stand.patience).await {
        Ok(probe) => probe,
        Err(why) => return Ruling::failed(stand.failure(Symptom::Refused, 0, why, &trace)),
    };
    let messages = plain.rehearsal.client_said().map(convo::cases::Said::wire);
    for message in messages {
        // A datagram that cannot be sent is one that is lost.
        let _ = probe.write(&message).await;
    }
    match tokio::time::timeout(stand.patience, probe.hear()).await {
        Ok(heard @ Heard::Stranger { .. }) => {
            trace.heard(&heard);
            let what = "the answer comes from another port than the one that was asked";
            Ruling::failed(stand.failure(Symptom::Unexpected, 0, what, &trace))
        }
        Ok(_) | Err(_) => {
            let talk = stand.converse(plain, &Manner::default(), &mut trace).await;
            fault(stand, &talk, &trace).map_or(Ruling::Pass, Ruling::failed)
        }
    }
}

/// Several datagrams come before the first is read; each counts.
async fn burst(stand: &mut Stand<'_>) -> Ruling {
    let Some(way) = stand.long.clone() else {
        return Ruling::Skipped("the client says only one thing at a time here".to_owned());
    };
    if stand.is_ours() {
        stand.down().await;
    }
    let reach = match stand.up().await {
        Ok(reach) => reach,
        Err(trouble) => return Ruling::Undecided(trouble.text),
    };
    let mut trace = Trace::new();
    let mut probe = match connect(&reach, &mut trace, stand.patience).await {
        Ok(probe) => probe,
        Err(why) => return Ruling::failed(stand.failure(Symptom::Refused, 0, why, &trace)),
    };
    for said in way.rehearsal.client_said() {
        let bytes = said.wire();
        // A datagram that cannot be sent is one that is lost.
        let _ = probe.write(&bytes).await;
        trace.note(Event::Wrote(bytes));
    }
    let wanted = way.rehearsal.server_said().count();
    let mut came = 0;
    while came < wanted {
        match tokio::time::timeout(stand.patience, probe.hear()).await {
            Ok(heard) => {
                came += usize::from(matches!(heard, Heard::Bytes(_)));
                trace.heard(&heard);
            }
            Err(_) => break,
        }
    }
    if came == wanted {
        return Ruling::Pass;
    }
    trace.note(Event::Silence(stand.patience));
    let what =
        format!("datagrams that come close together are lost: {wanted} answers were expected, {came} came");
    Ruling::failed(stand.failure(Symptom::Amount, 0, what, &trace))
}
