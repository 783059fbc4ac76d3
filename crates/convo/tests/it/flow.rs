//! The way through a convo: choices, loops, lists, leaving, ending, waiting.

use std::time::Duration;

use convo::Role::{Client, Server};
use convo::{Ending, Link, ViolationKind};

use crate::convos::{named, read};
use crate::kept::Kept;
use crate::play::{play, play_on, play_with};
use crate::side::Terms;

fn patient(time: u64) -> Terms {
    Terms { patience: Some(Duration::from_secs(time)), ..Terms::default() }
}

#[test]
fn a_peer_leaves_where_the_text_lets_it() {
    let turns = read("loop:\n    C: {a}\n    S: {a}\n    C: {b}\n    S: {b}\n");
    let ending = |text: &str| play(&turns, Server, text).ending;
    assert_eq!(ending("C closes\nS closes"), Some(Ending::PeerLeft));
    assert_eq!(
        ending("C: 1\nS: 1\nC closes\nS closes"),
        Some(Ending::PeerLeft),
        "its person types the message"
    );
    let convo = read("given C a = \"x\"\nloop:\n    C: {a}\n    S: 1\n    C: {a}\n    S: 2\n");
    play(&convo, Server, "C closes\nS closes");
    play(
        &convo,
        Server,
        "C: x\nS: 1\nC closes\nS breaks: test.convo:5: expected `C: {a}`, the other side closed",
    );
    let once = read("given C a = \"x\"\nC: {a}\nS: 1\n");
    play(&once, Server, "C closes\nS breaks: test.convo:2: expected `C: {a}`, the other side closed");
    play(&once, Client, "C: x\nS closes\nC breaks: test.convo:3: expected `S: 1`, the other side closed");
}

#[test]
fn a_role_that_only_listens_in_a_loop_may_go_at_any_time() {
    let convo = read("loop:\n    S: tick\n    S: tock\n");
    assert_eq!(
        play(
            &convo,
            Client,
            "S: tick\nS closes\nC breaks: test.convo:3: expected `S: tock`, the other side closed"
        )
        .broke(),
        Some(ViolationKind::Closed)
    );
    assert_eq!(play(&convo, Client, "S: tick\nS: tock\nS closes\nC closes").ending, Some(Ending::PeerLeft));
}

#[test]
fn a_reset_is_a_leave_only_where_leaving_is_allowed() {
    let lines = named("reverse-lines");
    assert_eq!(play(&lines, Server, "C: a\nS: a\nC resets\nS closes").ending, Some(Ending::PeerLeft));
    let text = "C< a\nC: a\nS resets\nC breaks: reverse-lines.convo:8: expected `S: {reverse(text)}`, the connection was reset";
    assert_eq!(play(&lines, Client, text).broke(), Some(ViolationKind::Reset));
}

#[test]
fn the_word_of_until_and_the_end_of_answers_leave() {
    let convo = read("loop:\n    given C n: int = ask \"Number: \" until \"q\"\n    C: {n}\n    S: {n}\n");
    let left = play(&convo, Client, "C< 1\nC: 1\nS: 1\nC< x\nC< q\nC leaves");
    assert_eq!(left.refused, ["n is an int (a sign and digits) here, not \"x\""]);
    assert_eq!(play(&convo, Client, "C leaves").ending, Some(Ending::WeLeft));
}

#[test]
fn when_a_client_leaves_the_server_does_what_is_left_to_do() {
    let text = "keep log\nloop:\n    on C: {line}\n        S: ok\n    on C leaves:\n        add \"gone\" to log\n        S> gone\n";
    let mut kept = Kept::default();
    let left = play_with(
        &read(text),
        Server,
        &Terms::default(),
        "C: a\nS: ok\nC closes\nS> gone\nS closes",
        &mut kept,
    );
    assert_eq!((kept.texts("log"), left.ending), (vec!["gone"], Some(Ending::PeerLeft)));
}

