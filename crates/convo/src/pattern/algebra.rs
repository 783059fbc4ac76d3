//! What can be said of patterns before anything runs: whether two overlap, whether one covers another, whether a
//! message can be read in two ways, whether one message can be the beginning of another.
//!
//! All walk pairs of states of the machines. What that may cost is bounded, each time and for a whole convo; beyond it
//! the answer is the careful one.

use std::cell::Cell;
use std::collections::{HashSet, VecDeque};

use super::nfa::{Bytes, Inst, Nfa};

/// Pairs of states looked at by one comparison, at most.
const PAIRS_MAX: usize = 50_000;
/// Pairs of states looked at for one convo, at most.
const EFFORT_MAX: usize = 1_000_000;

/// What may still be spent on comparing the messages of one convo.
#[derive(Debug)]
pub(crate) struct Effort(Cell<usize>);

impl Default for Effort {
    fn default() -> Self {
        Self(Cell::new(EFFORT_MAX))
    }
}

impl Effort {
    /// Whether comparisons have become guesses.
    pub(crate) fn is_spent(&self) -> bool {
        self.0.get() == 0
    }

    /// Takes so much away; `false` if nothing is left.
    fn spend(&self, cost: usize) -> bool {
        self.0.set(self.0.get().saturating_sub(cost));
        !self.is_spent()
    }
}

/// Whether some message fits both. `true` if it is not found out.
pub(crate) fn overlap(effort: &Effort, a: &Nfa, b: &Nfa) -> bool {
    let goal = |a_ends: bool, b_ends: bool| a_ends && b_ends;
    pairs(effort, a, b, goal)
}

/// Whether one message that fits can be the proper beginning of another that fits. `true` if it is not found out.
pub(crate) fn open_ended(effort: &Effort, nfa: &Nfa) -> bool {
    pairs(effort, nfa, nfa, |a_ends, b_ends| a_ends != b_ends)
}

/// Whether a message that fits can be a proper beginning of one that fits `other`, or the other way round.
fn pairs(effort: &Effort, a: &Nfa, b: &Nfa, goal: impl Fn(bool, bool) -> bool) -> bool {
    if !effort.spend(a.insts.len() + b.insts.len()) {
        return true;
    }
    let (a, b) = (Steps::of(a), Steps::of(b));
    let mut seen = HashSet::new();
    let mut next = VecDeque::new();
    for x in &a.start {
        for y in &b.start {
            next.push_back((*x, *y));
        }
    }
    while let Some((x, y)) = next.pop_front() {
        if !seen.insert((x, y)) {
            continue;
        }
        if !effort.spend(1) || seen.len() > PAIRS_MAX || goal(a.ends(x), b.ends(y)) {
            return true;
        }
        let (Some(p), Some(q)) = (a.takes(x), b.takes(y)) else { continue };
        if p.meets(q) {
            for u in &a.after[x] {
                next.extend(b.after[y].iter().map(|v| (*u, *v)));
            }
        }
    }
    false
}

/// Whether a message that fits can be divided among its holes in two ways. `true` if it is not found out.
pub(crate) fn ambiguous(effort: &Effort, nfa: &Nfa) -> bool {
    if !effort.spend(nfa.insts.len()) {
        return true;
    }
    let steps = Steps::of(nfa);
    let mut seen = HashSet::new();
    let mut next = VecDeque::new();
    for x in &steps.start {
        next.extend(steps.start.iter().map(|y| (*x, *y, false)));
    }
    while let Some((x, y, apart)) = next.pop_front() {
        if !seen.insert((x, y, apart)) {
            continue;
        }
        if !effort.spend(1) || seen.len() > PAIRS_MAX || (apart && steps.ends(x) && steps.ends(y)) {
            return true;
        }
        let (Some(p), Some(q)) = (steps.takes(x), steps.takes(y)) else { continue };
        if p.meets(q) {
            let apart = apart || nfa.parts[x] != nfa.parts[y];
            for u in &steps.after[x] {
                next.extend(steps.after[y].iter().map(|v| (*u, *v, apart)));
            }
        }
    }
    false
}

/// Whether every message that fits `small` fits `big`. `false` if it is not found out.
pub(crate) fn covers(effort: &Effort, big: &Nfa, small: &Nfa) -> bool {
    if !effort.spend(big.insts.len() + small.insts.len()) {
        return false;
    }
    let (big, small) = (Steps::of(big), Steps::of(small));
    let mut seen = HashSet::new();
    let mut next: VecDeque<(usize, Vec<usize>)> =
        small.start.iter().map(|state| (*state, big.start.clone())).collect();
    while let Some((state, set)) = next.pop_front() {
        if !seen.insert((state, set.clone())) {
            continue;
        }
        if !effort.spend(1 + 8 * set.len()) || seen.len() > PAIRS_MAX / 50 {
            return false;
        }
        let Some(bytes) = small.takes(state) else {
            if set.iter().any(|state| big.ends(*state)) {
                continue;
            }
            return false;
        };
        let mut followers: Vec<Vec<usize>> = Vec::new();
        for byte in (0..=255u8).filter(|byte| bytes.has(*byte)) {
            let mut after: Vec<usize> = set
                .iter()
                .filter(|state| big.takes(**state).is_some_and(|bytes| bytes.has(byte)))
                .flat_map(|state| big.after[*state].iter().copied())
                .collect();
            after.sort_unstable();
            after.dedup();
            if !followers.contains(&after) {
                followers.push(after);
            }
        }
        for after in followers {
            next.extend(small.after[state].iter().map(|state| (*state, after.clone())));
        }
    }
    true
}

/// A machine without its silent moves: states are the instructions that take a byte or accept.
struct Steps<'a> {
    nfa: &'a Nfa,
    start: Vec<usize>,
    /// For each state that takes a byte: the states after it.
    after: Vec<Vec<usize>>,
}

impl<'a> Steps<'a> {
    fn of(nfa: &'a Nfa) -> Self {
        let after =
            (0..nfa.insts.len())
                .map(|state| {
                    if matches!(nfa.insts[state], Inst::Byte(_)) { close(nfa, state + 1) } else { Vec::new() }
                })
                .collect();
        Self { nfa, start: close(nfa, 0), after }
    }

    fn takes(&self, state: usize) -> Option<&'a Bytes> {
        match &self.nfa.insts[state] {
            Inst::Byte(bytes) => Some(bytes),
            _ => None,
        }
    }

    fn ends(&self, state: usize) -> bool {
        self.nfa.insts[state] == Inst::Accept
    }
}

/// The states reached from `start` without taking a byte.
fn close(nfa: &Nfa, start: usize) -> Vec<usize> {
    let mut seen = HashSet::new();
    let mut states = Vec::new();
    let mut next = vec![start];
    while let Some(inst) = next.pop() {
        if !seen.insert(inst) {
            continue;
        }
        match &nfa.insts[inst] {
            Inst::Byte(_) | Inst::Accept => states.push(inst),
            Inst::Split(first, second) => next.extend([*second, *first]),
            Inst::Jump(to) => next.push(*to),
            Inst::Open(_) | Inst::Close(_) | Inst::Wanted(_) | Inst::Sign(_) => next.push(inst + 1),
        }
    }
    states
}
