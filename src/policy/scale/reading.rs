//! What an autoscaler may know of the cluster, and what it steers by.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::engine::SimTime;
use crate::engine::units::Fraction;
use crate::policy::Fault;

/// What an autoscaler is told at a check. Borrowed: nothing is allocated for it.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// How many servers are wanted now: the last decision, or the scenario's `servers.count`.
    pub wanted: u32,
    /// The servers that exist, in order of birth, those that start and those that leave included.
    pub servers: &'a [ServerReading],
    /// Connection attempts under way that no server holds, as the balancing tier counts
    /// them: the one sign of demand while there is no server.
    pub waiting: u32,
}

/// What an autoscaler is told of one server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerReading {
    /// Its place in order of birth, never used again.
    pub id: u32,
    /// Where it is in its life.
    pub phase: Phase,
    /// Whether it takes connections: the readiness probe passes.
    pub ready: bool,
    /// When its machine began to start; `None`: long before the run.
    pub started: Option<SimTime>,
    /// When `ready` last changed, or else when it began to start; `None`: long before the run.
    pub ready_changed: Option<SimTime>,
    /// What it reports; `None` while it reports nothing.
    pub values: Option<Values>,
}

/// Where a server is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Its machine or container starts: a pod that is pending, an instance that is no
    /// member of its group yet.
    Starting,
    /// Its process runs, ready or not.
    Running,
    /// It drains or stops: a pod with a deletion time, an instance that terminates.
    Leaving,
}

/// The metrics of one server, in thousandths, as Kubernetes counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Values {
    /// Open connections x 1,000, at this moment.
    pub connections: u64,
    /// Share of the handshake workers' time in use x 1,000, mean since the last check.
    pub handshake_utilisation: u64,
    /// Share of the processors in use x 1,000: by handshakes, mean since the last check, and
    /// by messages, in the latest sampling step.
    pub cpu: u64,
}

/// What can be measured of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Open connections.
    Connections,
    /// The share of the handshake workers' time in use, from 0 to 1.
    HandshakeUtilisation,
    /// The share of the processors in use, from 0 to 1.
    Cpu,
}

impl Values {
    /// One of them, in thousandths.
    pub const fn of(self, metric: Metric) -> u64 {
        match metric {
            Metric::Connections => self.connections,
            Metric::HandshakeUtilisation => self.handshake_utilisation,
            Metric::Cpu => self.cpu,
        }
    }
}

/// What a server should carry: one metric or several, each with its target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Open connections per server.
    pub connections: Option<u32>,
    /// The share of the handshake workers' time in use.
    pub handshake_utilisation: Option<Fraction>,
    /// The share of the processors in use; whole percents.
    pub cpu: Option<Fraction>,
}

impl Target {
    /// Each metric that has a target, with the target in thousandths.
    pub fn each(&self) -> impl Iterator<Item = (Metric, u64)> {
        let share = |share: Fraction| (share.as_f64() * 1_000.0 + 0.5) as u64;
        [
            (Metric::Connections, self.connections.map(|count| u64::from(count) * 1_000)),
            (Metric::HandshakeUtilisation, self.handshake_utilisation.map(share)),
            (Metric::Cpu, self.cpu.map(share)),
        ]
        .into_iter()
        .filter_map(|(metric, target)| Some((metric, target?)))
    }

    /// Everything that is out of range.
    pub(super) fn validate(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.each().next().is_none() {
            faults.push(Fault::new(
                "target",
                "has none of `connections`, `handshake_utilisation` and `cpu`",
            ));
        }
        for (metric, target) in self.each() {
            let field = match metric {
                Metric::Connections => "target.connections",
                Metric::HandshakeUtilisation => "target.handshake_utilisation",
                Metric::Cpu => "target.cpu",
            };
            if target == 0 {
                faults.push(Fault::new(field, "must be above 0"));
            } else if metric == Metric::Cpu && !target.is_multiple_of(10) {
                faults.push(Fault::new(
                    field,
                    format!("must be a whole percentage, met {}", self.cpu.unwrap_or_default()),
                ));
            }
        }
        faults
    }
}

/// The bounds of the number of servers that a rule may want.
pub(super) fn bounds(min: u32, max: u32, least: u32) -> Vec<Fault> {
    /// As many as a scenario may have.
    const MOST: u32 = 1_000_000;
    let mut faults = Vec::new();
    if !(least..=MOST).contains(&max) {
        faults.push(Fault::new("max", format!("must be {least} to 1,000,000, met {max}")));
    }
    if min < least || min > max {
        faults.push(Fault::new("min", format!("must be {least} to `max`, met {min}")));
    }
    faults
}
