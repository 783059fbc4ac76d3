//! How the people at both sides take part in a convo.

use convo::{Ask, Convo, Role};

/// What leaves a talk when it is typed at a terminal.
pub(super) const LEAVE: &str = "/q";

/// Who is asked, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Talk {
    /// One side's person, or nobody: no talk between people.
    Alone,
    /// People at both sides, by turns.
    Turns,
    /// Whoever wants says something at any time (`freely`).
    Free,
}

impl Talk {
    /// That of a convo.
    pub(crate) fn of(convo: &Convo) -> Self {
        let (client, server) = (convo.program(Role::Client), convo.program(Role::Server));
        if client.is_free() {
            Self::Free
        } else if client.asks() && server.asks() {
            Self::Turns
        } else {
            Self::Alone
        }
    }
}

/// Whether [`LEAVE`] answers this question for us: in `freely`, where the convo has no such line of its own.
pub(super) fn leaves_by_word(ask: &Ask<'_>) -> bool {
    ask.freely && !ask.expects.split(" | ").any(|line| line == LEAVE)
}
