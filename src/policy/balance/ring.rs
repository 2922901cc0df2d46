//! A consistent-hash ring (Karger et al. 1997) with virtual nodes.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::policy::{Fault, Hue, Info};
use crate::routing::{Factor, RingConfig, SchemeConfig};

/// What people are told of it.
pub const INFO: Info = Info {
    name: "ring",
    summary: "consistent-hash ring: a new server takes over only the keys that it now owns",
    hue: Hue::Ring,
};

/// Parameters of `ring`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Points on the ring per unit of a server's weight, 1 to 10,000. The
    /// loads of servers differ by about 1/sqrt(virtual nodes).
    pub virtual_nodes: u32,
    /// No server takes more than this times its share of the connections, 1 to 100;
    /// what is beyond goes on along the ring. Without it there is no bound.
    pub bounded_load: Option<f64>,
}

impl Default for Config {
    fn default() -> Self {
        Self { virtual_nodes: 160, bounded_load: None }
    }
}

impl Config {
    pub(super) fn validate(self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !(1..=10_000).contains(&self.virtual_nodes) {
            let met = self.virtual_nodes;
            faults.push(Fault::new("virtual_nodes", format!("must be 1 to 10,000, met {met}")));
        }
        if let Some(factor) = self.bounded_load
            && !(1.0..=100.0).contains(&factor)
        {
            faults.push(Fault::new("bounded_load", format!("must be 1 to 100, met {factor}")));
        }
        faults
    }

    pub(super) fn scheme(self) -> SchemeConfig {
        SchemeConfig::Ring(RingConfig {
            virtual_nodes: self.virtual_nodes,
            bounded_load: self.bounded_load.map(Factor::nearest),
        })
    }
}
