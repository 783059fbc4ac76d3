//! The ways through a convo: found by answering each question with each candidate, and rehearsing.

use std::collections::{BTreeSet, VecDeque};

use crate::program::{At, Op};
use crate::session::Link;
use crate::{Convo, Role};

use super::candidates::{Asked, Constants, INT, TEXT, What};
use super::house::Around;
use super::rehearse::{Answers, Rehearsal, rehearse_around};

/// Rehearsals of one search, at most.
const REHEARSALS_MAX: usize = 1_500;
/// Answers of one way, at most.
const ANSWERS_MAX: usize = 16;
/// Turns of a loop in the way that goes round many times.
const MANY: usize = 5;
/// Characters of a way's name.
const NAME_CHARS_MAX: usize = 48;

/// One way through a convo.
#[derive(Debug, Clone)]
pub struct Walk {
    /// Its name, from what is answered: `number=0`, `POST,GET`, `leave`.
    pub name: String,
    /// What happens on it, one sentence without a full stop.
    pub about: String,
    /// What the persons answer; then they leave, if they are asked on.
    pub answers: Answers,
    /// What correct programs say on it.
    pub rehearsal: Rehearsal,
}

/// A line of the convo that no way reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untried {
    /// Who says it.
    pub role: Role,
    /// The line, from 1.
    pub line: usize,
}

/// What [`walks`] found.
#[derive(Debug, Clone)]
pub struct Walks {
    /// The ways, shortest first.
    pub walks: Vec<Walk>,
    /// What is said on none of them: no value was found for it, or one program alone decides.
    pub untried: Vec<Untried>,
}

/// The ways through a convo: every branch and alternative, the values at both sides of each border, each loop never,
/// once, twice and many times. The same seed gives the same ways.
pub fn walks(convo: &Convo, link: Link, seed: u64) -> Walks {
    walks_around(convo, link, Around::Nobody, seed)
}

/// As [`walks`], with this around the server.
pub fn walks_around(convo: &Convo, link: Link, around: Around, seed: u64) -> Walks {
    let mut search = Search {
        convo,
        link,
        around,
        seed,
        constants: Constants::of(convo),
        reached: [BTreeSet::new(), BTreeSet::new()],
        tried: BTreeSet::new(),
        rounds: BTreeSet::new(),
        walks: Vec::new(),
    };
    search.run();
    let mut walks = search.walks;
    name_apart(&mut walks);
    let untried = untried(convo, &walks);
    Walks { walks, untried }
}

/// Answers on the way, and where each was given.
#[derive(Debug, Clone, Default)]
struct Node {
    answers: Answers,
    given: Vec<Given>,
}

#[derive(Debug, Clone)]
struct Given {
    role: Role,
    name: Option<String>,
    value: String,
    at: At,
}

impl Given {
    /// The same answer with another ordinary value in it: two turns that look alike hide what is mixed up.
    fn varied(&self, number: usize) -> Self {
        let value = match self.value.as_str() {
            INT => (25 + number).to_string(),
            // What a longer one left behind is seen in a shorter one.
            value if number % 2 == 1 => value.replace(TEXT, &format!("hi {number}")),
            value => value.replace(TEXT, &format!("{TEXT} {number}")),
        };
        Self { value, ..self.clone() }
    }
}

struct Search<'a> {
    convo: &'a Convo,
    link: Link,
    around: Around,
    seed: u64,
    constants: Constants,
    reached: [BTreeSet<(At, At)>; 2],
    /// What was answered where.
    tried: BTreeSet<(char, At, String)>,
    /// The questions from which a loop was gone round many times.
    rounds: BTreeSet<(char, At)>,
    walks: Vec<Walk>,
}

