//! The loop by itself, with links that never have enough.

use std::sync::Arc;
use std::task::Waker;

use convo::{Ask, Convo, Presets, Refusal, Role};

use super::*;
use crate::connection::Securing;
use crate::seat::{Around, Start};
use crate::{About, Again, Answer, Asking, Host, Keys, PeerAddress, Report, RsaBits, Store, Warning};

/// A host that does nothing, and whose person is not there.
struct Nobody;

impl Host for Nobody {
    fn opened(&self, _: &About) {}
    fn closed(&self, _: &About, _: &Report) {}
    fn busy(&self, _: &About) {}
    fn show(&self, _: &About, _: &str) {}
    fn traces(&self) -> bool {
        false
    }
    fn message(&self, _: &About, _: Role, _: &[u8]) {}
    fn ask(&self, _: &About, _: Ask<'_>) -> Asking {
        Box::pin(async { Answer::Gone })
    }
    fn refused(&self, _: &About, why: &Refusal) -> Again {
        Again::GiveUp(why.to_string())
    }
    fn warn(&self, _: Option<&About>, _: &Warning) {}
}

/// A peer that always has another line, and takes all that it is told.
#[derive(Default)]
struct Endless {
    said: usize,
    heard: usize,
}

impl Link for Endless {
    fn say(&mut self, _: &mut Seat, bytes: &[u8], _: Unit) -> Result<(), End> {
        self.said += bytes.len();
        Ok(())
    }
    fn is_settled(&self) -> bool {
        true
    }
    fn poll_settle(&mut self, _: &mut Context<'_>, _: &mut Seat, _: bool) -> Poll<Result<(), End>> {
        Poll::Ready(Ok(()))
    }
    fn due(&self) -> Option<Instant> {
        None
    }
    fn poll_hear(&mut self, _: &mut Context<'_>, seat: &mut Seat) -> Poll<Result<(), End>> {
        self.heard += 1;
        assert!(self.heard < 1000, "others would have their turn now");
        seat.hear(Input::Bytes(b"again\n"));
        Poll::Ready(Ok(()))
    }
    fn poll_secure(&mut self, _: &mut Context<'_>, _: &mut Seat) -> Poll<Result<(), End>> {
        Poll::Pending
    }
}

fn seat(text: &str) -> Seat {
    let convo = Convo::read("test.convo", text).convo.expect("a convo");
    let address = crate::Address::Unix("peer".into());
    let about = About {
        number: 1,
        convo: "test".into(),
        role: Role::Server,
        link: convo::Link::Stream,
        address: Arc::new(address),
        peer: PeerAddress::process(None),
    };
    let presets = Presets::default();
    let start = Start { about, presets, seed: 1, message_bytes_max: 1024, patience: None };
    let around = Around {
        host: Arc::new(Nobody),
        store: Store::memory(),
        rooms: Arc::default(),
        securing: Securing::new(Keys::new(RsaBits::default()), None),
    };
    Seat::new(convo.program(Role::Server), start, Arc::new(around))
}

/// How much was said and heard before others had their turn.
fn one_poll(text: &str) -> Endless {
    let (mut seat, mut link, mut conversation) = (seat(text), Endless::default(), Conversation::default());
    let mut cx = Context::from_waker(Waker::noop());
    assert!(conversation.poll(&mut cx, &mut link, &mut seat).is_pending());
    assert_eq!(conversation.stage, Stage::LetsOthers);
    link
}

#[test]
fn a_peer_that_never_stops_lets_others_have_their_turn() {
    let link = one_poll("framing line\nloop:\n    C: {text}\n    S: {text}\n");
    assert!(link.heard > 1 && link.said > 0, "{} heard", link.heard);
}

#[test]
fn a_session_that_never_stops_lets_others_have_their_turn() {
    let link = one_poll("framing line\nloop:\n    S: again and again\n");
    assert_eq!(link.heard, 0);
    assert!(link.said > 0);
}
