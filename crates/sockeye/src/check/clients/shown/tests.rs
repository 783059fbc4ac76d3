//! What counts as shown.

use convo::cases::{Answers, rehearse};
use convo::{Convo, Link};

use super::super::super::case::Way;
use super::omitted;

const GUESSES: &str = "framing line\nloop:\n    given C n: int = ask \"Guess: \"\n    C: {n}\n    if n == 7:\n        \
                       S: right\n        C> You have it!\n        break\n    else:\n        S: wrong\n        C> wrong\n";

/// A way on which the first guess is wrong and the second right.
fn way() -> Way {
    let convo = Convo::read("guesses.convo", GUESSES).convo.expect("it is right");
    let answers = Answers { client: vec!["3".to_owned(), "7".to_owned()], server: Vec::new() };
    let rehearsal = rehearse(&convo, Link::Stream, &answers, 1);
    Way { name: "guesses".to_owned(), answers, rehearsal }
}

#[test]
fn space_and_words_around_a_text_are_no_matter() {
    assert_eq!(omitted(&way(), "Guess: wrong!\r\n> You\thave  it!\n"), None);
}

#[test]
fn a_text_that_is_not_shown_is_told_with_its_line_and_whether_the_server_said_it() {
    let (line, what, said) = omitted(&way(), "You have it!\n").expect("a text is missing");
    assert_eq!((line, what.as_str(), said), (11, "\"wrong\" is not shown", true));
    let (line, _, said) = omitted(&way(), "wrong\nwrongYou have it!\n").expect("a text is missing");
    assert_eq!((line, said), (7, false));
}

#[test]
fn texts_are_shown_in_the_order_of_the_convo() {
    let (line, what, _) = omitted(&way(), "You have it!\nwrong\n").expect("a text comes too early");
    assert_eq!(line, 7);
    assert!(what.contains("too early"), "{what}");
}
