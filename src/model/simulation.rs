//! The state of one run, and how it starts.

use std::collections::VecDeque;

use super::accept::Accept;
use super::arrivals::{Load, Stream, entity};
use super::autoscaler::Autoscaler;
use super::client::{Client, Clients};
use super::event::Event;
use super::fault::{Blackout, Outages};
use super::foresight::Foresight;
use super::health::Checked;
use super::messages::Messages;
use super::purpose;
use super::rollout::Rollout;
use super::server::Server;
use super::witness::Witness;
use crate::engine::{Draw, Draws, EventHeap, EventQueue, Purpose, SimDuration, SimTime};
use crate::observe::Recorder;
use crate::observe::log::Fact;
use crate::plan::{self, Group, Reconnect, Verb};
use crate::policy::{Rebalance, Tier};
use crate::routing::{BackendId, Membership};

/// One run: a policy in a world, with one replication's random numbers.
///
/// Backends of the routing library and servers share their index: servers join
/// in order of birth, and ids are given in that order and never again.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what this run has no need of, asked of every attempt"
)]
pub(super) struct Simulation<'a, W> {
    pub plan: &'a plan::World,
    pub policy: &'a plan::Policy,
    pub draws: Draws,
    pub now: SimTime,
    pub end: SimTime,
    pub queue: EventQueue,
    /// The next client of each stream that has one: not in `queue`, as there are few, and each
    /// gives way to the next of its stream as it comes.
    pub coming: EventHeap,
    pub clients: Clients,
    /// Clients in state [`Trying`](super::client::State::Trying).
    pub trying: u64,
    pub servers: Vec<Server>,
    /// The servers as they are; the tier learns of changes later.
    pub membership: Membership,
    /// The membership after each change, from `first_change` on: those that some instance
    /// of the tier has not learned of.
    pub changes: VecDeque<Membership>,
    /// When the latest of `changes` began that the whole tier learns of at one time, while it
    /// may still grow.
    pub changed_at: Option<SimTime>,
    /// Number of the first of `changes`.
    pub first_change: u32,
    /// Of each instance of the tier the number of changes that it knows of, where they differ.
    pub known: Vec<u32>,
    /// What instances have found that check the servers themselves.
    pub checked: Checked,
    /// The owners before the change that not all instances know of yet.
    pub owners_known: Vec<Option<BackendId>>,
    /// How many servers are wanted: what controllers steer.
    pub wanted: u32,
    /// The newest version of the servers.
    pub generation: u32,
    pub booting: Booting,
    pub autoscaler: Option<Box<Autoscaler>>,
    pub rollouts: Vec<Rollout>,
    pub blackouts: Vec<Blackout>,
    pub outages: Outages,
    /// (event, server, factor) of the servers that are slow.
    pub slowed: Vec<(u32, u32, f64)>,
    /// (event, server) of the servers that come back after a crash.
    pub powerless: Vec<(u32, u32)>,
    pub tier: Tier,
    /// The accept path beyond queue and workers.
    pub accept: Accept<'a>,
    /// Whether the balance rule has owners.
    pub owners: bool,
    /// Whether the balance rule draws.
    pub draws_places: bool,
    /// Whether it is known, when a handshake enters a server, by when it is done at the
    /// latest, and whether anybody asks.
    pub foresees: bool,
    /// Whether any client's network loses packets.
    pub is_lossy: bool,
    /// How far it is known what becomes of handshakes when they are admitted.
    pub foresight: Foresight,
    pub streams: Vec<Stream>,
    /// Of each stream what all of its clients share.
    pub origins: Vec<Origin<'a>>,
    pub load: Load,
    pub record: Recorder,
    /// The backends, with their weights, that the policy last moved connections for.
    pub moved_for: Vec<(BackendId, u32)>,
    /// How many connections were open when servers ended with theirs, of whose end the tier has not
    /// learned; 0 if none have.
    pub open_before: u64,
    /// Whether more connections are off their owners by what the tier has learned since.
    pub has_new_owners: bool,
    pub balance: BalanceWatch,
    /// Reports on their way to the gateway: (backend, load), oldest round first.
    pub reports: VecDeque<Vec<(BackendId, u32)>>,
    pub draws_digest: u64,
    /// Busy and available worker time at the last sample, for utilisation.
    pub sampled: Sampled,
    /// Where clients send messages.
    pub messages: Option<Box<Messages<'a>>>,
    /// Who is told what happens.
    pub witness: W,
}

