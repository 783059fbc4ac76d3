//! What ships, against peers that keep to the text and peers that do not.

use convo::Role::{Client, Server};
use convo::{Link, ViolationKind};

use crate::convos::named;
use crate::kept::Kept;
use crate::play::{play, play_on, play_with};
use crate::side::Terms;

fn with(values: &[(&str, &str)]) -> Terms {
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Terms { values, ..Terms::default() }
}

fn datagrams() -> Terms {
    Terms { link: Link::Datagram, ..Terms::default() }
}

#[test]
fn sum_greeting_serves_whoever_keeps_to_the_form() {
    let convo = named("sum-greeting");
    let text = "framing chunk
        C: Client of Jane Doe: the second:  +7
        S> Jane Doe: the second connected to Server of sockeye
        S> Server: 42; Client: 7; Combined: 49
        S: Server of sockeye: 42
        S closes";
    play(&convo, Server, text);
    play(
        &convo,
        Server,
        "framing chunk
        C: Client of : 0
        S> \" connected to Server of sockeye\"
        S> Server: 42; Client: 0; Combined: 42
        S: Server of sockeye: 42\\nServer closing...
        S stops",
    );
}

#[test]
fn sum_greeting_refuses_what_does_not_keep_to_it() {
    let convo = named("sum-greeting");
    let broken = play(
        &convo,
        Server,
        "framing chunk
        C: Client of Jane: many
        waits 200ms
        S breaks: sum-greeting.convo:11: expected `C: Client of {client}: {number}`, got \"Client of Jane: many\"",
    );
    assert_eq!(broken.broke(), Some(ViolationKind::Unexpected));
    play(
        &convo,
        Server,
        "framing chunk
        C closes
        # its person was asked for the number, and went away instead
        S closes",
    );
    let text = "framing chunk
        C: Client of sockeye: 25
        S: Server of other: 43\\nServer closing...
        waits 200ms
        C> Received from server:
        C> Server of other: 43
        C breaks: sum-greeting.convo: expected the other side to close, for the conversation is over, got \"Server closing...\"";
    play_on(&convo, Client, &with(&[("number", "25")]), text);
}

