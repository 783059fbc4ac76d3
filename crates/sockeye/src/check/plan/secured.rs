//! Cases about the exchange of keys and about encrypted blocks: cut, left in the middle, garbage instead.

use std::sync::Arc;

use convo::Role;
use convo::cases::Cutting;

use super::super::case::{Act, Expected, Family, Life, Severity, Trick, Way};
use super::super::talk::{Break, Keying, Manner};
use super::Planning;
use super::clients::{ENDLESS_BYTES, Service, garbage};

/// The shortest block, bytes: that of a key of 1024 bits.
const BLOCK_BYTES_MIN: usize = 128;
/// The longest block, bytes: that of a key of 4096 bits.
const BLOCK_BYTES_MAX: usize = 512;
/// Points at which our key is cut: in its first line, and in what is between that and its last.
const KEY_CUTS: [usize; 3] = [1, 40, 300];
/// So many bytes of our key come one by one.
const KEY_BYTES: usize = 64;

/// How long a write is, as far as that is known before the keys are: a block has the length of its receiver's key. And
/// that in words.
pub(super) fn length(bytes: &[u8], cutting: Cutting) -> (usize, String) {
    match cutting {
        Cutting::Secured => (BLOCK_BYTES_MIN, "its block".to_owned()),
        _ => (bytes.len(), bytes.len().to_string()),
    }
}

/// What is no message: for a block as long as the longest, so that it is not waited for.
pub(super) fn no_message(cutting: Cutting) -> Vec<u8> {
    match cutting {
        Cutting::Secured => vec![b'x'; BLOCK_BYTES_MAX],
        _ => garbage(),
    }
}

/// How our key is cut, each with its name and in words.
fn cuts() -> impl Iterator<Item = (String, &'static str, String, Manner)> {
    let manner = |cuts| Manner { key: Some(Keying::Cut(cuts)), ..Manner::default() };
    let at = move |point| {
        let about = format!("our key comes in two segments, cut after byte {point}");
        (format!("key-cut-at-{point}"), "cut", about, manner(vec![point]))
    };
    let bytes = (1..KEY_BYTES).collect();
    let bytewise =
        ("key-byte-by-byte".to_owned(), "bytes", "our key comes byte by byte".to_owned(), manner(bytes));
    KEY_CUTS.into_iter().map(at).chain([bytewise])
}

pub(super) fn plan(planning: &mut Planning<'_>, plain: &Arc<Way>) {
    if !planning.convo.program(Role::Server).secures() {
        return;
    }
    for (name, kind, about, manner) in cuts() {
        planning.talk((Family::Framing, &name, kind), about, Severity::Must, plain, manner);
    }
    for (name, about, life) in [
        ("close-in-key", "a client closes in the middle of its key", Life::CloseInKey),
        ("reset-in-key", "a client resets in the middle of its key", Life::ResetInKey),
    ] {
        planning.add(Family::Life, name, name, about.to_owned(), Severity::Must, Act::Life(life));
    }
    let mut strange = |name: &str, about: &str, manner| {
        let act =
            Act::Strange { way: Arc::clone(plain), manner: Box::new(manner), answers: Expected::Anything };
        planning.add(Family::Values, name, "strange", about.to_owned(), Severity::Must, act);
    };
    let manner = Manner { key: Some(Keying::BreakOff(Break::Raw(garbage()))), ..Manner::default() };
    strange("key-garbage", "bytes that are no key at all come instead of one", manner);
    let mut said = plain.rehearsal.client_said();
    let Some(first) = said.position(|said| said.cutting == Cutting::Secured) else { return };
    let instead = |bytes: usize| {
        let break_off = Some((first, Break::Raw(vec![b'x'; bytes])));
        Manner { break_off, ..Manner::default() }
    };
    strange(
        "block-garbage",
        "bytes that nobody can decrypt come where a block is due",
        instead(BLOCK_BYTES_MAX),
    );
    strange(
        "block-endless",
        "far more comes where a block is due, and no block is in it",
        instead(ENDLESS_BYTES),
    );
}

pub(super) fn plan_clients(planning: &mut Planning<'_>, base: &Arc<Way>) {
    if !planning.convo.program(Role::Server).secures() {
        return;
    }
    for (name, kind, about, manner) in cuts() {
        planning.serve(Service { name, manner, ..Service::new(kind, about, base) });
    }
    let first = base.rehearsal.said.iter().find(|said| said.cutting == Cutting::Secured);
    if first.is_some_and(|said| said.from == Role::Server) {
        let manner = Manner { key: Some(Keying::Glued), ..Manner::default() };
        let service = Service::new("glued", "our key and the first block come in one segment", base);
        planning.serve(Service { name: "key-glued".to_owned(), manner, ..service });
    }
    for (name, about, how) in [
        ("close-in-key", "we close in the middle of our key", Break::Close),
        ("close-before-key", "we close instead of saying our key", Break::Nothing),
        ("reset-in-key", "we reset in the middle of our key", Break::Reset),
        ("key-garbage", "we say what is no key at all, and close", Break::Raw(garbage())),
        ("key-endless", "we say much that is no key, and close", Break::Raw(vec![b'A'; ENDLESS_BYTES])),
    ] {
        let manner = Manner { key: Some(Keying::BreakOff(how)), ..Manner::default() };
        let service = Service::new("leaves", about, base);
        planning.serve(Service { name: name.to_owned(), manner, trick: Trick::Leaves, ..service });
    }
}
