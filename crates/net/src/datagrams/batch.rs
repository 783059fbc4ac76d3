//! Several datagrams a system call, both ways, where the system can (Linux); elsewhere one after the other.

pub(super) use self::system::{Inbox, Outbox};

#[cfg(target_os = "linux")]
mod system {
    use std::io::{self, IoSlice, IoSliceMut};
    use std::net::{SocketAddr, UdpSocket};
    use std::os::fd::AsRawFd;

    use crate::datagrams::INBOX_BYTES;
    use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg, sendmmsg};
    use rustix::net::{RecvFlags, recvfrom};

    /// Datagrams of one system call, at most.
    pub(crate) const BATCH_MAX: usize = 16;
    /// So often one datagram is asked for after one came alone.
    const ALONE_MAX: usize = 15;

    /// Where the datagrams of one socket are received. Memory that none was long enough for is not taken from the system.
    pub(crate) struct Inbox {
        /// The system writes the lengths of addresses into them: they belong to one socket, of IPv4 or of IPv6.
        headers: MultiHeaders<SockaddrStorage>,
        bytes: Box<[u8]>,
        /// Before several are asked for again, so often one is: where each came alone, the plainest call is the quickest.
        alone: usize,
        /// How many datagrams are asked for: about as many as came last.
        places: usize,
    }

    /// What sending several datagrams needs.
    pub(crate) struct Outbox(MultiHeaders<SockaddrStorage>);

    impl Inbox {
        pub(crate) fn new() -> Self {
            let bytes = vec![0; BATCH_MAX * INBOX_BYTES].into();
            Self { headers: MultiHeaders::preallocate(BATCH_MAX, None), bytes, alone: 0, places: 2 }
        }

        /// Takes datagrams that are there, up to [`BATCH_MAX`]. Returns whether there may be more.
        pub(crate) fn receive(
            &mut self,
            socket: &UdpSocket,
            take: impl FnMut(SocketAddr, &[u8]),
        ) -> io::Result<bool> {
            // One more than came last: that there is no further one is found out by the same call.
            self.places = self.places.clamp(2, BATCH_MAX);
            self.receive_by(MsgFlags::MSG_DONTWAIT, socket, take)
        }

        /// As [`Inbox::receive`], but waits for the first, as long as the socket's timeout lets it.
        pub(crate) fn wait(
            &mut self,
            socket: &UdpSocket,
            mut take: impl FnMut(SocketAddr, &[u8]),
        ) -> io::Result<bool> {
            if self.alone == 0 {
                let full = self.receive_by(MsgFlags::MSG_WAITFORONE, socket, take)?;
                self.alone = if self.places == 1 { ALONE_MAX } else { 0 };
                self.places = self.places.max(2);
                return Ok(full);
            }
            self.alone -= 1;
            let (_, length, from) = recvfrom(socket, &mut self.bytes[..INBOX_BYTES], RecvFlags::empty())?;
            if let Some(from) = from.and_then(|from| from.try_into().ok()) {
                take(from, &self.bytes[..length]);
            }
            Ok(true)
        }

        fn receive_by(
            &mut self,
            flags: MsgFlags,
            socket: &UdpSocket,
            mut take: impl FnMut(SocketAddr, &[u8]),
        ) -> io::Result<bool> {
            let mut bytes = self.bytes.chunks_exact_mut(INBOX_BYTES).take(self.places);
            let mut places: [_; BATCH_MAX] =
                std::array::from_fn(|_| [IoSliceMut::new(bytes.next().unwrap_or_default())]);
            let places = &mut places[..self.places];
            let mut came = 0;
            for datagram in recvmmsg(socket.as_raw_fd(), &mut self.headers, places, flags, None)? {
                came += 1;
                if let Some(from) = datagram.address.and_then(address) {
                    // An empty datagram has no slice.
                    take(from, datagram.iovs().next().unwrap_or_default());
                }
            }
            let full = came == self.places;
            self.places = if full { BATCH_MAX.min(2 * came) } else { came.max(1) };
            Ok(full)
        }
    }

    impl Outbox {
        pub(crate) fn new() -> Self {
            Self(MultiHeaders::preallocate(BATCH_MAX, None))
        }

        /// Sends what can be sent at once of `datagrams`, at most [`BATCH_MAX`]. Returns how many. Its addresses take room of
        /// the stack, which whoever sends only one need not have.
        #[inline(never)]
        pub(crate) fn send<'a>(
            &mut self,
            socket: &UdpSocket,
            mut datagrams: impl Iterator<Item = (SocketAddr, &'a [u8])>,
        ) -> io::Result<usize> {
            let (mut to, mut count) = ([None; BATCH_MAX], 0);
            let texts: [_; BATCH_MAX] = std::array::from_fn(|n| {
                let next = datagrams.next();
                count += usize::from(next.is_some());
                to[n] = next.map(|(to, _)| SockaddrStorage::from(to));
                [IoSlice::new(next.map_or(&[], |(_, text)| text))]
            });
            let (socket, flags) = (socket.as_raw_fd(), MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL);
            Ok(sendmmsg(socket, &mut self.0, &texts[..count], to, [], flags)?.count())
        }
    }

    fn address(address: SockaddrStorage) -> Option<SocketAddr> {
        let four = address.as_sockaddr_in().map(|four| (*four).into());
        four.or_else(|| address.as_sockaddr_in6().map(|six| (*six).into()))
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::io;
    use std::net::{SocketAddr, UdpSocket};

    pub(crate) struct Inbox(Box<[u8]>);

    pub(crate) struct Outbox;

    impl Inbox {
        pub(crate) fn new() -> Self {
            Self(crate::datagrams::inbox())
        }

        pub(crate) fn receive(
            &mut self,
            socket: &UdpSocket,
            mut take: impl FnMut(SocketAddr, &[u8]),
        ) -> io::Result<bool> {
            let (length, from) = socket.recv_from(&mut self.0)?;
            take(from, &self.0[..length]);
            Ok(true)
        }

        pub(crate) fn wait(
            &mut self,
            socket: &UdpSocket,
            take: impl FnMut(SocketAddr, &[u8]),
        ) -> io::Result<bool> {
            self.receive(socket, take)
        }
    }

    impl Outbox {
        pub(crate) fn new() -> Self {
            Self
        }

        pub(crate) fn send<'a>(
            &mut self,
            socket: &UdpSocket,
            mut datagrams: impl Iterator<Item = (SocketAddr, &'a [u8])>,
        ) -> io::Result<usize> {
            let Some((to, text)) = datagrams.next() else { return Ok(0) };
            socket.send_to(text, to).map(|_| 1)
        }
    }
}
