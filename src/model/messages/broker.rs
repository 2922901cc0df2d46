//! The broker: nodes that each serve one message at a time, first come first served.

use std::collections::VecDeque;

use super::clock::{Clock, Steps};
use crate::engine::{Draw, SimTime};
use crate::plan;

/// A node: what a publish waits there is O(1) to find, whatever waits.
#[derive(Clone, Debug)]
struct Node {
    clock: Clock,
    /// When its link has sent all that it has got.
    link_free: u64,
    copies: u64,
    /// When each publish that it has, or that is on its way to it, arrives and will be done.
    done: VecDeque<(u64, u64)>,
    /// Whether these arrive in their order; not always where other nodes pass publishes on.
    in_order: bool,
}

/// How the copies of one publish leave a node.
#[derive(Clone, Copy, Debug, Default)]
struct Sending {
    /// When its CPU begins with the first copy.
    from: u64,
    /// Copies to send, and sent.
    copies: u64,
    sent: u64,
}

/// All nodes.
#[derive(Clone, Debug)]
pub struct Nodes<'a> {
    plan: &'a plan::messaging::Broker,
    all: Vec<Node>,
    sending: Vec<Sending>,
}

impl Node {
    /// Forgets the publishes that are done.
    fn forget(&mut self, now: u64) {
        while self.done.front().is_some_and(|(_, done)| *done <= now) {
            self.done.pop_front();
        }
    }

    /// Publishes that whoever arrives at `arrival` finds, waiting and in service.
    fn ahead_of(&self, arrival: u64) -> usize {
        self.done.len() - self.done.partition_point(|(_, done)| *done <= arrival)
    }

    /// It takes a publish in that arrives and will be done then.
    fn push(&mut self, arrival: u64, done: u64) {
        self.in_order = match self.done.back() {
            Some((last, _)) => self.in_order && *last <= arrival,
            None => true,
        };
        self.done.push_back((arrival, done));
    }

    /// Publishes at the node, waiting and in service. O(log of those there and on their way);
    /// O(those) where they do not arrive in order.
    fn held(&mut self, now: u64) -> usize {
        self.forget(now);
        if self.in_order {
            self.done.partition_point(|(arrival, _)| *arrival <= now)
        } else {
            self.done.iter().filter(|(arrival, _)| *arrival <= now).count()
        }
    }
}

impl<'a> Nodes<'a> {
    /// Idle nodes.
    pub fn new(plan: &'a plan::messaging::Broker, steps: Steps) -> Self {
        let count = plan.nodes as usize;
        let clock = Clock::new(steps);
        let idle = Node { clock, link_free: 0, copies: 0, done: VecDeque::new(), in_order: true };
        Self { plan, all: vec![idle; count], sending: vec![Sending::default(); count] }
    }

    /// The node that a server is connected to, where nodes are one cluster.
    pub const fn node_of(&self, server: u32) -> usize {
        // Most brokers are one node, and a division takes longer than the rest of a copy.
        if self.plan.nodes == 1 { 0 } else { (server % self.plan.nodes) as usize }
    }

    /// A publish reaches the broker's node `entry`, or any if that is left to chance, and is
    /// copied to `servers`. False if its queue is full: then the publish is lost.
    ///
    /// `is_shard`: the node has the channel to itself. Otherwise every other node gets a copy
    /// as well, after the node's own servers (redis 7.0 `src/pubsub.c`,
    /// `pubsubPublishMessageAndPropagateToCluster`).
    pub fn publish(
        &mut self,
        now: SimTime,
        entry: Result<usize, Draw>,
        servers: impl Iterator<Item = u32>,
    ) -> bool {
        let count = self.all.len();
        let (entry, is_shard) = match entry {
            Ok(node) => (node.min(count - 1), true),
            Err(draw) => (draw.below(count as u64) as usize, count == 1),
        };
        let now = now.as_nanos();
        let arrival = now.saturating_add(self.plan.latency.as_nanos());
        let node = &mut self.all[entry];
        node.forget(now);
        if node.ahead_of(arrival) > self.plan.queue_limit as usize {
            return false;
        }
        self.sending.fill(Sending::default());
        if is_shard {
            self.sending[entry].copies = servers.count() as u64;
        } else {
            for server in servers {
                let node = self.node_of(server);
                self.sending[node].copies += 1;
            }
        }
        let cost_in = self.plan.cost_in.as_nanos();
        let others = if is_shard { 0 } else { count as u64 - 1 };
        let relayed = self.take(entry, (arrival, arrival), cost_in, others);
        if !is_shard {
            let bus = self.plan.cost_bus.as_nanos();
            for step in 1..=others {
                let node = (entry + step as usize) % count;
                let sent = relayed.saturating_add(step.saturating_mul(bus));
                let relayed = sent.saturating_add(self.plan.latency.as_nanos());
                self.take(node, (arrival, relayed), bus, 0);
            }
        }
        true
    }

