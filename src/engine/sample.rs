//! Distributions of times, each sampled from one addressed draw.
//!
//! By inverse transform wherever one uniform number is enough (all but Erlang and
//! hyperexponential): a greater draw then never gives a shorter time, so that two
//! policies that share draws stay in step. What needs more numbers takes them from
//! [`Draw::again`] of the same draw. A sample is rounded once, to the nanosecond.
//!
//! A time that is already running when one looks at it is not a fresh one: long times
//! are more likely to be met, and part of them is over. [`Distribution::residual`]
//! draws what is left. Closed forms are in `law`, checks and words in `parameters`.

use std::sync::Arc;

use super::math::{exp, ln, normal_quantile, sqrt};
use super::random::Draw;
use super::time::SimDuration;

mod law;
mod parameters;

pub use parameters::ParameterError;

/// The law of a duration. Built by a checked scenario, so every parameter is in range
/// ([`Distribution::validate`]).
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// Always the same.
    Constant(SimDuration),
    /// Memoryless.
    Exponential {
        /// Mean, in seconds; positive.
        mean: f64,
    },
    /// Evenly between two bounds.
    Uniform {
        /// Lower bound, in seconds.
        min: f64,
        /// Upper bound, in seconds; at least `min`.
        max: f64,
    },
    /// The exponential of a normal.
    LogNormal {
        /// Median, in seconds; positive.
        median: f64,
        /// Standard deviation of the logarithm; 0 to 10.
        sigma: f64,
    },
    /// Weibull.
    Weibull {
        /// Scale, in seconds; positive.
        scale: f64,
        /// Shape; 0.1 to 100. Below 1 the hazard falls with age.
        shape: f64,
    },
    /// Pareto (type I): never less than `scale`.
    Pareto {
        /// Minimum, in seconds; positive.
        scale: f64,
        /// Tail exponent; 0.1 to 100; the mean is finite above 1.
        shape: f64,
    },
    /// The sum of `k` exponentials.
    Erlang {
        /// Mean of the sum, in seconds; positive.
        mean: f64,
        /// Number of phases, 1 to 1,000.
        k: u32,
    },
    /// A mixture of exponentials.
    HyperExponential {
        /// (probability, mean in seconds) of each branch; probabilities add up to 1.
        branches: Vec<(f64, f64)>,
    },
    /// Piecewise linear between known quantiles.
    Quantiles {
        /// (probability, seconds), both rising, first probability 0, last 1.
        points: Vec<(f64, f64)>,
    },
    /// One of these, each as likely; [`Distribution::from_samples`] builds it.
    Samples {
        /// In seconds, sorted; not empty.
        values: Arc<[f64]>,
        /// The sum of the values up to and including each.
        cumulative: Arc<[f64]>,
    },
}

impl Distribution {
    /// A time of this law, rounded to the nearest nanosecond.
    ///
    /// With its draw, 15 ns for an exponential, 25 for a log-normal or Pareto, 40 for a
    /// Weibull, 3 a phase for an Erlang; the memory is only read.
    #[inline]
    pub fn sample(&self, draw: Draw) -> SimDuration {
        self.sample_with(|| draw)
    }

    /// The same, of a draw that is made only if chance has a say.
    #[inline]
    pub fn sample_with(&self, draw: impl FnOnce() -> Draw) -> SimDuration {
        match self {
            Self::Constant(time) => *time,
            _ => SimDuration::from_secs_f64(self.sample_secs(draw())),
        }
    }

    /// A time of this law in seconds, not rounded.
    #[inline]
    pub fn sample_secs(&self, draw: Draw) -> f64 {
        match self {
            Self::Constant(time) => time.as_secs_f64(),
            Self::Exponential { mean } => mean * standard_exponential(draw),
            Self::Uniform { min, max } => min + (max - min) * draw.unit(),
            _ => self.longer_sample_secs(draw),
        }
    }

