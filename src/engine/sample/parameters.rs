//! Which parameters make a law, and how a law is put into words.

use std::fmt;

use super::Distribution;

/// A parameter that is out of its range.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("`{}` of the {distribution} distribution is {value}: expected {expected}", self.name())]
pub struct ParameterError {
    /// The law, by its name in a scenario: `lognormal`.
    pub distribution: &'static str,
    /// The parameter, by its name in a scenario.
    pub parameter: &'static str,
    /// Which one, from 0, where the parameter is a list.
    pub index: Option<usize>,
    /// The value met; seconds for a time.
    pub value: f64,
    /// The range allowed, in words.
    pub expected: &'static str,
}

/// The longest time that a parameter may name, in seconds: 100 Julian years, as for a
/// duration in text.
const LONGEST_SECS: f64 = 36_525.0 * 86_400.0;

const TIME: &str = "0 to 3155760000 s (100 years)";
const POSITIVE_TIME: &str = "more than 0 s, at most 3155760000 s (100 years)";

impl ParameterError {
    /// The parameter with its place in a list: `means[1]`.
    pub fn name(&self) -> String {
        match self.index {
            Some(index) => format!("{}[{index}]", self.parameter),
            None => self.parameter.to_owned(),
        }
    }
}

impl Distribution {
    /// One of these many seconds, each as likely, in any order.
    ///
    /// # Errors
    /// No value at all, or one that is not from 0 to 100 years; the index is its place
    /// in `values` as given.
    pub fn from_samples(mut values: Vec<f64>) -> Result<Self, ParameterError> {
        check_samples(&values)?;
        values.sort_by(f64::total_cmp);
        let sums = values.iter().scan(0.0, |sum, value| {
            *sum += value;
            Some(*sum)
        });
        let cumulative = sums.collect();
        Ok(Self::Samples { values: values.into(), cumulative })
    }

    /// The name of this law in a scenario: `lognormal`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Constant(_) => "constant",
            Self::Exponential { .. } => "exponential",
            Self::Uniform { .. } => "uniform",
            Self::LogNormal { .. } => "lognormal",
            Self::Weibull { .. } => "weibull",
            Self::Pareto { .. } => "pareto",
            Self::Erlang { .. } => "erlang",
            Self::HyperExponential { .. } => "hyperexponential",
            Self::Quantiles { .. } => "quantiles",
            Self::Samples { .. } => "samples",
        }
    }

    /// Whether each parameter is in its range, so that every sample, residual and mean
    /// is a number (an infinite mean, of a Pareto of shape 1 or less, is legal).
    ///
    /// # Errors
    /// The first parameter that is not.
    pub fn validate(&self) -> Result<(), ParameterError> {
        let check = |parameter, value: f64, is_allowed: bool, expected| {
            check(self.name(), parameter, None, value, is_allowed, expected)
        };
        let positive_time =
            |parameter, value| check(parameter, value, is_positive_time(value), POSITIVE_TIME);
        let shape =
            |value: f64| check("shape", value, (0.1..=100.0).contains(&value), "0.1 to 100");
        match self {
            Self::Constant(_) => Ok(()),
            Self::Exponential { mean } => positive_time("mean", *mean),
            Self::Uniform { min, max } => {
                check("min", *min, is_time(*min), TIME)?;
                check("max", *max, is_time(*max), TIME)?;
                check("max", *max, min <= max, "at least `min`")
            }
            Self::LogNormal { median, sigma } => {
                positive_time("median", *median)?;
                check("sigma", *sigma, (0.0..=10.0).contains(sigma), "0 to 10")
            }
            Self::Weibull { scale, shape: value } | Self::Pareto { scale, shape: value } => {
                positive_time("scale", *scale)?;
                shape(*value)
            }
            Self::Erlang { mean, k } => {
                positive_time("mean", *mean)?;
                check("k", f64::from(*k), (1..=1_000).contains(k), "1 to 1000")
            }
            Self::HyperExponential { branches } => check_branches(branches),
            Self::Quantiles { points } => check_points(points),
            Self::Samples { values, cumulative } => {
                check_samples(values)?;
                let sorted = values.is_sorted() && cumulative.len() == values.len();
                check("samples", values.len() as f64, sorted, "sorted values, each with its sum")
            }
        }
    }
}

fn check(
    distribution: &'static str,
    parameter: &'static str,
    index: Option<usize>,
    value: f64,
    is_allowed: bool,
    expected: &'static str,
) -> Result<(), ParameterError> {
    let error = ParameterError { distribution, parameter, index, value, expected };
    if is_allowed { Ok(()) } else { Err(error) }
}

fn is_time(secs: f64) -> bool {
    (0.0..=LONGEST_SECS).contains(&secs)
}

fn is_positive_time(secs: f64) -> bool {
    is_time(secs) && secs > 0.0
}

