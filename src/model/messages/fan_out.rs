//! What messages cost a server, and the CPUs that they share with its handshakes.

use hdrhistogram::Histogram;

use super::clock::Clock;
use crate::engine::SimTime;
use crate::observe::messages::record_fan_out;
use crate::plan::messaging::MessageCosts;

/// The most of a server's CPUs that either kind of work can take from the other.
const MOST: f64 = 0.95;

/// Who works for more than this share of a step wants all that there is.
const FULL: f64 = 0.99;

/// A server's writer: copies one after the other, each to all its recipients.
#[derive(Clone, Debug)]
pub struct FanOut {
    clock: Clock,
    /// Busy time of the handshake workers at the latest sampling step.
    handshakes: u64,
    /// How much longer work takes because of handshakes; at least 1.
    slowdown: f64,
    /// The share of the server's CPUs that messages took in the latest step.
    share: f64,
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
    /// Idle and attached; `step` is the width of a sampling step in nanoseconds.
    pub fn new(step: u64) -> Self {
        Self {
            clock: Clock::new(step),
            handshakes: 0,
            slowdown: 1.0,
            share: 0.0,
            subscriptions: 0,
            is_attached: true,
        }
    }

    /// Takes a copy in and writes it to its recipients; their latencies go into the
    /// histogram, where there is one. O(1) for any number of recipients.
    pub fn deliver(
        &mut self,
        costs: &MessageCosts,
        copy: Copy,
        latencies: Option<&mut Histogram<u64>>,
    ) {
        let workers = f64::from(costs.workers);
        let receive = scaled(costs.receive.as_nanos() as f64, self.slowdown);
        let step = scaled(costs.delivery.as_nanos() as f64 / workers, self.slowdown);
        let work = receive + u64::from(copy.recipients) * step;
        let start = self.clock.serve(copy.known, copy.arrival, work);
        if let Some(latencies) = latencies
            && copy.recipients > 0
        {
            let first = start + receive + step - copy.published.as_nanos();
            record_fan_out(latencies, first, step, copy.recipients);
        }
    }

    /// Takes other work of so many nanoseconds: subscriptions, state.
    pub fn work(&mut self, now: SimTime, nanos: u64) {
        let now = now.as_nanos();
        self.clock.serve(now, now, scaled(nanos as f64, self.slowdown));
    }

    /// Sampling step `step` ends. `handshakes`: busy time of the handshake workers so far, in
    /// worker-nanoseconds; `cpus`: how many workers there are. Gives the share of the CPUs
    /// that messages took in the step.
    ///
    /// What is at work on one kind slows the other down by 1/(1 - share) in the next step, for
    /// both run on the same CPUs. Where both want all they can get, these are split by the
    /// numbers of their workers, as a fair scheduler would.
    pub fn sample(
        &mut self,
        (step, width): (u32, u64),
        costs: &MessageCosts,
        (handshakes, cpus): (u64, u32),
    ) -> f64 {
        let busy = self.clock.close(u64::from(step));
        let shaken_before = std::mem::replace(&mut self.handshakes, handshakes);
        if width == 0 {
            return self.share;
        }
        // Time at work has grown by the slowdown; CPU time has not.
        let cpus = f64::from(cpus);
        let span = width as f64 * cpus;
        let (writing, shaking) = (busy as f64, handshakes.saturating_sub(shaken_before) as f64);
        let writers = f64::from(costs.workers);
        let taken = if writing > FULL * width as f64 && shaking > FULL * span {
            self.share = writers / (writers + cpus);
            1.0 - self.share
        } else {
            let taken = shaking * (1.0 - self.share) / span;
            self.share = (writing / self.slowdown * writers / span).min(MOST);
            taken
        };
        self.slowdown = 1.0 / (1.0 - taken.min(MOST));
        self.share
    }
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
    use crate::observe::histogram;

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
        let mut latencies = histogram::of_times();
        let mut server = FanOut::new(1_000_000_000);
        server.deliver(&COSTS, copy(1_000_000, 3), Some(&mut latencies));
        assert_eq!(latencies.len(), 3);
        assert_eq!(latencies.min() / 1_000, 1_012);
        assert_eq!(latencies.max() / 1_000, 1_032);
        server.deliver(&COSTS, copy(1_000_000, 1), Some(&mut latencies));
        assert_eq!(latencies.max() / 1_000, 1_044);
        server.deliver(&COSTS, copy(2_000_000, 0), Some(&mut latencies));
        assert_eq!((latencies.len(), server.clock.free()), (4, 2_002_000), "it was for nobody here");
    }

    #[test]
    fn busy_workers_slow_delivery_and_delivery_takes_its_share_of_the_workers() {
        let mut server = FanOut::new(1_000_000_000);
        let second = SimTime::from_nanos(1_000_000_000);
        // Half a second of writing on one of four CPUs; handshakes kept two of them busy.
        server.deliver(&COSTS, copy(0, 50_000), None);
        let share = server.sample((0, 1_000_000_000), &COSTS, (2_000_000_000, 4));
        assert!((share - 0.125).abs() < 1e-5, "{share}");
        assert!((server.slowdown - 2.0).abs() < 1e-9, "{}", server.slowdown);
        let before = server.clock.free().max(second.as_nanos());
        server.work(second, 1_000);
        assert_eq!(server.clock.free() - before, 2_000);
    }

    #[test]
    fn where_both_want_everything_each_gets_what_its_workers_are_of_all() {
        let mut server = FanOut::new(1_000_000_000);
        server.deliver(&COSTS, copy(0, 1_000_000), None);
        for step in 0..4_u32 {
            let handshakes = (u64::from(step + 1) * 4_000_000_000, 4);
            let share = server.sample((step, 1_000_000_000), &COSTS, handshakes);
            assert!((share - 0.2).abs() < 1e-9, "one of five: {share}");
            assert!((server.slowdown - 5.0).abs() < 1e-9, "{}", server.slowdown);
        }
    }
}
