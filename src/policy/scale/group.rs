//! What EC2 Auto Scaling's rules share: warm-up, averages over a group, datapoints.

use super::{Metric, Phase, Reading};
use crate::engine::{SimDuration, SimTime};

/// The servers of a group at a check, by what they count for.
///
/// A server is warm once it has been ready for the warm-up. Until then it is neither in
/// the metric nor in the capacity that a scale-out starts from; one that terminates is
/// still in the capacity that a scale-in starts from.
///
/// Source: `docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-target-tracking.html`,
/// `ec2-auto-scaling-default-instance-warmup.html`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Group {
    /// Past their warm-up.
    pub warm: u32,
    /// Starting, not ready, or within their warm-up.
    pub warming: u32,
    /// Terminating.
    pub leaving: u32,
}

/// The average of a metric over the warm servers that report: `total / servers` thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Datapoint {
    /// Sum in thousandths.
    pub total: u64,
    /// Over so many servers, at least one.
    pub servers: u64,
}

impl Group {
    pub(super) fn of(now: SimTime, reading: &Reading<'_>, warmup: SimDuration) -> Self {
        let mut group = Self::default();
        for server in reading.servers {
            match server.phase {
                Phase::Leaving => group.leaving += 1,
                Phase::Running if is_warm(now, server, warmup) => group.warm += 1,
                Phase::Running | Phase::Starting => group.warming += 1,
            }
        }
        group
    }
}

impl Datapoint {
    /// `None` while no warm server reports.
    pub(super) fn of(
        now: SimTime,
        reading: &Reading<'_>,
        warmup: SimDuration,
        metric: Metric,
    ) -> Option<Self> {
        let mut point = Self { total: 0, servers: 0 };
        let warm = reading
            .servers
            .iter()
            .filter(|server| server.phase == Phase::Running && is_warm(now, server, warmup));
        for values in warm.filter_map(|server| server.values) {
            point.total += values.of(metric);
            point.servers += 1;
        }
        (point.servers > 0).then_some(point)
    }
}

fn is_warm(now: SimTime, server: &super::ServerReading, warmup: SimDuration) -> bool {
    server.ready && server.ready_changed.is_none_or(|since| now.since(since) >= warmup)
}

/// A count of datapoints in a row on the wrong side of a threshold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Alarm {
    breaches: u32,
}

impl Alarm {
    /// Whether the alarm rings: this datapoint breaches, as do the ones before, so many in
    /// a row. A missing datapoint is none that breaches.
    pub(super) fn rings(&mut self, is_breach: bool, datapoints: u32) -> bool {
        self.breaches = if is_breach { self.breaches.saturating_add(1) } else { 0 };
        self.breaches >= datapoints
    }
}
