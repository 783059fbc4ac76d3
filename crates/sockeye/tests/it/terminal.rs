//! `call` at a terminal: prompts, editing, history, leaving.

use std::io::{Read, Write};
use std::process::Child;
use std::sync::Arc;

use pty_process::blocking::{Command, Pty, open};

use crate::heard::{DEADLINE, Heard};
use crate::server::Server;
use crate::wire::Peer;

const PROMPT: &str = "Client enter message: ";
pub(crate) const UP: &str = "\u{1b}[A";
pub(crate) const CTRL_C: &str = "\u{3}";
pub(crate) const CTRL_D: &str = "\u{4}";

/// sockeye on a pseudo-terminal of 24 lines of 80 columns.
pub(crate) struct Terminal {
    pub(crate) pty: Arc<Pty>,
    child: Child,
    pub(crate) heard: Heard,
}

/// The terminal's other end, read by a thread.
struct Screen(Arc<Pty>);

impl Read for Screen {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        (&*self.0).read(bytes)
    }
}

impl Terminal {
    pub(crate) fn sockeye(arguments: &[&str]) -> Self {
        Self::with(arguments, &[])
    }

    /// As [`Terminal::sockeye`], in an environment with these variables.
    pub(crate) fn with(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let (pty, child_end) = open().expect("a pseudo-terminal can be made");
        pty.resize(pty_process::Size::new(24, 80)).expect("it can be resized");
        let command = Command::new(env!("CARGO_BIN_EXE_sockeye")).args(arguments);
        let command = command.env("TERM", "xterm").env_remove("NO_COLOR").env_remove("TMUX");
        let command = command.env_remove("STY").env_remove("XTERM_VERSION").envs(variables.iter().copied());
        let child = command.spawn(child_end).expect("sockeye starts");
        let pty = Arc::new(pty);
        let heard = Heard::from(Screen(Arc::clone(&pty)));
        Self { pty, child, heard }
    }

    /// Waits until it listens, as a server, and says where.
    pub(crate) fn listens(&self) -> String {
        self.heard.until("a listening line", |text| {
            let (_, rest) = text.split_once(" listens on tcp://")?;
            Some(rest.split_once(char::is_whitespace)?.0.to_owned())
        })
    }

    pub(crate) fn types(&self, keys: &str) {
        (&*self.pty).write_all(keys.as_bytes()).expect("the terminal takes keys");
    }

    /// Waits until the screen shows this many lines that contain `part`, as a person would see them.
    pub(crate) fn shows(&self, part: &str, times: usize) {
        self.heard.until(&format!("{part:?} on {times} lines of the screen"), |text| {
            (screen(text).lines().filter(|line| line.contains(part)).count() >= times).then_some(())
        });
    }

    pub(crate) fn ends_with(mut self, code: i32) {
        assert!(self.heard.ends(), "still running after {DEADLINE:?}:\n{}", screen(&self.heard.text()));
        let status = self.child.wait().expect("a child can be waited for");
        assert_eq!(status.code(), Some(code), "{}", screen(&self.heard.text()));
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Fails only where it has ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What a person sees.
pub(crate) fn screen(text: &str) -> String {
    let mut terminal = vt100::Parser::default();
    terminal.process(text.as_bytes());
    terminal.screen().contents()
}

#[test]
fn the_prompt_is_shown_answered_and_shown_again() {
    let server = Server::tcp(&["reverse-lines"]);
    let terminal = Terminal::sockeye(&["call", "reverse-lines", "--to", server.to()]);
    terminal.shows(PROMPT, 1);
    terminal.types("hello\r");
    terminal.shows("Client received: olleh", 1);
    terminal.shows(PROMPT, 2);
    terminal.types(CTRL_D);
    terminal.ends_with(0);
}

#[test]
fn the_arrow_up_brings_back_what_was_typed() {
    let server = Server::tcp(&["reverse-lines"]);
    let terminal = Terminal::sockeye(&["call", "reverse-lines", "--to", server.to()]);
    terminal.shows(PROMPT, 1);
    terminal.types("hello\r");
    terminal.shows(PROMPT, 2);
    terminal.types(UP);
    terminal.types("!\r");
    terminal.shows("Client received: !olleh", 1);
    terminal.shows(PROMPT, 3);
    terminal.types(CTRL_D);
    terminal.ends_with(0);
}

#[test]
fn ctrl_c_at_the_prompt_is_130() {
    let server = Server::tcp(&["reverse-lines"]);
    let terminal = Terminal::sockeye(&["call", "reverse-lines", "--to", server.to()]);
    terminal.shows(PROMPT, 1);
    terminal.types(CTRL_C);
    terminal.ends_with(130);
}

#[test]
fn what_does_not_fit_is_asked_again() {
    let server = Server::tcp(&["sum-greeting"]);
    let terminal = Terminal::sockeye(&["call", "sum-greeting", "--to", server.to()]);
    terminal.shows("Please input an integer: ", 1);
    terminal.types("twenty\r");
    terminal.shows("Please input an integer: ", 2);
    terminal.types("20\r");
    terminal.shows("Server of sockeye: 42", 1);
    terminal.ends_with(0);
}

#[test]
fn control_characters_from_a_peer_are_made_visible() {
    let server = Terminal::sockeye(&["serve", "sum-greeting", "--listen", "127.0.0.1:0"]);
    let address = server.listens().parse().expect("it names a socket address");
    let mut peer = Peer::call(address);
    peer.say("Client of \u{1b}]0;owned\u{7}: 25");
    server.shows("connected to Server of sockeye", 1);
    assert!(!server.heard.text().contains("\u{1b}]0;owned"), "{:?}", server.heard.text());
    drop(peer);
    server.types(CTRL_C);
    server.ends_with(0);
}

#[test]
fn what_the_server_says_does_not_disturb_a_line_being_typed() {
    let server = Server::tcp(&["sum-prompt"]);
    let terminal = Terminal::sockeye(&["call", "sum-prompt", "--to", server.to()]);
    terminal.shows("First number: ", 1);
    terminal.types("25\r");
    terminal.shows("Second number: ", 1);
    terminal.types("17\r");
    terminal.shows("First number: ", 2);
    let seen = screen(&terminal.heard.text());
    assert_eq!(
        seen.trim_end(),
        "welcome\nFirst number: 25\nSecond number: 17\n42\nFirst number:",
        "the whole screen"
    );
    terminal.types("Exit\r");
    terminal.ends_with(0);
}

#[test]
fn what_is_typed_out_of_turn_waits_for_its_turn() {
    let server = Terminal::sockeye(&["serve", "chat-turns", "--listen", "127.0.0.1:0"]);
    let address = server.listens();
    let client = Terminal::sockeye(&["call", "chat-turns", "--to", &address]);
    client.shows("Enter message to send...", 1);
    client.types("hello\r");
    server.shows("| Enter message to send...", 1);
    client.shows(&format!("it is the turn of {address}"), 1);
    client.types("and out of turn\r");
    server.types("hi there\r");
    // A prompt is there again when the line behind it is drawn anew: the whole screen is waited for.
    let said = ["hello", "hi there", "and out of turn", ""];
    server.heard.until(&format!("{said:?} one below the other"), |text| {
        let seen = screen(text);
        let lines = seen.lines().skip(1).map(|line| line.rsplit("send...").next().map(str::trim));
        lines.eq(said.map(Some)).then_some(())
    });
    server.types("/q\r");
    client.shows("hi there", 1);
    client.ends_with(0);
    server.types(CTRL_C);
    server.ends_with(0);
}
