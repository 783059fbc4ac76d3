//! Rooms by themselves: who hears what, in which order, and what becomes of those who do not read.

use super::*;

fn tell<'a>(room: &'a str, line: &'a str, keep: usize) -> Tell<'a> {
    Tell { room, line: line.as_bytes(), keep }
}

fn heard(mailbox: &Mailbox) -> Option<Vec<String>> {
    let mut cx = Context::from_waker(Waker::noop());
    match mailbox.poll_take(&mut cx) {
        Poll::Ready(Ok(lines)) => {
            Some(lines.iter().map(|heard| String::from_utf8_lossy(&heard.line).into_owned()).collect())
        }
        Poll::Ready(Err(())) => None,
        Poll::Pending => Some(Vec::new()),
    }
}

fn enter(rooms: &Arc<Rooms>, room: &str, session: u64, keep: usize) -> Arc<Mailbox> {
    let mailbox = Arc::default();
    let name = format!("n{session}");
    let joined = rooms.join(Join { room, name: &name, keep }, session, &mailbox);
    assert!(matches!(joined, Soon::Now(Ok(()))));
    mailbox
}

#[test]
fn all_but_the_teller_hear_in_one_order() {
    let rooms = Arc::new(Rooms::default());
    let boxes: Vec<_> = (1..=3).map(|session| enter(&rooms, "lobby", session, 0)).collect();
    let elsewhere = enter(&rooms, "cellar", 4, 0);
    rooms.tell(tell("lobby", "a", 0), 1);
    rooms.tell(tell("lobby", "b", 0), 2);
    assert_eq!(heard(&boxes[0]), Some(vec!["b".to_owned()]));
    assert_eq!(heard(&boxes[1]), Some(vec!["a".to_owned()]));
    assert_eq!(heard(&boxes[2]), Some(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(heard(&elsewhere), Some(vec![]));
}

#[test]
fn whoever_comes_later_hears_what_was_kept() {
    let rooms = Arc::new(Rooms::default());
    for line in ["a", "b", "c"] {
        rooms.tell(tell("lobby", line, 2), 9);
    }
    assert_eq!(heard(&enter(&rooms, "lobby", 1, 2)), Some(vec!["b".to_owned(), "c".to_owned()]));
}

#[test]
fn whoever_told_before_it_came_does_not_hear_itself() {
    let rooms = Arc::new(Rooms::default());
    rooms.tell(tell("lobby", "mine", 2), 1);
    rooms.tell(tell("lobby", "theirs", 2), 2);
    assert_eq!(heard(&enter(&rooms, "lobby", 1, 2)), Some(vec!["theirs".to_owned()]));
}

#[test]
fn whoever_does_not_read_is_put_out_and_the_others_hear_on() {
    let rooms = Arc::new(Rooms::default());
    let deaf = enter(&rooms, "lobby", 1, 0);
    let awake = enter(&rooms, "lobby", 2, 0);
    let long = "x".repeat(MAIL_BYTES_MAX / 2);
    for _ in 0..4 {
        rooms.tell(tell("lobby", &long, 0), 3);
        assert_eq!(heard(&awake).map(|lines| lines.len()), Some(1));
    }
    assert_eq!(heard(&deaf), None);
    assert!(matches!(rooms.members("lobby"), Soon::Now(Ok(names)) if names == ["n2"]));
}

#[test]
fn whoever_left_hears_nothing_and_an_empty_room_is_gone() {
    let rooms = Arc::new(Rooms::default());
    let left = enter(&rooms, "lobby", 1, 0);
    rooms.leave("lobby", 1);
    rooms.tell(tell("lobby", "a", 0), 2);
    assert_eq!(heard(&left), Some(vec![]));
    assert!(lock(&rooms.rooms).is_empty());
}
