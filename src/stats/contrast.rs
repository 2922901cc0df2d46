//! The difference of two means: paired where both met the same draws, Welch's where not.

use super::interval::{CONFIDENCE, Estimate};
use super::paired::Paired;
use super::student;

/// How far one mean lies above another, and how sure that is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contrast {
    /// `new` minus `base`.
    pub difference: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Degrees of freedom; infinite where nothing scatters.
    pub freedom: f64,
    /// Two-sided p value of "there is no difference": exactly 1 when nothing differs,
    /// exactly 0 when all differ by the same.
    pub p: f64,
}

impl Contrast {
    /// Of values that belong together one by one; `None` with fewer than two pairs.
    pub fn paired(new: &[f64], base: &[f64]) -> Option<Self> {
        let Paired { difference, p } = Paired::of(new, base)?;
        Some(Self {
            difference: difference.mean,
            standard_error: difference.standard_error(),
            freedom: f64::from(difference.n) - 1.0,
            p: p?,
        })
    }

    /// Of values that have nothing to do with each other and need not scatter alike;
    /// `None` with fewer than two on either side.
    ///
    /// Source: B. L. Welch, "The generalization of Student's problem when several different
    /// population variances are involved", Biometrika 34 (1947).
    ///
    /// ```
    /// use ringstorm::stats::contrast::Contrast;
    ///
    /// let slower = Contrast::welch(&[11.0, 12.0, 13.0], &[9.9, 10.0, 10.1]).expect("two sides");
    /// assert!((slower.difference - 2.0).abs() < 1e-12 && slower.freedom < 2.1);
    /// ```
    pub fn welch(new: &[f64], base: &[f64]) -> Option<Self> {
        let (new, base) = (Estimate::of(new)?, Estimate::of(base)?);
        if new.n < 2 || base.n < 2 {
            return None;
        }
        let share = |side: &Estimate| side.standard_error() * side.standard_error();
        let (left, right) = (share(&new), share(&base));
        let variance = left + right;
        let difference = new.mean - base.mean;
        if variance <= 0.0 {
            let p = if difference == 0.0 { 1.0 } else { 0.0 };
            return Some(Self { difference, standard_error: 0.0, freedom: f64::INFINITY, p });
        }
        let spread =
            left * left / (f64::from(new.n) - 1.0) + right * right / (f64::from(base.n) - 1.0);
        let (standard_error, freedom) = (variance.sqrt(), variance * variance / spread);
        let p = student::two_sided_tail(difference / standard_error, freedom);
        Some(Self { difference, standard_error, freedom, p })
    }

    /// Half the width of the two-sided interval of this confidence.
    pub fn half_width(&self, confidence: f64) -> f64 {
        if self.standard_error <= 0.0 {
            return 0.0;
        }
        student::quantile(f64::midpoint(1.0, confidence), self.freedom) * self.standard_error
    }

    /// The 95% interval of the difference.
    pub fn interval(&self) -> [f64; 2] {
        let half = self.half_width(CONFIDENCE);
        [self.difference - half, self.difference + half]
    }
}
