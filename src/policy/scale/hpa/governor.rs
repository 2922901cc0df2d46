//! From a proposal to the number of servers that is wanted: bounds, windows, rates.
//!
//! Source: kubernetes `pkg/controller/podautoscaler/horizontal.go`; the functions that
//! each part follows are named there.

use std::cmp::Ordering;
use std::collections::VecDeque;

use super::behavior::{Behavior, Limit, Rules, Select, USUAL_DOWN, USUAL_UP};
use crate::engine::{SimDuration, SimTime};

/// Bounds, windows and rates of an HPA, with what they need to remember.
#[derive(Clone, Debug)]
pub struct Governor {
    min: u32,
    max: u32,
    limits: Limits,
    /// Proposals within the longest window, oldest first.
    proposals: VecDeque<(SimTime, u32)>,
    /// Servers added, and when.
    added: Vec<(SimTime, u32)>,
    /// Servers taken away, and when.
    deleted: Vec<(SimTime, u32)>,
    /// Whether the number at the first check is noted (`recordInitialRecommendation`).
    is_begun: bool,
}

#[derive(Clone, Debug)]
enum Limits {
    /// Without `behavior`: twice the servers, or 4, at a check; down after a window.
    Fixed { window: SimDuration },
    /// With it.
    Each { up: Way, down: Way },
}

/// One way, with nothing left open.
#[derive(Clone, Debug)]
struct Way {
    window: SimDuration,
    select: Select,
    policies: Vec<Limit>,
}

impl Way {
    fn new(rules: &Rules, window: SimDuration, usual: &[Limit]) -> Self {
        Self {
            window: rules.stabilization_window.unwrap_or(window),
            select: rules.select_policy,
            policies: rules.policies.clone().unwrap_or_else(|| usual.to_vec()),
        }
    }

    fn longest_period(&self) -> SimDuration {
        self.policies.iter().map(|limit| limit.period()).max().unwrap_or_default()
    }
}

impl Governor {
    /// With these bounds (`min` from 1) and this behaviour.
    pub(in crate::policy::scale) fn new(
        min: u32,
        max: u32,
        behavior: Option<&Behavior>,
        downscale_stabilization: SimDuration,
    ) -> Self {
        let limits = match behavior {
            None => Limits::Fixed { window: downscale_stabilization },
            Some(behavior) => Limits::Each {
                up: Way::new(&behavior.scale_up, SimDuration::ZERO, &USUAL_UP),
                down: Way::new(&behavior.scale_down, downscale_stabilization, &USUAL_DOWN),
            },
        };
        Self {
            min,
            max,
            limits,
            proposals: VecDeque::new(),
            added: Vec::new(),
            deleted: Vec::new(),
            is_begun: false,
        }
    }

    /// What is wanted, where `current` was; `propose` is asked only where metrics count,
    /// and `None` from it (no metric, or not enough to scale down by) changes nothing.
    ///
    /// With no server at all the autoscaler is off; out of bounds, it goes to the bound at
    /// once (`reconcileAutoscaler`).
    pub(in crate::policy::scale) fn decide(
        &mut self,
        now: SimTime,
        current: u32,
        propose: impl FnOnce() -> Option<u32>,
    ) -> u32 {
        if !self.is_begun {
            self.is_begun = true;
            self.proposals.push_back((now, current));
        }
        let wanted = if current == 0 {
            return 0;
        } else if current > self.max {
            self.max
        } else if current < self.min {
            self.min
        } else {
            match propose() {
                None => return current,
                Some(proposal) => self.normalise(now, current, proposal),
            }
        };
        self.note(now, current, wanted);
        wanted
    }

    /// `normalizeDesiredReplicas` and `normalizeDesiredReplicasWithBehaviors`.
    fn normalise(&mut self, now: SimTime, current: u32, proposal: u32) -> u32 {
        let stable = self.stabilise(now, current, proposal);
        match &self.limits {
            Limits::Fixed { .. } => {
                // `calculateScaleUpLimit`: a factor of 2, at least 4.
                let limit = current.saturating_mul(2).max(4);
                let highest = self.max.min(limit);
                if stable < self.min { self.min } else { stable.min(highest) }
            }
            Limits::Each { up, .. } if stable > current => {
                let limit = self.limit(now, current, up, true).max(current);
                stable.min(self.max.min(limit))
            }
            Limits::Each { down, .. } if stable < current => {
                let limit = self.limit(now, current, down, false).min(current);
                stable.max(self.min.max(limit))
            }
            Limits::Each { .. } => stable,
        }
    }

