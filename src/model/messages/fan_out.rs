//! What messages cost a server, and the CPUs that they share with its handshakes.

use std::collections::VecDeque;

use super::clock::{Clock, Steps, Work};
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

/// Copies on their way to one server that are kept apart; of more the first is taken in early.
const MOST_COMING: usize = 4_096;

/// A server's writer: copies one after the other, each to all its recipients.
///
/// What arrives is served in order of arrival, whenever it was sent: copies on their way wait
/// in a list, 24 bytes each, so that other work of the server does not wait for them.
#[derive(Clone, Debug)]
pub struct FanOut {
    clock: Clock,
    /// Whether copies arrive in the order in which they are sent.
    in_order: bool,
    /// Copies on their way, in order of arrival.
    coming: VecDeque<Copy>,
    /// Busy time of the handshake workers at the latest sampling step.
    handshakes: u64,
    /// How much longer work takes because of handshakes; at least 1.
    slowdown: f64,
    /// What it takes so to take a copy in, and to write it to a recipient, in nanoseconds.
    receive: u64,
    write: u64,
    /// How many cores write at once.
    writers: u64,
    shares: Shares,
    /// Channels that it has told the broker, or would.
    pub subscriptions: u64,
    /// Whether it has a link to the broker.
    pub is_attached: bool,
    /// Whether its process runs.
    pub is_up: bool,
}

/// One copy at a server.
#[derive(Clone, Copy, Debug)]
pub struct Copy {
    /// When it was published.
    pub published: SimTime,
    /// When it reaches the server, in nanoseconds.
    pub arrival: u64,
    /// How many recipients it has there.
    pub recipients: u32,
    /// Whether their latencies count.
    pub counts: bool,
}

