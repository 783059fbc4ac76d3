//! One peer of a server's UDP socket.

use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::{Letter, Letterbox, Pace, Socket};
use crate::End;
use crate::conversation::{Link, Unit};
use crate::seat::Seat;
use crate::secure::SecureError;
use convo::Input;

/// A way to one peer.
pub(crate) struct Peer {
    socket: Arc<Socket>,
    to: SocketAddr,
    /// What opened the session. It opens no other one, even if this one never hears it.
    opener: Option<Letter>,
    letters: Letterbox,
    pace: Pace,
}

impl Peer {
    /// Converses with `to`, whose datagrams are `opener` and then come as `letters`.
    pub(crate) fn new(
        socket: Arc<Socket>,
        to: SocketAddr,
        opener: Option<Letter>,
        letters: Letterbox,
    ) -> Self {
        Self { socket, to, opener, letters, pace: Pace::default() }
    }
}

impl Link for Peer {
    fn say(&mut self, seat: &mut Seat, bytes: &[u8], _unit: Unit) -> Result<(), End> {
        seat.count_sent(bytes.len());
        self.pace.say(bytes);
        Ok(())
    }

    fn is_settled(&self) -> bool {
        self.pace.is_settled()
    }

    async fn settle(&mut self, _seat: &mut Seat, more: bool) -> Result<(), End> {
        if !(more && self.pace.has_room()) {
            // What cannot be sent is lost, as anything sent by UDP may be.
            let _ = self.pace.send(&self.socket, Some(self.to)).await;
        }
        Ok(())
    }

    fn poll_hear(&mut self, _cx: &mut Context<'_>, seat: &mut Seat) -> Poll<Result<(), End>> {
        let letter = match self.opener.take() {
            Some(letter) => letter,
            None => ready!(self.letters.poll_next()),
        };
        self.pace.heard();
        seat.count_received(letter.bytes.len());
        seat.hear(Input::Datagram(&letter.bytes));
        Poll::Ready(Ok(()))
    }

    async fn secure(&mut self, _seat: &mut Seat) -> Result<(), End> {
        Err(End::Secure(SecureError::Datagrams))
    }
}
