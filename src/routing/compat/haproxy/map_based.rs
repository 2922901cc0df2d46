//! `hash-type map-based` as HAProxy does it.

use std::ops::ControlFlow;

use super::hash::{HaproxyHash, HaproxyHashType};
use super::{UWGHT_MAX, eweight};
use crate::routing::backend::BackendId;
use crate::routing::connections::Connections;
use crate::routing::membership::Membership;
use crate::routing::roster::common_divisor;
use crate::routing::scheme::Rules;

/// The hash of `hash-type map-based`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HaproxyMapBasedConfig {
    /// `map-based` alone is sdbm without avalanche.
    pub hash: HaproxyHashType,
}

impl Default for HaproxyMapBasedConfig {
    fn default() -> Self {
        Self { hash: HaproxyHashType { function: HaproxyHash::Sdbm, avalanche: false } }
    }
}

/// HAProxy's `hash-type map-based`, its default: the key's hash modulo the sum of weights.
///
/// Even, and the wrong choice for a cluster that changes: from 3 to 4 servers 74.9% of
/// 2,000 recorded keys move, where 25% would have to. A server that fails moves nearly
/// all keys too, for it leaves the table.
///
/// The table has one entry for each unit of weight, after the greatest common divisor
/// of all weights has been divided out. Entries are dealt as round robin would, the
/// first server first; for equal weights they are the list of servers.
///
/// Cost: O(1) and one hash of the key, 7 ns; building takes O(entries x n), about 8 ns a
/// step, and O(n) for equal weights. Memory: 4 bytes an entry. Balance: as even as the keys'
/// hashes, and sdbm's are for sequential keys. Disruption: from n to n + 1 equal servers
/// n / (n + 1) of the keys move.
///
/// Source: HAProxy 2.6 `src/lb_map.c`.
///
/// ```
/// use ringstorm::routing::{Membership, Scheme, SchemeConfig};
///
/// let mut cluster = Membership::new();
/// let ids = [1, 2, 3].map(|k| cluster.join(&format!("127.0.0.1:900{k}"), 1, None));
/// let config = SchemeConfig::named("haproxy_map_based").unwrap();
/// let scheme = Scheme::build(&config, &cluster);
/// assert_eq!(scheme.owner(b"user-0"), Some(ids[1]), "recorded from HAProxy");
/// ```
#[derive(Clone, Debug)]
pub struct HaproxyMapBased {
    hash: HaproxyHashType,
    map: Vec<BackendId>,
}

impl HaproxyMapBased {
    fn find(&self, key: &[u8]) -> Option<BackendId> {
        self.map.get(self.index(key)?).copied()
    }

    fn index(&self, key: &[u8]) -> Option<usize> {
        (self.hash.hash(key) as usize).checked_rem(self.map.len())
    }
}

/// The table.
fn map(membership: &Membership) -> Vec<BackendId> {
    // Of all lines, also of those that are down.
    let divisor = common_divisor(membership.iter().map(|backend| backend.weight.min(UWGHT_MAX)));
    let servers: Vec<(BackendId, i64)> = membership
        .eligible()
        .filter(|backend| eweight(backend) > 0)
        .map(|backend| (backend.id, i64::from(backend.weight.min(UWGHT_MAX) / divisor)))
        .collect();
    if servers.iter().all(|&(_, weight)| weight == 1) {
        return servers.into_iter().map(|(id, _)| id).collect();
    }
    let total: i64 = servers.iter().map(|&(_, weight)| weight).sum();
    let mut scores = vec![0_i64; servers.len()];
    (0..total).filter_map(|_| deal(&servers, &mut scores, total)).collect()
}

/// Whose the next entry is: each gains its weight; the first whose score, in whole
/// totals, is largest has it and pays the total.
///
/// Source: `recalc_server_map` in HAProxy 2.6 `src/lb_map.c`.
fn deal(servers: &[(BackendId, i64)], scores: &mut [i64], total: i64) -> Option<BackendId> {
    let mut best = None;
    let mut max = 0;
    for (place, (score, (_, weight))) in scores.iter_mut().zip(servers).enumerate() {
        *score += weight;
        let value = (*score + total) / total;
        if best.is_none() || value > max {
            (best, max) = (Some(place), value);
        }
    }
    let best = best?;
    scores[best] -= total;
    Some(servers[best].0)
}

impl Rules for HaproxyMapBased {
    type Config = HaproxyMapBasedConfig;
    const HAS_OWNERS: bool = true;

    fn build(config: &HaproxyMapBasedConfig, membership: &Membership) -> Self {
        Self { hash: config.hash, map: map(membership) }
    }

    fn pick(&mut self, _: &Connections, key: &[u8], _: u64) -> Option<BackendId> {
        self.find(key)
    }

    fn update(&mut self, _: &Connections, membership: &Membership) {
        self.map = map(membership);
    }

    fn owner(&self, key: &[u8]) -> Option<BackendId> {
        self.find(key)
    }

    fn candidates(&self, key: &[u8], visit: impl FnMut(BackendId) -> ControlFlow<()>) {
        let (before, from) = self.map.split_at(self.index(key).unwrap_or(0));
        let _ = from.iter().chain(before).copied().try_for_each(visit);
    }

    fn bytes(&self) -> usize {
        self.map.capacity() * size_of::<BackendId>()
    }

    fn most_bytes(_: &HaproxyMapBasedConfig, backends: u64, weight: u64) -> u64 {
        // A list that grows to twice its need.
        weight.min(backends.saturating_mul(u64::from(UWGHT_MAX))).saturating_mul(8)
    }
}
