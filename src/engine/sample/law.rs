//! Closed forms of each law: mean, distribution function, and that of the residual.

use super::Distribution;
use crate::engine::math::{exp, exp_m1, gamma_ln, gamma_p, ln, normal_cdf, pow};

impl Distribution {
    /// The mean in seconds, exactly; infinite for a Pareto of shape 1 or less.
    pub fn mean_secs(&self) -> f64 {
        match self {
            Self::Constant(time) => time.as_secs_f64(),
            Self::Exponential { mean } | Self::Erlang { mean, .. } => *mean,
            Self::Uniform { min, max } => 0.5 * (min + max),
            Self::LogNormal { median, sigma } => median * exp(0.5 * sigma * sigma),
            Self::Weibull { scale, shape } => scale * exp(gamma_ln(1.0 + 1.0 / shape)),
            Self::Pareto { shape, .. } if *shape <= 1.0 => f64::INFINITY,
            Self::Pareto { scale, shape } => scale * shape / (shape - 1.0),
            Self::HyperExponential { branches } => {
                branches.iter().map(|(probability, mean)| probability * mean).sum()
            }
            Self::Quantiles { points } => segments(points)
                .map(|segment| segment.mass * 0.5 * (segment.low + segment.high))
                .sum(),
            Self::Samples { values, cumulative } => {
                cumulative[cumulative.len() - 1] / values.len() as f64
            }
        }
    }

    /// The probability of at most so many seconds.
    pub fn cdf(&self, secs: f64) -> f64 {
        if secs < 0.0 {
            return 0.0;
        }
        match self {
            Self::Constant(time) => step(time.as_secs_f64(), secs),
            Self::Exponential { mean } => -exp_m1(-secs / mean),
            Self::Uniform { min, max } if min >= max => step(*min, secs),
            Self::Uniform { min, max } => ((secs - min) / (max - min)).clamp(0.0, 1.0),
            Self::LogNormal { median, sigma } => log_normal_cdf(*median, *sigma, 0.0, secs),
            Self::Weibull { scale, shape } => -exp_m1(-pow(secs / scale, *shape)),
            Self::Pareto { scale, shape } => pareto_cdf(*scale, *shape, secs),
            Self::Erlang { mean, k } => gamma_p(f64::from(*k), secs * f64::from(*k) / mean),
            Self::HyperExponential { branches } => {
                branches.iter().map(|(probability, mean)| -probability * exp_m1(-secs / mean)).sum()
            }
            Self::Quantiles { points } => {
                segments(points).map(|segment| segment.mass * segment.cdf(secs)).sum()
            }
            Self::Samples { values, .. } => {
                values.partition_point(|&value| value <= secs) as f64 / values.len() as f64
            }
        }
    }

    /// The probability that a residual ([`Distribution::residual`]) is at most so many
    /// seconds. 0 for each where the mean is infinite.
    ///
    /// It is the integral of 1 - F over the mean; by parts,
    /// x (1 - F(x)) / mean + (probability that a length-biased time is at most x).
    pub fn equilibrium_cdf(&self, secs: f64) -> f64 {
        let mean = self.mean_secs();
        if secs < 0.0 || mean.is_infinite() {
            return 0.0;
        }
        if mean == 0.0 || secs.is_infinite() {
            return 1.0;
        }
        secs * (1.0 - self.cdf(secs)) / mean + self.biased_cdf(secs)
    }

    /// The probability that a length-biased time, of density x f(x) / mean, is at most
    /// so many seconds. The mean must be finite and positive.
    fn biased_cdf(&self, secs: f64) -> f64 {
        match self {
            Self::Constant(time) => step(time.as_secs_f64(), secs),
            Self::Exponential { mean } => gamma_p(2.0, secs / mean),
            Self::Uniform { min, max } if min >= max => step(*min, secs),
            Self::Uniform { min, max } => {
                let met = secs.clamp(*min, *max);
                (met - min) * (met + min) / ((max - min) * (max + min))
            }
            Self::LogNormal { median, sigma } => log_normal_cdf(*median, *sigma, *sigma, secs),
            Self::Weibull { scale, shape } => gamma_p(1.0 + 1.0 / shape, pow(secs / scale, *shape)),
            Self::Pareto { scale, shape } => pareto_cdf(*scale, shape - 1.0, secs),
            Self::Erlang { mean, k } => gamma_p(f64::from(*k) + 1.0, secs * f64::from(*k) / mean),
            Self::HyperExponential { branches } => {
                let biased = branches
                    .iter()
                    .map(|(probability, mean)| probability * mean * gamma_p(2.0, secs / mean));
                biased.sum::<f64>() / self.mean_secs()
            }
            Self::Quantiles { points } => {
                let biased = segments(points).map(|segment| {
                    let met = secs.clamp(segment.low, segment.high);
                    segment.mass * segment.cdf(secs) * 0.5 * (segment.low + met)
                });
                biased.sum::<f64>() / self.mean_secs()
            }
            Self::Samples { values, cumulative } => {
                match values.partition_point(|&value| value <= secs) {
                    0 => 0.0,
                    met => cumulative[met - 1] / cumulative[cumulative.len() - 1],
                }
            }
        }
    }
}

/// The distribution function of what is always `place`.
fn step(place: f64, secs: f64) -> f64 {
    if secs < place { 0.0 } else { 1.0 }
}

/// The distribution function of a log-normal whose mu is greater by `shift` sigmas.
fn log_normal_cdf(median: f64, sigma: f64, shift: f64, secs: f64) -> f64 {
    if sigma == 0.0 { step(median, secs) } else { normal_cdf(ln(secs / median) / sigma - shift) }
}

fn pareto_cdf(scale: f64, shape: f64, secs: f64) -> f64 {
    if secs <= scale { 0.0 } else { 1.0 - pow(scale / secs, shape) }
}

/// What lies between two neighbouring quantiles: even from `low` to `high`.
struct Segment {
    mass: f64,
    low: f64,
    high: f64,
}

impl Segment {
    /// The distribution function within the segment, from 0 to 1.
    fn cdf(&self, secs: f64) -> f64 {
        if self.low >= self.high {
            step(self.low, secs)
        } else {
            ((secs - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
        }
    }
}

fn segments(points: &[(f64, f64)]) -> impl Iterator<Item = Segment> {
    points.windows(2).map(|ends| Segment {
        mass: ends[1].0 - ends[0].0,
        low: ends[0].1,
        high: ends[1].1,
    })
}
