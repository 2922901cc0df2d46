//! Student's t distribution, the same bits on every platform.
//!
//! Only + − × ÷, square roots and the portable logarithm, exponential and
//! log-gamma of `libm` are used, so results need no rounding to agree.

use crate::engine::math;

/// Two-sided tail: the probability that |T| is at least `t` with `df` degrees of freedom.
///
/// `df` is positive and need not be whole (Welch's is not). Relative error
/// below 1e-10 for `df` up to 10,000, in the far tail too, where 1 − CDF would
/// cancel. An infinite `t` gives 0; cost: some 10 to 60 divisions.
///
/// Source: Abramowitz and Stegun 26.7.1: it is `I_x(df/2, 1/2)` with
/// x = df / (df + t²).
pub fn two_sided_tail(t: f64, df: f64) -> f64 {
    let square = t * t;
    if !square.is_finite() {
        return 0.0;
    }
    // The complement is computed, not subtracted from 1, so that small t keep their digits.
    incomplete_beta(df / 2.0, 0.5, df / (df + square), square / (df + square))
}

/// The value that T exceeds with probability 1 − `p`, for `p` in [0.5, 1) and `df` degrees
/// of freedom (positive).
///
/// Found by bisection on [`two_sided_tail`], which is monotone: to the last bit or two of
/// what that function can tell apart. Cost: about 110 tails.
pub fn quantile(p: f64, df: f64) -> f64 {
    let tail = 2.0 * (1.0 - p);
    if tail >= 1.0 {
        return 0.0;
    }
    let mut high = 1.0;
    while two_sided_tail(high, df) > tail && high < f64::MAX / 4.0 {
        high *= 2.0;
    }
    let mut low = 0.0;
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return middle;
        }
        if two_sided_tail(middle, df) > tail {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// The regularised incomplete beta function `I_x(a, b)`; `complement` is 1 − x.
///
/// Source: NIST DLMF 8.17.22 (continued fraction), which converges fast for
/// x < (a + 1) / (a + b + 2); elsewhere 8.17.4, `I_x(a, b)` = 1 − `I_(1−x)(b, a)`.
fn incomplete_beta(a: f64, b: f64, x: f64, complement: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if complement <= 0.0 {
        return 1.0;
    }
    let log_front = math::gamma_ln(a + b) - math::gamma_ln(a) - math::gamma_ln(b)
        + a * math::ln(x)
        + b * math::ln(complement);
    let front = math::exp(log_front);
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(a, b, x) / a
    } else {
        1.0 - front * beta_fraction(b, a, complement) / b
    }
}

/// The continued fraction of the incomplete beta function by the modified Lentz method
/// (Press et al., Numerical Recipes, 3rd edition, section 6.4).
#[allow(clippy::many_single_char_names, reason = "the names of the source")]
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    // It needs on the order of sqrt(max(a, b)) terms.
    const TERMS: u32 = 10_000;
    let guard = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut result = d;
    for term in 1..=TERMS {
        let m = f64::from(term);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        result *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        result *= d * c;
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    result
}
