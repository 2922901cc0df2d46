//! `hash-type consistent` as HAProxy does it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use super::hash::{HaproxyHash, HaproxyHashType, full_hash};
use super::{EWGHT_MAX, UWGHT_MAX, WEIGHT_SCALE, eweight, is_reload};
use crate::routing::backend::BackendId;
use crate::routing::connections::{Connections, Recount};
use crate::routing::membership::Membership;
use crate::routing::scheme::Rules;

/// `hash-type consistent FUNCTION avalanche`, `hash-balance-factor`, and `id` of servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HaproxyConsistentConfig {
    /// `consistent` alone is sdbm with avalanche; with a function named, avalanche only
    /// if it is written too.
    pub hash: HaproxyHashType,
    /// How far above the mean a server may be loaded, in percent: 0 for no bound, else
    /// above 100. At 125 no server holds more than 1.25 times its fair share.
    pub balance_factor: u32,
    /// The `id` of servers that have one, by address. The others are numbered by
    /// position, from 1.
    pub ids: BTreeMap<String, u32>,
}

impl Default for HaproxyConsistentConfig {
    fn default() -> Self {
        Self {
            hash: HaproxyHashType { function: HaproxyHash::Sdbm, avalanche: true },
            balance_factor: 0,
            ids: BTreeMap::new(),
        }
    }
}

/// HAProxy's `hash-type consistent`: a ring of 16 points for each unit of weight; a key
/// belongs to the point that is nearest, on either side.
///
/// For keys that should stay when servers come and go. **Give servers an `id`**: without,
/// they are numbered by position, so that a line removed renumbers all behind it. Of 5
/// servers without the second, 65.5% of 2,000 recorded keys move; with ids 15.8%, the
/// keys that it had. From 3 to 4 servers 28.1% move. **Keep the avalanche**: `consistent
/// sdbm` without it puts 1,900 of 2,000 sequential keys on one of 3 servers.
///
/// Point j of a server is the mixed bits of id x 4096 + j, j below 16 x weight: name and
/// address play no part. (Versions 3.0 to 3.3-dev9 computed other points for the same
/// configuration.) A server that is not ready takes its points out; all others keep
/// theirs. A key of no bytes is hashed like any other; a request that has no key at all
/// is not this scheme's, HAProxy takes turns then.
///
/// With a balance factor F, from the nearest point on the first server that is not full
/// is taken. Full is one that holds its part of (connections + 1) x F / 100, rounded up
/// and dealt out by weight, at least 1. **It places and never moves**: of 600 recorded
/// tunnels at F = 125 on 5 servers the fullest has 138 instead of 142, and after a third
/// has closed nothing is balanced again. One hot key, 300 times, at F = 125, gives
/// 0, 75, 75, 75, 75.
///
/// Cost: O(log points) and one hash of the key, 25 to 55 ns at 10 to 1,000 servers; with a
/// factor O(1) for each point looked at besides. Memory: 12 bytes a point, 208 a server of
/// weight 1, 48 KiB one of 256 or more; all together have no limit, as in HAProxy
/// ([`most_bytes`](crate::routing::SchemeConfig::most_bytes) says what they take). Balance:
/// 16 points a server are few. Each owns half of two gaps, so that a share has a standard
/// deviation of 1 / sqrt(2 x 16), 18% of itself; the largest of 10 has 1.3 times the mean.
/// Weights of 10 or more for all give 160 points and more. Disruption: the least possible
/// for the shares that it has, if ids are given.
///
/// Source: HAProxy 2.6 `src/lb_chash.c` (its rules, stated anew).
///
/// ```
/// use ringstorm::routing::{Membership, Scheme, SchemeConfig};
/// use ringstorm::routing::compat::HaproxyConsistentConfig;
///
/// let mut cluster = Membership::new();
/// let ids = [1, 2, 3, 4, 5].map(|k| cluster.join(&format!("127.0.0.1:900{k}"), 1, None));
/// let config = HaproxyConsistentConfig {
///     ids: (1..=5).map(|k| (format!("127.0.0.1:900{k}"), k)).collect(),
///     ..HaproxyConsistentConfig::default()
/// };
/// let mut scheme = Scheme::build(&SchemeConfig::HaproxyConsistent(config), &cluster);
/// assert_eq!(scheme.owner(b"user-1"), Some(ids[4]), "recorded from HAProxy");
/// cluster.leave(ids[1]);
/// scheme.update(&cluster);
/// assert_eq!(scheme.owner(b"user-1"), Some(ids[4]), "recorded from HAProxy");
/// ```
#[derive(Clone, Debug)]
pub struct HaproxyConsistent {
    config: HaproxyConsistentConfig,
    servers: Vec<Server>,
    // By key; of equal keys in the order in which they were put in.
    points: Vec<Point>,
    tot_weight: u32,
    served: u32,
}

