//! Every convo played as the client of a foreign server: a plain Python program that knows nothing of sockeye.

use crate::run::sockeye;
use crate::server::project;
use crate::tools::{foreign_server, has_ipv6, python, python_with_rsa};

const LOCAL: &str = "127.0.0.1";

#[test]
fn sum_greeting_hears_the_servers_number() {
    let Some(python) = python() else { return };
    let server = foreign_server(python, "sum_greeting", LOCAL, &["ann"]);
    let to = server.tcp();
    let call = sockeye(&["call", "sum-greeting", "25", "--set", "client=bob", "--to", &to]).finish();
    call.is(0, "Received from server:\nServer of ann: 42\n");
    call.is_quiet();
    let call = sockeye(&["call", "sum-greeting", "-5", "--set", "client=bob", "--to", &to]).finish();
    call.is(0, "Received from server:\nServer of ann: 42\nServer closing...\n");
    assert_eq!(
        server.finish(),
        "bob connected to Server of ann\nServer: 42; Client: 25; Combined: 67\n\
         bob connected to Server of ann\nServer: 42; Client: -5; Combined: 37\n"
    );
}

#[test]
fn sum_json_accepts_a_reply_with_the_sum_and_one_without() {
    for sum in ["none", "right"] {
        let Some(python) = python() else { return };
        let server = foreign_server(python, "sum_json", LOCAL, &["ann", "91", sum]);
        let to = server.tcp();
        let call = sockeye(&["call", "sum-json", "25", "--set", "client=bob", "--to", &to]).finish();
        let shown = "Client Name: bob | Server Name: ann\nClient Number: 25 | Server Number: 91 | Sum: 116\n";
        call.is(0, shown);
        call.is_quiet();
        // Out of range: the server closes without a word and ends, and nobody waits for a reply.
        sockeye(&["call", "sum-json", "101", "--to", &to]).finish().is(0, "");
        assert_eq!(server.finish(), shown);
    }
}

#[test]
fn sum_json_names_the_value_and_the_line_where_a_lying_server_differs() {
    let Some(python) = python() else { return };
    let server = foreign_server(python, "sum_json", LOCAL, &["ann", "91", "wrong"]);
    let call = sockeye(&["call", "sum-json", "25", "--to", &server.tcp()]).finish();
    call.is(1, "");
    let convo = std::fs::read_to_string(project("convos/sum-json.convo")).expect("it ships");
    let line = 1 + convo.lines().position(|line| line.contains("\"sum\"?")).expect("the server says a sum");
    call.says(&[&format!("sum-json.convo:{line}: "), "number + mine", "116", "117"]);
}

#[test]
fn reverse_ends_with_the_answer_to_end() {
    let Some(python) = python() else { return };
    let server = foreign_server(python, "reverse", LOCAL, &[]);
    let call = sockeye(&["call", "reverse", "hello", "žluť", "END", "--to", &server.tcp()]).finish();
    let shown = [
        "Client received: olleh",
        "Client received: ťulž",
        "Client received: DNE",
        "Client termination called by message \"END\" and response \"DNE\"",
        "",
    ];
    call.is(0, &shown.join("\n"));
    call.is_quiet();
    assert_eq!(
        server.finish(),
        "Server received: hello\nServer sent: olleh\nServer received: žluť\nServer sent: ťulž\n\
         Server received: END\nServer sent: DNE\n"
    );
}

#[test]
fn reverse_leaves_when_its_person_has_nothing_more_to_say() {
    let Some(python) = python() else { return };
    let server = foreign_server(python, "reverse", LOCAL, &[]);
    let call = sockeye(&["call", "reverse", "hello", "--to", &server.tcp()]).finish();
    call.is(0, "Client received: olleh\n");
    assert_eq!(server.finish(), "Server received: hello\nServer sent: olleh\nthe other side closed\n");
}

#[test]
fn reverse_lines_reads_its_lines_from_a_pipe() {
    let Some(python) = python() else { return };
    let server = foreign_server(python, "reverse_lines", LOCAL, &[]);
    let mut call = sockeye(&["call", "reverse-lines", "--to", &server.tcp()]);
    call.tell("hello\na b\n");
    call.out.line_with("b a");
    call.end_input();
    call.finish().is(0, "Client received: olleh\nClient received: b a\n");
    assert_eq!(server.finish(), "Server received: hello\nServer received: a b\nthe other side closed\n");
}

