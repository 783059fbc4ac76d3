//! One connection to the server that stands, and what is said on it.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use convo::Role;
use net::{Probe, Reach};

use super::super::case::Way;
use super::super::kernel::is_orphan;
use super::super::talk::{Break, End, Manner, Part, Talk};
use super::super::trace::{Event, Trace};
use super::Stand;

impl<'a> Stand<'a> {
    /// Connects and has a conversation on a way.
    pub(in super::super) async fn converse(&mut self, way: &Way, manner: &Manner, trace: &mut Trace) -> Talk {
        let reach = match self.up().await {
            Ok(reach) => reach,
            Err(trouble) => return Talk::of(End::Lost(trouble.text)),
        };
        let mut probe = match connect(&reach, trace, self.patience).await {
            Ok(probe) => probe,
            Err(why) => return Talk::of(End::Lost(why)),
        };
        let typing = Part::typing_of(Role::Client, &way.rehearsal);
        let part = Part { typing, ..self.part(way, manner) };
        let program = self.program.as_mut();
        // Over UDP we are bound to any address of this machine, and the program sees the one that leads to it.
        let ours = probe.ends().map(|(ours, theirs)| SocketAddr::new(theirs.ip(), ours.port()));
        let talk = Talk { ours, ..part.talk(&mut probe, program, trace).await };
        close(probe, manner, &talk, trace);
        talk
    }

    /// The client's part on a way; nobody types at the program.
    fn part<'p>(&self, way: &'p Way, manner: &'p Manner) -> Part<'p>
    where
        'a: 'p,
    {
        Part {
            convo: self.convo,
            role: Role::Client,
            link: self.link,
            way,
            manner,
            patience: self.patience,
            keys: self.keys.clone(),
            seed: self.seed,
            typing: Vec::new(),
            ends_typing: None,
            shows: Vec::new(),
        }
    }

    /// What one of several clients at once says; nobody types at the program meanwhile.
    pub(in super::super) async fn beside_others(
        &self,
        reach: &Reach,
        way: &Way,
        manner: &Manner,
    ) -> (Talk, Trace) {
        let mut trace = Trace::new();
        let mut probe = match connect(reach, &mut trace, self.patience).await {
            Ok(probe) => probe,
            Err(why) => return (Talk::of(End::Lost(why)), trace),
        };
        let part = self.part(way, manner);
        let talk = part.talk(&mut probe, None, &mut trace).await;
        close(probe, manner, &talk, &mut trace);
        (talk, trace)
    }
}

/// Connects, and notes it.
pub(in super::super) async fn connect(
    reach: &Reach,
    trace: &mut Trace,
    patience: Duration,
) -> Result<Probe, String> {
    note(Probe::connect(reach), trace, patience).await
}

/// Waits for a connection, and notes it.
pub(in super::super) async fn note(
    connecting: impl Future<Output = io::Result<Probe>>,
    trace: &mut Trace,
    patience: Duration,
) -> Result<Probe, String> {
    let why = match tokio::time::timeout(patience, connecting).await {
        Ok(Ok(probe)) => {
            trace.note(Event::Connected);
            return Ok(probe);
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no connection within {patience:?}"),
    };
    trace.note(Event::Refused(why.clone()));
    Err(why)
}

fn close(probe: Probe, manner: &Manner, talk: &Talk, trace: &mut Trace) {
    if manner.breaks_off() == Some(&Break::Reset) {
        trace.note(Event::WeReset);
        probe.reset();
        return;
    }
    if !trace.they_ended() {
        trace.note(Event::WeClosed);
        drop(probe);
        return;
    }
    // The program closed first: its side would hold the port for a minute (TIME_WAIT). Once it has let go of its
    // socket, a reset reaches nobody and frees the port.
    let orphaned = probe.ends().is_some_and(|(ours, theirs)| is_orphan(theirs, ours));
    if orphaned && talk.they_ended {
        probe.reset();
    }
}
