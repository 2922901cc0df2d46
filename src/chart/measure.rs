//! Metrics in words: what charts call them, and their values with units.

use super::words::{capitalised, compact, duration, percent, ratio};
use crate::stats::{Better, Metric};

/// Short names of the metrics that charts show.
const NAMES: [(&str, &str); 26] = [
    ("imbalance", "Busiest ÷ mean, over time"),
    ("imbalance_end", "Busiest ÷ mean at the end"),
    ("imbalance_cv", "Spread of load at the end"),
    ("newest_share", "Newest server ÷ mean"),
    ("time_to_balance", "Time to balance"),
    ("dropped", "Connections dropped"),
    ("moved_fraction", "Connections moved"),
    ("offline_fraction", "Presence spent offline"),
    ("drops_per_client", "Drops of a dropped client"),
    ("peak_attempt_rate", "Attempts, busiest second"),
    ("attempts_per_connect", "Attempts per connect"),
    ("rejected", "Attempts rejected"),
    ("timed_out", "Attempts timed out"),
    ("recovery_time", "Time until 99% are back"),
    ("recovery_p50", "Time to be back, median"),
    ("recovery_p99", "Time to be back, p99"),
    ("recovered", "Runs that recover"),
    ("connect_mean", "Time to connect, mean"),
    ("connect_p50", "Time to connect, median"),
    ("connect_p99", "Time to connect, p99"),
    ("broker_copies_per_publish", "Broker copies per publish"),
    ("delivery_p50", "Delivery latency, median"),
    ("delivery_p99", "Delivery latency, p99"),
    ("lost_fraction", "Messages lost"),
    ("server_hours", "Server hours"),
    ("peak_servers", "Most servers at once"),
];

/// What charts call a metric.
pub fn name(metric: &str) -> String {
    if let Some((_, name)) = NAMES.iter().find(|(found, _)| *found == metric) {
        return (*name).to_owned();
    }
    capitalised(&metric.replace('_', " "))
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
