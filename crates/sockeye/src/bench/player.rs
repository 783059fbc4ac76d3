//! One client of the load: conversations one after the other, until there are no more requests.

use std::time::{Duration, Instant};

use super::after::{After, unreached};
use super::ahead::Ahead;
use super::direct::Direct;
use super::plan::{Keep, Run};
use super::port::{Alarm, Port};

/// After a connection that failed: a server that is gone, or busy, is not hammered.
const PAUSE: Duration = Duration::from_millis(10);

/// Holds conversations as connection `number` of a run. The first connection is made before the run starts; one that
/// is made later belongs to the request for which it is made.
pub(super) async fn play(run: &Run, number: usize) {
    let mut warm = run.plan.keep == Keep::Open;
    let alarm = Alarm::default();
    loop {
        let due = if warm {
            None
        } else {
            match std::future::poll_fn(|cx| run.poll_due(cx, number)).await {
                Some(due) => Some(due),
                None => return,
            }
        };
        warm = false;
        let port = match Port::open(run, number, &alarm).await {
            Ok(port) => port,
            Err(error) => {
                unreached(run, &error);
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let now = Instant::now();
        let session = run.session(number, now);
        let after = match &run.plan.questions {
            Some(questions) => Ahead::new(port, session, questions, due, now).play().await,
            None => Direct::new(port, session, due, now).play().await,
        };
        match after {
            After::Another => {}
            After::Broken => tokio::time::sleep(PAUSE).await,
            After::Nothing => return,
        }
    }
}
