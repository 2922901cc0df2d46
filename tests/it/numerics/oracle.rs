//! Samples against those of `rand_distr`, which draws most of these laws by rejection,
//! and residuals against `rand_distr` by another identity than ours.

use rand::{RngExt, TryRng};
use rand_distr::{Distribution as _, Exp, Gamma, LogNormal, Pareto, Weibull};
use ringstorm::engine::math::{gamma_ln, ln, pow, sqrt};
use ringstorm::engine::{Distribution, Draws, Purpose};

use super::{DRAWS, KOLMOGOROV, draws, every_law};

/// A stream of addressed draws, one word after the other.
struct Words {
    draws: Draws,
    purpose: Purpose,
    next: u64,
}

impl Words {
    fn new(purpose: u16) -> Self {
        Self { draws: Draws::new(77, 1), purpose: Purpose::new(purpose), next: 0 }
    }
}

impl TryRng for Words {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        self.try_next_u64().map(|word| (word >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        self.next += 1;
        Ok(self.draws.at(self.purpose, 0, self.next).bits())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        for chunk in bytes.chunks_mut(8) {
            let word = self.try_next_u64()?.to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

/// The greatest distance between two empirical distribution functions of equal counts.
fn two_sample_distance(mut ours: Vec<f64>, mut theirs: Vec<f64>) -> f64 {
    ours.sort_by(f64::total_cmp);
    theirs.sort_by(f64::total_cmp);
    let apart = ours.iter().map(|value| {
        let up_to = |values: &[f64]| values.partition_point(|other| other <= value);
        let below = |values: &[f64]| values.partition_point(|other| other < value);
        up_to(&ours).abs_diff(up_to(&theirs)).max(below(&ours).abs_diff(below(&theirs)))
    });
    apart.max().unwrap_or(0) as f64 / ours.len() as f64
}

/// A sample as the other library draws it; `None` for a law that it does not have.
fn their_sample(law: &Distribution, words: &mut Words) -> Option<f64> {
    let value = match law {
        Distribution::Exponential { mean } => Exp::new(1.0 / mean).unwrap().sample(words),
        Distribution::Uniform { min, max } => words.random_range(*min..*max),
        Distribution::LogNormal { median, sigma } => {
            LogNormal::new(ln(*median), *sigma).unwrap().sample(words)
        }
        Distribution::Weibull { scale, shape } => {
            Weibull::new(*scale, *shape).unwrap().sample(words)
        }
        Distribution::Pareto { scale, shape } => Pareto::new(*scale, *shape).unwrap().sample(words),
        Distribution::Erlang { mean, k } => {
            let phases = f64::from(*k);
            Gamma::new(phases, mean / phases).unwrap().sample(words)
        }
        Distribution::HyperExponential { branches } => {
            let mean = pick(branches.iter().copied(), words);
            Exp::new(1.0 / mean).unwrap().sample(words)
        }
        Distribution::Samples { values, .. } => values[words.random_range(0..values.len())],
        Distribution::Constant(_) | Distribution::Quantiles { .. } => return None,
    };
    Some(value)
}

/// A length-biased time, by the law that x f(x) / mean is.
fn their_biased(law: &Distribution, words: &mut Words) -> Option<f64> {
    let value = match law {
        Distribution::Exponential { mean } => Gamma::new(2.0, *mean).unwrap().sample(words),
        Distribution::Uniform { min, max } => {
            let part: f64 = words.random();
            sqrt(min * min + part * (max * max - min * min))
        }
        Distribution::LogNormal { median, sigma } => {
            LogNormal::new(ln(*median) + sigma * sigma, *sigma).unwrap().sample(words)
        }
        Distribution::Weibull { scale, shape } => {
            let biased: f64 = Gamma::new(1.0 + 1.0 / shape, 1.0).unwrap().sample(words);
            scale * pow(biased, 1.0 / shape)
        }
        Distribution::Pareto { scale, shape } => {
            Pareto::new(*scale, shape - 1.0).unwrap().sample(words)
        }
        Distribution::Erlang { mean, k } => {
            let phases = f64::from(*k);
            Gamma::new(phases + 1.0, mean / phases).unwrap().sample(words)
        }
        Distribution::HyperExponential { branches } => {
            let mean = pick(branches.iter().map(|&(p, mean)| (p * mean, mean)), words);
            Gamma::new(2.0, mean).unwrap().sample(words)
        }
        Distribution::Samples { values, .. } => {
            pick(values.iter().map(|&value| (value, value)), words)
        }
        Distribution::Constant(_) | Distribution::Quantiles { .. } => return None,
    };
    Some(value)
}

/// One of the values, each as likely as its weight says.
fn pick(weighted: impl Iterator<Item = (f64, f64)> + Clone, words: &mut Words) -> f64 {
    let mut left = words.random::<f64>() * weighted.clone().map(|(weight, _)| weight).sum::<f64>();
    for (weight, value) in weighted.clone() {
        if left < weight {
            return value;
        }
        left -= weight;
    }
    weighted.last().unwrap().1
}

fn critical() -> f64 {
    KOLMOGOROV * sqrt(2.0 / DRAWS as f64)
}

#[test]
fn samples_are_distributed_as_those_of_another_library() {
    let mut compared = 0;
    for (number, (name, law)) in (800..).zip(every_law()) {
        let mut words = Words::new(number);
        let theirs: Option<Vec<f64>> = (0..DRAWS).map(|_| their_sample(&law, &mut words)).collect();
        let Some(theirs) = theirs else { continue };
        let ours = draws(number + 50).map(|draw| law.sample_secs(draw)).collect();
        let distance = two_sample_distance(ours, theirs);
        assert!(distance < critical(), "{name}: {distance}");
        compared += 1;
    }
    assert_eq!(compared, every_law().len() - 2);
}

#[test]
fn residuals_are_an_even_part_of_a_length_biased_time() {
    for (number, (name, law)) in (900..).zip(every_law()) {
        let mut words = Words::new(number);
        let theirs: Option<Vec<f64>> = (0..DRAWS)
            .map(|_| their_biased(&law, &mut words).map(|time| time * words.random::<f64>()))
            .collect();
        let Some(theirs) = theirs else { continue };
        let ours = draws(number + 50).map(|draw| law.residual_secs(draw)).collect();
        let distance = two_sample_distance(ours, theirs);
        assert!(distance < critical(), "{name}: {distance}");
    }
}

/// E(X^n), from the textbook; `None` where it is infinite or not a formula.
fn raw_moment(law: &Distribution, n: i32) -> Option<f64> {
    let power = f64::from(n);
    let factorial: f64 = (1..=n).map(f64::from).product();
    Some(match law {
        Distribution::Constant(time) => time.as_secs_f64().powi(n),
        Distribution::Exponential { mean } => factorial * mean.powi(n),
        Distribution::Uniform { min, max } => {
            (max.powi(n + 1) - min.powi(n + 1)) / ((power + 1.0) * (max - min))
        }
        Distribution::LogNormal { median, sigma } => {
            median.powi(n) * ringstorm::engine::math::exp(0.5 * (power * sigma).powi(2))
        }
        Distribution::Weibull { scale, shape } => {
            scale.powi(n) * ringstorm::engine::math::exp(gamma_ln(1.0 + power / shape))
        }
        Distribution::Erlang { mean, k } => {
            let rising: f64 = (0..n).map(|i| f64::from(*k) + f64::from(i)).product();
            rising * (mean / f64::from(*k)).powi(n)
        }
        Distribution::HyperExponential { branches } => {
            branches.iter().map(|(p, mean)| p * factorial * mean.powi(n)).sum()
        }
        Distribution::Quantiles { points } => points
            .windows(2)
            .map(|ends| {
                let ((before, low), (after, high)) = (ends[0], ends[1]);
                let integral = (high.powi(n + 1) - low.powi(n + 1)) / (power + 1.0);
                (after - before) * integral / (high - low)
            })
            .sum(),
        Distribution::Samples { values, .. } => {
            values.iter().map(|value| value.powi(n)).sum::<f64>() / values.len() as f64
        }
        Distribution::Pareto { .. } => return None,
    })
}

/// Means of n values lie within z sd / sqrt(n) at alpha 1e-4. A residual has
/// E(R^n) = E(X^(n+1)) / ((n + 1) E(X)). The wide laws, whose fourth moment is hundreds
/// of times the square of the second, are left to the Kolmogorov tests for the square.
#[test]
fn moments_of_samples_and_residuals_are_those_of_the_textbook() {
    for (number, (name, law)) in (1_000..).zip(every_law()) {
        let moments: Option<Vec<f64>> = (1..=5).map(|n| raw_moment(&law, n)).collect();
        let Some(fresh) = moments else { continue };
        let left: Vec<f64> =
            (1..=4).map(|n| fresh[n as usize] / (f64::from(n + 1) * fresh[0])).collect();
        let samples: Vec<f64> = draws(number).map(|draw| law.sample_secs(draw)).collect();
        let residuals: Vec<f64> = draws(number + 50).map(|draw| law.residual_secs(draw)).collect();
        for (what, values, moments) in [("sample", samples, fresh), ("residual", residuals, left)] {
            for n in [1, 2] {
                let (mean, square) = (moments[n - 1], moments[2 * n - 1]);
                if square > 300.0 * mean * mean {
                    continue;
                }
                let powers = values.iter().map(|value| if n == 1 { *value } else { value * value });
                let measured = powers.sum::<f64>() / DRAWS as f64;
                // The second term is for the rounding of 100,000 sums.
                let error = 3.8906 * sqrt((square - mean * mean).max(0.0) / DRAWS as f64);
                assert!(
                    (measured - mean).abs() <= error + 1e-9 * mean,
                    "{name}: {what} moment {n} is {measured}, expected {mean}"
                );
            }
        }
    }
}
