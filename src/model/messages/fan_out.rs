//! What messages cost a server, and the CPUs that they share with its handshakes.

use super::clock::{Clock, Steps};
use crate::engine::SimTime;
use crate::observe::histogram::Times;
use crate::observe::messages::record_fan_out;
use crate::plan::messaging::MessageCosts;

/// How messages and handshakes share a server's CPUs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shares {
    /// The share that messages took in the latest step, in [0, 1].
    pub messages: f64,
    /// How much longer handshakes take because of it; at least 1.
    pub slowdown: f64,
}

/// A server's writer: copies one after the other, each to all its recipients.
#[derive(Clone, Debug)]
pub struct FanOut {
    clock: Clock,
    /// Busy time of the handshake workers at the latest sampling step.
    handshakes: u64,
    /// How much longer work takes because of handshakes; at least 1.
    slowdown: f64,
    /// What it takes so to take a copy in, and to write it to a recipient, in nanoseconds.
    receive: u64,
    write: u64,
    shares: Shares,
    /// Channels that it has told the broker, or would.
    pub subscriptions: u64,
    /// Whether it has a link to the broker.
    pub is_attached: bool,
}

/// One copy at a server.
#[derive(Clone, Copy, Debug)]
pub struct Copy {
    /// When it was published.
    pub published: SimTime,
    /// When it is known to come and when it reaches the server, in nanoseconds; see [`Clock`].
    pub known: u64,
    /// See `known`.
    pub arrival: u64,
    /// How many recipients it has there.
    pub recipients: u32,
}

impl FanOut {
    /// Idle and attached.
    pub fn new(steps: Steps, costs: &MessageCosts) -> Self {
        let mut idle = Self {
            clock: Clock::new(steps),
            handshakes: 0,
            slowdown: 1.0,
            receive: 0,
            write: 0,
            shares: Shares { messages: 0.0, slowdown: 1.0 },
            subscriptions: 0,
            is_attached: true,
        };
        idle.slow_down(1.0, costs);
        idle
    }

    /// Work takes so many times as long from now on.
    fn slow_down(&mut self, slowdown: f64, costs: &MessageCosts) {
        let workers = f64::from(costs.workers);
        self.slowdown = slowdown;
        self.receive = scaled(costs.receive.as_nanos() as f64, slowdown);
        self.write = scaled(costs.delivery.as_nanos() as f64 / workers, slowdown);
    }

    /// Takes a copy in and writes it to its recipients; their latencies are recorded, where
    /// that is wanted. O(1) for any number of recipients.
    pub fn deliver(&mut self, copy: Copy, latencies: Option<&mut Times>) {
        let work = self.receive + u64::from(copy.recipients) * self.write;
        let start = self.clock.serve(copy.known, copy.arrival, work);
        if let Some(latencies) = latencies
            && copy.recipients > 0
        {
            let first = start + self.receive + self.write - copy.published.as_nanos();
            record_fan_out(latencies, first, self.write, copy.recipients);
        }
    }

    /// Takes other work of so many nanoseconds: subscriptions, state.
    pub fn work(&mut self, now: SimTime, nanos: u64) {
        let now = now.as_nanos();
        self.clock.serve(now, now, scaled(nanos as f64, self.slowdown));
    }

    /// Sampling step `step` ends. `handshakes`: busy time of the handshake workers so far, in
    /// worker-nanoseconds; `cpus`: how many workers there are.
    ///
    /// Each kind of work slows the other down by 1/(1 - its share of the CPUs) in the next
    /// step, up to what a fair scheduler does where both want all they can get: it splits
    /// the CPUs by the numbers of workers.
    pub fn sample(
        &mut self,
        (step, width): (u32, u64),
        costs: &MessageCosts,
        (handshakes, cpus): (u64, u32),
    ) -> Shares {
        let writing = self.clock.close(u64::from(step)) as f64;
        let shaking =
            handshakes.saturating_sub(std::mem::replace(&mut self.handshakes, handshakes)) as f64;
        if width == 0 {
            return self.shares;
        }
        let (writers, cpus) = (f64::from(costs.workers), f64::from(cpus));
        let span = width as f64 * cpus;
        // Time at work grows by a slowdown; CPU time does not.
        let wrote = writing / self.slowdown * writers / span;
        let shook = shaking / self.shares.slowdown / span;
        let most = (writers + cpus) / cpus;
        self.slow_down(slowdown(shook, most), costs);
        self.shares = Shares { messages: wrote.min(1.0), slowdown: slowdown(wrote, most) };
        self.shares
    }
}

