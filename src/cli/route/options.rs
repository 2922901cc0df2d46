//! `--scheme NAME` and `--option NAME=VALUE`.

use std::num::ParseIntError;

use super::super::failure::Failure;
use super::error::RouteError;
use crate::routing::compat::{EnvoyHash, EnvoyMaglev, EnvoyRingHash, HaproxyHash};
use crate::routing::{Factor, Maglev, Membership, Ring, SchemeConfig};
use crate::scenario::nearest;

/// The scheme of this name with its usual parameters.
pub(super) fn scheme(name: &str) -> Result<SchemeConfig, Failure> {
    let names = SchemeConfig::NAMES.iter().copied();
    SchemeConfig::named(name).ok_or_else(|| Failure::unknown("scheme", name, names))
}

/// Sets options, `hash` first, as it decides whether an avalanche follows.
pub(super) fn apply(config: &mut SchemeConfig, options: &[String]) -> Result<(), RouteError> {
    let mut pairs = Vec::new();
    for option in options {
        let (name, value) =
            option.split_once('=').ok_or_else(|| RouteError::NoValue(option.clone()))?;
        pairs.push((known(config, name)?, value));
    }
    pairs.sort_by_key(|&(name, _)| name != "hash");
    for (name, value) in pairs {
        set(config, name, value).map_err(|takes| RouteError::BadValue {
            name: name.to_owned(),
            value: value.to_owned(),
            takes,
        })?;
    }
    Ok(())
}

/// Refuses a ring of more points than are made: its backends would have fewer than was asked for.
pub(super) fn fit(config: &SchemeConfig, membership: &Membership) -> Result<(), RouteError> {
    let SchemeConfig::Ring(ring) = config else { return Ok(()) };
    let weight: u64 = membership.eligible().map(|backend| u64::from(backend.weight)).sum();
    let points = weight.saturating_mul(u64::from(ring.virtual_nodes));
    if points > Ring::MAX_POINTS as u64 {
        return Err(RouteError::TooManyPoints { points, most: Ring::MAX_POINTS });
    }
    Ok(())
}

/// The options of a scheme.
fn names(config: &SchemeConfig) -> &'static [&'static str] {
    match config {
        SchemeConfig::PowerOfTwo(_) => &["choices", "with_replacement"],
        SchemeConfig::Ring(_) => &["virtual_nodes", "bounded_load"],
        SchemeConfig::Maglev(_) => &["slots"],
        SchemeConfig::Anchor(_) => &["capacity"],
        SchemeConfig::HaproxyMapBased(_) => &["hash", "avalanche"],
        SchemeConfig::HaproxyConsistent(_) => &["hash", "avalanche", "balance_factor"],
        SchemeConfig::EnvoyRingHash(_) => {
            &["minimum_ring_size", "maximum_ring_size", "hash", "balance_factor"]
        }
        SchemeConfig::EnvoyMaglev(_) => &["table_size", "balance_factor"],
        _ => &[],
    }
}

/// An option by its name here or in the original's configuration, `-` or `_` between words.
fn known(config: &SchemeConfig, typed: &str) -> Result<&'static str, RouteError> {
    let plain = typed.replace('-', "_");
    let name = match plain.as_str() {
        "hash_balance_factor" => "balance_factor",
        "hash_function" => "hash",
        "min_ring_size" => "minimum_ring_size",
        "max_ring_size" => "maximum_ring_size",
        other => other,
    };
    let known = names(config);
    known.iter().copied().find(|&option| option == name).ok_or_else(|| RouteError::UnknownOption {
        scheme: config.name(),
        name: typed.to_owned(),
        nearest: nearest(typed, known.iter().copied()).map(str::to_owned),
        known,
    })
}

/// The most seats that an `anchor` has.
const MOST_SEATS: u32 = 1 << 24;

/// What a value should have been.
type Takes = &'static str;

