//! What will be run: a checked scenario with nothing optional left.
//!
//! These are plain values. `scenario` makes them from text, `model` runs them;
//! the model never sees a scenario, so it cannot meet an unchecked value.

pub mod accept;
pub mod budget;
pub mod find;
pub mod lifecycle;
pub mod messaging;
pub mod reconnect;
pub mod runs;
pub mod until;
pub mod warmup;
pub mod world;

pub use accept::{Accept, Browser, SessionState, SynRetries};
pub use budget::{Budget, Level, Limit};
pub use find::Find;
pub use lifecycle::{Boot, Close, Deploy, Drain, Health, Liveness, Part, Return, Way};
pub use messaging::{Messaging, Pubsub};
pub use reconnect::{Heartbeat, Reconnect};
pub use runs::{Deck, NoShard, RunId, Shard};
pub use until::{Until, Width};
pub use warmup::{PILOTS, Warmup};
pub use world::{
    Abandoned, Arrivals, Balancer, Event, Group, Handshake, LONGEST_RTT, Servers, TraceRow, Verb,
    WhenFull, Which, World, server_name,
};

use std::path::PathBuf;

use crate::policy::{Balance, Rebalance, Scale};

/// Everything that one command runs.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The scenario's name: letters, digits, `-`, `_` and `.`; also the folder of its results.
    pub name: String,
    /// What the scenario says of itself; may be empty.
    pub description: String,
    /// The scenario's text, as it was run: the file's own, or with what the command line changed.
    pub text: String,
    /// The seed of all random numbers.
    pub seed: u64,
    /// Independent repetitions of every policy at every point, or the most of them; at least 1.
    pub replications: u32,
    /// When they are enough, if a run finds their number itself.
    pub until: Option<Until>,
    /// Where the scenario is evaluated: one point, or one per combination of `sweep`.
    pub points: Vec<Point>,
    /// (path, JSON text of the value) of each swept field that the scenario also sets outside of
    /// its sweep.
    pub own: Vec<(String, String)>,
    /// Digest of the scenario's meaning (canonical JSON, after `--set`, without
    /// `$schema` and descriptions): `xxh3:` and 16 hexadecimal digits.
    pub digest: String,
    /// What must hold of the answers, in the scenario's order; `run --check` enforces it.
    pub budgets: Vec<Budget>,
    /// How many more were left out, as they name a policy that is.
    pub left_out: usize,
    /// The files that the text names.
    pub files: Vec<Enclosed>,
    /// Where the files lie that were read for it, its text apart.
    pub inputs: Vec<PathBuf>,
    /// Where each policy tips over, if that is asked; `find` looks for it, `run` does not.
    pub find: Option<Find>,
}

/// A file that a scenario names, as it was read: results hold a copy, so that what was run can be
/// run again.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Enclosed {
    /// Its name in the folder of the results, which the plan's text has for it.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// One combination of a sweep's values.
#[derive(Clone, Debug)]
pub struct Point {
    /// (path, JSON text of the value) of each swept field; empty without a sweep.
    pub at: Vec<(String, String)>,
    /// Who comes, and what happens to the cluster.
    pub world: World,
    /// Where the world's warm-up comes from.
    pub warmup: Warmup,
    /// The policies compared, in the scenario's order; names are unique.
    pub policies: Vec<Policy>,
    /// Memory of the largest run here, estimated on the high side, in bytes.
    pub bytes: u64,
    /// Servers that there may be in one run, one after the other, at most.
    pub servers: u64,
    /// What the world is, apart from every decision.
    pub identity: Identity,
}

/// What two runs must share to be compared: who comes, when, for how long, over what
/// network, how many servers there are at first, which events, how long it is watched.
/// Decisions are no part of it: policies, server settings, back-off, the balancing tier.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Identity {
    /// `xxh3:` and 16 hexadecimal digits over the facts.
    pub digest: String,
    /// (path, JSON text of the value) of each fact, sorted by path.
    pub facts: Vec<(String, String)>,
}

/// One way to run the cluster: how to place connections and how to move them.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The name people see; unique.
    pub name: String,
    /// What the scenario says of it; may be empty.
    pub description: String,
    /// How a server is chosen for an attempt.
    pub balance: Balance,
    /// Which open connections are closed to move them.
    pub rebalance: Rebalance,
    /// How clients come back under this policy, one for each group in the
    /// world's order: the group's own unless the policy sets `reconnect`.
    pub reconnect: Vec<Reconnect>,
    /// The balancing tier under this policy.
    pub balancer: Balancer,
    /// The autoscaler under this policy; `none` is one too.
    pub scale: Scale,
    /// How servers take their leave under this policy, whatever an event says.
    pub drain: Option<Drain>,
    /// How connections are accepted under this policy.
    pub accept: Accept,
    /// How its servers share messages; means nothing without them.
    pub pubsub: Pubsub,
}
