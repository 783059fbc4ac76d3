//! Rooms by themselves: who hears what, in which order, and what becomes of those who do not read.

use std::task::{Wake, Waker};

use super::room::{TURNLESS_TIMES, UNHEARD_BYTES_MAX};
use super::*;
use crate::Tally;

fn tell<'a>(room: &'a str, line: &'a str, keep: usize) -> Tell<'a> {
    Tell { room, line: line.as_bytes(), keep }
}

/// What a session hears now; `None`: it fell too far behind.
fn heard(rooms: &Rooms, (session, mailbox): &(u64, Arc<Mailbox>)) -> Option<Vec<String>> {
    let mut cx = Context::from_waker(Waker::noop());
    let mut lines = Vec::new();
    let hear = |_: &str, line: &[u8]| lines.push(String::from_utf8_lossy(line).into_owned());
    match rooms.poll_heard(mailbox, *session, None, &mut cx, hear) {
        Poll::Ready(Ok(())) | Poll::Pending => Some(lines),
        Poll::Ready(Err(Overrun)) => None,
    }
}

fn enter(rooms: &Arc<Rooms>, room: &str, session: u64, keep: usize) -> (u64, Arc<Mailbox>) {
    let mailbox = Arc::<Mailbox>::default();
    let name = format!("n{session}");
    let joined = rooms.join(Join { room, name: &name, keep }, session, &mailbox);
    assert!(matches!(joined, Soon::Now(Ok(()))));
    (session, mailbox)
}

fn members(rooms: &Rooms, room: &str) -> Vec<String> {
    match rooms.members(room) {
        Soon::Now(Ok(names)) => names,
        Soon::Now(Err(_)) | Soon::Later(_) => panic!("rooms of one server answer at once"),
    }
}

