//! The most likely cause of a failure, and what to do about it.

mod hints;
mod sentences;
mod signs;

use std::time::Duration;

use super::case::{Act, Case, Failure, Family, Leak, Life, Severity, Symptom, Trick};
use super::language::Language;
pub(super) use sentences::Cause;
pub(super) use signs::longest_pause;
use signs::{
    all_in_one, answers_unasked, by_our_words, counts_bytes, crashed, divides, ends, evidence, has_accents,
    heard_something, instead_of_number, keyless, number_of_a_word, out_of_memory, out_of_order, overran,
    paused, reset_seen, swapped, unanswered, undeciphered, waits_for,
};

/// A cause, told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Explanation {
    /// Its name: failures of one cause are told once.
    pub(super) cause: Cause,
    /// One sentence.
    pub(super) sentence: String,
    /// What to do, in the program's language.
    pub(super) hint: String,
}

/// What is known beside the failure itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) language: Language,
    /// Ordinary values go well, those at borders do not.
    pub(super) borders: bool,
    /// The convo's line as it stands there.
    pub(super) line: Option<&'a str>,
    /// Datagrams rather than a stream.
    pub(super) datagrams: bool,
    /// Messages that come in two segments fail, wherever they are cut.
    pub(super) cuts: bool,
    /// Messages that come in one segment fail.
    pub(super) glued: bool,
    /// There are messages that it answers.
    pub(super) answers: bool,
    /// How long a client was silent that it closed before the idle time was over.
    pub(super) idle: Option<Duration>,
}

/// Explains a failure.
pub(super) fn explain(case: &Case, failure: &Failure, setting: Setting<'_>) -> Explanation {
    let cause = cause(case, failure, setting);
    let mut sentence = sentences::sentence(cause).to_owned();
    if matches!(cause, Cause::NeverAnswers | Cause::ToldOtherwise) {
        sentence += &format!(" ({})", failure.what);
    } else if cause == Cause::TakesTooMuch {
        sentence += &format!(" ({})", failure.death.as_deref().unwrap_or_default());
    } else if tells_little(cause) {
        sentence += &format!(" ({}", case.about);
        if let Some(line) = setting.line {
            sentence += &format!("; the convo says `{}`", line.trim());
        }
        sentence.push(')');
    }
    if let Some(seen) = evidence(&failure.output)
        && (failure.death.is_some() || crashed(failure))
    {
        sentence += &format!(" (it wrote: {seen})");
    }
    Explanation { cause, sentence, hint: hints::hint(cause, setting.language).to_owned() }
}

/// Whether a cause says more with the case beside it.
fn tells_little(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::WrongBorder
            | Cause::WrongMessage
            | Cause::WrongValue
            | Cause::ClosesEarly
            | Cause::NoMessageEnd
            | Cause::Unchecked
            | Cause::Forgets
            | Cause::AlwaysRefuses
            | Cause::DoesNotStop
            | Cause::SaysMore
            | Cause::WordIsNumber
            | Cause::ClosesOnText
            | Cause::Separator
            | Cause::RefusesTyped
            | Cause::OmitsText
            | Cause::ResemblingWord
    )
}

