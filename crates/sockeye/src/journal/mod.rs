//! What the log says about sessions: opened and closed, each message, what went wrong.

mod limiter;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use convo::Role;
use net::{About, End, Report, Tally};

use crate::report::visible;
use limiter::{Limiter, Pass};

/// The log of the sessions of one server. Warnings come at a bounded rate; those that peers cause as often as they like
/// do not hide what the server says of itself.
#[derive(Debug)]
pub(crate) struct Journal {
    peers: Mutex<Limiter>,
    own: Mutex<Limiter>,
    store: Mutex<Limiter>,
}

impl Journal {
    /// A log that has said nothing yet.
    pub(crate) fn new() -> Self {
        let limiter = || Mutex::new(Limiter::new(Instant::now()));
        Self { peers: limiter(), own: limiter(), store: limiter() }
    }

    /// A session's end that was not in good order, as a warning.
    pub(crate) fn closed(&self, about: &About, report: &Report) {
        let (peer, convo) = (&about.peer, &about.convo);
        match &report.end {
            End::Done(_) | End::Stop | End::Cut | End::Displaced => {}
            End::Panicked => tracing::error!("{peer} {convo}: {}", report.end),
            // It names the convo's file and line itself.
            End::Broke(violation) => self.warn(&format!("{peer}: {violation}")),
            End::Store(_) => self.fail(&format!("{peer} {convo}: {}", report.end)),
            End::Unwatched(_) => self.warn_of_own(&format!("{peer} {convo}: {}", report.end)),
            End::GaveUp(_) | End::Stalled(_) | End::Overrun | End::Unreachable(_) | End::Secure(_) => {
                self.warn(&format!("{peer} {convo}: {}", report.end));
            }
        }
        closed(about, report);
    }

    /// A warning that a peer can cause as often as it likes.
    pub(crate) fn warn(&self, text: &str) {
        warn(&self.peers, text);
    }

    /// A warning about the server itself: its listeners.
    pub(crate) fn warn_of_own(&self, text: &str) {
        warn(&self.own, text);
    }

    /// An error of the store, or something that it cannot keep.
    pub(crate) fn fail(&self, text: &str) {
        say(&self.store, text, |text| tracing::error!("{text}"));
    }

    /// The server ends: says how many warnings nobody has seen.
    pub(crate) fn end(&self) {
        let all = [&self.peers, &self.own, &self.store];
        let suppressed: u64 = all.into_iter().map(|limiter| lock(limiter).end()).sum();
        if suppressed > 0 {
            tracing::warn!("{suppressed} further warnings were not shown");
        }
    }
}

fn warn(limiter: &Mutex<Limiter>, text: &str) {
    say(limiter, text, |text| tracing::warn!("{text}"));
}

fn say(limiter: &Mutex<Limiter>, text: &str, log: impl FnOnce(&str)) {
    let pass = lock(limiter).ask(Instant::now());
    match pass {
        Pass::Yes { suppressed: 0 } => log(text),
        Pass::Yes { suppressed } => log(&format!("{text} ({suppressed} warnings before it not shown)")),
        Pass::No => {}
    }
}

fn lock(limiter: &Mutex<Limiter>) -> MutexGuard<'_, Limiter> {
    limiter.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether each message is logged (`-vv`).
pub(crate) fn wants_messages() -> bool {
    tracing::enabled!(tracing::Level::TRACE)
}

/// A session began.
pub(crate) fn opened(about: &About) {
    let About { peer, convo, address, .. } = about;
    tracing::debug!(session = about.number, %peer, %convo, %address, "{peer} opened: {convo} on {address}");
}

/// A session is over, in whatever way.
pub(crate) fn closed(about: &About, report: &Report) {
    let About { peer, convo, address, .. } = about;
    let Report { sent, received, lasted, end } = report;
    tracing::debug!(
        session = about.number,
        %peer,
        %convo,
        %address,
        sent_messages = sent.messages,
        sent_bytes = sent.bytes,
        received_messages = received.messages,
        received_bytes = received.bytes,
        lasted_seconds = lasted.as_secs_f64(),
        why = %end,
        "{peer} closed: {convo} on {address}, received {}, sent {}, {:.3} s, {end}",
        tally(*received),
        tally(*sent),
        lasted.as_secs_f64(),
    );
}

/// A message was said.
pub(crate) fn message(about: &About, from: Role, text: &[u8]) {
    let peer = &about.peer;
    let line = line(from, text);
    match about.role {
        Role::Client => tracing::trace!(session = about.number, %peer, "{line}"),
        // A server has many sessions.
        Role::Server => tracing::trace!(session = about.number, %peer, "{peer} {line}"),
    }
}

/// A message in the notation of convos: `C: hello`.
pub(crate) fn line(from: Role, text: &[u8]) -> String {
    let letter = match from {
        Role::Client => 'C',
        Role::Server => 'S',
    };
    format!("{letter}: {}", visible::in_log(text))
}

fn tally(tally: Tally) -> String {
    let plural = |count| if count == 1 { "" } else { "s" };
    let Tally { messages, bytes } = tally;
    format!("{messages} message{} ({bytes} byte{})", plural(messages), plural(bytes))
}
