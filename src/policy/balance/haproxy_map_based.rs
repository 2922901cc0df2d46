//! HAProxy's `hash-type map-based`, bit for bit.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::policy::{Fault, Hue, Info};
use crate::routing::SchemeConfig;
use crate::routing::compat::{HaproxyHash, HaproxyHashType, HaproxyMapBasedConfig};

/// What people are told of it.
pub const INFO: Info = Info {
    name: "haproxy_map_based",
    summary: "HAProxy's `hash-type map-based`: hash modulo the sum of weights",
    hue: Hue::Other,
};

/// Parameters of `haproxy_map_based`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The hash function.
    pub hash: Hash,
    /// Whether `avalanche` follows it.
    pub avalanche: bool,
}

/// A hash function of HAProxy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Hash {
    /// sdbm's, the default.
    #[default]
    Sdbm,
    /// Bernstein's, times 33.
    Djb2,
    /// Willy Tarreau's.
    Wt6,
    /// CRC-32.
    Crc32,
}

impl Hash {
    /// The function with or without the avalanche after it.
    pub(super) const fn with(self, avalanche: bool) -> HaproxyHashType {
        let function = match self {
            Self::Sdbm => HaproxyHash::Sdbm,
            Self::Djb2 => HaproxyHash::Djb2,
            Self::Wt6 => HaproxyHash::Wt6,
            Self::Crc32 => HaproxyHash::Crc32,
        };
        HaproxyHashType { function, avalanche }
    }
}

impl Config {
    /// Nothing can be out of range.
    #[expect(clippy::unused_self, reason = "every rule has the same calls")]
    pub(super) const fn validate(self) -> Vec<Fault> {
        Vec::new()
    }

    pub(super) const fn scheme(self) -> SchemeConfig {
        SchemeConfig::HaproxyMapBased(HaproxyMapBasedConfig {
            hash: self.hash.with(self.avalanche),
        })
    }
}
