//! When there are replications enough: what must be known, how well, and when that is asked.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Replications go on until the mean of a metric is known so well under every policy at every
/// point, or until there are as many as allowed.
///
/// All policies and all points get as many, so that they stay paired, and every reader of the
/// results finds one number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Until {
    /// The name of the metric.
    pub metric: String,
    /// How well its mean must be known.
    #[serde(flatten)]
    pub width: Width,
    /// The most replications; at least [`Until::LEAST`].
    pub at_most: u32,
}

/// How narrow the 95% interval of a mean must be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Width {
    /// The mean is off by this share of the true one at most; positive, at most 1.
    #[serde(rename = "relative_half_width")]
    Relative(f64),
    /// Half the interval, in the metric's unit; positive.
    #[serde(rename = "half_width")]
    Absolute(f64),
}

impl Width {
    /// Half the interval that is narrow enough around this mean.
    ///
    /// A share γ of the true mean is held to by an interval of γ/(1 + γ) of the mean that was
    /// found: 4.76% for 5%. For where the true mean is off by d of it, and d <= r of the mean
    /// found, d is r/(1 − r) of the true one at most.
    ///
    /// Source: Law, Simulation Modeling and Analysis (2015), section 9.4.1, "Obtaining a
    /// specified precision".
    pub fn half(self, mean: f64) -> f64 {
        match self {
            Self::Relative(share) => share / (1.0 + share) * mean.abs(),
            Self::Absolute(half) => half,
        }
    }
}

impl Until {
    /// Fewer replications decide nothing: the standard deviation of a few is too small too
    /// often, and a procedure that stops as soon as it looks small stops there.
    ///
    /// Source: Law (2015), section 9.4.1, who advises 10 or more to begin with.
    pub const LEAST: u32 = 10;

    /// Where no more is said: ten times the usual number, for intervals a third as wide.
    pub const USUAL_MOST: u32 = 200;

    /// After how many replications it is asked whether they are enough: 10, 15, 20, 25, 35, 45,
    /// and on, each time a quarter more, to the next multiple of 5; at last the most.
    ///
    /// The numbers depend on nothing that was measured, nor on who runs: any number of threads
    /// asks at the same ones. That they grow makes the questions few, as each is one more
    /// chance to stop because of luck, and their batches large enough for many cores; the price
    /// is up to a quarter more replications than needed.
    pub fn looks(&self) -> impl Iterator<Item = u32> + use<> {
        let most = self.at_most;
        let after = move |look: &u32| (*look < most).then(|| next(*look).min(most));
        std::iter::successors(Some(Self::LEAST.min(most)), after)
    }
}

fn next(look: u32) -> u32 {
    const STEP: u32 = 5;
    look.saturating_add((look / 4).max(STEP)).div_ceil(STEP).saturating_mul(STEP)
}

impl fmt::Display for Until {
    /// `recovery_time is known to within 5%`, without the unit of the metric, which would follow.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is known to within ", self.metric)?;
        match self.width {
            // Rounded as 0.07 x 100 is a little above 7; no more digits were meant.
            Width::Relative(share) => write!(f, "{}%", (share * 1e8).round() / 1e6),
            Width::Absolute(half) => write!(f, "{half}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Until, Width};

    fn looks(at_most: u32) -> Vec<u32> {
        let metric = "attempts".to_owned();
        Until { metric, width: Width::Relative(0.05), at_most }.looks().collect()
    }

    #[test]
    fn looks_are_a_quarter_apart_and_end_with_the_most() {
        let usual = [10, 15, 20, 25, 35, 45, 60, 75, 95, 120, 150, 190, 200];
        assert_eq!(looks(200), usual);
        assert_eq!(looks(10), [10]);
        assert_eq!(looks(12), [10, 12]);
        assert_eq!(looks(1_000_000).last(), Some(&1_000_000));
        assert!(looks(1_000_000).len() < 60);
    }

    #[test]
    fn a_relative_width_is_of_the_true_mean() {
        // The mean found is 1, its interval reaches down to the true mean, which is 5% off.
        let half = Width::Relative(0.05).half(1.0);
        let true_mean = 1.0 - half;
        assert!((half / true_mean - 0.05).abs() < 1e-12);
        assert!((Width::Relative(0.05).half(-2.0) - 2.0 * half).abs() < 1e-12);
        assert!((Width::Absolute(3.0).half(1e6) - 3.0).abs() < 1e-12);
    }
}
