//! The slots of Redis Cluster.

use std::ops::ControlFlow;

use super::super::backend::{Backend, BackendId};
use super::super::connections::Connections;
use super::super::membership::Membership;
use super::super::pubsub::{self, SLOTS};
use super::super::scheme::Rules;

/// Redis Cluster's 16,384 hash slots, shared out in ranges as `redis-cli` does.
///
/// For keys and, as `SPUBLISH` does, for channels. The slot of a key is fixed; which
/// backend serves a slot is a table that operators change. Keys with the same text in
/// braces have the same slot: `{room:7}.users` and `{room:7}.log` are served together.
///
/// The slot is the CRC-16 of the key modulo 16,384; if there is a `{`, and a `}` after
/// it with something in between, of that in between only. At first backends have
/// consecutive ranges in proportion to weight, in order of joining. A change of
/// membership moves no more slots than it must: who has more than its share, rounded up,
/// gives up its lowest, who has less than it, rounded down, takes them. So routers that
/// have seen different changes have different tables, as in a real cluster the table is
/// shared state and not a function of the membership. A backend that is not eligible has
/// no slots. (In a real cluster a failed one keeps them, unserved, until its replica
/// takes its place.)
///
/// Cost: O(1) and one CRC of the key, 1 to 2.5 ns a byte; 35 us an update. Memory: 64
/// KiB. Balance: within one slot of the weights. Disruption: the least possible.
///
/// Source: Redis Cluster specification, "Key distribution model"; `src/cluster.c`,
/// `src/crc16.c` and (for ranges) `src/redis-cli.c` of Redis 7.0.
///
/// ```
/// use ringstorm::routing::{Membership, Scheme, SchemeConfig};
/// use ringstorm::routing::compat::RedisSlot;
///
/// assert_eq!(RedisSlot::slot(b"foo"), 12_182);
/// assert_eq!(RedisSlot::slot(b"{user1000}.following"), RedisSlot::slot(b"user1000"));
///
/// let mut cluster = Membership::new();
/// let ids = [1, 2, 3].map(|k| cluster.join(&format!("127.0.0.1:700{k}"), 1, None));
/// let scheme = Scheme::build(&SchemeConfig::RedisSlot, &cluster);
/// assert_eq!(scheme.owner(b"foo"), Some(ids[2]), "slots 10,923 to 16,383");
/// ```
#[derive(Clone, Debug)]
pub struct RedisSlot {
    // Who serves each slot; empty if nobody is eligible.
    slots: Vec<BackendId>,
}

impl RedisSlot {
    /// How many slots there are: [`pubsub::SLOTS`].
    pub const SLOTS: u16 = SLOTS;

    /// The slot of a key: [`pubsub::slot()`].
    pub fn slot(key: &[u8]) -> u16 {
        pubsub::slot(key)
    }

    /// Who serves a slot; `None` if nobody does, or it is none.
    pub fn server(&self, slot: u16) -> Option<BackendId> {
        self.slots.get(usize::from(slot)).copied()
    }
}

/// The eligible backends, and how many slots each should have.
///
/// Source: `clusterManagerCommandCreate` in Redis 7.0 `src/redis-cli.c`: ranges end at
/// multiples of slots / n, rounded.
fn shares(membership: &Membership) -> Vec<(BackendId, usize)> {
    let sum: u64 = membership.eligible().map(|backend| u64::from(backend.weight)).sum();
    let slots = u128::from(RedisSlot::SLOTS);
    let mut through = 0_u64;
    let mut first = 0;
    membership
        .eligible()
        .map(|backend| {
            through += u64::from(backend.weight);
            // Rounded half up, in whole numbers.
            let end = (2 * slots * u128::from(through) + u128::from(sum)) / (2 * u128::from(sum));
            let share = end as usize - first;
            first = end as usize;
            (backend.id, share)
        })
        .collect()
}

