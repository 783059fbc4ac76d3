use super::*;

fn place(text: &str) -> NatsPlace {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn a_host_alone_is_a_place() {
    let place = place("nats://example.org");
    assert_eq!(place.servers, ["nats://example.org:4222"]);
    assert_eq!((place.replicas, place.prefix.as_str()), (1, "sockeye"));
    assert_eq!(place.tls, Tls::default());
}

#[test]
fn servers_users_and_options_are_read() {
    let place =
        place("nats://ann:p%40ss:word@a:1,[::1]:2,c/?replicas=3&prefix=a.b&creds=/x%20y&cert=/c&key=/k");
    assert_eq!(place.servers, ["nats://a:1", "nats://[::1]:2", "nats://c:4222"]);
    let (name, password) = ("ann".to_owned(), "p@ss:word".to_owned());
    assert_eq!(place.login, Some(Login::User { name, password }));
    assert_eq!((place.replicas, place.prefix.as_str()), (3, "a.b"));
    assert_eq!(place.credentials, Some("/x y".into()));
    assert!(place.tls.required, "who names a certificate means it");
}

#[test]
fn nothing_shows_the_password_or_the_token() {
    for text in ["nats://ann:secret@a", "nats://secret@a"] {
        let place = place(text);
        assert!(place.login.is_some());
        assert!(!format!("{place} {place:?}").contains("secret"));
    }
}

#[test]
fn what_cannot_be_meant_is_refused_by_name() {
    for (text, word) in [
        ("nats://", "HOST:PORT"),
        ("nats://a:b", "\"a:b\""),
        ("nats://a,,b", "\"\""),
        ("nats://[nonsense]:1", "nonsense"),
        ("nats://@a", "USER:PASSWORD"),
        ("nats://:word@a", "USER:PASSWORD"),
        ("nats://a?replica=3", "\"replica\""),
        ("nats://a?replicas=9", "from 1 to 5"),
        ("nats://a?prefix=a..b", "between dots"),
        ("nats://a?tls=perhaps", "yes or no"),
        ("nats://a?creds=", "a file"),
        ("nats://a?cert=/c", "go together"),
    ] {
        let error = text.parse::<NatsPlace>().expect_err(text).to_string();
        assert!(error.contains(word), "{text}: {error}");
    }
}
