//! The verbs that talk to nobody: `list`, `show`, `lint`, `demo`, help.

use std::time::{Duration, Instant};

use crate::run::sockeye;
use crate::server::{project, test_convo};

#[test]
fn list_names_every_convo_that_ships() {
    let list = sockeye(&["list"]).finish();
    assert_eq!(list.code, Some(0), "{list:#?}");
    let folder = std::fs::read_dir(project("convos")).expect("the convos are there");
    let mut names: Vec<_> = folder
        .map(|entry| entry.expect("it can be read").file_name().into_string().expect("a name is text"))
        .filter_map(|name| name.strip_suffix(".convo").map(str::to_owned))
        .collect();
    names.sort();
    let listed: Vec<_> = list.out.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(listed, names, "{}", list.out);
}

#[test]
fn show_prints_the_text_and_both_roles() {
    let show = sockeye(&["show", "reverse-lines"]).finish();
    assert_eq!(show.code, Some(0), "{show:#?}");
    let text = std::fs::read_to_string(project("convos/reverse-lines.convo")).expect("it ships");
    for line in text.lines() {
        assert!(show.out.contains(line), "{line:?} is missing:\n{}", show.out);
    }
    for role in ["client", "server"] {
        assert!(show.out.to_lowercase().contains(role), "{}", show.out);
    }
}

#[test]
fn show_knows_everything_that_list_names() {
    for name in sockeye(&["list"]).finish().out.lines().filter_map(|line| line.split_whitespace().next()) {
        let show = sockeye(&["show", name]).finish();
        assert_eq!(show.code, Some(0), "{show:#?}");
    }
}

#[test]
fn lint_is_0_for_a_clean_file_and_1_for_errors_each_with_its_place() {
    let clean = sockeye(&["lint", &project("convos/reverse-lines.convo")]).finish();
    clean.is(0, "");
    clean.says(&["1 file: 0 errors, 0 warnings"]);
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("bad.convo");
    std::fs::write(&path, "framing line\nC: {nobody}\nS: \\q\n").expect("it can be written");
    let path = path.to_str().expect("the path is text");
    let lint = sockeye(&["lint", path, &test_convo("calculator")]).finish();
    assert_eq!(lint.code, Some(1), "{lint:#?}");
    let said = format!("{}{}", lint.out, lint.err);
    for part in [&format!("{path}:2:"), &format!("{path}:3:"), "C: {nobody}", "S: \\q", "hint: "] {
        assert!(said.contains(part), "{part:?} is missing: {said}");
    }
}

#[test]
fn lint_of_a_file_that_is_not_there_is_2() {
    let lint = sockeye(&["lint", "/nowhere/at-all.convo"]).finish();
    lint.is(2, "");
    lint.says(&["/nowhere/at-all.convo"]);
}

#[test]
fn demo_shows_two_conversations_within_three_seconds() {
    let started = Instant::now();
    let demo = sockeye(&["demo"]).finish();
    let took = started.elapsed();
    assert_eq!(demo.code, Some(0), "{demo:#?}");
    assert!(took < Duration::from_secs(3), "it took {took:?}");
    for part in ["C: ", "S: ", "client_name", "server_number"] {
        assert!(demo.out.contains(part), "{part:?} is missing:\n{}", demo.out);
    }
}

#[test]
fn help_has_examples_and_the_version_is_the_packages() {
    for arguments in [&["--help"] as &[&str], &["serve", "--help"], &["call", "--help"]] {
        let help = sockeye(arguments).finish();
        assert_eq!(help.code, Some(0), "{help:#?}");
        assert!(help.out.contains("Examples") && help.out.contains("sockeye "), "{}", help.out);
        help.is_quiet();
    }
    sockeye(&["--version"]).finish().is(0, &format!("sockeye {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn completions_and_man_pages_know_every_verb() {
    let verbs = ["serve", "call", "list", "show", "lint", "demo"];
    for arguments in
        [&["completions", "bash"] as &[&str], &["completions", "zsh"], &["completions", "fish"], &["man"]]
    {
        let printed = sockeye(arguments).finish();
        assert_eq!(printed.code, Some(0), "{printed:#?}");
        for verb in verbs {
            assert!(printed.out.contains(verb), "{verb} is missing in {arguments:?}");
        }
    }
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    sockeye(&["man", "--to", folder.path().to_str().expect("the path is text")]).finish().is(0, "");
    for verb in verbs {
        assert!(folder.path().join(format!("sockeye-{verb}.1")).is_file(), "{verb} has no page");
    }
}
