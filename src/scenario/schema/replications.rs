//! Replications whose number the run finds.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::engine::units::Fraction;

/// Replications go on until a metric is known well enough, under every policy and at every point
/// of a sweep: all of them get as many.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replications {
    /// What must be known.
    pub until: Until,
    /// The most replications, 10 or more; 200 by default.
    pub at_most: Option<u64>,
}

/// How well the mean of a metric must be known, in one of two ways. A policy under which the
/// metric does not exist is passed over; values that are all equal count as known, ten or more
/// of them; a time that the end of a run cut off is never known, and not waited for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Until {
    /// The name of a metric (`ringstorm metrics`).
    pub metric: String,
    /// The mean is off by at most this share of the true one, with 95% confidence: half the
    /// interval is at most x/(1 + x) of the mean.
    pub relative_half_width: Option<Fraction>,
    /// Half the 95% interval of the mean is at most this, in the metric's unit. For shares, and
    /// for what may be 0.
    pub half_width: Option<f64>,
}
