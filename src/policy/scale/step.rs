//! AWS step scaling: the further beyond its threshold, the larger the step.
//!
//! Source: EC2 Auto Scaling API reference, `StepAdjustment` and `PutScalingPolicy`;
//! user guide, `as-scaling-simple-step.html`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::group::{Alarm, Datapoint, Group};
use super::{Metric, Reading, controller, reading, target_tracking};
use crate::engine::{SimDuration, SimTime};
use crate::policy::termination::Pick;
use crate::policy::{Fault, Hue, Info};

/// What people are told of it.
pub const INFO: Info = Info {
    name: "step",
    summary: "AWS step scaling: the further beyond its threshold, the larger the step",
    hue: Hue::Baseline,
};

/// Parameters of `step`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What is averaged over the servers.
    pub metric: Metric,
    /// When and by how much to scale out.
    pub scale_out: Option<Side>,
    /// When and by how much to scale in.
    pub scale_in: Option<Side>,
    /// The fewest servers; 0 by default.
    #[serde(default)]
    pub min: u32,
    /// The most servers.
    pub max: u32,
    /// The length of a datapoint.
    #[serde(default = "target_tracking::minute")]
    pub period: SimDuration,
    /// How long a server that has become ready counts for nothing.
    #[serde(default = "target_tracking::five_minutes")]
    pub warmup: SimDuration,
    /// For so long after a change nothing is done, as with simple scaling; `"0s"` by
    /// default, as with step scaling.
    #[serde(default)]
    pub cooldown: SimDuration,
    /// Which servers leave first.
    #[serde(default = "target_tracking::auto_scaling_group")]
    pub pick: Pick,
}

/// When and by how much to scale one way.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// The alarm's threshold: connections per server, or a share from 0 to 1. It rings at
    /// or above it (out), at or below it (in).
    pub threshold: f64,
    /// Datapoints in a row beyond the threshold before anything is done; 1 by default.
    #[serde(default = "one")]
    pub datapoints: u32,
    /// What the steps' `by` counts.
    #[serde(default)]
    pub adjust: Adjust,
    /// The least change of a step in percent, in servers; 0 by default.
    #[serde(default)]
    pub at_least: u32,
    /// The steps, from low to high, without overlap.
    pub steps: Vec<Step>,
}

/// What the steps' `by` counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Adjust {
    /// Servers more or fewer (`ChangeInCapacity`).
    #[default]
    Servers,
    /// Percent of the servers (`PercentChangeInCapacity`).
    Percent,
    /// The number of servers itself (`ExactCapacity`).
    Exact,
}

/// One step: how far the metric is beyond the threshold, and what then.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Metric minus threshold is at least this (out), or above this (in); without it there
    /// is no lower end.
    pub from: Option<f64>,
    /// Metric minus threshold is below this (out), or at most this (in); without it there
    /// is no upper end.
    pub to: Option<f64>,
    /// By how much: not below 0 to scale out, not above 0 to scale in.
    pub by: i32,
}

const fn one() -> u32 {
    1
}

/// Which way a side scales.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Out,
    In,
}

impl Config {
    pub(super) fn validate(&self) -> Vec<Fault> {
        let mut faults = reading::bounds(self.min, self.max, 0);
        faults.extend(target_tracking::period(self.period));
        if self.scale_out.is_none() && self.scale_in.is_none() {
            faults.push(Fault::new("scale_out", "and `scale_in` are both missing"));
        }
        if let Some(side) = &self.scale_out {
            faults.extend(side.validate("scale_out", Way::Out));
        }
        if let Some(side) = &self.scale_in {
            faults.extend(side.validate("scale_in", Way::In));
        }
        faults
    }
}

impl Side {
    fn validate(&self, side: &'static str, way: Way) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !(0.0..=1e9).contains(&self.threshold) {
            faults.push(Fault::new(
                format!("{side}.threshold"),
                format!("must be 0 to 1,000,000,000, met {}", self.threshold),
            ));
        }
        if target_tracking::datapoints("datapoints", self.datapoints).is_some() {
            faults.push(Fault::new(
                format!("{side}.datapoints"),
                format!("must be 1 to 1,440, met {}", self.datapoints),
            ));
        }
        let steps = || format!("{side}.steps");
        if self.steps.is_empty() {
            faults.push(Fault::new(steps(), "is empty: give at least one step"));
        }
        for (index, step) in self.steps.iter().enumerate() {
            let previous = index.checked_sub(1).and_then(|before| self.steps.get(before));
            if let Some(wrong) = step.wrong(previous, way, self.adjust) {
                faults.push(Fault::new(steps(), format!("at position {index}: {wrong}")));
            }
        }
        faults
    }

    /// The step that covers an average, if one does.
    fn step(&self, point: Datapoint, way: Way) -> Option<Step> {
        let servers = i128::from(point.servers);
        let beyond = i128::from(point.total) - i128::from(thousandths(self.threshold)) * servers;
        let bound = |bound: f64| i128::from(thousandths(bound)) * servers;
        self.steps.iter().copied().find(|step| match way {
            Way::Out => {
                step.from.is_none_or(|from| beyond >= bound(from))
                    && step.to.is_none_or(|to| beyond < bound(to))
            }
            Way::In => {
                step.from.is_none_or(|from| beyond > bound(from))
                    && step.to.is_none_or(|to| beyond <= bound(to))
            }
        })
    }

    fn is_breached(&self, point: Datapoint, way: Way) -> bool {
        let threshold = i128::from(thousandths(self.threshold)) * i128::from(point.servers);
        match way {
            Way::Out => i128::from(point.total) >= threshold,
            Way::In => i128::from(point.total) <= threshold,
        }
    }
}