/// What all clients of a stream share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin<'a> {
    pub group: &'a Group,
    pub reconnect: &'a Reconnect,
    /// The stream's address in the random space.
    pub space: u64,
}

/// Since when the cluster has been balanced after the last change of its servers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct BalanceWatch {
    pub changed: Option<SimTime>,
    /// The first sample at which it was, after the last at which it was not.
    pub balanced_since: Option<SimTime>,
    /// Whether it was at the last sample; `None` without connections since the change.
    pub balanced: Option<bool>,
}

/// Servers that boot, as far as their number is limited.
#[derive(Clone, Debug, Default)]
pub(super) struct Booting {
    /// How many boot now.
    pub under_way: u32,
    /// (server, which of its starts, boot time) of those that wait for their turn.
    pub waiting: VecDeque<(u32, u32, SimDuration)>,
}

/// Integrals at the last sample.
#[derive(Clone, Debug, Default)]
pub(super) struct Sampled {
    pub busy: Vec<u64>,
}

impl<'a, W: Witness> Simulation<'a, W> {
    /// The cluster at time 0: servers ready, connected clients placed in order.
    pub fn new(
        plan: &'a plan::World,
        policy: &'a plan::Policy,
        draws: Draws,
        detail: bool,
        witness: W,
    ) -> Self {
        let end = SimTime::ZERO.after(plan.duration);
        let from = SimTime::ZERO.after(plan.warmup);
        let membership = Membership::new();
        let initial: usize = plan.groups.iter().map(|group| group.connected as usize).sum();
        let mut simulation = Self {
            plan,
            policy,
            draws,
            now: SimTime::ZERO,
            end,
            queue: EventQueue::with_capacity(initial),
            coming: EventHeap::default(),
            clients: Clients::with_capacity(initial),
            trying: 0,
            servers: Vec::new(),
            tier: tier(policy, &membership),
            accept: Accept::new(plan, policy),
            owners: policy.balance.has_owners(),
            draws_places: policy.balance.draws(),
            foresees: false,
            is_lossy: plan.groups.iter().any(|group| group.loss > 0.0),
            foresight: Foresight::default(),
            membership,
            changes: VecDeque::new(),
            changed_at: None,
            first_change: 0,
            known: Vec::new(),
            checked: Checked::default(),
            owners_known: Vec::new(),
            wanted: plan.servers.count,
            generation: 0,
            booting: Booting::default(),
            autoscaler: Autoscaler::new(&policy.scale, plan.servers.count),
            rollouts: Vec::new(),
            blackouts: Vec::new(),
            outages: Outages::default(),
            slowed: Vec::new(),
            powerless: Vec::new(),
            streams: Vec::new(),
            origins: Vec::new(),
            load: Load::default(),
            record: Recorder::new(from, end, plan.sample_every, detail),
            moved_for: Vec::new(),
            open_before: 0,
            has_new_owners: false,
            balance: BalanceWatch::default(),
            reports: VecDeque::new(),
            draws_digest: 0,
            sampled: Sampled::default(),
            messages: Messages::new(plan, policy, draws),
            witness,
        };
        for server in 0..plan.servers.count {
            simulation.give_birth(0);
            simulation.be_ready(server);
        }
        simulation.tier = tier(policy, &simulation.membership);
        simulation.moved_for = eligible(&simulation.membership);
        simulation.known = vec![0; simulation.tier.instances() as usize];
        simulation.start_checks();
        simulation.start_accept();
        simulation.start_messages();
        simulation.start_counts();
        simulation.schedule_script();
        simulation.start_streams();
        simulation.connect_initial();
        simulation.schedule_periodic();
        simulation
    }

    /// What may happen at all, so that what does not is told from what cannot.
    fn start_counts(&mut self) {
        let counts = &mut self.record.counts;
        counts.may_disagree = self.policy.balancer.disagrees();
        counts.is_told_late = self.policy.balancer.is_told_late();
        counts.is_probed = self.plan.servers.liveness.is_some();
    }

    /// The event happens at `time`, unless the run is over by then.
    #[inline(always)]
    pub fn at(&mut self, time: SimTime, event: Event) {
        // Where the kind is known, this is nothing, and packing it two shifts.
        if event.disturbs() {
            self.expect_disturbance(time);
        }
        self.at_packed(time, event.pack());
    }