#[derive(Clone, Copy, Debug)]
struct Server {
    id: BackendId,
    // The number that its points hash.
    puid: u32,
    eweight: u32,
    // The effective weight of those before it, when the process started.
    cumulative_weight: u32,
}

#[derive(Clone, Copy, Debug)]
struct Point {
    key: u32,
    // The place of its server.
    place: u32,
    // Which of its server's points.
    index: u32,
}

impl HaproxyConsistent {
    /// The index of the nearest point; of two as near, the one before.
    fn nearest(&self, key: &[u8]) -> Option<usize> {
        let hash = self.config.hash.hash(key);
        let last = self.points.len().checked_sub(1)?;
        let lower = self.points.partition_point(|point| point.key < hash);
        let next = if lower > last { 0 } else { lower };
        let prev = if next == 0 { last } else { next - 1 };
        let dp = hash.wrapping_sub(self.points[prev].key);
        let dn = self.points[next].key.wrapping_sub(hash);
        Some(if dp <= dn { prev } else { next })
    }

    fn server_at(&self, point: usize) -> &Server {
        &self.servers[self.points[point].place as usize]
    }

    /// The first server from a point on that is not full; that of the last point if the end
    /// is passed a second time, as happens where all are full: servers that are out of order
    /// keep their parts.
    ///
    /// Source: `chash_get_server_hash` in HAProxy 2.6 `src/lb_chash.c`, which leaves its loop
    /// before it goes back to the first point.
    fn walk(&self, held: &Connections, mut point: usize) -> BackendId {
        let mut ends = 0;
        loop {
            let server = self.server_at(point);
            if self.is_eligible(held, server) {
                return server.id;
            }
            point += 1;
            if point == self.points.len() {
                ends += 1;
                if ends > 1 {
                    return server.id;
                }
                point = 0;
            }
        }
    }

    /// Whether a server has a slot left for a connection that is about to be.
    ///
    /// Source: `chash_server_is_eligible` in HAProxy 2.6 `src/lb_chash.c`; 32 bits.
    fn is_eligible(&self, held: &Connections, server: &Server) -> bool {
        let factor = self.config.balance_factor;
        let tot_slots = self.served.wrapping_add(1).wrapping_mul(factor).wrapping_add(99) / 100;
        let slots_per_weight = tot_slots / self.tot_weight.max(1);
        let remainder = tot_slots % self.tot_weight.max(1);
        let part = |weight: u32| weight.wrapping_mul(remainder) / self.tot_weight.max(1);
        let slots = server
            .eweight
            .wrapping_mul(slots_per_weight)
            .wrapping_add(part(server.cumulative_weight.wrapping_add(server.eweight)))
            .wrapping_sub(part(server.cumulative_weight));
        held.to(server.id) < slots.max(1)
    }

    /// Puts points in and takes points out until each server has what it should, as
    /// (before, after) say for each place.
    fn adjust(&mut self, changes: &[(u32, u32)]) {
        self.points.retain(|point| point.index < changes[point.place as usize].1);
        for (place, &(before, after)) in changes.iter().enumerate() {
            let base = self.servers[place].puid.wrapping_mul(EWGHT_MAX);
            self.points.extend((before..after).map(|index| Point {
                key: full_hash(base.wrapping_add(index)),
                place: place as u32,
                index,
            }));
        }
        // Stable: new points go behind old ones of the same key.
        self.points.sort_by_key(|point| point.key);
    }
}

