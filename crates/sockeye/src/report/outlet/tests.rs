use std::sync::mpsc;

use super::{LINE_BYTES_MIN, Outlet, QUEUE_BYTES_MAX};

/// An outlet whose reader takes a line for each permit, and what it took.
fn stalled() -> (Outlet, mpsc::Sender<()>, mpsc::Receiver<String>) {
    let (permits, permitted) = mpsc::channel();
    let (taken, took) = mpsc::channel();
    let told = taken.clone();
    let write = move |line: &[u8]| {
        // Without permits any more, all is taken.
        let _ = permitted.recv();
        taken.send(String::from_utf8_lossy(line).into_owned()).expect("the test listens");
    };
    let outlet = Outlet::start(write, move |dropped| {
        told.send(format!("{dropped} dropped")).expect("the test listens");
    });
    (outlet.expect("a thread"), permits, took)
}

#[test]
fn a_reader_that_stalls_is_not_waited_for_and_is_told_what_it_missed() {
    const HELD: usize = QUEUE_BYTES_MAX / LINE_BYTES_MIN;
    let (outlet, permits, took) = stalled();
    outlet.push(b"first".to_vec());
    permits.send(()).expect("the thread is there");
    assert_eq!(took.recv().as_deref(), Ok("first"));
    // One is out of the queue and waits for its permit, or is not out yet: one more or less is dropped.
    for n in 0..HELD + 101 {
        outlet.push(n.to_string().into_bytes());
    }
    drop(permits);
    assert_eq!(outlet.flush(), 0);
    let took: Vec<String> = took.try_iter().collect();
    let (told, lines): (Vec<&String>, Vec<&String>) = took.iter().partition(|line| line.ends_with("dropped"));
    let [told] = told[..] else { panic!("told once: {told:?}") };
    assert!(["100 dropped", "101 dropped"].contains(&told.as_str()), "{told}");
    assert!(lines.iter().enumerate().all(|(n, line)| **line == n.to_string()), "in order");
    assert!((HELD..=HELD + 1).contains(&lines.len()), "{}", lines.len());
}

#[test]
fn the_end_waits_a_bounded_time_and_counts_what_is_lost() {
    let (outlet, _permits, _took) = stalled();
    for line in ["one", "two", "three"] {
        outlet.push(line.into());
    }
    assert_eq!(outlet.flush(), 3);
}

#[test]
fn a_line_longer_than_the_queue_goes_out_alone() {
    let (outlet, permits, took) = stalled();
    outlet.push(vec![b'x'; 2 * QUEUE_BYTES_MAX]);
    drop(permits);
    assert_eq!(outlet.flush(), 0);
    assert_eq!(took.try_recv().map(|line| line.len()), Ok(2 * QUEUE_BYTES_MAX));
}
