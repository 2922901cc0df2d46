//! Kubernetes' `HorizontalPodAutoscaler` (`autoscaling/v2`), exactly.
//!
//! | module | what it holds |
//! |---|---|
//! | [`proposal`] | from metrics to a number of servers: averages, tolerance, what is missing or not ready |
//! | [`behavior`] | stabilisation windows and rate limits, as a scenario gives them |
//! | [`governor`] | the same at work: from a proposal to the number that is wanted |
//!
//! Source: kubernetes `pkg/controller/podautoscaler/replica_calculator.go` and
//! `horizontal.go`, `pkg/apis/autoscaling/v2/defaults.go`, release 1.33.

pub mod behavior;
pub mod governor;
pub mod proposal;

use schemars::JsonSchema;
use serde::Deserialize;

use super::lag::Lag;
use super::{Reading, Target, controller, reading};
use crate::engine::units::Fraction;
use crate::engine::{SimDuration, SimTime};
use crate::policy::termination::Pick;
use crate::policy::{Fault, Hue, Info};
use behavior::Behavior;
use governor::Governor;
use proposal::{Proposer, Tolerance};

/// What people are told of it.
pub const INFO: Info = Info {
    name: "hpa",
    summary: "Kubernetes' HorizontalPodAutoscaler: average per server against a target, every 15 s",
    hue: Hue::Baseline,
};

/// Parameters of `hpa`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What a server should carry; with several metrics the one that asks for most servers counts.
    pub target: Target,
    /// The fewest servers, 1 or more; 1 by default.
    #[serde(default = "one")]
    pub min: u32,
    /// The most servers.
    pub max: u32,
    /// How often it looks.
    #[serde(default = "sync_period")]
    pub sync_every: SimDuration,
    /// How far the average may be from the target before anything is done.
    #[serde(default = "usual_tolerance")]
    pub tolerance: Fraction,
    /// How old a metric is when it is used, rounded up to whole checks: the resolution of
    /// the metrics pipeline, 15 to 60 s.
    #[serde(default)]
    pub metric_delay: SimDuration,
    /// How fast it may scale. Without it the controller's older limits hold: at most
    /// twice the servers, or 4, at a check; `{}` for the documented defaults.
    pub behavior: Option<Behavior>,
    /// How long a higher proposal holds the number up, where `behavior` does not say.
    #[serde(default = "five_minutes")]
    pub downscale_stabilization: SimDuration,
    /// `cpu` only: for so long after its start a server counts only while it is ready.
    #[serde(default = "five_minutes")]
    pub cpu_initialization_period: SimDuration,
    /// `cpu` only: a server that lost its readiness within so long of its start was never ready.
    #[serde(default = "thirty_seconds")]
    pub initial_readiness_delay: SimDuration,
    /// `cpu` only: the share of a server's processors that its pod requests; the target
    /// is a share of the request.
    #[serde(default = "everything")]
    pub cpu_request: Fraction,
    /// Whose test of the tolerance is used.
    #[serde(default)]
    pub release: Release,
    /// Which servers leave first.
    #[serde(default = "replica_set")]
    pub pick: Pick,
}

/// A release of Kubernetes, as far as its decisions differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Release {
    /// Up to 1.32: nothing is done while |1 - ratio| <= tolerance. In 64-bit floats a ratio
    /// of 1.1 is outside a tolerance of 0.1, and one of 0.9 inside.
    #[serde(rename = "1.32")]
    V1_32,
    /// From 1.33: while 1 - tolerance <= ratio <= 1 + tolerance, each way with its own
    /// tolerance. A ratio of 1.1 is inside a tolerance of 0.1.
    #[default]
    #[serde(rename = "1.33")]
    V1_33,
}

const fn one() -> u32 {
    1
}

/// `--horizontal-pod-autoscaler-sync-period`.
pub(super) const fn sync_period() -> SimDuration {
    SimDuration::from_secs(15)
}

/// `--horizontal-pod-autoscaler-tolerance`.
pub(super) fn usual_tolerance() -> Fraction {
    Fraction::new(0.1).unwrap_or(Fraction::ZERO)
}

/// `--horizontal-pod-autoscaler-downscale-stabilization` and
/// `--horizontal-pod-autoscaler-cpu-initialization-period`.
pub(super) const fn five_minutes() -> SimDuration {
    SimDuration::from_secs(300)
}

/// `--horizontal-pod-autoscaler-initial-readiness-delay`.
const fn thirty_seconds() -> SimDuration {
    SimDuration::from_secs(30)
}

const fn everything() -> Fraction {
    Fraction::ONE
}

pub(super) const fn replica_set() -> Pick {
    Pick::ReplicaSet
}

impl Config {
    pub(super) fn validate(&self) -> Vec<Fault> {
        let mut faults = self.target.validate();
        faults.extend(reading::bounds(self.min, self.max, 1));
        if self.sync_every < SimDuration::from_millis(100) {
            faults.push(Fault::new(
                "sync_every",
                format!("must be at least 100ms, met {}", self.sync_every),
            ));
        }
        if (self.cpu_request.as_f64() * 1_000.0) < 1.0 {
            faults.push(Fault::new(
                "cpu_request",
                format!("must be at least 0.1%, met {}", self.cpu_request),
            ));
        }
        faults.extend(window("downscale_stabilization", self.downscale_stabilization));
        if let Some(behavior) = &self.behavior {
            faults.extend(behavior.validate(self.release));
        }
        faults
    }
}

/// A stabilisation window is at most an hour (kubernetes
/// `pkg/apis/autoscaling/validation/validation.go`, `MaxStabilizationWindowSeconds`).
fn window(field: &'static str, met: SimDuration) -> Option<Fault> {
    (met > SimDuration::from_secs(3_600))
        .then(|| Fault::new(field, format!("must be at most 1h, met {met}")))
}

/// What it remembers.
#[derive(Clone, Debug)]
pub struct State {
    target: Target,
    sync_every: SimDuration,
    proposer: Proposer,
    governor: Governor,
    lag: Lag,
}

impl State {
    pub(super) fn new(config: &Config) -> Self {
        let Config { tolerance, release, .. } = *config;
        Self {
            target: config.target,
            sync_every: config.sync_every,
            proposer: Proposer {
                tolerance: Tolerance::new(tolerance, config.behavior.as_ref(), release),
                cpu_initialization_period: config.cpu_initialization_period,
                initial_readiness_delay: config.initial_readiness_delay,
                cpu_request: (config.cpu_request.as_f64() * 1_000.0 + 0.5) as u64,
                cpu_window: config.sync_every,
            },
            governor: Governor::new(
                config.min,
                config.max,
                config.behavior.as_ref(),
                config.downscale_stabilization,
            ),
            lag: Lag::new(config.metric_delay),
        }
    }

    pub(super) const fn next_check(&self, after: SimTime) -> SimTime {
        controller::next_multiple(after, self.sync_every)
    }

    /// One reconciliation (`reconcileAutoscaler`).
    pub(super) fn decide(&mut self, now: SimTime, reading: &Reading<'_>) -> u32 {
        let measured = self.lag.pass(now, reading.servers);
        let (proposer, target) = (&self.proposer, &self.target);
        self.governor
            .decide(now, reading.wanted, || proposer.propose(now, reading, &measured, target))
    }
}
