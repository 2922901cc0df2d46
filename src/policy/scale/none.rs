//! The number of servers changes by the scenario's events alone.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::policy::{Fault, Hue, Info};

/// What people are told of it.
pub const INFO: Info = Info {
    name: "none",
    summary: "no autoscaler: servers come and go by the scenario's events alone",
    hue: Hue::Baseline,
};

/// It has no parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {}

impl Config {
    #[expect(clippy::unused_self, reason = "every rule has the same calls")]
    pub(super) const fn validate(self) -> Vec<Fault> {
        Vec::new()
    }
}
