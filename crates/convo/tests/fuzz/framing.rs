//! Any bytes under any framing that promises it: however they are cut, they mean the same.

use bolero::TypeGenerator;
use convo::{Convo, Input, Role, ViolationKind};

use crate::convos::read;
use crate::kept::Kept;
use crate::side::{Side, Terms};

/// Bytes that framings look at, and others.
#[derive(Debug, Clone, TypeGenerator)]
enum Piece {
    Byte(u8),
    Special(u8),
    Text(String),
    Json(u8),
}

const SPECIAL: &[u8] = b"\n\r\0\x01\x02{}[]\":,\\ 0123456789+-tn";
const JSON: [&str; 6] =
    ["{\"m\": \"a\"}", "[1, {\"m\": null}]", "{\"m\": \"\\\"}\"} ", "\\u00e9", "{\"m\":\n\"x\"", "\"}"];

#[test]
fn fuzz_cuts_do_not_change_what_bytes_mean() {
    let rows = [
        ("line", "on C: {m: bytes}"),
        ("line", "on C: {n: int} {m: text n}\n    on C: {m}"),
        ("line crlf", "on C: {w: word} {m}"),
        ("exact", "on C: {n: u8}{m: bytes n}"),
        ("exact", "on C: ab{n: u8}\n    on C: {m: bytes 2}c"),
        ("json", "on C: {\"m\": m}\n    on C: [1, {\"m\": null}]"),
        ("json line", "on C: {\"m\": m}"),
        ("length u16", "on C: {m}"),
        ("length u32", "on C: {m: bytes}"),
    ];
    let convos = rows.map(|(framing, row)| read(&format!("framing {framing}\nloop:\n    {row}\n")));
    bolero::check!().with_type::<(u8, Vec<Piece>, Vec<u8>)>().for_each(|(index, pieces, cuts)| {
        let convo = &convos[usize::from(*index) % convos.len()];
        let bytes: Vec<u8> = pieces.iter().flat_map(bytes).collect();
        let mut rest = &bytes[..];
        let mut reads = Vec::new();
        for cut in cuts {
            let (read, after) = rest.split_at(usize::from(*cut % 16).min(rest.len()));
            reads.push(read);
            rest = after;
        }
        reads.push(rest);
        assert_eq!(hear(convo, &reads), hear(convo, &[&bytes]));
    });
}

fn bytes(piece: &Piece) -> Vec<u8> {
    match piece {
        Piece::Byte(byte) => vec![*byte],
        Piece::Special(index) => vec![SPECIAL[usize::from(*index) % SPECIAL.len()]],
        Piece::Text(text) => text.clone().into_bytes(),
        Piece::Json(index) => JSON[usize::from(*index) % JSON.len()].as_bytes().to_vec(),
    }
}

fn hear(convo: &Convo, reads: &[&[u8]]) -> (Vec<Vec<u8>>, Option<ViolationKind>) {
    let terms = Terms { message_bytes_max: 64, ..Terms::default() };
    let mut side = Side::new(convo, Role::Server, &terms, &[]);
    let mut kept = Kept::default();
    for read in reads.iter().filter(|read| !read.is_empty()) {
        side.hear(Input::Bytes(read));
        side.run(&mut kept);
    }
    side.hear(Input::End);
    side.run(&mut kept);
    let broke = side.broke();
    (side.heard, broke)
}