impl FanOut {
    /// Idle and attached, of a server that does not run yet. `in_order`: copies arrive in the
    /// order in which they are sent.
    pub fn new(steps: Steps, costs: &MessageCosts, in_order: bool) -> Self {
        let mut idle = Self {
            clock: Clock::new(steps),
            in_order,
            coming: VecDeque::new(),
            handshakes: 0,
            slowdown: 1.0,
            receive: 0,
            write: 0,
            writers: u64::from(costs.workers),
            shares: Shares { messages: 0.0, slowdown: 1.0 },
            subscriptions: 0,
            is_attached: true,
            is_up: false,
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

    /// A copy is on its way. O(1) amortised, as it comes mostly behind all others;
    /// O(log [`MOST_COMING`]), and a move of half of them at most, where it overtakes some.
    pub fn send(&mut self, now: SimTime, copy: Copy, latencies: &mut Times) {
        self.arrive(now, latencies);
        if self.coming.back().is_none_or(|last| last.arrival <= copy.arrival) {
            self.coming.push_back(copy);
        } else {
            let place = self.coming.partition_point(|other| other.arrival <= copy.arrival);
            self.coming.insert(place, copy);
        }
        if self.coming.len() > MOST_COMING
            && let Some(first) = self.coming.pop_front()
        {
            // Where others may overtake it, it must not hold them up.
            let known = if self.in_order { first.arrival } else { now.as_nanos() };
            self.deliver(known, first, latencies);
        }
    }

    /// Serves what has arrived by now.
    #[inline]
    pub fn arrive(&mut self, now: SimTime, latencies: &mut Times) {
        while let Some(first) = self.coming.front().copied()
            && first.arrival <= now.as_nanos()
        {
            self.coming.pop_front();
            self.deliver(first.arrival, first, latencies);
        }
    }

    /// Takes a copy in and writes it to its recipients; their latencies are recorded, where
    /// they count. O(1) for any number of recipients. `known`: see [`Clock::serve`].
    fn deliver(&mut self, known: u64, copy: Copy, latencies: &mut Times) {
        let together = u64::from(copy.recipients).saturating_mul(self.write);
        let work = Work { alone: self.receive, together, cores: self.writers };
        let start = self.clock.serve_with(known, copy.arrival, work);
        if copy.counts && copy.recipients > 0 {
            let written = start.saturating_add(self.receive).saturating_add(self.write);
            let first = written - copy.published.as_nanos();
            record_fan_out(latencies, first, self.write, copy.recipients);
        }
    }

    /// Takes other work of so many nanoseconds of one core: subscriptions, state.
    pub fn work(&mut self, now: SimTime, nanos: u64, latencies: &mut Times) {
        self.arrive(now, latencies);
        let now = now.as_nanos();
        self.clock.serve(now, now, scaled(nanos as f64, self.slowdown));
    }

    /// Its process ends, with all that waits in it. What is on its way counts as delivered, as
    /// if the process had stayed.
    pub fn end(&mut self, now: SimTime, latencies: &mut Times) {
        self.arrive(now, latencies);
        let mut stopped = self.clock.clone();
        stopped.stop(now.as_nanos(), self.writers);
        self.finish(latencies);
        self.clock = stopped;
        self.is_up = false;
    }

    /// Serves all that is on its way.
    pub fn finish(&mut self, latencies: &mut Times) {
        self.arrive(SimTime::NEVER, latencies);
    }

    /// Sampling step `step` ends, and what has arrived is served. `handshakes`: busy time of the
    /// handshake workers so far, in worker-nanoseconds; `cpus`: how many workers there are.
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
        // In core-nanoseconds, as the handshakes.
        let working = self.clock.close(u64::from(step)) as f64;
        let shaking =
            handshakes.saturating_sub(std::mem::replace(&mut self.handshakes, handshakes)) as f64;
        if width == 0 {
            return self.shares;
        }
        let (writers, cpus) = (f64::from(costs.workers), f64::from(cpus));
        let span = width as f64 * cpus;
        // Time at work grows by a slowdown; CPU time does not.
        let worked = working / self.slowdown / span;
        let shook = shaking / self.shares.slowdown / span;
        let most = (writers + cpus) / cpus;
        self.slow_down(slowdown(shook, most), costs);
        self.shares = Shares { messages: worked.min(1.0), slowdown: slowdown(worked, most) };
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
        Copy { published: SimTime::ZERO, arrival, recipients, counts: true }
    }

    fn server(costs: &MessageCosts) -> FanOut {
        FanOut::new(STEPS, costs, true)
    }

    fn at(nanos: u64) -> SimTime {
        SimTime::from_nanos(nanos)
    }

    /// The latencies that were recorded, in order; histograms keep three digits.
    fn seen(latencies: &Times) -> Vec<u64> {
        let finished = latencies.finish();
        let cells = finished.iter_recorded();
        cells
            .flat_map(|cell| {
                std::iter::repeat_n(cell.value_iterated_to(), cell.count_at_value() as usize)
            })
            .collect()
    }

    fn are_about(found: &[u64], wanted: &[u64]) -> bool {
        let near = |(found, wanted): (&u64, &u64)| found.abs_diff(*wanted) <= wanted / 1_000;
        found.len() == wanted.len() && found.iter().zip(wanted).all(near)
    }

    #[test]
    fn recipients_are_served_one_after_the_other_and_the_next_copy_after_them() {
        let mut latencies = Times::default();
        let mut server = server(&COSTS);
        server.send(SimTime::ZERO, copy(1_000_000, 3), &mut latencies);
        server.send(SimTime::ZERO, copy(1_000_000, 1), &mut latencies);
        server.send(SimTime::ZERO, copy(2_000_000, 0), &mut latencies);
        server.finish(&mut latencies);
        let seen = seen(&latencies);
        assert!(are_about(&seen, &[1_012_000, 1_022_000, 1_032_000, 1_044_000]), "{seen:?}");
        assert_eq!(server.clock.free(), 2_002_000, "nobody is meant here");
    }

    #[test]
    fn other_work_does_not_wait_for_what_is_on_its_way_and_copies_come_by_arrival() {
        let mut latencies = Times::default();
        let mut server = server(&COSTS);
        server.send(SimTime::ZERO, copy(50_000_000, 1), &mut latencies);
        server.send(SimTime::ZERO, copy(20_000_000, 1), &mut latencies);
        // Done before either comes, and behind the first.
        server.work(at(1_000_000), 1_000_000, &mut latencies);
        server.work(at(30_000_000), 40_000_000, &mut latencies);
        server.finish(&mut latencies);
        let seen = seen(&latencies);
        assert!(are_about(&seen, &[20_012_000, 70_012_000]), "{seen:?}");
    }

    #[test]
    fn of_more_copies_than_are_kept_apart_the_first_are_taken_in_early() {
        for in_order in [true, false] {
            let mut latencies = Times::default();
            let mut server = FanOut::new(STEPS, &COSTS, in_order);
            for number in 0..10_000_u64 {
                server.send(
                    SimTime::ZERO,
                    copy(1_000_000_000 + number * 20_000, 1),
                    &mut latencies,
                );
            }
            assert_eq!(server.coming.len(), MOST_COMING);
            server.finish(&mut latencies);
            let seen = seen(&latencies);
            let wanted: Vec<u64> = (0..10_000).map(|n| 1_000_012_000 + n * 20_000).collect();
            assert!(are_about(&seen, &wanted), "nobody waits, {in_order}");
        }
    }

    #[test]
    fn a_process_that_ends_leaves_its_backlog() {
        let mut latencies = Times::default();
        let mut server = server(&COSTS);
        server.is_up = true;
        // 0.9 s of work, of which half a second is done.
        server.send(SimTime::ZERO, copy(0, 90_000), &mut latencies);
        server.send(at(400_000_000), copy(800_000_000, 2), &mut latencies);
        server.end(at(500_000_000), &mut latencies);
        assert_eq!(seen(&latencies).len(), 90_002, "what is on its way counts as delivered");
        server.send(at(600_000_000), copy(600_000_000, 1), &mut latencies);
        server.arrive(at(1_000_000_000), &mut latencies);
        assert_eq!((server.is_up, server.clock.free()), (false, 600_012_000));
        let shares = server.sample((0, 1_000_000_000), &COSTS, (0, 1));
        assert!((shares.messages - 0.500_012).abs() < 1e-9, "{shares:?}");
    }

    #[test]
    fn each_kind_of_work_slows_the_other_by_its_share_of_the_cpus() {
        let costs = MessageCosts { workers: 4, ..COSTS };
        let mut server = server(&costs);
        // Four of four CPUs write for 0.4 s; handshakes keep two of them busy all the time.
        server.deliver(0, copy(0, 160_000), &mut Times::default());
        let shares = server.sample((0, 1_000_000_000), &costs, (2_000_000_000, 4));
        assert!((shares.messages - 0.4).abs() < 1e-5, "{shares:?}");
        assert!((shares.slowdown - 1.0 / 0.6).abs() < 1e-4, "{shares:?}");
        assert!((server.slowdown - 2.0).abs() < 1e-9, "{}", server.slowdown);
        server.work(at(1_000_000_000), 1_000, &mut Times::default());
        assert_eq!(server.clock.free(), 1_000_002_000);
    }

    #[test]
    fn what_one_core_does_takes_one_core() {
        let costs = MessageCosts { workers: 4, delivery: SimDuration::ZERO, ..COSTS };
        let mut server = server(&costs);
        server.deliver(0, copy(0, 160_000), &mut Times::default());
        server.work(at(0), 398_000, &mut Times::default());
        // 2 us for the copy and 398 us of other work, of four seconds.
        let shares = server.sample((0, 1_000_000_000), &costs, (0, 4));
        assert!((shares.messages - 1e-4).abs() < 1e-12, "{shares:?}");
    }

    #[test]
    fn where_both_want_everything_each_gets_what_its_workers_are_of_all() {
        let mut server = server(&COSTS);
        server.deliver(0, copy(0, 10_000_000), &mut Times::default());
        let mut shares = server.shares;
        for step in 0..20_u32 {
            let handshakes = (u64::from(step + 1) * 4_000_000_000, 4);
            shares = server.sample((step, 1_000_000_000), &COSTS, handshakes);
        }
        assert!((shares.messages - 0.2).abs() < 1e-6, "one worker of five: {shares:?}");
        assert!((shares.slowdown - 1.25).abs() < 1e-6, "{shares:?}");
    }
}
