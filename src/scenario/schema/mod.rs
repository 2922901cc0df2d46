//! The JSON of a scenario, field by field: what was typed, with no logic.
//!
//! Doc comments here become the hover texts of editors, through
//! [`schema`](super::schema()). Counts are `u64` although the plan has fewer bits,
//! so that a number that is too large gets a message about its meaning.

pub mod accept;
pub mod budgets;
pub mod clients;
pub mod events;
pub mod find;
pub mod forms;
pub mod law;
pub mod lifecycle;
pub mod messaging;
pub mod reconnect;
pub mod replications;
pub mod servers;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

pub use budgets::Budgets;
pub use clients::{Arrivals, Group, Network};
pub use events::Event;
pub use find::Find;
pub use law::{Law, Shape};
pub use lifecycle::Drain;
pub use messaging::{Messaging, Pubsub};
pub use reconnect::Reconnect;
pub use replications::Replications;
pub use servers::{Balancer, Servers};

use crate::engine::SimDuration;
use crate::policy::{Balance, Rebalance, Scale};
use forms::{Auto, OneOrMany, ShortOr, WordOr};

/// A scenario: clients, servers, what happens to them, and the policies to compare.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Where editors find this schema.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// The scenario's name, and the name of the folder of its results:
    /// letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// What it is about, for people.
    pub description: Option<String>,
    /// The seed of all random numbers; 1 by default.
    pub seed: Option<u64>,
    /// How many independent repetitions; 20 by default. Or until when.
    pub replications: Option<ShortOr<u64, Replications>>,
    /// How long the cluster is watched.
    pub duration: SimDuration,
    /// How much of the start no metric counts; nothing by default.
    pub warmup: Option<WordOr<Auto, SimDuration>>,
    /// The width of a sampling step; `"1s"` by default.
    pub sample_every: Option<SimDuration>,
    /// The clients: one group, or a list of groups with names.
    pub clients: OneOrMany<Group>,
    /// The network between the clients and the cluster: it loses nothing by default.
    pub network: Option<Network>,
    /// The servers.
    pub servers: Servers,
    /// The balancing tier in front of the servers.
    #[serde(default)]
    pub balancer: Balancer,
    /// What is kept of a client between two connections; `"none"` by default.
    pub session_state: Option<accept::StateRule>,
    /// A service that every handshake asks that resumes nothing; none by default.
    pub login: Option<accept::Login>,
    /// How the number of servers follows the load; `"none"` by default: it changes by
    /// `events` alone. While a deploy is under way that is no rolling one it only scales out.
    pub autoscaler: Option<Scale>,
    /// The policies to compare, at least one. The same clients with the same
    /// random draws meet each of them.
    #[schemars(length(min = 1))]
    pub policies: Vec<Policy>,
    /// What happens to the cluster.
    #[serde(default)]
    pub events: Vec<Event>,
    /// Messages between the clients; none by default.
    pub messaging: Option<Messaging>,
    /// Values to try for some fields: path -> list of values. All combinations are run.
    pub sweep: Option<BTreeMap<String, Vec<serde_json::Value>>>,
    /// Where each policy tips over: `ringstorm find` looks for the value of a field from which
    /// on a criterion is met. `ringstorm run` runs the scenario as it stands.
    pub find: Option<Find>,
    /// What must hold of the answers: policy -> metric -> limits. `ringstorm run --check`
    /// enforces them.
    #[serde(default)]
    pub budgets: Budgets,
}

/// A policy: how to place connections, and how to move them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The name in tables and charts; at most 60 characters, unique.
    pub name: String,
    /// A remark for people.
    pub description: Option<String>,
    /// How a server is chosen for an attempt.
    pub balance: Balance,
    /// Which open connections are closed to move them; none by default.
    pub rebalance: Option<Rebalance>,
    /// How clients come back under this policy, in place of every group's own
    /// `reconnect`. A `connect_timeout` that a group states holds all the same.
    pub reconnect: Option<Reconnect>,
    /// The balancing tier under this policy, in place of the scenario's.
    pub balancer: Option<Balancer>,
    /// The autoscaler under this policy, in place of the scenario's.
    pub autoscaler: Option<Scale>,
    /// How servers take their leave under this policy, whatever the events say.
    pub drain: Option<ShortOr<SimDuration, Drain>>,
    /// The gate in front of a server's accept queue under this policy.
    pub admit: Option<accept::Admit>,
    /// The readiness gate under this policy.
    pub readiness: Option<accept::Readiness>,
    /// What is kept of a client under this policy.
    pub session_state: Option<accept::StateRule>,
    /// The login under this policy.
    pub login: Option<accept::Login>,
    /// How servers share messages; `"interest"` by default.
    pub pubsub: Option<Pubsub>,
}
