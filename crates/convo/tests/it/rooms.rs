//! Rooms and `freely`: who hears what, where, and in which order; what each side may say.

use convo::Role::{Client, Server};
use convo::{Convo, Ending, Link};

use crate::convos::named;
use crate::house::House;
use crate::kept::Kept;
use crate::play::play;
use crate::side::{Side, Terms};

/// Whoever is here says a line, and all others hear it.
const HALL: &str = "room hall
freely:
    on C: {text}
        tell hall: {text}
    hear hall: {line}
        S: {line}
";

/// The first finding of a convo that is wrong.
fn wrong(text: &str) -> String {
    let findings = Convo::read("test.convo", text).findings;
    let first = findings.into_iter().next().unwrap_or_else(|| panic!("nothing is wrong with\n{text}"));
    first.to_string().lines().next().unwrap_or_default().to_owned()
}

#[test]
fn everybody_but_the_teller_hears_in_one_order() {
    let mut house = House::of_lines(HALL);
    let [ann, bob, cat] = [house.open(), house.open(), house.open()];
    house.say(ann, "a");
    house.say(bob, "b");
    house.say(cat, "c");
    assert_eq!(house.heard(ann), "b\nc\n");
    assert_eq!(house.heard(bob), "a\nc\n");
    assert_eq!(house.heard(cat), "a\nb\n");
}

#[test]
fn who_comes_late_hears_what_is_told_from_then_on() {
    let mut house = House::of_lines(HALL);
    let ann = house.open();
    house.say(ann, "before");
    let bob = house.open();
    house.say(ann, "after");
    assert_eq!(house.heard(bob), "after\n");
}

#[test]
fn a_room_gives_its_last_lines_to_whoever_enters_but_not_their_own() {
    let mut house = House::of_lines(&HALL.replace("room hall", "room hall keep 2"));
    let ann = house.open();
    for line in ["1", "2", "3"] {
        house.say(ann, line);
    }
    let bob = house.open();
    assert_eq!(house.heard(bob), "2\n3\n");
    assert_eq!(house.heard(ann), "");
}

#[test]
fn a_session_is_in_a_room_only_while_it_is_in_a_freely_that_hears_it() {
    let text = format!("C: {{name: word}}\nS: hello\n{}", HALL.split_once('\n').expect("a line").1);
    let mut house = House::of_lines(&format!("room hall\n{text}"));
    let ann = house.open();
    assert!(house.members("hall").is_empty());
    house.say(ann, "ann");
    assert_eq!(house.members("hall"), ["127.0.0.1:5000"]);
    house.leave(ann);
    assert_eq!(house.over(ann), Some(&Ok(Ending::PeerLeft)));
    assert!(house.members("hall").is_empty());
}

#[test]
fn a_value_names_the_room_and_moves_the_session() {
    let mut house = House::of_lines(
        "room {where}
C: {name: word}
let where = \"hall\"
freely:
    on C: go {place: word}
        let where = place
    on C: {text}
        tell {where}: {name}: {text}
    hear {where} as name: {line}
        S: {line}
",
    );
    let [ann, bob] = [house.open(), house.open()];
    house.say(ann, "ann");
    house.say(bob, "bob");
    assert_eq!(house.members("hall"), ["ann", "bob"]);
    house.say(bob, "go attic");
    assert_eq!((house.members("hall"), house.members("attic")), (vec!["ann"], vec!["bob"]));
    house.say(ann, "alone?");
    assert_eq!(house.heard(bob), "");
    house.say(ann, "go attic");
    house.say(bob, "not here");
    assert_eq!(house.heard(ann), "bob: not here\n");
}

#[test]
fn a_line_told_to_the_room_that_is_just_left_is_not_heard_any_more() {
    let mut house = House::of_lines(
        "room {where}
let where = \"hall\"
freely:
    on C: go {place: word}
        let where = place
    on C: {text}
        tell {where}: {text}
    hear {where}: {line}
        S: {line}
",
    );
    let [ann, bob] = [house.open(), house.open()];
    house.write(ann, b"one\ngo attic\ntwo\n");
    assert_eq!(house.heard(bob), "one\n");
    assert_eq!(house.told.last(), Some(&("attic".to_owned(), "two".to_owned())));
}

#[test]
fn who_is_there_is_a_list() {
    let mut house = House::of_lines(
        "room hall
C: {name: word}
S: hello
freely:
    on C: who
        for other in members(hall):
            S: {other}
        S: {len(members(hall))} here
    on C: is {other: word} here
        if other in members(hall):
            S: yes
        else:
            S: no
    hear hall as name: {line}
        S: {line}
",
    );
    let [ann, bob] = [house.open(), house.open()];
    house.say(ann, "ann");
    house.say(bob, "bob");
    house.say(ann, "who");
    house.say(ann, "is bob here");
    house.leave(bob);
    house.say(ann, "is bob here");
    assert_eq!(house.heard(ann), "hello\nann\nbob\n2 here\nyes\nno\n");
}

