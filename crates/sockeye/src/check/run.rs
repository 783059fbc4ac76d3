//! Runs the cases: what others hang on first, then the rest; side by side where each lane can have a program of its own.
//!
//! ```text
//! know ─▶ walks, a second client ─▶ all others, those that must be alone with nobody beside them
//!     └─▶ those that only wait ────────────────────────────────────────────────────────────────▶
//! ```
//!
//! Where there is only one place for the program, those that only wait do so as further clients of it, beside conversations
//! that leave it alone.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use convo::Link;
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::case::{Act, Case, Family, Life, Outcome, Severity, Symptom, Way};
use super::judge::{self, Ruling};
use super::lanes::{LANES, Schedule};
use super::life;
use super::stand::{Stand, Waits};
use super::tally::{Rigour, Tally, skipped};
use needs::{ends_program, has_room_beside, is_ground, leaves_alone, needs_others, tries, waits_long};

mod needs;

/// How often a second client is tried before it counts as not served.
const KNOWING_TRIES: usize = 2;
/// What a case takes of the machine that has it for itself.
const ALL_ROOM: u32 = LANES as u32;

/// Runs all cases; `told` is called after each.
pub(super) async fn run(
    mut stand: Stand<'_>,
    cases: Vec<Case>,
    plain: &Arc<Way>,
    rigour: Rigour,
    told: impl Fn(&Outcome),
) -> Vec<Outcome> {
    let schedule = Schedule::begin(Tally::new(rigour), &told);
    let running = Running {
        schedule,
        plain: Arc::clone(plain),
        bases: RefCell::default(),
        room: Semaphore::new(LANES),
    };
    // Where even that takes all the time, nothing is tried.
    let _ = running.schedule.in_time(running.know(&mut stand)).await;
    let (waiting, cases): (Vec<Case>, Vec<Case>) = cases.into_iter().partition(waits_long);
    let mut outcomes = if stand.is_anywhere() {
        let mut place = [stand.beside()];
        let (outcomes, waited) =
            tokio::join!(running.all(stand, cases, Vec::new()), running.side_by_side(&mut place, waiting));
        let [mut place] = place;
        place.down().await;
        [outcomes, waited].concat()
    } else {
        running.all(stand, cases, waiting).await
    };
    outcomes.sort_by_key(|outcome| outcome.case.number);
    outcomes
}

struct Running<'a> {
    schedule: Schedule<'a>,
    plain: Arc<Way>,
    /// Whether the ordinary conversation on a way goes well, once that is known.
    bases: RefCell<HashMap<String, Rc<OnceCell<bool>>>>,
    /// Room for neighbours: a case takes a part of it, or all where it must be alone.
    room: Semaphore,
}

