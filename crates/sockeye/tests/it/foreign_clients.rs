//! Every convo served to a foreign client: a plain Python program that knows nothing of sockeye.

use std::process::Command;

use crate::run::Outcome;
use crate::server::Server;
use crate::tools::{foreign_client, has_ipv6, python, python_with_rsa};

/// Lets the peer talk to the server to the end of its program, which must be a good one.
#[track_caller]
fn talk(python: Command, server: &Server, peer: &str, arguments: &[&str]) -> String {
    let Outcome { name, code, out, err } = foreign_client(python, peer, server.socket(), arguments);
    assert_eq!(
        (code, err.as_str()),
        (Some(0), ""),
        "{name} printed\n{out}\nand its server\n{}",
        server.run.err.text()
    );
    out
}

#[test]
fn sum_greeting_answers_and_closes() {
    let Some(python) = python() else { return };
    let server = Server::tcp(&["sum-greeting", "--set", "server=ann"]);
    let heard = talk(python, &server, "sum_greeting", &["bob the client", "25"]);
    assert_eq!(heard, "Received from server:\nServer of ann: 42\nthe other side closed\n");
    server.run.out.line_with("Combined");
    server.stop().is(0, "bob the client connected to Server of ann\nServer: 42; Client: 25; Combined: 67\n");
}

#[test]
fn sum_greeting_out_of_range_says_so_and_ends_the_server() {
    for number in ["0", "101", "-7"] {
        let Some(python) = python() else { return };
        let server = Server::tcp(&["sum-greeting", "--set", "server=ann"]);
        let heard = talk(python, &server, "sum_greeting", &["bob", number]);
        assert_eq!(
            heard,
            "Received from server:\nServer of ann: 42\nServer closing...\nthe other side closed\n"
        );
        let outcome = server.run.finish();
        assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    }
}

#[test]
fn sum_json_sends_its_sum() {
    let Some(python) = python() else { return };
    let server = Server::tcp(&["sum-json", "--set", "server=ann", "--set", "mine=91"]);
    let heard = talk(python, &server, "sum_json", &["bob \"é\"", "25"]);
    let shown =
        "Client Name: bob \"é\" | Server Name: ann\nClient Number: 25 | Server Number: 91 | Sum: 116\n";
    assert_eq!(heard, format!("{shown}the server's sum: 116\nthe other side closed\n"));
    server.run.out.line_with("Sum: 116");
    server.stop().is(0, shown);
}

#[test]
fn sum_json_out_of_range_closes_without_a_word_and_ends_the_server() {
    let Some(python) = python() else { return };
    let server = Server::tcp(&["sum-json"]);
    let heard = talk(python, &server, "sum_json", &["bob", "101"]);
    assert_eq!(heard, "the server closed without a word\n");
    server.run.finish().is(0, "");
}

#[test]
fn reverse_answers_until_end_and_stops() {
    let Some(python) = python() else { return };
    let server = Server::tcp(&["reverse"]);
    let heard = talk(python, &server, "reverse", &["hello", "žlutý kůň 🐎", "End"]);
    assert_eq!(
        heard,
        "Client received: olleh\nClient received: 🐎 ňůk ýtulž\nClient received: dnE\nthe other side closed\n"
    );
    let shown = [
        "Server received: hello",
        "Server sent: olleh",
        "Server received: žlutý kůň 🐎",
        "Server sent: 🐎 ňůk ýtulž",
        "Server received: End",
        "Server sent: dnE",
        "Server termination called by \"End\"",
        "",
    ];
    server.run.finish().is(0, &shown.join("\n"));
}

#[test]
fn reverse_lines_answers_line_by_line() {
    let Some(python) = python() else { return };
    let server = Server::tcp(&["reverse-lines"]);
    let heard = talk(python, &server, "reverse_lines", &["hello", "", "a b"]);
    assert_eq!(heard, "Client received: olleh\nClient received: \nClient received: b a\n");
    server.stop().is(0, "");
}

