//! What waits to be sent, between two sockets of ours.

use super::*;

fn door() -> (Door, UdpSocket) {
    let bound = || UdpSocket::bind("127.0.0.1:0").expect("a port");
    (Door::new(bound()), bound())
}

/// What a socket has received, in order, as texts.
fn received(socket: &UdpSocket) -> Vec<String> {
    socket.set_nonblocking(true).expect("it does not block");
    let mut bytes = [0; 2048];
    std::iter::from_fn(|| socket.recv(&mut bytes).ok().map(|length| bytes[..length].to_vec()))
        .map(|bytes| String::from_utf8(bytes).expect("text"))
        .collect()
}

#[test]
fn what_was_said_in_a_turn_leaves_in_its_order() {
    let (door, peer) = door();
    let to = peer.local_addr().expect("an address");
    for count in [1, 2, 40] {
        let said: Vec<String> = (0..count).map(|n| n.to_string()).collect();
        said.iter().for_each(|text| door.outgoing().say(to, text.as_bytes()));
        assert_eq!(received(&peer), [""; 0], "the turn is not over");
        assert_eq!(door.send(), Left::All);
        assert_eq!(received(&peer), said);
    }
}

#[test]
fn much_leaves_before_the_turn_is_over_and_empty_datagrams_count() {
    let (door, peer) = door();
    let to = peer.local_addr().expect("an address");
    let waits = || door.outgoing.0.borrow().size();
    for _ in 0..4 * TURN_BYTES_MAX / DATAGRAM_BYTES {
        door.outgoing().say(to, &[]);
        assert!(waits() <= TURN_BYTES_MAX + DATAGRAM_BYTES);
    }
    for _ in 0..1000 {
        door.outgoing().say(to, &[b'x'; 1000]);
        assert!(waits() <= TURN_BYTES_MAX + 1000 + DATAGRAM_BYTES);
    }
}

#[test]
fn room_of_what_has_left_is_given_to_what_comes() {
    let (door, peer) = door();
    let to = peer.local_addr().expect("an address");
    ["one", "two", "three"].iter().for_each(|text| door.outgoing().say(to, text.as_bytes()));
    {
        let mut waiting = door.outgoing.0.borrow_mut();
        waiting.skip(1);
        waiting.move_up();
        assert_eq!((waiting.bytes.as_slice(), waiting.start), (&b"twothree"[..], 0));
    }
    assert_eq!(door.send(), Left::All);
    assert_eq!(received(&peer), ["two", "three"]);
}
