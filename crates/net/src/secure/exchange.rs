//! The exchange of keys at the beginning: the client's first, then the server's.

use std::sync::Arc;

use convo::Role;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::pem::{Cut, PemCutter};
use super::{Blocks, Keys, OwnKey, PeerKey, SecureError};

/// What both sides have after the exchange.
#[derive(Debug)]
pub(crate) struct Exchanged {
    /// Opens what comes.
    pub(crate) own: Arc<OwnKey>,
    /// Closes what goes.
    pub(crate) peer: PeerKey,
    /// Cuts what comes, beginning with what came along with the peer's key.
    pub(crate) blocks: Blocks,
    /// Bytes written.
    pub(crate) sent_bytes: usize,
    /// Bytes read.
    pub(crate) received_bytes: usize,
}

/// Exchanges keys over a stream on which nothing else is under way. Not cancel safe: the stream is of no use then.
///
/// # Errors
/// The peer's key is missing or not accepted.
pub(crate) async fn exchange<S>(link: &mut S, role: Role, keys: &Keys) -> Result<Exchanged, SecureError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let own = keys.own().await?;
    let cut = match role {
        Role::Client => {
            say(link, &own).await?;
            hear(link).await?
        }
        Role::Server => {
            let cut = hear(link).await?;
            say(link, &own).await?;
            cut
        }
    };
    Ok(Exchanged {
        peer: PeerKey::read(&cut.pem)?,
        sent_bytes: own.pem().len(),
        received_bytes: (cut.pem.len() + cut.rest.len()),
        blocks: Blocks::new(own.block_bytes(), cut.rest),
        own,
    })
}

async fn say(link: &mut (impl AsyncWrite + Unpin), own: &OwnKey) -> Result<(), SecureError> {
    link.write_all(own.pem().as_bytes()).await.map_err(|_| SecureError::Closed)?;
    link.flush().await.map_err(|_| SecureError::Closed)
}

async fn hear(link: &mut (impl AsyncRead + Unpin)) -> Result<Cut, SecureError> {
    let mut cutter = PemCutter::default();
    let mut piece = [0; 1024];
    loop {
        let length = link.read(&mut piece).await.map_err(|_| SecureError::Closed)?;
        if length == 0 {
            return Err(SecureError::Closed);
        }
        if let Some(cut) = cutter.push(&piece[..length])? {
            return Ok(cut);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::RsaBits;
    use super::*;

    #[tokio::test]
    async fn both_sides_understand_each_other_after_the_exchange() {
        let (mut left, mut right) = tokio::io::duplex(64);
        let (ours, theirs) = (Keys::new(RsaBits::B2048), Keys::new(RsaBits::B3072));
        let (client, server) = tokio::join!(
            exchange(&mut left, Role::Client, &ours),
            exchange(&mut right, Role::Server, &theirs)
        );
        let (client, mut server) = (client.expect("client"), server.expect("server"));
        assert_eq!(client.peer.message_bytes_max(), 384 - 42);
        assert_eq!(client.sent_bytes, server.received_bytes);
        let mut block = Vec::new();
        client.peer.encrypt("grüß dich".as_bytes(), &mut block).expect("a short message");
        server.blocks.push(&block);
        let block = server.blocks.next().expect("a whole block");
        assert_eq!(server.own.decrypt(&block).expect("our block"), "grüß dich".as_bytes());
    }

    #[tokio::test]
    async fn a_peer_that_closes_before_its_key_is_an_error() {
        let (mut left, right) = tokio::io::duplex(4096);
        drop(right);
        let result = exchange(&mut left, Role::Server, &Keys::new(RsaBits::B2048)).await;
        assert!(matches!(result, Err(SecureError::Closed)));
    }
}
