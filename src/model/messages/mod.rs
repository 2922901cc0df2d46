//! Messages between clients of different servers, routed by `crate::routing::pubsub`.
//!
//! ```text
//!  publish ─► Router::route ─► servers ─► broker nodes ─► fan-out ─► connected members
//!                                                              └──► ledger ◄─ absent members
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | `membership` | who belongs to which channel |
//! | `schedule` | when something is published, and to whom |
//! | `publish` | a publish on its way: copies, deliveries, what is lost |
//! | `channel` | members of a channel by server |
//! | `presence` | clients come, connect, are cut off, recover what they missed, leave |
//! | `broker`, `outage` | queues of the nodes; when the broker is out of order |
//! | `clock` | a queue by Lindley's recursion |
//! | `fan_out` | what messages cost a server, and the CPUs that they share with handshakes |
//! | `slow` | clients that read slowly |
//! | `ledger` | every message owed is delivered, recovered, lost or still missed |
//! | `hooks` | where the rest of the world calls in |
//!
//! A publish costs O(servers that get a copy), whatever the number of recipients: what an
//! absent client misses is the difference of its channels' counters between its two
//! connections. One [`Router`] stands for those of all servers, as they hold the same.
//!
//! What is approximate: a message counts as delivered when it is sent to a server that
//! holds its recipient, so a crash or a close while it is on its way does not take it back;
//! a client that is silently cut off no longer counts as a member of its server, though the
//! server writes to it until its heartbeat is overdue; of more than 4,096 copies that are on
//! their way to one server, as behind a broker that cannot keep up, the first ones are taken
//! into its queue early, so that other work there waits for them (where copies can overtake
//! each other, several nodes or direct messages, they go in as if they came at once, and their
//! wait there overlaps that at the broker). The network between server and client is not part
//! of a delivery.

mod broker;
mod channel;
mod clock;
mod fan_out;
mod hooks;
mod ledger;
pub mod membership;
mod outage;
mod presence;
mod publish;
mod schedule;
mod slow;

use self::broker::Nodes;
use self::channel::Channel;
use self::clock::Steps;
use self::fan_out::FanOut;
use self::ledger::Ledger;
use self::membership::Member;
use self::presence::{Inbox, Memberships};
use self::schedule::Personal;
use self::slow::SlowClient;
use super::purpose;
use crate::engine::{Draws, SimTime};
use crate::observe::{self, histogram::Times};
use crate::plan::messaging::{Messaging, Pubsub, Sizes};
use crate::plan::{Policy, World};
use crate::routing::pubsub::{Hops, Router, RouterConfig};
use crate::routing::{Membership, RingConfig, SchemeConfig};

/// The messages of one run.
#[derive(Debug)]
pub struct Messages<'a> {
    plan: &'a Messaging,
    kind: Pubsub,
    draws: Draws,
    /// Metrics count from here on.
    from: SimTime,
    router: Router,
    channels: Vec<Channel>,
    memberships: Memberships,
    inbox: Option<Inbox>,
    nodes: Nodes<'a>,
    /// By server.
    fan_outs: Vec<FanOut>,
    steps: Steps,
    /// Whether copies reach each server in the order of their publishes.
    in_order: bool,
    /// Servers without a link to the broker, and until when nobody can have one.
    detached: u32,
    down_until: SimTime,
    outages: u32,
    own: Option<Personal>,
    direct: Option<Personal>,
    slow: Vec<SlowClient>,
    /// Publishes so far; equal under every policy.
    published: u64,
    ledger: Ledger,
    /// The ledger and the nodes' work when the warm-up ended.
    start: (Ledger, Vec<(u64, u64)>),
    step: Step,
    record: observe::Messages,
    /// Their latencies, which `record` has at the end.
    delivery: Times,
    /// Used again for every publish.
    hops: Hops,
}

/// What has happened in the current sampling step.
#[derive(Clone, Copy, Debug, Default)]
struct Step {
    publishes: u64,
    copies: u64,
    delivered: u64,
    lost: u64,
}

impl Messages<'_> {
    /// The tier has learned of servers. Rooms follow then, as both go by one ring.
    pub fn rooms_follow(&mut self, membership: &Membership) {
        if self.kind == Pubsub::Colocated {
            self.router.update_servers(membership);
        }
    }
}