fn check_branches(branches: &[(f64, f64)]) -> Result<(), ParameterError> {
    /// Far above the rounding of 1,000 weights, far below what anybody would notice.
    const SLACK: f64 = 1e-9;
    let check = |parameter, index, value: f64, is_allowed, expected| {
        check("hyperexponential", parameter, index, value, is_allowed, expected)
    };
    let count = branches.len() as f64;
    check("means", None, count, !branches.is_empty(), "at least one")?;
    for (index, &(probability, mean)) in branches.iter().enumerate() {
        let is_share = (0.0..=1.0).contains(&probability);
        check("weights", Some(index), probability, is_share, "0 to 1")?;
        check("means", Some(index), mean, is_positive_time(mean), POSITIVE_TIME)?;
    }
    let sum: f64 = branches.iter().map(|(probability, _)| probability).sum();
    check("weights", None, sum, (sum - 1.0).abs() <= SLACK, "a sum of 1")
}

fn check_points(points: &[(f64, f64)]) -> Result<(), ParameterError> {
    let check = |parameter, index, value: f64, is_allowed, expected| {
        check("quantiles", parameter, index, value, is_allowed, expected)
    };
    let count = points.len() as f64;
    check("points", None, count, points.len() >= 2, "at least two")?;
    let (first, last) = (points[0].0, points[points.len() - 1].0);
    check("probability", Some(0), first, first == 0.0, "0 for the first")?;
    check(
        "probability",
        Some(points.len() - 1),
        last,
        last.total_cmp(&1.0).is_eq(),
        "1 for the last",
    )?;
    for (index, &(_, secs)) in points.iter().enumerate() {
        check("seconds", Some(index), secs, is_time(secs), TIME)?;
    }
    for (index, ends) in points.windows(2).enumerate() {
        let index = Some(index + 1);
        let ((low, short), (high, long)) = (ends[0], ends[1]);
        check("probability", index, high, low < high, "more than the one before")?;
        check("seconds", index, long, short <= long, "no less than the one before")?;
    }
    Ok(())
}

fn check_samples(values: &[f64]) -> Result<(), ParameterError> {
    check("samples", "samples", None, 0.0, !values.is_empty(), "at least one")?;
    for (index, &value) in values.iter().enumerate() {
        check("samples", "samples", Some(index), value, is_time(value), TIME)?;
    }
    Ok(())
}

/// Seconds as people say them: `40 ms`, `1.5 min`, to four digits or so.
struct Spoken(f64);

impl fmt::Display for Spoken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(f64, &str); 7] = [
            (86_400.0, "d"),
            (3_600.0, "h"),
            (60.0, "min"),
            (1.0, "s"),
            (1e-3, "ms"),
            (1e-6, "us"),
            (1e-9, "ns"),
        ];
        if self.0 == 0.0 {
            return f.write_str("0 s");
        }
        let fits = UNITS.iter().find(|(size, _)| self.0 >= *size * 0.999_999_5);
        let (size, unit) = fits.unwrap_or(&UNITS[6]);
        let count = self.0 / size;
        let step = if count >= 100.0 { 10.0 } else { 1_000.0 };
        write!(f, "{} {unit}", (count * step).round() / step)
    }
}

impl fmt::Display for Distribution {
    /// For people: `log-normal, median 40 ms, sigma 0.5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(time) => write!(f, "constant {}", Spoken(time.as_secs_f64())),
            Self::Exponential { mean } => write!(f, "exponential, mean {}", Spoken(*mean)),
            Self::Uniform { min, max } => {
                write!(f, "uniform, {} to {}", Spoken(*min), Spoken(*max))
            }
            Self::LogNormal { median, sigma } => {
                write!(f, "log-normal, median {}, sigma {sigma}", Spoken(*median))
            }
            Self::Weibull { scale, shape } => {
                write!(f, "Weibull, scale {}, shape {shape}", Spoken(*scale))
            }
            Self::Pareto { scale, shape } => {
                write!(f, "Pareto, minimum {}, shape {shape}", Spoken(*scale))
            }
            Self::Erlang { mean, k } => {
                write!(f, "Erlang, mean {}, {k} phases", Spoken(*mean))
            }
            Self::HyperExponential { branches } => write!(
                f,
                "hyperexponential, mean {}, {} branches",
                Spoken(self.mean_secs()),
                branches.len()
            ),
            Self::Quantiles { points } => {
                let ends = (points.first(), points.last());
                let (low, high) = (ends.0.map_or(0.0, |p| p.1), ends.1.map_or(0.0, |p| p.1));
                write!(f, "from quantiles, {} to {}", Spoken(low), Spoken(high))
            }
            Self::Samples { values, .. } => {
                write!(f, "one of {} samples, mean {}", values.len(), Spoken(self.mean_secs()))
            }
        }
    }
}
