//! `sockeye list`: the convos that ship.

use convo::{Convo, Transport};

use crate::report::{Exit, Failure, Screen};
use crate::shipped;

/// Prints name, address and title of each convo that ships, a line each.
///
/// # Errors
/// Standard output cannot be written.
pub(crate) fn run() -> Result<Exit, Failure> {
    let screen = Screen::new();
    let lines: Vec<[String; 3]> = shipped::all()
        .into_iter()
        .filter_map(|shipped| {
            let convo = Convo::read(&shipped.name, &shipped.text).convo?;
            Some([shipped.name, addresses(&convo), convo.title().to_owned()])
        })
        .collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let (names, addresses) = (width(0), width(1));
    for [name, address, title] in &lines {
        screen.show(&format!("{name:names$}  {address:addresses$}  {title}"));
    }
    screen.end()
}

/// `tcp 12345, udp 12345`
fn addresses(convo: &Convo) -> String {
    let listens = convo.listens().iter().map(|listen| match listen.transport {
        Transport::Tcp => format!("tcp {}", listen.port),
        Transport::Udp => format!("udp {}", listen.port),
    });
    listens.collect::<Vec<_>>().join(", ")
}