fn set(config: &mut SchemeConfig, name: &str, value: &str) -> Result<(), Takes> {
    match (config, name) {
        (SchemeConfig::PowerOfTwo(config), "choices") => config.choices = count(value)?,
        (SchemeConfig::PowerOfTwo(config), "with_replacement") => {
            config.with_replacement = switch(value)?;
        }
        (SchemeConfig::Ring(config), "virtual_nodes") => config.virtual_nodes = count(value)?,
        (SchemeConfig::Ring(config), "bounded_load") => config.bounded_load = Some(factor(value)?),
        (SchemeConfig::Maglev(config), "slots") => {
            config.slots = up_to(value, Maglev::MAX_SLOTS, "a whole number from 1 to 5000011")?;
        }
        (SchemeConfig::Anchor(config), "capacity") => {
            config.capacity = up_to(value, MOST_SEATS, "a whole number from 1 to 16777216")?;
        }
        (SchemeConfig::HaproxyMapBased(config), "hash") => {
            config.hash.function = haproxy_hash(value)?;
        }
        (SchemeConfig::HaproxyMapBased(config), "avalanche") => {
            config.hash.avalanche = switch(value)?;
        }
        (SchemeConfig::HaproxyConsistent(config), "hash") => {
            config.hash.function = haproxy_hash(value)?;
            config.hash.avalanche = false;
        }
        (SchemeConfig::HaproxyConsistent(config), "avalanche") => {
            config.hash.avalanche = switch(value)?;
        }
        (SchemeConfig::HaproxyConsistent(config), "balance_factor") => {
            config.balance_factor = percent(value, 101, "0, or a whole number above 100")?;
        }
        (SchemeConfig::EnvoyRingHash(config), "minimum_ring_size") => {
            config.minimum_ring_size = ring_size(value)?;
        }
        (SchemeConfig::EnvoyRingHash(config), "maximum_ring_size") => {
            config.maximum_ring_size = ring_size(value)?;
        }
        (SchemeConfig::EnvoyRingHash(config), "hash") => {
            config.hash_function = envoy_hash(value)?;
        }
        (SchemeConfig::EnvoyRingHash(config), "balance_factor") => {
            config.balance_factor = percent(value, 100, "0, or a whole number from 100 on")?;
        }
        (SchemeConfig::EnvoyMaglev(config), "table_size") => {
            config.table_size = table_size(value)?;
        }
        (SchemeConfig::EnvoyMaglev(config), "balance_factor") => {
            config.balance_factor = percent(value, 100, "0, or a whole number from 100 on")?;
        }
        // `known` has let no other through.
        _ => {}
    }
    Ok(())
}

fn number(value: &str) -> Result<u32, ParseIntError> {
    value.parse()
}

fn count(value: &str) -> Result<u32, Takes> {
    number(value).ok().filter(|&count| count > 0).ok_or("a whole number from 1 to 4294967295")
}

fn up_to(value: &str, most: u32, takes: Takes) -> Result<u32, Takes> {
    count(value).ok().filter(|count| *count <= most).ok_or(takes)
}

fn switch(value: &str) -> Result<bool, Takes> {
    match value {
        "true" | "on" | "yes" => Ok(true),
        "false" | "off" | "no" => Ok(false),
        _ => Err("`true` or `false`"),
    }
}

fn factor(value: &str) -> Result<Factor, Takes> {
    let number: Option<f64> = value.parse().ok();
    number
        .filter(|factor| *factor >= 1.0 && factor.is_finite())
        .map(Factor::nearest)
        .ok_or("a number from 1 on")
}

fn percent(value: &str, least: u32, takes: Takes) -> Result<u32, Takes> {
    number(value).ok().filter(|&percent| percent == 0 || percent >= least).ok_or(takes)
}

fn ring_size(value: &str) -> Result<u32, Takes> {
    number(value)
        .ok()
        .filter(|size| (1..=EnvoyRingHash::MAX_POINTS).contains(size))
        .ok_or("a whole number from 1 to 8388608")
}

fn table_size(value: &str) -> Result<u32, Takes> {
    number(value)
        .ok()
        .filter(|&size| size <= EnvoyMaglev::MAX_TABLE_SIZE && EnvoyMaglev::is_prime(size))
        .ok_or("a prime up to 5000011")
}

fn haproxy_hash(value: &str) -> Result<HaproxyHash, Takes> {
    match value {
        "sdbm" => Ok(HaproxyHash::Sdbm),
        "djb2" => Ok(HaproxyHash::Djb2),
        "wt6" => Ok(HaproxyHash::Wt6),
        "crc32" => Ok(HaproxyHash::Crc32),
        _ => Err("`sdbm`, `djb2`, `wt6` or `crc32`"),
    }
}

fn envoy_hash(value: &str) -> Result<EnvoyHash, Takes> {
    match value.to_ascii_lowercase().replace(['_', '-'], "").as_str() {
        "xxhash" => Ok(EnvoyHash::XxHash),
        "murmur2" | "murmurhash2" => Ok(EnvoyHash::MurmurHash2),
        _ => Err("`xx_hash` or `murmur_hash_2`"),
    }
}
