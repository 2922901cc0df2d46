//! By the clock: so many servers, or other bounds, at given times.
//!
//! Source: EC2 Auto Scaling, `PutScheduledUpdateGroupAction`: an action sets the least,
//! the most and the wanted number, each where it is given; the wanted number stays
//! within the two.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Controller, Reading, Scale};
use crate::engine::{SimDuration, SimTime};
use crate::policy::termination::Pick;
use crate::policy::{Fault, Hue, Info};

/// What people are told of it.
pub const INFO: Info = Info {
    name: "scheduled",
    summary: "by the clock: so many servers, or other bounds, at given times",
    hue: Hue::Baseline,
};

/// Parameters of `scheduled`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What changes when, in order of time.
    pub changes: Vec<Change>,
    /// The length of the day after which the changes happen again; without it they happen once.
    pub every: Option<SimDuration>,
    /// The autoscaler that decides between the bounds; without it the number stays as it
    /// is until the next change.
    pub with: Option<Box<Scale>>,
    /// Which servers leave first.
    #[serde(default = "newest")]
    pub pick: Pick,
}

/// What changes at a time: one of the three, or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// When, from the start of the run or of the day.
    pub at: SimDuration,
    /// So many servers.
    pub servers: Option<u32>,
    /// No fewer servers from then on.
    pub min: Option<u32>,
    /// No more servers from then on.
    pub max: Option<u32>,
}

const fn newest() -> Pick {
    Pick::Newest
}

impl Config {
    /// The most servers that it may ask for.
    pub(super) fn most(&self) -> u32 {
        let asked = self.changes.iter().flat_map(|change| [change.servers, change.min]);
        let own = asked.flatten().max().unwrap_or(0);
        own.max(self.with.as_ref().map_or(0, |scale| scale.most()))
    }

    pub(super) fn validate(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.changes.is_empty() {
            faults.push(Fault::new("changes", "is empty: give at least one"));
        }
        if self.every.is_some_and(SimDuration::is_zero) {
            faults.push(Fault::new("every", "must be more than 0s"));
        }
        let mut previous = SimDuration::ZERO;
        let (mut min, mut max) = (0, u32::MAX);
        for (index, change) in self.changes.iter().enumerate() {
            (min, max) = (change.min.unwrap_or(min), change.max.unwrap_or(max));
            let wrong = if change.at < previous {
                format!("is at {}, before the one above it", change.at)
            } else if self.every.is_some_and(|every| change.at >= every) {
                format!("is at {}, when the day is over", change.at)
            } else if self.every.is_none() && change.at.is_zero() {
                "is at 0s: say so with `servers.count`".to_owned()
            } else if (change.servers, change.min, change.max) == (None, None, None) {
                "has none of `servers`, `min` and `max`".to_owned()
            } else if min > max {
                format!("leaves a `min` of {min} above a `max` of {max}")
            } else if [change.servers, change.min].into_iter().flatten().any(|n| n > 1_000_000) {
                "asks for more than 1,000,000 servers".to_owned()
            } else {
                previous = change.at;
                continue;
            };
            faults.push(Fault::new("changes", format!("at position {index} {wrong}")));
        }
        if let Some(scale) = &self.with {
            if matches!(**scale, Scale::Scheduled(_)) {
                faults.push(Fault::new("with", "is a schedule itself: give one list of changes"));
            }
            let inner = |fault: Fault| {
                Fault::new(format!("with.{}.{}", scale.name(), fault.field), fault.message)
            };
            faults.extend(scale.validate().into_iter().map(inner));
        }
        faults
    }
}

/// What it remembers.
#[derive(Clone, Debug)]
pub struct State {
    changes: Vec<Change>,
    every: Option<SimDuration>,
    min: u32,
    max: u32,
    with: Option<Box<Controller>>,
}

impl State {
    pub(super) fn new(config: &Config, started: u32) -> Self {
        Self {
            changes: config.changes.clone(),
            every: config.every,
            min: 0,
            max: u32::MAX,
            with: config
                .with
                .as_ref()
                .and_then(|scale| Controller::new(scale, started))
                .map(Box::new),
        }
    }

    pub(super) fn next_check(&self, after: SimTime) -> SimTime {
        let own = match self.every {
            None => {
                let times = self.changes.iter().map(|change| SimTime::ZERO + change.at);
                times.filter(|at| *at > after).min()
            }
            Some(every) => {
                let day = after.as_nanos() / every.as_nanos().max(1);
                let days = [day, day.saturating_add(1)];
                let start = |day: u64| SimTime::from_nanos(day.saturating_mul(every.as_nanos()));
                let times = days
                    .into_iter()
                    .flat_map(|day| self.changes.iter().map(move |change| start(day) + change.at));
                times.filter(|at| *at > after).min()
            }
        };
        let with = self.with.as_ref().map(|with| with.next_check(after));
        own.unwrap_or(SimTime::NEVER).min(with.unwrap_or(SimTime::NEVER))
    }

    pub(super) fn decide(&mut self, now: SimTime, reading: &Reading<'_>) -> u32 {
        let phase = match self.every {
            None => now.as_nanos(),
            Some(every) => now.as_nanos() % every.as_nanos().max(1),
        };
        let mut wanted = reading.wanted;
        for change in self.changes.iter().filter(|change| change.at.as_nanos() == phase) {
            self.min = change.min.unwrap_or(self.min);
            self.max = change.max.unwrap_or(self.max);
            wanted = change.servers.unwrap_or(wanted);
        }
        if let Some(with) = &mut self.with {
            let before = SimTime::from_nanos(now.as_nanos().saturating_sub(1));
            if with.next_check(before) == now {
                wanted = with.decide(now, &Reading { wanted, ..*reading });
            }
        }
        wanted.clamp(self.min, self.max.max(self.min))
    }
}
