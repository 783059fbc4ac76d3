//! Serving: accepts peers, runs a session with each, ends in good order.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::listen::Door;
use crate::seat::Seat;
use crate::{Address, End, Host, Listener, Service, Stop, Warning};

mod bells;
mod partings;
mod peers;
mod streams;

/// How long sessions may go on once the server was told to stop.
const FINISH_MAX: Duration = Duration::from_secs(5);
/// A warning that may come again and again is given once in this time a listener.
const WARN_EVERY: Duration = Duration::from_secs(10);

/// Whether a convo's `stop` may stop the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopRule {
    /// Only where every listener is loopback or a Unix socket.
    Loopback,
    /// Anywhere (`--allow-stop`).
    Anywhere,
}

/// Serves until `stop` is asked for, by the program or by a session's `stop` where `rule` lets it: then accepts no
/// more, closes and removes the listeners, lets other sessions finish for up to 5 s, and cuts what is left. If `stop`
/// is asked for a second time it cuts at once. Accept errors never end it. Without listeners it returns at once.
///
/// Dropping the future cuts all sessions.
pub async fn serve(
    listeners: Vec<(Listener, Arc<Service>)>,
    rule: StopRule,
    host: Arc<dyn Host>,
    stop: Stop,
) {
    let may_stop = match rule {
        StopRule::Anywhere => true,
        StopRule::Loopback => listeners.iter().all(|(listener, _)| listener.address.is_loopback()),
    };
    let stop_of_sessions = may_stop.then(|| stop.clone());
    let mut doors = JoinSet::new();
    for (listener, service) in listeners {
        if service.waits_for_questions() {
            listener.defer();
        }
        let Listener { address, door } = listener;
        service.report_to(&host);
        if service.program().secures() {
            let keys = service.keys().clone();
            // Made before the first client waits for it, and not waited for at the end. If it fails, sessions say so.
            drop(tokio::spawn(async move { keys.own().await }));
        }
        let (host, stop, stop_of_sessions) = (Arc::clone(&host), stop.clone(), stop_of_sessions.clone());
        let room = Arc::new(Room { service, address, host, stop, stop_of_sessions });
        match door {
            Door::Tcp(listener) => doors.spawn(streams::keep(streams::Entrance::Tcp(listener), room)),
            Door::Unix(listener, file) => {
                doors.spawn(streams::keep(streams::Entrance::Unix { listener, _file: file }, room))
            }
            Door::Udp(socket) => doors.spawn(peers::keep(socket, room)),
        };
    }
    while doors.join_next().await.is_some() {}
}

/// What all sessions of one listener have in common.
struct Room {
    service: Arc<Service>,
    address: Address,
    host: Arc<dyn Host>,
    stop: Stop,
    /// What a session's `stop` stops, if it may.
    stop_of_sessions: Option<Stop>,
}

impl Room {
    /// A session is over: stops the server if it said so, and tells the host.
    fn end(&self, seat: &mut Seat, end: End) {
        if matches!(end, End::Stop) {
            match &self.stop_of_sessions {
                Some(stop) => stop.begin(),
                None => self.host.warn(Some(seat.about()), &Warning::StopRefused),
            }
        }
        seat.close(end);
    }

    /// Comes when sessions have had their time to finish: some seconds after the stop was asked for, or at once if it
    /// was asked for twice.
    async fn patience_ends(&self) {
        tokio::select! {
            () = tokio::time::sleep(FINISH_MAX) => {}
            () = self.stop.ended() => {}
        }
    }
}

/// Lets a session go on as far as it can. One that panics ends alone; whoever sits around it says so as it is dropped.
fn go_on<F: Future + ?Sized>(session: Pin<&mut F>, cx: &mut Context<'_>) -> thread::Result<Poll<F::Output>> {
    catch_unwind(AssertUnwindSafe(|| session.poll(cx)))
}

/// Lets a warning through once in a while.
#[derive(Debug, Default)]
struct Seldom {
    last: Option<Instant>,
}

impl Seldom {
    fn now(&mut self) -> bool {
        let due = self.last.is_none_or(|last| last.elapsed() >= WARN_EVERY);
        if due {
            self.last = Some(Instant::now());
        }
        due
    }
}