fn cause(case: &Case, failure: &Failure, setting: Setting<'_>) -> Cause {
    if failure.symptom == Symptom::Busy && !matches!(case.act, Act::Client { .. }) {
        // These begin with a program that nobody has left.
        let first = matches!(case.act, Act::Life(Life::ManyClients | Life::LimitBusy));
        return if first { Cause::LimitLow } else { Cause::NotFreed };
    }
    if failure.death.as_deref().is_some_and(|how| how.contains("SIGPIPE")) {
        return Cause::Sigpipe;
    }
    if failure.death.as_deref().is_some_and(|how| how.contains(" more than ")) {
        return Cause::TakesTooMuch;
    }
    if failure.symptom == Symptom::Numbers {
        return Cause::OtherNumbers;
    }
    let closed = matches!(failure.symptom, Symptom::Closed | Symptom::Reset | Symptom::Waits)
        && failure.trace.they_ended();
    if closed && setting.idle.is_some_and(|idle| paused(failure, idle)) {
        return Cause::IdleEarly;
    }
    let output = failure.output.as_str();
    match &case.act {
        Act::Life(life) => of_life(*life, failure, setting),
        Act::Strange { .. } => of_strange(case, failure, setting),
        Act::Spared { .. } => Cause::AlwaysRefuses,
        Act::Told { .. } if failure.symptom == Symptom::Amount => Cause::OtherMembers,
        Act::Told { .. } => Cause::ToldOtherwise,
        Act::Shared { .. } => match failure.symptom {
            Symptom::Differs if swapped(&failure.what) => Cause::ByteOrder,
            Symptom::Differs => Cause::OtherSender,
            Symptom::Amount => Cause::KeepsApart,
            _ => of_talk(case, failure, setting),
        },
        Act::Client { trick, .. } => of_client(case, trick, failure, setting),
        Act::Talk { .. } if failure.symptom == Symptom::LeftOpen => Cause::LeftOpen,
        // It stops as it should, only not in good order.
        Act::Talk { .. } if failure.mild && failure.symptom == Symptom::Died => Cause::StopsHard,
        Act::Talk { .. } => match case.kind {
            // What falls apart at any cut does so inside a letter too.
            "letter" if setting.cuts => Cause::OneRead,
            "letter" if output.contains("UnicodeDecode") || failure.symptom == Symptom::Differs => {
                Cause::DecodesPieces
            }
            "letter" => Cause::OneRead,
            "cut" | "cut-crlf" | "bytes" => Cause::OneRead,
            "glued" if failure.symptom == Symptom::Silent && heard_something(failure) => Cause::LosesTheRest,
            // What was taken for one message may look so too: two lines turned round are their answers in the other order.
            // Under `chunk` nothing tells them apart, elsewhere messages that came in pieces do.
            "glued"
                if case.severity != Severity::Protocol && !setting.cuts && out_of_order(case, failure) =>
            {
                Cause::OtherOrder
            }
            "glued" => Cause::TakesAllForOne,
            "half" if setting.glued => Cause::TakesAllForOne,
            "half" if setting.cuts => Cause::OneRead,
            // All is right as long as no half message waits behind a whole one.
            "half" if failure.symptom == Symptom::Silent && !heard_something(failure) => Cause::HoldsBack,
            "half" => Cause::LosesTheRest,
            "case" => Cause::LetterCase,
            "near" if !crashed(failure) && case.name.contains("-blank-") => Cause::StripsSpace,
            "near" if !crashed(failure) => Cause::ResemblingWord,
            "kept" if case.name == "keep-like-end" && !crashed(failure) => Cause::ResemblingWord,
            "kept"
                if ["keep-page", "keep-before-first"].contains(&case.name.as_str()) && !crashed(failure) =>
            {
                Cause::WrongBorder
            }
            "crlf" => Cause::KeepsCarriageReturn,
            "long" if failure.symptom == Symptom::Unfinished => Cause::PartSent,
            // What was given to be kept is whole.
            "long" if case.name == "keep-long" && failure.symptom == Symptom::Differs => {
                of_talk(case, failure, setting)
            }
            "long" => Cause::SmallBuffer,
            "spelled" if crashed(failure) => Cause::Unchecked,
            "spelled" => Cause::ClosesOnOdd,
            _ => of_talk(case, failure, setting),
        },
    }
}

