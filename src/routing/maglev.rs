//! Maglev: a table that backends fill in turns.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::backend::BackendId;
use super::chance::below;
use super::connections::Connections;
use super::disruption::Ledger;
use super::hash::KeyHash;
use super::membership::Membership;
use super::scheme::Rules;

/// How large the table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaglevConfig {
    /// Slots; the next prime at or above it is taken, at most [`Maglev::MAX_SLOTS`].
    /// A hundred for each of equal backends keep shares within 1%; backends beyond the number of
    /// slots own nothing.
    pub slots: u32,
}

impl Default for MaglevConfig {
    fn default() -> Self {
        Self { slots: 65_537 }
    }
}

/// Each backend has its own order of all slots, and they take turns to claim the first
/// one that is free.
///
/// For the fastest look-up and nearly equal shares where a few needless moves do not
/// matter. The order of a backend is offset + i x skip modulo the number of slots M,
/// with offset = XXH3-64(address, seed 0) mod M and skip = XXH3-64(address, seed 1) mod
/// (M - 1) + 1. Backends take turns in order of address; one of weight w in w of every
/// `largest weight` rounds. The slot of a key is floor(hash x M / 2^64). Routers agree
/// if they know the same addresses and weights.
///
/// Cost: one hash and one load; build and update O(M log M), or O(M n) in the worst case of
/// weights. Memory: 4 bytes a slot, whatever the number of backends. Balance: each of equal
/// backends has floor(M / n) or ceil(M / n) slots. With unequal weights a light one may
/// have most of a slot too much, as all claim one in the first round, and the heaviest lack
/// what all those have: one of weight 1,000 beside 1,000 of weight 1 has 32,537 of 65,537
/// slots, 231 too few. Disruption: not minimal. With 65,537 slots, the needless moves when
/// one joins are 0.3% of all keys at 10 backends, 0.6% at 100, and 6.8 times the least at
/// 1,000.
///
/// Source: Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load
/// Balancer", NSDI 2016, section 3.4; weights as Envoy's `maglev_lb.cc` has them.
///
/// ```
/// use ringstorm::routing::{Maglev, MaglevConfig, Membership};
///
/// let mut cluster = Membership::new();
/// let ids = ["a", "b", "c"].map(|address| cluster.join(address, 1, None));
/// let table = Maglev::build(&MaglevConfig { slots: 101 }, &cluster);
/// assert_eq!(ids.map(|id| table.slots_of(id)), [34, 34, 33]);
/// ```
#[derive(Clone, Debug)]
pub struct Maglev {
    config: MaglevConfig,
    slots: Vec<BackendId>,
}

/// Who fills a table: where it begins and how far it steps, both below the number of
/// slots; its share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filler {
    pub(super) offset: u64,
    pub(super) skip: u64,
    /// Above 0; only ratios matter.
    pub(super) weight: f64,
}

impl Maglev {
    /// The most slots of a table, the limit of Envoy; a prime.
    pub const MAX_SLOTS: u32 = 5_000_011;

    /// The table of the eligible backends.
    pub fn build(config: &MaglevConfig, membership: &Membership) -> Self {
        let size = next_prime(config.slots.clamp(2, Self::MAX_SLOTS));
        let mut backends: Vec<_> = membership.eligible().collect();
        backends.sort_unstable_by_key(|backend| &backend.address);
        let modulus = u64::from(size);
        let sum: u64 = backends.iter().map(|backend| u64::from(backend.weight)).sum();
        let filler = |address: &str, weight: u32| Filler {
            offset: xxh3_64_with_seed(address.as_bytes(), 0) % modulus,
            skip: xxh3_64_with_seed(address.as_bytes(), 1) % (modulus - 1) + 1,
            weight: f64::from(weight) / sum as f64,
        };
        let fillers: Vec<Filler> =
            backends.iter().map(|backend| filler(&backend.address, backend.weight)).collect();
        let slots = fill(size, &fillers);
        let slots = slots.into_iter().map(|place| backends[place as usize].id).collect();
        Self { config: *config, slots }
    }

    /// The owner of a key with this hash; `None` if no backend is eligible.
    #[inline]
    pub fn owner(&self, hash: KeyHash) -> Option<BackendId> {
        self.slots.get(below(hash.bits(), self.slots.len() as u64) as usize).copied()
    }

    /// How many slots a backend owns. O(slots).
    pub fn slots_of(&self, id: BackendId) -> usize {
        self.slots.iter().filter(|&&owner| owner == id).count()
    }

    /// What moves between two tables of one size; `None` for others. A table of nobody
    /// has any size.
    pub(super) fn ledger(old: &Self, new: &Self) -> Option<Ledger> {
        let sizes = [old.slots.len(), new.slots.len()];
        let size = sizes[0].max(sizes[1]);
        if sizes.iter().any(|&other| other != size && other != 0) {
            return None;
        }
        let mut ledger = Ledger::default();
        for slot in 0..size {
            ledger.book(old.slots.get(slot).copied(), new.slots.get(slot).copied(), 1);
        }
        Some(ledger)
    }
}

impl Rules for Maglev {
    type Config = MaglevConfig;
    const HAS_OWNERS: bool = true;

