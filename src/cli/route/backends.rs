//! `--backend ADDR[#ID][=WEIGHT][@STATE]`.

use std::collections::BTreeSet;

use super::error::{BackendFault, RouteError};
use crate::routing::{BackendState, Membership, SchemeConfig};
use crate::scenario::nearest;

/// The backends in order. The ids of HAProxy's servers go into the scheme's parameters.
pub(super) fn membership(
    backends: &[String],
    config: &mut SchemeConfig,
) -> Result<Membership, RouteError> {
    let mut membership = Membership::new();
    let mut ids = BTreeSet::new();
    for text in backends {
        let wrong = |fault| RouteError::backend(text, fault);
        let backend = parse(text).map_err(wrong)?;
        if membership.find(backend.address).is_some() {
            return Err(wrong(BackendFault::Twice));
        }
        if config.name().starts_with("haproxy_") && backend.weight > 256 {
            return Err(wrong(BackendFault::HeavyForHaproxy(backend.weight)));
        }
        if let Some(id) = backend.id {
            if !ids.insert(id) {
                return Err(wrong(BackendFault::IdTwice(id)));
            }
            give_id(config, backend.address, id).map_err(wrong)?;
        }
        let joined = membership.join(backend.address, backend.weight, None);
        membership.set_state(joined, backend.state);
    }
    Ok(membership)
}

/// Every scheme of HAProxy takes servers with ids; only its ring goes by them.
fn give_id(config: &mut SchemeConfig, address: &str, id: u32) -> Result<(), BackendFault> {
    match config {
        SchemeConfig::HaproxyConsistent(config) => {
            config.ids.insert(address.to_owned(), id);
            Ok(())
        }
        other if other.name().starts_with("haproxy_") => Ok(()),
        other => Err(BackendFault::IdWithoutMeaning(other.name())),
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Parsed<'a> {
    address: &'a str,
    id: Option<u32>,
    weight: u32,
    state: BackendState,
}

fn parse(text: &str) -> Result<Parsed<'_>, BackendFault> {
    let (rest, state) = match text.rsplit_once('@') {
        Some((rest, state)) => (rest, parse_state(state)?),
        None => (text, BackendState::Ready),
    };
    let (rest, weight) = match rest.rsplit_once('=') {
        Some((rest, weight)) => {
            (rest, weight.parse().map_err(|_| BackendFault::Weight(weight.to_owned()))?)
        }
        None => (rest, 1),
    };
    let (address, id) = match rest.rsplit_once('#') {
        Some((address, id)) => {
            let number = id.parse().ok().filter(|&number| number > 0);
            (address, Some(number.ok_or_else(|| BackendFault::Id(id.to_owned()))?))
        }
        None => (rest, None),
    };
    if address.is_empty() {
        return Err(BackendFault::NoAddress);
    }
    Ok(Parsed { address, id, weight, state })
}

fn parse_state(state: &str) -> Result<BackendState, BackendFault> {
    match state {
        "ready" => Ok(BackendState::Ready),
        "draining" => Ok(BackendState::Draining),
        "down" | "disabled" => Ok(BackendState::Down),
        other => Err(BackendFault::State {
            state: other.to_owned(),
            nearest: nearest(other, ["ready", "draining", "down", "disabled"]).map(str::to_owned),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_weight_and_state_follow_the_address_in_this_order() {
        let parsed = |id, weight, state| Parsed { address: "[::1]:80", id, weight, state };
        for (text, expected) in [
            ("[::1]:80", parsed(None, 1, BackendState::Ready)),
            ("[::1]:80#7", parsed(Some(7), 1, BackendState::Ready)),
            ("[::1]:80=0", parsed(None, 0, BackendState::Ready)),
            ("[::1]:80@disabled", parsed(None, 1, BackendState::Down)),
            ("[::1]:80#7=3@draining", parsed(Some(7), 3, BackendState::Draining)),
        ] {
            assert_eq!(parse(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn a_backend_that_is_not_written_so_is_refused_with_the_part_that_is_wrong() {
        let fault = |text| parse(text).unwrap_err().to_string();
        assert!(fault("").starts_with("it has no address"));
        assert!(fault("=3").starts_with("it has no address"));
        assert!(fault("a=-1").starts_with("its weight is `-1`"));
        assert!(fault("a=3#7").starts_with("its weight is `3#7`"));
        assert!(fault("a#0").starts_with("its id is `0`"));
        assert!(fault("a@dwon").ends_with("there is a similar one: `down`"));
    }
}
