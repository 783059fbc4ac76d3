//! What an observer sees: messages where they can be told, lengths after `secure`, bytes from where it is lost.

use convo::Role::{Client, Server};
use convo::{Convo, Input};

use crate::convos::{named, read};
use crate::watch::Watch;

/// Lets what both say pass: `C…` from the client, `S…` from the server, `C.` and `S.` their ends.
fn watch(convo: &Convo, passes: &[&str]) -> Watch {
    let mut watch = Watch::stream(convo);
    for pass in passes {
        let from = if pass.starts_with('C') { Client } else { Server };
        watch.hear(from, if &pass[1..] == "." { Input::End } else { Input::Bytes(&pass.as_bytes()[1..]) });
    }
    watch
}

fn texts(messages: &[Vec<u8>]) -> Vec<String> {
    messages.iter().map(|message| String::from_utf8_lossy(message).into_owned()).collect()
}

#[test]
fn it_sees_what_both_say_and_how_it_ends() {
    let seen = watch(&named("reverse-lines"), &["Chel", "Clo\n", "Sol", "Sleh\n", "C.", "S."]);
    assert_eq!(texts(&seen.messages[0]), ["hello"]);
    assert_eq!(texts(&seen.messages[1]), ["olleh"]);
    assert_eq!(seen.notes, ["over: PeerLeft"]);
}

#[test]
fn it_waits_for_the_role_whose_turn_it_is() {
    let seen = watch(&named("reverse-lines"), &["Ca\nb\nc\n", "Sa\n", "Sb\nc\n", "C."]);
    assert_eq!(texts(&seen.messages[0]), ["a", "b", "c"]);
    assert_eq!(texts(&seen.messages[1]), ["a", "b", "c"]);
    let early = watch(&read("C: a\nS: b\nC: c\nS: d\n"), &["Ca\n", "Sb\nd\n", "Cc\n"]);
    assert_eq!(texts(&early.messages[1]), ["b", "d"], "what is said ahead of time lies there until its turn");
    assert_eq!(early.notes, ["over: Done"]);
}

#[test]
fn it_verifies_what_has_been_said_and_reads_past_the_rest() {
    let sum = read(
        "given C a: int = 1\ngiven S b: int = 2\ngiven S secret: int = 3\nC: {a}\nS: {b} {a + b} {b + secret}\n",
    );
    assert_eq!(watch(&sum, &["C5\n", "S6 11 99\n"]).notes, ["over: Done"]);
    let wrong = watch(&sum, &["C5\n", "S6 12 99\n"]);
    assert_eq!(wrong.notes, ["test.convo:5: a + b is 11 here, the server says 12"]);
    assert_eq!(texts(&[wrong.bytes[1].clone()]), ["6 12 99\n"], "what it could not follow passes as bytes");
}

#[test]
fn it_names_the_role_that_broke_off() {
    let convo = read("C: a\nS: b\n");
    assert_eq!(watch(&convo, &["Cx\n"]).notes, ["test.convo:1: expected `C: a`, got \"x\""]);
    assert_eq!(watch(&convo, &["Ca\n", "S."]).notes, ["test.convo:2: expected `S: b`, the server closed"]);
    assert_eq!(watch(&convo, &["C."]).notes, ["test.convo:1: expected `C: a`, the client closed"]);
    let half = watch(&convo, &["Ca\n", "Sb", "S."]);
    assert_eq!(
        half.notes,
        ["test.convo:2: expected `S: b`, the server closed in the middle of a message, after \"b\""]
    );
}

#[test]
fn it_hears_that_a_server_is_busy() {
    let seen = watch(&named("sum-prompt"), &["SServer Is Busy", "S."]);
    assert_eq!(seen.notes, ["sum-prompt.convo: the server is busy: it says \"Server Is Busy\""]);
    let first = read("limit 1 busy \"full\"\nC: hi\nS: ho\n");
    assert_eq!(watch(&first, &["Sfull\n", "S."]).notes, ["test.convo: the server is busy: it says \"full\""]);
}

#[test]
fn it_goes_by_messages_where_it_does_not_know_a_condition() {
    let convo = read(
        "given S n: int = 5\nC: go\nif n == 5:\n    S: five\n    C: more\nelse:\n    S: other\nS: end\n",
    );
    assert_eq!(watch(&convo, &["Cgo\n", "Sfive\n", "Cmore\n", "Send\n"]).notes, ["over: Done"]);
    assert_eq!(watch(&convo, &["Cgo\n", "Sother\nend\n"]).notes, ["over: Done"]);
    assert_eq!(watch(&convo, &["Cgo\n", "Sother\n", "Send\n", "Cmore\n"]).bytes[0], b"more\n");
}

#[test]
fn it_sees_lists_until_their_end() {
    let board = read(
        "keep notes\nloop:\n    on C: GET\n        for note in notes:\n            S: - {note.text}\n        S: .\n    on C: POST {text}\n        add text to notes\n",
    );
    let seen = watch(&board, &["CPOST a\nGET\n", "S- a\n- b\n", "S.\n", "C."]);
    assert_eq!(texts(&seen.messages[1]), ["- a", "- b", "."]);
    assert_eq!(seen.notes, ["over: PeerLeft"]);
}

#[test]
fn after_secure_it_sees_lengths() {
    let seen = watch(
        &read("S: hello\nC: hi\nsecure rsa-oaep\nC: a\n"),
        &["Shello\n", "Chi\n-----BEGIN", "S-----BEGIN", "Cxxxx"],
    );
    assert_eq!(
        (texts(&seen.messages[0]), texts(&seen.messages[1])),
        (vec!["hi".to_owned()], vec!["hello".to_owned()])
    );
    assert_eq!(seen.sealed, [vec![10, 4], vec![10]]);
    assert!(seen.notes.is_empty() && seen.bytes.iter().all(Vec::is_empty));
}

#[test]
fn what_nobody_reads_does_not_fill_its_memory() {
    let convo = named("reverse-lines");
    let mut watch = Watch::stream(&convo);
    watch.hear(Client, Input::Bytes(b"a\n"));
    let flood = [b'x'; 64 * 1024];
    for _ in 0..20 {
        watch.hear(Client, Input::Bytes(&flood));
    }
    assert_eq!(watch.notes, ["lost at line 8"]);
    assert_eq!(watch.bytes[0].len(), 20 * flood.len());
}

#[test]
fn it_takes_no_answers() {
    let now = convo::Now { monotonic: std::time::Duration::ZERO, unix: 0 };
    let mut observer = convo::Observer::new(&named("reverse"), convo::Link::Stream, 100, now);
    for from in [Client, Server] {
        assert_eq!(observer.hear(now, from, Input::NoAnswer), Err(convo::Misuse));
        assert_eq!(observer.hear(now, from, Input::Secured { message_bytes_max: 1 }), Err(convo::Misuse));
    }
}

#[test]
fn it_follows_every_change_of_framing() {
    let convo = read(
        "C: a\nframing chunk\nS: b\nC: c\nframing json\nframing counted\ngiven C text = \"\"\nC: {text}\n",
    );
    let seen = watch(&convo, &["Ca\n", "Sb", "Cc", "C3", "C123"]);
    assert_eq!(texts(&seen.messages[0]), ["a", "c", "123"]);
    assert_eq!(seen.notes, ["over: Done"]);
}
