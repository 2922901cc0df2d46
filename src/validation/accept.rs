//! When a sample agrees with what is expected: one value a replication, against a closed form,
//! an independent simulation, or an interval.
//!
//! | test | passes when |
//! |---|---|
//! | mean | its p value, over the quantities of one policy (Holm), is at least 0.001; and its 99.9% t interval is no wider to each side than asked |
//! | simulated | within 3.9 standard errors of an independent simulation, both errors counted |
//! | inside | the values outside a range that holds 99.9% of them are no more than chance allows, at 1e-4 |
//! | exact | equal in every replication, to 1e-9 |
//! | within | the mean is within a share of a limit |
//! | covers | of the 95% intervals from so many replications each, 93.6% to 96.4% hold the value |

use crate::engine::math;
use crate::stats::interval::Estimate;
use crate::stats::student;

/// A quantity is refused below this p value over the quantities of its policy.
pub const LEVEL: f64 = 0.001;

/// Standard errors that two simulations may be apart.
pub const APART: f64 = 3.9;

/// The least p value of a count of values outside.
pub const LEAST: f64 = 1e-4;

/// What share of 95% intervals may hold the value.
pub const COVERAGE: [f64; 2] = [0.936, 0.964];

/// Equal numbers differ by no more, of ten digits.
const EQUAL: f64 = 1e-9;

/// A sample beside a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// The mean of the sample.
    pub mean: f64,
    /// Half the width of its 99.9% interval.
    pub half_width: f64,
    /// How likely a mean so far from the value is where the value is right.
    pub p: f64,
}

/// A mean against a value that is known; `None` without values.
pub fn mean(sample: &[f64], value: f64) -> Option<Compared> {
    let estimate = Estimate::of(sample)?;
    let away = (estimate.mean - value).abs();
    let error = estimate.standard_error();
    if estimate.n < 2 || error <= 0.0 {
        let p = f64::from(u8::from(is_equal(estimate.mean, value)));
        return Some(Compared { mean: estimate.mean, half_width: 0.0, p });
    }
    let df = f64::from(estimate.n - 1);
    let half_width = student::quantile(1.0 - LEVEL / 2.0, df) * error;
    let p = student::two_sided_tail(away / error, df);
    Some(Compared { mean: estimate.mean, half_width, p })
}

/// A mean against that of an independent simulation, of which the 99.9% half-width and the
/// replications are known.
pub fn simulated(sample: &[f64], theirs: Simulated) -> Option<Compared> {
    let estimate = Estimate::of(sample)?;
    let df = f64::from(theirs.replications.saturating_sub(1));
    let their_error = theirs.half_width / student::quantile(1.0 - LEVEL / 2.0, df);
    let ours = estimate.standard_error();
    let error = math::sqrt(ours * ours + their_error * their_error);
    let away = (estimate.mean - theirs.mean).abs();
    let p = if error > 0.0 {
        2.0 * math::normal_cdf(-away / error)
    } else {
        f64::from(u8::from(is_equal(estimate.mean, theirs.mean)))
    };
    Some(Compared { mean: estimate.mean, half_width: APART * error, p })
}

/// What an independent simulation found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Simulated {
    /// The mean.
    pub mean: f64,
    /// Half the width of its 99.9% interval.
    pub half_width: f64,
    /// Over so many replications.
    pub replications: u32,
}

/// How many values are outside a range that holds 99.9% of them, and how likely so many, or
/// more, are.
pub fn outside(sample: &[f64], low: f64, high: f64) -> (u32, f64) {
    let n = sample.len() as u32;
    let outside = sample.iter().filter(|value| !(low..=high).contains(*value)).count() as u32;
    let chance: f64 = (outside..=n).map(|count| binomial(n, count, LEVEL)).sum();
    (outside, chance.min(1.0))
}

/// The probability of so many of `n`, each with probability `p` in (0, 1).
fn binomial(n: u32, count: u32, p: f64) -> f64 {
    let choose = math::choose_ln(n, count);
    let (count, rest) = (f64::from(count), f64::from(n - count));
    math::exp(choose + count * math::ln(p) + rest * math::ln_1p(-p))
}

/// Of the 95% intervals of so many values each, which share holds the value, and over how many
/// intervals; values that fill no interval are left out.
pub fn coverage(sample: &[f64], of: usize, value: f64) -> (f64, u32) {
    let held = sample.chunks_exact(of.max(2)).map(|values| {
        let interval = Estimate::of(values).and_then(|estimate| estimate.interval());
        interval.is_some_and(|[low, high]| low <= value && value <= high)
    });
    let (count, held) =
        held.fold((0_u32, 0_u32), |(count, held), is| (count + 1, held + u32::from(is)));
    (f64::from(held) / f64::from(count.max(1)), count)
}

/// Whether two numbers are the same to ten digits.
pub fn is_equal(measured: f64, value: f64) -> bool {
    (measured - value).abs() <= EQUAL * value.abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_far_from_its_value_has_a_small_p_and_one_without_chance_must_be_equal() {
        let sample: Vec<f64> = (0..20).map(|k| 10.0 + f64::from(k % 2)).collect();
        let near = mean(&sample, 10.5).unwrap();
        assert!(near.p > 0.999 && (near.mean - 10.5).abs() < 1e-12, "{near:?}");
        // 3.8834 standard errors of 0.5130 / sqrt 20, by row S-T-a.
        assert!((near.half_width - 3.883_405_853 * 0.512_989_176 / 20.0_f64.sqrt()).abs() < 1e-6);
        assert!(mean(&sample, 11.0).unwrap().p < 0.001);
        assert!(mean(&[2.0; 20], 2.0).unwrap().p >= 1.0);
        assert!(mean(&[2.0; 20], 2.1).unwrap().p <= 0.0);
        assert_eq!(mean(&[], 2.1), None);
    }

    #[test]
    fn both_simulations_have_their_errors() {
        let theirs = Simulated { mean: 10.0, half_width: 3.883_405_853, replications: 20 };
        let found = simulated(&[12.0; 20], theirs).unwrap();
        assert!((found.half_width - APART).abs() < 1e-6, "an error of 1: {found:?}");
        assert!((found.p - 0.045_500_264).abs() < 1e-6, "two errors away: {found:?}");
    }

    #[test]
    fn one_of_five_hundred_outside_is_chance_and_ten_are_not() {
        let mut sample = vec![1.0; 500];
        sample[0] = 3.0;
        let (count, chance) = outside(&sample, 0.0, 2.0);
        // 1 - 0.999^500.
        assert!(count == 1 && (chance - 0.393_621_1).abs() < 1e-6, "{chance}");
        sample[..10].fill(3.0);
        assert!(outside(&sample, 0.0, 2.0).1 < LEAST);
    }

    #[test]
    fn intervals_are_counted_that_hold_the_value() {
        // Two equal values have an interval without width, 3 and 4 one of 6.4 to each side.
        assert_eq!(coverage(&[1.0, 1.0, 3.0, 4.0, 5.0], 2, 1.5), (0.5, 2));
    }
}
