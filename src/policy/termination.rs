//! Which servers leave first when fewer are wanted, as pure orders.

use std::cmp::Reverse;
use std::collections::BTreeMap;

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
    #[serde(rename = "fewest")]
    FewestConnections,
    /// As a Kubernetes `ReplicaSet`: not ready, then ready for the shortest, then born last,
    /// times on a logarithmic scale: tends to the newest, which are the emptiest.
    #[serde(rename = "kubernetes")]
    ReplicaSet,
    /// As an EC2 Auto Scaling group by default: in the zone with most servers, of the
    /// oldest launch template: tends to the oldest, which are the fullest.
    #[serde(rename = "aws")]
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
    /// O(servers log servers), and for `auto_scaling_group` O(servers x zones).
    pub fn sort(self, now: SimTime, candidates: &mut [Candidate]) {
        match self {
            Self::Newest => candidates.sort_by_key(|server| Reverse(server.id)),
            Self::Oldest => candidates.sort_by_key(|server| server.id),
            Self::FewestConnections => {
                candidates.sort_by_key(|server| (server.connections, Reverse(server.id)));
            }
            Self::ReplicaSet => candidates.sort_by_key(|server| replica_set(now, server)),
            Self::AutoScalingGroup => auto_scaling_group(candidates),
        }
    }
}

/// A `ReplicaSet`'s order: not ready before ready; the ready by when they became so, the
/// others by when they were born, later first; then by UUID.
///
/// Times are compared by the whole part of the base-2 logarithm of their age in
/// nanoseconds, so that servers of like age leave in no order but that of their UUIDs.
/// Rules on pods that run nowhere, deletion costs, pods sharing a machine and restarts have
/// no counterpart here: one server is one machine, and it never restarts. Of two that
/// became ready in the same nanosecond the original would compare the births; that makes
/// circles of three, on which its sort has no defined result.
///
/// Source: kubernetes `pkg/controller/controller_utils.go`, `ActivePodsWithRanks.Less`,
/// `logarithmicRankDiff`.
fn replica_set(now: SimTime, server: &Candidate) -> (bool, i32, u64, u32) {
    let since = if server.ready { server.ready_since } else { server.born };
    (server.ready, rank(now, since), server.chance, server.id)
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
/// void.) Of equally large zones, the one whose oldest version is older, then by chance.
///
/// Source: `docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-termination-policies.html`,
/// default termination policy.
fn auto_scaling_group(candidates: &mut [Candidate]) {
    let order = |server: &Candidate| (server.version, server.chance, server.id);
    let mut zones: BTreeMap<u32, Vec<Candidate>> = BTreeMap::new();
    for candidate in candidates.iter() {
        zones.entry(candidate.zone).or_default().push(*candidate);
    }
    for zone in zones.values_mut() {
        zone.sort_by_key(|server| Reverse(order(server)));
    }
    for place in candidates {
        let largest = zones
            .values_mut()
            .max_by_key(|zone| (zone.len(), zone.last().map(|first| Reverse(order(first)))));
        if let Some(first) = largest.and_then(Vec::pop) {
            *place = first;
        }
    }
}