#[test]
fn whoever_sends_everything_and_ends_still_gets_all_answers() {
    let convo = named("reverse-lines");
    let answers = play(&convo, Server, "C writes ab\\ncd\\nef\\n\nS: ba\nS: dc\nS: fe\nC closes\nS closes");
    assert_eq!(answers.heard.len(), 3);
    let asked = read("loop:\n    C: {line}\n    given S reply = ask \"\"\n    S: {reply}\n");
    play(&asked, Server, "C: a\nS< one\nS: one\nC: b\nS leaves");
}

#[test]
fn a_server_closes_at_the_end_and_a_client_waits_a_second_for_that() {
    let convo = read("C: a\nS: b\n");
    play(&convo, Server, "C: a\nS: b\nS closes");
    play(&convo, Client, "C: a\nS: b\nS closes\nC closes");
    play(&convo, Client, "C: a\nS: b\nwaits 999ms\nwaits 1ms\nC closes");
    let why = "expected the other side to close, for the conversation is over, got \"c\\\\n\"";
    let more = play(&convo, Client, &format!("C: a\nS: b\nS: c\nC breaks: test.convo: {why}"));
    assert_eq!(more.broke(), Some(ViolationKind::Unexpected));
    let datagrams = Terms { link: Link::Datagram, ..Terms::default() };
    play_on(&convo, Client, &datagrams, "C: a\nS: b\nC closes");
}

#[test]
fn a_silent_client_is_idle_and_a_silent_server_too_slow() {
    let convo = read(
        "given C a = \"x\"\nC: {a}\nS: b\nloop:\n    given C n = ask \"\"\n    C: {n}\n    given S r = ask \"\"\n    S: {r}\n",
    );
    let idle = play_on(&convo, Server, &patient(10), "waits 9s\nC: x\nS: b\nwaits 9s\nwaits 1s\nS closes");
    assert_eq!(idle.ending, Some(Ending::Idle));
    let silent = "C: x\nwaits 4s\nwaits 1s\nC breaks: test.convo:3: expected `S: b`, nothing came for 5s";
    assert_eq!(play_on(&convo, Client, &patient(5), silent).broke(), Some(ViolationKind::Silent));
    let half = "C: x\nS writes oh\nwaits 5s\nC breaks: test.convo:3: expected `S: b`, nothing came for 5s after \"oh\"";
    play_on(&convo, Client, &patient(5), half);
    play_on(&convo, Client, &patient(5), "C: x\nS: b\nC< 1\nC: 1\nwaits 1h\nS: slow person\nC leaves");
}

#[test]
fn the_deadline_is_told_and_begins_anew_with_each_message() {
    let convo = named("reverse-lines");
    let side = play_on(&convo, Server, &patient(10), "waits 3s\nC: a\nS: a");
    assert_eq!(side.until, Some(Duration::from_secs(13)));
    let side = play_on(&convo, Server, &patient(10), "waits 3s\nC writes a");
    assert_eq!(side.until, Some(Duration::from_secs(10)), "half a message is none");
}

#[test]
fn the_first_row_that_fits_wins() {
    let convo = read(
        "loop:\n    on C: set {n: int}\n        S: int {n}\n    on C: set {w: word}\n        S: word {w}\n    on C: set {t}\n        S: text {t}\n    otherwise:\n        S: what\n",
    );
    let text = "C: set 5\nS: int 5\nC: set x5\nS: word x5\nC: set x 5\nS: text x 5\nC: \"set \"\nS: text\nC: sit\nS: what";
    play(&convo, Server, &text.replace("S: text\n", "S: \"text \"\n"));
    play(&convo, Client, "C< set 5\nC: set 5\nS: int 5\nC< sit\nC: sit\nS: what\nC leaves");
}

#[test]
fn a_line_that_fits_no_row_is_refused_to_our_person() {
    let convo = read("loop:\n    on C: add {n: int}\n        S: ok\n    on C: quit\n        end\n");
    let side =
        play(&convo, Client, "C< add x\nC< add 5\nC: add 5\nS: ok\nC< quit\nC: quit\nS closes\nC closes");
    assert_eq!(side.refused, ["\"add x\" fits nothing here; you can say here: add {n: int} | quit"]);
}

