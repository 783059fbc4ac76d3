//! TCP and Unix listeners: accepting is cheap, each connection goes on in its own task.

use std::future::poll_fn;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use convo::Link;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::net::UnixListener;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinSet;

use super::partings::Partings;
use super::{Room, Seldom, go_on};
use crate::address::plain;
use crate::connection::Connection;
use crate::conversation::converse;
use crate::listen::SocketFile;
use crate::seat::number;
use crate::service::Slot;
use crate::stream::Stream;
use crate::{About, Warning};

/// How long a listener rests when the system cannot accept (no more files, no memory).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A listening stream socket. A Unix socket's file goes with it.
pub(super) enum Entrance {
    Tcp(AsyncFd<TcpListener>),
    Unix { listener: UnixListener, _file: SocketFile },
}

impl Entrance {
    /// The next connection, and who it is of. Cancel safe.
    async fn accept(&self) -> io::Result<(Stream, String)> {
        Ok(match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.async_io(Interest::READABLE, accept).await?;
                (stream.into(), plain(peer))
            }
            Self::Unix { listener, .. } => {
                let stream = Stream::Unix(listener.accept().await?.0);
                let peer = stream.peer();
                (stream, peer)
            }
        })
    }
}

#[cfg(target_os = "linux")]
fn accept(listener: &TcpListener) -> io::Result<(std::net::TcpStream, SocketAddr)> {
    use rustix::net::{SocketFlags, acceptfrom_with};

    let (stream, peer) = acceptfrom_with(listener, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC)?;
    let peer = peer.and_then(|peer| peer.try_into().ok()).ok_or(io::ErrorKind::ConnectionAborted)?;
    Ok((stream.into(), peer))
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::disallowed_methods, reason = "the listener does not block")]
fn accept(listener: &TcpListener) -> io::Result<(std::net::TcpStream, SocketAddr)> {
    let (stream, peer) = listener.accept()?;
    stream.set_nonblocking(true)?;
    Ok((stream, peer))
}

/// What a session leaves: a connection that is closed on our side alone.
type Parting = Option<OwnedFd>;

/// Keeps a listener open until the stop, then lets its sessions finish.
pub(super) async fn keep(entrance: Entrance, room: Arc<Room>) {
    let mut sessions: JoinSet<Parting> = JoinSet::new();
    let mut partings = Partings::default();
    let mut seldom = Seldom::default();
    let mut stop = pin!(room.stop.asked());
    loop {
        tokio::select! {
            biased;
            () = &mut stop => break,
            Some(left) = sessions.join_next() => partings.extend(left.ok().flatten()),
            () = partings.look() => {}
            accepted = entrance.accept() => match accepted {
                Ok(accepted) => admit(accepted, &room, &mut sessions, &mut partings).await,
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    if seldom.now() {
                        let listener = room.address.clone();
                        room.host.warn(None, &Warning::Accept { listener, error, pause: ACCEPT_PAUSE });
                    }
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    // From here on the port is free, and a Unix socket's file is gone.
    drop(entrance);
    let finished = async {
        while let Some(left) = sessions.join_next().await {
            partings.extend(left.ok().flatten());
        }
        while !partings.is_empty() {
            partings.look().await;
        }
    };
    tokio::select! {
        () = finished => {}
        () = room.patience_ends() => {}
    }
    sessions.shutdown().await;
}

/// The connection was gone before it was accepted: nothing is wrong with the listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// Gives a connection its task. Where the convo asks our person it comes back only when the person is free: the
/// connections after this one wait in the system's queue.
async fn admit(
    (stream, peer): (Stream, String),
    room: &Arc<Room>,
    sessions: &mut JoinSet<Parting>,
    partings: &mut Partings,
) {
    let mut person = pin!(room.service.person());
    let person = loop {
        tokio::select! {
            biased;
            person = &mut person => break person,
            () = room.stop.asked() => return,
            () = partings.look() => {}
        }
    };
    let about = room.service.about(number(), Link::Stream, room.address.clone(), peer);
    match room.service.slot() {
        Slot::Free(slot) => {
            let rights = Rights { _slot: slot, _person: person };
            let Some(session) = attend(stream, about, Arc::clone(room), rights) else { return };
            if !room.service.waits_for_questions() {
                sessions.spawn(session);
                return;
            }
            // Its question is there, and most such sessions are over at once: they need no task.
            let mut session = Box::pin(session);
            match poll_fn(|cx| Poll::Ready(go_on(session.as_mut(), cx))).await {
                Ok(Poll::Ready(left)) => partings.extend(left),
                Ok(Poll::Pending) => drop(sessions.spawn(session)),
                Err(_) => {}
            }
        }
        Slot::Busy(text) => {
            room.host.busy(&about);
            // The text is short and the connection new: it is taken at once, or nobody is there.
            partings.extend(stream.close(&text).ok());
        }
    }
}

/// What a session holds while its conversation lasts.
struct Rights {
    _slot: Option<OwnedSemaphorePermit>,
    _person: Option<OwnedSemaphorePermit>,
}

/// One session. Its rights are given back when its conversation is over, before the connection is. Nothing, where a value
/// of the caller's fits no `given`.
fn attend(
    stream: Stream,
    about: About,
    room: Arc<Room>,
    rights: Rights,
) -> Option<impl Future<Output = Parting>> {
    let service = &room.service;
    let mut seat = service.seat(about, Arc::clone(&room.host)).ok()?;
    seat.open(None);
    let mut connection = Connection::new(stream, service.keys().clone(), service.patience(Link::Stream));
    // What is captured stands in the task once; what an `async fn` is given stands there twice.
    Some(async move {
        let end = converse(&mut connection, &mut seat).await;
        room.end(&mut seat, end);
        drop((seat, rights));
        connection.close()
    })
}
