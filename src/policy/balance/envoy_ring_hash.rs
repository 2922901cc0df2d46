//! Envoy's `ring_hash`, bit for bit.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::policy::{Fault, Hue, Info};
use crate::routing::SchemeConfig;
use crate::routing::compat::{EnvoyHash, EnvoyRingHashConfig};

/// What people are told of it.
pub const INFO: Info = Info {
    name: "envoy_ring_hash",
    summary: "Envoy's `ring_hash`: about 1,024 points shared out by weight, so more servers get fewer each",
    hue: Hue::Ring,
};

/// Parameters of `envoy_ring_hash`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `minimum_ring_size`, 1 to 8,388,608.
    pub minimum_ring_size: u32,
    /// `maximum_ring_size`, 1 to 8,388,608.
    pub maximum_ring_size: u32,
    /// `hash_function`.
    pub hash: Hash,
    /// `hash_balance_factor` in percent, 100 to 65,535; 0: no bound.
    pub balance_factor: u32,
}

/// A hash function of Envoy's ring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Hash {
    /// `XX_HASH`.
    #[default]
    XxHash,
    /// `MURMUR_HASH_2`.
    Murmur2,
}

impl Default for Config {
    fn default() -> Self {
        let usual = EnvoyRingHashConfig::default();
        Self {
            minimum_ring_size: usual.minimum_ring_size,
            maximum_ring_size: usual.maximum_ring_size,
            hash: Hash::XxHash,
            balance_factor: 0,
        }
    }
}

impl Config {
    pub(super) fn validate(self) -> Vec<Fault> {
        let sizes = [
            ("minimum_ring_size", self.minimum_ring_size),
            ("maximum_ring_size", self.maximum_ring_size),
        ];
        let mut faults: Vec<Fault> = sizes
            .into_iter()
            .filter(|(_, size)| !(1..=8_388_608).contains(size))
            .map(|(field, size)| Fault::new(field, format!("must be 1 to 8,388,608, met {size}")))
            .collect();
        if !matches!(self.balance_factor, 0 | 100..=65_535) {
            let met = self.balance_factor;
            faults.push(Fault::new(
                "balance_factor",
                format!("must be 0 or 100 to 65,535, met {met}"),
            ));
        }
        faults
    }

    pub(super) const fn scheme(self) -> SchemeConfig {
        SchemeConfig::EnvoyRingHash(EnvoyRingHashConfig {
            minimum_ring_size: self.minimum_ring_size,
            maximum_ring_size: self.maximum_ring_size,
            hash_function: match self.hash {
                Hash::XxHash => EnvoyHash::XxHash,
                Hash::Murmur2 => EnvoyHash::MurmurHash2,
            },
            balance_factor: self.balance_factor,
        })
    }
}
