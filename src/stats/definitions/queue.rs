//! Metrics of the handshake queues, of faults, and of what servers cost.

use super::{Definition, metric};
use crate::stats::measures::{
    average, count, mean_seconds, offline_time, ratio, seconds, share, value,
};
use crate::stats::metrics::Better;

/// All of them, group by group.
pub const DEFINITIONS: &[Definition] = &[
    Definition {
        metric: metric(
            "queue",
            "handshake_wait_mean",
            "wait for a handshake, mean",
            "s",
            Better::Lower,
            0.001,
            "time in the accept queue before a worker takes up the handshake, mean",
        ),
        measure: |run| mean_seconds(&run.wait),
    },
    Definition {
        metric: metric(
            "queue",
            "waited_fraction",
            "handshakes that waited",
            "fraction",
            Better::Lower,
            0.005,
            "share of the handshakes that found no idle worker",
        ),
        measure: |run| {
            share(
                run.counts.handshakes.saturating_sub(run.counts.handshakes_without_wait),
                run.counts.handshakes,
            )
        },
    },
    Definition {
        metric: metric(
            "queue",
            "queued_mean",
            "attempts queued, mean",
            "count",
            Better::Lower,
            0.1,
            "attempts and liveness probes waiting in accept queues, time average",
        ),
        measure: |run| average(run, run.counts.queued_time),
    },
    Definition {
        metric: metric(
            "queue",
            "utilisation",
            "handshake utilisation",
            "fraction",
            Better::Neither,
            0.005,
            "busy handshake workers / handshake workers of servers that are ready or drain, time average",
        ),
        measure: |run| value(ratio(run.counts.busy_time as f64, run.counts.worker_time as f64)),
    },
    Definition {
        metric: metric(
            "queue",
            "connected_mean",
            "clients connected, mean",
            "count",
            Better::Neither,
            1.0,
            "clients connected, time average",
        ),
        measure: |run| average(run, run.counts.connected_time),
    },
    Definition {
        metric: metric(
            "queue",
            "trying_mean",
            "clients trying, mean",
            "count",
            Better::Lower,
            0.1,
            "clients present but not connected, time average",
        ),
        measure: |run| average(run, offline_time(run)),
    },
    Definition {
        metric: metric(
            "faults",
            "stale_placements",
            "stale placements",
            "count",
            Better::Lower,
            1.0,
            "attempts that met a server which was no longer, or not yet, in service; each try of a balancer counts",
        ),
        measure: |run| {
            run.counts.is_told_late.then_some(run.counts.stale_placements).and_then(count)
        },
    },
    Definition {
        metric: metric(
            "faults",
            "disagreement_time",
            "disagreement time",
            "s",
            Better::Lower,
            0.1,
            "time during which instances of the balancing tier knew different servers",
        ),
        measure: |run| {
            let time = seconds(run.counts.disagreement_time as f64);
            value(run.counts.may_disagree.then_some(time))
        },
    },
    Definition {
        metric: metric(
            "faults",
            "liveness_kills",
            "liveness kills",
            "count",
            Better::Lower,
            0.5,
            "servers killed because they did not answer their liveness probe in time",
        ),
        measure: |run| run.counts.is_probed.then_some(run.counts.liveness_kills).and_then(count),
    },
    Definition {
        metric: metric(
            "cost",
            "server_hours",
            "server hours",
            "hours",
            Better::Lower,
            0.01,
            "time that servers were booting, ready or draining, summed over servers",
        ),
        measure: |run| value(Some(seconds(run.counts.server_time as f64) / 3600.0)),
    },
    Definition {
        metric: metric(
            "cost",
            "peak_servers",
            "most servers at once",
            "count",
            Better::Lower,
            0.5,
            "most servers at once",
        ),
        measure: |run| count(u64::from(run.counts.peak_servers)),
    },
];
