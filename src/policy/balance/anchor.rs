//! `AnchorHash` (Mendelson et al. 2020): the least moves within a fixed capacity.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::policy::{Fault, Hue, Info};
use crate::routing::{AnchorConfig, SchemeConfig};

/// What people are told of it.
pub const INFO: Info = Info {
    name: "anchor",
    summary: "anchor: the least moves with equal shares, within a capacity fixed at the start",
    hue: Hue::Ring,
};

/// Parameters of `anchor`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The largest sum of weights that will be needed; servers beyond it get nothing.
    pub capacity: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self { capacity: 1_024 }
    }
}

impl Config {
    pub(super) fn validate(self) -> Vec<Fault> {
        match self.capacity {
            1..=16_777_216 => Vec::new(),
            other => vec![Fault::new("capacity", format!("must be 1 to 16_777_216, met {other}"))],
        }
    }

    pub(super) const fn scheme(self) -> SchemeConfig {
        SchemeConfig::Anchor(AnchorConfig { capacity: self.capacity })
    }
}
