//! Serving: accepts peers, runs a session with each, ends in good order.

use std::sync::Arc;

use crate::{Host, Listener, Service, Stop};

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
/// is asked for a second time it cuts at once. Accept errors never end it.
///
/// Not cancel safe in good order: dropping it cuts all sessions.
pub async fn serve(
    listeners: Vec<(Listener, Arc<Service>)>,
    rule: StopRule,
    host: Arc<dyn Host>,
    stop: Stop,
) {
    let _ = (listeners, rule, host, stop);
    unimplemented!()
}
