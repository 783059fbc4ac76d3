//! What lies at the beginning of the bytes at hand, as each framing sees it.

use super::*;

fn first(framing: Framing, bytes: &[u8]) -> Cut {
    cut(framing, bytes, &mut Progress::default(), 100)
}

#[test]
fn a_line_ends_at_its_newline_and_loses_one_carriage_return() {
    assert_eq!(first(Framing::Line, b"ab\ncd\n"), Cut::Message { start: 0, end: 2, taken: 3 });
    assert_eq!(first(Framing::Line, b"ab\r\n"), Cut::Message { start: 0, end: 2, taken: 4 });
    assert_eq!(first(Framing::LineCrlf, b"\r\r\n"), Cut::Message { start: 0, end: 1, taken: 3 });
    assert_eq!(first(Framing::LineCrlf, b"\n"), Cut::Message { start: 0, end: 0, taken: 1 });
    assert_eq!(first(Framing::Line, b"ab"), Cut::More);
    assert_eq!(first(Framing::Line, &[b'x'; 102]), Cut::TooLong);
}

#[test]
fn a_line_that_is_seen_word_by_word_is_the_same_line() {
    for length in 0..200usize {
        for end in (0..=length).step_by(3) {
            for odd in [None, Some(0xc3), Some(b'\r'), Some(b'\n' + 0x80), Some(b'\n' + 1)] {
                for at in [0, end / 2, end.saturating_sub(1), end + 1] {
                    let mut bytes = vec![b'a'; length];
                    bytes.get_mut(end).into_iter().for_each(|byte| *byte = b'\n');
                    if let (Some(byte), Some(odd)) = (bytes.get_mut(at), odd) {
                        *byte = odd;
                    }
                    let line = first_line(&bytes, 0);
                    let found = cut(Framing::Line, &bytes, &mut Progress::default(), 200);
                    let same = line.map(|line| Cut::Message { start: 0, end: line.end, taken: line.taken });
                    assert_eq!(same.unwrap_or(Cut::More), found, "{bytes:?}");
                    if let Some(Line { taken, ascii: Ascii::Yes, .. }) = line {
                        assert!(bytes[..taken].is_ascii(), "{bytes:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn the_search_for_an_end_goes_on_where_it_stopped() {
    let mut progress = Progress::default();
    assert_eq!(cut(Framing::Line, b"abc", &mut progress, 100), Cut::More);
    assert_eq!(progress.at, 3);
    assert_eq!(
        cut(Framing::Line, b"abcd\n", &mut progress, 100),
        Cut::Message { start: 0, end: 4, taken: 5 }
    );
    let mut progress = Progress::default();
    assert_eq!(cut(Framing::Json, b" {\"}", &mut progress, 100), Cut::More);
    assert_eq!(
        cut(Framing::Json, b" {\"}\"}", &mut progress, 100),
        Cut::Message { start: 1, end: 6, taken: 6 }
    );
}

#[test]
fn a_count_that_came_alone_is_whole() {
    let mut progress = Progress::default();
    assert_eq!(cut(Framing::Counted, b"2", &mut progress, 100), Cut::More);
    assert_eq!(
        cut(Framing::Counted, b"212", &mut progress, 100),
        Cut::Message { start: 1, end: 3, taken: 3 }
    );
    assert_eq!(first(Framing::Counted, "1éx".as_bytes()), Cut::Message { start: 1, end: 3, taken: 3 });
    assert_eq!(first(Framing::Counted, b"101"), Cut::TooLong);
    assert!(matches!(first(Framing::Counted, b"-1"), Cut::Wrong(_)));
}

#[test]
fn in_a_datagram_a_count_is_what_its_text_agrees_with() {
    let datagram = |bytes| cut_datagram(Framing::Counted, bytes, 100);
    assert_eq!(datagram(b"10"), Cut::Message { start: 1, end: 2, taken: 2 });
    assert_eq!(
        datagram(b"1012345678901"),
        Cut::Wrong("a datagram that holds a count and so many characters")
    );
    assert_eq!(datagram(b"111234567890x"), Cut::Message { start: 2, end: 13, taken: 13 });
    assert_eq!(datagram(b"0"), Cut::Message { start: 1, end: 1, taken: 1 });
}

#[test]
fn a_length_is_big_endian() {
    assert_eq!(first(Framing::LengthU16, b"\0\x02abc"), Cut::Message { start: 2, end: 4, taken: 4 });
    assert_eq!(first(Framing::LengthU32, b"\0\0\0\x01a"), Cut::Message { start: 4, end: 5, taken: 5 });
    assert_eq!(first(Framing::LengthU32, b"\0\0\0"), Cut::More);
    assert_eq!(first(Framing::LengthU16, b"\0\x65"), Cut::TooLong);
}

#[test]
fn what_is_wrapped_is_cut_again() {
    for (name, framing) in Framing::ALL {
        let message: &[u8] = if framing.is_json() { b"[\"a\"]" } else { "ñandú".as_bytes() };
        let mut wire = b"before".to_vec();
        wrap(framing, message, &mut wire);
        let wire = &wire[6..];
        let Cut::Message { start, end, .. } = first(framing, wire) else { panic!("framing {name}") };
        assert_eq!(&wire[start..end], message, "framing {name}");
        assert!(matches!(cut_datagram(framing, wire, 100), Cut::Message { .. }), "framing {name}");
    }
}
