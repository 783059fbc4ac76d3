//! What can be said of messages before any comes; what they are is tested by conversations in `tests/it`.

use super::algebra::{Effort, ambiguous, covers, open_ended, overlap};
use super::*;

/// A pattern of literals and holes: `t` text, `w` word, `i` int, `b` bytes.
fn machine(parts: &[&str]) -> Nfa {
    let mut holes = Vec::new();
    let mut hole = |fits| {
        holes.push(Hole { fits, bind: Bind::Past, text: "x".into() });
        Part::Hole(holes.len() - 1)
    };
    let parts: Vec<Part> = parts
        .iter()
        .map(|part| match *part {
            "{t}" => hole(Fits::Text),
            "{w}" => hole(Fits::Word),
            "{i}" => hole(Fits::Int),
            "{b}" => hole(Fits::Bytes),
            literal => Part::Literal(literal.as_bytes().to_vec()),
        })
        .collect();
    Nfa::build(&parts, &holes, Style { by_value: false, one_line: true, ignore_case: false })
}

#[test]
fn messages_overlap_where_one_text_fits_both() {
    let both = |a: &[&str], b: &[&str]| overlap(&Effort::default(), &machine(a), &machine(b));
    assert!(both(&["a ", "{t}"], &["{t}", " b"]));
    assert!(both(&["{w}"], &["{i}"]));
    assert!(both(&["{i}"], &[" 5 "]));
    assert!(!both(&["a", "{t}"], &["b", "{t}"]));
    assert!(!both(&["{w}"], &["a b"]));
    assert!(!both(&["{i}"], &["5x"]));
    assert!(!both(&["{t}"], &["a\nb"]), "a line holds no newline");
}

#[test]
fn a_message_covers_another_where_it_takes_all_of_it() {
    let all = |big: &[&str], small: &[&str]| covers(&Effort::default(), &machine(big), &machine(small));
    assert!(all(&["{t}"], &["GET"]));
    assert!(all(&["{b}"], &["{t}"]));
    assert!(all(&["{t}", " ", "{t}"], &["{w}", " ", "{i}"]));
    assert!(!all(&["{t}"], &["{b}"]), "bytes need not be text");
    assert!(!all(&["{w}"], &["{i}"]), "an int may have white space around it");
    assert!(!all(&["{t}", " ", "{t}"], &["{t}"]));
}

#[test]
fn a_message_is_ambiguous_where_it_can_be_divided_in_two_ways() {
    let two = |parts: &[&str]| ambiguous(&Effort::default(), &machine(parts));
    assert!(two(&["{t}", ", ", "{t}"]));
    assert!(two(&["{w}", "a", "{w}"]));
    assert!(!two(&["{w}", " ", "{t}"]));
    assert!(!two(&["a", "{t}"]));
}

#[test]
fn a_message_is_open_where_it_can_be_the_beginning_of_another() {
    let open = |parts: &[&str]| open_ended(&Effort::default(), &machine(parts));
    assert!(open(&["a", "{t}"]));
    assert!(open(&["{i}"]));
    assert!(open(&["{t}", "!"]));
    assert!(!open(&["SYN"]));
    assert!(!open(&["{w}", " "]));
}

#[test]
fn integers_are_compared_without_their_spelling() {
    assert_eq!(canonical(b" +007 "), (false, &b"7"[..]));
    assert_eq!(canonical(b"-0"), (true, &b"0"[..]));
    assert_eq!(canonical(b"000"), (false, &b"0"[..]));
}

#[test]
fn the_longest_integer_at_a_beginning_is_found() {
    assert_eq!(int_at(b" -12 x"), Some((4, 5)));
    assert_eq!(int_at(b"12"), Some((2, 2)));
    assert_eq!(int_at(b"- 1"), None);
    assert_eq!(int_at(b""), None);
    assert_eq!(int_at("9".repeat(4301).as_bytes()), None);
}
