use std::time::Duration;

use tokio::sync::Barrier;

use super::super::case::{Act, Failure, Family, Life, Severity, Symptom, Verdict};
use super::super::judge::Ruling;
use super::super::tally::Rigour;
use super::super::trace::Trace;
use super::*;

fn case(number: usize, kind: &'static str) -> Case {
    Case {
        number,
        id: format!("it/{kind}-{number}"),
        name: String::new(),
        family: Family::Values,
        kind,
        about: String::new(),
        severity: Severity::Must,
        line: 0,
        act: Act::Life(Life::Again),
    }
}

fn failed() -> Ruling {
    Ruling::failed(Failure {
        symptom: Symptom::Silent,
        line: 0,
        what: "nothing came".to_owned(),
        trace: Trace::new(),
        output: String::new(),
        death: None,
        mild: false,
    })
}

fn schedule(told: &dyn Fn(&Outcome)) -> Schedule<'_> {
    Schedule::begin(Tally::new(Rigour::Fair), told)
}

fn tell(schedule: &Schedule<'_>, case: &Case, ruling: Ruling) -> Outcome {
    schedule.tally.borrow_mut().outcome(case.clone(), ruling, Duration::ZERO)
}

#[tokio::test]
async fn cases_of_different_kinds_are_tried_at_once() {
    let meet = Barrier::new(LANES);
    let schedule = schedule(&|_| ());
    let cases = ["a", "b", "c", "d"].into_iter().enumerate().map(|(number, kind)| case(number, kind));
    let outcomes = schedule
        .run(&mut [(); LANES], cases.collect(), async |_, case| {
            // Comes through only where all are there.
            meet.wait().await;
            tell(&schedule, case, Ruling::Pass)
        })
        .await;
    assert_eq!(outcomes.iter().filter(|one| one.verdict == Verdict::Pass).count(), LANES);
}

#[tokio::test]
async fn whichever_lane_is_quicker_the_same_cases_are_left_out() {
    for slow in 0..6 {
        let schedule = schedule(&|_| ());
        let cases = (0..6).map(|number| case(number, "cut"));
        let mut outcomes = schedule
            .run(&mut [(); LANES], cases.collect(), async |_, case| {
                for _ in 0..if case.number == slow { 20 } else { 1 } {
                    tokio::task::yield_now().await;
                }
                // The second goes well.
                tell(&schedule, case, if case.number == 1 { Ruling::Pass } else { failed() })
            })
            .await;
        outcomes.sort_by_key(|outcome| outcome.case.number);
        let verdicts: Vec<Verdict> = outcomes.iter().map(|outcome| outcome.verdict).collect();
        use Verdict::{Fail, Pass, Skipped};
        assert_eq!(verdicts, [Fail, Pass, Fail, Fail, Skipped, Skipped], "{slow} is slow");
        let reason = "same failure: 3 cases of this kind failed like it/cut-0";
        assert!(outcomes[4..].iter().all(|outcome| outcome.reason == reason), "{:?}", outcomes[4].reason);
    }
}

#[tokio::test]
async fn warnings_spare_no_failure() {
    let schedule = schedule(&|_| ());
    let cases = (0..6).map(|number| {
        let severity = if number < 4 { Severity::Should } else { Severity::Must };
        Case { severity, ..case(number, "legal") }
    });
    let mut outcomes =
        schedule.run(&mut [()], cases.collect(), async |(), case| tell(&schedule, case, failed())).await;
    outcomes.sort_by_key(|outcome| outcome.case.number);
    let verdicts: Vec<Verdict> = outcomes.iter().map(|outcome| outcome.verdict).collect();
    use Verdict::{Fail, Skipped, Warn};
    assert_eq!(verdicts, [Warn, Warn, Warn, Skipped, Fail, Fail]);
}

#[tokio::test(start_paused = true)]
async fn a_check_ends_in_time_whatever_its_cases_do() {
    let told = RefCell::new(0);
    let tell = |_: &Outcome| *told.borrow_mut() += 1;
    let schedule = schedule(&tell);
    let cases = (0..20).map(|number| case(number, if number < 10 { "hang" } else { "stay" }));
    let begun = Instant::now();
    let outcomes =
        schedule.run(&mut [(); 2], cases.collect(), async |_, _| std::future::pending().await).await;
    assert_eq!(begun.elapsed(), ALL_MAX);
    assert!(outcomes.iter().all(|one| one.verdict == Verdict::Skipped && one.reason == USED_UP));
    assert_eq!((outcomes.len(), *told.borrow()), (20, 20));
}
