use super::*;

fn questions(text: &str, link: Link) -> Result<Questions, String> {
    let convo = Convo::read("test.convo", text).convo.expect("a convo");
    Questions::of(&convo, link, &Values::made(1))
}

const REVERSE: &str = "framing line\nloop:\n    given C t = ask \"\"\n    C: {t}\n    S: {reverse(t)}\n";

#[test]
fn a_loop_of_question_and_answer_can_be_asked_ahead() {
    let questions = questions(REVERSE, Link::Stream).expect("it is such a loop");
    for number in [0, 1, 700, 5000] {
        let question = questions.at(number);
        let value = question.value.as_ref().expect("a value");
        assert_eq!(question.bytes, format!("{value}\n").into_bytes());
        let reversed: String = value.chars().rev().collect();
        assert_eq!(question.answer, Some(format!("{reversed}\n").into_bytes()));
    }
}

#[test]
fn values_come_as_often_as_they_are_given() {
    let convo = Convo::read("test.convo", REVERSE).convo.expect("a convo");
    let values = Values::lines(["ab", "ab", "cd", "ab"].map(str::to_owned).to_vec());
    let questions = Questions::of(&convo, Link::Stream, &values).expect("it is such a loop");
    let asked: Vec<_> = (0..5).map(|number| questions.at(number).bytes.as_slice()).collect();
    assert_eq!(asked, [b"ab\n", b"ab\n", b"cd\n", b"ab\n", b"ab\n"]);
    assert!(questions.are_known());
}

#[test]
fn a_loop_without_values_can_too() {
    let questions =
        questions("framing line\nloop:\n    C: PING\n    S: PONG\n", Link::Stream).expect("a loop");
    assert_eq!(questions.at(3).bytes, b"PING\n");
}

#[test]
fn an_answer_that_hangs_on_chance_is_not_known_beforehand() {
    let text = "framing line\nloop:\n    given S r: int = random(1..1000000)\n    given C t = ask \"\"\n    C: {t}\n    S: {r}\n";
    let questions = questions(text, Link::Stream).expect("a loop");
    assert!(!questions.are_answered());
}

#[test]
fn what_is_no_such_loop_is_refused_and_why_is_said() {
    let refused = |text: &str, link, why: &str| {
        let refusal = questions(text, link).expect_err("it is no such loop");
        assert!(refusal.contains(why), "{refusal}");
    };
    refused(
        "framing line\nS: hello\nloop:\n    C: PING\n    S: PONG\n",
        Link::Stream,
        "begin with a question",
    );
    refused(&REVERSE.replace("line", "chunk"), Link::Stream, "single writes");
    refused("framing line\ngiven C n = ask \"\"\nC: {n}\nS: {n}\n", Link::Stream, "no loop");
    refused(
        "framing line\nloop:\n    given C t = ask \"\"\n    C: {t}\n    S: a\n    S: b\n",
        Link::Stream,
        "no loop",
    );
    refused(
        "framing line\nlet n = 0\nloop:\n    given C t = ask \"\"\n    let n = n + 1\n    C: {t} {n}\n    S: {n}\n",
        Link::Stream,
        "differently",
    );
}
