//! Metrics in the words that people say, for pages; files and commands use their names.

use crate::stats::{Better, Metric};

/// The words for a metric, in lower case: `busiest server at the end`.
pub fn words(metric: &Metric) -> String {
    let known = match metric.name {
        "imbalance" => "busiest server, over time",
        "imbalance_end" => "busiest server at the end",
        "imbalance_cv" => "spread over servers",
        "newest_share" => "newest server at the end",
        "time_to_balance" => "time to balance",
        "dropped" => "connections dropped",
        "moved_fraction" => "connections moved",
        "moved_over_minimum" => "moved ÷ fewest possible",
        "offline_fraction" => "time offline",
        "drops_per_client" => "drops per dropped client",
        "drops_per_client_p99" => "drops per dropped client, p99",
        "drops_per_client_max" => "drops per dropped client, most",
        "peak_attempt_rate" => "peak attempt rate",
        "attempts_per_connect" => "attempts per connect",
        "rejected" => "attempts rejected",
        "timed_out" => "attempts timed out",
        "given_up" => "clients that gave up",
        "recovery_time" => "time until 99% are back",
        "recovery_p50" => "time back, median",
        "recovery_p99" => "time back, p99",
        "recovered" => "runs that recovered",
        "connect_mean" => "connect time, mean",
        "connect_p50" => "connect time, median",
        "connect_p99" => "connect time, p99",
        "handshake_wait_mean" => "wait for a handshake, mean",
        "waited_fraction" => "handshakes that waited",
        "queued_mean" => "attempts queued, mean",
        "utilisation" => "handshake utilisation",
        "connected_mean" => "clients connected, mean",
        "trying_mean" => "clients trying, mean",
        name => return name.replace('_', " "),
    };
    known.to_owned()
}

/// Which way is better, in words; nothing for a metric that only describes.
pub fn direction(metric: &Metric) -> &'static str {
    match metric.better {
        Better::Lower => "less is better",
        Better::Higher => "more is better",
        Better::NearerOne => "1 is best",
        Better::Neither => "",
    }
}

/// `a`, `a and b`, `a, b and c`.
pub fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
