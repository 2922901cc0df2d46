//! Special functions behind the acceptance tests.

/// The regularised lower incomplete gamma function P(a, x), for a > 0 and x >= 0.
///
/// Source: Press et al., Numerical Recipes, 3rd edition, section 6.2: the series below
/// a + 1, Lentz's continued fraction above.
pub fn gamma_p(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let front = libm::exp(a * libm::log(x) - x - libm::lgamma(a));
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        while term > sum * 1e-16 {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        return (sum * front).min(1.0);
    }
    1.0 - gamma_fraction(a, x) * front
}

/// The upper one, Q(a, x) = 1 - P(a, x), which keeps its digits in the far tail.
pub fn gamma_q(a: f64, x: f64) -> f64 {
    if x < a + 1.0 {
        return 1.0 - gamma_p(a, x);
    }
    gamma_fraction(a, x) * libm::exp(a * libm::log(x) - x - libm::lgamma(a))
}

#[allow(clippy::many_single_char_names, reason = "the names of the source")]
fn gamma_fraction(a: f64, x: f64) -> f64 {
    let mut b = x + 1.0 - a;
    let mut c = 1e300;
    let mut d = 1.0 / b;
    let mut result = d;
    for i in 1..100_000 {
        let i = f64::from(i);
        let an = -i * (i - a);
        b += 2.0;
        d = 1.0 / (an * d + b);
        c = b + an / c;
        result *= d * c;
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    result
}

/// The probability that a chi-square variable with `df` degrees of freedom is at least `x`.
pub fn chi_square_tail(x: f64, df: f64) -> f64 {
    gamma_q(df / 2.0, x / 2.0)
}

/// The probability that a normal variable is further from its mean than `z` standard deviations.
pub fn normal_tail(z: f64) -> f64 {
    libm::erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// The logarithm of the Beta function.
fn log_beta(a: f64, b: f64) -> f64 {
    libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b)
}

/// P(X = 0), ..., P(X = n) for a Poisson variable.
pub fn poisson(mean: f64, n: u32) -> Vec<f64> {
    (0..=n)
        .map(f64::from)
        .map(|k| libm::exp(k * libm::log(mean) - mean - libm::lgamma(k + 1.0)))
        .collect()
}

/// P(X = 0), ..., P(X = n) for a beta-binomial variable: of `n` keys, those in a share that
/// is Beta(a, b).
pub fn beta_binomial(n: u32, a: f64, b: f64) -> Vec<f64> {
    let all = f64::from(n);
    (0..=n)
        .map(f64::from)
        .map(|k| {
            let choose =
                libm::lgamma(all + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(all - k + 1.0);
            libm::exp(choose + log_beta(k + a, all - k + b) - log_beta(a, b))
        })
        .collect()
}

/// P(X = 0), ..., P(X = n) for a binomial variable with 0 < p < 1.
pub fn binomial(n: u32, p: f64) -> Vec<f64> {
    let all = f64::from(n);
    (0..=n)
        .map(f64::from)
        .map(|k| {
            let choose =
                libm::lgamma(all + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(all - k + 1.0);
            libm::exp(choose + k * libm::log(p) + (all - k) * libm::log1p(-p))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sources: NIST/SEMATECH e-Handbook, section 1.3.6.7.4 (upper critical values of
    /// chi-square at 0.001); an exponential and an Erlang tail in closed form.
    #[test]
    fn tails_agree_with_tables_and_closed_forms() {
        for (x, df) in [(10.828, 1.0), (29.588, 10.0), (149.449, 100.0)] {
            assert!((chi_square_tail(x, df) / 0.001 - 1.0).abs() < 2e-3, "{df}");
        }
        assert!((gamma_q(1.0, 3.0) / libm::exp(-3.0) - 1.0).abs() < 1e-12);
        assert!((gamma_p(2.0, 0.5) - (1.0 - 1.5 * libm::exp(-0.5))).abs() < 1e-12);
        assert!((gamma_p(700.0, 650.0) + gamma_q(700.0, 650.0) - 1.0).abs() < 1e-12);
        assert!((normal_tail(1.959_963_984_540_054) - 0.05).abs() < 1e-12);
    }

    #[test]
    fn probabilities_add_up_to_one_with_the_known_mean() {
        let laws = [
            (poisson(20.0, 200), 20.0),
            (beta_binomial(300, 40.0, 160.0), 60.0),
            (binomial(300, 0.3), 90.0),
        ];
        for (law, mean) in laws {
            let total: f64 = law.iter().sum();
            let first: f64 = (0_u32..).zip(&law).map(|(k, p)| f64::from(k) * p).sum();
            assert!((total - 1.0).abs() < 1e-10 && (first / mean - 1.0).abs() < 1e-10, "{mean}");
        }
    }
}