    /// `stabilizeRecommendation` and `stabilizeRecommendationWithBehaviors`: the current
    /// number, brought between the lowest proposal of the window upwards and the highest
    /// of the window downwards. A proposal as old as a window no longer counts; without
    /// `behavior` it still does.
    fn stabilise(&mut self, now: SimTime, current: u32, proposal: u32) -> u32 {
        let age = |at: SimTime| now.since(at);
        let stable = match &self.limits {
            Limits::Fixed { window } => {
                while self.proposals.front().is_some_and(|(at, _)| age(*at) > *window) {
                    self.proposals.pop_front();
                }
                self.proposals.iter().fold(proposal, |highest, (_, other)| highest.max(*other))
            }
            Limits::Each { up, down } => {
                let longest = up.window.max(down.window);
                while self.proposals.front().is_some_and(|(at, _)| age(*at) >= longest) {
                    self.proposals.pop_front();
                }
                let (mut lowest, mut highest) = (proposal, proposal);
                for (at, other) in &self.proposals {
                    if age(*at) < up.window {
                        lowest = lowest.min(*other);
                    }
                    if age(*at) < down.window {
                        highest = highest.max(*other);
                    }
                }
                current.max(lowest).min(highest)
            }
        };
        self.proposals.push_back((now, proposal));
        stable
    }

    /// How far one way may go now: `calculateScaleUpLimitWithScalingRules` and
    /// `calculateScaleDownLimitWithBehaviors`. All policies share the changes made:
    /// 5 servers in 60 s are 5 in four checks, not in each.
    fn limit(&self, now: SimTime, current: u32, way: &Way, is_up: bool) -> u32 {
        if way.select == Select::Disabled {
            return current;
        }
        let proposals = way.policies.iter().map(|limit| {
            let period = limit.period();
            let start = i64::from(current) - within(&self.added, now, period)
                + within(&self.deleted, now, period);
            match (*limit, is_up) {
                (Limit::Pods(change), true) => start + i64::from(change.value),
                (Limit::Pods(change), false) => start - i64::from(change.value),
                // Rounded up, or a small number would never grow.
                (Limit::Percent(change), true) => {
                    (start as f64 * (1.0 + f64::from(change.value) / 100.0)).ceil() as i64
                }
                (Limit::Percent(change), false) => {
                    (start as f64 * (1.0 - f64::from(change.value) / 100.0)) as i64
                }
            }
        });
        let is_highest = (way.select == Select::Max) == is_up;
        let chosen = if is_highest { proposals.max() } else { proposals.min() };
        let chosen = chosen.unwrap_or(i64::from(current));
        u32::try_from(chosen.max(0)).unwrap_or(u32::MAX)
    }

    /// `storeScaleEvent`. A change takes the place of the last that its own way's longest
    /// period has left behind, so that a longer period of the other way may miss it.
    fn note(&mut self, now: SimTime, current: u32, wanted: u32) {
        let Limits::Each { up, down } = &self.limits else { return };
        let (events, longest) = match wanted.cmp(&current) {
            Ordering::Greater => (&mut self.added, up.longest_period()),
            Ordering::Less => (&mut self.deleted, down.longest_period()),
            Ordering::Equal => return,
        };
        let change = (now, wanted.abs_diff(current));
        match events.iter_mut().rev().find(|(at, _)| now.since(*at) > longest) {
            Some(outdated) => *outdated = change,
            None => events.push(change),
        }
    }
}

/// The servers of the events strictly younger than `period` (`getReplicasChangePerPeriod`).
fn within(events: &[(SimTime, u32)], now: SimTime, period: SimDuration) -> i64 {
    let young = events.iter().filter(|(at, _)| now.since(*at) < period);
    young.map(|(_, servers)| i64::from(*servers)).sum()
}
