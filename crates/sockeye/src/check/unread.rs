//! What a program on this machine has not read of a TCP connection yet, asked of the kernel for that one connection
//! (sock_diag(7)). The tables under /proc would be built anew for each look, which takes milliseconds.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;

use netlink_packet_core::{NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload};
use netlink_packet_sock_diag::SockDiagMessage;
use netlink_packet_sock_diag::constants::{AF_INET, AF_INET6, IPPROTO_TCP};
use netlink_packet_sock_diag::inet::{ExtensionFlags, InetRequest, SocketId, StateFlags};
use netlink_sys::protocols::NETLINK_SOCK_DIAG;
use netlink_sys::{Socket, SocketAddr as NetlinkAddr};

/// Room for the answer about one socket, bytes.
const ANSWER_BYTES_MAX: usize = 4096;

thread_local! {
    /// Where the kernel is asked; nothing until it was, or where it does not answer such questions.
    static KERNEL: RefCell<Option<Socket>> = const { RefCell::new(None) };
}

/// Bytes that the program at `theirs` has not read of its connection with us at `ours`; nothing where it is not on this
/// machine, or has closed it.
pub(super) fn unread_by(theirs: SocketAddr, ours: SocketAddr) -> Option<u64> {
    KERNEL.with_borrow_mut(|kernel| {
        let asked = match kernel {
            Some(socket) => socket,
            None => kernel.insert(open().ok()?),
        };
        let unread = ask(asked, theirs, ours);
        if unread.is_err() {
            // An answer that comes late must not be taken for that to the next question.
            *kernel = None;
        }
        unread.ok().flatten()
    })
}

fn open() -> io::Result<Socket> {
    let mut socket = Socket::new(NETLINK_SOCK_DIAG)?;
    socket.bind_auto()?;
    socket.connect(&NetlinkAddr::new(0, 0))?;
    Ok(socket)
}

fn ask(kernel: &Socket, theirs: SocketAddr, ours: SocketAddr) -> io::Result<Option<u64>> {
    let mut header = NetlinkHeader::default();
    header.flags = NLM_F_REQUEST;
    let request = SockDiagMessage::InetRequest(InetRequest {
        family: if theirs.is_ipv4() { AF_INET } else { AF_INET6 },
        protocol: IPPROTO_TCP,
        extensions: ExtensionFlags::empty(),
        states: StateFlags::all(),
        socket_id: SocketId {
            source_port: theirs.port(),
            destination_port: ours.port(),
            source_address: theirs.ip(),
            destination_address: ours.ip(),
            interface_id: 0,
            cookie: [0xff; 8],
        },
    });
    let mut request = NetlinkMessage::new(header, request.into());
    request.finalize();
    let mut bytes = vec![0; request.buffer_len()];
    request.serialize(&mut bytes);
    kernel.send(&bytes, 0)?;
    // The kernel has answered when `send` returns.
    let mut answer = vec![0; ANSWER_BYTES_MAX];
    let length = kernel.recv(&mut &mut answer[..], 0)?;
    let answer =
        NetlinkMessage::<SockDiagMessage>::deserialize(&answer[..length]).map_err(io::Error::other)?;
    Ok(match answer.payload {
        NetlinkPayload::InnerMessage(SockDiagMessage::InetResponse(socket)) => {
            Some(u64::from(socket.header.recv_queue))
        }
        _ => None,
    })
}

#[cfg(test)]
#[expect(clippy::disallowed_types, reason = "both ends of a connection are looked at here")]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};

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
}
