//! What values that do not scatter can prove.
//!
//! Replications that agree have a standard error of 0, by which Student's t is certain of any
//! difference. But of a count that takes few values, two or three runs agree by chance: of
//! policies that are equal, so many differ "for certain" in some metric. What such values prove
//! is what the number of runs alone can: as much as if all of them were ordered by chance.
//!
//! ```text
//! pairs [20, 20] and [23, 23]     all differ to one side: 2 x 2^-2 = 1/2
//! groups [20, 20] and [23, 23]    one of 6 ways to deal them, or its mirror: 2 / 6
//! ```
//!
//! An interval of no width is given from where that is 5% at most: six pairs, two groups of four.
//! Only runs in which chance has no part are exact: every replication gives the same in every
//! metric. (What is so seldom that it happened in none of them changes little of the mean.)

use super::interval::CONFIDENCE;
use crate::engine::math;

/// Rounding of a difference, as a share of the largest value.
const ROUNDING: f64 = 1e-12;

/// No more replications are asked for.
const MOST: u32 = 1_000;

/// Whether chance has a part in runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chance {
    /// What they agree in may be chance.
    Plays,
    /// They are the same whatever is drawn, and so is how they differ from others like them.
    Absent,
}

impl Chance {
    /// Of runs with these metrics, of each one value a replication: absent where two replications
    /// or more have the same value of every metric.
    pub fn of<'a>(metrics: impl IntoIterator<Item = &'a [Option<f64>]>) -> Self {
        let mut metrics = metrics.into_iter().peekable();
        let is_same = |values: &[Option<f64>]| {
            values.len() > 1 && values.windows(2).all(|pair| pair[0] == pair[1])
        };
        if metrics.peek().is_some() && metrics.all(is_same) { Self::Absent } else { Self::Plays }
    }

    /// Of runs of two kinds: absent where it is in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if self == Self::Absent { other } else { self }
    }
}

/// How many runs there were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// So many pairs.
    Pairs(u32),
    /// So many on each side, which have nothing to do with each other.
    Groups(u32, u32),
}

impl Runs {
    /// The two-sided p value of a difference that all of them agree in.
    ///
    /// Source: the sign test and the permutation test of two samples; Conover, Practical
    /// Nonparametric Statistics, 3rd edition, sections 3.4 and 5.1.
    ///
    /// ```
    /// use ringstorm::stats::chance::Runs;
    ///
    /// assert_eq!(Runs::Pairs(2).p(), 0.5);
    /// assert!((Runs::Groups(2, 2).p() - 1.0 / 3.0).abs() < 1e-12);
    /// assert!(Runs::Pairs(5).p() > 0.05 && Runs::Pairs(6).p() < 0.05);
    /// ```
    pub fn p(self) -> f64 {
        match self {
            Self::Pairs(n) => (1..n).fold(1.0, |product, _| product * 0.5),
            Self::Groups(left, right) => {
                (2.0 * math::exp(-math::choose_ln(left + right, left))).min(1.0)
            }
        }
    }

    /// What is proven by runs that all differ by so much, in values up to `largest`: the p value of
    /// "there is no difference", and the interval of the difference where it has one.
    pub fn prove(self, difference: f64, largest: f64, chance: Chance) -> (f64, Option<[f64; 2]>) {
        let exact = Some([difference; 2]);
        match chance {
            _ if !scatters(difference.abs(), largest) => (1.0, exact),
            Chance::Absent => (0.0, exact),
            Chance::Plays => (self.p(), exact.filter(|_| self.p() <= 1.0 - CONFIDENCE)),
        }
    }

    /// How many a side are enough to say at 5% that there is a difference, with this number of
    /// tests; `None` beyond a thousand.
    pub fn needed(self, tests: usize) -> Option<u32> {
        let of = |n| match self {
            Self::Pairs(_) => Self::Pairs(n),
            Self::Groups(..) => Self::Groups(n, n),
        };
        let level = (1.0 - CONFIDENCE) / tests.max(1) as f64;
        (2..=MOST).find(|n| of(*n).p() <= level)
    }
}

/// Whether values up to `largest` scatter by more than their difference is rounded by.
pub fn scatters(standard_deviation: f64, largest: f64) -> bool {
    standard_deviation > ROUNDING * largest
}

/// The largest of some values, without their signs.
pub fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |most, value| value.abs().max(most))
}
