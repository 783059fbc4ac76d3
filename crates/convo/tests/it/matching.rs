//! What fits a message: types, escapes, sizes, what is verified and what is read past.

use convo::Role::{Client, Server};
use convo::ViolationKind;

use crate::convos::read;
use crate::play::play;

/// What a server makes of a message, told by `S>`; `no` if it fits nothing.
fn fits(head: &str, row: &str, show: &str, cases: &[(&str, &str)]) {
    let convo =
        read(&format!("{head}loop:\n    on C: {row}\n        S> {show}\n    otherwise:\n        S> no\n"));
    let text: String = cases.iter().map(|(said, shown)| format!("C: \"{said}\"\nS> \"{shown}\"\n")).collect();
    play(&convo, Server, &text);
}

#[test]
fn text_takes_the_shortest_run_that_lets_the_rest_fit() {
    let cases =
        [("a-b-c", "a|b-c"), ("-", "|"), ("--", "|-"), ("ab", "no"), ("\\xff-", "no"), ("é-\\xff", "no")];
    fits("", "{a}-{b}", "{a}|{b}", &cases);
    let cases =
        [("x, y!", "x|y"), ("x, y, z!", "x|y, z"), ("x, y", "no"), (", !", "|"), ("a!, b!c!", "a!|b!c")];
    fits("", "{a}, {b}!", "{a}|{b}", &cases);
    fits("", "{a}aab", "{a}", &[("aab", ""), ("aaab", "a"), ("aabaab", "aab"), ("aabaa", "no")]);
}

#[test]
fn a_word_is_the_longest_run_without_white_space() {
    let cases = [
        ("hi there", "hi|there"),
        ("hi  there", "hi| there"),
        (" there", "no"),
        ("hi ", "hi|"),
        ("hi", "no"),
        ("a\\tb c", "no"),
    ];
    fits("", "{w: word} {t}", "{w}|{t}", &cases);
    fits(
        "",
        "{w: word}.",
        "{w}",
        &[("a.", "a"), ("a..", "a."), (".", "no"), ("a. .", "no"), ("ñ.", "ñ"), ("\\xff.", "no")],
    );
}

#[test]
fn an_int_is_a_sign_and_digits_and_white_space_around() {
    let cases = [
        ("5", "5"),
        ("+5", "5"),
        ("-007", "-7"),
        (" 5\\t", "5"),
        ("", "no"),
        ("5 5", "no"),
        ("٣", "no"),
        ("1_000", "no"),
        ("0x5", "no"),
        ("5.", "no"),
        ("-", "no"),
        ("--5", "no"),
    ];
    fits("", "{n: int}", "{n}", &cases);
    let cases = [
        ("1+2", "1|2"),
        ("1++2", "1|2"),
        ("1 + 2", "1|2"),
        ("1+-2", "1|-2"),
        ("1+", "no"),
        ("-1 +2", "-1|2"),
    ];
    fits("", "{a: int}+{b: int}", "{a}|{b}", &cases);
    fits("", "{a: int}0", "{a}", &[("50", "5"), ("500", "50"), ("0", "no"), ("5", "no"), ("5 0", "5")]);
}

#[test]
fn bytes_take_anything() {
    let convo = read("loop:\n    on C: {b: bytes}!\n        S> {len(b)}\n");
    play(&convo, Server, "C: \\xff\\0!\nS> 2\nC: !!\nS> 1");
}

#[test]
fn sized_holes_count_bytes_and_know_no_ends() {
    let convo = read(
        "loop:\n    on C: {n: int} {t: text n}.\n        S> <{t}>\n    on C: {n: int}b{b: bytes 2}\n        S> {size(b)}\n",
    );
    play(
        &convo,
        Server,
        "C: 2 ab.\nS> <ab>\nC: 2 ñ.\nS> <ñ>\nC: 0 .\nS> <>\nC writes 3 a\\nb.\\r\\n\nS> <a\\nb>\nC writes 4b\\n\\xff\\n\nS> 2",
    );
    let broken = play(
        &convo,
        Server,
        "C: 1 ñ.\nS breaks: test.convo:2: expected `C: {n: int} {t: text n}.` or `C: {n: int}b{b: bytes 2}`, got \"1 ñ.\"",
    );
    assert_eq!(broken.broke(), Some(ViolationKind::Unexpected));
}

#[test]
fn sized_holes_beyond_the_limit_and_below_nothing_are_refused() {
    let convo = read("C: {n: int} {t: text n}\n");
    assert_eq!(play(&convo, Server, "C writes \"65537 x\"\nS breaks: test.convo:1: expected `C: {n: int} {t: text n}`, a message longer than 65536 bytes came").broke(), Some(ViolationKind::TooLong));
    play(&convo, Server, "C: -1 a\nS breaks: test.convo:1: expected `C: {n: int} {t: text n}`, got \"-1 a\"");
    play(
        &convo,
        Server,
        "C: 99999999999999999999999 a\nS breaks: test.convo:1: expected `C: {n: int} {t: text n}`, a message longer than 65536 bytes came",
    );
}

#[test]
fn fixed_integers_have_a_width_a_sign_and_an_end() {
    let convo = read(
        "framing exact\nC: {a: u8}{b: i8}{c: u16le}{d: i16}{e: u32}{f: i64le}{g: u64}\nS> {a} {b} {c} {d} {e} {f} {g}\n",
    );
    let wire = "\\xff\\xff\\x02\\x01\\xff\\xfe\\0\\0\\x01\\0\\xfe\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff";
    play(
        &convo,
        Server,
        &format!("framing exact\nC: {wire}\nS> 255 -1 258 -2 256 -2 18446744073709551615\nS closes"),
    );
    let back = read(
        "framing exact\ngiven C a: int = -2\ngiven C b: int = 18446744073709551615\nC: {a: i32le}{b: u64}{a: i8}\n",
    );
    play(
        &back,
        Client,
        "framing exact\nC: \\xfe\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\nS closes\nC closes",
    );
}