    /// The same of those laws that take longer. Apart, so that the others save no registers
    /// for them.
    #[inline(never)]
    fn longer_sample_secs(&self, draw: Draw) -> f64 {
        match self {
            Self::Constant(_) | Self::Exponential { .. } | Self::Uniform { .. } => {
                self.sample_secs(draw)
            }
            Self::LogNormal { median, sigma } => median * exp(sigma * normal_quantile(draw.unit())),
            Self::Weibull { scale, shape } => scale * root(standard_exponential(draw), *shape),
            // The exponential of an exponential: (1 - u)^(-1/shape).
            Self::Pareto { scale, shape } => scale * exp(standard_exponential(draw) / shape),
            Self::Erlang { mean, k } => mean / f64::from(*k) * standard_erlang(*k, draw),
            Self::HyperExponential { branches } => {
                let branch = weighted(branches.iter().map(|&(p, _)| p), draw.unit());
                branches[branch].1 * standard_exponential(draw.again(0))
            }
            Self::Quantiles { points } => {
                let (segment, within) = locate(points, |_, _, mass| mass, draw.unit());
                let (low, high) = (points[segment].1, points[segment + 1].1);
                low + (high - low) * within
            }
            Self::Samples { values, .. } => values[draw.below(values.len() as u64) as usize],
        }
    }

    /// What is left of a time of this law that is met while it runs, in equilibrium:
    /// a part, evenly drawn, of a length-biased time. Rounded to the nearest nanosecond;
    /// [`SimDuration::MAX`] where the mean is infinite, as no equilibrium exists.
    ///
    /// Source: W. Feller, "An Introduction to Probability Theory and Its Applications",
    /// volume 2, section XI.4: density (1 - F(x)) / mean.
    #[inline]
    pub fn residual(&self, draw: Draw) -> SimDuration {
        SimDuration::from_secs_f64(self.residual_secs(draw))
    }

    /// As [`Distribution::residual`], in seconds, not rounded; may be infinite.
    pub fn residual_secs(&self, draw: Draw) -> f64 {
        let part = || draw.again(0).unit();
        match self {
            Self::Constant(time) => time.as_secs_f64() * draw.unit(),
            // Memoryless: what is left is as a fresh one.
            Self::Exponential { .. } => self.sample_secs(draw),
            Self::Uniform { min, max } => uniform_residual(*min, *max, draw.unit()),
            // x times its density is again log-normal, its mu greater by sigma^2.
            Self::LogNormal { median, sigma } => {
                part() * median * exp(sigma * (normal_quantile(draw.unit()) + sigma))
            }
            // With y = (x / scale)^shape, x times its density is a Gamma(1 + 1/shape) in y.
            Self::Weibull { scale, shape } => {
                let biased = standard_gamma(1.0 + 1.0 / shape, draw.again(1));
                part() * scale * root(biased, *shape)
            }
            Self::Pareto { scale, shape } => pareto_residual(*scale, *shape, draw.unit()),
            // Met in any of its phases as likely: that phase and those after it are left.
            Self::Erlang { mean, k } => {
                let phases = 1 + draw.below(u64::from(*k)) as u32;
                mean / f64::from(*k) * standard_erlang(phases, draw)
            }
            Self::HyperExponential { branches } => {
                let branch = weighted(branches.iter().map(|&(p, mean)| p * mean), draw.unit());
                branches[branch].1 * standard_exponential(draw.again(0))
            }
            // Within a segment the density rises with x, so its square is even.
            Self::Quantiles { points } => {
                let by_time = |low: f64, high: f64, mass: f64| mass * (low + high);
                let (segment, within) = locate(points, by_time, draw.unit());
                let (low, high) = (points[segment].1, points[segment + 1].1);
                part() * sqrt(low * low + within * (high - low) * (high + low))
            }
            Self::Samples { values, cumulative } => {
                let target = draw.unit() * cumulative[cumulative.len() - 1];
                let met = cumulative.partition_point(|&sum| sum <= target);
                part() * values[met.min(values.len() - 1)]
            }
        }
    }
}

