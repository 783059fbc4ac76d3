//! `sockeye demo`: a real conversation between two real programs' halves over real sockets, in a second.

use std::sync::Arc;
use std::time::Duration;

use convo::{Ask, Refusal, Role, Transport};
use net::{
    About, Address, Again, Asking, Call, End, Host, Keys, Listener, Place, Plan, Report, RsaBits, Service,
    Stop, StopRule, Store, Warning,
};

use crate::journal;
use crate::person::Person;
use crate::report::{Exit, Failure, Screen};
use crate::runtime;
use crate::source::Source;

/// The whole demonstration takes no longer, whatever happens.
const DEMO_MAX: Duration = Duration::from_millis(2_800);
const MESSAGE_BYTES_MAX: usize = 64 << 10;

/// What is said: a convo that ships, and what its client's person answers.
const SCENES: &[(&str, &[&str])] =
    &[("reverse-lines", &["hello", "sockeye salmon", "žluťoučký kůň"]), ("sum-json", &["25"])];

/// Serves each scene's convo on a free port, calls it, and prints what crosses the wire.
///
/// # Errors
/// This machine has no loopback sockets, or standard output cannot be written.
pub(crate) fn run() -> Result<Exit, Failure> {
    runtime::run(async {
        tokio::time::timeout(DEMO_MAX, play())
            .await
            .unwrap_or_else(|_| Err(Failure::new(Exit::Timeout, "the demo took too long")))
    })
}

async fn play() -> Result<Exit, Failure> {
    let screen = Arc::new(Screen::new());
    for (name, answers) in SCENES {
        scene(name, answers, &screen).await?;
    }
    screen
        .show("# hint: now try `sockeye serve reverse` here, and `sockeye call reverse` in another terminal");
    screen.end()
}

async fn scene(name: &str, answers: &[&str], screen: &Arc<Screen>) -> Result<(), Failure> {
    let convo = Source::find(name)?.convo()?;
    let network = |error: String| Failure::new(Exit::Network, error);
    let free = Address::Internet { transport: Transport::Tcp, place: Place::Loopback, port: 0 };
    let listeners = Listener::bind(&free).await.map_err(|error| network(error.to_string()))?;
    let to = listeners[0].address().clone();
    screen.show(&format!("# {name} on {to}"));
    let service = Service::new(Plan {
        convo: name.into(),
        program: Arc::clone(convo.program(Role::Server)),
        values: Vec::new(),
        limit: None,
        idle: None,
        message_bytes_max: MESSAGE_BYTES_MAX,
        keys: Keys::new(RsaBits::default()),
        store: Store::memory(),
        seed: runtime::seed(),
    })
    .map_err(|error| Failure::usage(error.to_string()))?;
    let call = Call {
        convo: name.into(),
        program: Arc::clone(convo.program(Role::Client)),
        values: Vec::new(),
        to,
        timeout: Some(DEMO_MAX),
        message_bytes_max: MESSAGE_BYTES_MAX,
        keys: Keys::new(RsaBits::default()),
        seed: runtime::seed(),
    };
    let half = |screen| {
        let person = Person::told(answers.iter().map(|&answer| answer.to_owned()).collect());
        Arc::new(Half { screen, person })
    };
    let stop = Stop::new();
    let listeners = listeners.into_iter().map(|listener| (listener, Arc::clone(&service))).collect();
    let serving = net::serve(listeners, StopRule::Loopback, half(None), stop.clone());
    let calling = async {
        let called = net::call(call, half(Some(Arc::clone(screen)))).await;
        stop.ask();
        called
    };
    let (served, called) = tokio::join!(serving, calling);
    served.map_err(|error| network(error.to_string()))?;
    match called {
        Ok(Report { end: End::Done(_) | End::Stop, .. }) => Ok(()),
        Ok(report) => Err(Failure::new(Exit::No, report.end.to_string())),
        Err(error) => Err(network(error.to_string())),
    }
}

/// One half of the conversation. Only the client's has a screen: each message is printed once.
#[derive(Debug)]
struct Half {
    screen: Option<Arc<Screen>>,
    person: Person,
}

impl Host for Half {
    fn opened(&self, about: &About) {
        journal::opened(about);
    }

    fn closed(&self, about: &About, report: &Report) {
        journal::closed(about, report);
    }

    fn busy(&self, _: &About) {}

    fn show(&self, _: &About, _: &str) {}

    fn traces(&self) -> bool {
        self.screen.is_some()
    }

    fn message(&self, _: &About, from: Role, text: &[u8]) {
        if let Some(screen) = &self.screen {
            screen.show(&journal::line(from, text));
        }
    }

    fn ask(&self, _: &About, ask: Ask<'_>) -> Asking {
        self.person.ask(ask.prompt.to_owned(), &ask)
    }

    fn refused(&self, _: &About, refusal: &Refusal) -> Again {
        self.person.refused(refusal)
    }

    fn warn(&self, _: Option<&About>, warning: &Warning) {
        tracing::warn!("{warning}");
    }
}
