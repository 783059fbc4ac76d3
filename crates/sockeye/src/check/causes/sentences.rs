//! The causes, and each in one sentence.

/// What is usually behind a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in super::super) enum Cause {
    OneRead,
    DecodesPieces,
    TakesAllForOne,
    OtherOrder,
    LosesTheRest,
    KeepsCarriageReturn,
    NoMessageEnd,
    Unchecked,
    OneEndsAll,
    OneConversation,
    OneAtATime,
    FewAtATime,
    SlowHoldsAll,
    ResetUnhandled,
    EndUnnoticed,
    EndBeforeAnswer,
    NoLimit,
    NotFreed,
    LimitLow,
    CountsTwice,
    NoIdle,
    IdleEarly,
    IdleFromBegin,
    NeverForgets,
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
    StopsHard,
    SmallBuffer,
    BytesForLetters,
    Forgets,
    AlwaysRefuses,
    OtherSender,
    KeepsApart,
    ToldOtherwise,
    OtherMembers,
    OtherNumbers,
    OtherPort,
    SharedState,
    DoesNotSurvive,
    WideNumbers,
    StripsSpace,
    NulEnds,
    ResemblingWord,
    EmptyIsEnd,
    Negative,
    Truncates,
    ByteOrder,
    PartSent,
    Sigpipe,
    TakesTooMuch,
    Zombies,
    OneDatagram,
    NoListEnd,
    SaysMore,
    WordIsNumber,
    LosesDatagrams,
    LastAddress,
    UnknownVerb,
    MissingKey,
    NotUtf8,
    EmptyDatagram,
    Endless,
    HangsAtClose,
    SaysLeaving,
    EndIsAnswer,
    NeverConnects,
    Believes,
    NotBusy,
    HearsAnybody,
    WaitsForEver,
    ReadsOnce,
    ShowsOther,
    OmitsText,
    SaysTooLate,
    SaysOther,
    ClosesOnOdd,
    ClosesOnText,
    Separator,
    NoSpaces,
    OtherLineEnds,
    LetterCase,
    NotFlushed,
    LengthOrder,
    HoldsBack,
    OtherPadding,
    NoKey,
    GivesUpEarly,
    RefusesTyped,
    EncodesOtherwise,
    Unknown,
}

