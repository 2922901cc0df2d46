//! Paired differences: two policies that met the same draws.
//!
//! Common random numbers make the replications of two policies rise and fall
//! together; the interval of their difference is then far shorter than the two
//! intervals side by side suggest.

use super::interval::Estimate;
use super::student;

/// What a paired comparison found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paired {
    /// The differences, `left` minus `right`.
    pub difference: Estimate,
    /// Two-sided p value of "the mean difference is 0": exactly 1 when every difference is
    /// 0, exactly 0 when all are equal and not 0; `None` with fewer than two pairs.
    pub p: Option<f64>,
}

impl Paired {
    /// Pairs `left[i]` with `right[i]`; `None` without pairs. Values beyond the shorter
    /// slice are ignored.
    ///
    /// Source: Student's paired t test; for its use with common random numbers Law,
    /// Simulation Modeling and Analysis (2015), section 10.2.1.
    pub fn of(left: &[f64], right: &[f64]) -> Option<Self> {
        let differences: Vec<f64> = left.iter().zip(right).map(|(a, b)| a - b).collect();
        let difference = Estimate::of(&differences)?;
        let p = (difference.n > 1).then(|| {
            if difference.mean == 0.0 {
                1.0
            } else {
                let t = difference.mean / difference.standard_error();
                student::two_sided_tail(t, f64::from(difference.n - 1))
            }
        });
        Some(Self { difference, p })
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
