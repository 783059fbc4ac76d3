//! A stage for conversations: a host that answers from a list and remembers what it is told, a server, a caller.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use convo::{Ask, Convo, Refusal, Role, Transport};
use net::{
    About, Address, Again, Answer, Asking, Call, CallError, Defaults, Host, Keys, Listener, Plan, Report,
    RsaBits, Service, Stop, StopRule, Store, Warning, call, serve,
};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Nothing here takes longer, not even dropping a peer that reads nothing; what does has gone wrong.
const DEADLINE: Duration = Duration::from_secs(90);

/// What a host was told, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    Opened(String),
    Closed(String),
    Busy(String),
    Shown(String),
    Warned(String),
}

/// A host whose person says `answers`, then is gone.
pub(crate) struct Person {
    answers: Mutex<VecDeque<String>>,
    events: mpsc::UnboundedSender<Event>,
}

/// What a [`Person`] was told, one after the other.
pub(crate) struct Events(mpsc::UnboundedReceiver<Event>);

/// The line at which a host fails, to see what becomes of others.
pub(crate) const POISON: &str = "poison";

impl Person {
    pub(crate) fn new(answers: &[&str]) -> (Arc<Self>, Events) {
        let (events, told) = mpsc::unbounded_channel();
        let answers = Mutex::new(answers.iter().map(|&answer| answer.to_owned()).collect());
        (Arc::new(Self { answers, events }), Events(told))
    }

    fn tell(&self, event: Event) {
        // A test that looks at no events has dropped the other end.
        let _ = self.events.send(event);
    }
}

impl Events {
    /// The next thing told.
    pub(crate) async fn next(&mut self) -> Event {
        let next = tokio::time::timeout(DEADLINE, self.0.recv()).await;
        next.expect("something is told in time").expect("the host is there")
    }

    /// Why the next session that ends does so; what is told before is passed over.
    pub(crate) async fn closed(&mut self) -> String {
        loop {
            if let Event::Closed(why) = self.next().await {
                return why;
            }
        }
    }

    /// All lines shown so far.
    pub(crate) fn shown(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.0.try_recv().ok())
            .filter_map(|event| if let Event::Shown(line) = event { Some(line) } else { None })
            .collect()
    }
}

impl Host for Person {
    fn opened(&self, about: &About) {
        self.tell(Event::Opened(about.peer.to_string()));
    }

    fn closed(&self, _about: &About, report: &Report) {
        self.tell(Event::Closed(report.end.to_string()));
    }

    fn busy(&self, about: &About) {
        self.tell(Event::Busy(about.peer.to_string()));
    }

    fn show(&self, _about: &About, line: &str) {
        assert_ne!(line, POISON);
        self.tell(Event::Shown(line.to_owned()));
    }

    fn traces(&self) -> bool {
        false
    }

    fn message(&self, _about: &About, _from: Role, _text: &[u8]) {}

    fn ask(&self, _about: &About, _ask: Ask<'_>) -> Asking {
        let answer = self.answers.lock().expect("answers").pop_front();
        Box::pin(async move { answer.map_or(Answer::Gone, Answer::Text) })
    }

    fn refused(&self, _about: &About, refusal: &Refusal) -> Again {
        Again::GiveUp(refusal.to_string())
    }

    fn warn(&self, _about: Option<&About>, warning: &Warning) {
        self.tell(Event::Warned(warning.to_string()));
    }
}

/// Reads a convo that has to be right.
pub(crate) fn read(text: &str) -> Convo {
    let reading = Convo::read("test.convo", text);
    let findings: Vec<String> = reading.findings.iter().map(ToString::to_string).collect();
    reading.convo.unwrap_or_else(|| panic!("{}", findings.join("\n")))
}

/// An address, TCP where it does not say.
pub(crate) fn address(text: &str) -> Address {
    Address::parse(text, Defaults { transport: Transport::Tcp, port: None }).expect("an address")
}

/// A server under way.
pub(crate) struct Served {
    pub(crate) addresses: Vec<Address>,
    pub(crate) told: Events,
    pub(crate) stop: Stop,
    task: JoinHandle<io::Result<()>>,
}

impl Served {
    /// Serves `convo` at `listen`; its person says `answers`.
    pub(crate) async fn start(convo: &Convo, listen: &[&str], answers: &[&str]) -> Self {
        let (host, told) = Person::new(answers);
        let program = Arc::clone(convo.program(Role::Server));
        let service = Service::new(Plan {
            convo: "test".into(),
            program,
            values: Vec::new(),
            limit: convo.limit().cloned(),
            idle: convo.idle(),
            message_bytes_max: 64 * 1024,
            keys: Keys::new(RsaBits::B2048),
            store: Store::memory(),
            seed: 1,
        });
        let service = service.expect("no values to be wrong");
        let mut listeners = Vec::new();
        for text in listen {
            let bound = Listener::bind(&address(text)).await.expect("an address to listen on");
            listeners.extend(bound.into_iter().map(|listener| (listener, Arc::clone(&service))));
        }
        let addresses = listeners.iter().map(|(listener, _)| listener.address().clone()).collect();
        let stop = Stop::new();
        let task = tokio::spawn(serve(listeners, StopRule::Loopback, host, stop.clone()));
        Self { addresses, told, stop, task }
    }

    /// Where to connect by hand.
    pub(crate) fn socket(&self) -> (&'static str, u16) {
        ("127.0.0.1", self.addresses[0].port().expect("a port"))
    }

    /// The server ends, without being told to any more.
    pub(crate) async fn ended(self) {
        let served = tokio::time::timeout(DEADLINE, self.task).await.expect("the server ends in time");
        served.expect("no panic").expect("sockets can be watched");
    }

    /// Tells the server to end at once.
    pub(crate) async fn end(self) {
        self.stop.ask();
        self.stop.ask();
        self.ended().await;
    }
}

/// Calls `to` with a person who says `answers`; gives what became of it and the lines shown.
pub(crate) async fn converse(
    convo: &Convo,
    to: &Address,
    answers: &[&str],
) -> (Result<Report, CallError>, Vec<String>) {
    let (host, mut told) = Person::new(answers);
    let called = Call {
        convo: "test".into(),
        program: Arc::clone(convo.program(Role::Client)),
        values: Vec::new(),
        to: to.clone(),
        timeout: Some(DEADLINE),
        message_bytes_max: 64 * 1024,
        keys: Keys::new(RsaBits::B2048),
        seed: 1,
    };
    let result = tokio::time::timeout(DEADLINE, call(called, host)).await.expect("the call ends in time");
    (result, told.shown())
}
