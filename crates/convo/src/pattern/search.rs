//! Matching by search: every pair of instruction and place is visited once, in the order of preference.
//!
//! This is the backtracker with a visited set that RE2 and Rust's regex use for short texts; what it adds are values
//! that are known only when a session runs.

use super::nfa::Inst;
use super::{Matcher, Pattern, Range};

/// What a search looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// A way through the whole message; the ranges of its holes are left in the matcher.
    Whole,
    /// The longest beginning that fits, over all ways.
    Longest,
}

/// Buffers of a search.
#[derive(Debug, Default)]
pub(super) struct Search {
    visited: Vec<u64>,
    jobs: Vec<Job>,
    /// For each hole with a known value: where in the message it stands, a bit a place.
    places: Vec<Vec<u64>>,
    more: bool,
}

#[derive(Debug, Clone, Copy)]
enum Job {
    Explore { inst: usize, at: usize },
    Restore { hole: usize, range: Range },
}

impl Search {
    /// Whether some way came to the end of the message and wanted more.
    pub(super) fn more(&self) -> bool {
        self.more
    }

    pub(super) fn capacity(&self) -> usize {
        self.visited.capacity() * size_of::<u64>() + self.jobs.capacity() * size_of::<Job>()
    }

    /// The end of what fits.
    pub(super) fn run(
        &mut self,
        pattern: &Pattern,
        matcher: &mut Matcher,
        message: &[u8],
        goal: Goal,
    ) -> Option<usize> {
        let width = message.len() + 1;
        self.visited.clear();
        self.visited.resize((pattern.nfa.insts.len() * width).div_ceil(64), 0);
        self.find_known(pattern, matcher, message);
        self.more = false;
        self.jobs.clear();
        self.jobs.push(Job::Explore { inst: 0, at: 0 });
        let mut longest = None;
        while let Some(job) = self.jobs.pop() {
            match job {
                Job::Restore { hole, range } => matcher.ranges[hole] = range,
                Job::Explore { inst, at } => {
                    let Some(end) = self.explore(pattern, matcher, message, inst, at) else { continue };
                    if goal == Goal::Whole && end == message.len() {
                        return Some(end);
                    }
                    longest = longest.max(Some(end));
                }
            }
        }
        if goal == Goal::Longest { longest } else { None }
    }

    /// Follows one way until it fits or fails.
    fn explore(
        &mut self,
        pattern: &Pattern,
        matcher: &mut Matcher,
        message: &[u8],
        mut inst: usize,
        mut at: usize,
    ) -> Option<usize> {
        loop {
            let mark = inst * (message.len() + 1) + at;
            if self.visited[mark / 64] >> (mark % 64) & 1 == 1 {
                return None;
            }
            self.visited[mark / 64] |= 1 << (mark % 64);
            match &pattern.nfa.insts[inst] {
                Inst::Byte(bytes) => {
                    let Some(byte) = message.get(at) else {
                        self.more = true;
                        return None;
                    };
                    if !bytes.has(*byte) {
                        return None;
                    }
                    at += 1;
                    inst += 1;
                }
                Inst::Split(first, second) => {
                    self.jobs.push(Job::Explore { inst: *second, at });
                    inst = *first;
                }
                Inst::Jump(to) => inst = *to,
                Inst::Open(hole) => {
                    self.jobs.push(Job::Restore { hole: *hole, range: matcher.ranges[*hole] });
                    matcher.ranges[*hole].0 = at;
                    inst += 1;
                }
                Inst::Close(hole) => {
                    self.jobs.push(Job::Restore { hole: *hole, range: matcher.ranges[*hole] });
                    matcher.ranges[*hole].1 = at;
                    inst += 1;
                }
                Inst::Wanted(hole) => {
                    let known = matcher.known(*hole).map_or(&[][..], |wanted| matcher.bytes(wanted));
                    let here =
                        self.places.get(*hole).is_some_and(|places| places[at / 64] >> (at % 64) & 1 == 1);
                    if !here {
                        self.more |= known.starts_with(&message[at..]);
                        return None;
                    }
                    at += known.len();
                    inst += 1;
                }
                Inst::Sign(hole) => {
                    let wanted = matcher.known(*hole)?;
                    let zero = matcher.bytes(wanted) == b"0";
                    let negative = wanted.negative == Some(true);
                    let sign = match message.get(at) {
                        Some(b'-') => negative || zero,
                        Some(b'+') => !negative,
                        _ => false,
                    };
                    self.more |= at == message.len();
                    if negative && !sign {
                        return None;
                    }
                    if sign {
                        if !negative {
                            self.jobs.push(Job::Explore { inst: inst + 1, at });
                        }
                        at += 1;
                    }
                    inst += 1;
                }
                Inst::Accept => return Some(at),
            }
        }
    }

    /// Finds where the known values stand (Knuth, Morris and Pratt: linear whatever the peer chose).
    fn find_known(&mut self, pattern: &Pattern, matcher: &Matcher, message: &[u8]) {
        self.places.clear();
        for hole in 0..pattern.holes.len() {
            let mut places = Vec::new();
            if let Some(wanted) = matcher.known(hole) {
                places.resize((message.len() + 1).div_ceil(64), 0);
                mark_places(matcher.bytes(wanted), message, &mut places);
            }
            self.places.push(places);
        }
    }
}

fn mark_places(known: &[u8], message: &[u8], places: &mut [u64]) {
    let mut mark = |at: usize| places[at / 64] |= 1 << (at % 64);
    if known.is_empty() {
        (0..=message.len()).for_each(mark);
        return;
    }
    // borders[i]: the length of the longest proper border of known[..=i].
    let mut borders = vec![0; known.len()];
    let mut length = 0;
    for at in 1..known.len() {
        while length > 0 && known[at] != known[length] {
            length = borders[length - 1];
        }
        length += usize::from(known[at] == known[length]);
        borders[at] = length;
    }
    length = 0;
    for (at, byte) in message.iter().enumerate() {
        while length > 0 && (length == known.len() || *byte != known[length]) {
            length = borders[length - 1];
        }
        length += usize::from(*byte == known[length]);
        if length == known.len() {
            mark(at + 1 - length);
        }
    }
}
