//! Signs: what a failure, and what the program wrote, show.

use std::time::Duration;

use convo::cases::{Cutting, HoleKind};

use super::super::case::{Act, Case, Failure, Family, Symptom};
use super::super::talk::Break;
use super::super::trace::Event;
use super::Cause;

/// Lines of what a program wrote last in which it may say why it ended: a backtrace or two.
const LAST_LINES: usize = 80;

/// Whether the program took it for the end.
pub(super) fn ends(failure: &Failure) -> bool {
    !crashed(failure)
        && (failure.death.is_some()
            || matches!(failure.symptom, Symptom::Closed | Symptom::Reset | Symptom::Stays))
}

/// Whether the program, or the thread of it that served this client, ended otherwise than in good order.
pub(super) fn crashed(failure: &Failure) -> bool {
    const UNCAUGHT: [&str; 3] = ["Traceback (most recent call last)", "Exception in thread", "panicked at"];
    let silent =
        matches!(failure.symptom, Symptom::Silent | Symptom::Unfinished | Symptom::Closed | Symptom::Reset);
    failure.death.as_deref().is_some_and(|how| !how.ends_with("exit code 0"))
        || silent && UNCAUGHT.iter().any(|sign| failure.output.contains(sign))
}

/// The longest time in which neither side did anything.
pub(in super::super) fn longest_pause(failure: &Failure) -> Duration {
    let times: Vec<Duration> = failure.trace.moments.iter().map(|moment| moment.at).collect();
    times.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).max().unwrap_or_default()
}

/// Whether a pause was so long that a program may have closed for it that closed a silent client after `idle`: that was
/// seen a little later than it was.
pub(super) fn paused(failure: &Failure, idle: Duration) -> bool {
    longest_pause(failure) * 3 >= idle
}

pub(super) fn heard_something(failure: &Failure) -> bool {
    failure.trace.came().next().is_some()
}

/// Whether a number came with its bytes the other way round: `is 42 here, the server says 704643072`.
pub(super) fn swapped(what: &str) -> bool {
    let numbers: Vec<i128> = what
        .split(|c: char| !c.is_ascii_digit() && c != '-')
        .filter_map(|digits| digits.parse().ok())
        .collect();
    let pair = numbers.iter().rev().take(2).collect::<Vec<_>>();
    let [said, known] = pair[..] else { return false };
    let (Ok(said), Ok(known)) = (i64::try_from(*said), i64::try_from(*known)) else { return false };
    let low = |value: i64, bits: u32| value.cast_unsigned() << (64 - bits) >> (64 - bits);
    // Of a sum, of which both parts came so, only the result is seen.
    let odd = said >= 1 << 16 && low(said, 32).swap_bytes() >> 32 < 1 << 16;
    odd || said != known
        && [16, 32, 64].iter().any(|&bits| low(known, bits).swap_bytes() >> (64 - bits) == low(said, bits))
}

/// Whether a number came where one of the values was none.
pub(super) fn number_of_a_word(case: &Case, failure: &Failure) -> bool {
    let Act::Talk { way, .. } = &case.act else { return false };
    // "inf" is a number to some.
    let is_number = |text: &str| !text.contains(char::is_alphabetic) && text.trim().parse::<f64>().is_ok();
    let is_whole = |text: &str| text.trim().parse::<i128>().is_ok();
    let came = failure.what.rsplit_once("got \"").map(|(_, came)| came.trim_end_matches('"'));
    let (numbers, words): (Vec<_>, Vec<_>) =
        way.answers.client.iter().partition(|answer| is_whole(answer.as_str()));
    came.is_some_and(is_number) && !numbers.is_empty() && !words.is_empty()
}

/// Whether what was said is a message with something else where it has a number.
pub(super) fn instead_of_number(case: &Case) -> bool {
    let Act::Strange { way, manner, .. } = &case.act else { return false };
    let Some((message, Break::Strange(bytes) | Break::Odd(bytes))) = &manner.break_off else { return false };
    let Some(said) = way.rehearsal.client_said().nth(*message) else { return false };
    let wire = said.wire();
    let Some(begins) = memchr::memmem::find(&wire, &said.text) else { return false };
    said.holes.iter().filter(|hole| hole.kind == HoleKind::Int).any(|hole| {
        let (before, after) = (&wire[..begins + hole.range.start], &wire[begins + hole.range.end..]);
        bytes.len() >= before.len() + after.len() && bytes.starts_with(before) && bytes.ends_with(after)
    })
}

/// Whether right answers came, in another order.
pub(super) fn out_of_order(case: &Case, failure: &Failure) -> bool {
    let Act::Talk { way, .. } = &case.act else { return false };
    let came = failure.trace.came().collect::<Vec<_>>().concat();
    let mut right: Vec<Vec<u8>> = way.rehearsal.server_said().map(convo::cases::Said::wire).collect();
    let in_order = right.concat().starts_with(&came);
    let mut rest = came.as_slice();
    while let Some(next) = right.iter().position(|answer| !answer.is_empty() && rest.starts_with(answer)) {
        rest = &rest[right.swap_remove(next).len()..];
    }
    rest.is_empty() && !in_order
}

/// Whether what is not as it should be is a quotient, or what is left of one.
pub(super) fn divides(failure: &Failure) -> bool {
    let computed = failure.what.split(" is ").next().unwrap_or_default();
    failure.symptom == Symptom::Differs && [" / ", " % "].iter().any(|sign| computed.contains(sign))
}

/// Whether it wrote where it has no memory, or was stopped for that.
pub(super) fn overran(failure: &Failure) -> bool {
    failure
        .death
        .as_deref()
        .is_some_and(|how| ["SIGSEGV", "SIGABRT"].iter().any(|signal| how.contains(signal)))
}