    /// A controller acts at `time`, unless the run is over then: a disruption at the very end
    /// would be one that nobody recovers from.
    pub fn at_before_end(&mut self, time: SimTime, event: Event) {
        if time < self.end {
            self.at(time, event);
        }
    }

    #[inline(always)]
    fn at_packed(&mut self, time: SimTime, event: u64) {
        if time <= self.end {
            self.queue.push(time, event);
        }
    }

    fn schedule_script(&mut self) {
        for (index, event) in self.plan.events.iter().enumerate() {
            self.at(event.at, Event::Script { index: index as u32 });
            if let Verb::Load { factor, lasting } = event.verb {
                self.load.add(event.at, lasting, factor);
            }
        }
    }

    fn start_streams(&mut self) {
        for (group, plan) in self.plan.groups.iter().enumerate() {
            for (entry, arrivals) in plan.arrivals.iter().enumerate() {
                self.add_stream(Stream::new(group as u32, entry as u32, arrivals));
                self.schedule_arrival(self.streams.len() - 1);
            }
        }
    }

    /// Whether clients have time-outs, and nothing but a server's speed decides when it is done.
    pub fn can_foresee(&self) -> bool {
        let has_timeouts =
            self.policy.reconnect.iter().any(|group| group.connect_timeout.is_some());
        has_timeouts && !self.asks_services() && self.messages.is_none()
    }

    fn add_stream(&mut self, stream: Stream) {
        let group = stream.group as usize;
        self.origins.push(Origin {
            group: &self.plan.groups[group],
            reconnect: &self.policy.reconnect[group],
            space: stream.space,
        });
        self.streams.push(stream);
    }

    /// Places the connected clients, policy by policy the same ones in the same
    /// order, through the tier, which sees every load as it grows.
    fn connect_initial(&mut self) {
        self.note_memory();
        for group in 0..self.plan.groups.len() {
            let stream = self.streams.len();
            self.add_stream(Stream::initial(group as u32));
            for number in 0..self.plan.groups[group].connected {
                let (place, client) = self.come(stream as u32, number, true);
                self.connect_at_start(place, client);
            }
        }
    }

    fn connect_at_start(&mut self, place: u32, mut client: Client) {
        let instance = self.instance(&client);
        let backend = self.choose(&client);
        let room = |server: &Server| server.connections < self.plan.servers.max_connections;
        let is_open = |id: &BackendId| {
            self.servers.get(id.index()).is_some_and(room) && self.has_memory(id.index() as u32)
        };
        let Some(backend) = backend.filter(is_open) else {
            self.schedule_attempt(place, &mut client, SimTime::ZERO);
            return;
        };
        let server = &mut self.servers[backend.index()];
        server.connections += 1;
        let connections = server.connections;
        self.tier.opened(instance, backend);
        self.tier.report(backend, connections, 0);
        self.record.connected.add(SimTime::ZERO, 1);
        self.clients.connect(place, backend.index() as u32, SimTime::ZERO, false);
        self.tell_client(place, &client, Some(backend.index() as u32), Fact::Placed);
        self.remember_home(place, backend.index() as u32, 0);
        self.is_out_of_memory(backend.index() as u32);
        self.message_opened(place, None);
        self.note_misplaced(place, true);
        self.schedule_aging(place, true);
    }

    fn schedule_periodic(&mut self) {
        if self.plan.warmup > SimDuration::ZERO {
            self.at(SimTime::ZERO.after(self.plan.warmup), Event::WarmedUp);
        }
        self.at(self.sample_time(0), Event::Sample { step: 0 });
        self.schedule_readiness();
        self.schedule_scaling();
        self.schedule_reports(None);
        if let Rebalance::Shed(config) = &self.policy.rebalance {
            self.at_before_end(SimTime::ZERO.after(config.check_every), Event::Check);
        }
    }

    /// When step `step` ends.
    pub fn sample_time(&self, step: u32) -> SimTime {
        let nanos = self.plan.sample_every.as_nanos().saturating_mul(u64::from(step) + 1);
        SimTime::from_nanos(nanos).min(self.end)
    }

    /// The group of a client.
    #[inline]
    pub fn group(&self, client: &Client) -> (&'a Group, &'a Reconnect) {
        let origin = &self.origins[client.stream as usize];
        (origin.group, origin.reconnect)
    }

