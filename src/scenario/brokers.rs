//! Brokers as they have been measured.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::engine::SimDuration;

/// A broker's published limits, as costs of its nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokerPreset {
    /// Its name in scenarios.
    pub name: &'static str,
    /// One line for people.
    pub summary: &'static str,
    /// Where it was read, and how the costs follow.
    pub source: &'static str,
    /// How many nodes.
    pub nodes: u32,
    /// Work to take a publish in.
    pub cost_in: SimDuration,
    /// Work to send a copy to a server.
    pub cost_out: SimDuration,
    /// Work to send a publish to another node, and to take it there.
    pub cost_bus: SimDuration,
}

/// 650,000 a second of publishes with one subscribed server are 1,538 ns for both parts.
const HALF: SimDuration = SimDuration::from_nanos(769);

/// Three nodes at 400,000 a second have 2,500 ns of each node for a publish: a third of
/// 1,538 ns, and two thirds of two bus costs, which leaves 1,490 ns for each of these.
const BUS: SimDuration = SimDuration::from_nanos(1_490);

const CEILINGS: &str = "centrifugal.dev, Scaling Redis Pub/Sub to millions of channels, 2026-06-29: \
    about 650,000 messages of 256 B a second through one instance, on one core; three nodes of a \
    classic cluster end at about 400,000; sharded Pub/Sub grows with its nodes";

/// All presets.
pub const BROKERS: &[BrokerPreset] = &[
    BrokerPreset {
        name: "redis",
        summary: "one Redis instance: 650,000 publishes a second to one server each",
        source: CEILINGS,
        nodes: 1,
        cost_in: HALF,
        cost_out: HALF,
        cost_bus: BUS,
    },
    BrokerPreset {
        name: "redis_cluster_classic",
        summary: "Redis Cluster, PUBLISH: every publish goes to all three nodes, which carry 400,000 a second together",
        source: CEILINGS,
        nodes: 3,
        cost_in: HALF,
        cost_out: HALF,
        cost_bus: BUS,
    },
    BrokerPreset {
        name: "redis_cluster_sharded",
        summary: "Redis Cluster 7, SPUBLISH, for policies with \"pubsub\": \"sharded\": each of three nodes carries 650,000 a second",
        source: CEILINGS,
        nodes: 3,
        cost_in: HALF,
        cost_out: HALF,
        cost_bus: SimDuration::ZERO,
    },
];

impl BrokerPreset {
    /// The preset of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        BROKERS.iter().find(|preset| preset.name == name)
    }
}

/// The name of a preset, as typed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct BrokerName(pub String);

impl JsonSchema for BrokerName {
    fn schema_name() -> Cow<'static, str> {
        "BrokerName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> = BROKERS.iter().map(|preset| preset.name).collect();
        json_schema!({"enum": names, "description": "A broker as it was measured."})
    }
}
