//! What may be said of a change.
//!
//! A change counts when it is significant after correction **and** its estimate lies beyond
//! the tolerance. It is nothing when the whole interval lies within the tolerance. What is
//! between stays open. So of a real change of exactly the tolerance's size about half the
//! estimates lie beyond (it is then found), at most 2.5% are passed as `same`, and the rest
//! stay open; a real change that is larger than the tolerance by half the width of its
//! interval is found 97.5% of the time, as long as it is significant.

use super::interval::CONFIDENCE;
use crate::engine::math;

/// What a comparison says of one metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Worse, beyond noise and tolerance.
    Worse,
    /// Measured before, and now no more.
    Missing,
    /// Neither; more replications would tell.
    Inconclusive,
    /// Not the same, in a metric of which neither way is better.
    Changed,
    /// Better, beyond noise and tolerance.
    Better,
    /// There is nothing to compare with.
    NoBaseline,
    /// The interval of the change lies within the tolerance.
    Same,
}

impl Verdict {
    /// Its name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::Missing => "missing",
            Self::Inconclusive => "inconclusive",
            Self::Changed => "changed",
            Self::Better => "better",
            Self::NoBaseline => "no_baseline",
            Self::Same => "same",
        }
    }

    /// As people read it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoBaseline => "no baseline",
            Self::Missing => "no longer measured",
            other => other.name(),
        }
    }
}

/// A measured change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// The estimate, oriented so that more is worse.
    pub worsening: f64,
    /// Its 95% interval.
    pub interval: [f64; 2],
    /// The p value of "no change", corrected for all that is compared.
    pub p_adjusted: f64,
    /// Up to so much is no change; not negative.
    pub tolerance: f64,
}

impl Change {
    /// What may be said.
    pub fn verdict(&self) -> Verdict {
        let [low, high] = self.interval;
        if low >= -self.tolerance && high <= self.tolerance {
            return Verdict::Same;
        }
        let significant = self.p_adjusted <= 1.0 - CONFIDENCE;
        if significant && self.worsening > self.tolerance {
            Verdict::Worse
        } else if significant && self.worsening < -self.tolerance {
            Verdict::Better
        } else {
            Verdict::Inconclusive
        }
    }

    /// About how many replications would decide it, when `n` did not and `family` metrics
    /// are compared: the interval shrinks with the square root of their number, to within
    /// the tolerance or away from 0. `None` beyond a million.
    pub fn replications_needed(&self, n: u32, family: usize) -> Option<u32> {
        let half = (self.interval[1] - self.interval[0]) / 2.0;
        let size = self.worsening.abs();
        let ratio = if size < self.tolerance {
            half / (self.tolerance - size)
        } else {
            // The first step of Holm's correction tests at the level over the family.
            let level = (1.0 - CONFIDENCE) / family.max(1) as f64;
            half / size * math::normal_quantile(1.0 - level / 2.0)
                / math::normal_quantile(f64::midpoint(1.0, CONFIDENCE))
        };
        let needed = (f64::from(n) * ratio * ratio).ceil();
        (needed <= 1e6).then(|| (needed as u32).max(n + 1))
    }
}