#[test]
fn rows_of_the_server_are_chosen_by_its_person() {
    let convo = read(
        "loop:\n    on S: say {text}\n        C> {text}\n    on S: bye\n        end\n    on S leaves:\n        S> never\n",
    );
    play(&convo, Server, "S< say hi\nS: say hi\nS< bye\nS: bye\nS closes");
    play(&convo, Client, "S: say hi\nC> hi\nS: bye\nS closes\nC closes");
    play(&convo, Client, "S closes\nC closes");
}

#[test]
fn the_steps_after_a_row_go_on_for_every_row() {
    let convo = read("on C: a\n    S: one\non C: b {x}\n    S: two\nC: c\nS: three\n");
    play(&convo, Server, "C: b 1\nS: two\nC: c\nS: three\nS closes");
    play(&convo, Client, "C< a\nC: a\nS: one\nC: c\nS: three\nS closes\nC closes");
}

#[test]
fn a_role_without_the_condition_goes_by_what_comes() {
    let convo = read(
        "given S n: int = 5\nC: go\nif n < 3:\n    S: low {n}\nelif n < 7:\n    S: mid {n}\n    C: more\n    S: fine\nS: end\n",
    );
    let server = |n: &str, text: &str| {
        let terms = Terms { values: vec![("n".to_owned(), n.to_owned())], ..Terms::default() };
        play_on(&convo, Server, &terms, text);
    };
    server("1", "C: go\nS: low 1\nS: end\nS closes");
    server("5", "C: go\nS: mid 5\nC: more\nS: fine\nS: end\nS closes");
    server("9", "C: go\nS: end\nS closes");
    play(&convo, Client, "C: go\nS: low 1\nS: end\nS closes\nC closes");
    play(&convo, Client, "C: go\nS: mid 1\nC: more\nS: fine\nS: end\nS closes\nC closes");
    play(&convo, Client, "C: go\nS: end\nS closes\nC closes");
    play(
        &convo,
        Client,
        "C: go\nS: high\nC breaks: test.convo:3: expected `S: low {n}` or `S: mid {n}` or `S: end`, got \"high\"",
    );
}

#[test]
fn a_branch_that_only_closes_is_told_by_the_close() {
    let convo = named("sum-json");
    let terms = Terms { values: vec![("number".to_owned(), "500".to_owned())], ..Terms::default() };
    play_on(
        &convo,
        Client,
        &terms,
        "C: {\"client_name\": \"sockeye client\", \"client_number\": 500}\nS closes\nC closes",
    );
    let hidden = read("given S n: int = 5\nC: go\nif n == 5:\n    S: five\nelse:\n    end\nS: more\n");
    play(&hidden, Client, "C: go\nS closes\nC closes");
    play(&hidden, Client, "C: go\nS: five\nS: more\nS closes\nC closes");
}

#[test]
fn a_list_that_is_not_known_goes_on_until_the_step_after_it() {
    let convo =
        read("given S xs = [\"a\", \"b\"]\nC: go\nfor x in xs:\n    S: {x}\n    C: got {x}\nS: .\nC: bye\n");
    play(&convo, Server, "C: go\nS: a\nC: got a\nS: b\nC: got b\nS: .\nC: bye\nS closes");
    play(&convo, Client, "C: go\nS: 1\nC: got 1\nS: .\nC: bye\nS closes\nC closes");
    let broken = "C: go\nS: a\nC: got b\nS breaks: test.convo:5: x is \"a\" here, the client says \"b\"";
    assert_eq!(play(&convo, Server, broken).broke(), Some(ViolationKind::Differs));
}

#[test]
fn a_list_at_the_end_goes_on_until_the_close() {
    let convo = read("keep notes\nC: go\nfor note in notes:\n    S: {note.text}\n");
    play(&convo, Client, "C: go\nS: 1\nS: 2\nS closes\nC closes");
    play(&convo, Client, "C: go\nS closes\nC closes");
}

