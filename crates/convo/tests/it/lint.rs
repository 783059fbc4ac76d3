//! Every finding, by a convo that shows it and one that is clean: where, what, and all of them in one run.

use convo::{Convo, Severity};

use crate::convos;

/// Findings as `LINE:COLUMN: severity: message`.
fn findings(text: &str) -> Vec<String> {
    let reading = Convo::read("test.convo", text);
    let errors = reading.findings.iter().any(|finding| finding.severity == Severity::Error);
    assert_eq!(reading.convo.is_none(), errors, "{text}");
    let head = |finding: &convo::Finding| {
        let told = finding.to_string();
        let head =
            told.lines().next().expect("a line").strip_prefix("test.convo:").expect("the file").to_owned();
        let lines: Vec<_> = told.lines().collect();
        assert_eq!(lines.len(), 4, "{told}");
        assert!(
            lines[1].contains(" | ") && lines[2].contains('^') && lines[3].starts_with("hint: "),
            "{told}"
        );
        head
    };
    reading.findings.iter().map(head).collect()
}

/// A convo with these findings and, beside it, one with none.
fn shows(wrong: &str, wanted: &[&str], clean: &str) {
    assert_eq!(findings(wrong), wanted, "{wrong}");
    assert_eq!(findings(clean), [""; 0], "{clean}");
}

#[test]
fn a_finding_shows_its_line_and_a_way_out() {
    let reading = Convo::read("sum.convo", "given S number: int = 5\nC: go\n\tif x:\nS: é {nmuber}\n");
    let told: Vec<_> = reading.findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        told[0],
        "sum.convo:3:1: error: blocks are indented by 4 spaces, this line by something else\n    3 | \u{fffd}if x:\n      | ^\nhint: replace tabs by 4 spaces each"
    );
    let last = told.last().expect("a finding");
    assert_eq!(
        last,
        "sum.convo:4:7: error: nobody knows `nmuber` here\n    4 | S: é {nmuber}\n      |       ^^^^^^\nhint: did you mean `number`?"
    );
}

#[test]
fn several_errors_are_found_in_one_run() {
    let text = "listen tcp many\nC: {\nS: \\q\nfoo\nframing lines\nloop:\nS: {x\nif 1:\n    end\nC: {y}\n";
    let found = findings(text);
    let lines: Vec<&str> = found.iter().map(|finding| line_of(finding)).collect();
    assert_eq!(lines, ["1", "2", "3", "4", "5", "6", "7", "8", "10"], "{found:#?}");
}

#[test]
fn an_error_hides_none_of_another_kind() {
    shows(
        "given C secret = \"a\"\nS: {secret}\nC: hi {\n",
        &[
            "2:5: error: the server does not know `secret` here",
            "3:8: error: a value is wanted here, this is the end of it",
        ],
        "given C secret = \"a\"\nC: {secret}\nS: {secret}\nC: hi\n",
    );
    shows(
        "C: a\\nb\nS: {1 + \"x\"}\n",
        &[
            "1:4: error: under `framing line` a newline ends the message",
            "2:5: error: `+` never mixes types: this is int + text",
        ],
        "C: ab\nS: {1 + 1}\n",
    );
}

#[test]
fn secure_wants_a_stream() {
    shows(
        "listen udp 1\nsecure rsa-oaep\nC: hi\n",
        &["2:1: error: `secure` does not go over UDP"],
        "listen tcp 1\nsecure rsa-oaep\nC: hi\n",
    );
}

#[test]
fn a_hole_that_its_sender_cannot_fill() {
    shows(
        "given C a = \"x\"\nC: hi\nS: {a}\n",
        &["3:5: error: the server does not know `a` here"],
        "given C a = \"x\"\nC: {a}\nS: {a}\n",
    );
    shows(
        "keep notes\nC: {len(notes)}\n",
        &["2:5: error: the client cannot send what the server keeps"],
        "keep notes\nC: go\nS: {len(notes)}\n",
    );
    shows("C: go\nS: {x}\n", &["2:5: error: nobody knows `x` here"], "given S x = \"x\"\nC: go\nS: {x}\n");
    shows(
        "given C a = \"x\"\nC: go\nS> {a}\n",
        &["3:5: error: the server does not know `a` here"],
        "given C a = \"x\"\nC: go\nC> {a}\n",
    );
    shows(
        "given C a = \"x\"\ngiven S b = \"x\"\nlet c = a + b\nC: go\n",
        &["3:9: error: neither role can compute this here"],
        "given C a = \"x\"\ngiven C b = \"x\"\nlet c = a + b\nC: {c}\n",
    );
    shows(
        "given C a = \"x\"\nC: go\ngiven S b = a\nS: {b}\n",
        &["3:13: error: the server does not know `a` here"],
        "given C a = \"x\"\nC: {a}\ngiven S b = a\nS: {b}\n",
    );
    shows(
        "C: {a}\nS: {a}\n",
        &["1:5: warning: nobody gave this a value: the client's person types the whole message"],
        "on C: {a}\n    S: {a}\n",
    );
}

