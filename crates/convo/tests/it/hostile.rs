//! Texts that a peer, or the author of a convo, chose to keep us busy: all are handled in linear time.
//!
//! The bound is generous, for debug builds on busy machines; what is quadratic in 64 KiB takes minutes.

use std::time::{Duration, Instant};

use convo::Role::{Client, Server};
use convo::{Convo, Input, Severity};

use crate::convos::read;
use crate::kept::Kept;
use crate::side::{Side, Terms};

const TIME_MAX: Duration = Duration::from_secs(30);
const LONG: usize = 64 * 1024 - 1;

#[expect(clippy::disallowed_methods, reason = "the time that a test takes is what it measures")]
fn soon(what: &str, act: impl FnOnce()) {
    let start = Instant::now();
    act();
    let taken = start.elapsed();
    assert!(taken < TIME_MAX, "{what} takes {taken:?}");
}

/// Lets a server hear these reads.
fn hear<'r>(convo: &Convo, reads: impl IntoIterator<Item = &'r [u8]>) -> Side {
    let mut side = Side::new(convo, Server, &Terms::default(), &[]);
    let mut kept = Kept::default();
    side.run(&mut kept);
    for read in reads {
        side.hear(Input::Bytes(read));
        side.run(&mut kept);
    }
    side
}

#[test]
fn no_message_makes_matching_slow() {
    let cases = [
        ("{a}-{b}-{c}-{d}!", "-"),
        ("{a}aab{b}aab{c}aab{d}!", "aa"),
        ("{a}aab{b}aab{c}aab{d}!", "aaab"),
        ("{a: word} {b: word} {c}.", "a "),
        ("{a: word}a{b: word}a{c: word}!", "a"),
        ("{a} {b: int} {c} {d: int}!", " 1"),
        ("{a: int},{b: int},{c: int}!", "1,"),
        ("{a}, {b}, {c}, {d}, {e}, {f}!", ", "),
        ("{a}é{b}é{c}!", "é"),
    ];
    for ignore in ["", "ignore case\n"] {
        for (row, piece) in cases {
            let convo = read(&format!(
                "{ignore}loop:\n    on C: {row}\n        S: ok\n    otherwise:\n        S: no\n"
            ));
            let message = format!("{}\n", piece.repeat(LONG / piece.len()));
            soon(row, || {
                let heard = hear(&convo, [message.as_bytes()]);
                assert_eq!(heard.heard.len(), 1, "{row}");
            });
        }
    }
}

#[test]
fn no_known_value_makes_matching_slow() {
    let convo = read(
        "given C known = ask \"\"\ngiven S a = \"\"\ngiven S b = \"\"\nC: {known}\nS: <{a}|{known}|{b}>!\n",
    );
    let known = format!("{}b", "a|".repeat(2000));
    let mut client = Side::new(&convo, Client, &Terms::default(), &[known]);
    client.run(&mut Kept::default());
    let answer = format!("<{}\n", "a|".repeat(LONG / 2 - 1));
    soon("a known value", || {
        client.hear(Input::Bytes(answer.as_bytes()));
        client.run(&mut Kept::default());
    });
    assert!(client.over);
}

#[test]
fn bytes_one_by_one_cost_no_more_than_they_should() {
    let sized = read("loop:\n    on C: {n: int} {t: text n}\n    on C: {rest}!\n");
    let counted = read("framing counted\nloop:\n    on C: {t}\n");
    let json = read("framing json\nloop:\n    on C: {\"a\": a}\n");
    let line = read("loop:\n    on C: {a}-{b}\n");
    let texts = [
        (&line, "", format!("{}\n", "-".repeat(20_000))),
        (&sized, "", format!("20000 {}\n", "x".repeat(20_000))),
        (&counted, "20000", "é".repeat(20_000)),
        (&json, "", format!("{{\"a\": \"{}\"}}", "\\\"".repeat(10_000))),
    ];
    for (convo, head, text) in &texts {
        let reads = std::iter::once(head.as_bytes()).chain(text.as_bytes().chunks(1));
        soon(&text[..8], || assert_eq!(hear(convo, reads).heard.len(), 1));
    }
}

#[test]
fn a_chunk_that_grows_byte_by_byte_is_not_tried_each_time() {
    let convo = read("framing chunk\nC: {a}-{b}-{c}!\n");
    let text = "-".repeat(32 * 1024);
    soon("a growing chunk", || drop(hear(&convo, text.as_bytes().chunks(16))));
}

#[test]
fn no_json_makes_reading_slow() {
    let convo = read(
        "framing json\nloop:\n    on C: {\"a\": a, \"b\": [b]}\n    otherwise:\n        S: {\"no\": 1}\n",
    );
    let keys: String = (0..4000).map(|key| format!("\"k{key}\":{key},")).collect();
    let nested = format!("{}{}", "[".repeat(63), "]".repeat(63));
    let texts = [
        format!("{{{keys}\"a\":1}}"),
        format!("{{\"a\":{}}}", "1".repeat(LONG - 10)),
        format!("[{}0]", "0,".repeat(LONG / 2 - 10)),
        format!("[{}0]", format!("{nested},").repeat(LONG / 140)),
        format!("{{\"a\":\"{}\"}}", "\\u0041".repeat(LONG / 6 - 10)),
        format!("{{\"a\":\"{}\"}}", "é".repeat(LONG / 2 - 10)),
    ];
    for text in texts {
        soon(&text[..8], || assert_eq!(hear(&convo, [text.as_bytes()]).heard.len(), 1));
    }
    let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));
    assert!(hear(&convo, [deep.as_bytes()]).over, "deeper than 64 fits nothing");
}

#[test]
fn numbers_of_many_digits_are_read_in_time() {
    let convo = read("loop:\n    on C: {a: int} {b: int}\n        S: {a * b % 1000007}\n");
    let digits = "9".repeat(2150);
    let text = format!("{digits} {digits}\n").repeat(50);
    soon("long numbers", || assert_eq!(hear(&convo, [text.as_bytes()]).heard.len(), 50));
}

#[test]
fn a_convo_that_is_too_much_to_compare_is_refused() {
    let rows: String = (0..250)
        .map(|row| format!("    on C: {{a}} x{row} {{b}} y {{c}} z {{d}}\n        S: ok\n"))
        .collect();
    let ifs: String = (0..300).map(|n| format!("if n == {n}:\n    S: {{n}} a{n} {{n}}\n")).collect();
    let long = "abcdefghi".repeat(50);
    let literals: String =
        (0..60).map(|row| format!("    on C: {{a}}{long}{{b}}{long}{{c}} {row}\n        S: ok\n")).collect();
    let convos = [
        format!("loop:\n{rows}"),
        format!("loop:\n{literals}"),
        format!("given S n: int = 1\nC: go\n{ifs}S: end\n"),
    ];
    for text in convos {
        soon(&text[..30], || {
            let reading = Convo::read("test.convo", &text);
            let first = reading.findings.first().expect("a finding");
            let told = &first.message;
            assert_eq!(first.severity, Severity::Error, "{told}");
            assert!(told.contains("too many"), "{told}");
        });
    }
}
