//! The difference of two means: paired where both met the same draws, Welch's where not.

use super::chance::{Chance, Runs, largest, scatters};
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
    /// Two-sided p value of "there is no difference": exactly 1 when nothing differs; where all
    /// differ by the same what so many runs can prove, and exactly 0 without chance.
    pub p: f64,
    /// The 95% interval of the difference; `None` where too few runs agree, unless chance has no
    /// part in them.
    pub ci95: Option<[f64; 2]>,
}

impl Contrast {
    /// Of values that belong together one by one; `None` with fewer than two pairs.
    pub fn paired(new: &[f64], base: &[f64], chance: Chance) -> Option<Self> {
        let Paired { difference, p, ci95 } = Paired::of(new, base, chance)?;
        Some(Self {
            difference: difference.mean,
            standard_error: difference.standard_error(),
            freedom: f64::from(difference.n) - 1.0,
            p: p?,
            ci95,
        })
    }

    /// Of values that have nothing to do with each other and need not scatter alike;
    /// `None` with fewer than two on either side.
    ///
    /// Source: B. L. Welch, "The generalization of Student's problem when several different
    /// population variances are involved", Biometrika 34 (1947). For what does not scatter see
    /// [`super::chance`].
    ///
    /// ```
    /// use ringstorm::stats::chance::Chance;
    /// use ringstorm::stats::contrast::Contrast;
    ///
    /// let slower = Contrast::welch(&[11.0, 12.0, 13.0], &[9.9, 10.0, 10.1], Chance::Plays)
    ///     .expect("two sides");
    /// assert!((slower.difference - 2.0).abs() < 1e-12 && slower.freedom < 2.1);
    /// ```
    pub fn welch(new: &[f64], base: &[f64], chance: Chance) -> Option<Self> {
        let most = largest(new).max(largest(base));
        let (new, base) = (Estimate::of(new)?, Estimate::of(base)?);
        if new.n < 2 || base.n < 2 {
            return None;
        }
        let difference = new.mean - base.mean;
        if !scatters(new.sd.max(base.sd), most) {
            let (p, ci95) = Runs::Groups(new.n, base.n).prove(difference, most, chance);
            let freedom = f64::INFINITY;
            return Some(Self { difference, standard_error: 0.0, freedom, p, ci95 });
        }
        let share = |side: &Estimate| side.standard_error() * side.standard_error();
        let (left, right) = (share(&new), share(&base));
        let variance = left + right;
        let spread =
            left * left / (f64::from(new.n) - 1.0) + right * right / (f64::from(base.n) - 1.0);
        let (standard_error, freedom) = (variance.sqrt(), variance * variance / spread);
        let p = student::two_sided_tail(difference / standard_error, freedom);
        let contrast = Self { difference, standard_error, freedom, p, ci95: None };
        let half = contrast.half_width(CONFIDENCE);
        Some(Self { ci95: Some([difference - half, difference + half]), ..contrast })
    }

    /// Half the width of the two-sided interval of this confidence.
    pub fn half_width(&self, confidence: f64) -> f64 {
        if self.standard_error <= 0.0 {
            return 0.0;
        }
        student::quantile(f64::midpoint(1.0, confidence), self.freedom) * self.standard_error
    }
}
