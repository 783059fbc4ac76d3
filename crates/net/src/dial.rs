//! Connecting: all addresses of a server, a little apart, and the first that answers wins (RFC 8305).

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use rustix::io::Errno;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::listen::calm;
use crate::stream::{Kind, Served, Stream};

/// How long an address is given before the next is tried beside it.
const STAGGER: Duration = Duration::from_millis(250);

/// Connects to one of `addresses`, tried in this order. Cancel safe.
///
/// # Errors
/// None answers: what the system said of the one that failed last.
pub(crate) async fn dial(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let mut others = addresses.into_iter();
    let mut attempts = JoinSet::new();
    let mut failed = io::Error::other("there is no address to call");
    loop {
        if let Some(address) = others.next() {
            attempts.spawn(TcpStream::connect(address));
        }
        let more = others.len() > 0;
        tokio::select! {
            () = tokio::time::sleep(STAGGER), if more => {}
            attempt = attempts.join_next() => match attempt {
                Some(Ok(Ok(stream))) => return Ok(stream),
                Some(Ok(Err(error))) => failed = error,
                Some(Err(_)) => {}
                None if more => {}
                None => return Err(failed),
            }
        }
    }
}

/// Connects to one address. The runtime is not told of a connection that is there at once, as on loopback, before it is
/// waited for. What only pays off on one that lasts is left out of others. Cancel safe.
///
/// # Errors
/// What the system says.
pub(crate) async fn dial_one(address: SocketAddr, lasts: bool) -> io::Result<Stream> {
    let kind = Type::STREAM;
    #[cfg(target_os = "linux")]
    let kind = kind.nonblocking();
    let socket = Socket::new(Domain::for_address(address), kind, Some(Protocol::TCP))?;
    #[cfg(not(target_os = "linux"))]
    socket.set_nonblocking(true)?;
    if lasts {
        // Each write leaves at once: conversations are questions and answers.
        socket.set_tcp_nodelay(true)?;
        calm(&socket, address);
    }
    match socket.connect(&address.into()) {
        Ok(()) => {}
        Err(error) if error.raw_os_error() == Some(Errno::INPROGRESS.raw_os_error()) => {}
        Err(error) => return Err(error),
    }
    if socket.peer_addr().is_ok() {
        return Ok(Stream::Served(Served::new(socket.into(), Kind::Tcp)));
    }
    let stream = TcpStream::from_std(socket.into())?;
    stream.writable().await?;
    stream.take_error()?.map_or(Ok(Stream::Tcp(stream)), Err)
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn the_next_address_is_tried_when_one_refuses() {
        let refusing = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let listening = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let addresses = [&refusing, &listening].map(|listener| listener.local_addr().expect("an address"));
        drop(refusing);
        let stream = dial(addresses.to_vec()).await.expect("a connection");
        assert_eq!(stream.peer_addr().expect("a peer"), addresses[1]);
    }

    #[tokio::test]
    async fn when_all_refuse_the_error_says_so() {
        let refusing = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = refusing.local_addr().expect("an address");
        drop(refusing);
        let error = dial(vec![address, address]).await.expect_err("nobody listens");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    }
}