/// How many slots each eligible backend should have who has so many now: its fair share,
/// rounded up or down, whichever is nearer to what it has.
fn reshares(old: &[BackendId], membership: &Membership) -> Vec<(BackendId, usize)> {
    let mut held = vec![0_usize; membership.id_count()];
    for owner in old {
        if let Some(count) = held.get_mut(owner.index()) {
            *count += 1;
        }
    }
    let sum: u64 = membership.eligible().map(|backend| u64::from(backend.weight)).sum();
    let fair = |backend: &Backend| u64::from(RedisSlot::SLOTS) * u64::from(backend.weight);
    let floor = |backend: &Backend| (fair(backend) / sum) as usize;
    let ceiling = |backend: &Backend| fair(backend).div_ceil(sum) as usize;
    let mut shares: Vec<(BackendId, usize)> = membership
        .eligible()
        .map(|backend| {
            let count = held.get(backend.id.index()).copied().unwrap_or(0);
            (backend.id, count.clamp(floor(backend), ceiling(backend)))
        })
        .collect();
    let total: usize = shares.iter().map(|&(_, share)| share).sum();
    let slots = usize::from(RedisSlot::SLOTS);
    let (mut missing, mut surplus) = (slots.saturating_sub(total), total.saturating_sub(slots));
    for ((_, share), backend) in shares.iter_mut().zip(membership.eligible()) {
        if missing > 0 && *share < ceiling(backend) {
            *share += 1;
            missing -= 1;
        } else if surplus > 0 && *share > floor(backend) {
            *share -= 1;
            surplus -= 1;
        }
    }
    shares
}

/// Who keeps which slots, and who gets those that are free.
fn reshard(old: &[BackendId], mut shares: Vec<(BackendId, usize)>) -> Vec<BackendId> {
    if shares.is_empty() {
        return Vec::new();
    }
    let mut slots: Vec<Option<BackendId>> = vec![None; usize::from(RedisSlot::SLOTS)];
    // From the highest slot down, so that the lowest are given up.
    for (slot, owner) in old.iter().enumerate().rev() {
        let Ok(place) = shares.binary_search_by_key(owner, |&(id, _)| id) else { continue };
        if let Some(left) = shares[place].1.checked_sub(1) {
            shares[place].1 = left;
            slots[slot] = Some(*owner);
        }
    }
    // The shares sum to all slots: what is left of them is as many as are free.
    let mut missing = shares.iter().flat_map(|&(id, left)| std::iter::repeat_n(id, left));
    slots.into_iter().filter_map(|kept| kept.or_else(|| missing.next())).collect()
}

impl Rules for RedisSlot {
    type Config = ();
    const HAS_OWNERS: bool = true;

    fn build((): &(), membership: &Membership) -> Self {
        Self { slots: reshard(&[], shares(membership)) }
    }

    fn pick(&mut self, _: &Connections, key: &[u8], _: u64) -> Option<BackendId> {
        self.owner(key)
    }

    fn update(&mut self, _: &Connections, membership: &Membership) {
        let shares = if self.slots.is_empty() {
            shares(membership)
        } else {
            reshares(&self.slots, membership)
        };
        self.slots = reshard(&self.slots, shares);
    }

    fn owner(&self, key: &[u8]) -> Option<BackendId> {
        self.server(Self::slot(key))
    }

    /// The servers of the slots from the key's on, for want of replicas.
    fn candidates(&self, key: &[u8], visit: impl FnMut(BackendId) -> ControlFlow<()>) {
        let slot = usize::from(Self::slot(key)).min(self.slots.len());
        let (before, from) = self.slots.split_at(slot);
        let _ = from.iter().chain(before).copied().try_for_each(visit);
    }

    fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<BackendId>()
    }

    fn most_bytes((): &(), _: u64, _: u64) -> u64 {
        2 * u64::from(Self::SLOTS) * size_of::<BackendId>() as u64
    }
}
