//! KEDA: an HPA between 1 and many servers, and KEDA itself between none and 1.
//!
//! Source: keda-docs 2.14, `concepts/scaling-deployments` and `reference/scaledobject-spec`;
//! kedacore/keda `pkg/scaling/executor/scale_scaledobjects.go`; the HPA's side is
//! `GetExternalPerPodMetricReplicas` in kubernetes' `replica_calculator.go`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::hpa::behavior::Behavior;
use super::hpa::governor::Governor;
use super::hpa::proposal::Tolerance;
use super::hpa::{self, Release};
use super::{Phase, Reading, controller, reading};
use crate::engine::units::Fraction;
use crate::engine::{SimDuration, SimTime};
use crate::policy::termination::Pick;
use crate::policy::{Fault, Hue, Info};

/// What people are told of it.
pub const INFO: Info = Info {
    name: "keda",
    summary: "KEDA: connections in all over a target each, down to no server at all",
    hue: Hue::Baseline,
};

/// Parameters of `keda`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The trigger's threshold: connections per server. The trigger's value is the sum of
    /// the servers' connections and of the attempts that wait at the balancing tier.
    pub connections: u32,
    /// The trigger is active while its value is above this; 0 by default.
    #[serde(default)]
    pub activation: u32,
    /// The fewest servers; 0 by default.
    #[serde(default)]
    pub min: u32,
    /// The most servers; 100 by default.
    #[serde(default = "hundred")]
    pub max: u32,
    /// How often it asks whether the trigger is active.
    #[serde(default = "half_a_minute")]
    pub polling_every: SimDuration,
    /// How long after it was last active the last servers go; between 1 and many servers
    /// it means nothing.
    #[serde(default = "hpa::five_minutes")]
    pub cooldown: SimDuration,
    /// How often the HPA looks.
    #[serde(default = "hpa::sync_period")]
    pub sync_every: SimDuration,
    /// How far the average may be from the target before the HPA does anything.
    #[serde(default = "hpa::usual_tolerance")]
    pub tolerance: Fraction,
    /// How fast the HPA may scale; see `hpa`.
    pub behavior: Option<Behavior>,
    /// How long a higher proposal holds the number up, where `behavior` does not say.
    #[serde(default = "hpa::five_minutes")]
    pub downscale_stabilization: SimDuration,
    /// Whose test of the tolerance is used; see `hpa`.
    #[serde(default)]
    pub release: Release,
    /// Which servers leave first.
    #[serde(default = "hpa::replica_set")]
    pub pick: Pick,
}

const fn hundred() -> u32 {
    100
}

const fn half_a_minute() -> SimDuration {
    SimDuration::from_secs(30)
}

impl Config {
    pub(super) fn validate(&self) -> Vec<Fault> {
        let mut faults = reading::bounds(self.min, self.max, 0);
        if self.max == 0 {
            faults.push(Fault::new("max", "must be 1 or more, met 0"));
        }
        if self.connections == 0 {
            faults.push(Fault::new("connections", "must be above 0"));
        }
        for (field, met) in [("polling_every", self.polling_every), ("sync_every", self.sync_every)]
        {
            if met < SimDuration::from_millis(100) {
                faults.push(Fault::new(field, format!("must be at least 100ms, met {met}")));
            }
        }
        if let Some(behavior) = &self.behavior {
            faults.extend(behavior.validate(self.release));
        }
        faults
    }
}

/// What it remembers.
#[derive(Clone, Debug)]
pub struct State {
    config: Config,
    tolerance: Tolerance,
    governor: Governor,
    /// When a poll last found it active; at the start of the run it is taken to have been.
    last_active: SimTime,
}

impl State {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            config: config.clone(),
            tolerance: Tolerance::new(config.tolerance, config.behavior.as_ref(), config.release),
            governor: Governor::new(
                config.min.max(1),
                config.max,
                config.behavior.as_ref(),
                config.downscale_stabilization,
            ),
            last_active: SimTime::ZERO,
        }
    }

    pub(super) fn next_check(&self, after: SimTime) -> SimTime {
        let poll = controller::next_multiple(after, self.config.polling_every);
        poll.min(controller::next_multiple(after, self.config.sync_every))
    }

    pub(super) fn decide(&mut self, now: SimTime, reading: &Reading<'_>) -> u32 {
        let is_due = |period: SimDuration| now.as_nanos().is_multiple_of(period.as_nanos());
        let held = reading.servers.iter().filter(|server| server.phase != Phase::Leaving);
        let connections: u64 =
            held.filter_map(|server| server.values).map(|values| values.connections).sum();
        let value = connections + u64::from(reading.waiting) * 1_000;
        if is_due(self.config.polling_every) {
            let polled = self.poll(now, reading.wanted, value);
            if polled != reading.wanted {
                return polled;
            }
        }
        if !is_due(self.config.sync_every) {
            return reading.wanted;
        }
        let (tolerance, target) = (self.tolerance, u64::from(self.config.connections) * 1_000);
        self.governor
            .decide(now, reading.wanted, || Some(proposal(reading, value, target, tolerance)))
    }

    /// `RequestScale`: from none to the first servers at once, from some to none after
    /// the cooldown.
    fn poll(&mut self, now: SimTime, current: u32, value: u64) -> u32 {
        let Config { min, cooldown, activation, .. } = self.config;
        let is_active = value > u64::from(activation) * 1_000;
        if is_active {
            self.last_active = now;
            if current == 0 { min.max(1) } else { current }
        } else if current > 0 && min == 0 {
            if self.last_active + cooldown < now { 0 } else { current }
        } else {
            current.max(min)
        }
    }
}

/// `GetExternalPerPodMetricReplicas`: the value over the target, rounded up; within the
/// tolerance the servers there are.
fn proposal(reading: &Reading<'_>, value: u64, target: u64, tolerance: Tolerance) -> u32 {
    let there = reading.servers.iter().filter(|server| server.phase != Phase::Leaving).count();
    let ratio = value as f64 / (target as f64 * there as f64);
    if tolerance.is_within(ratio) {
        there as u32
    } else {
        (value as f64 / target as f64).ceil() as u32
    }
}
