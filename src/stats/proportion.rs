//! How sure a share of yes-or-no outcomes is.

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