#[test]
fn all_but_the_teller_hear_in_one_order() {
    let rooms = Arc::new(Rooms::default());
    let boxes: Vec<_> = (1..=3).map(|session| enter(&rooms, "lobby", session, 0)).collect();
    let elsewhere = enter(&rooms, "cellar", 4, 0);
    rooms.tell(tell("lobby", "a", 0), 1);
    rooms.tell(tell("lobby", "b", 0), 2);
    assert_eq!(heard(&rooms, &boxes[0]), Some(vec!["b".to_owned()]));
    assert_eq!(heard(&rooms, &boxes[1]), Some(vec!["a".to_owned()]));
    assert_eq!(heard(&rooms, &boxes[2]), Some(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(heard(&rooms, &elsewhere), Some(vec![]));
}

#[test]
fn whoever_comes_later_hears_what_was_kept() {
    let rooms = Arc::new(Rooms::default());
    for line in ["a", "b", "c"] {
        rooms.tell(tell("lobby", line, 2), 9);
    }
    assert_eq!(heard(&rooms, &enter(&rooms, "lobby", 1, 2)), Some(vec!["b".to_owned(), "c".to_owned()]));
}

#[test]
fn whoever_told_before_it_came_does_not_hear_itself() {
    let rooms = Arc::new(Rooms::default());
    rooms.tell(tell("lobby", "mine", 2), 1);
    rooms.tell(tell("lobby", "theirs", 2), 2);
    assert_eq!(heard(&rooms, &enter(&rooms, "lobby", 1, 2)), Some(vec!["theirs".to_owned()]));
}

#[test]
fn whoever_does_not_read_is_put_out_and_the_others_hear_on() {
    let rooms = Arc::new(Rooms::default());
    let deaf = enter(&rooms, "lobby", 1, 0);
    let awake = enter(&rooms, "lobby", 2, 0);
    assert!(deaf.1.poll_overrun(&mut Context::from_waker(Waker::noop())).is_pending());
    let long = "x".repeat(UNHEARD_BYTES_MAX / 2);
    for _ in 0..4 {
        rooms.tell(tell("lobby", &long, 0), 3);
        assert_eq!(heard(&rooms, &awake).map(|lines| lines.len()), Some(1));
    }
    assert_eq!(heard(&rooms, &deaf), None);
    assert_eq!(members(&rooms, "lobby"), ["n2"]);
}

#[test]
fn whoever_had_no_turn_yet_is_put_out_much_later() {
    let rooms = Arc::new(Rooms::default());
    let [turnless, never] = [1, 2].map(|session| enter(&rooms, "lobby", session, 0));
    let long = "x".repeat(UNHEARD_BYTES_MAX / 2);
    for n in 1..=2 * TURNLESS_TIMES {
        assert_eq!(members(&rooms, "lobby").len(), 2, "{n}");
        rooms.tell(tell("lobby", &long, 0), 3);
        if n == TURNLESS_TIMES {
            assert_eq!(heard(&rooms, &turnless).map(|lines| lines.len()), Some(n));
        }
    }
    rooms.tell(tell("lobby", &long, 0), 3);
    assert_eq!(heard(&rooms, &never), None);
    assert_eq!(heard(&rooms, &turnless).map(|lines| lines.len()), Some(TURNLESS_TIMES + 1));
}

#[test]
fn whoever_told_alone_is_not_behind() {
    let rooms = Arc::new(Rooms::default());
    let talker = enter(&rooms, "lobby", 1, 0);
    let other = enter(&rooms, "lobby", 2, 0);
    let long = "x".repeat(UNHEARD_BYTES_MAX / 2);
    for _ in 0..4 {
        rooms.tell(tell("lobby", &long, 0), 1);
        assert_eq!(heard(&rooms, &other).map(|lines| lines.len()), Some(1));
    }
    assert_eq!(heard(&rooms, &talker), Some(vec![]));
    assert!(lock(&rooms.places).rooms.iter().all(|(_, room)| room.unheard_bytes == 0));
}

#[test]
fn of_several_rooms_lines_come_in_the_order_in_which_they_were_told() {
    let rooms = Arc::new(Rooms::default());
    let (session, mailbox) = enter(&rooms, "lobby", 1, 0);
    assert!(matches!(
        rooms.join(Join { room: "attic", name: "n1", keep: 0 }, session, &mailbox),
        Soon::Now(Ok(()))
    ));
    for (room, line) in [("attic", "a"), ("lobby", "b"), ("attic", "c"), ("lobby", "d")] {
        rooms.tell(tell(room, line, 0), 9);
    }
    assert_eq!(heard(&rooms, &(session, mailbox)), Some(["a", "b", "c", "d"].map(str::to_owned).to_vec()));
}

#[test]
fn whoever_left_hears_nothing_and_an_empty_room_is_gone() {
    let rooms = Arc::new(Rooms::default());
    let left = enter(&rooms, "lobby", 1, 0);
    rooms.leave("lobby", 1);
    rooms.tell(tell("lobby", "a", 0), 2);
    assert_eq!(heard(&rooms, &left), Some(vec![]));
    assert!(lock(&rooms.places).rooms.is_empty());
}

#[test]
fn whoever_enters_has_room_for_all_that_was_kept() {
    let rooms = Arc::new(Rooms::default());
    let long = "x".repeat(KEPT_BYTES_MAX / 3);
    for _ in 0..100 {
        rooms.tell(tell("lobby", &long, 100), 1);
    }
    assert_eq!(heard(&rooms, &enter(&rooms, "lobby", 2, 100)).map(|lines| lines.len()), Some(3));
}

#[test]
fn of_rooms_that_nobody_is_in_the_one_left_first_is_forgotten() {
    let rooms = Arc::new(Rooms::default());
    let name = |n: usize| format!("room {n}");
    for n in 0..=EMPTY_ROOMS_MAX {
        rooms.tell(tell(&name(n), "a", 9), 1);
        // Whoever is there for a while is not in the way of others, and leaves as the last.
        if n == 0 {
            enter(&rooms, &name(0), 2, 9);
            rooms.leave(&name(0), 2);
        }
    }
    let kept = |n| heard(&rooms, &enter(&rooms, &name(n), 3, 9)).map(|lines| lines.len());
    assert_eq!((kept(0), kept(1), kept(EMPTY_ROOMS_MAX)), (Some(0), Some(1), Some(1)));
    assert!(lock(&rooms.places).empty.len() <= EMPTY_ROOMS_MAX);
}

mod model {
    //! Rooms against what they are in a few lines, over random acts of a few sessions.

    use proptest::prelude::*;

    use super::*;

    const SESSIONS: u64 = 4;
    /// The rooms, and how many lines each keeps.
    const ROOMS: [(&str, usize); 3] = [("hall", 0), ("lobby", 2), ("attic", 1)];

    #[derive(Debug, Clone, Copy)]
    enum Act {
        /// Enters, or leaves if it is there.
        Move(u64, usize),
        Tell(u64, usize),
        /// Reads its mailbox.
        Read(u64),
    }

    #[derive(Default)]
    struct Model {
        /// Who is there, in the order of coming.
        members: [Vec<u64>; ROOMS.len()],
        /// What was told and by whom, all of it.
        told: [Vec<(u64, String)>; ROOMS.len()],
        /// What each has not read, and of which room: what was kept when it came, then what was told since.
        kept: [Vec<(usize, String)>; SESSIONS as usize],
        unread: [Vec<(usize, String)>; SESSIONS as usize],
    }

    impl Model {
        fn enter(&mut self, session: u64, room: usize) {
            let keep = ROOMS[room].1.min(self.told[room].len());
            for (teller, line) in &self.told[room][self.told[room].len() - keep..] {
                if *teller != session {
                    self.kept[session as usize].push((room, line.clone()));
                }
            }
            self.members[room].push(session);
        }

        fn leave(&mut self, session: u64, room: usize) {
            self.members[room].retain(|member| *member != session);
            self.kept[session as usize].retain(|(of, _)| *of != room);
            self.unread[session as usize].retain(|(of, _)| *of != room);
        }

        fn read(&mut self, session: u64) -> Vec<String> {
            let kept = std::mem::take(&mut self.kept[session as usize]);
            let unread = std::mem::take(&mut self.unread[session as usize]);
            kept.into_iter().chain(unread).map(|(_, line)| line).collect()
        }

        fn tell(&mut self, session: u64, room: usize, line: &str) {
            self.told[room].push((session, line.to_owned()));
            for member in self.members[room].iter().filter(|member| **member != session) {
                self.unread[*member as usize].push((room, line.to_owned()));
            }
        }
    }

    fn act() -> impl Strategy<Value = Act> {
        let (session, room) = (0..SESSIONS, 0..ROOMS.len());
        prop_oneof![
            2 => (session.clone(), room.clone()).prop_map(|(session, room)| Act::Move(session, room)),
            3 => (session.clone(), room).prop_map(|(session, room)| Act::Tell(session, room)),
            1 => session.prop_map(Act::Read),
        ]
    }

    proptest! {
        #[test]
        fn rooms_are_what_they_are_in_a_few_lines(acts in prop::collection::vec(act(), 1..200)) {
            let (rooms, mut model) = (Arc::new(Rooms::default()), Model::default());
            let mailboxes: Vec<(u64, Arc<Mailbox>)> = (0..SESSIONS).map(|session| (session, Arc::default())).collect();
            for (n, act) in acts.into_iter().enumerate() {
                match act {
                    Act::Move(session, room) => {
                        let (name, keep) = ROOMS[room];
                        if model.members[room].contains(&session) {
                            model.leave(session, room);
                            rooms.leave(name, session);
                        } else {
                            model.enter(session, room);
                            let join = Join { room: name, name: &session.to_string(), keep };
                            rooms.join(join, session, &mailboxes[session as usize].1);
                        }
                    }
                    Act::Tell(session, room) => {
                        let (name, keep) = ROOMS[room];
                        model.tell(session, room, &n.to_string());
                        rooms.tell(tell(name, &n.to_string(), keep), session);
                    }
                    Act::Read(session) => {
                        let wanted = model.read(session);
                        prop_assert_eq!(heard(&rooms, &mailboxes[session as usize]), Some(wanted));
                    }
                }
                for (room, (name, _)) in ROOMS.iter().enumerate() {
                    let there: Vec<_> = model.members[room].iter().map(ToString::to_string).collect();
                    prop_assert_eq!(members(&rooms, name), there);
                }
            }
            for mailbox in &mailboxes {
                prop_assert_eq!(heard(&rooms, mailbox), Some(model.read(mailbox.0)));
            }
        }
    }
}

/// Lets a session listen at a place in an engine.
fn listen(rooms: &Rooms, (session, mailbox): &(u64, Arc<Mailbox>), place: usize) -> Poll<()> {
    let listens = Some(Listens { place, line_bytes_max: 100 });
    let mut cx = Context::from_waker(Waker::noop());
    rooms.poll_heard(mailbox, *session, listens, &mut cx, |_, _| {}).map(|heard| heard.expect("in time"))
}

/// What is written to whom; each of the listeners answers `passed`.
fn passed_on(rooms: &Rooms, passed: Passed) -> Vec<(usize, String)> {
    let mut written = Vec::new();
    rooms.pass_on(|place, bytes| {
        written.push((place, String::from_utf8_lossy(bytes).into_owned()));
        passed
    });
    written.sort();
    written
}

fn served() -> Arc<Rooms> {
    let rooms = Arc::new(Rooms::default());
    rooms.served_by(Waker::noop().clone());
    rooms
}

#[test]
fn listeners_get_what_others_told_since_they_listen_in_one_go() {
    let rooms = served();
    let boxes: Vec<_> = (1..=3).map(|session| enter(&rooms, "lobby", session, 0)).collect();
    assert!(listen(&rooms, &boxes[0], 10).is_pending());
    rooms.tell(tell("lobby", "a", 0), 3);
    assert!(rooms.is_fresh());
    // It has not heard "a", which it hears by itself, and listens from there on.
    assert!(listen(&rooms, &boxes[1], 11).is_ready());
    assert!(listen(&rooms, &boxes[1], 11).is_pending());
    rooms.tell(tell("lobby", "b", 0), 3);
    assert_eq!(passed_on(&rooms, Passed::All), [(10, "a\nb\n".to_owned()), (11, "b\n".to_owned())]);
    assert!(!rooms.is_fresh());
    assert_eq!(passed_on(&rooms, Passed::All), []);
    assert_eq!(heard(&rooms, &boxes[0]), Some(vec![]));
    assert_eq!(boxes[0].1.passed(), Tally { messages: 2, bytes: 4 });
    assert_eq!(heard(&rooms, &boxes[2]), Some(vec![]));
}

#[test]
fn a_listener_that_tells_hears_what_came_before_by_itself_and_never_its_own() {
    let rooms = served();
    let boxes: Vec<_> = (1..=2).map(|session| enter(&rooms, "lobby", session, 0)).collect();
    for (place, mailbox) in boxes.iter().enumerate() {
        assert!(listen(&rooms, mailbox, place).is_pending());
    }
    rooms.tell(tell("lobby", "one", 0), 1);
    rooms.tell(tell("lobby", "two", 0), 2);
    rooms.tell(tell("lobby", "three", 0), 1);
    assert_eq!(passed_on(&rooms, Passed::All), []);
    assert_eq!(heard(&rooms, &boxes[0]), Some(vec!["two".to_owned()]));
    assert_eq!(heard(&rooms, &boxes[1]), Some(vec!["one".to_owned(), "three".to_owned()]));
}

/// Where rooms are shared, a line comes back when its teller has long been waiting again.
#[test]
fn a_listener_whose_own_line_comes_is_woken_for_what_came_before_and_after() {
    struct Woken(AtomicBool);
    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let rooms = served();
    let (session, mailbox) = enter(&rooms, "lobby", 1, 0);
    let woken = Arc::new(Woken(AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&woken));
    let listens = Some(Listens { place: 0, line_bytes_max: 100 });
    let mut cx = Context::from_waker(&waker);
    assert!(rooms.poll_heard(&mailbox, session, listens, &mut cx, |_, _| {}).is_pending());
    for (teller, line) in [(9, "before"), (session, "mine"), (9, "after")] {
        rooms.tell(tell("lobby", line, 0), teller);
    }
    assert!(woken.0.load(Ordering::SeqCst));
    assert_eq!(heard(&rooms, &(session, mailbox)), Some(vec!["before".to_owned(), "after".to_owned()]));
}

#[test]
fn whoever_is_busy_or_takes_not_all_is_a_member_as_others_are() {
    for (passed, expected, messages) in [(Passed::Not, vec!["a", "b"], 0), (Passed::On, vec!["b"], 1)] {
        let rooms = served();
        let listener = enter(&rooms, "lobby", 1, 0);
        assert!(listen(&rooms, &listener, 0).is_pending());
        rooms.tell(tell("lobby", "a", 0), 9);
        assert_eq!(passed_on(&rooms, passed), [(0, "a\n".to_owned())]);
        rooms.tell(tell("lobby", "b", 0), 9);
        assert_eq!(passed_on(&rooms, passed), []);
        assert_eq!(heard(&rooms, &listener), Some(expected.into_iter().map(str::to_owned).collect()));
        assert_eq!(listener.1.passed().messages, messages);
    }
}

#[test]
fn a_line_that_is_odd_or_too_long_is_heard_by_all_in_its_place() {
    for odd in ["a\nb".to_owned(), "a\rb".to_owned(), "x".repeat(101)] {
        let rooms = served();
        let boxes: Vec<_> = (1..=2).map(|session| enter(&rooms, "lobby", session, 0)).collect();
        for (place, mailbox) in boxes.iter().enumerate() {
            assert!(listen(&rooms, mailbox, place).is_pending());
        }
        for line in ["before", &odd, "after"] {
            rooms.tell(tell("lobby", line, 0), 9);
        }
        assert_eq!(passed_on(&rooms, Passed::All), []);
        for mailbox in &boxes {
            assert_eq!(
                heard(&rooms, mailbox),
                Some(vec!["before".to_owned(), odd.clone(), "after".to_owned()])
            );
        }
    }
}

#[test]
fn whoever_leaves_or_does_not_listen_any_more_is_written_nothing() {
    let rooms = served();
    let boxes: Vec<_> = (1..=2).map(|session| enter(&rooms, "lobby", session, 0)).collect();
    for (place, mailbox) in boxes.iter().enumerate() {
        assert!(listen(&rooms, mailbox, place).is_pending());
    }
    rooms.tell(tell("lobby", "a", 0), 9);
    rooms.leave("lobby", 1);
    assert_eq!(heard(&rooms, &boxes[1]), Some(vec!["a".to_owned()]));
    assert_eq!(passed_on(&rooms, Passed::All), []);
    rooms.tell(tell("lobby", "b", 0), 9);
    assert_eq!(heard(&rooms, &boxes[1]), Some(vec!["b".to_owned()]));
}

#[test]
fn whoever_listens_is_not_put_out_for_one_that_is_behind() {
    let rooms = served();
    let listener = enter(&rooms, "lobby", 1, 0);
    assert!(listen(&rooms, &listener, 0).is_pending());
    let deaf = enter(&rooms, "lobby", 2, 0);
    let line = "x".repeat(100);
    for _ in 0..=TURNLESS_TIMES * UNHEARD_BYTES_MAX / line.len() {
        rooms.tell(tell("lobby", &line, 0), 9);
        passed_on(&rooms, Passed::All);
    }
    assert_eq!(heard(&rooms, &deaf), None);
    assert_eq!(heard(&rooms, &listener), Some(vec![]));
    assert_eq!(members(&rooms, "lobby"), ["n1"]);
}
