//! One pass over a whole message that takes, at each hole, the first way that the language prefers: of a text the
//! shortest run before what follows it, of a word or an integer the longest. Where that fits, it is the answer.

use memchr::memmem;

use super::{Matcher, Part, Pattern, begins, int_at};
use crate::model::Fits;
use crate::value::{is_space, is_text};

/// What one pass finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Fits,
    /// No way can fit.
    Never,
    /// This way does not fit; another may.
    Perhaps,
}

pub(super) fn run(pattern: &Pattern, matcher: &mut Matcher, message: &[u8]) -> Outcome {
    let mut at = 0;
    // Whether a hole could have ended elsewhere.
    let mut open = false;
    for (index, part) in pattern.parts.iter().enumerate() {
        let rest = &message[at..];
        match part {
            Part::Literal(literal) => {
                if !begins(rest, literal, pattern.ignore_case) {
                    return if open { Outcome::Perhaps } else { Outcome::Never };
                }
                at += literal.len();
            }
            Part::Hole(hole) => {
                let next = &pattern.parts[index + 1..];
                let Some((length, fixed)) = length(pattern, matcher, *hole, rest, next) else {
                    return if open { Outcome::Perhaps } else { Outcome::Never };
                };
                open |= !fixed;
                matcher.ranges[*hole] = (at, at + length);
                at += length;
            }
        }
    }
    match at == message.len() {
        true => Outcome::Fits,
        false if open => Outcome::Perhaps,
        false => Outcome::Never,
    }
}

/// How long a hole is at the beginning of `rest`, and whether it could be nothing else. `None`: it fits nothing, or
/// (where the search has to say) not this way.
fn length(
    pattern: &Pattern,
    matcher: &Matcher,
    hole: usize,
    rest: &[u8],
    next: &[Part],
) -> Option<(usize, bool)> {
    let fits = &pattern.holes[hole].fits;
    if let Some(wanted) = matcher.known(hole)
        && !matches!(fits, Fits::Int)
    {
        let known = matcher.bytes(wanted);
        let empty_fixed = matches!(fits, Fits::Fixed(_)) && known.is_empty();
        return (rest.starts_with(known) && !empty_fixed).then_some((known.len(), true));
    }
    match fits {
        Fits::Text | Fits::Bytes => {
            let (length, fixed) = match next {
                [] => (rest.len(), true),
                [Part::Literal(literal), ..] if !pattern.ignore_case => (memmem::find(rest, literal)?, false),
                _ => return Some((0, false)),
            };
            let text = matches!(fits, Fits::Text);
            (!text || is_text(&rest[..length])).then_some((length, fixed))
        }
        Fits::Word => {
            let length = rest.iter().take_while(|byte| !is_space(**byte)).count();
            let stops = match next {
                [] => true,
                [Part::Literal(literal), ..] => literal.first().is_some_and(|byte| is_space(*byte)),
                _ => false,
            };
            (length > 0 && is_text(&rest[..length])).then_some((length, stops))
        }
        Fits::Int => {
            let (digits_end, end) = int_at(rest)?;
            // What follows may begin with white space: the integer leaves so much of its own.
            let leave = match next {
                [Part::Literal(literal), ..] => literal.iter().take_while(|byte| is_space(**byte)).count(),
                _ => 0,
            };
            let length = end.saturating_sub(leave).max(digits_end);
            if let Some(wanted) = matcher.known(hole)
                && !matcher.is_int(wanted, &rest[..length])
            {
                return None;
            }
            Some((length, next.is_empty()))
        }
        Fits::Fixed(fixed) => (rest.len() >= fixed.bytes).then_some((fixed.bytes, true)),
        Fits::Sized { .. } => None,
    }
}
