//! Distributions of times.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::forms::ShortOr;
use crate::engine::SimDuration;

/// A constant such as `"5ms"`, or a distribution.
pub type Law = ShortOr<SimDuration, Shape>;

/// A distribution of times: exactly one of these.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Shape {
    /// Memoryless: most are short, few are long.
    Exponential {
        /// The mean.
        mean: SimDuration,
    },
    /// Every time between two bounds is as likely.
    Uniform {
        /// The shortest.
        min: SimDuration,
        /// The longest.
        max: SimDuration,
    },
    /// The logarithm is normal: the usual law of latencies and of work.
    #[serde(rename = "lognormal")]
    LogNormal(LogNormal),
    /// Weibull: a shape below 1 means that what has lasted long will last longer.
    Weibull {
        /// The scale: 63% are shorter.
        scale: SimDuration,
        /// The shape, above 0.
        shape: f64,
    },
    /// Pareto: a heavy tail. The mean is finite only for a shape above 1.
    Pareto {
        /// The shortest.
        scale: SimDuration,
        /// The exponent of the tail, above 0.
        shape: f64,
    },
    /// The sum of `k` exponentials: more regular than one.
    Erlang {
        /// The mean of the sum.
        mean: SimDuration,
        /// How many, 1 to 1,000.
        k: u64,
    },
    /// A mixture of exponentials.
    #[serde(rename = "hyperexponential")]
    HyperExponential {
        /// The mean of each.
        means: Vec<SimDuration>,
        /// How often each is drawn; they need not add up to 1.
        weights: Vec<f64>,
    },
    /// Piecewise linear between percentiles, for people who only know those:
    /// `{"p50": "35ms", "p90": "80ms", "p99": "200ms"}`. Without `p0` it begins
    /// at 0; without `p100` nothing is longer than the highest percentile given.
    Quantiles(BTreeMap<String, SimDuration>),
    /// Measured values, each as likely.
    Samples {
        /// A CSV file with the column `value`, relative to the scenario: seconds, or durations with a unit.
        file: String,
    },
}

/// A log-normal law: by `median` or `mean`, and by `sigma` or `cv`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogNormal {
    /// Half are shorter.
    pub median: Option<SimDuration>,
    /// The mean, in place of `median`.
    pub mean: Option<SimDuration>,
    /// Standard deviation of the natural logarithm, 0 or more.
    pub sigma: Option<f64>,
    /// Standard deviation over mean, in place of `sigma`; 0 or more.
    pub cv: Option<f64>,
}
