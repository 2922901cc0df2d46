//! Paired differences: two policies that met the same draws.
//!
//! Common random numbers make the replications of two policies rise and fall
//! together; the interval of their difference is then far shorter than the two
//! intervals side by side suggest.

use super::chance::{Chance, Runs, largest, scatters};
use super::interval::Estimate;
use super::student;

/// What a paired comparison found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paired {
    /// The differences, `left` minus `right`; of a standard deviation of 0 where they differ by
    /// rounding alone.
    pub difference: Estimate,
    /// Two-sided p value of "the mean difference is 0": exactly 1 when every difference is
    /// 0; where all are equal and not 0 what so many pairs can prove, and exactly 0 without chance;
    /// `None` with fewer than two pairs.
    pub p: Option<f64>,
    /// The 95% t interval of the mean difference; `None` with fewer than two pairs, or where fewer
    /// than six agree, unless chance has no part in them.
    pub ci95: Option<[f64; 2]>,
}

impl Paired {
    /// Pairs `left[i]` with `right[i]`; `None` without pairs. Values beyond the shorter
    /// slice are ignored.
    ///
    /// Source: Student's paired t test; for its use with common random numbers Law,
    /// Simulation Modeling and Analysis (2015), section 10.2.1. For what does not scatter see
    /// [`super::chance`].
    pub fn of(left: &[f64], right: &[f64], chance: Chance) -> Option<Self> {
        let differences: Vec<f64> = left.iter().zip(right).map(|(a, b)| a - b).collect();
        let mut difference = Estimate::of(&differences)?;
        if difference.n < 2 {
            return Some(Self { difference, p: None, ci95: None });
        }
        let most = largest(left).max(largest(right));
        if scatters(difference.sd, most) {
            let t = difference.mean / difference.standard_error();
            let p = student::two_sided_tail(t, f64::from(difference.n - 1));
            return Some(Self { difference, p: Some(p), ci95: difference.interval() });
        }
        difference.sd = 0.0;
        let (p, ci95) = Runs::Pairs(difference.n).prove(difference.mean, most, chance);
        Some(Self { difference, p: Some(p), ci95 })
    }
}

/// Holm's adjusted p values, in the order of `p`: the chance of one false claim or more
/// among all is then at most the level, whatever their dependence. O(n log n).
///
/// Source: S. Holm, "A simple sequentially rejective multiple test procedure",
/// Scandinavian Journal of Statistics 6 (1979).
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut adjusted = vec![0.0; p.len()];
    let mut highest: f64 = 0.0;
    for (rank, &index) in order.iter().enumerate() {
        let remaining = (p.len() - rank) as f64;
        highest = highest.max((p[index] * remaining).min(1.0));
        adjusted[index] = highest;
    }
    adjusted
}