/// The root of degree `degree` of a positive `x`, to a few units of 1e-15: 20 ns, where a
/// power that is right to the last bit takes 45.
fn root(x: f64, degree: f64) -> f64 {
    exp(ln(x) / degree)
}

/// An exponential of mean 1. The complement is exact, and so the logarithm is, near 0 too.
fn standard_exponential(draw: Draw) -> f64 {
    -ln(1.0 - draw.unit())
}

/// The sum of `phases` exponentials of mean 1.
fn standard_erlang(phases: u32, draw: Draw) -> f64 {
    /// A product of so many units is at least 2^-848, far from underflow: one logarithm
    /// serves them all.
    const BLOCK: u64 = 16;
    let mut sum = 0.0;
    let mut product = 1.0;
    for phase in 0..u64::from(phases) {
        product *= draw.again(phase).unit();
        if phase % BLOCK == BLOCK - 1 {
            sum -= ln(product);
            product = 1.0;
        }
    }
    sum - ln(product)
}

/// A gamma variable of scale 1 and `shape` of at least 1, from one or two pairs of draws
/// (more than 95% of pairs are taken).
///
/// Source: G. Marsaglia and W. W. Tsang, "A Simple Method for Generating Gamma
/// Variables", ACM TOMS 26 (2000).
fn standard_gamma(shape: f64, draw: Draw) -> f64 {
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / sqrt(9.0 * d);
    let mut index = 0;
    loop {
        let normal = normal_quantile(draw.again(index).unit());
        let base = 1.0 + c * normal;
        let candidate = base * base * base;
        let threshold = 0.5 * normal * normal + d - d * candidate;
        if base > 0.0 && ln(draw.again(index + 1).unit()) < threshold + d * ln(candidate) {
            return d * candidate;
        }
        index += 2;
    }
}

/// The quantile at `u` of the residual of a uniform: up to `min` its density is even,
/// from there it falls linearly to 0 at `max`.
fn uniform_residual(min: f64, max: f64, u: f64) -> f64 {
    let met = u * 0.5 * (min + max);
    if met <= min { met } else { max - sqrt((1.0 - u) * (max - min) * (max + min)) }
}

/// The quantile at `u` of the residual of a Pareto: up to `scale` its density is even,
/// from there its survival is (scale / x)^(shape - 1) / shape.
fn pareto_residual(scale: f64, shape: f64, u: f64) -> f64 {
    if shape <= 1.0 {
        return f64::INFINITY;
    }
    let met = u * scale * shape / (shape - 1.0);
    if met <= scale { met } else { scale / root(shape * (1.0 - u), shape - 1.0) }
}

/// The place among `weights`, which need not add up to 1, that the share `u` falls on.
fn weighted(weights: impl Iterator<Item = f64> + Clone, u: f64) -> usize {
    let mut left = u * weights.clone().sum::<f64>();
    let mut place = 0;
    for (index, weight) in weights.enumerate().filter(|&(_, weight)| weight > 0.0) {
        place = index;
        if left < weight {
            break;
        }
        left -= weight;
    }
    place
}

/// The segment between quantiles that the share `u` falls on, each weighing
/// `weight(low, high, mass)`, and the share of that segment below it.
fn locate(points: &[(f64, f64)], weight: impl Fn(f64, f64, f64) -> f64, u: f64) -> (usize, f64) {
    let weights = points.windows(2).map(|ends| weight(ends[0].1, ends[1].1, ends[1].0 - ends[0].0));
    let mut left = u * weights.clone().sum::<f64>();
    let mut last = (0, 0.0);
    for (segment, weight) in weights.enumerate().filter(|&(_, weight)| weight > 0.0) {
        if left < weight {
            return (segment, left / weight);
        }
        left -= weight;
        // Rounding may leave a trace above the last weight.
        last = (segment, 1.0);
    }
    last
}
