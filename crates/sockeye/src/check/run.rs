//! Runs the cases, one after the other; those that wait long run at the end, side by side.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use convo::Link;
use tokio::time::Instant;

use super::case::{Act, Case, Failure, Family, Life, Outcome, Severity, Symptom, Verdict, Way};
use super::judge::{self, Ruling};
use super::life;
use super::stand::{Stand, Waits};

/// Cases of a kind that fail alike before the others are skipped.
const ALIKE_MAX: usize = 3;
/// How often a second client is tried before it counts as not served.
const KNOWING_TRIES: usize = 2;
/// No case begins later.
pub(super) const ALL_MAX: Duration = Duration::from_secs(150);

/// How strictly is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rigour {
    /// What the protocol cannot promise is a finding about it.
    Fair,
    /// It is a failure.
    Strict,
}

/// Runs all cases; `told` is called after each.
pub(super) async fn run(
    stand: &mut Stand<'_>,
    cases: Vec<Case>,
    plain: &Arc<Way>,
    rigour: Rigour,
    mut told: impl FnMut(&Outcome),
) -> Vec<Outcome> {
    let begun = Instant::now();
    let mut running = Running { tally: Tally::new(rigour), bases: HashMap::new() };
    running.know(stand, plain).await;
    let mut outcomes = Vec::new();
    let (last, first): (Vec<Case>, Vec<Case>) = cases.into_iter().partition(waits_long);
    let (ordinary, closing): (Vec<Case>, Vec<Case>) = first.into_iter().partition(|case| !ends_program(case));
    for case in in_order(ordinary).into_iter().chain(closing) {
        let outcome = if begun.elapsed() > ALL_MAX {
            skipped(case, "the time for the whole check was used up")
        } else {
            running.case(stand, case, plain).await
        };
        told(&outcome);
        outcomes.push(outcome);
    }
    for case in last {
        let outcome = running.case(stand, case, plain).await;
        told(&outcome);
        outcomes.push(outcome);
    }
    stand.down().await;
    outcomes
}

fn waits_long(case: &Case) -> bool {
    matches!(case.act, Act::Life(life) if judge::waits_long(life))
}

fn ends_program(case: &Case) -> bool {
    matches!(case.act, Act::Life(Life::Terminate | Life::Restart | Life::Leaks))
}

/// Whether a second client is served at all is known before anything hangs on it.
fn in_order(mut cases: Vec<Case>) -> Vec<Case> {
    cases.sort_by_key(|case| !matches!(case.act, Act::Life(Life::Again)));
    cases
}

struct Running {
    tally: Tally,
    /// Whether the ordinary conversation on a way goes well.
    bases: HashMap<String, bool>,
}

/// What failed so far, and what a failure means.
#[derive(Debug)]
pub(super) struct Tally {
    /// How often cases of a kind failed alike, and the first of them.
    failed: HashMap<(&'static str, Symptom), (usize, String)>,
    rigour: Rigour,
}

impl Running {
    /// Finds out, before anything is judged, whether the plain conversation goes well, and whether the program serves
    /// a second client after it: where it does not, each case has a program of its own.
    async fn know(&mut self, stand: &mut Stand<'_>, plain: &Arc<Way>) {
        if !stand.is_ours() || plain.rehearsal.stops {
            return;
        }
        let mut first = false;
        for _ in 0..KNOWING_TRIES {
            stand.down().await;
            if !goes_well(stand, plain).await {
                continue;
            }
            first = true;
            if goes_well(stand, plain).await {
                self.bases.insert(plain.name.clone(), true);
                return;
            }
        }
        self.bases.insert(plain.name.clone(), first);
        stand.one_shot = first;
        stand.down().await;
    }

