//! Sessions of every convo, in every role, told anything in any order.

use std::sync::Arc;
use std::time::Duration;

use bolero::TypeGenerator;
use convo::{Convo, Found, Input, Item, Link, Now, Observed, Observer, Output, Role, Session, Setup};

use crate::convos::all;

/// Outputs after one input before a session is left alone: some talk for ever.
const OUTPUTS_MAX: usize = 200;

/// Something that happens.
#[derive(Debug, Clone, TypeGenerator)]
enum Event {
    Bytes(Vec<u8>),
    /// A message of the convo as it is written, with what may end it, cut short.
    Line {
        line: u8,
        ending: u8,
        cut: u8,
    },
    End,
    Reset,
    Time(u16),
    Answer(String),
    AnswerLine(u8),
    NoAnswer,
    Items(Vec<String>, bool),
    Text(Option<String>),
    Count(u64),
    Added(bool),
    Secured(u8),
    Told(bool, Vec<u8>),
    Members(Vec<String>),
}

const ENDINGS: [&str; 6] = ["", "\n", "\r\n", "\r", " ", "0\n"];

/// What the convo says at some line, holes filled with something.
fn said(convo: &str, line: u8) -> Vec<u8> {
    let messages: Vec<&str> = convo
        .lines()
        .filter_map(|line| line.trim().trim_start_matches("on ").split_once(':'))
        .filter(|(role, _)| matches!(*role, "C" | "S"))
        .map(|(_, message)| message.trim())
        .collect();
    let Some(message) = messages.get(usize::from(line) % messages.len().max(1)) else { return Vec::new() };
    let mut out = String::new();
    let mut rest = *message;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        if before.is_empty() && after.starts_with('"') {
            return message.as_bytes().to_vec();
        }
        let Some((hole, after)) = after.split_once('}') else { break };
        out.push_str(if hole.contains("int") { "5" } else { "some" });
        rest = after;
    }
    out.push_str(rest);
    out.into_bytes()
}

fn bytes(text: &str, event: &Event) -> Option<Vec<u8>> {
    match event {
        Event::Bytes(bytes) => Some(bytes.clone()),
        Event::Line { line, ending, cut } => {
            let mut bytes = said(text, *line);
            bytes.extend_from_slice(ENDINGS[usize::from(*ending) % ENDINGS.len()].as_bytes());
            bytes.truncate(bytes.len() - usize::from(*cut % 4).min(bytes.len()));
            Some(bytes)
        }
        _ => None,
    }
}

#[test]
fn fuzz_sessions_take_any_input_in_any_order() {
    let convos: Vec<_> =
        all().into_iter().filter_map(|file| Some((Convo::read("c", &file.text).convo?, file.text))).collect();
    bolero::check!().with_type::<(u8, bool, bool, Vec<Event>)>().for_each(
        |(index, client, stream, events)| {
            let (convo, text) = &convos[usize::from(*index) % convos.len()];
            let role = if *client { Role::Client } else { Role::Server };
            let link = if *stream { Link::Stream } else { Link::Datagram };
            let mut told = Told::new(convo, role, link);
            told.poll();
            for event in events {
                told.hear(text, link, event);
                told.poll();
            }
        },
    );
}

struct Told {
    session: Session,
    now: Now,
    over: bool,
}

impl Told {
    fn new(convo: &Convo, role: Role, link: Link) -> Self {
        let now = Now { monotonic: Duration::ZERO, unix: 1_790_000_000 };
        let setup = Setup {
            peer: "127.0.0.1:5000".to_owned(),
            seed: 3,
            message_bytes_max: 300,
            patience: Some(Duration::from_secs(10)),
            trace: true,
            ..Setup::of(link, now)
        };
        Self { session: Session::new(convo.program(role).clone(), setup), now, over: false }
    }

