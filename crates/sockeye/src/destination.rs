//! Where a client goes.

use convo::{Convo, Transport};
use net::{Address, Defaults, Place};

use crate::report::Failure;

/// Whom to call: `--to`, or the convo's first address on this machine.
///
/// # Errors
/// A `--to` that is no address; none at all.
pub(crate) fn find(name: &str, convo: &Convo, to: Option<&str>) -> Result<Address, Failure> {
    let listen = convo.listens().first();
    let Some(text) = to else {
        let listen = listen.ok_or_else(|| {
            Failure::usage(format!("{name} says nowhere which address to call"))
                .hint("give --to HOST:PORT, or a line such as `listen tcp 7200` to the convo")
        })?;
        let (transport, port) = (listen.transport, listen.port);
        return Ok(Address::Internet { transport, place: Place::Loopback, port });
    };
    let defaults = Defaults {
        transport: listen.map_or(Transport::Tcp, |listen| listen.transport),
        port: listen.map(|listen| listen.port),
    };
    Address::parse(text, defaults).map_err(|error| {
        let hint = error.hint().to_owned();
        Failure::usage(format!("--to: {error}")).hint(hint)
    })
}
