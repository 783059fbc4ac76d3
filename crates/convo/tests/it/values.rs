//! What expressions are worth, and what is kept: by what a session says.

use convo::Role::{Client, Server};

use crate::convos::read;
use crate::kept::Kept;
use crate::play::{play, play_with};
use crate::side::{Side, Terms};

/// What a client says first.
fn first(text: &str) -> String {
    let mut side = Side::new(&read(text), Client, &Terms::default(), &[]);
    side.run(&mut Kept::default());
    assert_eq!(side.violation, None, "{text}");
    String::from_utf8(side.wire()).expect("text").trim_end_matches('\n').to_owned()
}

fn worth(expr: &str) -> String {
    first(&format!(
        "let b = \"\\xff\\0\"\nlet xs = [\"a\", \"bc\"]\nlet ns = [3, -4]\nlet name = \"Ann\"\nlet x = {expr}\nC: <{{x}}>\n"
    ))
}

#[test]
fn numbers_are_exact_and_round_down() {
    let sums = [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("2 - 3 - 4", "-5"),
        ("-7 / 2", "-4"),
        ("-7 % 2", "1"),
        ("7 / -2", "-4"),
        ("7 % -2", "-1"),
        ("- - 5", "5"),
        ("-(2 + 3)", "-5"),
        ("007", "7"),
        ("9223372036854775807 + 1", "9223372036854775808"),
        ("-9223372036854775808 - 1", "-9223372036854775809"),
        ("9223372036854775808 - 9223372036854775808", "0"),
        ("99999999999 * 99999999999", "9999999999800000000001"),
        ("10000000000000000000000 / -3", "-3333333333333333333334"),
        ("len(name) + size(name)", "6"),
        ("ns[1] * ns[2]", "-12"),
        ("len([1, 2, 3])", "3"),
        ("len(xs) + len(b)", "4"),
        ("int(\" +42\\n\")", "42"),
        ("size(\"ñ🐟\")", "6"),
        ("len(\"ñ🐟\")", "2"),
    ];
    for (expr, value) in sums {
        assert_eq!(worth(expr), format!("<{value}>"), "{expr}");
    }
}

#[test]
fn texts_are_unicode_scalar_values() {
    let texts = [
        ("reverse(\"añb🐟\")", "🐟bña"),
        ("upper(\"straße\")", "STRASSE"),
        ("lower(\"ÄB\")", "äb"),
        ("trim(\"\\t a b \\n\")", "a b"),
        ("\"a\" + \"b\" + name", "abAnn"),
        ("text(5) + \"\"", "5"),
        ("text(-5 + 3)", "-2"),
        ("xs[2]", "bc"),
        ("lines(\"a\\nb\\r\\nc\")[3]", "c"),
        ("text(\"a\")", "a"),
        ("\"\\u{48}\\x49\"", "HI"),
    ];
    for (expr, value) in texts {
        assert_eq!(worth(expr), format!("<{value}>"), "{expr}");
    }
}

#[test]
fn conditions_are_what_they_say() {
    let yes = [
        "1 < 2 and 2 <= 2",
        "not 1 > 2",
        "not (1 == 2) or 1 / 0 == 1",
        "1 == 2 or 2 >= 2",
        "5 in 1..5 and not 6 in 1..5 and not 0 in 1..5",
        "3 in ns and not 4 in ns",
        "\"bc\" in xs and not \"b\" in xs",
        "name == \"Ann\" and name != \"ann\"",
        "\" 5\" is int and not \"5.0\" is int and not \"\" is int",
        "(1 == 1) == (2 == 2)",
        "99999999999999999999 > 9",
        "text(99999999999999999999) is int",
        "text(5) in [\"5\"]",
    ];
    for condition in yes {
        let text = format!(
            "let xs = [\"a\", \"bc\"]\nlet ns = [3, -4]\nlet name = \"Ann\"\nif {condition}:\n    C: yes\nelse:\n    C: no\n"
        );
        assert_eq!(first(&text), "yes", "{condition}");
    }
}

#[test]
fn a_condition_evaluates_its_second_half_only_where_it_matters() {
    assert_eq!(first("let n = 0\nif n == 0 or 1 / n == 1:\n    C: fine\nelse:\n    C: no\n"), "fine");
    assert_eq!(first("let n = 0\nif n != 0 and 1 / n == 1:\n    C: no\nelse:\n    C: fine\n"), "fine");
}

