//! Which servers leave first when fewer are wanted, as pure orders.

use std::cmp::Ordering;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::engine::SimTime;

/// Which servers leave first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// The latest born.
    Newest,
    /// The earliest born.
    Oldest,
    /// Those with the fewest open connections; of equal ones the latest born.
    FewestConnections,
    /// As a Kubernetes ReplicaSet: not ready, then ready for the shortest, then born last,
    /// times on a logarithmic scale: tends to the newest, which are the emptiest.
    ReplicaSet,
    /// As an EC2 Auto Scaling group by default: in the zone with most servers, of the
    /// oldest launch template: tends to the oldest, which are the fullest.
    AutoScalingGroup,
}

/// What an order looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its place in order of birth.
    pub id: u32,
    /// Its zone, as an index.
    pub zone: u32,
    /// Whether it takes connections.
    pub ready: bool,
    /// When it became ready; `None`: long before the run, or not ready.
    pub ready_since: Option<SimTime>,
    /// When it was born; `None`: long before the run.
    pub born: Option<SimTime>,
    /// Which version it runs: deploys count up.
    pub version: u32,
    /// Its open connections.
    pub connections: u32,
    /// A number that is its own by chance, in place of a UUID or a coin.
    pub chance: u64,
}

impl Pick {
    /// Sorts the first to leave to the front. No two candidates share an `id`.
    /// O(servers log servers); for `auto_scaling_group` O(servers²) for the zones.
    pub fn sort(self, now: SimTime, candidates: &mut [Candidate]) {
        match self {
            Self::Newest => candidates.sort_by_key(|server| std::cmp::Reverse(server.id)),
            Self::Oldest => candidates.sort_by_key(|server| server.id),
            Self::FewestConnections => candidates
                .sort_by_key(|server| (server.connections, std::cmp::Reverse(server.id))),
            Self::ReplicaSet => {
                candidates.sort_by(|one, other| replica_set(now, one, other));
            }
            Self::AutoScalingGroup => auto_scaling_group(candidates),
        }
    }
}

/// A ReplicaSet's order: not ready before ready; then ready more recently; then born more
/// recently; then by UUID.
///
/// Times are compared by the whole part of the base-2 logarithm of their age in
/// nanoseconds, and equal ones by UUID, so that servers of like age leave in no order.
/// Rules on pods that run nowhere, deletion costs, pods sharing a machine and restarts have
/// no counterpart here: one server is one machine, and it never restarts.
///
/// Source: kubernetes `pkg/controller/controller_utils.go`, `ActivePodsWithRanks.Less`,
/// `logarithmicRankDiff`.
fn replica_set(now: SimTime, one: &Candidate, other: &Candidate) -> Ordering {
    one.ready
        .cmp(&other.ready)
        .then_with(|| {
            if one.ready && other.ready {
                by_age(now, one.ready_since, other.ready_since, one, other)
            } else {
                Ordering::Equal
            }
        })
        .then_with(|| by_age(now, one.born, other.born, one, other))
        .then_with(|| one.id.cmp(&other.id))
}

/// Equal times decide nothing; unequal times of one rank leave it to the UUID.
fn by_age(
    now: SimTime,
    one_time: Option<SimTime>,
    other_time: Option<SimTime>,
    one: &Candidate,
    other: &Candidate,
) -> Ordering {
    if one_time == other_time {
        return Ordering::Equal;
    }
    rank(now, one_time)
        .cmp(&rank(now, other_time))
        .then_with(|| one.chance.cmp(&other.chance))
}

/// The whole part of the base-2 logarithm of an age in nanoseconds; -1 for none. What is
/// older than the run has the highest rank.
fn rank(now: SimTime, time: Option<SimTime>) -> i32 {
    let Some(time) = time else { return i32::MAX };
    let age = now.since(time).as_nanos();
    age.checked_ilog2().map_or(-1, |rank| i32::try_from(rank).unwrap_or(i32::MAX))
}

/// An Auto Scaling group's default order: each time, of the zone with most servers the
/// one with the oldest version, and of those one at random. (Between them AWS looks for
/// the one nearest to its next hour of billing, which billing by the second has made
/// void.) Equally large zones: the one whose oldest version is older, then by chance.
///
/// Source: `docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-termination-policies.html`,
/// default termination policy.
fn auto_scaling_group(candidates: &mut [Candidate]) {
    for first in 0..candidates.len() {
        let rest = &candidates[first..];
        let crowd = |zone: u32| rest.iter().filter(|server| server.zone == zone).count();
        let order = |server: &Candidate| {
            (std::cmp::Reverse(crowd(server.zone)), server.version, server.chance, server.id)
        };
        let next = rest.iter().enumerate().min_by_key(|(_, server)| order(server));
        if let Some((offset, _)) = next {
            candidates[first..].swap(0, offset);
        }
    }
}