    fn build(config: &MaglevConfig, membership: &Membership) -> Self {
        Self::build(config, membership)
    }

    fn update(&mut self, _: &Connections, membership: &Membership) {
        *self = Self::build(&self.config, membership);
    }

    #[inline]
    fn owner(&self, key: &[u8]) -> Option<BackendId> {
        self.owner(KeyHash::of(key))
    }

    fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<BackendId>()
    }

    fn most_bytes(config: &MaglevConfig, _: u64, _: u64) -> u64 {
        // The table, and the places in it from which it is made.
        u64::from(config.slots.clamp(2, Self::MAX_SLOTS)).saturating_mul(8).saturating_add(1_024)
    }
}

/// A table of `size` slots, a prime above 1, filled in turns: who has each slot.
///
/// Source: Envoy `source/extensions/load_balancing_policies/maglev/maglev_lb.cc`: in
/// round i a filler claims a slot unless i x weight < its target, which then grows by
/// the largest weight.
pub(super) fn fill(size: u32, fillers: &[Filler]) -> Vec<u32> {
    const FREE: u32 = u32::MAX;
    if fillers.is_empty() {
        return Vec::new();
    }
    let most = fillers.iter().fold(0.0_f64, |most, filler| most.max(filler.weight));
    let size = u64::from(size);
    let mut slots = vec![FREE; size as usize];
    let mut next: Vec<u64> = fillers.iter().map(|filler| filler.offset).collect();
    let mut targets = vec![0.0_f64; fillers.len()];
    let mut left = slots.len();
    let mut round = 0_u64;
    while left > 0 {
        round += 1;
        for (place, filler) in fillers.iter().enumerate() {
            if left == 0 {
                break;
            }
            if round as f64 * filler.weight < targets[place] {
                continue;
            }
            targets[place] += most;
            let slot = &mut next[place];
            while slots[*slot as usize] != FREE {
                // Both are below the size: a remainder without a division.
                *slot += filler.skip;
                if *slot >= size {
                    *slot -= size;
                }
            }
            slots[*slot as usize] = place as u32;
            left -= 1;
        }
    }
    slots
}

/// The least prime at or above a number of at most [`Maglev::MAX_SLOTS`].
fn next_prime(from: u32) -> u32 {
    // Every number below the square of 2,237 that is no prime has a divisor below that.
    let is_prime = |number: u32| {
        let mut parts = (2..2_237).take_while(|part| part * part <= number);
        number > 1 && parts.all(|part| !number.is_multiple_of(part))
    };
    (from..=Maglev::MAX_SLOTS).find(|&number| is_prime(number)).unwrap_or(Maglev::MAX_SLOTS)
}

#[cfg(test)]
mod tests {
    use xxhash_rust::xxh64::xxh64;

    use super::*;

    /// The table that Envoy makes of these keys and weights.
    fn envoy(size: u32, keys: &[&str], weights: &[u32]) -> Vec<u32> {
        let sum: u32 = weights.iter().sum();
        let modulus = u64::from(size);
        let filler = |(key, &weight): (&&str, &u32)| Filler {
            offset: xxh64(key.as_bytes(), 0) % modulus,
            skip: xxh64(key.as_bytes(), 1) % (modulus - 1) + 1,
            weight: f64::from(weight) / f64::from(sum),
        };
        fill(size, &keys.iter().zip(weights).map(filler).collect::<Vec<_>>())
    }

    #[test]
    fn the_published_tables_of_envoy_are_filled() {
        // Envoy test/extensions/load_balancing_policies/maglev/maglev_lb_test.cc.
        let addresses = [
            "127.0.0.1:90",
            "127.0.0.1:91",
            "127.0.0.1:92",
            "127.0.0.1:93",
            "127.0.0.1:94",
            "127.0.0.1:95",
        ];
        assert_eq!(envoy(7, &addresses, &[1; 6]), [2, 4, 0, 1, 5, 0, 3]);
        assert_eq!(envoy(7, &["90", "91", "92", "93", "94", "95"], &[1; 6]), [2, 5, 0, 3, 4, 1, 0]);
        let two = &addresses[..2];
        assert_eq!(envoy(17, two, &[1, 2]), [1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 0, 1]);
        assert_eq!(envoy(17, two, &[1, 1]), [1, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1]);
    }

    #[test]
    fn the_heaviest_lacks_what_each_light_one_claims_in_the_first_round() {
        let mut cluster = Membership::new();
        let heavy = cluster.join("heavy", 1_000, None);
        let light = |number| cluster.join(&format!("light {number}"), 1, None);
        let lights: Vec<_> = (0..1_000).map(light).collect();
        let table = Maglev::build(&MaglevConfig::default(), &cluster);
        assert_eq!(table.slots_of(heavy), 32_537);
        assert!(lights.into_iter().all(|id| table.slots_of(id) == 33));
    }

    #[test]
    fn sizes_become_primes() {
        let primes = [2, 3, 4, 100, 65_537, 5_000_000].map(next_prime);
        assert_eq!(primes, [2, 3, 5, 101, 65_537, 5_000_011]);
    }
}