#[test]
fn chat_turns_keeps_count_and_text_apart() {
    let Some(python) = python() else { return };
    let server = foreign_server(python, "chat_turns", LOCAL, &["Hell ya!", "Sure."]);
    // A text that begins with digits is where a count glued to it would be misread.
    let call =
        sockeye(&["call", "chat-turns", "Hey Cloud", "6:30 PM?", "/q", "--to", &server.tcp()]).finish();
    call.is(0, "Hell ya!\nSure.\n");
    call.is_quiet();
    assert_eq!(server.finish(), "SYN\nHey Cloud\n6:30 PM?\nthe other side left\n");
}

#[test]
fn chat_turns_ends_in_good_order_when_the_server_leaves() {
    let Some(python) = python() else { return };
    let server = foreign_server(python, "chat_turns", LOCAL, &["hi", "/q"]);
    let call = sockeye(&["call", "chat-turns", "one", "two", "three", "--to", &server.tcp()]).finish();
    call.is(0, "hi\n");
    assert_eq!(server.finish(), "SYN\none\ntwo\n");
}

#[test]
fn sum_prompt_adds_over_tcp_and_udp_ipv4_and_ipv6() {
    for transport in ["tcp", "udp"] {
        for (host, written) in [(LOCAL, LOCAL), ("::1", "[::1]")] {
            let Some(python) = python() else { return };
            if host == "::1" && !has_ipv6() {
                continue;
            }
            let server = foreign_server(python, "sum_prompt", host, &[transport]);
            let to = format!("{transport}://{written}:{}", server.port());
            let call = sockeye(&["call", "sum-prompt", "25", "17", "1", "one", "Exit", "--to", &to]).finish();
            call.is(0, "welcome\n42\nInvalid inputs\n");
            call.is_quiet();
            server.line_with("1 and one");
            if transport == "tcp" {
                assert_eq!(server.finish(), "25 and 17\n1 and one\nthe other side closed\n");
            }
        }
    }
}

#[test]
fn board_shows_what_the_server_says_a_message_a_line() {
    let Some(python) = python() else { return };
    let server = foreign_server(python, "board", LOCAL, &["plain"]);
    let call =
        sockeye(&["call", "board", "POST first note", "POST second", "GET", "--to", &server.udp()]).finish();
    call.is(0, "first note\nsecond\n<<--bye-->>\n");
    call.is_quiet();
}

#[test]
fn board_from_reads_the_senders_with_their_notes() {
    let Some(python) = python() else { return };
    let server = foreign_server(python, "board", LOCAL, &["from"]);
    let call = sockeye(&["call", "board-from", "POST first note", "GET", "--to", &server.udp()]).finish();
    assert_eq!(call.code, Some(0), "{call:#?}");
    let (sender, rest) = call.out.split_once(' ').unwrap_or_else(|| panic!("{call:#?}"));
    assert!(sender.starts_with("127.0.0.1:"), "{call:#?}");
    assert_eq!(rest, "first note\n<<--bye-->>\n");
}

#[test]
fn chat_rsa_talks_to_keys_of_1024_and_2048_bits() {
    for bits in ["1024", "2048"] {
        let Some(python) = python_with_rsa() else { return };
        let server = foreign_server(python, "chat_rsa", LOCAL, &[bits, "hello, client", "Good Bye"]);
        let call =
            sockeye(&["call", "chat-rsa", "hello, server", "how are you?", "--to", &server.tcp()]).finish();
        call.is(0, "hello, client\nGood Bye\n");
        assert_eq!(call.err.contains("1024"), bits == "1024", "a warning for small keys only: {call:#?}");
        assert_eq!(server.finish(), "the client's key has 2048 bits\nhello, server\nhow are you?\n");
    }
}

#[test]
fn chat_rsa_refuses_what_one_block_cannot_carry_and_asks_again() {
    let Some(python) = python_with_rsa() else { return };
    let server = foreign_server(python, "chat_rsa", LOCAL, &["1024", "hello, client"]);
    let mut call = sockeye(&["call", "chat-rsa", "--to", &server.tcp()]);
    let longest = "x".repeat(86);
    call.tell(&format!("x{longest}\n{longest}\nGood Bye\n"));
    let call = call.finish();
    call.is(0, "hello, client\n");
    call.says(&["86"]);
    assert_eq!(server.finish(), format!("the client's key has 2048 bits\n{longest}\nGood Bye\n"));
}
