//! `TCP_DEFER_ACCEPT`: a connection is accepted when its first bytes are there. The call is that of nix's macro.

use std::net::TcpListener;

use nix::sys::socket::SetSockOpt;
use nix::{libc, setsockopt_impl, sockopt_impl};

/// How long a client may say nothing before it is accepted all the same, seconds.
const SILENT_MAX_SECONDS: u32 = 1;

sockopt_impl!(
    /// Seconds that a connection waits in the system for its first bytes.
    DeferAccept,
    SetOnly,
    libc::IPPROTO_TCP,
    libc::TCP_DEFER_ACCEPT,
    u32
);

pub(super) fn defer(listener: &TcpListener) {
    // Without it everything is as it was, only slower.
    let _ = DeferAccept.set(listener, &SILENT_MAX_SECONDS);
}
