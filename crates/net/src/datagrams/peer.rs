//! One peer of a server's UDP socket.

use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use convo::Input;
use tokio::net::UdpSocket;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::Pace;
use crate::End;
use crate::conversation::{Link, Unit};
use crate::seat::Seat;
use crate::secure::SecureError;

/// A datagram that waits for its session.
#[derive(Debug)]
pub(crate) struct Letter {
    pub(crate) bytes: Vec<u8>,
    /// Its part of the room that all waiting datagrams of a listener have.
    pub(crate) _room: OwnedSemaphorePermit,
}

/// A way to one peer.
pub(crate) struct Peer {
    socket: Arc<UdpSocket>,
    to: SocketAddr,
    /// What opened the session. It opens no other one, even if this one never hears it.
    opener: Option<Letter>,
    letters: mpsc::Receiver<Letter>,
    pace: Pace,
}

impl Peer {
    /// Converses with `to`, whose datagrams are `opener` and then come as `letters`.
    pub(crate) fn new(
        socket: Arc<UdpSocket>,
        to: SocketAddr,
        opener: Option<Letter>,
        letters: mpsc::Receiver<Letter>,
    ) -> Self {
        Self { socket, to, opener, letters, pace: Pace::default() }
    }

    /// What came after the opener and was not heard, in order.
    pub(crate) fn unheard(mut self) -> Vec<Letter> {
        self.letters.close();
        std::iter::from_fn(|| self.letters.try_recv().ok()).collect()
    }
}

impl Link for Peer {
    fn say(&mut self, seat: &mut Seat, bytes: &[u8], _unit: Unit) -> Result<(), End> {
        seat.count_sent(bytes.len());
        self.pace.say(bytes);
        Ok(())
    }

    async fn settle(&mut self, _seat: &mut Seat, more: bool) -> Result<(), End> {
        if !(more && self.pace.has_room()) {
            // What cannot be sent is lost, as anything sent by UDP may be.
            let _ = self.pace.send(&self.socket, Some(self.to)).await;
        }
        Ok(())
    }

    fn poll_hear(&mut self, cx: &mut Context<'_>, seat: &mut Seat) -> Poll<Result<(), End>> {
        let letter = match self.opener.take() {
            Some(letter) => Some(letter),
            None => ready!(self.letters.poll_recv(cx)),
        };
        // The table lets go of a session only to give its place away.
        let Some(letter) = letter else {
            return Poll::Ready(Err(End::Displaced));
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
