//! Cases about beginnings and endings, several clients, signals.

use std::sync::Arc;

use convo::cases::{Cutting, keeps};
use convo::{Convo, Link, Role};

use super::super::case::{Act, Family, Life, Severity, Way};
use super::Planning;

pub(super) fn plan(planning: &mut Planning<'_>, plain: &Arc<Way>) {
    let convo = planning.convo;
    let stream = planning.link == Link::Stream;
    let one_at_a_time =
        convo.program(Role::Server).asks() || convo.limit().is_some_and(|limit| limit.sessions == 1);
    let chunk = plain.rehearsal.said.iter().any(|said| said.cutting == Cutting::Chunk);
    let mut add = |family, name: &str, about: &str, severity, life| {
        planning.add(family, name, name_of(life), about.to_owned(), severity, Act::Life(life));
    };
    use Family::{Datagrams, Life as Living, Values};
    use Severity::{Must, Should};
    add(Living, "again", "a second client comes after the first has left", Must, Life::Again);
    if stream {
        add(Living, "connect-close", "a client connects and closes without a word", Must, Life::ConnectClose);
        add(Living, "connect-reset", "a client connects and resets", Must, Life::ConnectReset);
        add(
            Living,
            "reset-in-message",
            "a client resets in the middle of a message",
            Must,
            Life::ResetInMessage,
        );
        add(
            Living,
            "close-in-message",
            "a client closes in the middle of a message",
            Must,
            Life::CloseInMessage,
        );
        if half_closes(convo, plain) {
            let about =
                "a client sends all it has to say, closes its sending side and still wants the answers";
            add(Living, "half-close", about, Must, Life::HalfClose);
        }
    }
    if !one_at_a_time {
        if stream {
            add(
                Living,
                "silent-client",
                "a client is silent while another one talks",
                Must,
                Life::SilentClient,
            );
        }
        add(
            Living,
            "second-client",
            "a client talks while another one is in mid-conversation",
            Must,
            Life::SecondClient,
        );
        add(Living, "many-clients", "several clients talk at once", Must, Life::ManyClients);
    }
    // Many messages at once are many blocks, for keys that are not known before.
    if stream && !chunk && !one_at_a_time && !convo.program(Role::Server).secures() {
        let about = "a client asks much and reads nothing for a while";
        add(Living, "slow-reader", about, Must, Life::SlowReader);
        let about = "a client asks much, reads nothing and resets";
        add(Living, "leaves-unread", about, Must, Life::LeavesUnread);
    }
    if stream && !chunk {
        add(Values, "endless", "bytes come and come, and no message ends", Must, Life::Endless);
    }
    if convo.limit().is_some_and(|limit| limit.sessions <= 64) && !convo.program(Role::Server).asks() {
        add(Living, "limit-busy", "one client more than the limit comes", Must, Life::LimitBusy);
        if stream {
            add(
                Living,
                "limit-freed",
                "a client comes after one of the full house has left",
                Must,
                Life::LimitFreed,
            );
            let about = "the house is full again after the first clients have left: the limit still holds";
            add(Living, "limit-kept", about, Must, Life::LimitKept);
        }
    }
    // Over UDP a session ends unseen: only a full house shows whether it has.
    let seen = stream || convo.limit().is_some_and(|limit| limit.sessions <= 64);
    if convo.idle().is_some() && seen {
        add(Living, "idle", "a client says nothing for longer than the idle time", Must, Life::Idle);
    }
    if !stream {
        add(Datagrams, "doubled", "each datagram comes twice", Must, Life::Doubled);
        add(Datagrams, "too-long", "a datagram of 60,000 bytes comes", Must, Life::TooLong);
        if keeps(convo) {
            add(Datagrams, "burst", "several datagrams come close together", Must, Life::Burst);
        }
        add(Datagrams, "empty", "an empty datagram comes", Must, Life::Empty);
        add(Datagrams, "same-port", "the answer comes from the port that was asked", Must, Life::SamePort);
    }
    // Over UDP with a limit nobody gives a place back before the idle time is over.
    if stream || convo.limit().is_none() {
        add(
            Living,
            "leaks",
            "after 100 clients have come and gone nothing of them is left",
            Must,
            Life::Leaks,
        );
    }
    add(Living, "terminate", "the program is asked to end by SIGTERM", Should, Life::Terminate);
    add(Living, "restart", "the program is started again at once on the same port", Should, Life::Restart);
}

/// Whether all is said once the client has said its last message: keys are exchanged by those who can still send.
fn half_closes(convo: &Convo, plain: &Way) -> bool {
    let last = plain.rehearsal.client_said().last();
    !convo.program(Role::Server).secures() || last.is_some_and(|said| said.cutting == Cutting::Secured)
}

/// The kind of a case: each of these fails in its own way.
fn name_of(life: Life) -> &'static str {
    match life {
        Life::Again => "again",
        Life::ConnectClose => "connect-close",
        Life::ConnectReset => "connect-reset",
        Life::SilentClient => "silent-client",
        Life::SecondClient => "second-client",
        Life::ManyClients => "many-clients",
        Life::HalfClose => "half-close",
        Life::ResetInMessage => "reset-in-message",
        Life::CloseInMessage => "close-in-message",
        Life::ResetInKey => "reset-in-key",
        Life::CloseInKey => "close-in-key",
        Life::SlowReader => "slow-reader",
        Life::LimitBusy => "limit-busy",
        Life::LimitFreed => "limit-freed",
        Life::LimitKept => "limit-kept",
        Life::Idle => "idle",
        Life::Leaks => "leaks",
        Life::Endless => "endless",
        Life::Restart => "restart",
        Life::Terminate => "terminate",
        Life::Doubled => "doubled",
        Life::TooLong => "too-long",
        Life::Empty => "empty",
        Life::SamePort => "same-port",
        Life::Burst => "burst",
        Life::LeavesUnread => "leaves-unread",
    }
}
