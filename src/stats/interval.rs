//! Means over replications and their Student-t intervals.

use super::student;

/// The confidence of every interval of ringstorm.
pub const CONFIDENCE: f64 = 0.95;

/// Mean of some values, and how far they scatter.
///
/// ```
/// use ringstorm::stats::interval::Estimate;
///
/// let moved = Estimate::of(&[0.19, 0.21, 0.20]).expect("three values have a mean");
/// let [low, high] = moved.interval().expect("three values have an interval");
/// assert!((moved.mean - 0.20).abs() < 1e-12 && low < 0.18 && high > 0.22);
/// // One replication says nothing of chance:
/// assert!(Estimate::of(&[0.2]).expect("a mean").interval().is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// How many values.
    pub n: u32,
    /// Their mean; exactly the value when all are equal.
    pub mean: f64,
    /// Sample standard deviation (n − 1 in the denominator); exactly 0 when all are equal
    /// and with one value.
    pub sd: f64,
}

impl Estimate {
    /// Of these values; `None` without any. O(n), two passes.
    pub fn of(values: &[f64]) -> Option<Self> {
        let first = *values.first()?;
        let n = values.len() as f64;
        // Deviations from the first value: equal values give their own value back,
        // where a plain sum of 0.1 ten times would not.
        let mean = first + values.iter().map(|value| value - first).sum::<f64>() / n;
        let squares = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
        let sd = if values.len() > 1 { (squares / (n - 1.0)).sqrt() } else { 0.0 };
        Some(Self { n: values.len() as u32, mean, sd })
    }

    /// Standard error of the mean.
    pub fn standard_error(&self) -> f64 {
        self.sd / f64::from(self.n).sqrt()
    }

    /// Half the width of the 95% t interval of the mean; `None` with fewer than two values.
    ///
    /// Source: Law, Simulation Modeling and Analysis (2015), section 9.4.
    pub fn half_width(&self) -> Option<f64> {
        (self.n > 1).then(|| critical(self.n) * self.standard_error())
    }

    /// The 95% t interval of the mean; `None` with fewer than two values.
    pub fn interval(&self) -> Option<[f64; 2]> {
        self.half_width().map(|half| [self.mean - half, self.mean + half])
    }
}

/// How many standard errors the 95% t interval of `n` values reaches to each side; 0 for
/// fewer than two. Costs a few microseconds: take it once for many intervals of one size.
pub fn critical(n: u32) -> f64 {
    if n < 2 {
        return 0.0;
    }
    student::quantile(1.0 - (1.0 - CONFIDENCE) / 2.0, f64::from(n - 1))
}
