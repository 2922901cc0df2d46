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
/// The slot is the CRC-16 of the key modulo 16,384; if there is a `{`, and a `}` after it
/// with something in between, of that in between only. At first backends have consecutive
/// ranges in proportion to weight, in order of joining; those of equal weight (`redis-cli`
/// knows no other) to the slot what `redis-cli --cluster create` gives them. A change of
/// membership moves no more slots than it must: who has more than its share, rounded up,
/// gives up its lowest, who has less than it, rounded down, takes them. So routers that
/// have seen different changes have different tables, as in a real cluster the table is
/// shared state and not a function of the membership. A backend that is not eligible has no
/// slots. (In a real cluster a failed one keeps them, unserved, until its replica takes its
/// place.)
///
/// Cost: O(1) and one CRC of the key, 1 to 2.5 ns a byte; 35 us an update. Memory: 64 KiB.
/// Balance: within one slot of the weights; within three where more than 2,687 equal
/// backends begin, as the sums of `redis-cli` go astray there. Disruption: the least possible.
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
fn shares(membership: &Membership) -> Vec<(BackendId, usize)> {
    let weights = || membership.eligible().map(|backend| u64::from(backend.weight));
    let ids = membership.eligible().map(|backend| backend.id);
    if weights().min() == weights().max() {
        return ids.zip(equal_shares(weights().count())).collect();
    }
    let sum: u64 = weights().sum();
    let slots = u128::from(RedisSlot::SLOTS);
    let mut through = 0_u64;
    let mut first = 0;
    let shares = weights().map(|weight| {
        through += weight;
        // Rounded half up, in whole numbers.
        let end = (2 * slots * u128::from(through) + u128::from(sum)) / (2 * u128::from(sum));
        let share = end as usize - first;
        first = end as usize;
        share
    });
    ids.zip(shares).collect()
}

/// How many slots each of so many equal masters has.
///
/// Source: `clusterManagerCommandCreate` in Redis 7.0 `src/redis-cli.c`. Ranges end near
/// multiples of slots / n: it adds up in single precision, so that of 78 masters one begins
/// a slot later than it would by exact sums.
fn equal_shares(masters_count: usize) -> impl Iterator<Item = usize> {
    let all = i64::from(RedisSlot::SLOTS);
    let slots_per_node = f32::from(RedisSlot::SLOTS) / masters_count as f32;
    let mut first = 0;
    let mut cursor = 0.0_f32;
    (1..=masters_count).map(move |count| {
        // Rounded half away from 0, as `lround` does.
        let mut last = (cursor + slots_per_node - 1.0).round() as i64;
        if last > all || count == masters_count {
            last = all - 1;
        }
        last = last.max(first);
        // The original goes on to slots that are none where masters are too many.
        let share = (last + 1).min(all) - first.min(all);
        first = last + 1;
        cursor += slots_per_node;
        share as usize
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_masters_share_all_slots_within_one_of_each_other() {
        for masters in 1..=2_687 {
            let shares: Vec<usize> = equal_shares(masters).collect();
            let (least, most) = (shares.iter().min().unwrap(), shares.iter().max().unwrap());
            assert!(most - least <= 1, "{masters}");
            assert_eq!(shares.iter().sum::<usize>(), usize::from(SLOTS), "{masters}");
        }
        // Here its sums go astray, or there are more masters than slots.
        for masters in [2_688, 8_193, 16_000, 16_384, 16_385, 20_000] {
            assert_eq!(equal_shares(masters).sum::<usize>(), usize::from(SLOTS), "{masters}");
        }
        assert_eq!(equal_shares(0).count(), 0);
    }
}
