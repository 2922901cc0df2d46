//! How sure a share of yes-or-no outcomes is, and whether two shares differ.

use crate::engine::math;

/// The normal law's 97.5% quantile.
const Z: f64 = 1.959_963_984_540_054;

/// Wilson's 95% interval of the probability behind `yes` of `n` outcomes; `None` for no
/// outcome. Unlike a t interval it stays within [0, 1] and does not claim certainty when all
/// outcomes agree: 20 of 20 give 0.84 to 1.
///
/// Source: E. B. Wilson, "Probable inference, the law of succession, and statistical
/// inference", Journal of the American Statistical Association 22 (1927).
pub fn wilson(yes: u32, n: u32) -> Option<[f64; 2]> {
    if n == 0 {
        return None;
    }
    let (yes, n) = (f64::from(yes), f64::from(n));
    let share = yes / n;
    let square = Z * Z;
    let centre = (share + square / (2.0 * n)) / (1.0 + square / n);
    let half = Z / (1.0 + square / n) * (share * (1.0 - share) / n + square / (4.0 * n * n)).sqrt();
    // At the ends the bound is exact; rounding must not push it past.
    let low = if share <= 0.0 { 0.0 } else { centre - half };
    let high = if share >= 1.0 { 1.0 } else { centre + half };
    Some([low, high])
}

/// The 95% interval of the difference between two shares, `new` minus `base`, each given as
/// (yes, of how many); `None` where one is of nothing.
///
/// Source: R. G. Newcombe, "Interval estimation for the difference between independent
/// proportions", Statistics in Medicine 17 (1998), method 10.
pub fn newcombe(new: (u32, u32), base: (u32, u32)) -> Option<[f64; 2]> {
    newcombe_of_multiple(new, base, 1.0)
}

/// The same of `new` minus a multiple of `base`; the factor is not negative.
///
/// Source: G. Y. Zou and A. Donner, "Construction of confidence limits about effect measures",
/// Statistics in Medicine 27 (2008), section 2: Newcombe's way of putting two intervals together,
/// for any sum.
pub fn newcombe_of_multiple(new: (u32, u32), base: (u32, u32), factor: f64) -> Option<[f64; 2]> {
    let share = |(yes, n): (u32, u32)| f64::from(yes) / f64::from(n);
    let ([new_low, new_high], base_ends) = (wilson(new.0, new.1)?, wilson(base.0, base.1)?);
    let [base_low, base_high] = base_ends.map(|end| factor * end);
    let (p, q) = (share(new), factor * share(base));
    let reach = |a: f64, b: f64| (a * a + b * b).sqrt();
    let difference = p - q;
    Some([
        difference - reach(p - new_low, base_high - q),
        difference + reach(new_high - p, q - base_low),
    ])
}

/// Two-sided p value of "both shares are the same", exact: the tables with these margins
/// that are no likelier than the one met. O(smaller side).
///
/// Source: R. A. Fisher, Statistical Methods for Research Workers (1934), section 21.02.
pub fn fisher(new: (u32, u32), base: (u32, u32)) -> f64 {
    let yes = new.0 + base.0;
    let ln_of = |k: u32| math::choose_ln(new.1, k) + math::choose_ln(base.1, yes - k);
    let all = math::choose_ln(new.1 + base.1, yes);
    let met = ln_of(new.0);
    let sum: f64 = (yes.saturating_sub(base.1)..=yes.min(new.1))
        .map(ln_of)
        // Tables as likely as the one met count, whatever the last bits say.
        .filter(|ln| *ln <= met + 1e-9)
        .map(|ln| math::exp(ln - all))
        .sum();
    sum.min(1.0)
}