    async fn case(&mut self, stand: &mut Stand<'_>, case: Case, plain: &Arc<Way>) -> Outcome {
        if let Some(reason) = self.tally.alike(&case) {
            return skipped(case, &reason);
        }
        let begun = Instant::now();
        if let Some(reason) = self.groundless(stand, &case, plain).await {
            return skipped(case, &reason);
        }
        if stand.is_ours() && self.bases.get(&plain.name) == Some(&false) {
            // What one failed conversation left must not be taken for another failure.
            stand.down().await;
        }
        let mut ruling = attempt(stand, &case, plain).await;
        for _ in 1..tries(&case) {
            if matches!(ruling, Ruling::Pass) {
                ruling = attempt(stand, &case, plain).await;
            }
        }
        if let Ruling::Failed(failure) = &ruling
            && judge::hangs_on_time(failure.symptom)
            && self.tally.is_first(&case, failure)
        {
            ruling = repeated(stand, &case, plain).await;
        }
        if let (Ruling::Failed(failure), Some(how)) = (&mut ruling, stand.exceeded()) {
            failure.death = Some(how);
        }
        stand.rest().await;
        if let (Act::Talk { way, .. }, Ruling::Failed(_)) = (&case.act, &ruling)
            && case.family == Family::Walks
            && stand.long.as_ref().is_some_and(|long| long.name == way.name)
        {
            // What rests on this way would fail with it.
            stand.long = None;
        }
        self.tally.outcome(case, ruling, begun.elapsed())
    }

    /// Why a case says nothing: what it varies fails already without the variation.
    async fn groundless(&mut self, stand: &mut Stand<'_>, case: &Case, plain: &Arc<Way>) -> Option<String> {
        if let Act::Life(life) = case.act
            && stand.one_shot
            && needs_others(life)
        {
            return Some("the program serves one client and then no other".to_owned());
        }
        if let Act::Life(life) = case.act
            && needs_others(life)
            && !matches!(life, Life::SilentClient | Life::Leaks)
            && self.tally.failed.contains_key(&("silent-client", Symptom::Waits))
        {
            return Some("the program serves one client at a time (life/silent-client)".to_owned());
        }
        let way = match &case.act {
            Act::Talk { .. } if case.family == Family::Walks => return None,
            Act::Talk { way, .. } if case.family == Family::Framing => way,
            Act::Talk { .. } | Act::Strange { .. } | Act::Life(_) | Act::Client { .. } => plain,
        };
        let works = match self.bases.get(&way.name) {
            Some(works) => *works,
            None => {
                let mut works = goes_well(stand, way).await;
                if !works {
                    stand.down().await;
                    works = goes_well(stand, way).await;
                }
                self.bases.insert(way.name.clone(), works);
                works
            }
        };
        let alone = matches!(case.act, Act::Life(Life::Terminate | Life::Idle));
        (!works && !alone).then(|| format!("the plain conversation ({}) fails already", way.name))
    }
}

/// How often a case is tried as long as it passes: whether the program is caught by an end or a reset is a race.
fn tries(case: &Case) -> usize {
    match case.act {
        Act::Life(Life::HalfClose | Life::LeavesUnread | Life::ConnectReset | Life::ResetInMessage) => 3,
        _ => 1,
    }
}

/// Whether a conversation goes well; a connection that stays open at its end is told elsewhere.
async fn goes_well(stand: &mut Stand<'_>, way: &Way) -> bool {
    if stand.one_shot || stand.link == Link::Datagram && stand.convo.limit().is_some() {
        stand.down().await;
    }
    match judge::talk(stand, way, &super::talk::Manner::default(), Waits::No).await {
        Ruling::Failed(failure) => failure.symptom == Symptom::LeftOpen,
        _ => true,
    }
}

/// Cases in which more than one client must be served.
fn needs_others(life: Life) -> bool {
    match life {
        Life::SilentClient
        | Life::SecondClient
        | Life::ManyClients
        | Life::SlowReader
        | Life::LimitBusy
        | Life::LimitFreed
        | Life::LimitKept
        | Life::Leaks => true,
        Life::Again
        | Life::ConnectClose
        | Life::ConnectReset
        | Life::HalfClose
        | Life::ResetInMessage
        | Life::CloseInMessage
        | Life::LeavesUnread
        | Life::Idle
        | Life::Endless
        | Life::Restart
        | Life::Terminate
        | Life::Doubled
        | Life::TooLong
        | Life::Empty
        | Life::SamePort
        | Life::Burst => false,
    }
}

impl Tally {
    pub(super) fn new(rigour: Rigour) -> Self {
        Self { failed: HashMap::new(), rigour }
    }

