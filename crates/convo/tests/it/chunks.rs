//! `chunk` and `counted`: they promise nothing about cuts, but much of what TCP does to writes is put right.

use convo::Role::{Client, Server};
use convo::{Input, Link, ViolationKind};

use crate::convos::{named, read};
use crate::kept::Kept;
use crate::pair::{Cut, Typed, run};
use crate::play::{play, play_on};
use crate::side::{Side, Terms};

#[test]
fn a_chunk_that_may_go_on_waits_for_the_rest() {
    let convo = named("sum-greeting");
    let shown = "S> Ann connected to Server of sockeye
        S> Server: 42; Client: 25; Combined: 67
        S: Server of sockeye: 42
        S closes";
    play(
        &convo,
        Server,
        &format!("C writes Client of\nC writes \" An\"\nC writes \"n: \"\nC writes 25\n{shown}"),
    );
    play(
        &convo,
        Server,
        "C writes Client of
        waits 199ms
        C writes \" Ann\"
        waits 1ms
        S breaks: sum-greeting.convo:11: expected `C: Client of {client}: {number}`, got \"Client of Ann\"",
    );
    play(
        &convo,
        Server,
        "C writes Clients
        S breaks: sum-greeting.convo:11: expected `C: Client of {client}: {number}`, got \"Clients\"",
    );
}

#[test]
fn a_chunk_whose_rest_never_comes_is_judged_at_the_end_of_the_stream() {
    let convo = named("sum-greeting");
    let broken = play(
        &convo,
        Server,
        "C writes Client of
        C closes
        S breaks: sum-greeting.convo:11: expected `C: Client of {client}: {number}`, got \"Client of\"",
    );
    assert_eq!(broken.broke(), Some(ViolationKind::Unexpected));
}

#[test]
fn of_a_chunk_the_longest_beginning_that_fits_is_taken() {
    let convo = read("framing chunk\nC: {n: int}\nC: {w: word}\nC: !\nS> {n} {w}\n");
    play(&convo, Server, "C writes 12ab!\nC writes !\nS> 12 ab!\nS closes");
}

#[test]
fn glued_chunks_are_taken_one_by_one() {
    let convo = read(
        "framing chunk\nloop:\n    on C: GET\n        S: one\n    on C: GET ALL\n        S: all\n    on C: QUIT\n        end\n",
    );
    play(&convo, Server, "C writes GETQUIT\nS: one\nS closes");
    play(&convo, Server, "C writes GET ALLGETQUIT\nS: all\nS: one\nS closes");
    play(&convo, Server, "C writes QU\nC writes IT\nS closes");
}

#[test]
fn what_follows_the_last_chunk_is_cut_anew_by_the_next_framing() {
    let convo = named("chat-turns");
    let text = "framing chunk
        S: SYN
        C writes SYN5hello
        S> hello
        S leaves";
    play(&convo, Server, text);
    let text = "S: SYN\nC writes SY\nC writes N\nC writes 5\nC writes 12345\nS> 12345\nS leaves";
    play(&convo, Server, &format!("framing chunk\n{text}"));
}

#[test]
fn a_count_is_digits_and_its_text_is_utf_8() {
    let convo = read("framing counted\nC: {m}\nS> {m}\n");
    play(&convo, Server, "C writes 0\nS> \"\"\nS closes");
    play(&convo, Server, "C writes x\nS breaks: test.convo:2: expected a count of characters, got \"x\"");
    play(
        &convo,
        Server,
        "C writes 2\nC writes a\\xff\nS breaks: test.convo:2: expected a text in UTF-8, got \"2a\\\\xff\"",
    );
    let long = play(
        &convo,
        Server,
        "C writes 65537\nS breaks: test.convo:2: expected `C: {m}`, a message longer than 65536 bytes came",
    );
    assert_eq!(long.broke(), Some(ViolationKind::TooLong));
}

#[test]
fn two_sends_without_a_receive_between_are_kept_apart() {
    let convo = named("two-sends");
    let sum = run(&convo, &Typed::client(&["25"]), &Terms::default(), Cut::Writes, &mut Kept::default());
    let apart = |role: usize| sum.wire[role].iter().map(|write| write.apart).collect::<Vec<_>>();
    assert_eq!(apart(0), [false, true]);
    assert_eq!(apart(1), [false, true]);
    let reverse = named("reverse");
    let turns = Typed::client(&["abc", "def"]);
    let turns = run(&reverse, &turns, &Terms::default(), Cut::Writes, &mut Kept::default());
    assert!(turns.wire.iter().flatten().all(|write| !write.apart), "a turn keeps writes apart by itself");
}

#[test]
fn a_count_is_a_write_of_its_own_on_a_stream_and_none_in_a_datagram() {
    let convo = read("framing counted\ngiven C text = ask \"\"\nC: {text}\nC: ñ\n");
    let wire = |link| {
        let terms = Terms { link, ..Terms::default() };
        let run = run(&convo, &Typed::client(&["12"]), &terms, Cut::Writes, &mut Kept::default());
        let writes = run.wire[0].iter();
        writes
            .map(|write| (String::from_utf8_lossy(&write.bytes).into_owned(), write.apart))
            .collect::<Vec<_>>()
    };
    let told = |text: &str, apart| (text.to_owned(), apart);
    assert_eq!(wire(Link::Stream), [told("2", false), told("12", true), told("1", true), told("ñ", true)]);
    assert_eq!(wire(Link::Datagram), [told("212", false), told("1ñ", false)]);
}

