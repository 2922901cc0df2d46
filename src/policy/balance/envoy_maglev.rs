//! Envoy's `maglev`, bit for bit.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::policy::{Fault, Hue, Info};
use crate::routing::SchemeConfig;
use crate::routing::compat::EnvoyMaglevConfig;

/// What people are told of it.
pub const INFO: Info = Info {
    name: "envoy_maglev",
    summary: "Envoy's `maglev`: a table of 65,537 slots filled in turns",
    hue: Hue::Ring,
};

/// Parameters of `envoy_maglev`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `table_size`, a prime, 2 to 5,000,011.
    pub table_size: u32,
    /// `hash_balance_factor` in percent, 100 to 65,535; 0: no bound.
    pub balance_factor: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self { table_size: 65_537, balance_factor: 0 }
    }
}

impl Config {
    pub(super) fn validate(self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !(2..=5_000_011).contains(&self.table_size) {
            let met = self.table_size;
            faults.push(Fault::new("table_size", format!("must be 2 to 5,000,011, met {met}")));
        }
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
        SchemeConfig::EnvoyMaglev(EnvoyMaglevConfig {
            table_size: self.table_size,
            balance_factor: self.balance_factor,
        })
    }
}