/// The ids of all servers: their own, else the first that is free from their position on.
///
/// Source: "assign automatic UIDs" in HAProxy 2.6 `src/cfgparse.c`.
fn puids(config: &HaproxyConsistentConfig, membership: &Membership) -> Vec<u32> {
    let own = |address: &str| config.ids.get(address).copied().filter(|&id| id != 0);
    let mut used: BTreeSet<u32> =
        membership.iter().filter_map(|backend| own(&backend.address)).collect();
    let mut next_id = 1_u32;
    let mut puids = Vec::with_capacity(membership.len());
    for backend in membership {
        let puid = own(&backend.address).unwrap_or_else(|| {
            while !used.insert(next_id) {
                next_id = next_id.wrapping_add(1);
            }
            next_id
        });
        puids.push(puid);
        next_id = next_id.wrapping_add(1);
    }
    puids
}

impl Rules for HaproxyConsistent {
    type Config = HaproxyConsistentConfig;
    const HAS_OWNERS: bool = true;

    fn build(config: &HaproxyConsistentConfig, membership: &Membership) -> Self {
        let mut tot_weight = 0_u32;
        let mut servers = Vec::with_capacity(membership.len());
        for (backend, puid) in membership.iter().zip(puids(config, membership)) {
            let eweight = eweight(backend);
            let cumulative_weight = if eweight > 0 { tot_weight } else { 0 };
            servers.push(Server { id: backend.id, puid, eweight, cumulative_weight });
            tot_weight = tot_weight.wrapping_add(eweight);
        }
        let changes: Vec<(u32, u32)> = servers.iter().map(|server| (0, server.eweight)).collect();
        let mut ring =
            Self { config: config.clone(), servers, points: Vec::new(), tot_weight, served: 0 };
        ring.adjust(&changes);
        ring.points.shrink_to_fit();
        ring
    }

    fn pick(&mut self, held: &Connections, key: &[u8], _: u64) -> Option<BackendId> {
        let point = self.nearest(key)?;
        if self.config.balance_factor == 0 {
            return Some(self.server_at(point).id);
        }
        Some(self.walk(held, point))
    }

    fn update(&mut self, held: &Connections, membership: &Membership) {
        // Ids given by address are compared too: in a membership that was built anew a
        // backend's id may be another server's.
        let same_puids = || {
            let before = self.servers.iter().map(|server| server.puid);
            before.eq(puids(&self.config, membership))
        };
        if is_reload(self.servers.iter().map(|server| server.id), membership) || !same_puids() {
            *self = Self::build(&self.config, membership);
        } else {
            let changes: Vec<(u32, u32)> = self
                .servers
                .iter()
                .zip(membership)
                .map(|(server, backend)| (server.eweight, eweight(backend)))
                .collect();
            self.adjust(&changes);
            for (server, (_, after)) in self.servers.iter_mut().zip(changes) {
                server.eweight = after;
            }
            let weights = self.servers.iter().map(|server| server.eweight);
            self.tot_weight = weights.fold(0, u32::wrapping_add);
        }
        let counts = membership.iter().map(|backend| held.to(backend.id));
        self.served = counts.fold(0, u32::wrapping_add);
    }

    fn hears_counts(&self) -> bool {
        self.config.balance_factor > 0
    }

    fn recounted(&mut self, recount: Recount) {
        self.served = self.served.wrapping_sub(recount.before).wrapping_add(recount.after);
    }

    fn forgot_counts(&mut self) {
        self.served = 0;
    }

    fn owner(&self, key: &[u8]) -> Option<BackendId> {
        self.nearest(key).map(|point| self.server_at(point).id)
    }

    fn candidates(&self, key: &[u8], visit: impl FnMut(BackendId) -> ControlFlow<()>) {
        let Some(nearest) = self.nearest(key) else { return };
        let points = (nearest..self.points.len()).chain(0..nearest);
        let _ = points.map(|point| self.server_at(point).id).try_for_each(visit);
    }

