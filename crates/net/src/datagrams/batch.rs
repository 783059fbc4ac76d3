//! Several datagrams a system call, both ways, where the system can (Linux); elsewhere one after the other.

pub(super) use self::system::{RECEIVED_MAX, receive, send};

#[cfg(target_os = "linux")]
mod system {
    use std::cell::RefCell;
    use std::io::{self, IoSlice, IoSliceMut};
    use std::net::{SocketAddr, UdpSocket};
    use std::os::fd::AsRawFd;

    use crate::datagrams::INBOX_BYTES;
    use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg};
    use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags, addr::SocketAddrArg, sendmmsg};

    /// Datagrams of one system call, at most.
    pub(crate) const RECEIVED_MAX: usize = 16;

    thread_local! {
        /// For sockets of IPv4 and of IPv6: the system writes the lengths of their addresses into the headers.
        static INBOXES: [RefCell<Option<Inbox>>; 2] = const { [RefCell::new(None), RefCell::new(None)] };
    }

    /// Where datagrams are received. Memory that no datagram was long enough for is not taken from the system.
    struct Inbox {
        headers: MultiHeaders<SockaddrStorage>,
        bytes: Box<[u8]>,
    }

    impl Inbox {
        fn new() -> Self {
            let bytes = vec![0; RECEIVED_MAX * INBOX_BYTES].into();
            Self { headers: MultiHeaders::preallocate(RECEIVED_MAX, None), bytes }
        }

        fn receive(
            &mut self,
            socket: &UdpSocket,
            take: &mut impl FnMut(SocketAddr, &[u8]),
        ) -> io::Result<usize> {
            let mut places = self.bytes.chunks_exact_mut(INBOX_BYTES);
            let mut places: [_; RECEIVED_MAX] =
                std::array::from_fn(|_| [IoSliceMut::new(places.next().unwrap_or_default())]);
            let received =
                recvmmsg(socket.as_raw_fd(), &mut self.headers, &mut places, MsgFlags::MSG_DONTWAIT, None)?;
            let mut came = 0;
            for datagram in received {
                came += 1;
                if let Some(from) = datagram.address.and_then(address) {
                    // An empty datagram has no slice.
                    take(from, datagram.iovs().next().unwrap_or_default());
                }
            }
            Ok(came)
        }
    }

    fn address(address: SockaddrStorage) -> Option<SocketAddr> {
        let four = address.as_sockaddr_in().map(|four| (*four).into());
        four.or_else(|| address.as_sockaddr_in6().map(|six| (*six).into()))
    }

    /// Takes the datagrams that are there, up to [`RECEIVED_MAX`], from a socket bound to `at`. Returns how many.
    pub(crate) fn receive(
        socket: &UdpSocket,
        at: SocketAddr,
        take: &mut impl FnMut(SocketAddr, &[u8]),
    ) -> io::Result<usize> {
        let six = usize::from(at.is_ipv6());
        INBOXES.with(|inboxes| inboxes[six].borrow_mut().get_or_insert_with(Inbox::new).receive(socket, take))
    }

    /// Sends what can be sent at once, to `to` or to whom the socket is connected. Returns how many.
    pub(crate) fn send<'a>(
        socket: &UdpSocket,
        to: Option<SocketAddr>,
        datagrams: impl Iterator<Item = &'a [u8]>,
    ) -> io::Result<usize> {
        let to = to.map(|to| to.as_any());
        let texts: Vec<_> = datagrams.map(|datagram| [IoSlice::new(datagram)]).collect();
        let mut controls: Vec<_> = texts.iter().map(|_| SendAncillaryBuffer::default()).collect();
        let mut headers: Vec<_> = texts
            .iter()
            .zip(&mut controls)
            .map(|(text, control)| match &to {
                Some(to) => MMsgHdr::new_with_addr(to, text, control),
                None => MMsgHdr::new(text, control),
            })
            .collect();
        Ok(sendmmsg(socket, &mut headers, SendFlags::DONTWAIT | SendFlags::NOSIGNAL)?)
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::io;
    use std::net::{SocketAddr, UdpSocket};

    /// Datagrams of one system call.
    pub(crate) const RECEIVED_MAX: usize = 1;

    pub(crate) fn receive(
        socket: &UdpSocket,
        _at: SocketAddr,
        take: &mut impl FnMut(SocketAddr, &[u8]),
    ) -> io::Result<usize> {
        let mut bytes = crate::datagrams::inbox();
        let (length, from) = socket.recv_from(&mut bytes)?;
        take(from, &bytes[..length]);
        Ok(1)
    }

    pub(crate) fn send<'a>(
        socket: &UdpSocket,
        to: Option<SocketAddr>,
        datagrams: impl Iterator<Item = &'a [u8]>,
    ) -> io::Result<usize> {
        let mut sent = 0;
        for datagram in datagrams {
            let result = match to {
                Some(to) => socket.send_to(datagram, to),
                None => socket.send(datagram),
            };
            match result {
                Err(error) if sent == 0 => return Err(error),
                Err(_) => break,
                Ok(_) => sent += 1,
            }
        }
        Ok(sent)
    }
}
