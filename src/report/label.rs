//! What pages say of metrics beside their words.

use crate::stats::{Better, Metric};

/// Which way is better, in words; nothing for a metric that only describes.
pub fn direction(metric: &Metric) -> &'static str {
    match metric.better {
        Better::Lower => "less is better",
        Better::Higher => "more is better",
        Better::NearerOne => "1 is best",
        Better::Neither => "",
    }
}

/// What stands behind a number of the metric in a sentence, with its space; nothing for most.
pub fn unit(metric: &Metric) -> &'static str {
    match metric.unit {
        "s" => " s",
        "per_s" => "/s",
        "hours" => " h",
        _ => "",
    }
}

/// `a`, `a and b`, `a, b and c`.
pub fn listed(items: &[impl AsRef<str>]) -> String {
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}
