//! The life of servers: boot, drain, deploys, probes and faults, as values.

use crate::engine::{Distribution, Rate, SimDuration};
use crate::policy::rebalance::Hint;
use crate::policy::rollout::Amount;

/// How servers come to life, beside what [`super::Servers`] says of their work.
#[derive(Clone, Debug)]
pub struct Boot {
    /// From the start of a server until it takes connections, drawn per server and start.
    pub time: Distribution,
    /// How many may boot at once; the others wait until one is ready. Instances and
    /// images are not handed out without limit. At least 1.
    pub at_once: u32,
}

/// How a server takes its leave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drain {
    /// From the decision until what is left is reset; `terminationGracePeriodSeconds`.
    pub grace: SimDuration,
    /// From the decision until it stops accepting and begins to close; a pre-stop
    /// sleep. At most `grace`.
    pub wait: SimDuration,
    /// How it closes what it holds.
    pub close: Close,
    /// The close code: 1001 (going away), 1012 (service restart), ...
    pub code: u16,
    /// What the close tells the client.
    pub hint: Option<Hint>,
}

/// How fast a draining server closes its connections.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Close {
    /// Evenly over what is left of the grace period.
    Spread,
    /// So many a second.
    Pace(Rate),
    /// So many at once, again and again (Phoenix: 10,000 every 2 s).
    Batch {
        /// Connections of one batch; at least 1.
        size: u32,
        /// From one batch to the next.
        every: SimDuration,
    },
    /// All at once.
    AtOnce,
    /// None: the clients leave on their own, until the grace period is over
    /// (a load balancer's deregistration delay).
    Never,
}

impl Drain {
    /// The naive graceful shutdown: everything is closed at once with code 1001.
    pub const CLOSE_ALL: Self = Self {
        grace: SimDuration::from_secs(30),
        wait: SimDuration::ZERO,
        close: Close::AtOnce,
        code: 1001,
        hint: None,
    };
}

/// A probe that is answered through the accept queue, as Kubernetes' liveness probe is:
/// a server that is too busy to answer is killed, and boots again.
#[derive(Clone, Debug)]
pub struct Liveness {
    /// From one probe to the next; the first comes at a drawn phase after the server is ready.
    pub every: SimDuration,
    /// Until when an answer must be there.
    pub timeout: SimDuration,
    /// Failures in a row after which the server is killed; at least 1.
    pub fall: u32,
    /// From the moment the server is ready until the first probe.
    pub after: SimDuration,
    /// A worker's time for one answer.
    pub cost: Distribution,
}

/// The balancer's own health checks: when it learns that a server is dead or alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// From one check of a server to the next; each instance has a drawn phase.
    pub interval: SimDuration,
    /// How long a check waits for its answer.
    pub timeout: SimDuration,
    /// Failures in a row until a server is out; at least 1.
    pub fall: u32,
    /// Successes in a row until a server is in; at least 1.
    pub rise: u32,
}

/// A new version of the servers replaces the old one.
#[derive(Clone, Debug)]
pub struct Deploy {
    /// In which order.
    pub way: Way,
    /// How old servers take their leave; `None`: they close everything at once and are gone.
    pub drain: Option<Drain>,
    /// Boot time of the new servers in place of the usual one.
    pub boot: Option<Distribution>,
    /// How long a new server must have been ready to count as available.
    pub min_ready: SimDuration,
}

/// In which order servers are replaced.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Way {
    /// Kubernetes' rolling update.
    Rolling {
        /// How many may exist above the wanted number.
        surge: Amount,
        /// How many of the wanted number may be missing.
        unavailable: Amount,
    },
    /// One leaves and is gone, its successor boots and is ready; then the next, oldest first.
    OneByOne {
        /// The same server restarts, with its address (a stateful set, a machine).
        in_place: bool,
        /// From one that is available to the next that leaves.
        pause: SimDuration,
    },
    /// As many new ones as there are old ones; when all are available, all old ones leave.
    BlueGreen,
    /// So many new ones first; after a while the rest, as a rolling update.
    Canary {
        /// How many at first; at least 1.
        servers: u32,
        /// How long they are watched.
        hold: SimDuration,
        /// The rest: how many may exist above the wanted number.
        surge: Amount,
        /// The rest: how many of the wanted number may be missing.
        unavailable: Amount,
    },
}

/// A part of the service that can be out of order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The gateway that clients ask.
    Gateway,
    /// The balancing tier.
    Balancer,
    /// The store of sessions.
    SessionStore,
    /// The login.
    Login,
    /// The broker between the servers.
    Broker,
}

/// The network of clients that were cut off comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Return {
    /// After so long; until then their packets are lost.
    pub after: SimDuration,
    /// Then each comes back at a uniform time within so long: an `online` event.
    pub within: SimDuration,
}