/// What is wrong with a client.
fn of_client(case: &Case, trick: &Trick, failure: &Failure, setting: Setting<'_>) -> Cause {
    match trick {
        Trick::Garbage => Cause::Unchecked,
        Trick::Leaves if failure.death.is_some() => Cause::Unchecked,
        Trick::Leaves if failure.symptom == Symptom::Believes => Cause::EndIsAnswer,
        Trick::Leaves => Cause::HangsAtClose,
        Trick::Wrong { .. } => Cause::Believes,
        Trick::Busy(_) => Cause::NotBusy,
        Trick::Stranger(_) => Cause::HearsAnybody,
        Trick::Silent => Cause::WaitsForEver,
        Trick::None => match (case.kind, failure.symptom) {
            ("walk" | "typed", Symptom::Unfinished) => Cause::NoMessageEnd,
            ("slow", Symptom::NotShown | Symptom::Silent) => Cause::GivesUpEarly,
            (_, Symptom::Unexpected) if has_accents(case) => Cause::EncodesOtherwise,
            ("letter", _) if setting.cuts => Cause::OneRead,
            ("letter", _) if failure.output.contains("UnicodeDecode") => Cause::DecodesPieces,
            ("cut" | "bytes" | "letter", _) => Cause::OneRead,
            ("glued", _) => Cause::LosesTheRest,
            (_, Symptom::Shortened) => Cause::SmallBuffer,
            (_, Symptom::NotShown) if case.name.contains("-long-") => Cause::SmallBuffer,
            // What was typed ended it, or the thread that reads the keyboard.
            ("walk" | "typed", Symptom::Silent) if crashed(failure) && !by_our_words(failure) => {
                Cause::RefusesTyped
            }
            _ if case.name.ends_with("-accents") => Cause::BytesForLetters,
            (_, Symptom::SaysLeaving) => Cause::SaysLeaving,
            _ if case.name == "walk-keep-like-end" => Cause::ResemblingWord,
            (_, Symptom::Omitted) => Cause::OmitsText,
            (_, Symptom::NotShown) if setting.datagrams => Cause::ReadsOnce,
            (_, Symptom::NotShown) => Cause::ShowsOther,
            (_, Symptom::Refused) => Cause::NeverConnects,
            (_, Symptom::Stays) => Cause::HangsAtClose,
            (_, Symptom::Silent) if keyless(case, failure) => Cause::NoKey,
            (_, Symptom::Silent) => Cause::SaysTooLate,
            (_, Symptom::Differs) => Cause::SaysOther,
            _ => of_talk(case, failure, setting),
        },
    }
}

/// What a value is tried for says what is wrong with it.
fn of_value(case: &Case, failure: &Failure, setting: Setting<'_>) -> Option<Cause> {
    let name = case.name.as_str();
    let cause = match () {
        () if name.ends_with("-accents") => Cause::BytesForLetters,
        () if ["-digits-40", "-wide", "-exact", "-wraps-32", "-wraps-64"]
            .iter()
            .any(|end| name.ends_with(end)) =>
        {
            Cause::WideNumbers
        }
        // Where 0 fails alike it is a border like any other.
        () if name.ends_with("-negative") && divides(failure) => Cause::Truncates,
        () if name.ends_with("-negative") && !setting.borders => Cause::Negative,
        () if name.contains("-long-") && overran(failure) => Cause::SmallBuffer,
        () if crashed(failure) => return None,
        () if name.ends_with("-blanks") => Cause::StripsSpace,
        () if ["-other-line-ends", "-carriage-return"].iter().any(|end| name.ends_with(end)) => {
            Cause::OtherLineEnds
        }
        () if name.ends_with("-nul") => Cause::NulEnds,
        () if name.ends_with("-empty") && ends(failure) => Cause::EmptyIsEnd,
        () if name.contains("-long-") && failure.symptom == Symptom::Unfinished => Cause::PartSent,
        () if name.contains("-long-") => Cause::SmallBuffer,
        () => return None,
    };
    Some(cause)
}

