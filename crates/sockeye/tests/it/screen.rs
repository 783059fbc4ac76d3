//! Talking at a terminal: what others say comes above the line being typed, which nothing destroys.

use std::net::TcpListener;
use std::num::NonZeroU16;

use crate::server::Server;
use crate::terminal::{CTRL_C, CTRL_D, Terminal, UP, screen};
use crate::wire::Peer;

/// The terminal's size after it was made narrower.
const ROWS: NonZeroU16 = NonZeroU16::new(24).expect("some rows");
const COLUMNS: NonZeroU16 = NonZeroU16::new(50).expect("some columns");

/// A person called ann at a terminal, in a lobby.
fn ann(server: &Server) -> Terminal {
    named_ann(Terminal::sockeye(&["call", "lobby", "--to", server.to()]))
}

fn named_ann(terminal: Terminal) -> Terminal {
    terminal.shows("Your name: ", 1);
    terminal.types("ann\r");
    terminal.shows("Welcome, ann. /q leaves.", 1);
    terminal
}

/// Somebody called bob in that lobby, with a bare socket.
fn bob(server: &Server) -> Peer {
    let mut peer = Peer::call(server.socket());
    peer.say("bob\n");
    peer.hear("Welcome, bob. /q leaves.\n* ann is here\n");
    peer
}

/// The lines on the screen, without the empty ones below.
fn lines(terminal: &Terminal) -> Vec<String> {
    screen(&terminal.heard.text()).trim_end().lines().map(str::to_owned).collect()
}

/// Waits until the last line on the screen is this one.
fn last_line_is(terminal: &Terminal, wanted: &str) {
    terminal.heard.until(&format!("{wanted:?} as the last line"), |text| {
        (screen(text).trim_end().lines().last() == Some(wanted)).then_some(())
    });
}

#[test]
fn a_half_typed_line_survives_a_hundred_incoming_ones() {
    let server = Server::tcp(&["lobby"]);
    let ann = ann(&server);
    let mut bob = bob(&server);
    ann.types("half a lin 漢字");
    ann.shows("> half a lin 漢字", 1);
    for n in 0..100 {
        bob.say(format!("{n}.\n"));
    }
    ann.shows("<bob> 99.", 1);
    last_line_is(&ann, "> half a lin 漢字");
    let seen = lines(&ann);
    let said = |line: &String| line.split_once("<bob> ").map(|(_, said)| said.to_owned());
    let wanted: Vec<_> = (100 - (seen.len() - 1)..100).map(|n| format!("{n}.")).collect();
    assert_eq!(seen[..seen.len() - 1].iter().filter_map(said).collect::<Vec<_>>(), wanted);
    ann.types("\u{1b}[D\u{1b}[D\u{1b}[De\r");
    bob.hear("<ann> half a line 漢字\n");
}

#[test]
fn a_long_line_takes_the_rows_it_needs_and_lives_through_another_width() {
    let server = Server::tcp(&["lobby"]);
    let ann = ann(&server);
    let mut bob = bob(&server);
    let long = "0123456789".repeat(12);
    ann.types(&long);
    last_line_is(&ann, &long[78..]);
    bob.say("one\n");
    ann.shows("<bob> one", 1);
    last_line_is(&ann, &long[78..]);
    let before = ann.heard.text().len();
    ann.pty.resize(pty_process::Size::new(ROWS.get(), COLUMNS.get())).expect("it can be resized");
    bob.say("two\n");
    ann.heard.until("the whole line in the new width", |text| {
        let mut terminal = vt100::Parser::default();
        terminal.process(&text.as_bytes()[..before]);
        terminal.screen_mut().set_size(ROWS, COLUMNS);
        terminal.process(&text.as_bytes()[before..]);
        let seen = terminal.screen().contents();
        let rows: Vec<_> = seen.trim_end().lines().collect();
        let typed = rows.last_chunk::<3>()?.concat();
        (typed.ends_with(&format!("> {long}")) && seen.contains("<bob> two")).then_some(())
    });
    ann.types("\r");
    bob.hear(&format!("<ann> {long}\n"));
}

#[test]
fn a_narrower_terminal_keeps_nothing_of_the_line_as_it_was() {
    let server = Server::tcp(&["lobby"]);
    // (What the environment says of the terminal, how many rows it has above the cursor afterwards.)
    for (variable, above) in [("TMUX", 2), ("XTERM_VERSION", 1)] {
        let arguments = ["call", "lobby", "--to", server.to()];
        let ann = named_ann(Terminal::with(&arguments, &[(variable, "1")]));
        let long = "0123456789".repeat(12);
        ann.types(&long);
        last_line_is(&ann, &long[78..]);
        let before = ann.heard.text().len();
        ann.pty.resize(pty_process::Size::new(ROWS.get(), COLUMNS.get())).expect("it can be resized");
        // 80 and 42 columns fold to 50, 30 and 42.
        ann.heard.until(&format!("{above} rows erased"), |text| {
            text[before..].starts_with(&format!("\u{1b}[{above}A\r\u{1b}[J")).then_some(())
        });
    }
}

#[test]
fn ctrl_l_leaves_what_is_being_typed_alone_on_the_screen() {
    let server = Server::tcp(&["lobby"]);
    let ann = ann(&server);
    // What may be said is printed once, and would stand above.
    last_line_is(&ann, ">");
    ann.types("half\u{c}");
    ann.heard.until("nothing but the typed line", |text| (screen(text).trim_end() == "> half").then_some(()));
    ann.types(" a line\r");
    ann.shows("> half a line", 1);
}