impl Step {
    fn wrong(&self, previous: Option<&Self>, way: Way, adjust: Adjust) -> Option<&'static str> {
        let edge = |edge: Option<f64>, open: f64| edge.unwrap_or(open);
        let (from, to) = (edge(self.from, f64::NEG_INFINITY), edge(self.to, f64::INFINITY));
        let is_right_sign = match (way, adjust) {
            (Way::Out, _) | (_, Adjust::Exact) => self.by >= 0,
            (Way::In, _) => self.by <= 0,
        };
        let is_beyond = match way {
            Way::Out => to > 0.0 && self.from.is_none_or(|from| from >= 0.0),
            Way::In => from < 0.0 && self.to.is_none_or(|to| to <= 0.0),
        };
        if from >= to {
            Some("`from` must be below `to`")
        } else if previous.is_some_and(|before| edge(before.to, f64::INFINITY) > from) {
            Some("it overlaps the step before")
        } else if !is_beyond {
            Some("its bounds lie on the quiet side of the threshold")
        } else if !is_right_sign {
            Some("`by` has the wrong sign")
        } else {
            None
        }
    }
}

/// A number of people in thousandths, to the nearest.
fn thousandths(number: f64) -> i64 {
    (number * 1_000.0 + 0.5).floor() as i64
}

/// What it remembers.
#[derive(Clone, Debug)]
pub struct State {
    config: Config,
    high: Alarm,
    low: Alarm,
    /// No change before this time.
    quiet_until: SimTime,
}

impl State {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            config: config.clone(),
            high: Alarm::default(),
            low: Alarm::default(),
            quiet_until: SimTime::ZERO,
        }
    }

    pub(super) const fn next_check(&self, after: SimTime) -> SimTime {
        controller::next_multiple(after, self.config.period)
    }

    pub(super) fn decide(&mut self, now: SimTime, reading: &Reading<'_>) -> u32 {
        let Config { metric, warmup, min, max, .. } = self.config;
        let group = Group::of(now, reading, warmup);
        let point = Datapoint::of(now, reading, warmup, metric);
        let wanted = reading.wanted;
        let out = change(self.config.scale_out.as_ref(), point, &mut self.high, Way::Out);
        let inward = change(self.config.scale_in.as_ref(), point, &mut self.low, Way::In);
        let next = match (out, inward) {
            _ if now < self.quiet_until => wanted,
            // Steps count from the warm servers, so that what is on its way is not asked
            // for again: the larger of both holds.
            (Some((side, step)), _) => wanted.max(side.adjusted(group.warm, step)),
            // Never in while a scale-out is under way.
            (None, Some((side, step))) if group.warming == 0 => {
                wanted.min(side.adjusted(group.warm + group.leaving, step))
            }
            _ => wanted,
        }
        .clamp(min, max);
        if next != wanted {
            self.quiet_until = now + self.config.cooldown;
        }
        next
    }
}

/// The step to take, if the alarm rings.
fn change<'a>(
    side: Option<&'a Side>,
    point: Option<Datapoint>,
    alarm: &mut Alarm,
    way: Way,
) -> Option<(&'a Side, Step)> {
    let side = side?;
    let is_breach = point.is_some_and(|point| side.is_breached(point, way));
    let rings = alarm.rings(is_breach, side.datapoints);
    let step = side.step(point?, way)?;
    rings.then_some((side, step))
}

impl Side {
    /// The capacity after a step. A percentage is rounded: what is above 1 down, what lies
    /// between 0 and 1 to 1; downwards likewise. 3 servers + 30% are 4, 15 are 19, and 7
    /// servers - 30% are 5.
    ///
    /// Source: user guide, `as-scaling-simple-step.html`, "Scaling adjustment types".
    fn adjusted(&self, capacity: u32, step: Step) -> u32 {
        let capacity = i64::from(capacity);
        let by = i64::from(step.by);
        let next = match self.adjust {
            Adjust::Servers => capacity + by,
            Adjust::Exact => by,
            Adjust::Percent => {
                let product = capacity * by;
                let least = i64::from(self.at_least).max(1);
                let change = product.signum() * (product.abs() / 100).max(least);
                capacity + change
            }
        };
        u32::try_from(next.max(0)).unwrap_or(u32::MAX)
    }
}
