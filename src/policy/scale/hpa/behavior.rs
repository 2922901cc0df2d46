//! How fast an HPA may scale, as a scenario gives it (`spec.behavior`).

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Release, window};
use crate::engine::SimDuration;
use crate::engine::units::Fraction;
use crate::policy::Fault;

/// How fast an HPA may scale, each way; what is left out has Kubernetes' defaults.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Behavior {
    /// Upwards: without a window, the larger of +4 servers and +100% in 15 s.
    pub scale_up: Rules,
    /// Downwards: a window of `downscale_stabilization`, -100% in 15 s.
    pub scale_down: Rules,
}

/// How fast it may scale one way.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// The most careful proposal of so long a time is followed; at most 1h.
    pub stabilization_window: Option<SimDuration>,
    /// Which of several policies counts: that of the largest change by default.
    pub select_policy: Select,
    /// How much may change in how long; not empty.
    pub policies: Option<Vec<Limit>>,
    /// How far the average may be from the target this way, in place of the rule's
    /// `tolerance`; from release 1.33 on.
    pub tolerance: Option<Fraction>,
}

/// Which of several policies counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Select {
    /// That of the largest change.
    #[default]
    Max,
    /// That of the smallest change.
    Min,
    /// Never scale this way.
    Disabled,
}

/// How much may change in how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// So many servers.
    Pods(Change),
    /// So many percent of the servers at the period's start.
    Percent(Change),
}

/// A change within a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// How much, 1 or more.
    pub value: u32,
    /// In how long, at most 30m. A change exactly that old no longer counts.
    pub period: SimDuration,
}

impl Limit {
    /// The period in which it holds.
    pub(super) const fn period(self) -> SimDuration {
        match self {
            Self::Pods(change) | Self::Percent(change) => change.period,
        }
    }
}

const QUARTER_MINUTE: SimDuration = SimDuration::from_secs(15);

/// The policies of those who give none (kubernetes `autoscaling/v2/defaults.go`,
/// `scaleUpRules`).
pub(super) const USUAL_UP: [Limit; 2] = [
    Limit::Pods(Change { value: 4, period: QUARTER_MINUTE }),
    Limit::Percent(Change { value: 100, period: QUARTER_MINUTE }),
];

/// The same downwards (`scaleDownRules`).
pub(super) const USUAL_DOWN: [Limit; 1] =
    [Limit::Percent(Change { value: 100, period: QUARTER_MINUTE })];

/// The fields of one way, for diagnostics.
struct Fields {
    window: &'static str,
    policies: &'static str,
    tolerance: &'static str,
}

const UP: Fields = Fields {
    window: "behavior.scale_up.stabilization_window",
    policies: "behavior.scale_up.policies",
    tolerance: "behavior.scale_up.tolerance",
};

const DOWN: Fields = Fields {
    window: "behavior.scale_down.stabilization_window",
    policies: "behavior.scale_down.policies",
    tolerance: "behavior.scale_down.tolerance",
};

impl Behavior {
    pub(in crate::policy::scale) fn validate(&self, release: Release) -> Vec<Fault> {
        let mut faults = self.scale_up.validate(&UP, release);
        faults.extend(self.scale_down.validate(&DOWN, release));
        faults
    }
}

impl Rules {
    fn validate(&self, fields: &Fields, release: Release) -> Vec<Fault> {
        let mut faults = Vec::new();
        faults.extend(self.stabilization_window.and_then(|met| window(fields.window, met)));
        if self.policies.as_ref().is_some_and(Vec::is_empty) {
            faults.push(Fault::new(
                fields.policies,
                "is empty: leave it out for the defaults, or say \"select_policy\": \"disabled\"",
            ));
        }
        for (index, limit) in self.policies.iter().flatten().enumerate() {
            let (Limit::Pods(change) | Limit::Percent(change)) = limit;
            if change.value == 0 {
                let message = format!("has a value of 0 at position {index}: it must be 1 or more");
                faults.push(Fault::new(fields.policies, message));
            }
            // kubernetes `autoscaling/validation`: `MaxPeriodSeconds`.
            if change.period.is_zero() || change.period > SimDuration::from_secs(1_800) {
                let message = format!(
                    "has a period of {} at position {index}: it must be above 0s, at most 30m",
                    change.period
                );
                faults.push(Fault::new(fields.policies, message));
            }
        }
        if self.tolerance.is_some() && release == Release::V1_32 {
            faults.push(Fault::new(fields.tolerance, "needs `release` 1.33 or later"));
        }
        faults
    }
}