#[test]
fn a_known_value_is_verified_whatever_its_spelling() {
    let convo = read("C: {n: int} {w: word}\nS: {n} {w} {n + 1}\n");
    let ask = "C< 5 x\nC: 5 x\n";
    for good in ["5 x 6", "+5 x 006", "05 x 6", "\" 5 x  6 \""] {
        play(&convo, Client, &format!("{ask}S: {good}\nS closes\nC closes"));
    }
    let differs = |said: &str, why: &str| {
        let broken = play(&convo, Client, &format!("{ask}S: {said}\nC breaks: test.convo:2: {why}"));
        assert_eq!(broken.broke(), Some(ViolationKind::Differs), "{said}");
    };
    differs("5 x 7", "n + 1 is 6 here, the server says 7");
    differs("-5 x 6", "n is 5 here, the server says -5");
    differs("5 xy 6", "w is \"x\" here, the server says \"xy\"");
    let none = play(
        &convo,
        Client,
        &format!("{ask}S: 5 x\nC breaks: test.convo:2: expected `S: {{n}} {{w}} {{n + 1}}`, got \"5 x\""),
    );
    assert_eq!(none.broke(), Some(ViolationKind::Unexpected));
}

#[test]
fn a_value_that_its_own_message_brings_is_checked() {
    let convo = read("framing line\nC: {n: int} {t} {n + n} {t}!\nS> {t}\n");
    play(&convo, Server, "C: 2 a b 4 a b!\nS> a b\nS closes");
    play(&convo, Server, "C: 2 a 5 a!\nS breaks: test.convo:2: n + n is 4 here, the client says 5");
}

#[test]
fn what_cannot_be_computed_is_read_past_if_its_type_fits() {
    let convo = read("keep notes\nC: go\nS: {len(notes)} {now}\n");
    play(&convo, Client, "C: go\nS: 17 yesterday\nS closes\nC closes");
    play(
        &convo,
        Client,
        "C: go\nS: many yesterday\nC breaks: test.convo:3: expected `S: {len(notes)} {now}`, got \"many yesterday\"",
    );
}

#[test]
fn escapes_quotes_and_braces_are_bytes() {
    let convo = read(concat!(
        "framing length u16\nC: \\x00\\x7f\\xff\\n\\r\\t\\0\\\\\\\"{{x}}\\u{e9}\\u{1F41F}\n",
        "S: \" edges \\\" \"\nC: it's \"so\"\nS:\n"
    ));
    let text = "C: \\x00\\x7f\\xff\\n\\r\\t\\0\\\\\\\"{x}\\u{e9}\\u{1f41f}\nS: \" edges \\\" \"\nC: it's \"so\"\nS:\nS closes";
    play(&convo, Server, &format!("framing length u16\n{text}"));
    play(&convo, Client, &format!("framing length u16\n{text}\nC closes"));
}

#[test]
fn ignore_case_is_for_letters_written_in_messages_only() {
    let convo = read("ignore case\nC: User {name: word} É\nS: Hello {name}\n");
    play(&convo, Server, "C: uSER Ann É\nS: Hello Ann\nS closes");
    play(
        &convo,
        Server,
        "C: user Ann é\nS breaks: test.convo:2: expected `C: User {name: word} É`, got \"user Ann é\"",
    );
    let client = "C< user Ann É\nC: user Ann É\n";
    play(&convo, Client, &format!("{client}S: HELLO Ann\nS closes\nC closes"));
    play(
        &convo,
        Client,
        &format!(
            "{client}S: hello ANN\nC breaks: test.convo:3: name is \"Ann\" here, the server says \"ANN\""
        ),
    );
}

#[test]
fn json_is_matched_by_structure() {
    let convo = read(
        "framing json\nloop:\n    on C: {\"a\": [1, \"x\", null, true], \"b\"?: b}\n        S: {\"b\": b}\n    on C: [text, {\"n\": -5}]\n        S: [text]\n",
    );
    let text = "C: {\"b\": \"\\\\ud83d\\\\udc1f\", \"c\": {}, \"a\": [1,\"x\",null,true]}
        S: {\"b\": \"\\\\ud83d\\\\udc1f\"}
        C: [\"q\\\\\"\\\\\\\\\\\\n\\\\u007f\", {\"n\": -5, \"m\": 1}]
        S: [\"q\\\\\"\\\\\\\\\\\\n\\\\u007f\"]";
    play(&convo, Server, &format!("framing json\n{text}"));
    for wrong in [
        "{\"a\": [1, \"x\", null], \"b\": \"\"}",
        "{\"a\": [1, \"x\", null, 1], \"b\": \"\"}",
        "[\"\", {\"n\": -5.0}]",
        "[1, {\"n\": -5}]",
        "{}",
        "[]",
        "{\"a\": nul}",
    ] {
        let side = play(
            &convo,
            Server,
            &format!(
                "framing json\nC: {wrong}\nS breaks: test.convo:3: expected `C: {{\"a\": [1, \"x\", null, true], \"b\"?: b}}` or `C: [text, {{\"n\": -5}}]`, got \"{}\"",
                wrong.replace('"', "\\\\\"")
            ),
        );
        assert_eq!(side.broke(), Some(ViolationKind::Unexpected), "{wrong}");
    }
}