#[test]
fn leaving_is_answered_however_it_went() {
    let text = HALL.replace(
        "    hear hall",
        "    on C leaves:\n        tell hall: gone\n        S> gone\n    hear hall",
    );
    let mut house = House::of_lines(&text);
    let [ann, bob, cat] = [house.open(), house.open(), house.open()];
    house.leave(bob);
    house.reset(cat);
    assert_eq!(house.heard(ann), "gone\ngone\n");
    assert_eq!(house.shown(bob), ["gone"]);
    assert_eq!(house.over(bob), Some(&Ok(Ending::PeerLeft)));
    assert_eq!(house.over(cat), Some(&Ok(Ending::PeerLeft)));
}

#[test]
fn a_message_that_is_cut_off_by_leaving_is_none() {
    let text = HALL.replace("    hear hall", "    on C leaves:\n        tell hall: gone\n    hear hall");
    let mut house = House::of_lines(&text);
    let [ann, bob] = [house.open(), house.open()];
    house.write(bob, b"whole\nhal");
    house.leave(bob);
    assert_eq!(house.heard(ann), "whole\ngone\n");
}

#[test]
fn end_ends_the_session_that_heard_it_and_no_other() {
    let text = HALL.replace("freely:", "freely:\n    on C: bye\n        tell hall: left\n        end");
    let mut house = House::of_lines(&text);
    let [ann, bob] = [house.open(), house.open()];
    house.write(bob, b"last\nbye\nnever\n");
    assert_eq!(house.heard(ann), "last\nleft\n");
    assert_eq!(house.over(bob), Some(&Ok(Ending::Done)));
    house.say(ann, "anybody?");
    assert_eq!(house.over(ann), None);
}

#[test]
fn otherwise_takes_what_no_row_takes() {
    let text = "room hall
freely:
    on C: say {text}
        tell hall: {text}
    otherwise:
        S: say what?
    hear hall: {line}
        S: {line}
";
    let mut house = House::of_lines(text);
    let [ann, bob] = [house.open(), house.open()];
    house.say(ann, "hum");
    house.say(ann, "say hi");
    assert_eq!((house.heard(ann).as_str(), house.heard(bob).as_str()), ("say what?\n", "hi\n"));
    let mut house = House::of_lines(&text.replace("    otherwise:\n        S: say what?\n", ""));
    let ann = house.open();
    house.say(ann, "hum");
    let broke = house.over(ann).and_then(|over| over.clone().err()).expect("no row takes it");
    assert_eq!(broke, "test.convo:2: expected `C: say {text}`, got \"hum\"");
}

#[test]
fn a_line_that_cannot_be_said_harms_only_itself() {
    let text = "room hall
freely:
    on C: {a}|{b}
        tell hall: {a}\\n{b}
    on C: {text}
        tell hall: {text}
    hear hall: {line}
        S: {line}
";
    let mut house = House::of_lines(text);
    let [ann, bob] = [house.open(), house.open()];
    house.say(ann, "two|lines");
    house.say(ann, "one");
    assert_eq!(house.heard(bob), "one\n");
    assert_eq!(house.unsaid(bob).len(), 1, "{:?}", house.unsaid(bob));
    assert_eq!((house.over(ann), house.over(bob)), (None, None));
}

