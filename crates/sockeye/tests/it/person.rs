//! The person's side of a call: values, `--set`, standard input, standard output.

use std::process::{Command, Stdio};

use crate::run::{Run, sockeye};
use crate::server::{Server, test_convo};
use crate::wire::{Host, Peer};

#[test]
fn lines_from_a_pipe_are_answered_one_by_one() {
    let server = Server::tcp(&["reverse-lines"]);
    let mut call = sockeye(&["call", "reverse-lines", "--to", server.to()]);
    for (line, answer) in [("hello", "olleh"), ("", ""), ("last", "tsal")] {
        call.tell(&format!("{line}\n"));
        call.out.until(answer, |text| text.ends_with(&format!("Client received: {answer}\n")).then_some(()));
    }
    call.end_input();
    let call = call.finish();
    call.is(0, "Client received: olleh\nClient received: \nClient received: tsal\n");
    call.is_quiet();
}

#[test]
fn the_end_of_input_cuts_off_no_answer() {
    let host = Host::listen();
    let mut call = sockeye(&["call", "reverse-lines", "--to", &host.to]);
    call.tell("hello\n");
    call.end_input();
    let mut peer = host.accept();
    peer.hear("hello\n");
    peer.say("olleh\n");
    assert_eq!(peer.hear_all(), "");
    drop(peer);
    call.finish().is(0, "Client received: olleh\n");
}

#[test]
fn values_answer_in_order_and_standard_input_is_not_read() {
    let server = Server::tcp(&["sum-prompt"]);
    // The pipe of standard input stays open: a call that reads it does not end.
    let call = sockeye(&["call", "sum-prompt", "-5", "3", "2", "x", "--to", server.to()]).finish();
    call.is(0, "welcome\n-2\nInvalid inputs\n");
}

#[test]
fn set_gives_names_their_values() {
    let server = Server::tcp(&["sum-greeting", "--set", "server=ann", "--set", "mine=1"]);
    let call =
        sockeye(&["call", "sum-greeting", "--set", "number=99", "--set", "client=b=c", "--to", server.to()]);
    call.finish().is(0, "Received from server:\nServer of ann: 1\n");
    server.run.out.line_with("b=c connected to Server of ann");
    let outcome = sockeye(&["call", "sum-greeting", "--set", "nobody=1", "--to", server.to()]).finish();
    outcome.is(2, "");
    outcome.says(&["nobody", "hint: "]);
}

#[test]
fn a_whole_line_picks_the_alternative() {
    let convo = test_convo("calculator");
    let server = Server::tcp(&[&convo]);
    let call = sockeye(&["call", &convo, "2 * 21 =", "what?", "--to", server.to()]).finish();
    call.is(0, "42\nerror: x op y =\n");
}

#[test]
fn a_line_that_fits_no_alternative_is_refused_to_our_person() {
    let server = Server::udp(&["board"]);
    let call = sockeye(&["call", "board", "TAKE all", "--to", server.to()]).finish();
    assert_eq!(call.code, Some(2), "{call:#?}");
    call.says(&["you can say here: ", "GET", "POST", "hint: "]);
}

#[test]
fn what_is_shown_is_flushed_line_by_line_into_a_pipe() {
    let server = Server::tcp(&["reverse"]);
    let mut peer = Peer::call(server.socket());
    peer.say("hello");
    peer.hear("olleh");
    server.run.out.line_with("Server sent: olleh");
}

#[test]
fn text_from_peers_is_unchanged_in_a_pipe() {
    let server = Server::tcp(&["reverse-lines"]);
    let call = sockeye(&["call", "reverse-lines", "a\u{1b}[1mb", "--to", server.to()]).finish();
    call.is(0, "Client received: bm1[\u{1b}a\n");
}

#[test]
fn a_closed_standard_output_ends_quietly() {
    let server = Server::tcp(&["reverse-lines"]);
    let (reader, writer) = rustix::pipe::pipe().expect("a pipe can be made");
    drop(reader);
    let mut call = Command::new(env!("CARGO_BIN_EXE_sockeye"))
        .args(["call", "reverse-lines", "hello", "there", "--to", server.to()])
        .stdin(Stdio::null())
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .expect("sockeye starts");
    let err = crate::heard::Heard::from(call.stderr.take().expect("it is piped"));
    assert!(err.ends(), "it still runs");
    let status = call.wait().expect("it can be waited for");
    assert_eq!((status.code(), err.text().as_str()), (Some(0), ""));
}

#[test]
fn a_list_cut_short_by_its_reader_ends_quietly() {
    let mut command = Command::new("sh");
    command.args(["-c", "\"$0\" list | head -n 0", env!("CARGO_BIN_EXE_sockeye")]);
    let outcome = Run::start(command).finish();
    outcome.is(0, "");
    outcome.is_quiet();
}

#[test]
fn two_sockeyes_chat_by_turns() {
    let mut server = Server::tcp(&["chat-turns"]);
    let mut call = sockeye(&["call", "chat-turns", "--to", server.to()]);
    // Both type ahead; what comes out of turn waits for its turn.
    server.run.tell("b one\nb two\n");
    call.tell("a one\na two\n/q\n");
    call.finish().is(0, "b one\nb two\n");
    server.run.out.line_with("a two");
    server.stop().is(0, "a one\na two\n");
}

#[test]
fn two_sockeyes_chat_encrypted() {
    let mut server = Server::tcp(&["chat-rsa"]);
    server.run.tell("hello to you\nGood Bye\n");
    let long = "x".repeat(300);
    let mut call = sockeye(&["call", "chat-rsa", "--to", server.to()]);
    // 2048 bits carry 214 bytes: the longer line is refused, and the next one is taken instead.
    call.tell(&format!("hello\n{long}\nžluť\n"));
    let call = call.finish();
    call.is(0, "hello to you\nGood Bye\n");
    call.says(&["214"]);
    server.run.out.line_with("žluť");
    server.stop().is(0, "hello\nžluť\n");
}
