//! What a case needs: time, other clients, a program that nobody touches.

use convo::{Convo, Link, Role};

use super::super::case::{Act, Case, Family, Life};
use super::super::judge;
use super::super::stand::Stand;

/// Clients that a case which only waits has at most, with one that has just left.
const WAITING_CLIENTS: usize = 3;

/// Whether most of a case is waiting.
pub(super) fn waits_long(case: &Case) -> bool {
    matches!(case.act, Act::Life(life) if judge::waits_long(life))
}

/// Whether a sound program is after a case as it was, and all its clients have room beside those that only wait.
pub(super) fn leaves_alone(case: &Case, convo: &Convo) -> bool {
    match &case.act {
        Act::Talk { way, .. } | Act::Strange { way, .. } => !way.rehearsal.stops,
        Act::Life(life) => match life {
            Life::HalfClose
            | Life::ResetInMessage
            | Life::CloseInMessage
            | Life::ResetInKey
            | Life::CloseInKey
            | Life::LeavesUnread
            | Life::Endless => true,
            // One reads nothing while another is served.
            Life::SlowReader => room_for_beside(2, convo),
            _ => false,
        },
        Act::Spared { .. } | Act::Told { .. } | Act::Shared { .. } | Act::Client { .. } => false,
    }
}

/// Whether the limit leaves room for so many clients at a time beside those of a case that only waits.
fn room_for_beside(clients: usize, convo: &Convo) -> bool {
    convo.limit().is_none_or(|limit| limit.sessions >= WAITING_CLIENTS + clients)
}

/// Whether a case that only waits has room beside one that talks: the program serves both, and is not started afresh for
/// each.
pub(super) fn has_room_beside(stand: &Stand<'_>) -> bool {
    let convo = stand.convo;
    room_for_beside(1, convo)
        && stand.link == Link::Stream
        && !stand.one_shot
        && !convo.program(Role::Server).asks()
        && !convo::cases::keeps(convo)
}

/// Whether the program is not the same after a case.
pub(super) fn ends_program(case: &Case) -> bool {
    matches!(case.act, Act::Life(Life::Terminate | Life::Restart | Life::Leaks))
}

/// What others hang on: whether a way goes well at all, and whether a second client is served.
pub(super) fn is_ground(case: &Case) -> bool {
    case.family == Family::Walks || matches!(case.act, Act::Life(Life::Again | Life::SilentClient))
}

/// How often a case is tried as long as it passes: whether the program is caught by an end or a reset is a race.
pub(super) fn tries(case: &Case) -> usize {
    match case.act {
        // The end must be there before the answer: on a busy machine the program is often quicker.
        Act::Life(Life::HalfClose) => 6,
        Act::Life(Life::LeavesUnread | Life::ConnectReset | Life::ResetInMessage | Life::ResetInKey) => 3,
        _ => 1,
    }
}

/// Cases in which more than one client must be served.
pub(super) fn needs_others(life: Life) -> bool {
    match life {
        Life::SilentClient
        | Life::SecondClient
        | Life::ManyClients
        | Life::SlowReader
        | Life::LimitBusy
        | Life::LimitFreed
        | Life::LimitKept
        | Life::Leaks => true,
        Life::Again
        | Life::ConnectClose
        | Life::ConnectReset
        | Life::HalfClose
        | Life::ResetInMessage
        | Life::CloseInMessage
        | Life::ResetInKey
        | Life::CloseInKey
        | Life::LeavesUnread
        | Life::Idle
        | Life::Endless
        | Life::Restart
        | Life::Terminate
        | Life::Doubled
        | Life::TooLong
        | Life::Empty
        | Life::SamePort
        | Life::Burst => false,
    }
}
