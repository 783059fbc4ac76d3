//! How the connection to NATS is made and kept up, and what the log says of it.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use async_nats::{AuthError, ClientError, ConnectErrorKind, ConnectOptions, Event};
use tokio::sync::watch;
use tokio::time::Instant;

use super::line::{PAUSE_MAX, PAUSE_MIN};
use super::place::Login;
use super::{NatsPlace, credentials};
use crate::{Host, Warning};

/// What the client holds for the connection: requests and publishes that have not left yet.
const UNSENT_MAX: usize = 1024;
/// How long connecting may take.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// A connection is asked this often whether it is alive; two silences end it.
const PING_EVERY: Duration = Duration::from_secs(3);
/// A connection that did not last so long is not made again at once.
const LASTED_MIN: Duration = Duration::from_secs(1);

/// How to connect to this place.
///
/// # Errors
/// The credentials cannot be read.
pub(super) async fn options(place: &NatsPlace) -> Result<ConnectOptions, String> {
    let options = match place.credentials.clone() {
        None => ConnectOptions::new(),
        Some(path) => {
            // Wrong ones are said before anything is tried.
            credentials::read(path.clone()).await?;
            ConnectOptions::with_auth_callback(move |nonce| {
                let path = path.clone();
                async move {
                    let credentials = credentials::read(path).await;
                    credentials.and_then(|credentials| credentials.sign(&nonce)).map_err(AuthError::new)
                }
            })
        }
    };
    let mut options = options
        .name("sockeye")
        .connection_timeout(CONNECT_MAX)
        .client_capacity(UNSENT_MAX)
        .ping_interval(PING_EVERY)
        .max_reconnects(None)
        .reconnect_delay_callback(pauses())
        .require_tls(place.tls.required);
    options = match place.login.clone() {
        None => options,
        Some(Login::User { name, password }) => options.user_and_password(name, password),
        Some(Login::Token(token)) => options.token(token),
    };
    if let Some(path) = &place.tls.authorities {
        options = options.add_root_certificates(path.clone());
    }
    if let Some((certificate, key)) = &place.tls.certificate {
        options = options.add_client_certificate(certificate.clone(), key.clone());
    }
    Ok(options)
}

/// Says how long to pause before each attempt to connect. The server that lets us in and sends us away again, as it does
/// in the second in which credentials expire, is not asked at once.
fn pauses() -> impl Fn(usize) -> Duration + Send + Sync + 'static {
    let lost: Mutex<Option<Instant>> = Mutex::default();
    move |attempt| {
        if attempt == 1 {
            let before = lost.lock().unwrap_or_else(PoisonError::into_inner).replace(Instant::now());
            if before.is_some_and(|before| before.elapsed() < LASTED_MIN) {
                return LASTED_MIN;
            }
        }
        let doublings = u32::try_from(attempt.saturating_sub(1).min(16)).unwrap_or(16);
        (PAUSE_MIN * 2_u32.pow(doublings)).min(PAUSE_MAX)
    }
}

/// What to do when the connection to `place` is lost or back, or something is refused on it.
pub(super) fn news(
    place: String,
    up: watch::Sender<bool>,
    host: Arc<OnceLock<Arc<dyn Host>>>,
) -> impl Fn(Event) -> std::future::Ready<()> + Send + Sync + 'static {
    let said: Mutex<Option<String>> = Mutex::default();
    move |event| {
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        let warning = match event {
            Event::Connected => {
                *said = None;
                (!up.send_replace(true)).then(|| Warning::NatsBack { place: place.clone() })
            }
            Event::Disconnected => up.send_replace(false).then(|| Warning::NatsLost { place: place.clone() }),
            // What it says again and again, while it is tried again and again, is told once.
            event => refusal(&event)
                // Before there is a log, whoever opens the store is told.
                .filter(|_| host.get().is_some())
                .filter(|why| said.replace(why.clone()).as_ref() != Some(why))
                .map(|why| Warning::NatsSays { place: place.clone(), why }),
        };
        if let (Some(warning), Some(host)) = (warning, host.get()) {
            host.warn(None, &warning);
        }
        std::future::ready(())
    }
}

/// What the server refuses: us, or something that we may not do.
fn refusal(event: &Event) -> Option<String> {
    let not_let_in = [ConnectErrorKind::AuthorizationViolation, ConnectErrorKind::Authentication];
    match event {
        Event::ServerError(error) => Some(error.to_string()),
        Event::ClientError(ClientError::Other(why)) => {
            not_let_in.iter().any(|kind| *why == kind.to_string()).then(|| why.clone())
        }
        _ => None,
    }
}