    fn bytes(&self) -> usize {
        let ids = self.config.ids.keys().map(|address| address.capacity() + 32).sum::<usize>();
        self.servers.capacity() * size_of::<Server>()
            + self.points.capacity() * size_of::<Point>()
            + ids
    }

    fn most_bytes(config: &HaproxyConsistentConfig, backends: u64, weight: u64) -> u64 {
        let weight = weight.min(backends.saturating_mul(u64::from(UWGHT_MAX)));
        let ids = config.ids.keys().map(|address| address.len() as u64 + 64).sum::<u64>();
        // Points that grow to twice their need, and what sorting them takes.
        weight.saturating_mul(u64::from(WEIGHT_SCALE)).saturating_mul(36).saturating_add(ids)
    }
}

const _: () = assert!(EWGHT_MAX == UWGHT_MAX * WEIGHT_SCALE);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::{BackendState, Scheme, SchemeConfig};

    fn puids_of(own: &[(&str, u32)], addresses: &[&str]) -> Vec<u32> {
        let mut cluster = Membership::new();
        for address in addresses {
            cluster.join(address, 1, None);
        }
        let ids = own.iter().map(|&(address, id)| (address.to_owned(), id)).collect();
        puids(&HaproxyConsistentConfig { ids, ..HaproxyConsistentConfig::default() }, &cluster)
    }

    #[test]
    fn servers_without_an_id_are_numbered_by_position_around_the_ids_that_are_taken() {
        assert_eq!(puids_of(&[], &["a", "b", "c"]), [1, 2, 3]);
        assert_eq!(puids_of(&[("a", 5)], &["a", "b", "c"]), [5, 2, 3]);
        assert_eq!(puids_of(&[("c", 1)], &["a", "b", "c"]), [2, 3, 1]);
        assert_eq!(puids_of(&[("b", 3)], &["a", "b", "c", "d"]), [1, 3, 4, 5]);
    }

    #[test]
    fn where_all_are_full_the_server_of_the_last_point_is_taken_as_haproxy_does() {
        let mut cluster = Membership::new();
        let ids: Vec<_> =
            (1..=7).map(|k| cluster.join(&format!("127.0.0.1:{}", 19_000 + k), 1, None)).collect();
        let config = HaproxyConsistentConfig { balance_factor: 101, ..Default::default() };
        let mut scheme = Scheme::build(&SchemeConfig::HaproxyConsistent(config), &cluster);
        // 2, 4 and 6 keep their parts, so that the others cannot take all.
        for down in [ids[1], ids[3], ids[5]] {
            cluster.set_state(down, BackendState::Down);
        }
        scheme.update(&cluster);
        let picks: Vec<u32> = (0..40)
            .map(|user| {
                let id = scheme.pick(format!("user-{user}").as_bytes(), 0).unwrap();
                scheme.opened(id);
                id.number() + 1
            })
            .collect();
        // Recorded from HAProxy 2.6.12: tunnels that stay open, after `disable server`.
        let recorded = [
            3, 5, 1, 7, 5, 3, 7, 1, 5, 7, 1, 3, 5, 3, 1, 7, 5, 7, 1, 3, 5, 7, 3, 1, 5, 3, 1, 7, 5,
            3, 1, 7, 5, 3, 7, 1, 5, 3, 1, 7,
        ];
        assert_eq!(picks, recorded);
    }

    #[test]
    fn points_that_come_back_go_behind_those_of_the_same_key() {
        let mut cluster = Membership::new();
        let ids = ["a", "b"].map(|address| cluster.join(address, 1, None));
        let mut ring = HaproxyConsistent::build(&HaproxyConsistentConfig::default(), &cluster);
        // Both servers get the same points.
        ring.servers[1].puid = ring.servers[0].puid;
        ring.points.clear();
        ring.adjust(&[(0, 16), (0, 16)]);
        assert_eq!(ring.points[0].place, 0);
        ring.adjust(&[(16, 0), (16, 16)]);
        ring.adjust(&[(0, 16), (16, 16)]);
        assert_eq!(ring.points[0].key, ring.points[1].key);
        assert_eq!([ring.points[0].place, ring.points[1].place], [1, 0]);
        assert_eq!(ring.server_at(0).id, ids[1]);
    }
}