#[test]
fn a_name_with_two_meanings() {
    shows(
        "given C a = \"x\"\ngiven S a = \"y\"\nC: {a}\n",
        &["2:9: error: `a` has a meaning here already"],
        "given C a = \"x\"\ngiven S b = \"y\"\nC: {a}\nS: {b}\n",
    );
    shows(
        "let a = 1\nlet a = \"x\"\nC: {a}\n",
        &["2:9: error: `a` is int, this is text"],
        "let a = 1\nlet a = 2\nC: {a}\n",
    );
    shows(
        "keep notes\ngiven C notes = \"x\"\nC: {notes}\n",
        &[
            "2:9: error: `notes` has a meaning here already",
            "3:5: error: `notes` is a kept list, and no value",
        ],
        "keep notes\ngiven C note = \"x\"\nC: {note}\n",
    );
    shows(
        "given C a: int = 5\nC: {a}\nS: {a: word}\n",
        &["3:4: error: this is int, and word here"],
        "given C a: int = 5\nC: {a: int}\nS: {a: int}\n",
    );
}

#[test]
fn numbers_of_kept_items_are_new_names_and_known_to_the_server() {
    shows(
        "keep notes\ngiven C n: int = 1\nC: {n}\nadd \"x\" to notes as n\nS: {n}\n",
        &["4:21: error: `n` has a meaning here already"],
        "keep notes\nC: go\nadd \"x\" to notes as n\nS: {n}\n",
    );
    shows(
        "keep notes\nC: go\nadd \"x\" to notes as n\nS: ok\nC: {n + 1}\n",
        &["5:5: error: the client does not know `n` here"],
        "keep notes\nC: go\nadd \"x\" to notes as n\nS: {n}\nC: {n + 1}\n",
    );
    shows(
        "keep notes\nC: go\nadd \"x\" to notes as n\nelse:\n    S: no\n    end\nS: ok\n",
        &["3:21: error: what was not kept has no number"],
        "keep notes\nC: go\nadd \"x\" to notes as n:\n    S: {n}\nelse:\n    S: no\n",
    );
    shows(
        "keep notes\nC: go\nadd \"x\" to notes as n:\n    S: ok\nelse:\n    S: no\nS: {n}\n",
        &["7:5: error: nobody knows `n` here"],
        "keep notes\nC: go\nadd \"x\" to notes as n:\n    S: {n}\nS: done\n",
    );
    shows(
        "keep notes\nC: go\nadd \"x\" to notes:\n    S: ok\nelse:\n    S: ok\n    end\nS: more\n",
        &[
            "3:1: error: the client does not know this condition and cannot tell the ways apart: one of them can never be taken",
        ],
        "keep notes\nC: go\nadd \"x\" to notes:\n    S: ok\nelse:\n    S: no\n    end\nS: more\n",
    );
    shows(
        "keep notes\nC: go\nS: ok\nelse:\n    S: no\n",
        &["4:1: error: `else` without its `if`"],
        "keep notes\nC: go\nadd \"x\" to notes\nelse:\n    S: no\n    end\nS: ok\n",
    );
    shows(
        "keep notes\ngiven C n: int = 1\nC: go\nfor note in notes from n:\n    S: {note.text}\n",
        &["4:24: error: the server does not know `n` here"],
        "keep notes\ngiven C n: int = 1\nC: {n}\nfor note in notes from n:\n    S: {note.text}\n",
    );
    shows(
        "C: go\nfor n in [1, 2, 3] from 2:\n    S: {n}\n",
        &["2:25: error: `from` begins at a number of a kept list, and this is none"],
        "C: go\nfor n in [1, 2, 3]:\n    S: {n}\n",
    );
}

#[test]
fn a_branch_or_an_end_of_list_that_the_other_role_cannot_follow() {
    shows(
        "given C a: int = 1\nC: go\nif a == 1:\n    S: one\nelse:\n    S: two\n",
        &[
            "3:1: error: the server does not know this condition and cannot tell the ways apart: one way goes on with line 4",
            "3:1: error: the server does not know this condition and cannot tell the ways apart: one way goes on with line 6",
        ],
        "given C a: int = 1\nC: {a}\nif a == 1:\n    S: one\nelse:\n    S: two\n",
    );
}

