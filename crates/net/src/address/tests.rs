//! Addresses read, printed, refused.

use super::*;

const REVERSE: Defaults = Defaults { transport: Transport::Tcp, port: Some(7200) };

fn canonical(text: &str) -> String {
    Address::parse(text, REVERSE)
        .map_or_else(|error| format!("{error} / {}", error.hint()), |a| a.to_string())
}

#[test]
fn every_form_prints_its_canonical_form() {
    for (text, expected) in [
        ("tcp://127.0.0.1:7200", "tcp://127.0.0.1:7200"),
        ("udp://[::1]:1234", "udp://[::1]:1234"),
        ("unix:/run/x.sock", "unix:/run/x.sock"),
        ("unix:///run/x.sock", "unix:/run/x.sock"),
        ("unix:x.sock", "unix:x.sock"),
        ("example.org:80", "tcp://example.org:80"),
        ("example.org", "tcp://example.org:7200"),
        (":9", "tcp://localhost:9"),
        ("udp://:9", "udp://localhost:9"),
        ("LOCALHOST:9", "tcp://localhost:9"),
        ("[::]:0", "tcp://[::]:0"),
        ("[::1]", "tcp://[::1]:7200"),
        ("[fe80::1%eth0]:5", "tcp://[fe80::1%eth0]:5"),
        ("0.0.0.0:5", "tcp://0.0.0.0:5"),
    ] {
        assert_eq!(canonical(text), expected, "{text}");
        assert_eq!(canonical(expected), expected, "{text}, printed and read back");
    }
}

#[test]
fn what_cannot_be_read_names_the_part_and_a_way_out() {
    for (text, expected) in [
        ("", "it is empty"),
        ("7200", "write :7200"),
        ("::1", "brackets"),
        ("::1:7200", "brackets"),
        ("[::1", "`]` is missing"),
        ("[::1]7200", "after the `]`"),
        ("[localhost]:1", "no IPv6 address"),
        ("host:port", "`port` is no port"),
        ("host:65536", "0 to 65535"),
        ("http://host:80", "neither tcp, udp nor unix"),
        ("unix:", "path is missing"),
        ("a b:80", "' '"),
        ("tcp://", "it is empty"),
    ] {
        let error = canonical(text);
        assert!(error.contains(expected), "{text}: {error}");
    }
    let error = Address::parse("host", Defaults { transport: Transport::Udp, port: None });
    assert!(error.is_err_and(|error| error.to_string().contains("port is missing")));
}

#[test]
fn only_this_machine_is_loopback() {
    for (text, expected) in [
        (":1", true),
        ("127.8.9.1:1", true),
        ("[::1]:1", true),
        ("[::ffff:127.0.0.1]:1", true),
        ("unix:/x", true),
        ("0.0.0.0:1", false),
        ("[::]:1", false),
        ("example.org:1", false),
    ] {
        let address = Address::parse(text, REVERSE).expect(text);
        assert_eq!(address.is_loopback(), expected, "{text}");
    }
}

#[test]
fn a_peer_is_shown_as_the_standard_library_shows_it() {
    let shown = |text: &str| PeerAddress::Internet(text.parse().expect("an address")).to_string();
    for text in
        ["0.0.0.0:0", "127.0.0.1:7000", "255.255.255.255:65535", "10.200.3.40:8", "[::1]:80", "[fe80::1]:9"]
    {
        assert_eq!(shown(text), text);
    }
    assert_eq!(shown("[::ffff:192.0.2.7]:443"), "192.0.2.7:443");
}
