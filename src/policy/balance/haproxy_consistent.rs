//! HAProxy's `hash-type consistent`, bit for bit. Servers are numbered by position, as
//! without `id` lines: one that leaves renumbers those behind it.

use schemars::JsonSchema;
use serde::Deserialize;

use super::haproxy_map_based::Hash;
use crate::policy::{Fault, Hue, Info};
use crate::routing::SchemeConfig;
use crate::routing::compat::HaproxyConsistentConfig;

/// What people are told of it.
pub const INFO: Info = Info {
    name: "haproxy_consistent",
    summary: "HAProxy's `hash-type consistent`: a ring of 16 points per weight, servers without `id`",
    hue: Hue::Ring,
};

/// Parameters of `haproxy_consistent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The hash function.
    pub hash: Hash,
    /// Whether `avalanche` follows it; without it `sdbm` crowds close keys on one server.
    pub avalanche: bool,
    /// `hash-balance-factor` in percent, 101 to 65,535; 0: no bound.
    pub balance_factor: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self { hash: Hash::Sdbm, avalanche: true, balance_factor: 0 }
    }
}

impl Config {
    pub(super) fn validate(self) -> Vec<Fault> {
        match self.balance_factor {
            0 | 101..=65_535 => Vec::new(),
            other => {
                vec![Fault::new(
                    "balance_factor",
                    format!("must be 0 or 101 to 65,535, met {other}"),
                )]
            }
        }
    }

    pub(super) fn scheme(self) -> SchemeConfig {
        SchemeConfig::HaproxyConsistent(HaproxyConsistentConfig {
            hash: self.hash.with(self.avalanche),
            balance_factor: self.balance_factor,
            ..HaproxyConsistentConfig::default()
        })
    }
}
