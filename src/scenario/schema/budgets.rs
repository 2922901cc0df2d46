//! What must hold of the answers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::engine::Fraction;

/// Policy -> metric -> what must hold.
pub type Budgets = BTreeMap<String, BTreeMap<String, Budget>>;

/// What must hold of one metric of one policy; at least one limit. Of each the bound of
/// the 95% interval must pass, not the mean.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// At most so much, in the metric's unit (`ringstorm metrics`).
    pub max: Option<f64>,
    /// At least so much, in the metric's unit.
    pub min: Option<f64>,
    /// At most this share more than in the baseline, for instance `"5%"`.
    pub max_increase: Option<Fraction>,
    /// At most this share less than in the baseline.
    pub max_decrease: Option<Fraction>,
    /// A limit relative to another policy of the same run.
    pub delta: Option<Delta>,
    /// What it means when it does not hold; `"error"` by default.
    #[serde(default)]
    pub level: Level,
}

/// A limit relative to another policy: "at least 50% fewer than drop all" is
/// `{"against": "drop all", "max_ratio": 0.5}`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Delta {
    /// The other policy.
    pub against: String,
    /// At most so many times the other policy's; 0 or more.
    pub max_ratio: Option<f64>,
    /// At least so many times the other policy's; 0 or more.
    pub min_ratio: Option<f64>,
}

/// What a broken budget means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// `run --check` ends with 1.
    #[default]
    Error,
    /// It is said, and the check passes.
    Warning,
}