#[test]
fn a_datagram_holds_one_message_and_nothing_else() {
    let datagrams = Terms { link: Link::Datagram, ..Terms::default() };
    type Case = (&'static str, &'static str, &'static str, &'static str, &'static [u8], &'static str);
    let cases: [Case; 6] = [
        ("line", "on C: {m}", "a\\n", "a", b"a", "a datagram that holds one line and its end"),
        (
            "json",
            "on C: [m]",
            "[\\\"a\\\"] \\n",
            "[\\\"a\\\"]",
            b"[",
            "a datagram that holds one JSON object or array",
        ),
        ("counted", "on C: {m}", "1a", "a", b"2a", "a datagram that holds a count and so many characters"),
        (
            "length u16",
            "on C: {m}",
            "\\0\\x01a",
            "a",
            b"\0\x01ab",
            "a datagram that holds a length and so many bytes",
        ),
        ("chunk", "on C: {m: int}", "1", "1", b"1x", ""),
        ("exact", "on C: {m: u8}", "1", "1", b"1x", ""),
    ];
    for (framing, row, wire, message, wrong, wanted) in cases {
        let convo = read(&format!("listen udp 1\nframing {framing}\nloop:\n    {row}\n"));
        let heard = play_on(&convo, Server, &datagrams, &format!("C writes \"{wire}\""));
        assert_eq!(heard.heard.len(), 1, "framing {framing}");
        let said = format!("C: \"{message}\"");
        play_on(&convo, Server, &datagrams, &format!("framing {framing}\n{said}"));
        let mut broken = Side::new(&convo, Server, &datagrams, &[]);
        broken.hear(Input::Datagram(wrong));
        broken.run(&mut Kept::default());
        let why = broken.violation.expect("a violation").text;
        assert!(why.contains(wanted) && why.contains("got"), "framing {framing}: {why}");
    }
}

#[test]
fn datagrams_that_pile_up_are_read_in_order_and_a_flood_is_lost() {
    let convo = read("listen udp 1\nframing chunk\nloop:\n    on C: {n: int}\n        S: {n}\n");
    let terms = Terms { link: Link::Datagram, ..Terms::default() };
    let mut side = Side::new(&convo, Server, &terms, &[]);
    for n in 0..100 {
        side.hear(Input::Datagram(n.to_string().as_bytes()));
    }
    side.run(&mut Kept::default());
    let answers: Vec<_> =
        side.writes.iter().map(|write| String::from_utf8_lossy(&write.bytes).into_owned()).collect();
    assert_eq!(answers, (0..64).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[test]
fn an_empty_datagram_opens_a_session_whose_server_speaks_first() {
    let terms = Terms { link: Link::Datagram, ..Terms::default() };
    play_on(&named("sum-prompt"), Server, &terms, "framing chunk\nS: welcome\nC:\nC: 1\nS: num1 received");
    play_on(
        &read("framing chunk\nloop:\n    on C: {m}\n        S: <{m}>\n"),
        Client,
        &terms,
        "framing chunk\nC<\nC:\nS: <>\nC leaves",
    );
}

#[test]
fn a_datagram_holds_sized_holes_as_they_were_written() {
    let datagrams = Terms { link: Link::Datagram, ..Terms::default() };
    let convo = read(
        "listen udp 1\nloop:\n    on C: {n: int} {t: text n}\n        S> {t}\n    on C: {t}!\n        S> {t}\n",
    );
    let text = "C writes 4 a\\nb\\r\\n\nS> a\\nb\\r\nC writes 0 \\r\\n\nS>\nC writes a!\\n\nS> a";
    play_on(&convo, Server, &datagrams, text);
    for wrong in ["4 a\\nb\\n", "4 a\\nb\\r", "1 a\\nb\\n", "a\\n!\\n", "9 a\\n", "\"\""] {
        let mut said = wrong.replace("\\n", "\n").replace("\\r", "\r");
        said.retain(|c| c != '"');
        let mut broken = Side::new(&convo, Server, &datagrams, &[]);
        broken.hear(Input::Datagram(said.as_bytes()));
        broken.run(&mut Kept::default());
        assert_eq!(broken.broke(), Some(ViolationKind::Unexpected), "{wrong}");
    }
}

#[test]
fn a_count_in_a_datagram_is_told_from_a_text_of_digits() {
    let datagrams = Terms { link: Link::Datagram, ..Terms::default() };
    let convo = read("listen udp 1\nframing counted\nloop:\n    on C: {t}\n        S: {t}\n");
    let text = "C: 0\nS: 0\nC: 12345678901\nS: 12345678901\nC:\nS:\nC: 10\nS: 10";
    play_on(&convo, Server, &datagrams, &format!("framing counted\n{text}"));
}

#[test]
fn an_empty_datagram_is_a_message_to_a_client() {
    let datagrams = Terms { link: Link::Datagram, ..Terms::default() };
    let convo = read("listen udp 1\nframing chunk\ngiven S text = \"\"\nC: go\nS: {text}\nS: end\n");
    play_on(&convo, Client, &datagrams, "framing chunk\nC: go\nS:\nS: end\nC closes");
}
