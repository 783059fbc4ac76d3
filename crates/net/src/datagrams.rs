//! Conversations over UDP, a message a datagram: with one peer of a server's socket, or as a client.

use std::io;
use std::time::Duration;

pub(crate) use self::caller::Caller;
pub(crate) use self::peer::{Letter, Peer};

mod caller;
mod peer;

/// What one datagram carries over IPv4, bytes: no message can be longer.
pub(crate) const DATAGRAM_BYTES_MAX: usize = 65_507;
/// Room for one datagram that is too long, as IPv6 can carry it, so that it is seen to be, and not cut short.
const INBOX_BYTES: usize = DATAGRAM_BYTES_MAX + 1;

/// What one datagram is received in.
pub(crate) fn inbox() -> Box<[u8]> {
    vec![0; INBOX_BYTES].into()
}

/// So many datagrams leave in one go, while nothing is heard …
const BURST_MAX: usize = 16;
/// … then there is a pause: a receiver that is woken meanwhile loses none, and its buffer need hold little more.
const BURST_PAUSE: Duration = Duration::from_millis(1);

/// Sends one session's datagrams at a pace that a receiver can follow.
#[derive(Debug, Default)]
struct Pace {
    burst: usize,
    unsent: Option<Vec<u8>>,
}

impl Pace {
    /// Sends a datagram by `send`, or keeps it until [`Pace::wait`] was waited for.
    fn say(&mut self, bytes: &[u8], send: impl FnOnce(&[u8]) -> io::Result<usize>) -> io::Result<()> {
        if self.burst < BURST_MAX {
            match send(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                sent => {
                    self.burst += 1;
                    return sent.map(|_| ());
                }
            }
        }
        self.unsent = Some(bytes.to_vec());
        Ok(())
    }

    /// The receiver was heard: it has taken what it asked for, and what it says is answered at once.
    fn heard(&mut self) {
        self.burst = 0;
    }

    /// The datagram that is kept, after the pause.
    async fn wait(&mut self) -> Option<Vec<u8>> {
        let bytes = self.unsent.take()?;
        if self.burst >= BURST_MAX {
            // Boxed: seldom needed, and every idle session would carry it.
            Box::pin(tokio::time::sleep(BURST_PAUSE)).await;
            self.burst = 0;
        }
        self.burst += 1;
        Some(bytes)
    }
}
