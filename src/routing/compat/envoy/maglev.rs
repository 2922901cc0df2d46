//! `maglev` as Envoy does it.

use std::ops::ControlFlow;

use xxhash_rust::xxh64::xxh64;

use super::bounded::Bounded;
use super::hosts::{Host, normalized};
use crate::routing::backend::BackendId;
use crate::routing::connections::{Connections, Recount};
use crate::routing::maglev::{Filler, fill};
use crate::routing::membership::Membership;
use crate::routing::scheme::Rules;

/// `maglev_lb_config`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvoyMaglevConfig {
    /// `table_size`: a prime up to [`EnvoyMaglev::MAX_TABLE_SIZE`]. Another number counts
    /// as the next prime below it, or as 2.
    pub table_size: u32,
    /// `hash_balance_factor` in percent: 0 for no bound, else at least 100.
    pub balance_factor: u32,
}

impl Default for EnvoyMaglevConfig {
    fn default() -> Self {
        Self { table_size: 65_537, balance_factor: 0 }
    }
}

/// Envoy's `maglev`: a table of slots that hosts fill in turn, each by an order of its
/// own.
///
/// For keys that should mostly stay, with shares as even as weights. Routers agree in
/// whatever order they learnt of the hosts. Needless moves grow with hosts per slot: at
/// 1,000 hosts and the default 65,537 slots, adding one moves several times the minimum.
///
/// Hosts are sorted by key. One with the key k asks for the slots offset + i x skip
/// (modulo the table's size M), where offset = XXH64(k, seed 0) mod M and skip =
/// XXH64(k, seed 1) mod (M - 1) + 1, and takes the first free one at each turn. Heavy
/// hosts have a turn in every round, one of weight w in w / (largest weight) of them.
///
/// With a balance factor, see [`EnvoyRingHash`](super::EnvoyRingHash).
///
/// Cost: O(1) and one hash of the key, 9 ns; building takes about M log M steps, 1.5 ms.
/// Memory: 4 bytes a slot, 256 KiB. Balance: within one slot of equal weights; for unequal
/// ones see [`Maglev`](crate::routing::Maglev), which fills its table alike. Disruption:
/// 1.03 times the least when one joins 10, 1.5 times at 100, 7 times at 1,000.
///
/// Source: Envoy `source/extensions/load_balancing_policies/maglev/maglev_lb.cc` and its
/// tests; Eisenbud et al., "Maglev", NSDI 2016, section 3.4.
///
/// ```
/// use ringstorm::routing::{Membership, Scheme, SchemeConfig};
///
/// let mut cluster = Membership::new();
/// let ids = [1, 2, 3].map(|k| cluster.join(&format!("127.0.0.1:900{k}"), 1, None));
/// let scheme = Scheme::build(&SchemeConfig::named("envoy_maglev").unwrap(), &cluster);
/// assert_eq!(scheme.owner(b"user-0"), Some(ids[1]));
/// ```
#[derive(Clone, Debug)]
pub struct EnvoyMaglev {
    config: EnvoyMaglevConfig,
    table: Vec<BackendId>,
    bounded: Bounded,
}

impl EnvoyMaglev {
    /// The largest table that Envoy allows.
    pub const MAX_TABLE_SIZE: u32 = 5_000_011;

    /// Whether a number is one that Envoy takes as a size. O(square root of it).
    pub fn is_prime(number: u32) -> bool {
        // Up to the square root of the largest number.
        let divisors = (2..=0xFFFF_u32).take_while(|divisor| divisor * divisor <= number);
        number > 1 && !{ divisors }.any(|divisor| number.is_multiple_of(divisor))
    }

    /// The owner of a request with this hash at its `attempt`th retry, 0 being the first
    /// try.
    ///
    /// Source: `hash ^= ~0ULL - attempt + 1` in Envoy `maglev_lb.cc`.
    pub fn owner_of_hash(&self, hash: u64, attempt: u32) -> Option<BackendId> {
        let hash = if attempt > 0 { hash ^ u64::from(attempt).wrapping_neg() } else { hash };
        let slot = hash.checked_rem(self.table.len() as u64)?;
        self.table.get(slot as usize).copied()
    }

    /// The owner of each slot; empty if there are no hosts.
    pub fn table(&self) -> &[BackendId] {
        &self.table
    }
}

fn table(table_size: u32, mut hosts: Vec<Host<'_>>) -> Vec<BackendId> {
    let size = prime_at_most(table_size.min(EnvoyMaglev::MAX_TABLE_SIZE));
    let modulus = u64::from(size);
    hosts.sort_by(|a, b| a.key.cmp(b.key));
    let filler = |host: &Host<'_>| Filler {
        offset: xxh64(host.key, 0) % modulus,
        skip: xxh64(host.key, 1) % (modulus - 1) + 1,
        weight: host.weight,
    };
    let fillers: Vec<Filler> = hosts.iter().map(filler).collect();
    fill(size, &fillers).into_iter().map(|place| hosts[place as usize].id).collect()
}

/// The largest prime up to a number; 2 for numbers below it.
fn prime_at_most(number: u32) -> u32 {
    (2..=number).rev().find(|&candidate| EnvoyMaglev::is_prime(candidate)).unwrap_or(2)
}

impl Rules for EnvoyMaglev {
    type Config = EnvoyMaglevConfig;
    const HAS_OWNERS: bool = true;

    fn build(config: &EnvoyMaglevConfig, membership: &Membership) -> Self {
        let hosts = normalized(membership);
        let bounded = Bounded::of(config.balance_factor, &hosts);
        Self { config: config.clone(), table: table(config.table_size, hosts), bounded }
    }

    fn pick(&mut self, held: &Connections, key: &[u8], _: u64) -> Option<BackendId> {
        let hash = xxh64(key, 0);
        let owner = self.owner_of_hash(hash, 0)?;
        Some(self.bounded.choose(held, hash, owner))
    }

    fn update(&mut self, held: &Connections, membership: &Membership) {
        *self = Self::build(&self.config, membership);
        self.bounded.recount_all(held, membership);
    }

    fn hears_counts(&self) -> bool {
        self.bounded.is_on()
    }

    fn recounted(&mut self, recount: Recount) {
        self.bounded.recounted(recount);
    }

    fn forgot_counts(&mut self) {
        self.bounded.forgot_counts();
    }

    fn owner(&self, key: &[u8]) -> Option<BackendId> {
        self.owner_of_hash(xxh64(key, 0), 0)
    }

    fn candidates(&self, key: &[u8], visit: impl FnMut(BackendId) -> ControlFlow<()>) {
        let hash = xxh64(key, 0);
        let retries = (0..=256).filter_map(|attempt| self.owner_of_hash(hash, attempt));
        let _ = { retries }.try_for_each(visit);
    }

    fn bytes(&self) -> usize {
        self.table.capacity() * size_of::<BackendId>() + self.bounded.bytes()
    }

    fn most_bytes(config: &EnvoyMaglevConfig, _: u64, _: u64) -> u64 {
        u64::from(config.table_size.min(Self::MAX_TABLE_SIZE)).saturating_mul(12)
    }
}