/// How much longer work takes beside other work that takes a share of the CPUs.
fn slowdown(share: f64, most: f64) -> f64 {
    if share < 1.0 { (1.0 / (1.0 - share)).min(most) } else { most }
}

/// Rounded to the nearest nanosecond.
fn scaled(nanos: f64, factor: f64) -> u64 {
    // Costs are far below 2^53 ns and never negative.
    (nanos * factor + 0.5) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::SimDuration;

    const STEPS: Steps = Steps { width: 1_000_000_000, end: 100_000_000_000 };
    const COSTS: MessageCosts = MessageCosts {
        receive: SimDuration::from_nanos(2_000),
        delivery: SimDuration::from_nanos(10_000),
        subscribe: SimDuration::ZERO,
        unsubscribe: SimDuration::ZERO,
        workers: 1,
    };

    fn copy(arrival: u64, recipients: u32) -> Copy {
        Copy { published: SimTime::ZERO, known: arrival, arrival, recipients }
    }

    #[test]
    fn recipients_are_served_one_after_the_other_and_the_next_copy_after_them() {
        let mut latencies = Times::default();
        let mut server = FanOut::new(STEPS, &COSTS);
        server.deliver(copy(1_000_000, 3), Some(&mut latencies));
        server.deliver(copy(1_000_000, 1), Some(&mut latencies));
        server.deliver(copy(2_000_000, 0), Some(&mut latencies));
        let latencies = latencies.finish();
        let seen: Vec<u64> =
            latencies.iter_recorded().map(|cell| cell.value_iterated_to()).collect();
        // Histograms keep three digits.
        for (found, wanted) in seen.iter().zip([1_012_000, 1_022_000, 1_032_000, 1_044_000]) {
            assert!(found.abs_diff(wanted) <= wanted / 1_000, "{seen:?}");
        }
        assert_eq!((latencies.len(), server.clock.free()), (4, 2_002_000), "nobody is meant here");
    }

    #[test]
    fn each_kind_of_work_slows_the_other_by_its_share_of_the_cpus() {
        let costs = MessageCosts { workers: 4, ..COSTS };
        let mut server = FanOut::new(STEPS, &costs);
        // Four of four CPUs write for 0.4 s; handshakes keep two of them busy all the time.
        server.deliver(copy(0, 160_000), None);
        let shares = server.sample((0, 1_000_000_000), &costs, (2_000_000_000, 4));
        assert!((shares.messages - 0.4).abs() < 1e-5, "{shares:?}");
        assert!((shares.slowdown - 1.0 / 0.6).abs() < 1e-4, "{shares:?}");
        assert!((server.slowdown - 2.0).abs() < 1e-9, "{}", server.slowdown);
        server.work(SimTime::from_nanos(1_000_000_000), 1_000);
        assert_eq!(server.clock.free(), 1_000_002_000);
    }

    #[test]
    fn where_both_want_everything_each_gets_what_its_workers_are_of_all() {
        let mut server = FanOut::new(STEPS, &COSTS);
        server.deliver(copy(0, 10_000_000), None);
        let mut shares = server.shares;
        for step in 0..20_u32 {
            let handshakes = (u64::from(step + 1) * 4_000_000_000, 4);
            shares = server.sample((step, 1_000_000_000), &COSTS, handshakes);
        }
        assert!((shares.messages - 0.2).abs() < 1e-6, "one worker of five: {shares:?}");
        assert!((shares.slowdown - 1.25).abs() < 1e-6, "{shares:?}");
    }
}
