//! The servers and the balancing tier in front of them.

use schemars::JsonSchema;
use serde::Deserialize;

use super::accept::{Admit, FullOrRule, Memory, Readiness, Retries, SlowStart};
use super::forms::{ShortOr, Unlimited, WordOr};
use super::law::Law;
use super::lifecycle::{Drain, Health, Liveness};
use crate::engine::SimDuration;

/// The servers, all of one kind.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Servers {
    /// How many at the start; 0 or more. They are named s1, s2, ... in order of birth.
    pub count: u64,
    /// Zones, handed out in turn; one zone `a` by default.
    pub zones: Option<Vec<String>>,
    /// The weight of every server; 1 by default.
    pub weight: Option<u64>,
    /// Weights, handed out in turn, in place of `weight`.
    pub weights: Option<Vec<u64>>,
    /// Addresses of the first servers, which rings hash. Without them every
    /// replication draws fresh ones, as pods and instances have.
    #[serde(default)]
    pub addresses: Vec<String>,
    /// How many attempts may wait for a handshake worker: 4096 by default.
    pub accept_queue: Option<WordOr<Unlimited, u64>>,
    /// What happens to an attempt that finds the accept queue full; `"reject"` by default.
    pub when_full: Option<FullOrRule>,
    /// How many connections and handshakes a server takes before it rejects; unlimited by default.
    pub max_connections: Option<WordOr<Unlimited, u64>>,
    /// The work of a handshake.
    #[serde(default)]
    pub handshake: Handshake,
    /// A gate in front of the accept queue; none by default.
    pub admit: Option<Admit>,
    /// When a server takes no new connections because it holds too many; never by default.
    pub readiness: Option<Readiness>,
    /// What memory is used for; not counted by default.
    pub memory: Option<Memory>,
    /// From the start of a server until it takes connections, drawn each time; `"0s"` by
    /// default. The servers of the start are ready.
    pub boot: Option<Law>,
    /// How many may boot at the same time, 1 or more; unlimited by default.
    pub boot_at_once: Option<WordOr<Unlimited, u64>>,
    /// How a server leaves where neither an event nor a policy says so: a duration over which
    /// it closes its connections evenly, or an object. Without it a server closes everything
    /// at once and is gone.
    pub drain: Option<ShortOr<SimDuration, Drain>>,
    /// A probe that is answered through the accept queue; a server that fails it is killed and
    /// boots again. None by default.
    pub liveness: Option<Liveness>,
}

/// The work of a handshake.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Handshake {
    /// How many a server can do at once, 1 or more; 4 by default.
    pub workers: Option<u64>,
    /// How long one takes; by default log-normal with median 2 ms and sigma 0.4.
    pub cost: Option<Law>,
    /// What becomes of the work for a client that has given up; `"served"` by default.
    #[serde(default)]
    pub abandoned: Abandoned,
}

/// What becomes of the work for a client that has given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Abandoned {
    /// Skipped when its turn comes; work begun is finished.
    Skipped,
    /// Skipped when its turn comes, and aborted where begun.
    Aborted,
    /// Done in full: dead work, the usual case with TLS off-loaded or a deep accept queue.
    #[default]
    Served,
}

/// The balancing tier.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Balancer {
    /// Independent instances, each with its own pointers and counts; 1 by default.
    pub replicas: Option<u64>,
    /// How long after a change of the cluster they learn of it; at once by default. A
    /// constant is the same for all; otherwise each instance draws its own, and they
    /// disagree for a while.
    pub propagation: Option<Law>,
    /// Its own checks, by which it learns that a server died or is ready. Without them it is told.
    pub health: Option<Health>,
    /// Whether servers of an older version take no new connections once a server of a newer
    /// version is ready (see `deploy`); false by default.
    #[serde(default)]
    pub prefer_new: bool,
    /// The time that an instance takes to pass an attempt on, one after the other; none by
    /// default. Gateways are not on the way of connections, and take none.
    pub attempt_cost: Option<SimDuration>,
    /// The time that an instance takes to tear a connection down, during which it passes
    /// nothing on; none by default.
    pub close_cost: Option<SimDuration>,
    /// Whether a change of the servers resets the connection counts of the balance rule to 0,
    /// as some proxies do when they are reloaded; not by default.
    #[serde(default)]
    pub forgets_counts_on_update: bool,
    /// How the share of a new server grows; it is whole at once by default.
    pub slow_start: Option<SlowStart>,
    /// What the balancer does when a server refuses a connection; it passes the refusal on
    /// by default. Gateways do not see it.
    pub retries: Option<Retries>,
}