#[test]
fn a_list_that_both_know_is_walked_by_both() {
    let convo = read(
        "C: {n: int}\nfor i in 1..n:\n    for j in i..2:\n        S: {i} {j}\nfor x in [7, 8]:\n    S: {x}\nS: done\n",
    );
    let said = "S: 1 1\nS: 1 2\nS: 2 2\nS: 7\nS: 8\nS: done\nS closes";
    play(&convo, Server, &format!("C: 3\n{said}"));
    play(&convo, Client, &format!("C< 3\nC: 3\n{said}\nC closes"));
    play(&convo, Server, "C: 0\nS: 7\nS: 8\nS: done\nS closes");
    play(
        &convo,
        Client,
        "C< 3\nC: 3\nS: 1 1\nS: 2 2\nC breaks: test.convo:4: i is 1 here, the server says 2",
    );
}

#[test]
fn break_leaves_the_innermost_loop() {
    let convo = read(
        "let n = 0\nloop:\n    loop:\n        on C: next\n            let n = n + 1\n            break\n        on C: count\n            S: {n}\n        on C: out\n            S: out\n            end\n    for i in 1..3:\n        S: {i}\n        if i == n:\n            break\n    S: turn\n",
    );
    play(
        &convo,
        Server,
        "C: count\nS: 0\nC: next\nS: 1\nS: turn\nC: next\nS: 1\nS: 2\nS: turn\nC: count\nS: 2\nC: out\nS: out\nS closes",
    );
    play(&convo, Client, "C< next\nC: next\nS: 1\nS: turn\nC< out\nC: out\nS: out\nS closes\nC closes");
}

#[test]
fn let_carries_across_turns_what_a_turn_forgets() {
    let convo = read("let sum = 0\nloop:\n    on C: {n: int}\n        let sum = sum + n\n        S: {sum}\n");
    play(&convo, Server, "C: 1\nS: 1\nC: 10\nS: 11\nC: -100\nS: -89");
    play(
        &convo,
        Client,
        "C< 5\nC: 5\nS: 5\nC< 5\nC: 5\nS: 11\nC breaks: test.convo:5: sum is 10 here, the server says 11",
    );
}

#[test]
fn stop_ends_the_server_and_for_a_client_it_is_the_end() {
    let convo = read("C: stop\nstop\n");
    play(&convo, Server, "C: stop\nS stops");
    play(&convo, Client, "C: stop\nS closes\nC closes");
}

#[test]
fn a_given_is_asked_anew_each_turn_and_a_top_given_once() {
    let convo = read(
        "given C name: word = ask \"Name: \"\ngiven S greeting = \"hi\"\nloop:\n    given C n: int = ask \"n: \"\n    C: {name} {n}\n    S: {greeting} {n}\n",
    );
    play(&convo, Client, "C< a b\nC< ab\nC< 1\nC: ab 1\nS: hello 1\nC< 2\nC: ab 2\nS: hallo 2\nC leaves");
    let set = Terms {
        values: vec![("greeting".to_owned(), "servus".to_owned()), ("name".to_owned(), "x".to_owned())],
        ..Terms::default()
    };
    play_on(&convo, Server, &set, "C: y 1\nS: servus 1");
    play_on(&convo, Client, &set, "C< 1\nC: x 1\nS: a 1\nC leaves");
}

#[test]
fn framings_change_between_messages() {
    let convo = read(
        "framing line\nC: a\nframing length u16\nS: b\nC: c\nframing json\nS: {\"d\": 1}\nframing line crlf\nC: e\n",
    );
    play(
        &convo,
        Server,
        "C writes a\\n\\0\\x01c\nframing length u16\nS: b\nS: {\"d\": 1}\nC writes e\\r\\n\nS closes",
    );
    play(&convo, Client, "C: a\nS writes \"\\0\\x01b{\\\"d\\\": 1}\"\nC: c\nC: e\nS closes\nC closes");
}

#[test]
fn unread_bytes_before_the_keys_are_an_error() {
    let convo = read("S: hello\nC: hi\nsecure rsa-oaep\nC: a\n");
    play(
        &convo,
        Server,
        "S: hello\nC writes hi\\nthere\nS breaks: test.convo:3: expected nothing before the keys are exchanged, got \"there\"",
    );
    play(&convo, Server, "S: hello\nC: hi\nC: a\nS closes");
}