#[test]
fn a_room_carries_lines_in_every_framing_and_over_datagrams() {
    for framing in ["line", "line crlf", "chunk", "counted", "length u16", "length u32"] {
        for link in [Link::Stream, Link::Datagram] {
            let convo = crate::convos::read(&format!("framing {framing}\n{HALL}"));
            let mut house = House::new(convo, framing, link);
            let [ann, bob] = [house.open(), house.open()];
            house.say(ann, "žluť");
            let wanted: Vec<u8> = crate::play::framed(framing, "žluť".as_bytes(), link).concat();
            assert_eq!(house.heard(bob).as_bytes(), wanted, "{framing} {link:?}");
            assert_eq!(house.heard(ann), "");
        }
    }
    let json = "framing json line
room hall
freely:
    on C: {\"say\": text}
        tell hall: {text}
    hear hall: {line}
        S: {\"said\": line}
";
    let mut house = House::new(crate::convos::read(json), "json line", Link::Stream);
    let [ann, bob] = [house.open(), house.open()];
    house.say(ann, "{\"say\": \"a\\\"b\"}");
    assert_eq!(house.heard(bob), "{\"said\": \"a\\\"b\"}\n");
}

#[test]
fn a_person_in_freely_is_asked_again_after_each_answer() {
    let convo = named("chat");
    let typed = ["one".to_owned(), String::new(), "three".to_owned()];
    let mut side = Side::new(&convo, Client, &Terms::default(), &typed);
    side.run(&mut Kept::default());
    assert_eq!(side.wire(), b"one\n\nthree\n");
    assert_eq!(side.ending, Some(Ending::WeLeft));
}

#[test]
fn what_a_person_cannot_say_is_refused_and_asked_again() {
    let text = "freely:\n    on C: say {text}\n        S> {text}\n    on S: {text}\n        C> {text}\n";
    let typed = ["hum".to_owned(), "say hi".to_owned()];
    let mut side = Side::new(&crate::convos::read(text), Client, &Terms::default(), &typed);
    side.run(&mut Kept::default());
    assert_eq!(side.wire(), b"say hi\n");
    assert_eq!(side.refused.len(), 1, "{:?}", side.refused);
}

#[test]
fn both_sides_say_what_they_like_when_they_like() {
    let text = "C: 1\nS> 1\nC: 2\nS> 2\nC: 3\nS> 3\nC closes\nS> (the other side has left)\nS closes";
    let convo = crate::convos::read(
        "freely:
    on C: {text}
        S> {text}
    on C leaves:
        S> (the other side has left)
",
    );
    play(&convo, Server, text);
    play(&convo, Server, "C resets\nS> (the other side has left)\nS closes");
}

#[test]
fn the_lobby_is_many_rooms() {
    let mut house = House::new(named("lobby"), "line", Link::Stream);
    let [ann, bob] = [house.open(), house.open()];
    house.say(ann, "ann");
    house.say(bob, "bob");
    house.say(ann, "hello");
    house.say(ann, "/who");
    house.say(ann, "/join attic");
    house.say(ann, "/who");
    house.say(bob, "/join attic");
    house.say(bob, "/joined");
    house.say(bob, "/q");
    house.leave(ann);
    let ann_heard =
        "Welcome, ann. /q leaves.\n* bob is here\nann\nbob\nann\n* bob is here\n<bob> /joined\n* bob left\n";
    assert_eq!(house.heard(ann), ann_heard);
    // What the attic kept comes first.
    let bob_heard =
        "Welcome, bob. /q leaves.\n* ann is here\n<ann> hello\n* ann left for attic\n* ann is here\n";
    assert_eq!(house.heard(bob), bob_heard);
    assert_eq!(house.told.last(), Some(&("attic".to_owned(), "* ann is gone".to_owned())));
}

#[test]
fn what_does_not_stand_in_freely_is_said_before_it_runs() {
    let free = |rows: &str| {
        wrong(&format!("room hall\nfreely:\n{rows}    hear hall: {{line}}\n        S: {{line}}\n"))
    };
    let row = |body: &str| free(&format!("    on C: {{text}}\n        {body}\n"));
    assert_eq!(row("C: no"), "test.convo:4:9: error: here only the server speaks: it answers what it heard");
    assert!(row("given S x = ask \"x\"").ends_with("error: nobody is asked in `freely`"));
    assert!(row("break").contains("error: "), "{}", row("break"));
    assert!(row("framing chunk").contains("error: "), "{}", row("framing chunk"));
    assert!(
        free("    on C leaves:\n        S: bye\n").ends_with("error: nobody is there any more to hear this")
    );
    assert!(wrong(&format!("{HALL}S: after\n")).contains("error: "));
    assert!(wrong("freely:\n    hear hall: {line}\n        S: {line}\n").contains("there is no room `hall`"));
    assert!(wrong("room hall\nroom hall\nC: x\n").ends_with("error: this room is declared twice"));
    assert!(wrong("C: x\nhear hall: {line}\n").contains("`hear` stands in `freely`"));
}

#[test]
fn what_cannot_be_told_ends_the_session_unless_the_convo_says_how_it_goes_on() {
    let mut house = House::of_lines(HALL);
    let [ann, bob] = [house.open(), house.open()];
    house.mute = true;
    house.say(ann, "hello");
    assert_eq!(house.over(ann), Some(&Err("test.convo:4: the rooms are away".to_owned())));
    assert_eq!(house.heard(bob), "");

    let answered =
        HALL.replace("{text}\n    hear", "{text}\n        else:\n            S: not told: {text}\n    hear");
    let mut house = House::of_lines(&answered);
    let [ann, bob] = [house.open(), house.open()];
    house.mute = true;
    house.say(ann, "hello");
    assert_eq!(house.heard(ann), "not told: hello\n");
    house.mute = false;
    house.say(ann, "hello again");
    assert_eq!(house.over(ann), None);
    assert_eq!(house.heard(ann), "");
    assert_eq!(house.heard(bob), "hello again\n");
}