#[test]
fn what_others_say_moves_no_cursor_and_turns_no_text() {
    let server = Server::tcp(&["lobby"]);
    let ann = ann(&server);
    let mut bob = bob(&server);
    ann.types("half");
    bob.say("\u{1b}[2J\u{1b}]0;owned\u{7}\u{8}\u{9b}A\u{202e}back\u{2028}x\u{7f}\n");
    ann.shows(r"<bob> \x1b[2J\x1b]0;owned\x07\x08\u{9b}A\u{202e}back\u{2028}x\x7f", 1);
    last_line_is(&ann, "> half");
    for hostile in ["\u{1b}[2J", "\u{1b}]0", "\u{7}", "\u{9b}", "\u{202e}", "\u{2028}"] {
        assert!(!ann.heard.text().contains(hostile), "{hostile:?}");
    }
}

#[test]
fn names_have_colours_and_lines_their_time_of_day() {
    let server = Server::tcp(&["lobby"]);
    let plain = Terminal::with(&["call", "lobby", "--to", server.to()], &[("NO_COLOR", "1"), ("TZ", "UTC")]);
    let plain = named_ann(plain);
    let mut bob = bob(&server);
    bob.say("hello\n");
    plain.shows("<bob> hello", 1);
    let is_time = |text: &str| {
        let mut pattern = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c });
        pattern.by_ref().take(5).collect::<String>() == "00:00"
    };
    let said = lines(&plain).into_iter().find(|line| line.contains("<bob>")).expect("it is shown");
    assert!(is_time(&said), "{said}");
    assert!(!plain.heard.text().contains("\u{1b}[3"), "{:?}", plain.heard.text());
    let coloured = named_ann(Terminal::sockeye(&["call", "lobby", "--to", server.to()]));
    bob.say("hello\n");
    coloured.shows("<bob> hello", 1);
    let colour = |text: &str| {
        text.rsplit_once("bob\u{1b}[0m> hello").map(|(before, _)| before[before.len() - 4..].to_owned())
    };
    let first = colour(&coloured.heard.text()).expect("a name in colour");
    bob.say("hello\n");
    coloured.shows("<bob> hello", 2);
    assert_eq!(colour(&coloured.heard.text()), Some(first));
}

#[test]
fn two_people_chat_from_two_terminals() {
    let server = Terminal::sockeye(&["serve", "chat", "--listen", "127.0.0.1:0"]);
    let client = Terminal::sockeye(&["call", "chat", "--to", &server.listens()]);
    client.shows("you can say", 1);
    server.shows("| >", 1);
    client.types("one\rtwo\rhal");
    server.types("and half");
    server.shows("two", 1);
    server.types(" of mine\r");
    client.shows("and half of mine", 1);
    last_line_is(&client, "> hal");
    client.types(UP);
    last_line_is(&client, "> two");
    client.types("\u{15}");
    client.types(CTRL_D);
    client.ends_with(0);
    server.shows("(the other side has left)", 1);
    server.types(CTRL_C);
    server.ends_with(0);
}

#[test]
fn a_word_leaves_a_chat_that_has_none_for_it() {
    let server = Terminal::sockeye(&["serve", "chat", "--listen", "127.0.0.1:0"]);
    let address = server.listens();
    let client = Terminal::sockeye(&["call", "chat", "--to", &address]);
    client.shows("/q or Ctrl-D leaves", 1);
    client.types("/quite\r/q\r");
    client.ends_with(0);
    server.shows("/quite", 1);
    server.shows("(the other side has left)", 1);
    let client = Terminal::sockeye(&["call", "chat", "--to", &address]);
    server.shows("you can say", 2);
    server.types("/q\r");
    client.shows("(the other side has left)", 1);
    server.types(CTRL_C);
    server.ends_with(0);
}

#[test]
fn leaving_is_polite() {
    let server = Server::tcp(&["lobby"]);
    let first = ann(&server);
    let mut bob = bob(&server);
    first.types("/q\r");
    bob.hear("* ann left\n");
    first.ends_with(0);
    let second = ann(&server);
    bob.hear("* ann is here\n");
    second.types(CTRL_D);
    bob.hear("* ann is gone\n");
    second.ends_with(0);
}

#[test]
fn a_talk_that_is_cut_off_is_taken_up_again() {
    let host = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
    let address = format!("tcp://{}", host.local_addr().expect("it is bound"));
    let welcome = || {
        let mut peer = Peer::of(&host);
        peer.hear("ann\n");
        peer.say("Welcome, ann. /q leaves.\n");
        peer
    };
    let ann = Terminal::sockeye(&["call", "lobby", "--to", &address]);
    ann.shows("Your name: ", 1);
    ann.types("ann\r");
    let peer = welcome();
    ann.types("half");
    ann.shows("> half", 1);
    peer.reset();
    ann.shows("(the connection is lost; calling again in 1 s, Ctrl-D leaves)", 1);
    ann.types(" a line");
    let mut peer = welcome();
    last_line_is(&ann, "> half a line");
    ann.types("\r");
    peer.hear("half a line\n");
    drop(peer);
    ann.shows("the connection is lost", 2);
    ann.types(CTRL_D);
    ann.ends_with(0);
}

#[test]
fn a_terminal_that_moves_no_cursor_shows_prompts_all_the_same() {
    let server = Server::tcp(&["reverse-lines"]);
    let person = Terminal::with(&["call", "reverse-lines", "--to", server.to()], &[("TERM", "dumb")]);
    person.shows("Client enter message: ", 1);
    person.types("hello\r");
    person.shows("Client received: olleh", 1);
    person.types(CTRL_D);
    assert!(!person.heard.text().contains('\u{1b}'), "{:?}", person.heard.text());
    person.ends_with(0);
}
