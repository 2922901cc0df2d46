//! Metrics of how clients come back.

use super::{Definition, metric};
use crate::stats::measures::{
    connect_mean, connect_quantile, count, recovered, recovery_quantile, seconds, share, time,
    value,
};
use crate::stats::metrics::Better;

/// All of them, group by group.
pub const DEFINITIONS: &[Definition] = &[
    Definition {
        metric: metric(
            "storm",
            "attempts",
            "attempts",
            "count",
            Better::Lower,
            5.0,
            "connection attempts started",
        ),
        measure: |run| count(run.counts.attempts),
    },
    Definition {
        metric: metric(
            "storm",
            "peak_attempt_rate",
            "peak attempt rate",
            "per_s",
            Better::Lower,
            2.0,
            "attempts started in the busiest second, wherever it begins",
        ),
        measure: |run| count(run.counts.peak_attempts),
    },
    Definition {
        metric: metric(
            "storm",
            "attempts_per_connect",
            "attempts per connect",
            "ratio",
            Better::Lower,
            0.02,
            "attempts started / attempts that opened a connection",
        ),
        measure: |run| share(run.counts.attempts, run.counts.accepted),
    },
    Definition {
        metric: metric(
            "storm",
            "accepted",
            "attempts accepted",
            "count",
            Better::Neither,
            5.0,
            "attempts that opened a connection",
        ),
        measure: |run| count(run.counts.accepted),
    },
    Definition {
        metric: metric(
            "storm",
            "rejected",
            "attempts rejected",
            "count",
            Better::Lower,
            1.0,
            "attempts turned away, cut off inside a server, or with nobody there to take them",
        ),
        measure: |run| count(run.counts.rejected + run.counts.failed),
    },
    Definition {
        metric: metric(
            "storm",
            "timed_out",
            "attempts timed out",
            "count",
            Better::Lower,
            1.0,
            "attempts that the client gave up on at its time-out",
        ),
        measure: |run| count(run.counts.timed_out),
    },
    Definition {
        metric: metric(
            "storm",
            "dead_handshakes",
            "dead handshakes",
            "count",
            Better::Lower,
            1.0,
            "handshakes done, or cut short, for a client that had given up or left",
        ),
        measure: |run| count(run.counts.dead_handshakes),
    },
    Definition {
        metric: metric(
            "storm",
            "given_up",
            "clients that gave up",
            "count",
            Better::Lower,
            1.0,
            "clients that gave up for good",
        ),
        measure: |run| count(run.counts.given_up),
    },
    Definition {
        metric: metric(
            "storm",
            "saturated_seconds",
            "time with a full accept queue",
            "s",
            Better::Lower,
            0.5,
            "time during which some accept queue was full",
        ),
        measure: |run| value(Some(seconds(run.counts.saturated_time as f64))),
    },
    Definition {
        metric: metric(
            "storm",
            "recovery_time",
            "time until 99% are back",
            "s",
            Better::Lower,
            0.5,
            "from a disruptive event until 99% of those it dropped were back, of several the longest",
        ),
        measure: |run| run.storm.as_ref().map(|storm| time(storm.time)),
    },
    Definition {
        metric: metric(
            "storm",
            "recovery_p50",
            "time to be back, median",
            "s",
            Better::Lower,
            0.05,
            "from a drop until the client is connected again, median of all, whether watched to the end or not",
        ),
        measure: |run| recovery_quantile(run, 0.5),
    },
    Definition {
        metric: metric(
            "storm",
            "recovery_p99",
            "time to be back, p99",
            "s",
            Better::Lower,
            0.25,
            "from a drop until the client is connected again, 99% quantile of all, as the median",
        ),
        measure: |run| recovery_quantile(run, 0.99),
    },
    Definition {
        metric: metric(
            "storm",
            "recovered",
            "runs that recover",
            "fraction",
            Better::Higher,
            0.1,
            "1 if 99% of the dropped were back before the end, else 0; who leaves is not waited for, who gives up is never back",
        ),
        measure: |run| value(recovered(run)),
    },
    Definition {
        metric: metric(
            "storm",
            "connect_mean",
            "time to connect, mean",
            "s",
            Better::Lower,
            0.005,
            "from when a client comes or is dropped until it is connected, mean of those who do not give up",
        ),
        measure: connect_mean,
    },
    Definition {
        metric: metric(
            "storm",
            "connect_p50",
            "time to connect, median",
            "s",
            Better::Lower,
            0.005,
            "from when a client comes or is dropped until it is connected, median of all, whether watched to the end or not",
        ),
        measure: |run| connect_quantile(run, 0.5),
    },
    Definition {
        metric: metric(
            "storm",
            "connect_p99",
            "time to connect, p99",
            "s",
            Better::Lower,
            0.025,
            "from when a client comes or is dropped until it is connected, 99% quantile of all, as the median",
        ),
        measure: |run| connect_quantile(run, 0.99),
    },
];
