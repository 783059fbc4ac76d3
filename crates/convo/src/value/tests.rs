//! Integers against what Python says of the same sums.

use super::*;

fn int(text: &str) -> Int {
    Int::parse(text.as_bytes()).expect("an integer")
}

fn text(int: &Int) -> String {
    let mut out = Vec::new();
    int.write(&mut out);
    String::from_utf8(out).expect("digits")
}

#[test]
fn parses_as_python_does() {
    for (input, value) in [("25", "25"), (" -7\t", "-7"), ("+007\r\n", "7"), ("-0", "0")] {
        assert_eq!(text(&int(input)), value);
    }
    for input in ["", " ", "+", "1.5", "1e3", "0x10", "1 2", "--1", "1_000", "٣"] {
        assert_eq!(Int::parse(input.as_bytes()), None, "{input:?}");
    }
    assert!(Int::parse("9".repeat(INT_DIGITS_MAX).as_bytes()).is_some());
    assert!(Int::parse("9".repeat(INT_DIGITS_MAX + 1).as_bytes()).is_none());
}

#[test]
fn grows_beyond_a_word_and_shrinks_back() {
    let max = int("9223372036854775807");
    let more = max.add(&int("1"));
    assert_eq!(text(&more), "9223372036854775808");
    assert_eq!(more.sub(&int("1")), max);
    assert_eq!(more.neg().to_i64(), Some(i64::MIN));
    assert_eq!(text(&int("-9223372036854775808").div(&int("-1"))), "9223372036854775808");
    assert_eq!(text(&max.mul(&max)), "85070591730234615847396907784232501249");
}

#[test]
fn divides_rounding_down() {
    for (a, b, quotient, rest) in [("7", "2", "3", "1"), ("-7", "2", "-4", "1"), ("7", "-2", "-4", "-1")] {
        assert_eq!(text(&int(a).div(&int(b))), quotient);
        assert_eq!(text(&int(a).rem(&int(b))), rest);
    }
    assert_eq!(text(&int("-9223372036854775808").rem(&int("-1"))), "0");
}

#[test]
fn knows_when_it_is_too_long() {
    assert!(!int(&"9".repeat(INT_DIGITS_MAX)).is_too_long());
    assert!(int(&"9".repeat(INT_DIGITS_MAX)).add(&int("1")).is_too_long());
}

#[test]
fn a_text_of_any_length_is_reversed() {
    let text: Vec<u8> = (0..100).map(|at| b' ' + at % 64).collect();
    for length in 0..text.len() {
        let mut out = b"before".to_vec();
        reverse(&text[..length], &mut out);
        let reversed: Vec<u8> = text[..length].iter().rev().copied().collect();
        assert_eq!(out, [b"before", &*reversed].concat());
    }
}
