//! From metrics to a number of servers.
//!
//! Source: kubernetes `pkg/controller/podautoscaler/replica_calculator.go` and
//! `metrics/utilization.go`; the functions that each part follows are named there.

use super::Release;
use super::behavior::Behavior;
use crate::engine::units::Fraction;
use crate::engine::{SimDuration, SimTime};
use crate::policy::scale::lag::Measured;
use crate::policy::scale::{Metric, Phase, Reading, ServerReading, Target};

/// How a number of servers is computed from metrics.
#[derive(Clone, Copy, Debug)]
pub struct Proposer {
    /// When nothing is done.
    pub tolerance: Tolerance,
    /// For so long after its start a server's processor time counts only while it is ready.
    pub cpu_initialization_period: SimDuration,
    /// A readiness that changed within so long of the start was never there.
    pub initial_readiness_delay: SimDuration,
    /// What a pod requests, in thousandths of its server's processors.
    pub cpu_request: u64,
    /// Over how long processor time is averaged.
    pub cpu_window: SimDuration,
}

/// Within what ratios of average to target nothing is done.
#[derive(Clone, Copy, Debug)]
pub struct Tolerance {
    release: Release,
    up: f64,
    down: f64,
}

impl Tolerance {
    /// The rule's own, unless `behavior` has another each way (`tolerancesForHpa`).
    pub fn new(usual: Fraction, behavior: Option<&Behavior>, release: Release) -> Self {
        let up = behavior.and_then(|behavior| behavior.scale_up.tolerance);
        let down = behavior.and_then(|behavior| behavior.scale_down.tolerance);
        let share = |own: Option<Fraction>| own.unwrap_or(usual).as_f64();
        Self { release, up: share(up), down: share(down) }
    }

    /// Whether a ratio is near enough to 1 (`Tolerances.isWithin` from 1.33 on).
    pub fn is_within(&self, ratio: f64) -> bool {
        match self.release {
            Release::V1_32 => (1.0 - ratio).abs() <= self.up,
            Release::V1_33 => (1.0 - self.down) <= ratio && ratio <= (1.0 + self.up),
        }
    }
}

/// Counted servers and the sum of their values, in thousandths.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    servers: u64,
    total: u64,
}

/// The servers, sorted by what may be said of their metric (`groupPods`).
#[derive(Clone, Copy, Debug, Default)]
struct Groups {
    counted: Sum,
    unready: u64,
    missing: u64,
}

impl Proposer {
    /// How many servers all metrics ask for: the most that one of them asks for. `None`
    /// changes nothing: no metric could be computed, or one could not and the others
    /// would scale down (`computeReplicasForMetrics`).
    pub(in crate::policy::scale) fn propose(
        &self,
        now: SimTime,
        reading: &Reading<'_>,
        measured: &Measured<'_>,
        target: &Target,
    ) -> Option<u32> {
        let (mut most, mut is_any_invalid) = (None, false);
        for (metric, target) in target.each() {
            let groups = self.groups(now, reading.servers, measured, metric);
            match self.proposal(groups, reading.wanted, metric, target) {
                Some(proposal) => most = most.max(Some(proposal)),
                None => is_any_invalid = true,
            }
        }
        most.filter(|proposal| !is_any_invalid || *proposal >= reading.wanted)
    }

    /// `groupPods`. Servers that leave are no part of it.
    fn groups(
        &self,
        now: SimTime,
        servers: &[ServerReading],
        measured: &Measured<'_>,
        metric: Metric,
    ) -> Groups {
        let mut groups = Groups::default();
        for server in servers {
            match (server.phase, measured.of(server)) {
                (Phase::Leaving, _) => {}
                (Phase::Starting, _) => groups.unready += 1,
                (Phase::Running, None) => groups.missing += 1,
                (Phase::Running, Some((at, _)))
                    if metric == Metric::Cpu && self.is_unready(now, server, at) =>
                {
                    groups.unready += 1;
                }
                (Phase::Running, Some((_, values))) => {
                    groups.counted.servers += 1;
                    groups.counted.total += values.of(metric);
                }
            }
        }
        groups
    }

    /// Whether processor time measured `at` says nothing, as the server was still
    /// starting up. Only for `cpu`: other metrics count as soon as they are reported.
    fn is_unready(&self, now: SimTime, server: &ServerReading, at: SimTime) -> bool {
        let Some(started) = server.started else {
            return false;
        };
        if started + self.cpu_initialization_period > now {
            // Not ready, or the sample is not wholly later than the readiness.
            let is_early =
                server.ready_changed.is_some_and(|changed| at < changed + self.cpu_window);
            !server.ready || is_early
        } else {
            // Not ready, and never was.
            let changed = server.ready_changed.unwrap_or(SimTime::ZERO);
            !server.ready && started + self.initial_readiness_delay > changed
        }
    }

    /// How many servers one metric asks for, `None` if no server says anything
    /// (`GetResourceReplicas` and `calcPlainMetricReplicas`).
    fn proposal(&self, groups: Groups, current: u32, metric: Metric, target: u64) -> Option<u32> {
        let Groups { counted, unready, missing } = groups;
        if counted.servers == 0 {
            return None;
        }
        let ratio = self.ratio(counted, metric, target);
        let counts_unready = unready > 0 && ratio > 1.0;
        if !counts_unready && missing == 0 {
            return Some(if self.tolerance.is_within(ratio) {
                current
            } else {
                rounded_up(ratio, counted.servers)
            });
        }
        let mut all = counted;
        if ratio < 1.0 {
            // Downwards, who says nothing carries what it should: the target, or for
            // processor time all that it requested.
            let assumed = if metric == Metric::Cpu { self.cpu_request } else { target };
            all.servers += missing;
            all.total += missing * assumed;
        } else if ratio > 1.0 {
            // Upwards, it carries nothing.
            all.servers += missing;
        }
        if counts_unready {
            all.servers += unready;
        }
        let with_all = self.ratio(all, metric, target);
        let turns = (ratio < 1.0 && with_all > 1.0) || (ratio > 1.0 && with_all < 1.0);
        if turns || self.tolerance.is_within(with_all) {
            return Some(current);
        }
        let proposal = rounded_up(with_all, all.servers);
        let contradicts =
            (with_all < 1.0 && proposal > current) || (with_all > 1.0 && proposal < current);
        Some(if contradicts { current } else { proposal })
    }

    /// Average over target. Both are whole thousandths, or whole percents of the request,
    /// rounded down: 200 over 14 servers is 14.285, and a target of 50 gives 4 servers
    /// where a float average gives 4.000000000000001 and 5
    /// (`GetMetricUsageRatio` and `GetResourceUtilizationRatio`).
    fn ratio(&self, sum: Sum, metric: Metric, target: u64) -> f64 {
        if metric == Metric::Cpu {
            let percent = sum.total * 100 / (sum.servers * self.cpu_request);
            percent as f64 / (target / 10) as f64
        } else {
            (sum.total / sum.servers) as f64 / target as f64
        }
    }
}

/// `ratio x servers`, rounded up, as the 64-bit float that it is.
fn rounded_up(ratio: f64, servers: u64) -> u32 {
    (ratio * servers as f64).ceil() as u32
}