impl Search<'_> {
    fn run(&mut self) {
        let mut open = VecDeque::from([Node::default()]);
        let mut rehearsals = 0;
        while let Some(node) = open.pop_front() {
            if rehearsals == REHEARSALS_MAX {
                break;
            }
            rehearsals += 1;
            let rehearsal = rehearse_around(self.convo, self.link, self.around, &node.answers, self.seed);
            if rehearsal.refused.is_some() {
                continue;
            }
            let next = rehearsal.open.clone();
            if !self.is_new(&node, &rehearsal) {
                continue;
            }
            let whole = rehearsal.is_sound() && (!rehearsal.said.is_empty() || next.is_none());
            if whole {
                self.keep(&node, rehearsal);
            }
            if let Some(asked) = next.filter(|_| node.given.len() < ANSWERS_MAX) {
                if whole {
                    open.extend(self.round(&node, &asked));
                }
                open.extend(self.onwards(&node, &asked));
            }
        }
    }

    /// Whether this way reaches what none before it did.
    fn is_new(&mut self, node: &Node, rehearsal: &Rehearsal) -> bool {
        let mut new = node.given.is_empty();
        for (reached, ways) in self.reached.iter_mut().zip(&rehearsal.ways) {
            let before = reached.len();
            reached.extend(ways);
            new |= reached.len() > before;
        }
        for given in &node.given {
            new |= self.tried.insert((given.role.letter(), given.at, given.value.clone()));
        }
        new
    }

    fn keep(&mut self, node: &Node, rehearsal: Rehearsal) {
        let name = name(&node.given, self.convo);
        let lines: BTreeSet<usize> = rehearsal.server_said().map(|said| said.line).collect();
        let lines: Vec<String> = lines.iter().map(usize::to_string).collect();
        let who = describe(&node.given);
        let about = match (lines.len(), rehearsal.stops) {
            (0, false) => format!("{who}; the server says nothing"),
            (0, true) => format!("{who}; the server stops without a word"),
            (1, stops) => format!("{who}; the server says line {}{}", lines[0], stopping(stops)),
            (_, stops) => format!("{who}; the server says lines {}{}", lines.join(", "), stopping(stops)),
        };
        self.walks.push(Walk { name, about, answers: node.answers.clone(), rehearsal });
    }

    /// The loop in which the question stands, gone round many times.
    fn round(&mut self, node: &Node, asked: &Asked) -> Option<Node> {
        let at = place(asked, self.convo)?;
        let first = node.given.iter().position(|given| given.role == asked.role && given.at == at)?;
        if !self.rounds.insert((asked.role.letter(), at)) {
            return None;
        }
        let turn = node.given[first..].to_vec();
        let mut many = node.clone();
        for number in 2..=MANY {
            turn.iter().for_each(|given| many.push(given.varied(number)));
        }
        // It is new, whatever it reaches.
        self.tried.remove(&(turn[0].role.letter(), turn[0].at, turn[0].value.clone()));
        Some(many)
    }

    fn onwards(&self, node: &Node, asked: &Asked) -> Vec<Node> {
        let Some(at) = place(asked, self.convo) else { return Vec::new() };
        let candidates = self.constants.candidates(asked, self.convo);
        candidates
            .into_iter()
            .map(|value| {
                let mut next = node.clone();
                next.push(Given { role: asked.role, name: asked.name().map(str::to_owned), value, at });
                next
            })
            .collect()
    }
}

impl Node {
    fn push(&mut self, given: Given) {
        let answers = match given.role {
            Role::Client => &mut self.answers.client,
            Role::Server => &mut self.answers.server,
        };
        answers.push(given.value.clone());
        self.given.push(given);
    }
}

fn stopping(stops: bool) -> &'static str {
    if stops { " and stops" } else { "" }
}

/// The step of a question.
fn place(asked: &Asked, convo: &Convo) -> Option<At> {
    match &asked.what {
        What::Line(at) => Some(*at),
        What::Value { slot, .. } => convo
            .program(asked.role)
            .steps
            .iter()
            .position(|op| matches!(op, Op::Given(given) if given.slot == *slot)),
    }
}

/// A way's name: what is answered, shortened.
fn name(given: &[Given], convo: &Convo) -> String {
    let both = convo.program(Role::Client).asks() && convo.program(Role::Server).asks();
    let mut name = String::new();
    for given in given {
        if !name.is_empty() {
            name.push(',');
        }
        if both {
            name.push(given.role.letter());
            name.push(':');
        }
        if let Some(of) = &given.name {
            name.push_str(of);
            name.push('=');
        }
        name.push_str(&plain(&given.value));
    }
    if name.is_empty() {
        return "plain".to_owned();
    }
    if name.chars().count() > NAME_CHARS_MAX {
        let cut: String = name.chars().take(NAME_CHARS_MAX).collect();
        return format!("{cut}…+{}", given.len());
    }
    name
}

/// A value as it stands in a name: no blanks, no slashes, no stars.
fn plain(value: &str) -> String {
    if value.is_empty() {
        return "empty".to_owned();
    }
    value.chars().map(|c| if c.is_alphanumeric() || "+-._<>!$:@".contains(c) { c } else { '-' }).collect()
}

fn describe(given: &[Given]) -> String {
    if given.is_empty() {
        return "nothing is asked".to_owned();
    }
    let shown: Vec<String> = given
        .iter()
        .take(3)
        .map(|given| match &given.name {
            Some(name) => format!("{name} is {:?}", given.value),
            None => format!("the {} says {:?}", given.role.name(), given.value),
        })
        .collect();
    let more = if given.len() > 3 { format!(" and {} more", given.len() - 3) } else { String::new() };
    shown.join(", ") + &more
}

/// Two ways of one name are numbered.
fn name_apart(walks: &mut [Walk]) {
    let mut seen = BTreeSet::new();
    for walk in walks {
        let base = walk.name.clone();
        let mut number = 2;
        while !seen.insert(walk.name.clone()) {
            walk.name = format!("{base}~{number}");
            number += 1;
        }
    }
}

fn untried(convo: &Convo, walks: &[Walk]) -> Vec<Untried> {
    let said: BTreeSet<(char, usize)> = walks
        .iter()
        .flat_map(|walk| &walk.rehearsal.said)
        .map(|said| (said.from.letter(), said.line))
        .collect();
    let mut untried = Vec::new();
    for role in [Role::Client, Role::Server] {
        for op in &convo.program(role).steps {
            let Op::Send(send) = op else { continue };
            let new = Untried { role, line: send.line };
            if !said.contains(&(role.letter(), send.line)) && !untried.contains(&new) {
                untried.push(new);
            }
        }
    }
    untried
}
