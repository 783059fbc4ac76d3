//! A pattern as a small machine over bytes, its ways in the order of preference.
//!
//! ```text
//! {text}   Open  ┌▶Split ─▶ Close        text: leaving is preferred (the shortest)
//!                └─ one UTF-8 character◀┘  word, int: staying is preferred (the longest)
//! ```

use super::{Bind, Hole, Part};
use crate::model::Fits;
use crate::value::is_space;

/// A set of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bytes([u64; 4]);

impl Bytes {
    const NONE: Self = Self([0; 4]);

    fn of(wanted: impl Fn(u8) -> bool) -> Self {
        let mut set = Self::NONE;
        for byte in 0..=255u8 {
            if wanted(byte) {
                set.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
            }
        }
        set
    }

    pub(crate) fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
    }

    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Inst {
    /// Takes one byte and goes on with the next instruction.
    Byte(Bytes),
    /// Goes to both, the first preferred.
    Split(usize, usize),
    Jump(usize),
    /// A hole begins or ends here.
    Open(usize),
    Close(usize),
    /// Takes the bytes that are known to stand in a hole.
    Wanted(usize),
    /// Takes the sign of a known integer, where it may or must have one.
    Sign(usize),
    Accept,
}

/// The machine. Instruction 0 is the start.
#[derive(Debug, Default)]
pub(crate) struct Nfa {
    pub(crate) insts: Vec<Inst>,
    /// For each instruction: the part of the pattern that it belongs to.
    pub(crate) parts: Vec<usize>,
}

/// How a machine is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    /// Known values stand as they are (when a session runs); otherwise they are read by type.
    pub(crate) by_value: bool,
    /// The framing lets no newline into a message.
    pub(crate) one_line: bool,
    pub(crate) ignore_case: bool,
}

impl Nfa {
    pub(crate) fn build(parts: &[Part], holes: &[Hole], style: Style) -> Self {
        let mut nfa = Self::default();
        for (index, part) in parts.iter().enumerate() {
            match part {
                Part::Literal(literal) => {
                    for byte in literal {
                        let same = |other: u8| {
                            other == *byte || (style.ignore_case && other.eq_ignore_ascii_case(byte))
                        };
                        nfa.push(Inst::Byte(Bytes::of(same)));
                    }
                }
                Part::Hole(hole) => {
                    nfa.push(Inst::Open(*hole));
                    nfa.hole(*hole, &holes[*hole], style);
                    nfa.push(Inst::Close(*hole));
                }
            }
            nfa.parts.resize(nfa.insts.len(), index);
        }
        nfa.push(Inst::Accept);
        nfa.parts.push(parts.len());
        nfa
    }

    fn push(&mut self, inst: Inst) {
        self.insts.push(inst);
    }

    fn hole(&mut self, number: usize, hole: &Hole, style: Style) {
        let known = style.by_value && matches!(hole.bind, Bind::Verify(_));
        let newline = |byte: u8| style.one_line && byte == b'\n';
        match &hole.fits {
            Fits::Int if known => {
                self.spaces(style);
                self.push(Inst::Sign(number));
                self.many(|nfa| nfa.push(Inst::Byte(Bytes::of(|byte| byte == b'0'))), true);
                self.push(Inst::Wanted(number));
                self.spaces(style);
            }
            _ if known => self.push(Inst::Wanted(number)),
            Fits::Text => self.many(|nfa| nfa.character(|byte| !newline(byte)), false),
            Fits::Word => {
                let start = self.insts.len();
                self.character(|byte| !is_space(byte));
                let next = self.insts.len() + 1;
                self.push(Inst::Split(start, next));
            }
            Fits::Int => {
                self.spaces(style);
                let next = self.insts.len() + 1;
                self.push(Inst::Split(next, next + 1));
                self.push(Inst::Byte(Bytes::of(|byte| matches!(byte, b'+' | b'-'))));
                let start = self.insts.len();
                self.push(Inst::Byte(Bytes::of(|byte| byte.is_ascii_digit())));
                self.push(Inst::Split(start, start + 2));
                self.spaces(style);
            }
            Fits::Bytes => self.many(|nfa| nfa.push(Inst::Byte(Bytes::of(|byte| !newline(byte)))), false),
            // Of a size that is known only while reading: any bytes, for those who compare patterns.
            Fits::Sized { .. } => self.many(|nfa| nfa.push(Inst::Byte(Bytes::of(|_| true))), false),
            Fits::Fixed(fixed) => {
                (0..fixed.bytes).for_each(|_| self.push(Inst::Byte(Bytes::of(|_| true))));
            }
        }
    }

    fn spaces(&mut self, style: Style) {
        let space = |byte: u8| is_space(byte) && !(style.one_line && byte == b'\n');
        self.many(|nfa| nfa.push(Inst::Byte(Bytes::of(space))), true);
    }

    /// Any number of what `one` builds; `longest`: staying is preferred.
    fn many(&mut self, one: impl FnOnce(&mut Self), longest: bool) {
        let split = self.insts.len();
        self.push(Inst::Accept);
        one(self);
        self.push(Inst::Jump(split));
        let (inside, after) = (split + 1, self.insts.len());
        self.insts[split] = if longest { Inst::Split(inside, after) } else { Inst::Split(after, inside) };
    }

    /// One UTF-8 character (RFC 3629, section 4), of ASCII only what is `wanted`.
    fn character(&mut self, wanted: impl Fn(u8) -> bool) {
        const TAIL: (u8, u8) = (0x80, 0xbf);
        const SEQUENCES: [&[(u8, u8)]; 8] = [
            &[(0xc2, 0xdf), TAIL],
            &[(0xe0, 0xe0), (0xa0, 0xbf), TAIL],
            &[(0xe1, 0xec), TAIL, TAIL],
            &[(0xed, 0xed), (0x80, 0x9f), TAIL],
            &[(0xee, 0xef), TAIL, TAIL],
            &[(0xf0, 0xf0), (0x90, 0xbf), TAIL, TAIL],
            &[(0xf1, 0xf3), TAIL, TAIL, TAIL],
            &[(0xf4, 0xf4), (0x80, 0x8f), TAIL, TAIL],
        ];
        let mut ends = Vec::new();
        let split = self.insts.len();
        self.push(Inst::Split(split + 1, split + 3));
        self.push(Inst::Byte(Bytes::of(|byte| byte < 0x80 && wanted(byte))));
        ends.push(self.insts.len());
        self.push(Inst::Jump(0));
        for (index, sequence) in SEQUENCES.iter().enumerate() {
            if index + 1 < SEQUENCES.len() {
                let here = self.insts.len();
                self.push(Inst::Split(here + 1, here + sequence.len() + 2));
            }
            for (first, last) in *sequence {
                self.push(Inst::Byte(Bytes::of(|byte| (*first..=*last).contains(&byte))));
            }
            ends.push(self.insts.len());
            self.push(Inst::Jump(0));
        }
        let after = self.insts.len();
        for end in ends {
            self.insts[end] = Inst::Jump(after);
        }
    }
}