    fn hear(&mut self, text: &str, link: Link, event: &Event) {
        let bytes = bytes(text, event);
        let items: Arc<[Arc<Item>]>;
        let line;
        let input = match event {
            Event::Bytes(_) | Event::Line { .. } => {
                let bytes = bytes.as_deref().unwrap_or_default();
                if link == Link::Datagram { Input::Datagram(bytes) } else { Input::Bytes(bytes) }
            }
            Event::End => Input::End,
            Event::Reset => Input::Reset,
            Event::Time(time) => {
                self.now.monotonic += Duration::from_millis(u64::from(*time));
                Input::Tick
            }
            Event::Answer(answer) => Input::Answer(answer),
            Event::AnswerLine(number) => {
                line = String::from_utf8(said(text, *number)).expect("a convo's line");
                Input::Answer(&line)
            }
            Event::NoAnswer => Input::NoAnswer,
            Event::Items(texts, more) => {
                let item = |(at, text): (usize, &String)| {
                    let (key, from) = (at.to_string(), "x:1".to_owned());
                    Arc::new(Item { seq: at as u64 + 1, text: text.clone(), key, from, at: u64::MAX })
                };
                items = texts.iter().enumerate().map(item).collect();
                Input::Found(Found::Items { items: &items, more: *more })
            }
            Event::Text(text) => Input::Found(Found::Text(text.as_deref())),
            Event::Count(count) => Input::Found(Found::Count(*count)),
            Event::Added(true) => Input::Added(Ok(1)),
            Event::Added(false) => Input::Added(Err("the disk is full")),
            Event::Told(lobby, line) => Input::Heard { room: if *lobby { "lobby" } else { "net" }, line },
            Event::Members(names) => Input::Found(Found::Members(names)),
            Event::Secured(most) => Input::Secured { message_bytes_max: usize::from(*most) },
        };
        // An answer to nothing is misuse, and told so.
        let _ = self.session.hear(self.now, input);
    }

    fn poll(&mut self) {
        let mut out = Vec::new();
        for _ in 0..OUTPUTS_MAX {
            let over = match self.session.poll(&mut out) {
                Output::Wait(_) => return,
                Output::Close(_) | Output::Stop | Output::Broke(_) => true,
                Output::Send { .. } => {
                    out.clear();
                    false
                }
                Output::Connect
                | Output::Show(_)
                | Output::Ask(_)
                | Output::Refused(_)
                | Output::Message { .. }
                | Output::Look(_)
                | Output::Add(_)
                | Output::Join(_)
                | Output::Leave { .. }
                | Output::Tell(_)
                | Output::Unsaid(_)
                | Output::Secure => false,
            };
            assert!(over || !self.over, "what is over stays over");
            self.over = over;
            if over {
                return;
            }
        }
    }
}

#[test]
fn fuzz_observers_see_anything_pass() {
    let convos: Vec<_> =
        all().into_iter().filter_map(|file| Some((Convo::read("c", &file.text).convo?, file.text))).collect();
    bolero::check!().with_type::<(u8, bool, Vec<(bool, Event)>)>().for_each(|(index, stream, events)| {
        let (convo, text) = &convos[usize::from(*index) % convos.len()];
        let link = if *stream { Link::Stream } else { Link::Datagram };
        let mut now = Now { monotonic: Duration::ZERO, unix: 0 };
        let mut observer = Observer::new(convo, link, 300, now);
        for (client, event) in events {
            let from = if *client { Role::Client } else { Role::Server };
            let bytes = bytes(text, event);
            let input = match (event, &bytes) {
                (_, Some(bytes)) if link == Link::Datagram => Input::Datagram(bytes),
                (_, Some(bytes)) => Input::Bytes(bytes),
                (Event::End, None) => Input::End,
                (Event::Reset, None) => Input::Reset,
                (Event::Time(time), None) => {
                    now.monotonic += Duration::from_millis(u64::from(*time));
                    Input::Tick
                }
                (_, None) => continue,
            };
            observer.hear(now, from, input).expect("what an observer can hear");
            let waits = (0..10_000).any(|_| matches!(observer.poll(), Observed::Wait(_)));
            assert!(waits, "an observer waits");
        }
    });
}
