//! The life of servers: boot, drain, deploys and probes.

use schemars::JsonSchema;
use serde::Deserialize;

use super::forms::{ShortOr, Unlimited, WordOr};
use super::law::Law;
use crate::engine::{Rate, SimDuration};
use crate::policy::rebalance::Hint;
use crate::policy::rollout::Amount;

/// How a server takes its leave: it stops accepting, closes what it holds, and resets
/// what is left when its grace period is over.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Drain {
    /// From the decision until what is left is reset.
    pub grace: SimDuration,
    /// How long it still accepts before it begins to close, within the grace period
    /// (a pre-stop sleep); not at all by default.
    #[serde(default)]
    pub wait: SimDuration,
    /// How it closes its connections; evenly over the grace period by default.
    pub close: Option<Close>,
    /// The close code; 1001 by default. Some libraries do not come back after some codes
    /// (Phoenix after 1000).
    pub code: Option<u64>,
    /// What the close tells the client; without it nothing.
    pub hint: Option<Hint>,
}

/// How a draining server closes its connections.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Close {
    /// Evenly over the grace period.
    Spread,
    /// So many a second.
    Pace(Rate),
    /// A batch at a time.
    Batch {
        /// Connections of one batch.
        size: u64,
        /// From one batch to the next.
        every: SimDuration,
    },
    /// All at once.
    AtOnce,
    /// None: clients leave on their own until the grace period is over.
    Never,
}

/// The servers are replaced by new ones: exactly one of `rolling`, `one_by_one`, `blue_green` and `canary`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Deploy {
    /// Kubernetes' rolling update.
    Rolling(Rolling),
    /// One after the other, oldest first: it leaves, and when it is gone its successor starts.
    OneByOne(OneByOne),
    /// As many new servers as there are; when all are ready, all old ones leave.
    BlueGreen(BlueGreen),
    /// A few new servers first; after a while the rest as a rolling update.
    Canary(Canary),
}

/// Kubernetes' rolling update.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rolling {
    /// How many may exist above the wanted number, rounded up; `"25%"` by default.
    pub surge: Option<Amount>,
    /// How many of the wanted number may be missing, rounded down; `"25%"` by default.
    pub unavailable: Option<Amount>,
    /// How old servers leave; by default they close everything at once and are gone.
    pub drain: Option<ShortOr<SimDuration, Drain>>,
    /// Boot time of the new servers; that of `servers` by default.
    pub boot: Option<Law>,
    /// How long a new server must have been ready to count as available; `"0s"` by default.
    pub min_ready: SimDuration,
}

/// One server after the other.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OneByOne {
    /// Whether the same server restarts with its address; a new one takes its place by default.
    pub in_place: bool,
    /// From one that is available to the next that leaves; `"0s"` by default.
    pub pause: SimDuration,
    /// How old servers leave; by default they close everything at once and are gone.
    pub drain: Option<ShortOr<SimDuration, Drain>>,
    /// Boot time of the new servers; that of `servers` by default.
    pub boot: Option<Law>,
    /// How long a new server must have been ready to count as available; `"0s"` by default.
    pub min_ready: SimDuration,
}

/// A second fleet, and the switch.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BlueGreen {
    /// How old servers leave; by default they close everything at once and are gone.
    pub drain: Option<ShortOr<SimDuration, Drain>>,
    /// Boot time of the new servers; that of `servers` by default.
    pub boot: Option<Law>,
    /// How long a new server must have been ready to count as available; `"0s"` by default.
    pub min_ready: SimDuration,
}

/// A few first, then the rest.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Canary {
    /// How many new servers at first; each takes the place of an old one. 1 by default.
    pub servers: Option<u64>,
    /// How long they are watched before the rest follows.
    pub hold: SimDuration,
    /// The rest: how many may exist above the wanted number; `"25%"` by default.
    pub surge: Option<Amount>,
    /// The rest: how many of the wanted number may be missing; `"25%"` by default.
    pub unavailable: Option<Amount>,
    /// How old servers leave; by default they close everything at once and are gone.
    pub drain: Option<ShortOr<SimDuration, Drain>>,
    /// Boot time of the new servers; that of `servers` by default.
    pub boot: Option<Law>,
    /// How long a new server must have been ready to count as available; `"0s"` by default.
    #[serde(default)]
    pub min_ready: SimDuration,
}

/// A probe that is answered through the accept queue; a server that fails it is killed and boots again.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Liveness {
    /// From one probe to the next; `"10s"` by default, as in Kubernetes.
    pub every: Option<SimDuration>,
    /// Until when an answer must be there; `"1s"` by default.
    pub timeout: Option<SimDuration>,
    /// Failures in a row after which the server is killed; 3 by default.
    pub fall: Option<u64>,
    /// From the moment a server is ready until its first probe; `"0s"` by default.
    #[serde(default)]
    pub after: SimDuration,
    /// A worker's time for one answer; `"1ms"` by default.
    pub cost: Option<Law>,
}

/// The balancer's own checks of the servers.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Health {
    /// From one check to the next; `"2s"` by default (HAProxy's `inter`). Servers that die at one
    /// time, as those of a zone, are found dead at one time.
    pub interval: Option<SimDuration>,
    /// How long a check waits for its answer; the interval by default.
    pub timeout: Option<SimDuration>,
    /// Failures in a row until a server is out; 3 by default.
    pub fall: Option<u64>,
    /// Successes in a row until a server is in; 2 by default.
    pub rise: Option<u64>,
}

/// How many servers may boot at the same time.
pub type AtOnce = WordOr<Unlimited, u64>;
