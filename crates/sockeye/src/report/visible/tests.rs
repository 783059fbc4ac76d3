//! What a peer's text may do to a terminal: nothing.

use super::{in_log, on_line, on_screen};

#[test]
fn a_screen_keeps_newlines_and_tabs_and_shows_the_rest() {
    assert_eq!(on_screen("plain é 漢"), "plain é 漢");
    assert_eq!(on_screen("a\nb\tc"), "a\nb\tc");
    assert_eq!(on_screen("\x1b[2J\r\x07\0"), "\\x1b[2J\\r\\x07\\0");
    assert_eq!(on_screen("\u{9b}31m"), "\\u{9b}31m");
    assert_eq!(on_screen("abc\u{202e}cba"), "abc\\u{202e}cba");
}

#[test]
fn a_log_line_holds_a_message_without_doubt() {
    assert_eq!(in_log(b"a\r\nb\\n"), "a\\r\\nb\\\\n");
    assert_eq!(in_log(b"\xff\xfe ok \xc3"), "\\xff\\xfe ok \\xc3");
    assert_eq!(in_log("\u{2066}x".as_bytes()), "\\u{2066}x");
}

#[test]
fn one_line_stays_one_line() {
    assert_eq!(on_line("a\nerror: b\\n"), "a\\nerror: b\\n");
}
