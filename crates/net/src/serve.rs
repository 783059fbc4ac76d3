//! Serving: accepts peers, runs a session with each, ends in good order.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::Instant;

use self::engine::Engine;
use self::guest::Free;
use crate::seat::{Around, Seat};
use crate::{Address, End, Host, Listener, Service, Stop, Warning};

mod bells;
mod engine;
mod guest;
mod house;
mod nudge;
mod partings;
mod peers;
mod streams;
mod timers;

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
/// Sessions are run on a thread of their own; what they need of the runtime is that of the caller. Dropping the future
/// cuts all of them.
///
/// # Errors
/// The system gives no thread, or cannot watch the sockets.
pub async fn serve(
    listeners: Vec<(Listener, Arc<Service>)>,
    rule: StopRule,
    host: Arc<dyn Host>,
    stop: Stop,
) -> io::Result<()> {
    if listeners.is_empty() {
        return Ok(());
    }
    let may_stop = match rule {
        StopRule::Anywhere => true,
        StopRule::Loopback => listeners.iter().all(|(listener, _)| listener.address.is_loopback()),
    };
    let stop_of_sessions = may_stop.then(|| stop.clone());
    for (listener, service) in &listeners {
        if service.waits_for_questions() {
            listener.defer();
        }
        service.report_to(&host);
        if service.program().secures() {
            let keys = service.securing().keys().clone();
            // Made before the first client waits for it, and not waited for at the end. If it fails, sessions say so.
            drop(tokio::spawn(async move { keys.own().await }));
        }
    }
    let (runtime, (cut, is_cut), (over, is_over)) =
        (Handle::current(), oneshot::channel(), oneshot::channel());
    let run = move || {
        let _runtime = runtime.enter();
        let serving = || {
            let is_cut = async move { drop(is_cut.await) };
            let mut engine = Engine::new(stop.clone(), Box::pin(is_cut))?;
            for (listener, service) in listeners {
                let Listener { address, door } = listener;
                let (host, stop_of_sessions) = (Arc::clone(&host), stop_of_sessions.clone());
                let (around, address) = (service.around(Arc::clone(&host)), Arc::new(address));
                engine.open(door, Arc::new(Room { service, address, host, around, stop_of_sessions }))?;
            }
            engine.run()
        };
        // Whoever waits for it may have gone.
        let _ = over.send(serving());
    };
    let thread = thread::Builder::new().name("sessions".to_owned()).spawn(run)?;
    let _sessions = Sessions { cut: Some(cut), thread: Some(thread) };
    is_over.await.unwrap_or_else(|_| Err(io::Error::other("the thread of the sessions panicked")))
}

/// The thread of the sessions. Dropped, it cuts them.
struct Sessions {
    cut: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Sessions {
    fn drop(&mut self) {
        self.cut = None;
        if let Some(thread) = self.thread.take() {
            // It panicked, and said so.
            let _ = thread.join();
        }
    }
}

/// What all sessions of one listener have in common.
struct Room {
    service: Arc<Service>,
    address: Arc<Address>,
    host: Arc<dyn Host>,
    around: Arc<Around>,
    /// What a session's `stop` stops, if it may.
    stop_of_sessions: Option<Stop>,
}

impl Room {
    /// Comes when our person is free for a session; nothing where none is needed.
    fn person(self: &Arc<Self>) -> Option<Free> {
        self.service.asks().then(|| -> Free {
            let room = Arc::clone(self);
            Box::pin(async move { room.service.person().await })
        })
    }

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
