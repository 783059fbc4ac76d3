//! Which convo listens where.
//!
//! ```text
//! serve reverse                                its own addresses, on loopback
//! serve reverse --listen :0 --listen [::1]:0   these instead
//! serve reverse sum-json --listen reverse=:0   reverse there, sum-json on its own addresses
//! ```

use convo::{Convo, Transport};
use net::{Address, Defaults, Place};

use crate::report::Failure;

/// From here on a name is held for a slip of another (Jaro-Winkler, 1 is the same).
const NEAR: f64 = 0.8;

/// One place to listen: the index of the convo, and the address.
pub(super) type PlaceOf = (usize, Address);

/// Where each convo listens: as `--listen` says, in its order, and then the others at their own addresses.
///
/// # Errors
/// An address that cannot be read, or several convos and no word for which of them it is.
pub(super) fn places(convos: &[(&str, &Convo)], listens: &[String]) -> Result<Vec<PlaceOf>, Failure> {
    let mut places = Vec::new();
    for listen in listens {
        let (index, text) = owner(convos, listen)?;
        let (_, convo) = convos[index];
        let address = Address::parse(text, defaults(convo)).map_err(|error| {
            let hint = error.hint().to_owned();
            Failure::usage(format!("--listen: {error}")).hint(hint)
        })?;
        places.push((index, address));
    }
    for (index, (_, convo)) in convos.iter().enumerate() {
        if !places.iter().any(|(owner, _)| *owner == index) {
            places.extend(own(convo).into_iter().map(|address| (index, address)));
        }
    }
    Ok(places)
}

/// What an address of this convo may leave out.
fn defaults(convo: &Convo) -> Defaults {
    match convo.listens().first() {
        Some(listen) => Defaults { transport: listen.transport, port: Some(listen.port) },
        None => Defaults { transport: Transport::Tcp, port: None },
    }
}

/// The convo's own addresses, on loopback; without a `listen` line a free TCP port.
fn own(convo: &Convo) -> Vec<Address> {
    let loopback = |transport, port| Address::Internet { transport, place: Place::Loopback, port };
    if convo.listens().is_empty() {
        return vec![loopback(Transport::Tcp, 0)];
    }
    convo.listens().iter().map(|listen| loopback(listen.transport, listen.port)).collect()
}

/// The convo that a `--listen` is for, and the address in it.
fn owner<'a>(convos: &[(&str, &Convo)], listen: &'a str) -> Result<(usize, &'a str), Failure> {
    if let Some((name, address)) = listen.split_once('=')
        && let Some(index) = convos.iter().position(|(known, _)| *known == name)
    {
        return Ok((index, address));
    }
    if let Some((name, _)) = listen.split_once('=')
        && !name.contains([':', '/'])
    {
        let failure = Failure::usage(format!("--listen {listen}: no convo served here is named \"{name}\""));
        let near = |known: &&str| strsim::jaro_winkler(name, known) > NEAR;
        let names: Vec<&str> = convos.iter().map(|(known, _)| *known).collect();
        return Err(match names.iter().copied().find(near) {
            Some(known) => failure.hint(format!("did you mean \"{known}\"?")),
            None => failure.hint(format!("served are: {}", names.join(", "))),
        });
    }
    if let [(_, _)] = convos {
        return Ok((0, listen));
    }
    Err(Failure::usage(format!(
        "--listen {listen}: which of the {} convos is to listen there?",
        convos.len()
    ))
    .hint(format!("name it: --listen {}={listen}", convos[0].0)))
}

#[cfg(test)]
mod tests;