    /// A node takes a publish in, sends its copies and passes it on to `others` nodes; when
    /// it begins to pass it on. The publish is known to come, and arrives.
    fn take(
        &mut self,
        node: usize,
        (known, arrival): (u64, u64),
        cost_in: u64,
        others: u64,
    ) -> u64 {
        let Sending { copies, .. } = self.sending[node];
        let local = cost_in.saturating_add(copies.saturating_mul(self.plan.cost_out.as_nanos()));
        let at = &mut self.all[node];
        let passing_on = others.saturating_mul(self.plan.cost_bus.as_nanos());
        let start = at.clock.serve(known, arrival, local.saturating_add(passing_on));
        at.copies += copies;
        at.push(arrival, at.clock.free());
        self.sending[node] = Sending { from: start.saturating_add(cost_in), copies, sent: 0 };
        start.saturating_add(local)
    }

    /// When the next copy of the latest publish reaches `server`, or the next of the shard
    /// `node`. To be called once for each server, in order.
    pub fn next_arrival(&mut self, server: u32, shard: Option<usize>) -> u64 {
        let node = shard.unwrap_or_else(|| self.node_of(server)).min(self.all.len() - 1);
        let sending = &mut self.sending[node];
        sending.sent += 1;
        let computing = sending.sent.saturating_mul(self.plan.cost_out.as_nanos());
        let computed = sending.from.saturating_add(computing);
        let link = self.plan.link.as_nanos();
        let left = if link == 0 {
            computed
        } else {
            let at = &mut self.all[node];
            at.link_free = at.link_free.max(computed).saturating_add(link);
            at.link_free
        };
        left.saturating_add(self.plan.latency.as_nanos())
    }

    /// So many subscribes or unsubscribes reach the node of a server, or that of a shard.
    pub fn subscribe(&mut self, now: SimTime, server: u32, shard: Option<usize>, count: u64) {
        let node = shard.unwrap_or_else(|| self.node_of(server)).min(self.all.len() - 1);
        let arrival = now.after(self.plan.latency).as_nanos();
        let work = count.saturating_mul(self.plan.cost_subscribe.as_nanos());
        self.all[node].clock.serve(arrival, arrival, work);
    }

    /// A client's history of a channel is read: as much work as to take a publish in, and to
    /// send so many.
    pub fn read_history(&mut self, now: SimTime, server: u32, shard: Option<usize>, count: u64) {
        let node = shard.unwrap_or_else(|| self.node_of(server)).min(self.all.len() - 1);
        let arrival = now.after(self.plan.latency).as_nanos();
        let sending = count.saturating_mul(self.plan.cost_out.as_nanos());
        let work = self.plan.cost_in.as_nanos().saturating_add(sending);
        self.all[node].clock.serve(arrival, arrival, work);
    }

    /// Publishes at all nodes, and at the fullest.
    pub fn held(&mut self, now: SimTime) -> (u64, u64) {
        self.all.iter_mut().fold((0, 0), |(all, most), node| {
            let held = node.held(now.as_nanos()) as u64;
            (all + held, most.max(held))
        })
    }

    /// A sampling step ends.
    pub fn close(&mut self, step: u32) {
        for node in &mut self.all {
            node.clock.close(u64::from(step));
        }
    }