#[test]
fn sum_json_takes_the_same_json_however_it_is_spelled() {
    let convo = named("sum-json");
    let client = with(&[("number", "25")]);
    let text = "framing json
        C: {\"client_name\": \"sockeye client\", \"client_number\": 25}
        S: {\"server_number\":91,\"more\":[1,{}],\"server_name\":\"\\\\u0041nn\"}
        C> Client Name: sockeye client | Server Name: Ann
        C> Client Number: 25 | Server Number: 91 | Sum: 116
        S closes
        C closes";
    play_on(&convo, Client, &client, text);
    let text = "framing json
        C writes \"  \\n{\\\"client_number\\\": 1, \"
        C writes \"\\\"client_name\\\": \\\"}\\\"}\"
        S: {\"server_name\": \"sockeye server\", \"server_number\": 5, \"sum\": 6}
        S> Client Name: } | Server Name: sockeye server
        S> Client Number: 1 | Server Number: 5 | Sum: 6
        S closes";
    play_on(&convo, Server, &with(&[("mine", "5")]), text);
}

#[test]
fn sum_json_says_which_value_differs() {
    let convo = named("sum-json");
    let broken = play_on(
        &convo,
        Client,
        &with(&[("number", "25")]),
        "framing json
        C: {\"client_name\": \"sockeye client\", \"client_number\": 25}
        S: {\"server_name\": \"x\", \"server_number\": 91, \"sum\": 115}
        C breaks: sum-json.convo:13: number + mine is 116 here, the server says 115",
    );
    assert_eq!(broken.broke(), Some(ViolationKind::Differs));
}

#[test]
fn sum_json_refuses_what_is_no_such_json() {
    let convo = named("sum-json");
    let expected =
        "sum-json.convo:11: expected `C: {\"client_name\": client, \"client_number\": number}`, got ";
    let refused = |message: &str, quoted: &str| {
        let text = format!("framing json\nC: {message}\nS breaks: {expected}{quoted}");
        play(&convo, Server, &text);
    };
    refused("{\"client_name\": \"x\"}", r#""{\\"client_name\\": \\"x\\"}""#);
    refused("[1]", r#""[1]""#);
    refused(
        "{\"client_name\": \"x\", \"client_number\": 1.0}",
        r#""{\\"client_name\\": \\"x\\", \\"client_number\\": 1.0}""#,
    );
    refused(
        "{\"client_name\": 1, \"client_number\": 1}",
        r#""{\\"client_name\\": 1, \\"client_number\\": 1}""#,
    );
    let doubled = "{\"client_name\": \"x\", \"client_number\": 1, \"client_number\": 1}";
    let quoted = r#""{\\"client_name\\": \\"x\\", \\"client_number\\": 1, \\"client_number\\": 1}""#;
    refused(doubled, quoted);
    play(
        &convo,
        Server,
        "C writes hello\nS breaks: sum-json.convo:11: expected a JSON object or array, got \"hello\"",
    );
}

#[test]
fn reverse_is_byte_exact_in_both_roles() {
    let convo = named("reverse");
    play(
        &convo,
        Server,
        "framing chunk
        C: e\\u{301}x
        S> Server received: e\\u{301}x
        S: x\\u{301}e
        S> Server sent: x\\u{301}e
        C closes
        S closes",
    );
    play(
        &convo,
        Client,
        "framing chunk
        C< abc
        C: abc
        S: abd
        C breaks: reverse.convo:10: reverse(text) is \"cba\" here, the server says \"abd\"",
    );
    play(&convo, Server, "C writes \\xff\nS breaks: reverse.convo:8: expected `C: {text}`, got \"\\\\xff\"");
}

#[test]
fn a_client_of_reverse_leaves_when_its_server_is_gone() {
    let convo = named("reverse");
    let text = "framing chunk
        C< abc
        C: abc
        S closes
        C breaks: reverse.convo:10: expected `S: {reverse(text)}`, the other side closed";
    assert_eq!(play(&convo, Client, text).broke(), Some(ViolationKind::Closed));
}

#[test]
fn reverse_lines_drops_the_line_ends_and_what_the_end_cuts_short() {
    let convo = named("reverse-lines");
    play(&convo, Server, "C writes ab\\r\\ncd\\n\nS: ba\nS: dc\nC closes\nS closes");
    let why = "expected `C: {text}`, the other side closed in the middle of a message, after \"ab\"";
    play(&convo, Server, &format!("C writes ab\nC closes\nS breaks: reverse-lines.convo:7: {why}"));
}

#[test]
fn chat_turns_begins_with_the_same_three_bytes() {
    let convo = named("chat-turns");
    play(&convo, Client, "framing chunk\nS: SYN\nC: SYN\nC leaves");
    play(
        &convo,
        Client,
        "framing chunk\nS: ACK\nC breaks: chat-turns.convo:5: expected `S: SYN`, got \"ACK\"",
    );
    play(
        &convo,
        Server,
        "framing chunk\nS: SYN\nC: SYM\nS breaks: chat-turns.convo:6: expected `C: SYN`, got \"SYM\"",
    );
}

#[test]
fn sum_prompt_is_polite_to_everybody() {
    let convo = named("sum-prompt");
    let text = "framing chunk
        S: welcome
        C: 1_000
        S: num1 received
        C: 1
        S: Invalid inputs
        C: \" -5\\n\"
        S: num1 received
        C: 5
        S: 0
        C closes
        S closes";
    play(&convo, Server, text);
    play_on(&convo, Server, &datagrams(), &text.replace("\n        C closes\n        S closes", ""));
}

#[test]
fn sum_prompt_hears_that_the_server_is_busy() {
    let convo = named("sum-prompt");
    let busy = play(
        &convo,
        Client,
        "framing chunk
        S: Server Is Busy
        C breaks: sum-prompt.convo: the server is busy: it says \"Server Is Busy\"",
    );
    assert_eq!(busy.broke(), Some(ViolationKind::Busy));
    play(
        &convo,
        Client,
        "framing chunk
        S: Server is busy
        C breaks: sum-prompt.convo:9: expected `S: welcome`, got \"Server is busy\"",
    );
}

#[test]
fn board_keeps_what_was_posted_for_the_next_session() {
    let convo = named("board");
    let mut kept = Kept::default();
    let mut session = |text: &str| drop(play_with(&convo, Server, &datagrams(), text, &mut kept));
    session("framing chunk\nC: POST one\nC: POST two\nC: POST <<--bye-->>\nC: POST three");
    session("framing chunk\nC: GET\nS: one\nS: two\nS: three\nS: <<--bye-->>");
    assert_eq!(kept.texts("notes"), ["one", "two", "three"]);
}

#[test]
fn board_answers_nothing_to_what_it_does_not_know() {
    let convo = named("board");
    let why = "board.convo:8: expected `C: GET` or `C: POST {text}`, got \"get\"";
    play_on(&convo, Server, &datagrams(), &format!("framing chunk\nC: get\nS breaks: {why}"));
    let why = "board.convo:8: expected `C: GET` or `C: POST {text}`, got \"POST\"";
    play_on(&convo, Server, &datagrams(), &format!("framing chunk\nC: POST\nS breaks: {why}"));
}

#[test]
fn a_client_of_board_reads_notes_until_the_end_of_the_list() {
    let convo = named("board");
    let text = "framing chunk
        C< GET
        C: GET
        S: one
        S:
        S: <<--bye-->>
        C< GET
        C: GET
        S: <<--bye-->>
        C leaves";
    play_on(&convo, Client, &datagrams(), text);
}

#[test]
fn chat_rsa_carries_blocks_and_asks_anew_for_what_fits_none() {
    let convo = named("chat-rsa");
    let long = "x".repeat(215);
    let side = play(
        &convo,
        Client,
        &format!("C< {long}\nC< hi\nC: hi\nS: \"\"\nC>\nC< Good Bye\nC: Good Bye\nS closes\nC closes"),
    );
    assert_eq!(side.refused, ["this is 215 bytes long, one encrypted block carries at most 214"]);
    play(&convo, Server, "C: Good Bye\nS> Good Bye\nS closes");
}