impl<'a> Messages<'a> {
    /// Nothing published, nobody there. `None` in a world without messages.
    pub fn new(world: &'a World, policy: &Policy, draws: Draws) -> Option<Box<Self>> {
        let plan = world.messaging.as_ref()?;
        let steps = Steps { width: world.sample_every.as_nanos(), end: world.duration.as_nanos() };
        let servers = Membership::new();
        let nodes = plan.broker.nodes as usize;
        let mut brokers = Membership::new();
        for node in 0..nodes {
            brokers.join(&format!("broker-{node}"), 1, None);
        }
        let own = matches!(plan.channels.sizes, Sizes::OnePerClient)
            .then(|| Personal::new(plan.publish.rate, purpose::OWN));
        Some(Box::new(Self {
            plan,
            kind: policy.pubsub,
            draws,
            from: SimTime::ZERO.after(world.warmup),
            router: Router::build(&router(policy), &servers, &brokers),
            channels: vec![Channel::default(); plan.channels.count as usize],
            memberships: Memberships::new(plan.channels.per_client),
            inbox: plan.direct.map(|_| Inbox::default()),
            nodes: Nodes::new(&plan.broker, steps),
            fan_outs: Vec::new(),
            steps,
            in_order: policy.pubsub == Pubsub::Colocated || (nodes == 1 && plan.direct.is_none()),
            detached: 0,
            down_until: SimTime::ZERO,
            outages: 0,
            own,
            direct: plan.direct.map(|direct| Personal::new(direct.rate, purpose::DIRECT)),
            slow: Vec::new(),
            published: 0,
            ledger: Ledger::default(),
            start: (Ledger::default(), vec![(0, 0); nodes]),
            step: Step::default(),
            record: observe::Messages::new(nodes),
            delivery: Times::default(),
            hops: Hops::default(),
        }))
    }

    /// A channel's name: what routers hash. Drawn, as the addresses of servers are, so that
    /// no run rests on the luck of one ring.
    fn name(&self, channel: u32) -> [u8; 8] {
        name(self.draws, channel)
    }

    /// The broker node that has a channel to itself, under `sharded`.
    fn shard(&self, name: &[u8]) -> Option<usize> {
        self.router.broker(name).map(crate::routing::BackendId::index)
    }

    const fn counts_at(&self, now: SimTime) -> bool {
        now.as_nanos() >= self.from.as_nanos()
    }

    /// What a client is routed by under `colocated`: the name of its room.
    pub fn room(&self, member: Member) -> Option<[u8; 8]> {
        (self.kind == Pubsub::Colocated)
            .then(|| self.name(membership::only(&self.plan.channels, self.draws, member)))
    }

    /// The warm-up is over.
    fn start_counting(&mut self, now: SimTime) {
        self.start = (self.ledger, self.nodes.loads(now).collect());
    }

    /// The run is over: what was recorded.
    pub fn finish(mut self, end: SimTime) -> observe::Messages {
        for fan_out in &mut self.fan_outs {
            fan_out.finish(&mut self.delivery);
        }
        let Ledger { owed, delivered, recovered, lost, .. } = self.ledger.since(self.start.0);
        for (node, (now, before)) in
            self.record.nodes.iter_mut().zip(self.nodes.loads(end).zip(&self.start.1))
        {
            node.busy = now.0.saturating_sub(before.0);
            node.copies = now.1 - before.1;
        }
        let (span, delivery) = (end.since(self.from), self.delivery.finish());
        observe::Messages { span, owed, delivered, recovered, lost, delivery, ..self.record }
    }
}

fn name(draws: Draws, channel: u32) -> [u8; 8] {
    draws.at(purpose::CHANNEL, u64::from(channel), 0).bits().to_le_bytes()
}

fn router(policy: &Policy) -> RouterConfig {
    match policy.pubsub {
        Pubsub::Broadcast => RouterConfig::Broadcast,
        Pubsub::Interest => RouterConfig::Interest,
        Pubsub::Sharded => RouterConfig::Sharded,
        Pubsub::Colocated => RouterConfig::Colocated(match policy.balance.scheme() {
            Some(SchemeConfig::Ring(ring)) => ring,
            // A checked plan has a ring here.
            _ => RingConfig::default(),
        }),
    }
}
