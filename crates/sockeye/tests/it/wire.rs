//! Peers made of bare sockets: whatever a test wants to put on the wire, and what comes back.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::heard::DEADLINE;

/// One side of a TCP connection.
pub(crate) struct Peer(TcpStream);

impl Peer {
    /// Connects.
    pub(crate) fn call(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).unwrap_or_else(|why| panic!("connecting to {address}: {why}")))
    }

    /// The next client of a listener.
    pub(crate) fn of(listener: &TcpListener) -> Self {
        let (stream, _) = listener.accept().expect("somebody connects");
        Self::over(stream)
    }

    fn over(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(DEADLINE)).expect("a deadline can be set");
        stream.set_write_timeout(Some(DEADLINE)).expect("a deadline can be set");
        stream.set_nodelay(true).expect("TCP_NODELAY can be set");
        Self(stream)
    }

    /// One write.
    pub(crate) fn say(&mut self, text: impl AsRef<[u8]>) {
        self.0.write_all(text.as_ref()).expect("the other side takes what is said");
    }

    /// Writes as much as the other side takes before it closes.
    pub(crate) fn flood(&mut self, bytes: &[u8]) {
        if let Err(why) = self.0.write_all(bytes) {
            let closed = [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset];
            assert!(closed.contains(&why.kind()), "flooding: {why}");
        }
    }

    /// Shuts the sending side: half a close.
    pub(crate) fn say_no_more(&mut self) {
        self.0.shutdown(Shutdown::Write).expect("a connected socket can be shut down");
    }

    /// Reads as many bytes as `expected` has, and compares.
    #[track_caller]
    pub(crate) fn hear(&mut self, expected: &str) {
        let mut bytes = vec![0; expected.len()];
        self.0.read_exact(&mut bytes).unwrap_or_else(|why| panic!("expected {expected:?}: {why}"));
        assert_eq!(String::from_utf8_lossy(&bytes), expected);
    }

    /// Reads to the end. A reset after the last byte counts as the end: who closes with unread bytes resets.
    pub(crate) fn hear_all(&mut self) -> String {
        let (mut bytes, mut chunk) = (Vec::new(), [0; 8192]);
        loop {
            match self.0.read(&mut chunk) {
                Ok(0) => break,
                Ok(n) => bytes.extend_from_slice(&chunk[..n]),
                Err(why) if why.kind() == ErrorKind::ConnectionReset => break,
                Err(why) => panic!("no end came, only {:?}: {why}", String::from_utf8_lossy(&bytes)),
            }
        }
        String::from_utf8(bytes).expect("what comes is text")
    }

    /// Closes with a reset instead of an end.
    pub(crate) fn reset(self) {
        rustix::net::sockopt::set_socket_linger(&self.0, Some(Duration::ZERO)).expect("SO_LINGER can be set");
    }
}

/// A server of the test's own, for `sockeye call`: one connection.
pub(crate) struct Host {
    /// As `--to` takes it.
    pub(crate) to: String,
    accepted: mpsc::Receiver<TcpStream>,
}

impl Host {
    /// Listens on a free port.
    pub(crate) fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
        let to = format!("tcp://{}", listener.local_addr().expect("it is bound"));
        let (send, accepted) = mpsc::channel();
        // The thread outlives a test that fails before anybody connects; the process ends it.
        thread::spawn(move || {
            if let Ok((stream, _)) = listener.accept() {
                drop(send.send(stream));
            }
        });
        Self { to, accepted }
    }

    /// Waits for the connection.
    pub(crate) fn accept(&self) -> Peer {
        Peer::over(self.accepted.recv_timeout(DEADLINE).expect("somebody connects"))
    }
}

/// A UDP socket that talks to one address.
pub(crate) struct Datagrams(UdpSocket);

impl Datagrams {
    /// Binds a free port of the same family and remembers whom to talk to.
    pub(crate) fn to(address: SocketAddr) -> Self {
        let any = if address.is_ipv4() { "127.0.0.1:0" } else { "[::1]:0" };
        let socket = UdpSocket::bind(any).expect("a loopback port is free");
        socket.connect(address).expect("a UDP socket connects");
        socket.set_read_timeout(Some(DEADLINE)).expect("a deadline can be set");
        Self(socket)
    }

    /// One datagram.
    pub(crate) fn say(&self, text: &str) {
        self.0.send(text.as_bytes()).expect("a datagram can be sent on loopback");
    }

    /// The next datagram.
    #[track_caller]
    pub(crate) fn hear(&self) -> String {
        let mut bytes = [0; 65536];
        let n = self.0.recv(&mut bytes).expect("a datagram comes");
        String::from_utf8_lossy(&bytes[..n]).into_owned()
    }

    /// Our own address, as the board shows it.
    pub(crate) fn address(&self) -> SocketAddr {
        self.0.local_addr().expect("it is bound")
    }
}
