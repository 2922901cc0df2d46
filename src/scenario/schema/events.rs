//! What happens to the cluster.

use schemars::JsonSchema;
use serde::Deserialize;

use super::forms::ShortOr;
use crate::engine::SimDuration;
use crate::engine::units::Fraction;

/// Something that happens at a time: exactly one of `add`, `remove`, `crash`,
/// `disconnect`, `outage` and `load`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    {"required": ["add"]}, {"required": ["remove"]}, {"required": ["crash"]},
    {"required": ["disconnect"]}, {"required": ["outage"]}, {"required": ["load"]}
]))]
pub struct Event {
    /// When, from the start.
    pub at: SimDuration,
    /// A remark for people.
    pub description: Option<String>,
    /// So many servers join, ready at once.
    pub add: Option<u64>,
    /// Servers leave at once: so many of the newest, or those that an object picks.
    pub remove: Option<ShortOr<u64, Which>>,
    /// Servers die, and their connections are reset: so many of the newest, or those that an object picks.
    pub crash: Option<ShortOr<u64, Which>>,
    /// A share of the open connections is lost.
    pub disconnect: Option<Disconnect>,
    /// A part of the service is out of order for a while.
    pub outage: Option<Outage>,
    /// Arrivals are multiplied for a while.
    pub load: Option<Load>,
}

/// Which servers: `count` (with `pick`), `servers` or `zone`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    {"required": ["count"]}, {"required": ["servers"]}, {"required": ["zone"]}
]))]
pub struct Which {
    /// How many.
    pub count: Option<u64>,
    /// Which of those present; the newest by default.
    pub pick: Option<Pick>,
    /// These, by name: s1, s2, ... in order of birth.
    pub servers: Option<Vec<String>>,
    /// All in this zone.
    pub zone: Option<String>,
}

/// Which of the servers present are picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// The latest born first.
    Newest,
    /// The earliest born first.
    Oldest,
    /// At random, drawn in each replication.
    Random,
}

/// A share of the open connections is lost.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Disconnect {
    /// Each connection is hit with this probability.
    pub fraction: Fraction,
    /// Only clients of this group.
    pub group: Option<String>,
}

/// A part of the service is out of order for a while.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    /// Which part.
    pub of: Part,
    /// For so long.
    #[serde(rename = "for")]
    pub lasting: SimDuration,
}

/// A part of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The broker between the servers.
    Broker,
}

/// Arrivals are multiplied for a while.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// By so much; 0 or more.
    pub factor: f64,
    /// For so long.
    #[serde(rename = "for")]
    pub lasting: SimDuration,
}
