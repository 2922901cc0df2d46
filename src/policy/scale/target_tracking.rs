//! AWS target tracking: keep an average at its target, out quickly and in slowly.
//!
//! AWS publishes the alarms that it makes, not how it computes the size. The size here is
//! the proportional rule that its documentation describes ("in proportion to the metric",
//! out rounded up, in rounded down); it is this project's definition.

use schemars::JsonSchema;
use serde::Deserialize;

use super::group::{Alarm, Datapoint, Group};
use super::{Reading, Target, controller, reading};
use crate::engine::units::Fraction;
use crate::engine::{SimDuration, SimTime};
use crate::policy::termination::Pick;
use crate::policy::{Fault, Hue, Info};

/// What people are told of it.
pub const INFO: Info = Info {
    name: "target_tracking",
    summary: "AWS target tracking: an average per server at its target, alarms of 3 and 15 minutes",
    hue: Hue::Baseline,
};

/// Parameters of `target_tracking`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What a server should carry. With several metrics, any may scale out, and all must
    /// agree to scale in.
    pub target: Target,
    /// The fewest servers; 0 by default.
    #[serde(default)]
    pub min: u32,
    /// The most servers.
    pub max: u32,
    /// The length of a datapoint: 60 s with detailed monitoring, 5 min with basic.
    #[serde(default = "minute")]
    pub period: SimDuration,
    /// Datapoints in a row above the target before it scales out; 3 by default.
    #[serde(default = "three")]
    pub out_datapoints: u32,
    /// Datapoints in a row below `in_below` times the target before it scales in; 15 by default.
    #[serde(default = "fifteen")]
    pub in_datapoints: u32,
    /// The share of the target below which it scales in; 0.9 by default.
    #[serde(default = "nine_tenths")]
    pub in_below: Fraction,
    /// How long a server that has become ready counts for nothing.
    #[serde(default = "five_minutes")]
    pub warmup: SimDuration,
    /// Whether it never scales in.
    #[serde(default)]
    pub disable_scale_in: bool,
    /// Which servers leave first.
    #[serde(default = "auto_scaling_group")]
    pub pick: Pick,
}

/// Detailed monitoring.
pub(super) const fn minute() -> SimDuration {
    SimDuration::from_secs(60)
}

const fn three() -> u32 {
    3
}

const fn fifteen() -> u32 {
    15
}

fn nine_tenths() -> Fraction {
    Fraction::new(0.9).unwrap_or(Fraction::ONE)
}

/// The default cooldown, which is the warm-up where none is set (`PutScalingPolicy`,
/// `EstimatedInstanceWarmup`).
pub(super) const fn five_minutes() -> SimDuration {
    SimDuration::from_secs(300)
}

pub(super) const fn auto_scaling_group() -> Pick {
    Pick::AutoScalingGroup
}

impl Config {
    pub(super) fn validate(&self) -> Vec<Fault> {
        let mut faults = self.target.validate();
        faults.extend(reading::bounds(self.min, self.max, 0));
        faults.extend(period(self.period));
        faults.extend(datapoints("out_datapoints", self.out_datapoints));
        faults.extend(datapoints("in_datapoints", self.in_datapoints));
        faults
    }
}

/// A datapoint is at least a second long (`CloudWatch`'s high-resolution metrics).
pub(super) fn period(met: SimDuration) -> Option<Fault> {
    (met < SimDuration::from_secs(1))
        .then(|| Fault::new("period", format!("must be at least 1s, met {met}")))
}

/// An alarm looks at one datapoint or more, at most a day of minutes.
pub(super) fn datapoints(field: &'static str, met: u32) -> Option<Fault> {
    (!(1..=1_440).contains(&met))
        .then(|| Fault::new(field, format!("must be 1 to 1,440, met {met}")))
}

/// What it remembers.
#[derive(Clone, Debug)]
pub struct State {
    config: Config,
    /// (too much, too little) for each metric, in the order of [`Target::each`].
    alarms: [(Alarm, Alarm); 3],
}

impl State {
    pub(super) fn new(config: &Config) -> Self {
        Self { config: *config, alarms: Default::default() }
    }

    pub(super) const fn next_check(&self, after: SimTime) -> SimTime {
        controller::next_multiple(after, self.config.period)
    }

    pub(super) fn decide(&mut self, now: SimTime, reading: &Reading<'_>) -> u32 {
        let Config { min, max, warmup, .. } = self.config;
        let group = Group::of(now, reading, warmup);
        let (mut out, mut inward) = (None, 0);
        let mut all_agree = !self.config.disable_scale_in;
        for ((metric, target), (high, low)) in self.config.target.each().zip(&mut self.alarms) {
            let point = Datapoint::of(now, reading, warmup, metric);
            let is_above = point.is_some_and(|point| point.total > target * point.servers);
            let is_below = point.is_some_and(|point| {
                (point.total as f64)
                    < self.config.in_below.as_f64() * (target * point.servers) as f64
            });
            let size = |capacity| point.map_or(0, |point| proportional(capacity, point, target));
            if high.rings(is_above, self.config.out_datapoints) {
                out = out.max(Some(size(group.warm)));
            }
            if low.rings(is_below, self.config.in_datapoints) {
                inward = inward.max(size(group.warm + group.leaving));
            } else {
                all_agree = false;
            }
        }
        let wanted = reading.wanted;
        match out {
            Some(size) => wanted.max(size),
            // Never in while a scale-out is under way.
            None if all_agree && group.warming == 0 => wanted.min(inward),
            None => wanted,
        }
        .clamp(min, max)
    }
}

/// `capacity x metric / target`, rounded up: 10 servers at 75 with a target of 50 become 15.
fn proportional(capacity: u32, point: Datapoint, target: u64) -> u32 {
    let needed = u128::from(capacity) * u128::from(point.total);
    let size = needed.div_ceil(u128::from(point.servers) * u128::from(target).max(1));
    u32::try_from(size).unwrap_or(u32::MAX)
}
