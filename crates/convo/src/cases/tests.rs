use super::*;
use crate::{Convo, Link, Role};

fn convo(text: &str) -> Convo {
    let reading = Convo::read("test.convo", text);
    let findings: Vec<String> = reading.findings.iter().map(ToString::to_string).collect();
    reading.convo.unwrap_or_else(|| panic!("{findings:#?}"))
}

fn shipped(name: &str) -> Convo {
    let path = format!("{}/../../convos/{name}.convo", env!("CARGO_MANIFEST_DIR"));
    convo(&std::fs::read_to_string(path).expect("it ships"))
}

fn names(walks: &Walks) -> Vec<&str> {
    walks.walks.iter().map(|walk| walk.name.as_str()).collect()
}

#[test]
fn both_sides_of_each_border_are_tried() {
    let walks = walks(&shipped("sum-greeting"), Link::Stream, 1);
    assert_eq!(names(&walks), ["number=25", "number=0", "number=1", "number=100", "number=101"]);
    assert_eq!(walks.untried, []);
}

#[test]
fn every_line_of_the_convos_that_ship_is_reached() {
    for name in
        ["sum-greeting", "sum-json", "reverse", "reverse-lines", "chat-turns", "sum-prompt", "chat-rsa"]
    {
        let walks = walks(&shipped(name), Link::Stream, 1);
        assert_eq!(walks.untried, [], "{name}: {:?}", names(&walks));
    }
    for name in ["board", "board-from", "sum-prompt"] {
        let walks = walks(&shipped(name), Link::Datagram, 1);
        assert_eq!(walks.untried, [], "{name}: {:?}", names(&walks));
    }
}

#[test]
fn a_rehearsal_says_what_goes_over_the_wire() {
    let walks = walks(&shipped("sum-prompt"), Link::Stream, 1);
    let walk = walks.walks.iter().find(|walk| walk.name == "a=25,b=25").expect("the ordinary way");
    let wire: Vec<Vec<u8>> = walk.rehearsal.said.iter().map(Said::wire).collect();
    assert_eq!(wire, [&b"welcome"[..], b"25", b"num1 received", b"25", b"50"]);
    assert!(walk.rehearsal.said[1].holes.iter().any(|hole| hole.range == (0..2)));
}

#[test]
fn who_leaves_between_two_questions_of_a_round_leaves_midway() {
    let walks = walks(&shipped("sum-prompt"), Link::Stream, 1);
    let midway = |name: &str| {
        let walk = walks.walks.iter().find(|walk| walk.name == name);
        walk.unwrap_or_else(|| panic!("{:?}", names(&walks))).rehearsal.leaves_midway
    };
    assert!(midway("a=25"));
    assert!(midway("a=25,b=Exit"));
    assert!(!midway("a=25,b=25"));
}

#[test]
fn a_server_that_can_keep_nothing_says_so_or_breaks_off() {
    let post = Answers { client: vec!["POST hello world".to_owned()], server: Vec::new() };
    let said = rehearse_around(&shipped("board-tcp"), Link::Stream, Around::NoRoom, &post, 1);
    let texts: Vec<&[u8]> = said.server_said().map(|said| said.text.as_slice()).collect();
    assert_eq!(texts, [&b"ERR may not be kept"[..]]);
    assert!(said.is_sound());
    let broken = rehearse_around(&shipped("board"), Link::Datagram, Around::NoRoom, &post, 1);
    assert!(matches!(broken.server, Some(Err(_))), "{:?}", broken.server);
}

#[test]
fn the_same_seed_gives_the_same_walks() {
    let convo = shipped("sum-json");
    assert_eq!(names(&walks(&convo, Link::Stream, 7)), names(&walks(&convo, Link::Stream, 7)));
}

#[test]
fn what_fits_nothing_is_refused_by_a_correct_server() {
    let reaction = react(&shipped("sum-greeting"), Role::Server, Link::Stream, &[b"hello".to_vec()], &[]);
    assert!(matches!(reaction, Reaction::Refuses(_)), "{reaction:?}");
}