impl Running<'_> {
    /// Tries all of these; those that only wait beside others, where that can be.
    async fn all(&self, stand: Stand<'_>, cases: Vec<Case>, waiting: Vec<Case>) -> Vec<Outcome> {
        let number = if stand.is_anywhere() { LANES } else { 1 };
        let mut lanes = vec![stand];
        while lanes.len() < number {
            lanes.push(lanes[0].beside());
        }
        // Answers that come from elsewhere are not seen at all.
        let (same_port, cases): (Vec<Case>, Vec<Case>) =
            cases.into_iter().partition(|case| matches!(case.act, Act::Life(Life::SamePort)));
        let (mut ground, rest): (Vec<Case>, Vec<Case>) = cases.into_iter().partition(is_ground);
        ground.sort_by_key(|case| case.family == Family::Walks);
        let mut outcomes = self.side_by_side(&mut lanes, same_port).await;
        outcomes.extend(self.side_by_side(&mut lanes, ground).await);
        for lane in &mut lanes {
            let fails = |long: &mut Arc<Way>| outcomes.iter().any(|outcome| walks_in_vain(outcome, long));
            // What rests on this way would fail with it.
            lane.long.take_if(fails);
        }
        let (mut ordinary, mut closing): (Vec<Case>, Vec<Case>) =
            rest.into_iter().partition(|case| !ends_program(case));
        if let [lane] = &mut lanes[..]
            && !waiting.is_empty()
            && has_room_beside(lane)
        {
            let (quiet, loud) = ordinary.into_iter().partition(|case| leaves_alone(case, lane.convo));
            let (done, again) = self.beside_quiet(lane, quiet, waiting).await;
            outcomes.extend(done);
            (ordinary, closing) = (loud, [closing, again].concat());
        } else {
            closing.extend(waiting);
        }
        outcomes.extend(self.side_by_side(&mut lanes, [ordinary, closing].concat()).await);
        for mut lane in lanes {
            lane.down().await;
        }
        outcomes
    }

    /// Lets those that only wait do so beside conversations that leave the program alone. Those that did not pass, or whose
    /// program was not the same all the time, come back: they are tried again by themselves.
    async fn beside_quiet(
        &self,
        lane: &mut Stand<'_>,
        quiet: Vec<Case>,
        waiting: Vec<Case>,
    ) -> (Vec<Outcome>, Vec<Case>) {
        let Ok(reach) = lane.up().await else { return (Vec::new(), [quiet, waiting].concat()) };
        let starts = lane.starts;
        let mut visitor = lane.visitor(reach);
        let waits = async {
            let mut passed = Vec::new();
            for case in &waiting {
                let begun = Instant::now();
                let ruling = self.schedule.in_time(attempt(&mut visitor, case, &self.plain)).await;
                passed.push(matches!(ruling, Some(Ruling::Pass)).then(|| begun.elapsed()));
            }
            passed
        };
        let (mut done, passed) = tokio::join!(self.side_by_side(std::slice::from_mut(lane), quiet), waits);
        let mut again = Vec::new();
        for (case, passed) in waiting.into_iter().zip(passed) {
            match passed.filter(|_| lane.starts == starts) {
                Some(took) => done.push(self.schedule.outcome(case, Ruling::Pass, took)),
                None => again.push(case),
            }
        }
        (done, again)
    }

    async fn side_by_side(&self, lanes: &mut [Stand<'_>], cases: Vec<Case>) -> Vec<Outcome> {
        self.schedule.run(lanes, cases, async |stand, case| self.case(stand, case).await).await
    }

    /// Finds out, before anything is judged, whether the plain conversation goes well, and whether the program serves
    /// a second client after it: where it does not, each case has a program of its own.
    async fn know(&self, stand: &mut Stand<'_>) {
        let plain = &*self.plain;
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
            stand.obituary();
            // Whether the first one's end was seen before the second came, or after, says nothing.
            if goes_well(stand, plain).await && !stand.obituary().is_some_and(|death| death.content) {
                self.note(plain, true);
                return;
            }
        }
        self.note(plain, first);
        stand.one_shot = first;
        stand.down().await;
    }

    async fn case(&self, stand: &mut Stand<'_>, case: &Case) -> Outcome {
        let mut room = self.room_for(case).await;
        let begun = Instant::now();
        let plain = &*self.plain;
        if let Some(reason) = self.groundless(stand, case).await {
            return skipped(case.clone(), &reason);
        }
        if stand.is_ours() && self.known(plain) == Some(false) {
            // What one failed conversation left must not be taken for another failure.
            stand.down().await;
        }
        let mut ruling = attempt(stand, case, plain).await;
        for _ in 1..tries(case) {
            if matches!(ruling, Ruling::Pass) {
                ruling = attempt(stand, case, plain).await;
            }
        }
        if let Ruling::Failed(failure) = &ruling
            && judge::hangs_on_time(failure.symptom)
        {
            if !waits_long(case) {
                drop(room.take());
                room = self.room.acquire_many(ALL_ROOM).await.ok();
            }
            ruling = repeated(stand, case, plain).await;
        }
        if let (Ruling::Failed(failure), Some(how)) = (&mut ruling, stand.exceeded()) {
            failure.death = Some(how);
        }
        if let Ruling::Failed(failure) = &ruling
            && failure.symptom == Symptom::Waits
        {
            // A program that serves nobody any more would fail whatever comes next.
            stand.afresh().await;
        }
        stand.rest().await;
        drop(room);
        self.schedule.tally.borrow_mut().outcome(case.clone(), ruling, begun.elapsed())
    }

    /// Waits until there is room for a case beside those that are being tried.
    async fn room_for(&self, case: &Case) -> Option<SemaphorePermit<'_>> {
        let room = match case.act {
            Act::Life(life) if judge::waits_long(life) => return None,
            // The program's processor time is looked at, or much is asked of it.
            Act::Life(
                Life::Leaks
                | Life::Endless
                | Life::SlowReader
                | Life::ConnectClose
                | Life::ConnectReset
                | Life::ResetInMessage
                | Life::CloseInMessage
                | Life::ResetInKey
                | Life::CloseInKey,
            ) => ALL_ROOM,
            _ => 1,
        };
        // It is never closed.
        self.room.acquire_many(room).await.ok()
    }

    /// Why a case says nothing: what it varies fails already without the variation.
    async fn groundless(&self, stand: &mut Stand<'_>, case: &Case) -> Option<String> {
        if self.schedule.tally.borrow().has("same-port", Symptom::Unexpected) {
            return Some("answers come from another port (datagrams/same-port)".to_owned());
        }
        if let Act::Life(life) = case.act
            && needs_others(life)
            && life != Life::SilentClient
        {
            let waits = self.schedule.tally.borrow().has("silent-client", Symptom::Waits);
            if waits && life != Life::Leaks {
                return Some("the program serves one client at a time (life/silent-client)".to_owned());
            }
            if stand.one_shot {
                return Some("the program does not serve who comes right after another".to_owned());
            }
        }
        let way: &Way = match &case.act {
            Act::Talk { .. } | Act::Spared { .. } if case.family == Family::Walks => return None,
            Act::Talk { way, .. } if case.family == Family::Framing => way,
            Act::Talk { .. }
            | Act::Spared { .. }
            | Act::Strange { .. }
            | Act::Told { .. }
            | Act::Shared { .. }
            | Act::Life(_)
            | Act::Client { .. } => &self.plain,
        };
        let works = self.works(stand, way).await;
        let alone = matches!(case.act, Act::Life(Life::Terminate | Life::Idle | Life::SamePort));
        (!works && !alone).then(|| format!("the plain conversation ({}) fails already", way.name))
    }

    /// Whether the ordinary conversation on a way goes well; it is tried where that is not known.
    async fn works(&self, stand: &mut Stand<'_>, way: &Way) -> bool {
        let base = self.base(way);
        let tried = async || {
            if goes_well(stand, way).await {
                return true;
            }
            stand.down().await;
            goes_well(stand, way).await
        };
        *base.get_or_init(tried).await
    }

    fn base(&self, way: &Way) -> Rc<OnceCell<bool>> {
        Rc::clone(self.bases.borrow_mut().entry(way.name.clone()).or_default())
    }

    fn known(&self, way: &Way) -> Option<bool> {
        self.base(way).get().copied()
    }

    fn note(&self, way: &Way, works: bool) {
        // Nothing else was known of it before.
        let _ = self.base(way).set(works);
    }
}