/// The cause in one sentence, without a full stop.
#[expect(clippy::too_many_lines, reason = "a table, a line a cause")]
pub(super) fn sentence(cause: Cause) -> &'static str {
    match cause {
        Cause::OneRead => "the program reads once and takes what came for the whole message",
        Cause::DecodesPieces => {
            "the program decodes each piece by itself, and a piece may end inside a UTF-8 letter"
        }
        Cause::OtherOrder => {
            "the program answers several messages of one client in another order than they came"
        }
        Cause::TakesAllForOne => "the program takes all that one read delivers for one message",
        Cause::LosesTheRest => "the program throws away what came after the end of a message",
        Cause::KeepsCarriageReturn => {
            "the program takes the carriage return of CR LF for a part of the message"
        }
        Cause::NoMessageEnd => {
            "what ends a message, as the newline of a line, is missing in what the program sends"
        }
        Cause::Unchecked => "the program takes for granted that what comes is well formed",
        Cause::OneEndsAll => "what goes wrong in one conversation ends or blocks the whole program",
        Cause::OneConversation => {
            "the program serves one connection and then no other: accept stands outside of the loop"
        }
        Cause::OneAtATime => "the program serves one client at a time: the next waits until it has left",
        Cause::FewAtATime => {
            "the program serves only so many clients at once: a further one waits until another has left, as with a pool of threads or processes that is too small"
        }
        Cause::SlowHoldsAll => {
            "a client that does not read holds up all others: the program waits in send() for it, on the thread that serves them all"
        }
        Cause::ResetUnhandled => {
            "the program does not expect that a connection is reset while it reads or writes"
        }
        Cause::EndUnnoticed => {
            "the program does not notice the end of the stream: a read that brings nothing says that the client has closed"
        }
        Cause::EndBeforeAnswer => {
            "the program takes a half-close (the end of what the client sends) for the end of the client, and drops the answers it owes"
        }
        Cause::NoLimit => {
            "the program does not count its clients, or does not say the busy message to one too many"
        }
        Cause::NotFreed => {
            "the program does not give the place of a client back when that has left, or was lost"
        }
        Cause::LimitLow => "the program says that it is busy although the limit leaves room for more clients",
        Cause::CountsTwice => {
            "the program gives the place of a client that has left back more than once: after that its limit does not hold"
        }
        Cause::NoIdle => "the program waits for a silent client for ever: it has no idle time",
        Cause::IdleEarly => "the program closes a silent client before the idle time is over",
        Cause::IdleFromBegin => {
            "the program counts the idle time from the beginning of the connection, not from the client's last message"
        }
        Cause::NeverForgets => {
            "the program never forgets a client: over UDP the place of one that says nothing comes free when the idle time is over"
        }
        Cause::LeaksFiles => {
            "the program does not close the sockets of clients that have left: their descriptors stay open"
        }
        Cause::TakesTooMuch => "the program takes more of the machine than it may, and was ended for it",
        Cause::LeaksMemory => "the program keeps memory for clients that have left",
        Cause::Spins => {
            "the program asks again and again instead of waiting: a loop does not end at the end of the stream, where a read brings nothing, or after a reset, where it fails"
        }
        Cause::NoReuse => {
            "the program binds its port without SO_REUSEADDR, and old connections hold it for a minute"
        }
        Cause::IgnoresTerm => "the program catches or blocks SIGTERM and does not end",
        Cause::WrongBorder => {
            "the program draws a border at another place: < where <= is meant, or a test left out"
        }
        Cause::WrongValue => "the program computes another value than the convo says",
        Cause::WrongMessage => "the program says another message than the convo says here",
        Cause::NeverAnswers => {
            "the program waits for something that the client does not send: a newline, more bytes, the end"
        }
        Cause::ClosesEarly => "the program closes where the convo has it say something",
        Cause::LeftOpen => "the program does not close the connection when the conversation is over",
        Cause::DoesNotStop => "the program goes on where the convo says that the server stops",
        Cause::StopsHard => {
            "the server stops where it should, but by a signal or with an exit code that tells of a failure"
        }
        Cause::SmallBuffer => {
            "the program's buffer has room for a part of a long message only, and it takes the part for the whole"
        }
        Cause::BytesForLetters => "the program counts or turns bytes where the convo means characters",
        Cause::Forgets => "the program loses, doubles or changes the order of what it was given to keep",
        Cause::OtherMembers => {
            "what a client is answered where somebody else is there, too, is not what the convo says: in a room are those who came there and have not left, in the order of coming"
        }
        Cause::ToldOtherwise => {
            "what a client tells in a room is to be heard by all others there, once and in order, and not by itself; who comes later hears what is kept"
        }
        Cause::OtherSender => {
            "the program says of what it keeps that somebody else gave it: who gave it is to be kept with it, and is not who asks for it"
        }
        Cause::KeepsApart => {
            "what one client gives to be kept is not there for another one as it should: all clients have one list"
        }
        Cause::AlwaysRefuses => {
            "the program never does what it is asked for, and says so each time as where its disk is full"
        }
        Cause::OtherNumbers => {
            "the program numbers what it keeps otherwise than the convo's server: from 1 on, growing, no number twice"
        }
        Cause::OtherPort => "the program answers through another socket than the one that was asked",
        Cause::SharedState => "clients share what should be each one's own: a shared variable or buffer",
        Cause::DoesNotSurvive => "the program does not get over input that makes no sense",
        Cause::WideNumbers => {
            "the program holds the number in a type that is too small for it, such as 32 bits"
        }
        Cause::ClosesOnOdd => {
            "the program breaks the conversation off at a spelling of a number that the convo allows: a sign, zeros, white space"
        }
        Cause::ClosesOnText => "the program does not answer a message that the convo allows",
        Cause::Separator => {
            "the program splits a message wherever its separator stands, also inside a text that may hold it"
        }
        Cause::NoSpaces => "the program does not take a text with white space in it",
        Cause::OtherLineEnds => "the program takes other characters than the newline for the end of a line",
        Cause::LetterCase => {
            "the program knows its words in one case of letters only; the convo says `ignore case`"
        }
        Cause::NotFlushed => {
            "the program gets a whole line and answers nothing: its answer lies in a buffer that is not flushed, or it waits for more"
        }
        Cause::LengthOrder => {
            "the program waits for more bytes than the length before the message says: it reads the length in another size or byte order than big-endian"
        }
        Cause::HoldsBack => {
            "the program holds the answer to a whole message back until the message after it is whole too"
        }
        Cause::OtherPadding => {
            "the program encrypts or decrypts otherwise than the convo: RSA-OAEP is meant, with SHA-1, MGF1 with SHA-1, and no label, under the receiver's key"
        }
        Cause::NoKey => {
            "keys are not exchanged as the convo says: the client, then the server sends its RSA public key as PEM that begins with BEGIN PUBLIC KEY (SubjectPublicKeyInfo)"
        }
        Cause::GivesUpEarly => "the client does not wait for an answer that takes a little longer",
        Cause::RefusesTyped => "the client ends on what its person typed instead of sending it",
        Cause::EncodesOtherwise => "the client does not send its text as UTF-8",
        Cause::StripsSpace => "the program strips white space that belongs to the text",
        Cause::ResemblingWord => {
            "the program takes a text for a word of the convo that it only resembles: it ignores case, or looks at a part of the text alone"
        }
        Cause::NulEnds => "the program takes a NUL (zero) byte for the end of the text",
        Cause::EmptyIsEnd => "the program takes an empty message for the end of the connection",
        Cause::Truncates => {
            "the program rounds a negative quotient towards zero: the convo's `/` and `%` round down, as Python's do"
        }
        Cause::Negative => "the program does not take a negative number for one: the sign is refused or lost",
        Cause::ByteOrder => "the program writes or reads the number in the host's byte order, not big-endian",
        Cause::PartSent => {
            "the program sends only a part of its answer: send() may take less than it is given"
        }
        Cause::Sigpipe => "writing to a client that has left ends the program by SIGPIPE",
        Cause::Zombies => "the program never waits for its child processes: each stays behind as a zombie",
        Cause::OneDatagram => "the program says in one datagram what the convo says in several",
        Cause::NoListEnd => "the message that ends the list is missing: the client waits for more",
        Cause::SaysMore => "the program answers a message that has no answer in the convo",
        Cause::WordIsNumber => {
            "the program takes what is no number for one: for what it begins with, or for 0"
        }
        Cause::LosesDatagrams => "what comes in one datagram is lost when the next comes before it is read",
        Cause::LastAddress => {
            "the program answers the address that spoke last instead of the one that asked, or what belongs to one client is shared by all"
        }
        Cause::UnknownVerb => {
            "the program does not expect a message of a kind it does not know: an unknown verb"
        }
        Cause::MissingKey => "the program takes for granted that every key is there, and one is missing",
        Cause::NotUtf8 => "the program takes for granted that what comes is UTF-8",
        Cause::EmptyDatagram => "the program takes an empty datagram for the end, or does not expect it",
        Cause::Endless => "the program collects a message that does not end until memory or patience is gone",
        Cause::SaysLeaving => {
            "the client says the word at which its person leaves as if it were a message: it is to close instead"
        }
        Cause::HangsAtClose => "the client does not notice that its server has closed, and waits on",
        Cause::NeverConnects => "the client ends, or waits for something else, before it has connected",
        Cause::EndIsAnswer => {
            "the client takes the end of the connection for an empty answer: a read that brings nothing says that the server has closed"
        }
        Cause::Believes => {
            "the client takes a value for right without looking: it could verify the value (the sum, the answer) by the convo"
        }
        Cause::NotBusy => "the client takes the busy message for an ordinary one",
        Cause::HearsAnybody => "the client takes a datagram for its server's whatever address it comes from",
        Cause::WaitsForEver => "the client waits for ever for a datagram that was lost",
        Cause::ReadsOnce => "the client reads once where several messages answer it",
        Cause::ShowsOther => "the client shows something else than what its server said",
        Cause::OmitsText => "the client does not show its person a text that the convo has it show",
        Cause::SaysTooLate => {
            "the client says nothing where it is its turn: it asks or waits for something else before"
        }
        Cause::SaysOther => "the client says another value than the one that was typed",
        Cause::Unknown => "nothing is known about the cause",
    }
}
