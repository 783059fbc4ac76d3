//! The most likely cause of a failure, and what to do about it.

mod hints;

use super::case::{Act, Case, Failure, Life, Symptom};
use super::language::Language;

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

/// What is usually behind a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Cause {
    OneRead,
    DecodesPieces,
    TakesAllForOne,
    LosesTheRest,
    KeepsCarriageReturn,
    NoMessageEnd,
    Unchecked,
    OneEndsAll,
    OneConversation,
    OneAtATime,
    ResetUnhandled,
    EndUnnoticed,
    EndBeforeAnswer,
    NoLimit,
    NotFreed,
    NoIdle,
    IdleEarly,
    LeaksFiles,
    LeaksMemory,
    Spins,
    NoReuse,
    IgnoresTerm,
    WrongBorder,
    WrongValue,
    WrongMessage,
    NeverAnswers,
    ClosesEarly,
    LeftOpen,
    DoesNotStop,
    SmallBuffer,
    BytesForLetters,
    Forgets,
    OtherPort,
    SharedState,
    DoesNotSurvive,
    WideNumbers,
    ClosesOnOdd,
    Unknown,
}

/// Explains a failure. `others` are the names of the cases that failed alike.
pub(super) fn explain(case: &Case, failure: &Failure, language: Language, walk_borders: bool) -> Explanation {
    let cause = cause(case, failure, walk_borders);
    let sentence = match evidence(&failure.output) {
        Some(seen) if failure.death.is_some() || cause == Cause::Unchecked => {
            format!("{} (it wrote: {seen})", hints::sentence(cause))
        }
        _ => hints::sentence(cause).to_owned(),
    };
    Explanation { cause, sentence, hint: hints::hint(cause, language).to_owned() }
}

fn cause(case: &Case, failure: &Failure, walk_borders: bool) -> Cause {
    let output = failure.output.as_str();
    match &case.act {
        Act::Life(life) => of_life(*life, failure),
        Act::Strange { .. } => of_strange(failure),
        Act::Talk { .. } => match case.kind {
            "letter" if output.contains("UnicodeDecode") || !output.contains("JSON") => {
                if output.contains("UnicodeDecode") { Cause::DecodesPieces } else { Cause::OneRead }
            }
            "cut" | "cut-crlf" | "bytes" | "letter" => Cause::OneRead,
            "glued" => Cause::TakesAllForOne,
            "half" => Cause::LosesTheRest,
            "crlf" => Cause::KeepsCarriageReturn,
            "long" => Cause::SmallBuffer,
            "spelled" if failure.death.is_some() => Cause::Unchecked,
            "spelled" => Cause::ClosesOnOdd,
            _ => of_talk(case, failure, walk_borders),
        },
    }
}

fn of_talk(case: &Case, failure: &Failure, walk_borders: bool) -> Cause {
    if case.id.ends_with("accents") && failure.symptom != Symptom::Silent {
        return Cause::BytesForLetters;
    }
    if case.id.contains("digits-40") || case.id.ends_with("-wide") {
        return Cause::WideNumbers;
    }
    if failure.death.is_some() {
        return Cause::Unchecked;
    }
    match failure.symptom {
        Symptom::Differs => Cause::WrongValue,
        Symptom::Unexpected if walk_borders => Cause::WrongBorder,
        Symptom::Unexpected => Cause::WrongMessage,
        Symptom::Unfinished => Cause::NoMessageEnd,
        Symptom::Silent => Cause::NeverAnswers,
        Symptom::Closed | Symptom::Reset if walk_borders => Cause::WrongBorder,
        Symptom::Closed | Symptom::Reset => Cause::ClosesEarly,
        Symptom::LeftOpen => Cause::LeftOpen,
        Symptom::Stays => Cause::DoesNotStop,
        Symptom::Amount => Cause::Forgets,
        Symptom::Busy => Cause::NotFreed,
        Symptom::Died => Cause::OneEndsAll,
        Symptom::Refused | Symptom::Waits => Cause::OneAtATime,
        Symptom::Leaks | Symptom::Unlimited | Symptom::NoRestart => Cause::Unknown,
    }
}

fn of_strange(failure: &Failure) -> Cause {
    match failure.symptom {
        _ if failure.mild => Cause::ClosesOnOdd,
        Symptom::Died => Cause::Unchecked,
        Symptom::Waits | Symptom::Refused => Cause::OneEndsAll,
        _ => Cause::DoesNotSurvive,
    }
}

fn of_life(life: Life, failure: &Failure) -> Cause {
    let died = failure.death.is_some();
    match life {
        Life::Again if died => Cause::OneConversation,
        Life::Again => Cause::OneConversation,
        Life::ConnectClose | Life::CloseInMessage if died => Cause::EndUnnoticed,
        Life::ConnectClose | Life::CloseInMessage => Cause::EndUnnoticed,
        Life::ConnectReset | Life::ResetInMessage => Cause::ResetUnhandled,
        Life::SilentClient | Life::SecondClient => match failure.symptom {
            Symptom::Waits | Symptom::Silent | Symptom::Refused => Cause::OneAtATime,
            _ => Cause::SharedState,
        },
        Life::ManyClients => match failure.symptom {
            Symptom::Waits | Symptom::Silent | Symptom::Refused => Cause::OneAtATime,
            _ => Cause::SharedState,
        },
        Life::HalfClose => Cause::EndBeforeAnswer,
        Life::SlowReader => Cause::OneAtATime,
        Life::LimitBusy => Cause::NoLimit,
        Life::LimitFreed => Cause::NotFreed,
        Life::Idle if failure.symptom == Symptom::Closed => Cause::IdleEarly,
        Life::Idle => Cause::NoIdle,
        Life::Leaks if failure.what.contains("files or sockets") => Cause::LeaksFiles,
        Life::Leaks if failure.what.contains("memory") => Cause::LeaksMemory,
        Life::Leaks if failure.what.contains("processor") => Cause::Spins,
        Life::Leaks => Cause::LeaksFiles,
        Life::Endless => Cause::DoesNotSurvive,
        Life::Terminate => Cause::IgnoresTerm,
        Life::Restart => Cause::NoReuse,
        Life::SamePort => Cause::OtherPort,
        Life::Doubled | Life::TooLong | Life::Empty => Cause::Unchecked,
    }
}

/// The line in which a program said why it failed.
fn evidence(output: &str) -> Option<String> {
    const SIGNS: [&str; 8] =
        ["Error:", "Exception", "panicked", "panic:", "fault", "Error (", "error:", "Traceback"];
    let told = output.lines().rev().find(|line| SIGNS.iter().any(|sign| line.contains(sign)))?;
    Some(crate::report::visible::on_line(told.trim()).chars().take(160).collect())
}
