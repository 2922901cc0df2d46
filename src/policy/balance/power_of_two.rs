//! The least loaded of a few servers drawn at random (Mitzenmacher 2001).

use schemars::JsonSchema;
use serde::Deserialize;

use crate::policy::{Fault, Hue, Info};
use crate::routing::{PowerOfTwoConfig, SchemeConfig};

/// What people are told of it.
pub const INFO: Info = Info {
    name: "power_of_two",
    summary: "the less loaded of two servers drawn at random (or of more)",
    hue: Hue::Other,
};

/// Parameters of `power_of_two`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How many servers are drawn, 1 to 64. More balances better and follows stale counts more blindly.
    pub choices: u32,
    /// Whether one server may be drawn twice; real balancers draw distinct ones.
    pub with_replacement: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self { choices: 2, with_replacement: false }
    }
}

impl Config {
    pub(super) fn validate(self) -> Vec<Fault> {
        match self.choices {
            1..=64 => Vec::new(),
            other => vec![Fault::new("choices", format!("must be 1 to 64, met {other}"))],
        }
    }

    pub(super) const fn scheme(self) -> SchemeConfig {
        SchemeConfig::PowerOfTwo(PowerOfTwoConfig {
            choices: self.choices,
            with_replacement: self.with_replacement,
        })
    }
}
