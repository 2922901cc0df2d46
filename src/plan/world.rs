//! The world that every policy meets: clients, servers, network and events.

use std::sync::Arc;

use super::accept::{Browser, SynRetries};
use super::lifecycle::{Boot, Deploy, Drain, Health, Liveness, Part, Return};
use super::{Messaging, Reconnect};
use crate::engine::{Distribution, Rate, SimDuration, SimTime};

/// Who comes, when, for how long, over what network, to which servers, and what happens.
#[derive(Clone, Debug)]
pub struct World {
    /// How long the run is watched; positive.
    pub duration: SimDuration,
    /// How much of its start no metric counts; less than `duration`.
    pub warmup: SimDuration,
    /// The width of a sampling step; positive.
    pub sample_every: SimDuration,
    /// The groups of clients; at least one.
    pub groups: Vec<Group>,
    /// The servers.
    pub servers: Servers,
    /// What happens, sorted by time; events of one time keep the scenario's order.
    pub events: Vec<Event>,
    /// Messages between the clients; `None`: nobody sends any.
    pub messaging: Option<Messaging>,
}

/// The longest round trip that a client keeps: 32 bits of nanoseconds.
pub const LONGEST_RTT: SimDuration = SimDuration::from_nanos(u32::MAX as u64);

/// A kind of client.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name; `clients` when the scenario has but one group.
    pub name: String,
    /// How many hold a connection at the start.
    pub connected: u32,
    /// How more of them come; each adds to the others.
    pub arrivals: Vec<Arrivals>,
    /// How long a client wants to be connected.
    pub presence: Distribution,
    /// Round-trip time to the servers, drawn once per client; what is above [`LONGEST_RTT`] is
    /// cut to it.
    pub rtt: Distribution,
    /// Round trips of one connection attempt: 3 for TCP, TLS 1.3 and the upgrade. At least 1.
    pub round_trips: u32,
    /// The share of an attempt's packets that the network loses, each way; below 1.
    pub loss: f64,
    /// When its kernel sends a SYN again.
    pub syn_retries: SynRetries,
    /// Whose throttle comes on top of the library's back-off; `None` outside browsers.
    pub browser: Option<Browser>,
    /// How a client tries and comes back (a policy may say otherwise: see [`super::Policy`]).
    pub reconnect: Reconnect,
}

/// How clients arrive.
#[derive(Clone, Debug)]
pub enum Arrivals {
    /// At random, at a constant mean rate.
    Poisson {
        /// Mean rate.
        rate: Rate,
    },
    /// With independent intervals between them.
    Renewal {
        /// The law of an interval.
        interval: Distribution,
    },
    /// Evenly spread from the start until `over`.
    Ramp {
        /// How many in all.
        clients: u32,
        /// From the start for so long.
        over: SimDuration,
    },
    /// Many in a short time: each uniformly in [at, at + within].
    Burst {
        /// How many.
        clients: u32,
        /// When the first may come.
        at: SimTime,
        /// For how long; zero: all at once.
        within: SimDuration,
    },
    /// At random, at a rate that follows the day:
    /// mean x (1 + a cos(2 pi (t - `peak_at`) / period)), a from peak over trough.
    Diurnal {
        /// Mean rate over a period.
        mean: Rate,
        /// Highest rate over lowest; at least 1, may be infinite.
        peak_over_trough: f64,
        /// Length of the day; positive.
        period: SimDuration,
        /// When the rate is highest.
        peak_at: SimDuration,
    },
    /// From a file.
    Trace {
        /// Sorted by time.
        rows: Arc<[TraceRow]>,
    },
}

/// One client of a trace.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceRow {
    /// When it arrives.
    pub at: SimTime,
    /// The key it is routed by; drawn when absent.
    pub key: Option<String>,
    /// How long it stays; drawn from the group's presence when absent.
    pub presence: Option<SimDuration>,
}

/// The servers and how each accepts connections.
#[derive(Clone, Debug)]
pub struct Servers {
    /// How many at the start; may be 0.
    pub count: u32,
    /// Zones, handed out in turn: server k (from 0) is in zone k mod their number. At least one.
    pub zones: Vec<String>,
    /// Weights, handed out in turn likewise. At least one, each positive.
    pub weights: Vec<u32>,
    /// Addresses of the first servers, hashed by rings; drawn afresh in each
    /// replication where the list ends.
    pub addresses: Vec<String>,
    /// Attempts that may wait for a handshake worker; those in service do not count.
    pub accept_queue: u32,
    /// What happens to an attempt that finds the accept queue full.
    pub when_full: WhenFull,
    /// Open connections and handshakes that one server takes before it rejects.
    pub max_connections: u32,
    /// The handshake work.
    pub handshake: Handshake,
    /// How they come to life.
    pub boot: Boot,
    /// How they leave where neither an event nor a policy says so; `None`: they close
    /// everything at once and are gone.
    pub drain: Option<Drain>,
    /// The probe whose failure kills a server.
    pub liveness: Option<Liveness>,
}

/// What a full accept queue does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// A reset or a 503: the client knows after half a round trip.
    Reject,
    /// The SYN is lost; the client's kernel sends it again on its schedule (see
    /// [`SynRetries`]) until the client's own time-out.
    Drop,
}