fn of_talk(case: &Case, failure: &Failure, setting: Setting<'_>) -> Cause {
    if failure.symptom == Symptom::Stays {
        return Cause::DoesNotStop;
    }
    if case.family == Family::Values
        && let Some(cause) = of_value(case, failure, setting)
    {
        return cause;
    }
    if crashed(failure) {
        return match failure.symptom {
            Symptom::Died if reset_seen(failure) => Cause::ResetUnhandled,
            // All was said and heard: what it did not get over is that its client left.
            Symptom::Died => Cause::EndUnnoticed,
            _ => Cause::Unchecked,
        };
    }
    match failure.symptom {
        Symptom::Unexpected | Symptom::Silent | Symptom::Closed if keyless(case, failure) => Cause::NoKey,
        Symptom::Unexpected if undeciphered(case, failure) => Cause::OtherPadding,
        Symptom::Differs if swapped(&failure.what) => Cause::ByteOrder,
        Symptom::Differs => Cause::WrongValue,
        Symptom::Unexpected if number_of_a_word(case, failure) => Cause::WordIsNumber,
        Symptom::Unexpected if setting.borders => Cause::WrongBorder,
        Symptom::Unexpected => Cause::WrongMessage,
        Symptom::Silent | Symptom::Unfinished if counts_bytes(failure) => Cause::BytesForLetters,
        Symptom::Unfinished => Cause::NoMessageEnd,
        Symptom::Silent if setting.datagrams && all_in_one(case, failure) => Cause::OneDatagram,
        Symptom::Silent
            if failure.what.contains("` or `") && (setting.answers || heard_something(failure)) =>
        {
            Cause::NoListEnd
        }
        Symptom::Silent | Symptom::Closed | Symptom::Reset if undeciphered(case, failure) => {
            Cause::OtherPadding
        }
        Symptom::Silent if setting.answers => Cause::NeverAnswers,
        Symptom::Silent => waits_for(case, failure),
        Symptom::Closed | Symptom::Reset if setting.borders => Cause::WrongBorder,
        Symptom::Closed | Symptom::Reset => Cause::ClosesEarly,
        Symptom::LeftOpen => Cause::LeftOpen,
        Symptom::Stays => Cause::DoesNotStop,
        Symptom::Amount if answers_unasked(case, failure) => Cause::SaysMore,
        Symptom::Amount => Cause::Forgets,
        Symptom::Numbers => Cause::OtherNumbers,
        Symptom::Busy => Cause::NotFreed,
        Symptom::Died => Cause::OneEndsAll,
        Symptom::Refused | Symptom::Waits => Cause::OneAtATime,
        Symptom::NotShown | Symptom::Shortened => Cause::ShowsOther,
        Symptom::Omitted => Cause::OmitsText,
        Symptom::SaysLeaving => Cause::SaysLeaving,
        Symptom::Believes => Cause::Believes,
        Symptom::Refuses => Cause::AlwaysRefuses,
        Symptom::Leaks(_) | Symptom::Unlimited | Symptom::NoRestart => Cause::Unknown,
    }
}

fn of_strange(case: &Case, failure: &Failure, setting: Setting<'_>) -> Cause {
    let name = case.name.as_str();
    if failure.mild {
        return match () {
            () if failure.output.contains("UnicodeDecode") => Cause::NotUtf8,
            () if crashed(failure) => Cause::Unchecked,
            () if failure.symptom == Symptom::Died && instead_of_number(case) => Cause::WordIsNumber,
            () if name.ends_with("-not-utf8") => Cause::NotUtf8,
            () if name.ends_with("-empty") && ends(failure) => Cause::EmptyIsEnd,
            () if name.ends_with("-nul") => Cause::NulEnds,
            () if name.ends_with("-separator") => Cause::Separator,
            () if name.ends_with("-blanks") => Cause::NoSpaces,
            () if failure.symptom == Symptom::Died => Cause::DoesNotSurvive,
            () => Cause::ClosesOnText,
        };
    }
    if unanswered(failure) {
        return match () {
            () if failure.output.contains("UnicodeDecode") => Cause::NotUtf8,
            () if crashed(failure) => Cause::Unchecked,
            () if name.ends_with("-words") => Cause::NoSpaces,
            () => Cause::ClosesOnText,
        };
    }
    if !matches!(failure.symptom, Symptom::Died | Symptom::Waits | Symptom::Refused | Symptom::Stays) {
        return Cause::DoesNotSurvive;
    }
    // Only where the client chooses between kinds of messages is one of them unknown.
    let verbs = setting.line.is_some_and(|line| line.trim_start().starts_with("on "));
    match () {
        () if failure.output.contains("UnicodeDecode") => Cause::NotUtf8,
        () if name.ends_with("not-utf8") && evidence(&failure.output).is_none() => Cause::NotUtf8,
        () if reset_seen(failure) => Cause::ResetUnhandled,
        () if name.contains("-long-") && overran(failure) => Cause::SmallBuffer,
        () if name.ends_with("-unknown") && verbs => Cause::UnknownVerb,
        () if name.ends_with("-missing") => Cause::MissingKey,
        () if name.ends_with("-empty") && ends(failure) && failure.death.is_some() => Cause::EmptyIsEnd,
        () if failure.symptom == Symptom::Stays => Cause::EndUnnoticed,
        () if failure.symptom == Symptom::Died => Cause::Unchecked,
        () => Cause::OneEndsAll,
    }
}

