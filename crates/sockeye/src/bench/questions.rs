//! Questions that can be asked ahead of their answers: what `--depth` needs, what tells lost datagrams from late ones, and
//! what saves a session its work where the answers are known as well.
//!
//! ```text
//! values ──▶ client ⇄ server, in memory, twice ──▶ question bytes [, answer bytes]  a value each
//! ```
//!
//! A client that has several requests on the way writes questions before it has read the answers to earlier ones. That
//! is sound only where no question hangs on an answer: the convo is one loop of one question and one answer, and the
//! same value gives the same question wherever it comes. Both are found out before anything is sent.

use std::sync::Arc;
use std::time::Duration;

use convo::cases::{Answers, Cutting, Said, rehearse};
use convo::{Convo, Input, Link, Now, Output, Role, Session, Setup};

use super::plan::unix;
use super::values::Values;

/// So many turns of the loop are tried at a time.
const TURNS: usize = 512;

/// One question.
#[derive(Debug)]
pub(super) struct Question {
    /// What is answered when the convo asks our person; nothing where it does not.
    pub(super) value: Option<String>,
    /// What goes over the wire.
    pub(super) bytes: Vec<u8>,
    /// What a correct server says to it, where that hangs on the question alone.
    pub(super) answer: Option<Vec<u8>>,
}

/// All questions of a run, asked in order, over and over.
#[derive(Debug)]
pub(super) struct Questions {
    all: Vec<Question>,
    are_answered: bool,
    turns_are_alike: bool,
}

impl Questions {
    /// Makes a question of each value.
    ///
    /// # Errors
    /// Why this convo's questions cannot be asked ahead: half a sentence after "the convo".
    pub(super) fn of(convo: &Convo, link: Link, values: &Values) -> Result<Self, String> {
        let values = asked(convo, link, values)?;
        let mut all = Vec::new();
        if values.is_empty() {
            all.extend(turns(convo, link, &[], 1)?.into_iter().take(1));
        }
        for some in values.chunks(TURNS) {
            let turns = turns(convo, link, some, 1)?;
            let mut backwards = some.to_vec();
            backwards.reverse();
            let mut again = self::turns(convo, link, &backwards, 2)?;
            again.reverse();
            for ((mut question, other), value) in turns.into_iter().zip(again).zip(some) {
                if question.bytes != other.bytes {
                    return Err("asks the same thing differently from turn to turn".to_owned());
                }
                if question.answer != other.answer {
                    question.answer = None;
                }
                question.value = Some(value.clone());
                all.push(question);
            }
        }
        if all.is_empty() {
            return Err("asks nothing".to_owned());
        }
        let are_answered = all.iter().all(|question| question.answer.is_some());
        Ok(Self { all, are_answered, turns_are_alike: convo.program(Role::Client).turns_are_alike() })
    }

    /// The question of this number; they begin anew after the last.
    pub(super) fn at(&self, number: usize) -> &Question {
        &self.all[number % self.all.len()]
    }

    /// Whether the answer to each is known beforehand.
    pub(super) fn are_answered(&self) -> bool {
        self.are_answered
    }

    /// Whether moreover each turn is like the first: that answer to it is right, whatever was said before.
    pub(super) fn are_known(&self) -> bool {
        self.are_answered && self.turns_are_alike
    }
}

/// What the client is asked in each turn: all the values for it, in order; none where it is asked nothing.
fn asked(convo: &Convo, link: Link, values: &Values) -> Result<Vec<String>, String> {
    let program = Arc::clone(convo.program(Role::Client));
    let now = Now { monotonic: Duration::ZERO, unix: unix() };
    let mut session = Session::new(program, Setup::of(link, now));
    let mut out = Vec::new();
    loop {
        match session.poll(&mut out) {
            Output::Ask(ask) => {
                let fits = |value: &&String| ask.until != Some(value.as_str());
                return Ok(values.of(&ask).iter().filter(fits).cloned().collect());
            }
            Output::Connect | Output::Send { .. } | Output::Show(_) | Output::Message { .. } => {}
            Output::Wait(_) if out.is_empty() => {
                return Err("does not begin with a question of its client".to_owned());
            }
            _ => {
                let _ = session.hear(now, Input::Tick);
                return Ok(Vec::new());
            }
        }
    }
}

/// Goes through the loop once for each value, in memory.
fn turns(convo: &Convo, link: Link, values: &[String], seed: u64) -> Result<Vec<Question>, String> {
    let answers = Answers { client: values.to_vec(), server: Vec::new() };
    let rehearsal = rehearse(convo, link, &answers, seed);
    if rehearsal.server_is_asked_on() {
        return Err("asks the server's person, who is not here to try it".to_owned());
    }
    let mut said = rehearsal.said.into_iter().peekable();
    let mut turns = Vec::new();
    let one_and_one = "is no loop of one question and one answer";
    while let Some(question) = said.next() {
        let Some(answer) = said.next_if(|answer| answer.from == Role::Server) else {
            if values.is_empty() && said.peek().is_none() {
                // It goes on for ever: the trial was cut off here.
                break;
            }
            return Err(one_and_one.to_owned());
        };
        if question.from != Role::Client {
            return Err(one_and_one.to_owned());
        }
        cut_soundly(link, &question, &answer)?;
        turns.push(Question { value: None, bytes: question.wire(), answer: Some(answer.wire()) });
    }
    let is_whole = if values.is_empty() { turns.len() > 1 } else { turns.len() == values.len() };
    let same = !values.is_empty() || turns.windows(2).all(|pair| pair[0].bytes == pair[1].bytes);
    if is_whole && same { Ok(turns) } else { Err(one_and_one.to_owned()) }
}

fn cut_soundly(link: Link, question: &Said, answer: &Said) -> Result<(), String> {
    for said in [question, answer] {
        match said.cutting {
            Cutting::Secured => return Err("is encrypted".to_owned()),
            Cutting::Chunk if link == Link::Stream => {
                return Err(
                    "tells messages apart by single writes, which run together on a stream".to_owned()
                );
            }
            Cutting::Chunk | Cutting::Sound | Cutting::Lines | Cutting::LinesCrlf => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