/// The work of accepting a connection: TLS, upgrade, authentication.
#[derive(Clone, Debug)]
pub struct Handshake {
    /// Handshake workers of a server; at least 1.
    pub workers: u32,
    /// Work of one handshake.
    pub cost: Distribution,
    /// What becomes of work whose client has given up.
    pub abandoned: Abandoned,
}

/// What a server does for a client that has given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Abandoned {
    /// Skipped when its turn comes; work begun is finished.
    Skipped,
    /// Skipped when its turn comes, and aborted in service.
    Aborted,
    /// Done in full: dead work.
    Served,
}

/// The balancing tier in front of the servers.
#[derive(Clone, Debug, PartialEq)]
pub struct Balancer {
    /// Independent instances, each with its own pointers and counts; at least 1.
    /// An attempt meets one of them at random.
    pub replicas: u32,
    /// How long after a change of the cluster they learn of it: all at the same time
    /// where this is constant, else each at its own.
    pub propagation: Distribution,
    /// Its own checks: what tells it that a server died or has become ready, where it has any.
    pub health: Option<Health>,
    /// Whether servers of an older version take no new connections once one of a newer
    /// version is ready.
    pub prefer_new: bool,
    /// The time that an instance takes to pass an attempt on.
    pub attempt_cost: SimDuration,
    /// The time that an instance takes to tear a connection down.
    pub close_cost: SimDuration,
}

impl Balancer {
    /// Whether it learns of changes after they happened.
    pub fn is_told_late(&self) -> bool {
        self.disagrees() || self.propagation != Distribution::Constant(SimDuration::ZERO)
    }

    /// Whether its instances may know different servers for a while.
    pub const fn disagrees(&self) -> bool {
        self.health.is_some() || !matches!(self.propagation, Distribution::Constant(_))
    }
}

/// Something that happens to the cluster.
#[derive(Clone, Debug)]
pub struct Event {
    /// When.
    pub at: SimTime,
    /// What.
    pub verb: Verb,
}

impl World {
    /// Whether an event may swallow what clients ask a gateway.
    pub fn loses_questions(&self) -> bool {
        self.events.iter().any(|event| match event.verb {
            Verb::Disconnect { back, .. } => back.is_some(),
            Verb::Outage { of, silently, .. } => of == Part::Gateway && silently,
            _ => false,
        })
    }
}

/// What an event does.
#[derive(Clone, Debug)]
pub enum Verb {
    /// So many servers are started.
    Add(u32),
    /// Servers leave.
    Remove {
        /// Which.
        which: Which,
        /// How; `None`: they close everything at once and are gone.
        drain: Option<Drain>,
    },
    /// Servers die.
    Crash {
        /// Which.
        which: Which,
        /// Whether nobody hears of it (a host or its network is lost), rather than
        /// every connection being reset.
        silently: bool,
        /// They start again after so long; `None`: never.
        lasting: Option<SimDuration>,
    },
    /// A share of the open connections is lost.
    Disconnect {
        /// In [0, 1]; each client is hit with this probability.
        fraction: f64,
        /// Only clients of this group (an index into `World::groups`).
        group: Option<u32>,
        /// Whether neither side hears of it before its next heartbeats.
        silently: bool,
        /// The network of those that were hit is gone, and comes back like this;
        /// `None`: it is there again at once.
        back: Option<Return>,
    },
    /// Servers are replaced by servers of a newer version.
    Deploy(Deploy),
    /// Handshakes take longer for a while.
    Slow {
        /// On which servers.
        which: Which,
        /// So many times as long; positive.
        factor: f64,
        /// For so long.
        lasting: SimDuration,
    },
    /// A part of the service is out of order for a while.
    Outage {
        /// What.
        of: Part,
        /// For so long.
        lasting: SimDuration,
        /// Whether requests are lost without an answer, rather than refused.
        silently: bool,
    },
    /// Arrivals are multiplied for a while.
    Load {
        /// Not negative.
        factor: f64,
        /// For so long.
        lasting: SimDuration,
    },
}

/// Which servers an event hits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// So many of those present, the newest first.
    Newest(u32),
    /// So many of those present, the oldest first.
    Oldest(u32),
    /// So many of those present, at random.
    Random(u32),
    /// So many of those present, those with the fewest connections first.
    Fewest(u32),
    /// So many of those present, those with the most connections first.
    Most(u32),
    /// So many of those present, those that own the least of the keys first; where keys
    /// have no owners, as [`Which::Fewest`].
    Cheapest(u32),
    /// So many of those present, in the order in which a Kubernetes `ReplicaSet` deletes its pods.
    ReplicaSet(u32),
    /// So many of those present, as the default termination policy of AWS' Auto Scaling groups.
    Aws(u32),
    /// These, by index in order of birth (s1 is 0).
    Servers(Vec<u32>),
    /// All that are in this zone (an index into `Servers::zones`).
    Zone(u32),
}

/// What people call a server: s1, s2, ... in order of birth. (Names are never hashed.)
pub fn server_name(index: u32) -> String {
    format!("s{}", u64::from(index) + 1)
}
