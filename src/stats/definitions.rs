//! Every metric once: what it is called, what it means, and how it is read from a run.

use super::measures::{
    average, connect_quantile, count, drops_quantile, mean_seconds, offline, offline_time, ratio,
    recovered, recovery_quantile, seconds, share, time, value,
};
use super::metrics::{Better, Measure, Metric};
use crate::observe::Observations;

/// A metric and the function that measures it.
pub struct Definition {
    /// What people are told.
    pub metric: Metric,
    /// Its value in a run; `None` where it has no meaning.
    pub measure: fn(&Observations) -> Option<Measure>,
}

/// All lists, in the order of tables and files.
pub const LISTS: &[&[Definition]] =
    &[DEFINITIONS, super::accept_definitions::DEFINITIONS, super::message_definitions::MESSAGES];

/// Those of every cluster, group by group.
const DEFINITIONS: &[Definition] = &[
    Definition {
        metric: metric(
            "load",
            "imbalance",
            "ratio",
            Better::Lower,
            0.01,
            "busiest / mean connections over ready servers, time average",
        ),
        measure: |run| value(ratio(run.counts.imbalance_time, run.counts.imbalance_span as f64)),
    },
    Definition {
        metric: metric(
            "load",
            "imbalance_end",
            "ratio",
            Better::Lower,
            0.02,
            "busiest / mean connections over ready servers at the end",
        ),
        measure: |run| value(run.counts.imbalance_end),
    },
    Definition {
        metric: metric(
            "load",
            "imbalance_cv",
            "ratio",
            Better::Lower,
            0.01,
            "standard deviation / mean of connections over ready servers at the end",
        ),
        measure: |run| value(run.counts.imbalance_cv),
    },
    Definition {
        metric: metric(
            "load",
            "busiest_end",
            "count",
            Better::Lower,
            1.0,
            "connections on the busiest ready server at the end",
        ),
        measure: |run| value(run.counts.busiest_end.map(|busiest| busiest as f64)),
    },
    Definition {
        metric: metric(
            "load",
            "newest_share",
            "ratio",
            Better::NearerOne,
            0.02,
            "connections on the newest server / mean at the end, where a server joined",
        ),
        measure: |run| value(run.counts.newest_share),
    },
    Definition {
        metric: metric(
            "load",
            "time_to_balance",
            "s",
            Better::Lower,
            1.0,
            "from the last membership change until busiest / mean stays at or below 1.1",
        ),
        measure: |run| run.counts.time_to_balance.map(time),
    },
    Definition {
        metric: metric(
            "disruption",
            "dropped",
            "count",
            Better::Lower,
            1.0,
            "connections closed, reset or lost by the cluster",
        ),
        measure: |run| count(run.counts.dropped),
    },
    Definition {
        metric: metric(
            "disruption",
            "moved_fraction",
            "fraction",
            Better::Lower,
            0.005,
            "connections closed by the rebalancing rule / open at the membership changes",
        ),
        measure: |run| share(run.counts.moved, run.counts.moved_of),
    },
    Definition {
        metric: metric(
            "disruption",
            "moved_over_minimum",
            "ratio",
            Better::NearerOne,
            0.02,
            "connections closed by the rebalancing rule / the fewest that reach the fair share",
        ),
        measure: |run| value(ratio(run.counts.moved as f64, run.counts.moved_minimum)),
    },
    Definition {
        metric: metric(
            "disruption",
            "offline_fraction",
            "fraction",
            Better::Lower,
            0.0005,
            "share of the clients' presence during which they were not connected",
        ),
        measure: |run| value(offline(run)),
    },
    Definition {
        metric: metric(
            "disruption",
            "drops_per_client",
            "count",
            Better::Lower,
            0.05,
            "times a client was dropped, mean over the clients dropped at least once",
        ),
        measure: |run| share(run.counts.dropped, run.counts.clients_dropped),
    },
    Definition {
        metric: metric(
            "disruption",
            "drops_per_client_p99",
            "count",
            Better::Lower,
            0.5,
            "times a client was dropped, 99% quantile over the clients dropped at least once",
        ),
        measure: |run| drops_quantile(run, 0.99),
    },
    Definition {
        metric: metric(
            "disruption",
            "drops_per_client_max",
            "count",
            Better::Lower,
            0.5,
            "times the client dropped most often was dropped",
        ),
        measure: |run| drops_quantile(run, 1.0),
    },
    Definition {
        metric: metric(
            "disruption",
            "misplaced",
            "fraction",
            Better::Lower,
            0.005,
            "share of open connections that are not on their key's owner, time average",
        ),
        measure: |run| value(run.counts.misplaced),
    },
    Definition {
        metric: metric(
            "storm",
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
            "per_s",
            Better::Lower,
            2.0,
            "attempts started in the busiest second",
        ),
        measure: |run| count(run.counts.peak_attempts),
    },
    Definition {
        metric: metric(
            "storm",
            "attempts_per_connect",
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
            "count",
            Better::Lower,
            1.0,
            "attempts turned away by a server",
        ),
        measure: |run| count(run.counts.rejected),
    },
    Definition {
        metric: metric(
            "storm",
            "timed_out",
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
            "count",
            Better::Lower,
            1.0,
            "handshakes done for a client that had given up",
        ),
        measure: |run| count(run.counts.dead_handshakes),
    },
    Definition {
        metric: metric(
            "storm",
            "given_up",
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
            "s",
            Better::Lower,
            0.5,
            "from the first disruptive event until 99% of the dropped were back",
        ),
        measure: |run| run.storm.as_ref().map(|storm| time(storm.time)),
    },
    Definition {
        metric: metric(
            "storm",
            "recovery_p50",
            "s",
            Better::Lower,
            0.05,
            "from a drop until the client is connected again, median",
        ),
        measure: |run| recovery_quantile(run, 0.5),
    },
    Definition {
        metric: metric(
            "storm",
            "recovery_p99",
            "s",
            Better::Lower,
            0.25,
            "from a drop until the client is connected again, 99% quantile",
        ),
        measure: |run| recovery_quantile(run, 0.99),
    },
    Definition {
        metric: metric(
            "storm",
            "recovered",
            "fraction",
            Better::Higher,
            0.1,
            "1 if 99% of the dropped were back before the end, else 0",
        ),
        measure: |run| value(recovered(run)),
    },
    Definition {
        metric: metric(
            "storm",
            "connect_mean",
            "s",
            Better::Lower,
            0.005,
            "from a client's first attempt until it is connected, mean",
        ),
        measure: |run| mean_seconds(&run.connect),
    },
    Definition {
        metric: metric(
            "storm",
            "connect_p50",
            "s",
            Better::Lower,
            0.005,
            "from a client's first attempt until it is connected, median",
        ),
        measure: |run| connect_quantile(run, 0.5),
    },
    Definition {
        metric: metric(
            "storm",
            "connect_p99",
            "s",
            Better::Lower,
            0.025,
            "from a client's first attempt until it is connected, 99% quantile",
        ),
        measure: |run| connect_quantile(run, 0.99),
    },
    Definition {
        metric: metric(
            "queue",
            "handshake_wait_mean",
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
            "count",
            Better::Lower,
            0.1,
            "attempts waiting in accept queues, time average",
        ),
        measure: |run| average(run, run.counts.queued_time),
    },
    Definition {
        metric: metric(
            "queue",
            "utilisation",
            "fraction",
            Better::Neither,
            0.005,
            "busy handshake workers / handshake workers of ready servers, time average",
        ),
        measure: |run| value(ratio(run.counts.busy_time as f64, run.counts.worker_time as f64)),
    },
    Definition {
        metric: metric(
            "queue",
            "connected_mean",
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
            "count",
            Better::Lower,
            1.0,
            "attempts that the balancing tier sent to a server that was not in service",
        ),
        measure: |run| {
            run.counts.is_told_late.then_some(run.counts.stale_placements).and_then(count)
        },
    },
    Definition {
        metric: metric(
            "faults",
            "disagreement_time",
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
            "hours",
            Better::Lower,
            0.01,
            "time that servers were booting, ready or draining, summed over servers",
        ),
        measure: |run| value(Some(seconds(run.counts.server_time as f64) / 3600.0)),
    },
    Definition {
        metric: metric("cost", "peak_servers", "count", Better::Lower, 0.5, "most servers at once"),
        measure: |run| count(u64::from(run.counts.peak_servers)),
    },
];

pub(super) const fn metric(
    group: &'static str,
    name: &'static str,
    unit: &'static str,
    better: Better,
    floor: f64,
    summary: &'static str,
) -> Metric {
    Metric { name, unit, better, floor, group, summary }
}
