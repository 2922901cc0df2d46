//! What must hold of the answers of a plan.

use serde::{Deserialize, Serialize};

/// A limit on a metric of a policy, at every point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    /// The policy's name.
    pub policy: String,
    /// The metric's name.
    pub metric: String,
    /// What must hold.
    pub limit: Limit,
    /// What it means when it does not.
    pub level: Level,
}

/// What must hold of the mean; the worse bound of its 95% interval must pass, so that
/// chance alone does not pass it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Limit {
    /// At most so much, in the metric's unit.
    Max(f64),
    /// At least so much, in the metric's unit.
    Min(f64),
    /// At most the baseline's and this share of it more.
    MaxIncrease(f64),
    /// At least the baseline's less this share of it.
    MaxDecrease(f64),
    /// At most so many times that of another policy of the same run.
    MaxRatio {
        /// The other policy.
        against: String,
        /// Not negative.
        ratio: f64,
    },
    /// At least so many times that of another policy of the same run.
    MinRatio {
        /// The other policy.
        against: String,
        /// Not negative.
        ratio: f64,
    },
}

/// What a broken budget means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Level {
    /// The check fails.
    #[default]
    Error,
    /// It is said, and the check passes.
    Warning,
}

impl Budget {
    /// The policies that it names.
    pub fn policies(&self) -> impl Iterator<Item = &str> {
        let other = match &self.limit {
            Limit::MaxRatio { against, .. } | Limit::MinRatio { against, .. } => Some(against),
            Limit::Max(_) | Limit::Min(_) | Limit::MaxIncrease(_) | Limit::MaxDecrease(_) => None,
        };
        std::iter::once(self.policy.as_str()).chain(other.map(String::as_str))
    }

    /// Whether it needs a baseline.
    pub const fn needs_baseline(&self) -> bool {
        matches!(self.limit, Limit::MaxIncrease(_) | Limit::MaxDecrease(_))
    }
}
