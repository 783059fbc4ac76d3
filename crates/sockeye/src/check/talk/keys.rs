//! The exchange of keys, ours as the manner has it.

use convo::cases::secured_at;
use convo::{Input, Role, Violation, ViolationKind};
use net::SecureError;

use super::super::trace::Event;
use super::talker::Talker;
use super::{End, Keying};

/// So many times what an answer may take is given for the exchange of keys.
const KEYS_TIMES: u32 = 5;

impl Talker<'_> {
    /// Exchanges keys, the client's first. Each side may have to make one before, which takes time.
    pub(super) async fn secure(&mut self) -> Result<(), End> {
        let key = match self.part.keys.pem().await {
            Ok(key) => key,
            Err(error) => return Err(End::NotPlayed(error.to_string())),
        };
        if self.part.role == Role::Client {
            self.say_key(&key).await?;
        }
        let within = self.part.patience * KEYS_TIMES;
        let theirs = match tokio::time::timeout(within, self.probe.hear_key(&self.part.keys)).await {
            Ok(Ok(theirs)) => theirs,
            Ok(Err(error)) => {
                let closed = matches!(error, SecureError::Closed);
                let kind = if closed { ViolationKind::Closed } else { ViolationKind::Unexpected };
                if closed {
                    self.trace.note(Event::TheyClosed);
                }
                return Err(self.unkeyed(kind, error.to_string()));
            }
            Err(_) => {
                self.trace.note(Event::Silence(within));
                let text = format!("the exchange of RSA public keys was not done within {within:?}");
                return Err(self.unkeyed(ViolationKind::Silent, text));
            }
        };
        self.trace.note(Event::Key(theirs.pem.into_bytes()));
        if self.part.role == Role::Server {
            self.say_key(&key).await?;
        }
        self.hear(Input::Secured { message_bytes_max: theirs.message_bytes_max });
        Ok(())
    }

    /// What is wrong with the exchange of keys.
    fn unkeyed(&self, kind: ViolationKind, text: String) -> End {
        let line = secured_at(self.part.convo).unwrap_or_default();
        End::Broke(Violation { kind, line, text })
    }

    /// Says our key, as the manner has it.
    async fn say_key(&mut self, key: &str) -> Result<(), End> {
        if let Some(pause) = self.part.manner.slow {
            tokio::time::sleep(pause).await;
        }
        let key = key.as_bytes();
        match self.part.manner.key.clone() {
            None => self.write(key).await,
            Some(Keying::Cut(cuts)) => self.write_in_pieces(key, &cuts).await,
            Some(Keying::Glued) => {
                self.key = key.to_vec();
                Ok(())
            }
            Some(Keying::BreakOff(how)) => Err(self.break_off(&how, key).await),
        }
    }
}
