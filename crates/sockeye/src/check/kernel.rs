//! What the kernel says of one socket, asked for it alone (sock_diag(7)). The tables under /proc would be built anew for
//! each look, which takes milliseconds, tens of them on a large machine.

use std::cell::RefCell;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use netlink_packet_core::{NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload};
use netlink_packet_sock_diag::SockDiagMessage;
use netlink_packet_sock_diag::constants::{AF_INET, AF_INET6, IPPROTO_TCP, IPPROTO_UDP};
use netlink_packet_sock_diag::inet::{ExtensionFlags, InetRequest, InetResponseHeader, SocketId, StateFlags};
use netlink_sys::protocols::NETLINK_SOCK_DIAG;
use netlink_sys::{Socket, SocketAddr as NetlinkAddr};

use super::proc::Kind;

/// Room for the answer about one socket, bytes.
const ANSWER_BYTES_MAX: usize = 4096;

thread_local! {
    /// Where the kernel is asked; nothing until it was, or where it does not answer such questions.
    static KERNEL: RefCell<Option<Socket>> = const { RefCell::new(None) };
}

/// A socket that whoever comes to a port of this machine reaches.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    pub(super) inode: u64,
    /// Whether it is bound to an IPv6 address.
    pub(super) v6: bool,
}

/// Bytes that the program at `theirs` has not read of its connection with us at `ours`; nothing where it is not on this
/// machine, or has closed it.
pub(super) fn unread_by(theirs: SocketAddr, ours: SocketAddr) -> Option<u64> {
    ask(IPPROTO_TCP, theirs, ours).map(|socket| u64::from(socket.recv_queue))
}

/// Whether the other side of the connection with us at `ours` is no process's: it was not accepted yet, or let go of.
pub(super) fn is_orphan(theirs: SocketAddr, ours: SocketAddr) -> bool {
    ask(IPPROTO_TCP, theirs, ours).is_some_and(|socket| socket.inode == 0)
}

/// The socket at a port of this machine's loopback: of TCP one that accepts.
pub(super) fn bound(kind: Kind, port: u16) -> Option<Bound> {
    let places: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    places.into_iter().find_map(|place| {
        let nobody = SocketAddr::new(
            if place.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() },
            0,
        );
        let place = SocketAddr::new(place, port);
        let socket = match kind {
            Kind::Tcp => ask(IPPROTO_TCP, place, nobody),
            // For UDP the kernel takes the two the other way round.
            Kind::Udp => ask(IPPROTO_UDP, nobody, place),
        }?;
        let at = socket.socket_id.source_address;
        // Java binds IPv4 addresses through IPv6 sockets: ::ffff:127.0.0.1 is reached over IPv4 alone.
        let v6 = matches!(at, IpAddr::V6(at) if at.to_ipv4_mapped().is_none());
        Some(Bound { inode: u64::from(socket.inode), v6 })
    })
}

fn ask(protocol: u8, source: SocketAddr, destination: SocketAddr) -> Option<InetResponseHeader> {
    KERNEL.with_borrow_mut(|kernel| {
        let asked = match kernel {
            Some(socket) => socket,
            None => kernel.insert(open().ok()?),
        };
        let answer = exchange(asked, protocol, source, destination);
        if answer.is_err() {
            // An answer that comes late must not be taken for that to the next question.
            *kernel = None;
        }
        answer.ok().flatten()
    })
}

fn open() -> io::Result<Socket> {
    let mut socket = Socket::new(NETLINK_SOCK_DIAG)?;
    socket.bind_auto()?;
    socket.connect(&NetlinkAddr::new(0, 0))?;
    Ok(socket)
}

