//! The metrics of messages; absent where nobody sends any.

use hdrhistogram::Histogram;

use super::{Definition, metric};
use crate::observe::{Messages, Observations};
use crate::stats::measures::{count, mean_seconds, quantile_seconds, ratio, share, value};
use crate::stats::metrics::{Better, Measure};

fn of(run: &Observations, read: impl Fn(&Messages) -> Option<Measure>) -> Option<Measure> {
    run.messages.as_ref().and_then(read)
}

fn latency(
    run: &Observations,
    read: impl Fn(&Histogram<u64>) -> Option<Measure>,
) -> Option<Measure> {
    of(run, |messages| read(&messages.delivery))
}

/// All of them.
pub const DEFINITIONS: &[Definition] = &[
    Definition {
        metric: metric(
            "messages",
            "publishes",
            "publishes",
            "count",
            Better::Neither,
            1.0,
            "messages published to channels or sent to clients",
        ),
        measure: |run| of(run, |messages| count(messages.publishes)),
    },
    Definition {
        metric: metric(
            "messages",
            "broker_copies_per_publish",
            "broker copies per publish",
            "ratio",
            Better::Lower,
            0.02,
            "copies sent to servers, by the broker or straight / messages published",
        ),
        measure: |run| of(run, |messages| share(messages.copies, messages.publishes)),
    },
    Definition {
        metric: metric(
            "messages",
            "idle_copies_fraction",
            "idle copies",
            "fraction",
            Better::Lower,
            0.005,
            "copies that found no recipient at their server / copies",
        ),
        measure: |run| of(run, |messages| share(messages.idle_copies, messages.copies)),
    },
    Definition {
        metric: metric(
            "messages",
            "deliveries",
            "deliveries",
            "count",
            Better::Neither,
            1.0,
            "messages written to connections, each recipient counted",
        ),
        measure: |run| of(run, |messages| count(messages.delivered)),
    },
    Definition {
        metric: metric(
            "messages",
            "delivery_mean",
            "delivery latency, mean",
            "s",
            Better::Lower,
            0.001,
            "from a publish until it is written to a connection, mean over recipients",
        ),
        measure: |run| latency(run, mean_seconds),
    },
    Definition {
        metric: metric(
            "messages",
            "delivery_p50",
            "delivery latency, median",
            "s",
            Better::Lower,
            0.001,
            "from a publish until it is written to a connection, median over recipients",
        ),
        measure: |run| latency(run, |delivery| quantile_seconds(delivery, 0.5)),
    },
    Definition {
        metric: metric(
            "messages",
            "delivery_p99",
            "delivery latency, p99",
            "s",
            Better::Lower,
            0.005,
            "from a publish until it is written to a connection, 99% quantile over recipients",
        ),
        measure: |run| latency(run, |delivery| quantile_seconds(delivery, 0.99)),
    },
    Definition {
        metric: metric(
            "messages",
            "lost_messages",
            "number of messages lost",
            "count",
            Better::Lower,
            1.0,
            "messages that a present recipient never got, each recipient counted",
        ),
        measure: |run| of(run, |messages| count(messages.lost.total())),
    },
    Definition {
        metric: metric(
            "messages",
            "lost_fraction",
            "messages lost",
            "fraction",
            Better::Lower,
            0.0001,
            "messages lost / messages for present recipients",
        ),
        measure: |run| of(run, |messages| share(messages.lost.total(), messages.owed)),
    },
    Definition {
        metric: metric(
            "messages",
            "lost_offline",
            "messages lost offline",
            "count",
            Better::Lower,
            1.0,
            "messages lost because the recipient was not connected",
        ),
        measure: |run| of(run, |messages| count(messages.lost.offline)),
    },
    Definition {
        metric: metric(
            "messages",
            "lost_at_broker",
            "messages lost at the broker",
            "count",
            Better::Lower,
            1.0,
            "messages lost because the broker was down or full, or a server had no link to it",
        ),
        measure: |run| of(run, |messages| count(messages.lost.broker)),
    },
    Definition {
        metric: metric(
            "messages",
            "lost_to_split_brain",
            "messages lost to split brain",
            "count",
            Better::Lower,
            1.0,
            "messages lost because the recipient was connected to another server than its room",
        ),
        measure: |run| of(run, |messages| count(messages.lost.misrouted)),
    },
    Definition {
        metric: metric(
            "messages",
            "lost_to_slow_clients",
            "messages lost to slow clients",
            "count",
            Better::Lower,
            1.0,
            "messages lost in the buffers of clients that were closed as too slow",
        ),
        measure: |run| of(run, |messages| count(messages.lost.slow)),
    },
    Definition {
        metric: metric(
            "messages",
            "recovered_messages",
            "messages recovered",
            "count",
            Better::Neither,
            1.0,
            "messages read from history by clients that came back",
        ),
        measure: |run| of(run, |messages| count(messages.recovered)),
    },
    Definition {
        metric: metric(
            "messages",
            "state_loads",
            "state loads",
            "count",
            Better::Lower,
            1.0,
            "clients that loaded their state anew, as history did not reach back",
        ),
        measure: |run| of(run, |messages| count(messages.state_loads)),
    },
    Definition {
        metric: metric(
            "messages",
            "duplicates",
            "duplicates",
            "count",
            Better::Lower,
            1.0,
            "messages written to a connection once more",
        ),
        measure: |run| of(run, |messages| count(messages.duplicates)),
    },
    Definition {
        metric: metric(
            "messages",
            "closed_as_slow",
            "clients closed as slow",
            "count",
            Better::Lower,
            1.0,
            "connections closed because their clients read too slowly",
        ),
        measure: |run| of(run, |messages| count(messages.slow_closed)),
    },
    Definition {
        metric: metric(
            "messages",
            "broker_subscribes",
            "broker subscribes",
            "count",
            Better::Lower,
            1.0,
            "subscribes and unsubscribes that the broker was told",
        ),
        measure: |run| of(run, |messages| count(messages.subscribes)),
    },
    Definition {
        metric: metric(
            "messages",
            "broker_utilisation",
            "broker utilisation",
            "fraction",
            Better::Lower,
            0.005,
            "share of the time in which the busiest broker node worked",
        ),
        measure: |run| of(run, |messages| value(messages.busiest_node())),
    },
    Definition {
        metric: metric(
            "messages",
            "broker_queue_max",
            "longest broker queue",
            "count",
            Better::Lower,
            1.0,
            "most publishes at a broker node, waiting and in service, at the sampling steps",
        ),
        measure: |run| of(run, |messages| count(messages.longest_queue)),
    },
    Definition {
        metric: metric(
            "messages",
            "message_share",
            "CPU share of messages",
            "fraction",
            Better::Lower,
            0.005,
            "share of the ready servers' CPUs that messages took, time average",
        ),
        measure: |run| of(run, |messages| value(ratio(messages.cpu_time, messages.cpus))),
    },
];
