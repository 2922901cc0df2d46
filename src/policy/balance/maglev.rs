//! Maglev (Eisenbud et al., NSDI 2016): a table that servers fill in turns.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::policy::{Fault, Hue, Info};
use crate::routing::{MaglevConfig, SchemeConfig};

/// What people are told of it.
pub const INFO: Info = Info {
    name: "maglev",
    summary: "maglev: a table that servers fill in turns; even shares, small needless moves",
    hue: Hue::Ring,
};

/// Parameters of `maglev`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Slots of the table; the next prime at or above it is taken. 100 times the servers or more.
    pub slots: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self { slots: 65_537 }
    }
}

impl Config {
    pub(super) fn validate(self) -> Vec<Fault> {
        match self.slots {
            2..=5_000_011 => Vec::new(),
            other => vec![Fault::new("slots", format!("must be 2 to 5_000_011, met {other}"))],
        }
    }

    pub(super) const fn scheme(self) -> SchemeConfig {
        SchemeConfig::Maglev(MaglevConfig { slots: self.slots })
    }
}