#[test]
fn an_alternative_that_can_never_fit() {
    shows(
        "loop:\n    on C: {text}\n        S: 1\n    on C: GET\n        S: 2\n",
        &["4:5: error: this alternative can never fit: line 2 takes all of it"],
        "loop:\n    on C: GET\n        S: 2\n    on C: {text}\n        S: 1\n",
    );
    shows(
        "framing json\nloop:\n    on C: {\"a\": a}\n        S: [1]\n    on C: {\"a\": \"x\", \"b\": b}\n        S: [2]\n",
        &["5:5: error: this alternative can never fit: line 3 takes all of it"],
        "framing json\nloop:\n    on C: {\"a\": \"x\", \"b\": b}\n        S: [2]\n    on C: {\"a\": a}\n        S: [1]\n",
    );
}

#[test]
fn a_text_takes_every_integer_of_a_line() {
    shows(
        "loop:\n    on C: {text}\n        S: 1\n    on C: {n: int}\n        S: 2\n",
        &["4:5: error: this alternative can never fit: line 2 takes all of it"],
        "loop:\n    on C: {n: int}\n        S: 2\n    on C: {text}\n        S: 1\n",
    );
}

#[test]
fn two_text_holes_side_by_side() {
    shows(
        "given C a = \"x\"\ngiven C b = \"y\"\nC: {a}{b}\n",
        &["3:7: error: nobody sees where the hole before this one ends"],
        "given C a = \"x\"\ngiven C b = \"y\"\nC: {a} {b}\n",
    );
}

#[test]
fn a_step_that_cannot_be_reached() {
    shows("C: a\nend\nS: b\n", &["3:1: error: this step cannot be reached"], "C: a\nS: b\nend\n");
    shows(
        "loop:\n    C: a\nS: b\n",
        &["3:1: error: this step cannot be reached"],
        "loop:\n    C: a\n    break\nS: b\n",
    );
    shows(
        "let n = 0\nloop:\n    if n == 0:\n        C: a\n",
        &["2:1: error: a way through this loop passes no message"],
        "let n = 0\nloop:\n    if n == 0:\n        C: a\n    else:\n        break\n",
    );
}

#[test]
fn a_step_under_two_framings() {
    shows(
        "given C n: int = 1\nC: {n}\nif n == 1:\n    framing json\n    S: [1]\nS: {\"a\": 1}\n",
        &["3:1: error: the steps after this are under two framings"],
        "given C n: int = 1\nC: {n}\nif n == 1:\n    framing json\n    S: [1]\nelse:\n    framing json\nS: {\"a\": 1}\n",
    );
    shows(
        "loop:\n    C: a\n    framing length u16\n    S: b\n",
        &["1:1: error: steps of this loop are under two framings"],
        "loop:\n    framing line\n    C: a\n    framing length u16\n    S: b\n    framing line\n",
    );
}

#[test]
fn text_plus_int() {
    shows(
        "given C a = \"x\"\nC: {a + 1}\n",
        &["2:5: error: `+` never mixes types: this is text + int"],
        "given C a = \"x\"\nC: {a + text(1)}\n",
    );
}

#[test]
fn branches_that_overlap_are_a_warning() {
    shows(
        "given S n: int = 1\ngiven S t = \"x\"\nC: go\nif n == 1:\n    S: a {t}\nelse:\n    S: {t} b\n",
        &["4:1: warning: line 7 can look like line 5 to the client"],
        "given S n: int = 1\ngiven S t = \"x\"\nC: go\nif n == 1:\n    S: a {t}\nelse:\n    S: b {t}\n",
    );
}

#[test]
fn a_bare_name_in_on_that_is_known_is_a_warning() {
    shows(
        "given C name = \"x\"\nC: {name}\nloop:\n    on C: {name}!\n        S: ok\n",
        &["4:11: warning: `name` is known here: this alternative fits only if it is said again"],
        "given C name = \"x\"\nC: {name}\nloop:\n    on C: {other}!\n        S: ok\n",
    );
}

#[test]
fn correctness_that_hangs_on_writes_is_a_warning() {
    shows(
        "framing chunk\ngiven C a = \"x\"\nC: {a}\nC: {a}\n",
        &[
            "3:4: warning: this message ends where one read ends: TCP may cut it in two or add the next to it",
            "4:4: warning: two messages in a row: TCP may deliver both in one read",
        ],
        "framing chunk\nC: SYN\nS: SYN\n",
    );
    shows(
        "framing counted\ngiven C a = \"x\"\nC: {a}\n",
        &[
            "3:4: warning: the count's end is seen only where TCP keeps two writes apart, or by the text after it",
        ],
        "listen udp 1\nframing counted\ngiven C a = \"x\"\nC: {a}\n",
    );
}

