//! Cases in which our datagrams are lost, doubled, reordered, late or garbage, or come from somebody else.
//!
//! What no message of the convo can tell, as which of two answers came first, is a finding about the protocol.

use std::sync::Arc;
use std::time::Duration;

use convo::Role;

use super::super::super::case::{Severity, Trick, Way};
use super::super::super::talk::{Break, Manner};
use super::{Planning, Service, garbage, writes};

/// How late a late datagram is: longer than a client should wait without a word.
const LATE: Duration = Duration::from_millis(2_500);

pub(super) fn plan<'a>(
    planning: &mut Planning<'_>,
    base: &Arc<Way>,
    mut ways: impl Iterator<Item = &'a Arc<Way>>,
) {
    let about = "a datagram from somebody else comes before our answer";
    let trick = Trick::Stranger(b"sockeye-stranger".to_vec());
    planning.serve(Service { trick, ..Service::new("stranger", about, base) });
    let last = writes(base).len().saturating_sub(1);
    let break_off = Some((last, Break::Nothing));
    planning.serve(Service {
        manner: Manner { break_off, ..Manner::default() },
        severity: Severity::Should,
        trick: Trick::Silent,
        ..Service::new("lost", "our last datagram is lost", base)
    });
    let break_off = Some((0, Break::Strange(garbage())));
    planning.serve(Service {
        manner: Manner { break_off, ..Manner::default() },
        trick: Trick::Garbage,
        ..Service::new("garbage", "our first datagram is no message at all", base)
    });
    doubled(planning, base, last);
    if let Some((way, first)) = ways.find_map(|way| Some((way, pair(way)?))) {
        let all = writes(way);
        let instead = vec![(first, all[first + 1].0.clone()), (first + 1, all[first].0.clone())];
        planning.serve(Service {
            manner: Manner { instead, ..Manner::default() },
            severity: Severity::Protocol,
            ..Service::new("reordered", "two datagrams of ours come in the other order", way)
        });
    }
    planning.serve(Service {
        manner: Manner { slow: Some(LATE), ..Manner::default() },
        severity: Severity::Protocol,
        ..Service::new("late", "our datagrams come late", base)
    });
}

/// Twice the same: after the last datagram nobody listens any more, before it the second may be taken for the next.
fn doubled(planning: &mut Planning<'_>, base: &Arc<Way>, last: usize) {
    let ends = base.rehearsal.said.last().is_some_and(|said| said.from == Role::Server);
    if ends {
        planning.serve(Service {
            name: "doubled-last".to_owned(),
            manner: Manner { double: Some(last), ..Manner::default() },
            ..Service::new("doubled", "our last datagram comes twice", base)
        });
    }
    if last > 0 || !ends {
        planning.serve(Service {
            name: "doubled-first".to_owned(),
            manner: Manner { double: Some(0), ..Manner::default() },
            severity: Severity::Protocol,
            ..Service::new("doubled", "our first datagram comes twice", base)
        });
    }
}

/// The first of two datagrams of ours between which the client says nothing, and which differ.
fn pair(way: &Way) -> Option<usize> {
    let mut index = 0;
    let mut before: Option<&[u8]> = None;
    for said in &way.rehearsal.said {
        if said.from == Role::Client {
            before = None;
            continue;
        }
        for write in &said.writes {
            if before.is_some_and(|before| before != write.as_slice()) {
                return Some(index - 1);
            }
            before = Some(write);
            index += 1;
        }
    }
    None
}