/// Whether a walk on this way failed.
fn walks_in_vain(outcome: &Outcome, way: &Way) -> bool {
    let on_it = matches!(&outcome.case.act, Act::Talk { way: walked, .. } if walked.name == way.name);
    outcome.case.family == Family::Walks && on_it && outcome.failure.is_some()
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

/// What hangs on time, or on what an earlier case left behind, counts only when it happens again.
async fn repeated(stand: &mut Stand<'_>, case: &Case, plain: &Way) -> Ruling {
    let mut passes = 0;
    for _ in 0..2 {
        // What the protocol cannot promise goes wrong with sound programs too, and they are none the worse for it.
        if case.severity != Severity::Protocol {
            stand.down().await;
        }
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

async fn attempt(stand: &mut Stand<'_>, case: &Case, plain: &Way) -> Ruling {
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
        Act::Spared { ways, line } => judge::spared(stand, ways, *line).await,
        Act::Strange { way, manner, answers } => judge::strange(stand, way, manner, *answers, plain).await,
        Act::Told { way, there, later } => life::told(stand, way, there, later).await,
        Act::Shared { first, second } => judge::shared(stand, first, second).await,
        Act::Life(life) => life::live(stand, *life, plain).await,
        Act::Client { .. } => Ruling::Skipped("this is a case for clients".to_owned()),
    }
}