    /// A client's address in the random space.
    #[inline]
    pub fn entity(&self, client: &Client) -> u64 {
        entity(self.origins[client.stream as usize].space, client.number)
    }

    /// What a client draws for its attempt `attempt`.
    #[inline]
    pub fn draw(&self, client: &Client, purpose: Purpose, attempt: u32) -> Draw {
        let index = attempt.wrapping_sub(client.first);
        self.draws.at(purpose, self.entity(client), u64::from(index))
    }

    /// The balancer instance of a client's latest attempt.
    #[inline]
    pub fn instance(&self, client: &Client) -> u32 {
        if W::PLAIN {
            return 0;
        }
        match self.tier.instances() {
            0 | 1 => 0,
            many => self.drawn_instance(client, many),
        }
    }

    #[inline(never)]
    pub fn drawn_instance(&self, client: &Client, instances: u32) -> u32 {
        self.draw(client, purpose::INSTANCE, client.attempt).below(u64::from(instances)) as u32
    }

    /// What a client is routed by.
    pub fn key(&self, client: &Client) -> Key<'_> {
        if let Some(room) = self.room(client) {
            return Key::Drawn(room);
        }
        key(&self.streams, self.draws, client)
    }

    /// The room that a client is routed by, where messages are `colocated`.
    fn room(&self, client: &Client) -> Option<[u8; 8]> {
        let messages = self.messages.as_ref()?;
        // Rooms are shared, so the place does not matter.
        messages.room(self.member(0, client))
    }

    /// The tier chooses a backend for a client's latest attempt.
    #[inline(always)]
    pub fn choose(&mut self, client: &Client) -> Option<BackendId> {
        let instance = self.instance(client);
        let chance = if self.draws_places {
            self.draw(client, purpose::PLACEMENT, client.attempt).bits()
        } else {
            0
        };
        if self.owners {
            return self.choose_for_key(instance, client, chance);
        }
        self.tier.place(instance, &[], chance, self.now.as_nanos())
    }

    /// The same, under a rule that asks for the client's key.
    #[inline(never)]
    fn choose_for_key(&mut self, instance: u32, client: &Client, chance: u64) -> Option<BackendId> {
        let key = placement_key(self.room(client), &self.streams, self.draws, client);
        self.tier.place(instance, key.bytes(), chance, self.now.as_nanos())
    }

    /// The tier chooses a backend other than the one that refused a client's latest attempt.
    pub fn choose_other(
        &mut self,
        client: &Client,
        draw: Draw,
        refused_by: BackendId,
    ) -> Option<BackendId> {
        let instance = self.instance(client);
        let key = placement_key(self.room(client), &self.streams, self.draws, client);
        let known = self.accept.known(instance)?;
        self.tier.place_other(instance, key.bytes(), draw, known, refused_by)
    }
}

/// The backends that take connections, with their weights.
pub(super) fn eligible(membership: &Membership) -> Vec<(BackendId, u32)> {
    membership.eligible().map(|backend| (backend.id, backend.weight)).collect()
}

/// A policy's balancing tier in front of these servers.
fn tier(policy: &plan::Policy, membership: &Membership) -> Tier {
    let balancer = &policy.balancer;
    Tier::new(&policy.balance, balancer.replicas, balancer.disagrees(), membership)
}

/// What a client is placed by: its room where rooms live on one server, else its own key.
fn placement_key<'s>(
    room: Option<[u8; 8]>,
    streams: &'s [Stream],
    draws: Draws,
    client: &Client,
) -> Key<'s> {
    room.map_or_else(|| key(streams, draws, client), Key::Drawn)
}

fn key<'s>(streams: &'s [Stream], draws: Draws, client: &Client) -> Key<'s> {
    let stream = &streams[client.stream as usize];
    match stream.row(client.number).and_then(|row| row.key.as_deref()) {
        Some(text) => Key::Given(text),
        None => {
            let draw = draws.at(purpose::KEY, stream.entity(client.number), 0);
            Key::Drawn(draw.bits().to_le_bytes())
        }
    }
}

/// A client's key: from a trace, or eight drawn bytes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Key<'a> {
    Given(&'a str),
    Drawn([u8; 8]),
}

impl Key<'_> {
    pub const fn bytes(&self) -> &[u8] {
        match self {
            Self::Given(text) => text.as_bytes(),
            Self::Drawn(bytes) => bytes,
        }
    }
}
