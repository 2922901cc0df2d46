//! Distributions: from what was typed to what is sampled.

use std::collections::BTreeMap;

use super::checker::Checker;
use crate::engine::math;
use crate::engine::sample::ParameterError;
use crate::engine::{Distribution, SimDuration};
use crate::scenario::diagnostic::{Code, Diagnostic};
use crate::scenario::path::Path;
use crate::scenario::schema::law::{Law, LogNormal, Shape};

/// What stands in for a law that is wrong, until the scenario is refused.
const STAND_IN: Distribution = Distribution::Constant(SimDuration::from_secs(1));

impl Checker<'_> {
    /// The law at `path`.
    pub fn law(&mut self, path: &Path, law: &Law) -> Distribution {
        match law {
            Law::Short(constant) => Distribution::Constant(*constant),
            Law::Long(shape) => self.shape(path, shape),
        }
    }

    /// The distribution at `path`.
    pub fn shape(&mut self, path: &Path, shape: &Shape) -> Distribution {
        let secs = SimDuration::as_secs_f64;
        let law = match shape {
            Shape::Exponential { mean } => Distribution::Exponential { mean: secs(*mean) },
            Shape::Uniform { min, max } => {
                Distribution::Uniform { min: secs(*min), max: secs(*max) }
            }
            Shape::LogNormal(log_normal) => {
                return self.log_normal(&path.field("lognormal"), log_normal);
            }
            Shape::Weibull { scale, shape } => {
                Distribution::Weibull { scale: secs(*scale), shape: *shape }
            }
            Shape::Pareto { scale, shape } => {
                Distribution::Pareto { scale: secs(*scale), shape: *shape }
            }
            Shape::Erlang { mean, k } => {
                let k = self.count(&path.field("erlang.k"), *k, 1..=1_000);
                Distribution::Erlang { mean: secs(*mean), k }
            }
            Shape::HyperExponential { means, weights } => {
                match self.branches(&path.field("hyperexponential"), means, weights) {
                    Some(branches) => Distribution::HyperExponential { branches },
                    None => return STAND_IN,
                }
            }
            Shape::Quantiles(quantiles) => {
                match self.quantiles(&path.field("quantiles"), quantiles) {
                    Some(points) => Distribution::Quantiles { points },
                    None => return STAND_IN,
                }
            }
            Shape::Samples { file } => {
                return self.samples(&path.field("samples.file"), file).unwrap_or(STAND_IN);
            }
        };
        let checked = law.validate().map(|()| law);
        self.checked(path, checked)
    }

    fn checked(&mut self, path: &Path, law: Result<Distribution, ParameterError>) -> Distribution {
        law.unwrap_or_else(|error| {
            let mut place = path.field(error.distribution).field(error.parameter);
            if let Some(index) = error.index {
                place = place.index(index);
            }
            let label = format!("expected {}", error.expected);
            let fault = self.at(&place, Code::BadDistribution, error.to_string(), label);
            self.report(fault);
            STAND_IN
        })
    }

    /// With L the logarithm's variance: mean = median x exp(L / 2), cv^2 = exp(L) - 1.
    /// Source: Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions 1, section 14.3.
    fn log_normal(&mut self, path: &Path, typed: &LogNormal) -> Distribution {
        let what = "the log-normal distribution";
        let place = [("median", typed.median.is_some()), ("mean", typed.mean.is_some())];
        let spread = [("sigma", typed.sigma.is_some()), ("cv", typed.cv.is_some())];
        let place = self.exactly_one(path, what, &place);
        let spread = self.exactly_one(path, what, &spread);
        let (Some(_), Some(_)) = (place, spread) else { return STAND_IN };
        let cv = typed.cv.map(|cv| self.number(&path.field("cv"), cv, 0.0, 1_000.0));
        let sigma = typed.sigma.map(|sigma| self.number(&path.field("sigma"), sigma, 0.0, 10.0));
        let variance = match (sigma, cv) {
            (Some(sigma), _) => sigma * sigma,
            (None, cv) => cv.map_or(0.0, |cv| math::ln_1p(cv * cv)),
        };
        let sigma = sigma.unwrap_or_else(|| math::sqrt(variance));
        let median = match (typed.median, typed.mean) {
            (Some(median), _) => median.as_secs_f64(),
            (None, mean) => mean.unwrap_or_default().as_secs_f64() * math::exp(-0.5 * variance),
        };
        let time = if typed.median.is_some() { "median" } else { "mean" };
        if median <= 0.0 {
            self.out_of_range(&path.field(time), "0s", "more than 0s");
            return STAND_IN;
        }
        Distribution::LogNormal { median, sigma }
    }

    fn branches(
        &mut self,
        path: &Path,
        means: &[SimDuration],
        weights: &[f64],
    ) -> Option<Vec<(f64, f64)>> {
        if means.len() != weights.len() {
            let message =
                format!("`{path}` has {} `means` and {} `weights`", means.len(), weights.len());
            let fault = self.at(path, Code::BadDistribution, message, "expected as many of each");
            self.report(fault);
            return None;
        }
        let total: f64 = weights.iter().sum();
        for (index, weight) in weights.iter().enumerate() {
            self.number(&path.field("weights").index(index), *weight, 0.0, 1e6);
        }
        if total <= 0.0 {
            let message = format!("the weights of `{path}` add up to 0");
            let place = path.field("weights");
            let fault = self.at(&place, Code::BadDistribution, message, "expected one above 0");
            self.report(fault);
            return None;
        }
        let shares = weights.iter().map(|weight| (weight / total).clamp(0.0, 1.0));
        Some(shares.zip(means.iter().map(|mean| mean.as_secs_f64())).collect())
    }

    /// (probability, seconds) from 0 to 1: it begins at 0 s unless `p0` says
    /// otherwise, and nothing is longer than the highest percentile given.
    fn quantiles(
        &mut self,
        path: &Path,
        typed: &BTreeMap<String, SimDuration>,
    ) -> Option<Vec<(f64, f64)>> {
        let named = self.percentiles(path, typed)?;
        if named.last().is_none_or(|percentile| percentile.share <= 0.0) {
            let message = format!("`{path}` has no percentile above `p0`");
            let fault = self.at(path, Code::BadDistribution, message, "expected one at least");
            self.report(fault);
            return None;
        }
        let mut rises = true;
        for pair in named.windows(2) {
            rises &= self.rises(path, &pair[0], &pair[1]);
        }
        let mut points: Vec<(f64, f64)> =
            named.iter().map(|percentile| (percentile.share, percentile.secs)).collect();
        if points[0].0 > 0.0 {
            points.insert(0, (0.0, 0.0));
        }
        let (share, longest) = points[points.len() - 1];
        if share < 1.0 {
            points.push((1.0, longest));
        }
        rises.then_some(points)
    }

    /// The percentiles in order; nothing if a name is none.
    fn percentiles<'t>(
        &mut self,
        path: &Path,
        typed: &'t BTreeMap<String, SimDuration>,
    ) -> Option<Vec<Percentile<'t>>> {
        let mut percentiles = Vec::with_capacity(typed.len());
        for (name, value) in typed {
            if let Some(share) = percentile(name) {
                percentiles.push(Percentile { share, secs: value.as_secs_f64(), name });
                continue;
            }
            let place = path.field_exactly(name);
            let message = format!("`{name}` in `{path}` is no percentile");
            let label = "expected `p0` to `p100`, such as `p99.9`";
            let span = self.document.name_span(&place, label);
            self.report(Diagnostic::new(Code::BadDistribution, message).about(&place).at(span));
        }
        percentiles.sort_by(|a, b| a.share.total_cmp(&b.share));
        (percentiles.len() == typed.len()).then_some(percentiles)
    }

    fn rises(&mut self, path: &Path, low: &Percentile<'_>, high: &Percentile<'_>) -> bool {
        let (low_name, high_name) = (low.name, high.name);
        let message = if high.secs < low.secs {
            format!("percentiles fall in `{path}`: `{high_name}` is less than `{low_name}`")
        } else if high.share <= low.share {
            format!("`{low_name}` and `{high_name}` in `{path}` are one percentile")
        } else {
            return true;
        };
        let place = path.field_exactly(high_name);
        let fault = self.at(&place, Code::BadDistribution, message, "expected a rising list");
        self.report(fault);
        false
    }
}

struct Percentile<'a> {
    share: f64,
    secs: f64,
    name: &'a str,
}

/// `p99.9` is 0.999, the float nearest to it.
fn percentile(name: &str) -> Option<f64> {
    let digits = name.strip_prefix('p')?;
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let share: f64 = format!("{digits}e-2").parse().ok().filter(|_| is_plain)?;
    (share <= 1.0).then_some(share)
}
