//! Which convo listens where.

use convo::Convo;

use super::places;
use crate::report::Failure;

fn convo(text: &str) -> Convo {
    Convo::read("test.convo", text).convo.expect("the convo has no errors")
}

/// `a` listens on TCP and UDP, `b` says nowhere where.
fn listen(convos: &[&str], listens: &[&str]) -> Result<Vec<String>, Failure> {
    let all = [("a", convo("listen tcp 7000\nlisten udp 7001\nC: hello\n")), ("b", convo("C: hello\n"))];
    let served: Vec<_> =
        all.iter().filter(|(name, _)| convos.contains(name)).map(|(name, convo)| (*name, convo)).collect();
    let listens: Vec<String> = listens.iter().map(|&listen| listen.to_owned()).collect();
    let places = places(&served, &listens)?;
    Ok(places.into_iter().map(|(index, address)| format!("{} {address}", served[index].0)).collect())
}

#[test]
fn without_listen_a_convo_is_at_its_own_addresses_on_loopback() {
    assert_eq!(
        listen(&["a", "b"], &[]).expect("it is clear"),
        ["a tcp://localhost:7000", "a udp://localhost:7001", "b tcp://localhost:0"]
    );
}

#[test]
fn listen_replaces_them_in_its_order_and_takes_the_first_transport() {
    assert_eq!(
        listen(&["a"], &["udp://[::1]:2", ":1", "127.0.0.1"]).expect("it is clear"),
        ["a udp://[::1]:2", "a tcp://localhost:1", "a tcp://127.0.0.1:7000"]
    );
}

#[test]
fn with_several_convos_listen_names_one() {
    assert_eq!(
        listen(&["a", "b"], &["b=:1"]).expect("it is clear"),
        ["b tcp://localhost:1", "a tcp://localhost:7000", "a udp://localhost:7001"]
    );
    let failure = listen(&["a", "b"], &[":1"]).expect_err("nobody knows which");
    assert_eq!(failure.hint.as_deref(), Some("name it: --listen a=:1"));
}