#[test]
fn values_are_legal_spelled_or_strange() {
    let convo = shipped("sum-greeting");
    let walks = walks(&convo, Link::Stream, 1);
    let trials = trials(&convo, Link::Stream, &walks.walks, 1);
    let names: Vec<&str> = trials.iter().map(|trial| trial.name.as_str()).collect();
    let kind = |name: &str| {
        let found = trials.iter().find(|trial| trial.name == name);
        &found.unwrap_or_else(|| panic!("{name} is not among {names:?}")).kind
    };
    assert!(matches!(kind("number-negative"), TrialKind::Legal { .. }));
    assert!(matches!(kind("number-plus"), TrialKind::Spelled { .. }));
    assert!(matches!(kind("number-fraction"), TrialKind::Strange { reaction: Reaction::Refuses(_), .. }));
}

#[test]
fn words_near_one_that_stops_are_legal_and_go_on() {
    let convo = shipped("reverse");
    let trials = trials(&convo, Link::Stream, &walks(&convo, Link::Stream, 1).walks, 1);
    let near = |how: &str| {
        let name = format!("text-near-end-{how}");
        let found = trials.iter().find(|trial| trial.name == name);
        match &found.unwrap_or_else(|| panic!("there is no {name}")).kind {
            TrialKind::Near { rehearsal, known: Known::Value, .. } => {
                (rehearsal.stops, rehearsal.client_said().count() > 1)
            }
            other => panic!("{name} is {other:?}"),
        }
    };
    for how in ["blank-before", "blank-after", "longer", "mark", "ends-so", "shorter"] {
        assert_eq!(near(how), (false, true), "{how}");
    }
    // The convo itself says nothing of case.
    assert_eq!(near("case"), (true, false));
}

#[test]
fn words_near_a_message_are_tried_where_the_convo_has_an_answer_to_them() {
    let convo = convo("framing line\nloop:\n    on C: QUIT\n        end\n    otherwise:\n        S: WHAT\n");
    let trials = trials(&convo, Link::Stream, &walks(&convo, Link::Stream, 1).walks, 1);
    let near = trials.iter().find(|trial| trial.name == "line-3-near-QUIT-longer");
    let names: Vec<&str> = trials.iter().map(|trial| trial.name.as_str()).collect();
    let kind = near.map(|near| &near.kind);
    assert!(matches!(kind, Some(TrialKind::Near { known: Known::Message, .. })), "{names:?}");
}

#[test]
fn each_row_of_a_choice_has_its_values_tried_whatever_its_holes_are_called() {
    let rows = "    on C: ADD {a: int}\n        S: {a}\n    on C: DIV {a: int}\n        S: {a / 2}\n";
    let convo = convo(&format!("framing line\nloop:\n{rows}"));
    let trials = trials(&convo, Link::Stream, &walks(&convo, Link::Stream, 1).walks, 1);
    let negative = trials.iter().filter(|trial| trial.name == "a--int-negative").map(|trial| &trial.kind);
    let said: Vec<Vec<String>> = negative
        .map(|kind| match kind {
            TrialKind::Legal { answers, .. } => answers.client.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(said.concat(), ["ADD -7", "DIV -7"]);
}

#[test]
fn only_what_begins_like_a_message_that_stops_may_stop() {
    let stops = |name: &str, text: &str| may_stop(&shipped(name), Link::Stream, &[text.as_bytes().to_vec()]);
    assert!(stops("sum-greeting", "Client of x: 101"));
    assert!(stops("sum-greeting", "Client of x: 0x10"), "0 is a number out of range");
    assert!(!stops("sum-greeting", "Client of x: seven"));
    assert!(!stops("sum-greeting", "Client of x: 1.5"));
    assert!(stops("reverse", "end of it"));
    assert!(!stops("reverse", "the end"));
    assert!(!may_stop(&shipped("reverse"), Link::Stream, &[]));
}
