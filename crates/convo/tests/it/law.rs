//! The law, "what is sent must be read back as the same step", where only the run can tell; and our own faults.

use convo::Role::{Client, Server};
use convo::{Convo, Input, Presets, ViolationKind};

use crate::convos::{named, read};
use crate::kept::Kept;
use crate::play::{play, play_on, play_with};
use crate::side::{Side, Terms};

/// A client that breaks off at once: what it says of that.
fn fault(text: &str) -> String {
    let mut side = Side::new(&read(text), Client, &Terms::default(), &[]);
    side.run(&mut Kept::default());
    let broke = side.violation.unwrap_or_else(|| panic!("a fault in\n{text}"));
    assert_eq!(broke.kind, ViolationKind::Ours, "{text}");
    assert_eq!(side.writes.len(), 0, "nothing of it is sent");
    broke.text
}

#[test]
fn a_line_carries_no_newline() {
    let said = |value: &str| fault(&format!("given C text = {value}\nC: <{{text}}>\n"));
    assert_eq!(said(r#""a\nb""#), r#"test.convo:2: a line cannot carry "<a\nb>": a newline ends it"#);
    assert_eq!(
        fault("given C text = \"a\\r\"\nC: {text}\n"),
        r#"test.convo:2: a line cannot carry "a\r": a newline ends it"#
    );
    let inside = read("given C text = \"a\\rb\"\nC: {text}\nS: {text}\n");
    play(&inside, Client, "C: a\\rb\nS: a\\rb\nS closes\nC closes");
    let sized = read("given C text = \"a\\nb\"\nlet n = size(text)\nC: {n} {text: text n}\nC: end\n");
    play(&sized, Client, "C: 3 a\\nb\nC: end\nS closes\nC closes");
    play(&sized, Server, "C writes 3 a\\nb\\nend\\n\nS closes");
}

#[test]
fn a_typed_line_keeps_what_ends_lines_to_itself() {
    let convo = read("loop:\n    on C: {text}\n        S: {text}\n");
    let side = play(&convo, Client, "C< a\\r\nC< a\\nb\nC< \\rb\nC: \\rb\nS: \\rb\nC leaves");
    assert_eq!(side.refused.len(), 2, "{:?}", side.refused);
}

#[test]
fn an_item_that_looks_like_the_end_of_its_list_is_not_sent() {
    let board = named("board-from");
    let terms = Terms { link: convo::Link::Datagram, ..Terms::default() };
    let mut kept = Kept::default();
    play_with(
        &board,
        Server,
        &terms,
        "framing chunk\nC: POST <<--bye-->>\nC: GET\nS: 127.0.0.1:5000 <<--bye-->>\nS: <<--bye-->>",
        &mut kept,
    );
    let list = read(
        "keep notes\nloop:\n    on C: GET\n        for note in notes:\n            S: {note.text}\n        S: .\n    on C: POST {text}\n        add text to notes\n",
    );
    let text =
        "C: POST a\nC: POST .\nC: GET\nS: a\nS breaks: test.convo:5: \".\" would be taken for line 6: .";
    assert_eq!(play(&list, Server, text).broke(), Some(ViolationKind::Ours));
}

#[test]
fn a_reply_that_an_earlier_branch_would_claim_is_not_sent() {
    let convo = read(
        "given S good: int = 0\ngiven S name = \"no such\"\nC: go\nif good == 1:\n    S: ok {name}\nelse:\n    S: {name} thing\n",
    );
    play(&convo, Server, "C: go\nS: no such thing\nS closes");
    let terms = |name: &str| Terms { values: vec![("name".to_owned(), name.to_owned())], ..Terms::default() };
    play_on(
        &convo,
        Server,
        &terms("ok any"),
        "C: go\nS breaks: test.convo:7: \"ok any thing\" would be taken for line 5: ok {name}",
    );
}

#[test]
fn a_message_that_divides_otherwise_among_its_holes_is_not_sent() {
    let convo = |a: &str| format!("given C a = {a}\ngiven C b = \"z\"\nC: {{a}}, {{b}}\n");
    assert_eq!(
        fault(&convo("\"x, y\"")),
        "test.convo:3: \"x, y, z\" would be read in another way than it is meant"
    );
    play(&read(&convo("\"x y\"")), Client, "C: x y, z\nS closes\nC closes");
}

#[test]
fn a_stream_has_no_empty_chunks() {
    assert_eq!(
        fault("framing chunk\ngiven C text = \"\"\nC: {text}\n"),
        "test.convo:3: an empty message cannot be sent under `framing chunk`"
    );
    let typed = read("framing chunk\nloop:\n    on C: {text}\n        S: !\n");
    let side = play(&typed, Client, "framing chunk\nC<\nC< a\nC: a\nS: !\nC leaves");
    assert_eq!(side.refused, ["an empty message cannot be sent under `framing chunk`"]);
    let datagrams = Terms { link: convo::Link::Datagram, ..Terms::default() };
    play_on(&typed, Client, &datagrams, "framing chunk\nC<\nC:\nS: !\nC leaves");
}

#[test]
fn the_first_message_is_not_the_busy_message() {
    let convo = read("limit 1 busy \"full\"\ngiven S hello = \"full\"\nS: {hello}\nC: ok\n");
    play(&convo, Server, "S breaks: test.convo:3: \"full\" would be taken for the busy message");
}

#[test]
fn sizes_and_widths_hold_what_they_say() {
    assert_eq!(
        fault("given C a = \"abc\"\nlet n = 2\nC: {n}{a: text n}\n"),
        "test.convo:3: {a: text n} is 3 bytes long, its size is 2"
    );
    for (ty, value, range) in
        [("u8", "256", "0 to 255"), ("i8", "-129", "-128 to 127"), ("u16le", "-1", "0 to 65535")]
    {
        assert_eq!(
            fault(&format!("framing exact\ngiven C n: int = {value}\nC: {{n: {ty}}}\n")),
            format!("test.convo:3: {{n: {ty}}} does not hold {value}, it goes from {range}")
        );
    }
}

#[test]
fn a_message_over_the_limit_is_not_sent() {
    let convo = read(
        "given C text = \"0123456789\"\nC: {text}{text}\n".replace("{text}{text}", "{text}!{text}").as_str(),
    );
    let terms = Terms { message_bytes_max: 20, ..Terms::default() };
    play_on(
        &convo,
        Client,
        &terms,
        "C breaks: test.convo:2: this is 21 bytes long, a message here has at most 20",
    );
}

#[test]
fn no_frame_is_longer_than_its_length_can_say() {
    let convo = read("framing length u16\ngiven C text = ask \"t: \"\nC: {text}\n");
    let terms = Terms { message_bytes_max: 1 << 20, ..Terms::default() };
    let text = "a".repeat(65_536);
    let play = format!(
        "C< {text}\nC breaks: test.convo:3: this is 65536 bytes long, a message here has at most 65535"
    );
    play_on(&convo, Client, &terms, &play);
}

#[test]
fn a_typed_message_over_the_limit_is_refused_and_not_passed_over() {
    let convo = read("loop:\n    on C: {text}\n        S: {len(text)}\n");
    let terms = Terms { message_bytes_max: 5, ..Terms::default() };
    let side = play_on(&convo, Client, &terms, "C< 123456\nC leaves");
    assert_eq!(side.refused, ["this is 6 bytes long, a message here has at most 5"]);
}

#[test]
fn expressions_without_a_value_end_the_session_with_the_reason() {
    let faults = [
        ("given C x = 1 / (1 - 1)", "division by zero"),
        ("given C x = 7 % 0", "division by zero"),
        ("given C x = int(\"1.5\")", "int(\"1.5\"): this is no integer"),
        ("given C x = [1, 2][3]", "there is no item 3 in a list of 2"),
        ("given C x = [\"a\"][0]", "there is no item 0 in a list of 1"),
        ("given C x = [\"a\"][-1]", "there is no item -1 in a list of 1"),
        ("given C x = text(\"\\xff\")", "text(…): these bytes are no UTF-8 text"),
        ("given C x = random(2..1)", "random(2..1) has no number to choose"),
        ("given C x = random(1..99999999999999999999)", "the borders of `random` are beyond 64 bits"),
        ("given C x: word = \"a b\"", "x is a word here, not \"a b\""),
        ("given C x: word = trim(\" \")", "x is a word here, not \"\""),
    ];
    for (line, why) in faults {
        assert_eq!(fault(&format!("{line}\nC: {{x}}\n")), format!("test.convo:1: {why}"));
    }
}

#[test]
fn numbers_and_texts_do_not_grow_for_ever() {
    let grows = read("let n = 10\nloop:\n    C: more\n    let n = n * n\n");
    let mut side = Side::new(&grows, Server, &Terms::default(), &[]);
    for _ in 0..13 {
        side.hear(Input::Bytes(b"more\n"));
        side.run(&mut Kept::default());
    }
    assert_eq!(side.violation.expect("a fault").text, "test.convo:4: a number grew beyond 4,300 digits");
    let grows = read("let t = \"0123456789abcdef\"\nloop:\n    C: more\n    let t = t + t\n");
    let mut side = Side::new(&grows, Server, &Terms::default(), &[]);
    for _ in 0..21 {
        side.hear(Input::Bytes(b"more\n"));
        side.run(&mut Kept::default());
    }
    assert_eq!(side.violation.expect("a fault").text, "test.convo:4: a text grew beyond 16 MiB");
}

#[test]
fn nothing_is_kept_under_a_key_that_nobody_added() {
    let convo = read("keep store\nloop:\n    on C: get {key: word}\n        S: {store[key]}\n");
    let why = "nothing is kept under this key; ask `key in list` first";
    play(&convo, Server, &format!("C: get a\nS breaks: test.convo:4: {why}"));
}

#[test]
fn an_input_that_nobody_asked_for_is_misuse_and_changes_nothing() {
    let convo: Convo = named("reverse-lines");
    let now = convo::Now { monotonic: std::time::Duration::ZERO, unix: 0 };
    let setup =
        convo::Setup { seed: 1, message_bytes_max: 100, ..convo::Setup::of(convo::Link::Stream, now) };
    let mut session = convo::Session::new(convo.program(Server).clone(), setup);
    let mut out = Vec::new();
    for input in
        [Input::Answer("x"), Input::NoAnswer, Input::Added(Ok(1)), Input::Found(convo::Found::Count(1))]
    {
        assert_eq!(session.hear(now, input), Err(convo::Misuse));
    }
    session.hear(now, Input::Bytes(b"abc\n")).expect("bytes");
    assert!(matches!(session.poll(&mut out), convo::Output::Wait(None)));
    assert_eq!(out, b"cba\n");
    let wrong = [("nick".to_owned(), "x".to_owned())];
    let why = Presets::read(convo.program(Server), &wrong).expect_err("no such value").to_string();
    assert_eq!(why, "the server is given no `nick` at the top; it is given nothing");
}

#[test]
fn a_value_for_a_given_fits_its_type() {
    let convo = named("sum-greeting");
    let wrong = |name: &str, value: &str| {
        let values = [(name.to_owned(), value.to_owned())];
        Presets::read(convo.program(Client), &values).expect_err("no value").to_string()
    };
    assert_eq!(wrong("number", "many"), "number is an int (a sign and digits) here, not \"many\"");
    assert_eq!(wrong("mine", "1"), "the client is given no `mine` at the top; it is given client, number");
}
