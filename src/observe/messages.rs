//! What a run records of its messages.

use hdrhistogram::Histogram;

use super::histogram::{self, Times};
use crate::engine::SimDuration;

/// Messages of a run after its warm-up.
///
/// A message is owed to every client that is present and belongs to its channel when it is
/// published, whatever the cluster does; so `owed` is the same under every policy. Each is
/// in the end delivered, recovered or lost, and what was missed and not yet decided when
/// the warm-up ended counts as owed then.
#[derive(Clone, Debug, PartialEq)]
pub struct Messages {
    /// The span that this covers.
    pub span: SimDuration,
    /// Publishes to channels, and messages to single clients.
    pub publishes: u64,
    /// Copies of these sent to servers.
    pub copies: u64,
    /// Copies that found no recipient at their server.
    pub idle_copies: u64,
    /// Messages times their recipients.
    pub owed: u64,
    /// Written to a connection.
    pub delivered: u64,
    /// Read from history when the client came back.
    pub recovered: u64,
    /// Those that nobody will get, by cause.
    pub lost: Lost,
    /// Written to a connection once more.
    pub duplicates: u64,
    /// Subscribes and unsubscribes that the broker was told.
    pub subscribes: u64,
    /// Connections closed because their clients read too slowly.
    pub slow_closed: u64,
    /// Clients that had to load their state anew.
    pub state_loads: u64,
    /// Nanoseconds from a publish until it is written to a connection: to the broker,
    /// through its queue, to the server, through its queue, and the place in the fan-out.
    pub delivery: Histogram<u64>,
    /// Messages missed in one absence, also none.
    pub missed: Histogram<u64>,
    /// The broker's nodes.
    pub nodes: Vec<NodeLoad>,
    /// Most publishes at a node, waiting and in service, at a sampling step.
    pub longest_queue: u64,
    /// Integral of the servers' CPUs used for messages, in CPU-nanoseconds.
    pub cpu_time: f64,
    /// Integral of the servers' CPUs.
    pub cpus: f64,
}

/// Messages that were lost, by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// The recipient was not connected.
    pub offline: u64,
    /// The broker was out of order, its queue was full, or the server had no link to it.
    pub broker: u64,
    /// The recipient was connected to another server than the message was sent to: two
    /// clients of one room on two servers.
    pub misrouted: u64,
    /// The recipient read too slowly, and was cut off before it had them.
    pub slow: u64,
}

impl Lost {
    /// All of them.
    pub const fn total(self) -> u64 {
        self.offline + self.broker + self.misrouted + self.slow
    }
}

/// A broker node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeLoad {
    /// Nanoseconds at work.
    pub busy: u64,
    /// Copies that it sent to servers.
    pub copies: u64,
}

impl Messages {
    /// Nothing yet, of so many broker nodes.
    pub fn new(nodes: usize) -> Self {
        Self {
            span: SimDuration::ZERO,
            publishes: 0,
            copies: 0,
            idle_copies: 0,
            owed: 0,
            delivered: 0,
            recovered: 0,
            lost: Lost::default(),
            duplicates: 0,
            subscribes: 0,
            slow_closed: 0,
            state_loads: 0,
            delivery: histogram::of_times(),
            missed: histogram::of_counts(),
            nodes: vec![NodeLoad::default(); nodes],
            longest_queue: 0,
            cpu_time: 0.0,
            cpus: 0.0,
        }
    }

    /// The share of the busiest node's time in which it worked; `None` before there is any.
    pub fn busiest_node(&self) -> Option<f64> {
        let busiest = self.nodes.iter().map(|node| node.busy).max()?;
        let span = self.span.as_nanos();
        (span > 0).then(|| busiest as f64 / span as f64)
    }
}

/// Adds the latencies of one fan-out: `first`, `first + step`, ..., `count` of them.
///
/// Up to 16 one by one; more as 16 groups of neighbours, each at its middle, so that every
/// quantile is exact to a 32nd of the fan-out's length.
///
/// `count` is 1 or more.
pub fn record_fan_out(latencies: &mut Times, first: u64, step: u64, count: u32) {
    const GROUPS: u64 = 16;
    let count = u64::from(count);
    if step == 0 {
        latencies.record_times(SimDuration::from_nanos(first), count);
    } else if count <= GROUPS {
        // A group each. Most fan-outs are such, and the divisions below take longer than the rest.
        for place in 0..count {
            let here = first.saturating_add(place.saturating_mul(step));
            latencies.record(SimDuration::from_nanos(here));
        }
    } else {
        for group in 0..GROUPS {
            let (from, upto) = (group * count / GROUPS, (group + 1) * count / GROUPS);
            let middle = first.saturating_add((from + upto - 1).saturating_mul(step) / 2);
            latencies.record_times(SimDuration::from_nanos(middle), upto - from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fan_out_recorded_in_bulk_has_the_count_mean_and_quantiles_of_its_recipients() {
        for count in [1_u32, 5, 16, 17, 1_000] {
            let mut bulk = Times::default();
            let mut exact = histogram::of_times();
            record_fan_out(&mut bulk, 1_000_000, 10_000, count);
            for place in 0..u64::from(count) {
                exact.record(1_000_000 + place * 10_000).unwrap();
            }
            let bulk = bulk.finish();
            assert_eq!(bulk.len(), exact.len());
            assert!((bulk.mean() - exact.mean()).abs() <= 1e-3 * exact.mean());
            let length = f64::from(count) * 10_000.0;
            for quantile in [0.1, 0.5, 0.9, 0.99] {
                let [found, wanted] =
                    [&bulk, &exact].map(|all| all.value_at_quantile(quantile) as f64);
                assert!((found - wanted).abs() <= length / 16.0 + 1e-3 * wanted, "{count}");
            }
        }
    }
}
