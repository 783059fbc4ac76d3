//! A stream that never waits by itself: one that a server accepted, of which the engine says what it may do, or a
//! client's new one, until it is waited for.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use mio::event::Event;
use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use rustix::net::{RecvFlags, SendFlags, recv, send};

/// Nothing is written to whom nobody reads any more, and no signal comes of it.
#[cfg(target_os = "linux")]
const SILENTLY: SendFlags = SendFlags::NOSIGNAL;
#[cfg(not(target_os = "linux"))]
const SILENTLY: SendFlags = SendFlags::empty();

/// What kind of stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Tcp,
    Unix,
}

/// A stream that does not block.
#[derive(Debug)]
pub(crate) struct Served {
    socket: OwnedFd,
    pub(super) kind: Kind,
    /// Something may be there to be read: until reading says that there is nothing more.
    readable: bool,
    /// Something may be written: until writing says that it may not.
    writable: bool,
    /// The other side's end was seen, which is seen only once: reading finds it behind what is still there.
    ended: bool,
}

impl Served {
    pub(crate) fn new(socket: OwnedFd, kind: Kind) -> Self {
        Self { socket, kind, readable: true, writable: true, ended: false }
    }

    /// Has `registry` watch it from now on: who says all at once is answered without.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn watch(&self, registry: &Registry, token: Token) -> io::Result<()> {
        let interest = Interest::READABLE | Interest::WRITABLE;
        registry.register(&mut SourceFd(&self.socket.as_raw_fd()), token, interest)
    }

    /// What was seen.
    pub(crate) fn see(&mut self, event: &Event) {
        self.ended |= event.is_read_closed() || event.is_error();
        self.readable |= event.is_readable() || self.ended;
        self.writable |= event.is_writable() || event.is_error();
    }

    pub(crate) fn is_readable(&self) -> bool {
        self.readable
    }

    pub(crate) fn is_writable(&self) -> bool {
        self.writable
    }

    /// Reads what is there; nothing where the other side has ended.
    ///
    /// # Errors
    /// What the system says; it would block where nothing is there.
    pub(crate) fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let room = bytes.len();
        match recv(&self.socket, bytes, RecvFlags::empty()) {
            Ok((_, length)) => {
                // Less than there is room for: nothing more is there, and what comes is seen.
                self.readable = length == room || length == 0 || self.ended;
                Ok(length)
            }
            Err(error) => {
                self.readable = error != rustix::io::Errno::AGAIN;
                self.ended &= self.readable;
                Err(error.into())
            }
        }
    }

    /// Writes what the system takes at once.
    ///
    /// # Errors
    /// What the system says; it would block where nothing can be written.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = send(&self.socket, bytes, SILENTLY);
        self.writable = written.is_ok_and(|written| written == bytes.len());
        Ok(written?)
    }

    pub(super) fn socket(&self) -> &OwnedFd {
        &self.socket
    }

    pub(super) fn into_socket(self) -> OwnedFd {
        self.socket
    }
}
