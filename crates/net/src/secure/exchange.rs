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
}

/// What crossed the wire, also of an exchange that failed or was given up.
#[derive(Debug, Default)]
pub(crate) struct Crossed {
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
    exchange_counted(link, role, keys, &mut Crossed::default()).await
}

/// The same, counting what crosses: `crossed` is right however it ends.
///
/// # Errors
/// As [`exchange`].
pub(crate) async fn exchange_counted<S>(
    link: &mut S,
    role: Role,
    keys: &Keys,
    crossed: &mut Crossed,
) -> Result<Exchanged, SecureError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let own = keys.own().await?;
    let cut = match role {
        Role::Client => {
            say(link, &own, crossed).await?;
            hear(link, crossed).await?
        }
        Role::Server => {
            let cut = hear(link, crossed).await?;
            say(link, &own, crossed).await?;
            cut
        }
    };
    Exchanged::of(own, cut)
}

/// Waits for the peer's key, where ours is said by other means. Not cancel safe.
///
/// # Errors
/// The peer's key is missing or not accepted.
pub(crate) async fn hear_key(
    link: &mut (impl AsyncRead + Unpin),
    keys: &Keys,
) -> Result<(Exchanged, String), SecureError> {
    let own = keys.own().await?;
    let cut = hear(link, &mut Crossed::default()).await?;
    let pem = cut.pem.clone();
    Ok((Exchanged::of(own, cut)?, pem))
}

impl Exchanged {
    fn of(own: Arc<OwnKey>, cut: Cut) -> Result<Self, SecureError> {
        Ok(Self { peer: PeerKey::read(&cut.pem)?, blocks: Blocks::new(own.block_bytes(), cut.rest), own })
    }
}

async fn say(
    link: &mut (impl AsyncWrite + Unpin),
    own: &OwnKey,
    crossed: &mut Crossed,
) -> Result<(), SecureError> {
    let mut left = own.pem().as_bytes();
    while !left.is_empty() {
        let written = link.write(left).await.map_err(|_| SecureError::Closed)?;
        if written == 0 {
            return Err(SecureError::Closed);
        }
        crossed.sent_bytes += written;
        left = &left[written..];
    }
    link.flush().await.map_err(|_| SecureError::Closed)
}

async fn hear(link: &mut (impl AsyncRead + Unpin), crossed: &mut Crossed) -> Result<Cut, SecureError> {
    let mut cutter = PemCutter::default();
    let mut piece = [0; 1024];
    loop {
        let length = link.read(&mut piece).await.map_err(|_| SecureError::Closed)?;
        if length == 0 {
            return Err(SecureError::Closed);
        }
        crossed.received_bytes += length;
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
        let (mut out, mut back) = (Crossed::default(), Crossed::default());
        let (client, server) = tokio::join!(
            exchange_counted(&mut left, Role::Client, &ours, &mut out),
            exchange_counted(&mut right, Role::Server, &theirs, &mut back)
        );
        let (client, mut server) = (client.expect("client"), server.expect("server"));
        assert_eq!(client.peer.message_bytes_max(), 384 - 42);
        assert_eq!(out.sent_bytes, client.own.pem().len());
        assert_eq!((out.sent_bytes, out.received_bytes), (back.received_bytes, back.sent_bytes));
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

    #[tokio::test]
    async fn what_crossed_is_counted_also_when_the_exchange_fails() {
        let (mut left, mut right) = tokio::io::duplex(4096);
        right.write_all(b"-----BEGIN RSA").await.expect("room for it");
        let mut crossed = Crossed::default();
        let keys = Keys::new(RsaBits::B2048);
        let result = exchange_counted(&mut left, Role::Server, &keys, &mut crossed).await;
        assert!(matches!(result, Err(SecureError::NoKey(_))));
        assert_eq!((crossed.sent_bytes, crossed.received_bytes), (0, 14));
    }
}