    /// Of each node: time at work until `now`, and copies sent.
    pub fn loads(&self, now: SimTime) -> impl Iterator<Item = (u64, u64)> {
        self.all.iter().map(move |node| (node.clock.busy(now.as_nanos()), node.copies))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::SimDuration;
    use crate::plan::messaging::{Broker, BrokerRetry, OnOutage};

    fn plan(nodes: u32) -> Broker {
        let nanos = SimDuration::from_nanos;
        Broker {
            nodes,
            cost_in: nanos(100),
            cost_out: nanos(10),
            cost_bus: nanos(30),
            cost_subscribe: nanos(50),
            link: SimDuration::ZERO,
            latency: nanos(1_000),
            queue_limit: u32::MAX,
            on_outage: OnOutage::Keep,
            retry: BrokerRetry { base: nanos(1), cap: nanos(1) },
        }
    }

    const STEPS: Steps = Steps { width: 1_000_000, end: 1_000_000 };
    const ANY: Result<usize, Draw> = Err(Draw::from_bits(0));

    #[test]
    fn copies_leave_one_after_the_other_and_the_next_publish_waits_for_all() {
        let plan = plan(1);
        let mut nodes = Nodes::new(&plan, STEPS);
        assert!(nodes.publish(SimTime::ZERO, ANY, 0..3));
        let seen = [0, 1, 2].map(|server| nodes.next_arrival(server, None));
        assert_eq!(seen, [2_110, 2_120, 2_130]);
        assert!(nodes.publish(SimTime::ZERO, ANY, 0..1));
        assert_eq!(nodes.next_arrival(0, None), 2_240);
        assert_eq!(nodes.held(SimTime::from_nanos(900)), (0, 0), "both are on their way");
        assert_eq!(nodes.held(SimTime::from_nanos(1_200)), (1, 1));
        let (busy, copies) = nodes.loads(SimTime::from_nanos(9_000)).next().unwrap();
        assert_eq!((busy, copies), (130 + 110, 4));
    }

    #[test]
    fn a_cluster_copies_every_publish_to_every_node_and_a_shard_does_not() {
        let plan = plan(3);
        let mut nodes = Nodes::new(&plan, STEPS);
        // Server 4 is at node 1; the publish enters at node 0 and is passed on twice.
        assert!(nodes.publish(SimTime::ZERO, ANY, [4].into_iter()));
        assert_eq!(nodes.next_arrival(4, None), 1_000 + 100 + 30 + 1_000 + 30 + 10 + 1_000);
        let late = SimTime::from_nanos(1_000_000);
        let work: Vec<u64> = nodes.loads(late).map(|(busy, _)| busy).collect();
        assert_eq!(work, [100 + 2 * 30, 30 + 10, 30]);
        let mut nodes = Nodes::new(&plan, STEPS);
        assert!(nodes.publish(SimTime::ZERO, Ok(2), [4].into_iter()));
        assert_eq!(nodes.next_arrival(4, Some(2)), 2_110);
        let work: Vec<u64> = nodes.loads(late).map(|(busy, _)| busy).collect();
        assert_eq!(work, [0, 0, 110]);
    }

    /// Of three nodes each passes publishes on to the others, which come behind later ones.
    #[test]
    fn publishes_at_a_node_are_counted_in_whatever_order_they_arrive() {
        for nodes in [1, 3] {
            let plan = plan(nodes);
            let mut nodes = Nodes::new(&plan, STEPS);
            for number in 0..60 {
                let entry = Err(Draw::from_bits(number << 62));
                assert!(nodes.publish(SimTime::from_nanos(number * 7), entry, 0..3));
            }
            for now in (0..20_000).step_by(100) {
                let (all, most) = nodes.held(SimTime::from_nanos(now));
                let here = |node: &Node| {
                    let is_here = |(arrival, done): &&(u64, u64)| *arrival <= now && now < *done;
                    node.done.iter().filter(is_here).count() as u64
                };
                assert_eq!(all, nodes.all.iter().map(here).sum::<u64>());
                assert_eq!(most, nodes.all.iter().map(here).max().unwrap_or(0));
            }
        }
    }

    #[test]
    fn a_slow_link_spaces_the_copies_out_and_a_full_queue_refuses() {
        let mut plan = plan(1);
        plan.link = SimDuration::from_nanos(500);
        plan.queue_limit = 1;
        let mut nodes = Nodes::new(&plan, STEPS);
        assert!(nodes.publish(SimTime::ZERO, ANY, 0..2));
        let seen = [0, 1].map(|server| nodes.next_arrival(server, None));
        assert_eq!(seen, [1_110 + 500 + 1_000, 1_110 + 1_000 + 1_000]);
        assert!(nodes.publish(SimTime::ZERO, ANY, 0..1), "one may wait");
        assert!(!nodes.publish(SimTime::ZERO, ANY, 0..1), "a second may not");
        assert!(nodes.publish(SimTime::from_nanos(5_000), ANY, 0..1), "there is room again");
    }

    /// Ten publishes are on their way at a time, and none finds another at the node.
    #[test]
    fn what_is_on_its_way_does_not_fill_a_queue() {
        let mut plan = plan(1);
        plan.queue_limit = 0;
        let mut nodes = Nodes::new(&plan, STEPS);
        for number in 0..50 {
            let now = SimTime::from_nanos(number * 110);
            assert!(nodes.publish(now, ANY, 0..1), "{number}");
        }
        assert!(!nodes.publish(SimTime::from_nanos(49 * 110 + 109), ANY, 0..1));
    }
}