fn exchange(
    kernel: &Socket,
    protocol: u8,
    source: SocketAddr,
    destination: SocketAddr,
) -> io::Result<Option<InetResponseHeader>> {
    let mut header = NetlinkHeader::default();
    header.flags = NLM_F_REQUEST;
    let request = SockDiagMessage::InetRequest(InetRequest {
        family: if source.is_ipv4() { AF_INET } else { AF_INET6 },
        protocol,
        extensions: ExtensionFlags::empty(),
        states: StateFlags::all(),
        socket_id: SocketId {
            source_port: source.port(),
            destination_port: destination.port(),
            source_address: source.ip(),
            destination_address: destination.ip(),
            interface_id: 0,
            cookie: [0xff; 8],
        },
    });
    let mut request = NetlinkMessage::new(header, request.into());
    request.finalize();
    let mut bytes = vec![0; request.buffer_len()];
    request.serialize(&mut bytes);
    kernel.send(&bytes, 0)?;
    // The kernel has answered when `send` returns; nobody waits where it has not.
    kernel.set_non_blocking(true)?;
    let mut answer = vec![0; ANSWER_BYTES_MAX];
    let length = kernel.recv(&mut &mut answer[..], 0)?;
    let answer =
        NetlinkMessage::<SockDiagMessage>::deserialize(&answer[..length]).map_err(io::Error::other)?;
    Ok(match answer.payload {
        NetlinkPayload::InnerMessage(SockDiagMessage::InetResponse(socket)) => Some(socket.header),
        _ => None,
    })
}

#[cfg(test)]
#[expect(clippy::disallowed_types, reason = "both ends of a connection are looked at here")]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream, UdpSocket};

    use super::*;

    #[test]
    fn what_the_other_side_has_not_read_is_seen_until_it_has() {
        for place in ["127.0.0.1:0", "[::1]:0"] {
            let listener = TcpListener::bind(place).expect("a port");
            let mut ours =
                TcpStream::connect(listener.local_addr().expect("an address")).expect("a connection");
            let (mut theirs, _) = listener.accept().expect("it is there");
            let unread = || unread_by(ours.peer_addr().expect("theirs"), ours.local_addr().expect("ours"));
            assert_eq!(unread(), Some(0));
            (&ours).write_all(b"hello").expect("it is taken");
            assert_eq!(unread(), Some(5));
            theirs.read_exact(&mut [0; 5]).expect("it comes");
            assert_eq!(unread(), Some(0));
            let (them, us) = (ours.peer_addr().expect("theirs"), ours.local_addr().expect("ours"));
            ours.flush().expect("nothing is left");
            drop((theirs, ours));
            assert_eq!(unread_by(us, them).unwrap_or(0), 0);
        }
    }

    #[test]
    fn a_socket_is_found_at_its_port_as_soon_as_it_is_bound() {
        for (place, v6) in [("127.0.0.1:0", false), ("0.0.0.0:0", false), ("[::1]:0", true), ("[::]:0", true)]
        {
            let listener = TcpListener::bind(place).expect("a port");
            let port = listener.local_addr().expect("an address").port();
            assert_eq!(bound(Kind::Tcp, port).map(|bound| bound.v6), Some(v6), "{place}");
            drop(listener);
            assert!(bound(Kind::Tcp, port).is_none(), "{place}");
            let socket = UdpSocket::bind(place).expect("a port");
            let port = socket.local_addr().expect("an address").port();
            assert_eq!(bound(Kind::Udp, port).map(|bound| bound.v6), Some(v6), "{place}");
            drop(socket);
            assert!(bound(Kind::Udp, port).is_none(), "{place}");
        }
    }

    #[test]
    fn the_side_of_a_connection_is_an_orphan_before_and_after_somebody_has_it() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let ours = TcpStream::connect(listener.local_addr().expect("an address")).expect("a connection");
        let (them, us) = (ours.peer_addr().expect("theirs"), ours.local_addr().expect("ours"));
        assert!(is_orphan(them, us), "nobody has accepted it");
        let (theirs, _) = listener.accept().expect("it is there");
        assert!(!is_orphan(them, us));
        drop(theirs);
        assert!(is_orphan(them, us));
    }
}