fn of_life(life: Life, failure: &Failure, setting: Setting<'_>) -> Cause {
    let died = failure.death.is_some();
    let waits = matches!(failure.symptom, Symptom::Waits | Symptom::Silent | Symptom::Refused);
    match life {
        // Others went well: what they left counts.
        Life::Again | Life::Leaks if matches!(failure.symptom, Symptom::Differs | Symptom::Unexpected) => {
            Cause::SharedState
        }
        Life::Again => Cause::OneConversation,
        Life::CloseInMessage | Life::CloseInKey | Life::LeavesUnread | Life::ConnectClose
            if reset_seen(failure) =>
        {
            Cause::ResetUnhandled
        }
        Life::CloseInMessage | Life::ResetInMessage | Life::CloseInKey | Life::ResetInKey
            if crashed(failure) && evidence(&failure.output).is_some() =>
        {
            if reset_seen(failure) {
                Cause::ResetUnhandled
            } else {
                Cause::Unchecked
            }
        }
        Life::ConnectClose | Life::CloseInMessage | Life::CloseInKey => Cause::EndUnnoticed,
        Life::ConnectReset | Life::ResetInMessage | Life::ResetInKey | Life::LeavesUnread
            if failure.symptom == Symptom::Stays =>
        {
            Cause::EndUnnoticed
        }
        Life::ConnectReset | Life::ResetInMessage | Life::ResetInKey | Life::LeavesUnread => {
            Cause::ResetUnhandled
        }
        Life::SecondClient | Life::ManyClients if setting.datagrams => Cause::LastAddress,
        Life::SilentClient if died => Cause::EndUnnoticed,
        // It would not be tried if two could not be served.
        Life::ManyClients if waits => Cause::FewAtATime,
        Life::SilentClient | Life::SecondClient if waits => Cause::OneAtATime,
        Life::SilentClient | Life::SecondClient | Life::ManyClients => Cause::SharedState,
        Life::HalfClose => Cause::EndBeforeAnswer,
        Life::SlowReader if failure.symptom == Symptom::Unfinished => Cause::PartSent,
        Life::SlowReader => Cause::SlowHoldsAll,
        Life::LimitBusy | Life::LimitKept
            if matches!(failure.symptom, Symptom::Differs | Symptom::Unexpected) =>
        {
            Cause::SharedState
        }
        Life::LimitBusy if failure.symptom == Symptom::Unlimited => Cause::NoLimit,
        Life::LimitBusy => Cause::LimitLow,
        Life::LimitFreed => Cause::NotFreed,
        Life::LimitKept => Cause::CountsTwice,
        Life::Idle if failure.symptom == Symptom::Closed => Cause::IdleEarly,
        Life::Idle if failure.symptom == Symptom::Reset => Cause::IdleFromBegin,
        Life::Idle if setting.datagrams => Cause::NeverForgets,
        Life::Idle => Cause::NoIdle,
        Life::Leaks if died => Cause::OneEndsAll,
        Life::Leaks => match failure.symptom {
            Symptom::Leaks(Leak::Time) => Cause::Spins,
            Symptom::Leaks(Leak::Connections | Leak::Files) => Cause::LeaksFiles,
            Symptom::Leaks(Leak::Children) => Cause::Zombies,
            Symptom::Leaks(Leak::Memory) => Cause::LeaksMemory,
            _ => Cause::OneEndsAll,
        },
        Life::Endless
            if crashed(failure) && !out_of_memory(failure) && evidence(&failure.output).is_some() =>
        {
            Cause::Unchecked
        }
        Life::Endless => Cause::Endless,
        Life::Terminate => Cause::IgnoresTerm,
        Life::Restart if failure.symptom == Symptom::NoRestart => Cause::NoReuse,
        Life::Restart => Cause::Unknown,
        Life::SamePort => Cause::OtherPort,
        Life::Burst => Cause::LosesDatagrams,
        Life::Empty => Cause::EmptyDatagram,
        Life::Doubled | Life::TooLong => Cause::Unchecked,
    }
}