#[test]
fn sizes_and_ends_are_seen() {
    shows(
        "given C a = \"x\"\nlet n = size(a)\nC: {a: text n}\n",
        &["3:4: error: the receiver does not know the size of this hole by then"],
        "given C a = \"x\"\nlet n = size(a)\nC: {n} {a: text n}\n",
    );
    shows(
        "framing exact\ngiven C a = \"x\"\nC: {a}\n",
        &["3:4: error: under `framing exact` nobody sees where this hole ends"],
        "framing exact\ngiven C a = \"x\"\nC: {a: text 1}\n",
    );
    shows(
        "C: a\\nb\n",
        &["1:4: error: under `framing line` a newline ends the message"],
        "framing length u16\nC: a\\nb\n",
    );
}

#[test]
fn counts_count_characters() {
    let wanted = "under `framing counted` a message is text, this may be none";
    shows(
        "listen udp 1\nframing counted\ngiven C b: bytes = \"x\"\ngiven C n: int = 1\nC: {b}\nC: {n: u8}\nC: \\xff\n",
        &[
            &format!("5:4: error: {wanted}"),
            &format!("6:4: error: {wanted}"),
            &format!("7:4: error: {wanted}"),
        ],
        "listen udp 1\nframing counted\ngiven C b = \"x\"\ngiven C n: int = 1\nC: {b}\nC: {n}\nC: \\u{ff}\n",
    );
}

#[test]
fn a_list_that_nobody_can_see_the_end_of() {
    let wanted = "the client does not know this list and cannot tell where it ends";
    let found = findings("keep notes\nC: go\nfor note in notes:\n    S: {note.text}\nC: more\nS: ok\n");
    assert_eq!(found, [format!("3:1: error: {wanted}: one way goes on with line 5")]);
    let found = findings("given S n: int = 1\nC: go\nif n == 1:\n    S: same\nelse:\n    S: same\nS: end\n");
    assert_eq!(
        found,
        [
            "3:1: error: the client does not know this condition and cannot tell the ways apart: one of them can never be taken"
        ]
    );
}

#[test]
fn files_that_are_no_convos_are_refused_in_few_words() {
    let long = "C: a\n".repeat(60_000);
    assert_eq!(findings(&long), ["1:1: error: this file is longer than 256 KiB"]);
    let lines = "\nC: a".repeat(2001);
    assert_eq!(findings(&lines), ["1:1: error: this file has more than 2,000 lines"]);
    assert!(findings(&"?\n".repeat(1000)).len() <= 100);
    assert_eq!(findings(&format!("let x = {}1{}\nC: a\n", "(".repeat(500), ")".repeat(500))).len(), 1);
    assert_eq!(findings(&format!("let x = {}1\nC: a\n", "1 + ".repeat(500))).len(), 1);
    let deep: String = (0..100).map(|depth| format!("{}loop:\n", "    ".repeat(depth))).collect();
    assert!(!findings(&deep).is_empty());
    for text in ["", "\u{feff}", "# only a comment", "\0", "\r\n\r\n", "    ", "\t"] {
        findings(text);
    }
}

#[test]
fn every_convo_of_the_project_lints_as_it_should() {
    for file in convos::all() {
        let (tcp, others): (Vec<_>, Vec<_>) =
            findings(&file.text).into_iter().partition(|told| told.contains("TCP"));
        let (tcp_lines, wanted) = expected(&file.name);
        assert_eq!(
            tcp.iter().map(|told| line_of(told)).collect::<Vec<_>>(),
            tcp_lines,
            "{}: {tcp:#?}",
            file.name
        );
        assert_eq!(others, wanted, "{}", file.name);
    }
}

/// Of a convo of the project: the lines where its correctness hangs on TCP, and its other findings.
fn expected(name: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match name {
        "board" => (&[], &["9:9: warning: line 10 can look like line 11 to the client"]),
        "chat-turns" => (&["10", "10", "13"], &[]),
        "comma" => (&["10", "11"], &[]),
        "discard" => (&["6"], &[]),
        "finger" => (&[], &["8:1: warning: line 13 can look like line 9 to the client"]),
        "pop3" => (&[], &["35:13: warning: line 36 can look like line 37 to the client"]),
        "redis-inline" => (&[], &["17:9: warning: line 21 can look like line 18 to the client"]),
        "redis-resp" => (&[], &["25:13: warning: line 30 can look like line 26 to the client"]),
        "reverse" => (&["8", "10"], &[]),
        "sum-greeting" => (&["11", "15", "19"], &[]),
        "sum-prompt" => (&["13", "16", "18"], &[]),
        "two-sends" => (&["10", "11", "12", "13"], &[]),
        _ => (&[], &[]),
    }
}

fn line_of(finding: &str) -> &str {
    finding.split(':').next().expect("a line")
}