    /// Why a case need not be tried: others of its kind have failed alike.
    pub(super) fn alike(&self, case: &Case) -> Option<String> {
        let alike = |((kind, _), (count, _)): &(&(&'static str, Symptom), &(usize, String))| {
            *kind == case.kind && *count >= ALIKE_MAX
        };
        let (_, (count, first)) = self.failed.iter().find(alike)?;
        (case.family != Family::Life)
            .then(|| format!("same failure: {count} cases of this kind failed like {first}"))
    }

    /// Whether none of this kind has failed so before.
    pub(super) fn is_first(&self, case: &Case, failure: &Failure) -> bool {
        !self.failed.contains_key(&(case.kind, failure.symptom))
    }

    /// What a ruling means.
    pub(super) fn outcome(&mut self, case: Case, ruling: Ruling, took: Duration) -> Outcome {
        let of = |verdict, reason: String, failure: Option<Failure>| Outcome {
            case: case.clone(),
            verdict,
            reason,
            failure,
            took,
        };
        match ruling {
            Ruling::Pass => of(Verdict::Pass, String::new(), None),
            Ruling::Undecided(why) => of(Verdict::Inconclusive, why, None),
            Ruling::Skipped(why) => of(Verdict::Skipped, why, None),
            Ruling::Failed(failure) => {
                let seen = self.failed.entry((case.kind, failure.symptom)).or_insert((0, case.id.clone()));
                seen.0 += 1;
                let strict = self.rigour == Rigour::Strict;
                let verdict = match case.severity {
                    _ if strict => Verdict::Fail,
                    Severity::Must if failure.mild => Verdict::Warn,
                    Severity::Must => Verdict::Fail,
                    // However odd it was: the program must not die of it.
                    Severity::Should if died(&failure) => Verdict::Fail,
                    Severity::Should => Verdict::Warn,
                    Severity::Protocol => Verdict::Finding,
                };
                of(verdict, String::new(), Some(*failure))
            }
        }
    }
}

/// What hangs on time, or on what an earlier case left behind, counts only when it happens again.
async fn repeated(stand: &mut Stand<'_>, case: &Case, plain: &Arc<Way>) -> Ruling {
    let mut passes = 0;
    for _ in 0..2 {
        stand.down().await;
        match attempt(stand, case, plain).await {
            failed @ Ruling::Failed(_) if passes == 0 => return failed,
            Ruling::Failed(failure) => {
                return Ruling::Undecided(format!("it failed twice of three times: {}", failure.what));
            }
            _ => passes += 1,
        }
    }
    Ruling::Pass
}

/// Whether the whole program ended, not in good order.
fn died(failure: &Failure) -> bool {
    failure.death.as_ref().is_some_and(|how| !how.contains("exit code 0"))
}

async fn attempt(stand: &mut Stand<'_>, case: &Case, plain: &Arc<Way>) -> Ruling {
    // What earlier cases left to be kept would come back in this one.
    let fresh = stand.is_ours() && convo::cases::keeps(stand.convo);
    // Over UDP nobody can give a place back: it comes free when the idle time is over.
    let full = stand.link == Link::Datagram && stand.convo.limit().is_some();
    if fresh || full || stand.one_shot {
        stand.down().await;
    }
    match &case.act {
        Act::Talk { way, manner } => {
            // A program may die of a client's leaving; after that it shows which case it was.
            let waits = if case.family == Family::Walks { Waits::Moment } else { Waits::No };
            judge::talk(stand, way, manner, waits).await
        }
        Act::Strange { way, manner, answers } => judge::strange(stand, way, manner, *answers, plain).await,
        Act::Life(life) => life::live(stand, *life, plain).await,
        Act::Client { .. } => Ruling::Skipped("this is a case for clients".to_owned()),
    }
}

pub(super) fn skipped(case: Case, reason: &str) -> Outcome {
    Outcome {
        case,
        verdict: Verdict::Skipped,
        reason: reason.to_owned(),
        failure: None,
        took: Duration::ZERO,
    }
}
