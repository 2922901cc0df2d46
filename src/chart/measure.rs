//! Metrics in charts: what they are called, and their values with units.

use super::words::{capitalised, compact, duration, percent, ratio};
use crate::stats::{Better, Metric};

/// What charts call a metric, at the start of a line.
pub fn name(metric: &Metric) -> String {
    capitalised(metric.words)
}

/// A value of a metric with its unit: `1.31 ×`, `2:31`, `24.8%`, `610 per s`.
pub fn value(metric: &Metric, value: f64) -> String {
    match metric.unit {
        "fraction" => percent(value),
        "s" => duration(value),
        "ratio" => ratio(value),
        "per_s" => format!("{} per s", compact(value)),
        "hours" => format!("{} h", compact(value)),
        _ => compact(value),
    }
}

/// How much worse one value is than another: positive when it is, in the metric's unit.
pub fn worsening(metric: &Metric, value: f64, base: f64) -> f64 {
    match metric.better {
        Better::Lower | Better::Neither => value - base,
        Better::Higher => base - value,
        Better::NearerOne => (value - 1.0).abs() - (base - 1.0).abs(),
    }
}
