//! Metrics of how load is spread over servers, and of what moving it costs clients.

use super::{Definition, metric};
use crate::stats::measures::{count, drops_quantile, offline, ratio, share, time, value};
use crate::stats::metrics::Better;

/// All of them, group by group.
pub const DEFINITIONS: &[Definition] = &[
    Definition {
        metric: metric(
            "load",
            "imbalance",
            "busiest ÷ mean, over time",
            "ratio",
            Better::Lower,
            0.01,
            "busiest / mean connections over ready servers, mean of readings at the ends of sampling steps",
        ),
        measure: |run| value(ratio(run.counts.imbalance_time, run.counts.imbalance_span as f64)),
    },
    Definition {
        metric: metric(
            "load",
            "imbalance_end",
            "busiest ÷ mean at the end",
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
            "spread of load at the end",
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
            "connections on the busiest",
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
            "newest server ÷ mean",
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
            "time to balance",
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
            "connections dropped",
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
            "connections moved",
            "fraction",
            Better::Lower,
            0.005,
            "connections closed by the rebalancing rule or with their server / open at the membership changes, a server that starts again in place among these",
        ),
        measure: |run| share(run.counts.moved + run.counts.displaced, run.counts.moved_of),
    },
    Definition {
        metric: metric(
            "disruption",
            "moved_over_minimum",
            "moved ÷ needed for an even load",
            "ratio",
            Better::NearerOne,
            0.02,
            "connections so moved / those that an even load at once takes: all of servers that leave, of others what is above their new fair share",
        ),
        // Of less than one connection nothing had to move, and the ratio says nothing.
        measure: |run| {
            let fewest = Some(run.counts.moved_minimum).filter(|fewest| *fewest >= 1.0);
            let moved = (run.counts.moved + run.counts.displaced) as f64;
            value(fewest.and_then(|fewest| ratio(moved, fewest)))
        },
    },
    Definition {
        metric: metric(
            "disruption",
            "offline_fraction",
            "time offline",
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
            "drops per dropped client",
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
            "drops per dropped client, p99",
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
            "drops per dropped client, most",
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
            "connections misplaced",
            "fraction",
            Better::Lower,
            0.005,
            "share of open connections that are not on their key's owner, time average",
        ),
        measure: |run| value(run.counts.misplaced),
    },
];
