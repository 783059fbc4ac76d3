//! Transcripts are read back as they were printed, and differences are shown where they are.

use super::*;

fn transcript(text: &str) -> Transcript {
    Transcript::parse(text).expect("a transcript")
}

#[test]
fn every_event_is_read_and_printed() {
    let text =
        "C< hello\nC: hello\nS: olleh\nS> caf\u{e9}\nC leaves\nC closes\nS stops\nS breaks: it rained\n";
    let read = transcript(&format!("# a comment\n\n{text}"));
    assert_eq!(read.to_string(), text);
    assert_eq!(read.events[1], Event::Said(Role::Client, b"hello".into()));
    assert_eq!(read.events[7], Event::Broke(Role::Server, "it rained".into()));
}

#[test]
fn messages_come_back_byte_for_byte() {
    let messages: [&[u8]; 9] = [
        b"",
        b" edges ",
        b"\"quoted\"",
        b"say \"hi\"",
        b"{\"a\": 1}",
        b"\\\n\r\t\0",
        b"\xff\x80",
        b"\x1b[0m",
        "\u{a0}é".as_bytes(),
    ];
    for message in messages {
        let printed = Transcript { events: vec![Event::Said(Role::Server, message.into())] };
        assert_eq!(transcript(&printed.to_string()), printed, "{printed}");
    }
}

#[test]
fn a_line_that_is_no_event_is_named() {
    let wrong = |text: &str| Transcript::parse(text).expect_err("no transcript");
    assert_eq!(wrong("C: hello\nX: hello").line, 2);
    for text in ["hello", "", "C", "C sings", "C: \\q", "C: \"open", "C: \"shut\" more", "S> \\xff", "é"] {
        if text.is_empty() {
            assert_eq!(transcript(text), Transcript::default());
        } else {
            assert!(wrong(text).to_string().contains("hint: "), "{text}");
        }
    }
}

#[test]
fn a_difference_shows_what_is_missing_and_what_is_too_much() {
    let wanted = transcript("C: a\nS: b\nC: c");
    assert_eq!(wanted.difference(&wanted), None);
    let came = transcript("C: a\nS: x\nS: y\nC: c");
    assert_eq!(wanted.difference(&came).as_deref(), Some("  C: a\n- S: b\n+ S: x\n+ S: y\n  C: c\n"));
}
