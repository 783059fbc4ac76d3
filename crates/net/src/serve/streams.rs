//! TCP and Unix listeners: accepting is cheap, each connection goes on in its own task.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use convo::Link;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinSet;

use super::{Room, Seldom};
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
/// Busy clients that are told so at a time; the ones beyond are closed without a word.
const REFUSALS_MAX: usize = 256;

/// How long telling it may take.
const REFUSAL_MAX: Duration = Duration::from_secs(1);

/// A listening stream socket. A Unix socket's file goes with it.
pub(super) enum Entrance {
    Tcp(TcpListener),
    Unix { listener: UnixListener, _file: SocketFile },
}

impl Entrance {
    /// The next connection, and who it is of. Cancel safe.
    async fn accept(&self) -> io::Result<(Stream, String)> {
        Ok(match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                (Stream::Tcp(stream), plain(peer))
            }
            Self::Unix { listener, .. } => {
                let stream = Stream::Unix(listener.accept().await?.0);
                let peer = stream.peer();
                (stream, peer)
            }
        })
    }
}

/// Keeps a listener open until the stop, then lets its sessions finish.
pub(super) async fn keep(entrance: Entrance, room: Arc<Room>) {
    let mut sessions = JoinSet::new();
    let mut refusals = JoinSet::new();
    let mut seldom = Seldom::default();
    loop {
        tokio::select! {
            biased;
            () = room.stop.asked() => break,
            Some(_) = sessions.join_next() => {}
            Some(_) = refusals.join_next() => {}
            accepted = entrance.accept() => match accepted {
                Ok(accepted) => admit(accepted, &room, &mut sessions, &mut refusals).await,
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
        while sessions.join_next().await.is_some() {}
        while refusals.join_next().await.is_some() {}
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
    sessions: &mut JoinSet<()>,
    refusals: &mut JoinSet<()>,
) {
    let person = tokio::select! {
        person = room.service.person() => person,
        () = room.stop.asked() => return,
    };
    let about = room.service.about(number(), Link::Stream, room.address.clone(), peer);
    match room.service.slot() {
        Slot::Free(slot) => {
            let rights = Rights { _slot: slot, _person: person };
            if let Some(session) = attend(stream, about, Arc::clone(room), rights) {
                sessions.spawn(session);
            }
        }
        Slot::Busy(text) => {
            room.host.busy(&about);
            if refusals.len() < REFUSALS_MAX {
                refusals.spawn(refuse(stream, text));
            }
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
fn attend(stream: Stream, about: About, room: Arc<Room>, rights: Rights) -> Option<impl Future<Output = ()>> {
    let service = &room.service;
    let mut seat = service.seat(about, Arc::clone(&room.host)).ok()?;
    seat.open(None);
    let mut connection = Connection::new(stream, service.keys().clone(), service.patience(Link::Stream));
    // What is captured stands in the task once; what an `async fn` is given stands there twice.
    Some(async move {
        let end = converse(&mut connection, &mut seat).await;
        room.end(&mut seat, end);
        drop((seat, rights));
        // Boxed: an open session would carry it.
        Box::pin(connection.part()).await;
    })
}

/// Tells a client that the server is busy.
async fn refuse(mut stream: Stream, text: Vec<u8>) {
    // The text is short and the connection new: it is taken at once, or nobody is there.
    if let Ok(Ok(())) = tokio::time::timeout(REFUSAL_MAX, stream.write_all(&text)).await {
        stream.part().await;
    }
}