#[test]
fn the_longest_integer_has_4300_digits() {
    let digits = "9".repeat(4300);
    let convo = read("loop:\n    on C: {n: int}\n        S: {n}\n    otherwise:\n        S: no int\n");
    play(
        &convo,
        Server,
        &format!("C: {digits}\nS: {digits}\nC: 1{digits}\nS: no int\nC: -{digits}\nS: -{digits}"),
    );
}

#[test]
fn chance_time_and_peer_are_one_roles_own() {
    let said = |seed| {
        let convo = read("given C n: int = random(-5..5)\nC: {n} {random(1..6)} {peer} {now}\n");
        let mut side = Side::new(&convo, Client, &Terms { seed, ..Terms::default() }, &[]);
        side.run(&mut Kept::default());
        String::from_utf8(side.wire()).expect("text")
    };
    assert!(said(7).ends_with(" 127.0.0.1:5000 2026-09-21T14:13:20Z\n"), "{}", said(7));
    assert_eq!(said(7), said(7), "the same seed, the same run");
    assert!((1..50).any(|seed| said(seed) != said(7)));
    let convo = read("C: go {now} {random(1..6)}\n");
    play(&convo, Server, "C: go anytime -12\nS closes");
    play(
        &convo,
        Server,
        "C: go any time 3\nS breaks: test.convo:1: expected `C: go {now} {random(1..6)}`, got \"go any time 3\"",
    );
}

#[test]
fn what_is_added_is_read_back_in_order_and_under_its_key() {
    let convo = read(concat!(
        "keep notes\nkeep store\nloop:\n    on C: add {text}\n        add text to notes\n        S: {len(notes)}\n",
        "    on C: put {key: word} {value}\n        add value to store at key\n        S: ok\n",
        "    on C: get {key: word}\n        if key in store:\n            S: = {store[key]}\n        else:\n            S: none\n",
        "    on C: all\n        for note in notes:\n            S: {note.key} {note.from} {note.at} {note.text}\n        S: .\n",
        "    on C: store\n        for item in store:\n            S: {item.key}={item.text}\n        S: .\n",
    ));
    let mut kept = Kept::default();
    let text = "C: add a\nS: 1\nC: add b\nS: 2\nC: add c\nS: 3
        C: put x 1\nS: ok\nC: put y 2\nS: ok\nC: put x 3\nS: ok
        C: get x\nS: = 3\nC: get z\nS: none
        C: store\nS: x=3\nS: y=2\nS: .
        C: all
        S: 1 127.0.0.1:5000 2026-09-21T14:13:20Z a
        S: 2 127.0.0.1:5000 2026-09-21T14:13:20Z b
        S: 3 127.0.0.1:5000 2026-09-21T14:13:20Z c
        S: .";
    play_with(&convo, Server, &Terms::default(), text, &mut kept);
    play_with(&convo, Server, &Terms::default(), "C: get x\nS: = 3\nC: add d\nS: 4", &mut kept);
}

#[test]
fn a_reading_sees_the_list_as_it_was_when_it_began() {
    let convo = read(
        "keep notes\nloop:\n    on C: copy\n        for note in notes:\n            add note.text to notes\n            S: {note.text}\n        S: .\n    on C: add {text}\n        add text to notes\n",
    );
    let mut kept = Kept::default();
    play_with(
        &convo,
        Server,
        &Terms::default(),
        "C: add a\nC: add b\nC: add c\nC: copy\nS: a\nS: b\nS: c\nS: .",
        &mut kept,
    );
    assert_eq!(kept.texts("notes"), ["a", "b", "c", "a", "b", "c"]);
}

#[test]
fn a_reading_inside_a_reading_and_one_left_early_do_not_mix() {
    let convo = read(
        "keep notes\nloop:\n    on C: pairs\n        for a in notes:\n            for b in notes:\n                S: {a.text} {b.text}\n                if b.text == \"y\":\n                    break\n            S: next\n        S: .\n    on C: add {text}\n        add text to notes\n",
    );
    let text = "C: add x\nC: add y\nC: add z\nC: pairs\nS: x x\nS: x y\nS: next\nS: y x\nS: y y\nS: next\nS: z x\nS: z y\nS: next\nS: .";
    play(&convo, Server, text);
}