#[test]
fn chat_turns_talks_through_the_servers_standard_input() {
    let Some(python) = python() else { return };
    let mut server = Server::tcp(&["chat-turns"]);
    server.run.tell("Hi yourself\nI am here\n");
    let heard = talk(python, &server, "chat_turns", &["Hey Barret", "Are you there?", "/q"]);
    assert_eq!(heard, "SYN\nHi yourself\nI am here\n");
    server.run.out.line_with("there?");
    server.stop().is(0, "Hey Barret\nAre you there?\n");
}

#[test]
fn chat_turns_ends_when_the_servers_person_leaves() {
    let Some(python) = python() else { return };
    let mut server = Server::tcp(&["chat-turns"]);
    server.run.tell("/q\n");
    let heard = talk(python, &server, "chat_turns", &["anybody?", "never said"]);
    assert_eq!(heard, "SYN\nthe other side left\n");
    server.stop().is(0, "anybody?\n");
}

#[test]
fn sum_prompt_adds_over_tcp_and_udp_ipv4_and_ipv6() {
    for transport in ["tcp", "udp"] {
        for host in ["127.0.0.1", "[::1]"] {
            let Some(python) = python() else { return };
            if host == "[::1]" && !has_ipv6() {
                continue;
            }
            let server = Server::on(&[&format!("{transport}://{host}:0")], &["sum-prompt"]);
            let numbers = [transport, "25", "17", "1", "one", " -3 ", "+4"];
            let heard = talk(python, &server, "sum_prompt", &numbers);
            assert_eq!(
                heard, "welcome\nnum1 received\n42\nnum1 received\nInvalid inputs\nnum1 received\n1\n",
                "over {transport} on {host}"
            );
            assert_eq!(server.run.out.text(), "", "the server's person is shown nothing");
        }
    }
}

#[test]
fn board_returns_the_notes_oldest_first() {
    let Some(python) = python() else { return };
    let server = Server::udp(&["board"]);
    let commands = ["GET", "POST first note", "POST <<--bye-->>", "POST žluť", "GET"];
    let heard = talk(python, &server, "board", &commands);
    let (_, heard) = heard.split_once('\n').expect("the peer names itself first");
    assert_eq!(heard, "<<--bye-->>\nfirst note\nžluť\n<<--bye-->>\n");
}

#[test]
fn board_from_names_each_notes_sender() {
    let Some(python) = python() else { return };
    let server = Server::udp(&["board-from"]);
    let heard = talk(python, &server, "board", &["POST first", "POST second", "GET"]);
    let (me, heard) = heard.split_once('\n').expect("the peer names itself first");
    let me = me.trim_start_matches("I am ");
    assert_eq!(heard, format!("{me} first\n{me} second\n<<--bye-->>\n"));
}

#[test]
fn chat_rsa_talks_to_keys_of_1024_and_2048_bits() {
    for bits in ["1024", "2048"] {
        let Some(python) = python_with_rsa() else { return };
        let mut server = Server::tcp(&["chat-rsa"]);
        server.run.tell("hello, client\nGood Bye\n");
        let heard = talk(python, &server, "chat_rsa", &[bits, "hello, server", "how are you?"]);
        assert_eq!(heard, "the server's key has 2048 bits\nhello, client\nGood Bye\n");
        server.run.out.line_with("how are you?");
        let warned = server.run.err.text().contains("1024");
        assert_eq!(warned, bits == "1024", "a warning for small keys only: {}", server.run.err.text());
        server.stop().is(0, "hello, server\nhow are you?\n");
    }
}

#[test]
fn chat_rsa_takes_the_key_size_from_the_command_line() {
    let Some(python) = python_with_rsa() else { return };
    let server = Server::tcp(&["chat-rsa", "--rsa-bits", "3072"]);
    let heard = talk(python, &server, "chat_rsa", &["1024", "Good Bye"]);
    assert_eq!(heard, "the server's key has 3072 bits\n");
    server.run.out.line_with("Good Bye");
    server.stop().is(0, "Good Bye\n");
}
