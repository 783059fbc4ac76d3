//! Cases with values at their borders, in other spellings, and with what fits nothing.

use std::sync::Arc;

use convo::cases::{Cutting, Extreme, Known, Reaction, TrialKind, Walk, trials};

use super::super::case::{Act, Expected, Family, Severity, Way};
use super::super::judge::asks_in_turn;
use super::super::talk::{Break, Manner};
use super::{Planning, way};

/// Values that any program must take where the convo takes them.
const ORDINARY: [&str; 4] = ["-words", "-one-letter", "-accents", "-braces"];

pub(super) fn plan(planning: &mut Planning<'_>, walks: &[Walk]) {
    // A value is tried where it is answered, by the server's person too.
    let mut walks = walks.to_vec();
    walks.sort_by_key(|walk| walk.answers.server.is_empty());
    let asks = asks_in_turn(planning.convo);
    for trial in trials(planning.convo, planning.link, &walks, planning.seed) {
        let walk = walks.iter().find(|walk| walk.name == trial.walk);
        let Some(walk) = walk else { continue };
        let chunk = walk.rehearsal.said.iter().any(|said| said.cutting == Cutting::Chunk);
        let counted = walk.rehearsal.said.iter().any(|said| said.writes.len() > 1);
        let name = trial.name;
        match trial.kind {
            // Nobody would answer it.
            TrialKind::Legal { rehearsal, .. } if asks && rehearsal.server_is_asked_on() => {}
            TrialKind::Strange { reaction: Reaction::Answers { .. }, .. } if asks => {}
            TrialKind::Legal { answers, rehearsal } => {
                let severity = match trial.extreme {
                    Extreme::No => Severity::Must,
                    Extreme::Long if chunk => Severity::Protocol,
                    Extreme::Long => Severity::Must,
                    Extreme::Platform => Severity::Should,
                };
                let kind = if trial.extreme == Extreme::Long { "long" } else { "legal" };
                let way = Arc::new(Way { name: name.clone(), answers, rehearsal: *rehearsal });
                planning.talk((Family::Values, &name, kind), trial.about, severity, &way, Manner::default());
            }
            TrialKind::Near { answers, rehearsal, known } => {
                let severity = match known {
                    Known::Value => Severity::Must,
                    Known::Message => Severity::Should,
                };
                let way = Arc::new(Way { name: name.clone(), answers, rehearsal: *rehearsal });
                planning.talk(
                    (Family::Values, &name, "near"),
                    trial.about,
                    severity,
                    &way,
                    Manner::default(),
                );
            }
            TrialKind::Spelled { message, bytes } if !counted => {
                let way = Arc::new(way(walk));
                if message >= way.rehearsal.client_said().count() {
                    continue;
                }
                let manner = Manner { instead: vec![(message, bytes)], ..Manner::default() };
                let (kind, severity) = match name.ends_with("-case") {
                    true => ("case", Severity::Must),
                    false => ("spelled", Severity::Should),
                };
                planning.talk((Family::Values, &name, kind), trial.about, severity, &way, manner);
            }
            TrialKind::Strange { message, bytes, reaction } if !counted => {
                let way = Arc::new(way(walk));
                if message >= way.rehearsal.client_said().count() {
                    continue;
                }
                let answers = match reaction {
                    Reaction::Answers { .. } if ORDINARY.iter().any(|end| name.ends_with(end)) => {
                        Expected::Service
                    }
                    Reaction::Answers { .. } => Expected::Answer,
                    Reaction::Closes | Reaction::Waits | Reaction::Refuses(_) => Expected::Anything,
                };
                let strange = match answers {
                    Expected::Anything => Break::Strange(bytes),
                    Expected::Service | Expected::Answer => Break::Odd(bytes),
                };
                let break_off = Some((message, strange));
                let manner = Box::new(Manner { break_off, ..Manner::default() });
                let act = Act::Strange { way, manner, answers };
                let severity = match trial.extreme {
                    Extreme::Long if chunk => Severity::Protocol,
                    _ => Severity::Must,
                };
                planning.add(Family::Values, &name, "strange", trial.about, severity, act);
            }
            TrialKind::Spelled { .. } | TrialKind::Strange { .. } => {}
        }
    }
}