/// Whether something came before anything was asked that has an answer.
pub(super) fn answers_unasked(case: &Case, failure: &Failure) -> bool {
    let Act::Talk { way, .. } = &case.act else { return false };
    let answers = way.rehearsal.server_said().count();
    let came: Vec<&[u8]> = failure.trace.came().collect();
    // The right answers come too, after those that nobody wanted.
    let right: Vec<Vec<u8>> = way.rehearsal.server_said().map(convo::cases::Said::wire).collect();
    let further: Vec<&[u8]> =
        came.iter().copied().filter(|came| !right.iter().any(|right| right == came)).collect();
    came.len() > answers && !further.is_empty()
}

/// Whether a count came that is the text's length in bytes, not in characters.
pub(super) fn counts_bytes(failure: &Failure) -> bool {
    let heard: Vec<&[u8]> = failure.trace.came().collect();
    let [.., count, text] = heard[..] else { return false };
    let count = std::str::from_utf8(count).ok().and_then(|count| count.parse::<usize>().ok());
    let characters = std::str::from_utf8(text).map_or(0, |text| text.chars().count());
    count == Some(text.len()) && characters < text.len()
}

/// Whether what should have come apart came in one datagram.
pub(super) fn all_in_one(case: &Case, failure: &Failure) -> bool {
    let Act::Talk { way, .. } = &case.act else { return false };
    let Some(last) = way.rehearsal.server_said().last() else { return false };
    failure.trace.came().any(|bytes| bytes.len() > last.text.len() && bytes.ends_with(&last.text))
}

/// Whether a program ended by the news that its client is gone.
pub(super) fn reset_seen(failure: &Failure) -> bool {
    const SIGNS: [&str; 8] = [
        "ConnectionReset",
        "BrokenPipe",
        "Broken pipe",
        "Connection reset",
        "ConnectionAborted",
        "ECONNRESET",
        "EPIPE",
        "SocketException",
    ];
    // One thread may say it, and another end the program.
    let mut last = failure.output.lines().rev().take(LAST_LINES);
    crashed(failure) && last.any(|line| SIGNS.iter().any(|sign| line.contains(sign)))
}

pub(super) fn out_of_memory(failure: &Failure) -> bool {
    ["MemoryError", "OutOfMemory", "out of memory", "bad_alloc"]
        .iter()
        .any(|sign| failure.output.contains(sign))
        || failure.death.as_deref().is_some_and(|how| how.contains("memory") && !how.contains("access"))
}

/// Whether letters beyond ASCII are what the case is about.
pub(super) fn has_accents(case: &Case) -> bool {
    case.kind == "letter" || case.name.contains("-accents")
}

/// Whether what ended a client was something that we said rather than what its person typed.
pub(super) fn by_our_words(failure: &Failure) -> bool {
    let beyond_ascii = failure.trace.moments.iter().any(|moment| match &moment.event {
        Event::Wrote(bytes) => !bytes.is_ascii(),
        _ => false,
    });
    let last = failure.trace.moments.iter().rev().find_map(|moment| match moment.event {
        Event::Wrote(_) => Some(true),
        Event::Typed(_) => Some(false),
        _ => None,
    });
    beyond_ascii || last == Some(true)
}

/// Whether keys are to be exchanged in this case, and no key of the program came.
pub(super) fn keyless(case: &Case, failure: &Failure) -> bool {
    is_secured(case) && !failure.trace.moments.iter().any(|moment| matches!(moment.event, Event::Key(_)))
}

/// Whether the program says something that our key does not open, or does not answer what was encrypted for it.
pub(super) fn undeciphered(case: &Case, failure: &Failure) -> bool {
    let garbled = failure.trace.moments.iter().any(|moment| matches!(moment.event, Event::Garbled(_)));
    garbled || is_secured(case) && failure.symptom != Symptom::Unexpected && !heard_something(failure)
}

fn is_secured(case: &Case) -> bool {
    let (Act::Talk { way, .. } | Act::Client { way, .. }) = &case.act else { return false };
    way.rehearsal.said.iter().any(|said| said.cutting == Cutting::Secured)
}

/// What a program waits for that answers nothing at all.
pub(super) fn waits_for(case: &Case, failure: &Failure) -> Cause {
    let Act::Talk { way, .. } = &case.act else { return Cause::NeverAnswers };
    let Some(said) = way.rehearsal.client_said().last() else { return Cause::NeverAnswers };
    if case.family != Family::Walks || heard_something(failure) {
        return Cause::NeverAnswers;
    }
    let before = said.wire().len() - said.text.len().min(said.wire().len());
    match said.cutting {
        Cutting::Lines | Cutting::LinesCrlf => Cause::NotFlushed,
        Cutting::Sound if !said.json && matches!(before, 2 | 4) => Cause::LengthOrder,
        _ => Cause::NeverAnswers,
    }
}

/// Whether the convo has an answer to what came, and the program none.
pub(super) fn unanswered(failure: &Failure) -> bool {
    matches!(failure.symptom, Symptom::Silent | Symptom::Closed)
        && failure.what.starts_with("the convo has an answer")
}

/// The line in which a program said why it failed.
pub(super) fn evidence(output: &str) -> Option<String> {
    const SIGNS: [&str; 7] = ["Error:", "Exception", "panicked", "panic:", "fault", "Error (", "error:"];
    // A place in a backtrace says less than the line above it.
    let place = |line: &str| line.trim_start().starts_with("at ");
    let sign = |line: &str| SIGNS.iter().any(|sign| line.contains(sign)) && !place(line);
    let told = output.lines().rev().find(|line| sign(line))?;
    Some(crate::report::visible::on_line(told.trim()).chars().take(160).collect())
}
