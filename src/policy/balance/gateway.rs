//! Gateway discovery: clients ask an HTTP endpoint, which knows the servers'
//! reported loads, where to connect.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::engine::SimDuration;
use crate::policy::{Fault, Hue, Info};

/// What people are told of it.
pub const INFO: Info = Info {
    name: "gateway",
    summary: "clients ask an HTTP endpoint that knows the servers' reported loads",
    hue: Hue::Gateway,
};

/// Parameters of `gateway`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How a server is chosen from the board of reports.
    pub select: Select,
    /// How often each server reports its load.
    pub report_every: SimDuration,
    /// How long a report is on its way.
    pub report_delay: SimDuration,
    /// Reports older than this are not used; "0s": all are.
    pub expire_after: SimDuration,
    /// Whether the gateway counts the clients that it sends somewhere until the next report.
    pub optimistic: bool,
    /// Gateway instances, each with its own board and counts, 1 to 1,000.
    pub replicas: u32,
    /// Round trips of one gateway request, 0 to 100: 3 for a fresh HTTPS connection, 1 for one kept alive.
    pub round_trips: u32,
    /// Time to serve one gateway request.
    pub service: SimDuration,
}

/// How a server is chosen from the board of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Select {
    /// The lowest reported load per weight.
    LeastLoaded,
    /// The lower of two drawn at random.
    PowerOfTwo,
    /// At random, in proportion to the room that is left.
    WeightedHeadroom,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            select: Select::LeastLoaded,
            report_every: SimDuration::from_secs(2),
            report_delay: SimDuration::ZERO,
            expire_after: SimDuration::ZERO,
            optimistic: true,
            replicas: 1,
            round_trips: 3,
            service: SimDuration::from_millis(1),
        }
    }
}

impl Config {
    pub(super) fn validate(self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.report_every < SimDuration::from_millis(1) {
            faults.push(Fault::new(
                "report_every",
                format!("must be at least 1ms, met {}", self.report_every),
            ));
        }
        if !(1..=1_000).contains(&self.replicas) {
            faults
                .push(Fault::new("replicas", format!("must be 1 to 1,000, met {}", self.replicas)));
        }
        if self.round_trips > 100 {
            faults.push(Fault::new(
                "round_trips",
                format!("must be 0 to 100, met {}", self.round_trips),
            ));
        }
        faults
    }
}
