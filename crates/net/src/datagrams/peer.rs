//! One peer of a server's UDP socket.

use std::net::SocketAddr;
use std::task::{Context, Poll, ready};

use super::{Letter, Letters, Outgoing, Pace};
use crate::End;
use crate::conversation::{Link, Unit};
use crate::seat::Seat;
use crate::secure::SecureError;
use convo::Input;
use tokio::time::Instant;

/// A way to one peer.
pub(crate) struct Peer {
    to: SocketAddr,
    outgoing: Outgoing,
    /// What opened the session. It opens no other one, even if this one never hears it.
    opener: Option<Letter>,
    /// What waits for the session, which is busy with something else.
    letters: Letters,
    pace: Pace,
}

impl Peer {
    /// Converses with `to`, which said `opener`; what is said to it goes out through `outgoing`.
    pub(crate) fn new(to: SocketAddr, outgoing: Outgoing, opener: Option<Letter>) -> Self {
        Self { to, outgoing, opener, letters: Letters::default(), pace: Pace::default() }
    }

    pub(crate) fn to(&self) -> SocketAddr {
        self.to
    }

    /// Lets the session hear a datagram at once, which nothing waits before.
    pub(crate) fn hear(&mut self, seat: &mut Seat, bytes: &[u8]) {
        self.pace.heard();
        seat.count_received(bytes.len());
        seat.hear(Input::Datagram(bytes));
    }

    /// Whether a datagram is heard at once: none waits before it.
    pub(crate) fn is_free(&self) -> bool {
        self.opener.is_none() && self.letters.is_empty()
    }

    /// Has a datagram wait for the session; it is lost where too many do.
    pub(crate) fn put(&mut self, letter: Letter) {
        self.letters.put(letter);
    }

    /// Loses what was not heard.
    pub(crate) fn forget(&mut self) {
        self.letters = Letters::default();
    }

    /// What came after the opener and was not heard, in order.
    pub(crate) fn unheard(self) -> Letters {
        self.letters
    }
}

impl Link for Peer {
    fn say(&mut self, seat: &mut Seat, bytes: &[u8], _unit: Unit) -> Result<(), End> {
        seat.count_sent(bytes.len());
        if self.pace.goes() {
            self.outgoing.say(self.to, bytes);
        } else {
            self.pace.say(bytes);
        }
        Ok(())
    }

    fn is_settled(&self) -> bool {
        self.pace.is_settled()
    }

    fn poll_settle(&mut self, _cx: &mut Context<'_>, _seat: &mut Seat, more: bool) -> Poll<Result<(), End>> {
        if !(more && self.pace.has_room()) {
            let sent = self.pace.poll_send(|datagrams| {
                let count = datagrams.len();
                datagrams.for_each(|datagram| self.outgoing.say(self.to, datagram));
                Poll::Ready(Ok(count))
            });
            // What cannot be sent is lost, as anything sent by UDP may be.
            let _ = ready!(sent);
        }
        Poll::Ready(Ok(()))
    }

    fn due(&self) -> Option<Instant> {
        self.pace.pause
    }

    fn poll_hear(&mut self, _cx: &mut Context<'_>, seat: &mut Seat) -> Poll<Result<(), End>> {
        let Some(letter) = self.opener.take().or_else(|| self.letters.next()) else { return Poll::Pending };
        self.hear(seat, &letter.bytes);
        Poll::Ready(Ok(()))
    }

    fn poll_secure(&mut self, _cx: &mut Context<'_>, _seat: &mut Seat) -> Poll<Result<(), End>> {
        Poll::Ready(Err(End::Secure(SecureError::Datagrams)))
    }
}
