//! `ring_hash` as Envoy does it.

use std::ops::ControlFlow;

use xxhash_rust::xxh64::xxh64;

use super::bounded::Bounded;
use super::hosts::{Host, normalized};
use crate::routing::backend::BackendId;
use crate::routing::connections::{Connections, Recount};
use crate::routing::membership::Membership;
use crate::routing::scheme::Rules;

/// What places the points of a ring. Requests are always hashed by XXH64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EnvoyHash {
    /// `XX_HASH`: XXH64 with seed 0.
    #[default]
    XxHash,
    /// `MURMUR_HASH_2`: MurmurHash64A with the seed of GNU `std::hash`.
    MurmurHash2,
}

/// `ring_hash_lb_config`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvoyRingHashConfig {
    /// `minimum_ring_size`: at least so many points in all; 0 counts as 1.
    pub minimum_ring_size: u32,
    /// `maximum_ring_size`: at most so many, if fewer than the minimum too; 0 counts as 1,
    /// and more than [`EnvoyRingHash::MAX_POINTS`] as that.
    pub maximum_ring_size: u32,
    /// `hash_function`.
    pub hash_function: EnvoyHash,
    /// `hash_balance_factor` in percent: 0 for no bound, else at least 100.
    pub balance_factor: u32,
}

impl Default for EnvoyRingHashConfig {
    fn default() -> Self {
        Self {
            minimum_ring_size: 1024,
            maximum_ring_size: EnvoyRingHash::MAX_POINTS,
            hash_function: EnvoyHash::XxHash,
            balance_factor: 0,
        }
    }
}

/// Envoy's `ring_hash`: a ring of about 1,024 points, shared out by weight.
///
/// For keys that should stay when hosts come and go. The size is that of the ring, not
/// of a host, so the points of every host change in number with the number of hosts:
/// from 3 to 4 hosts 36% of 2,000 keys move, 10.6% of all needlessly, and from 10 to 11
/// nearly twice as many as must. A larger `minimum_ring_size` makes shares more even, and
/// the points of a host change in number all the same.
///
/// A host's share of points is its weight over the sum of weights, times a scale: the
/// smallest such that the lightest host has a whole number and all have at least the
/// minimum, or else the maximum. Point i of a host is the hash of its key, `_` and i in
/// decimal. Fractions of a point are carried from host to host, in order of joining:
/// with 1.5 points a host, hosts get 2, 1, 2, 1. A key belongs to the first point at or
/// after its hash.
///
/// With a balance factor, a host that holds more than its part of (connections + 1) x
/// factor / 100 is passed over: others are asked in an order drawn from the key's hash.
/// A host is accepted while it holds at most its slots, one more than HAProxy allows.
///
/// Cost: O(log points) and one hash of the key, 20 ns; with a factor, where a host is full,
/// 3 us and O(hosts) more. Memory: 12 bytes a point. Balance: with 1,024 points in all a
/// share of one of n hosts has a standard deviation of sqrt(n / 1,024) of itself: 10% at
/// 10, 31% at 100; above 1,024 hosts each has one point. Disruption: 1.4 times the least
/// from 3 to 4 hosts, 1.9 times from 10 to 11, the least where the ring is of one point
/// a host.
///
/// Source: Envoy `source/extensions/load_balancing_policies/ring_hash/ring_hash_lb.cc`
/// and its tests.
///
/// ```
/// use ringstorm::routing::{Membership, Scheme, SchemeConfig};
///
/// let mut cluster = Membership::new();
/// let ids = [1, 2, 3].map(|k| cluster.join(&format!("127.0.0.1:900{k}"), 1, None));
/// let config = SchemeConfig::named("envoy_ring_hash").unwrap();
/// let scheme = Scheme::build(&config, &cluster);
/// assert_eq!(scheme.owner(b"user-1"), Some(ids[1]));
/// ```
#[derive(Clone, Debug)]
pub struct EnvoyRingHash {
    config: EnvoyRingHashConfig,
    // Sorted; apart, so that a search touches hashes only.
    hashes: Vec<u64>,
    owners: Vec<BackendId>,
    bounded: Bounded,
}

impl EnvoyRingHash {
    /// The most points that Envoy allows: 8 x 1,024 x 1,024.
    pub const MAX_POINTS: u32 = 8 << 20;

    /// The owner of a request with this hash.
    pub fn owner_of_hash(&self, hash: u64) -> Option<BackendId> {
        let place = self.hashes.partition_point(|&point| point < hash);
        self.owners.get(place).or(self.owners.first()).copied()
    }

    /// The points in order, with their owners.
    pub fn points(&self) -> impl Iterator<Item = (u64, BackendId)> {
        self.hashes.iter().copied().zip(self.owners.iter().copied())
    }
}

/// The points of a ring, sorted.
fn points(config: &EnvoyRingHashConfig, hosts: &[Host<'_>]) -> Vec<(u64, BackendId)> {
    let least = hosts.iter().map(|host| host.weight).fold(1.0, f64::min);
    let minimum = f64::from(config.minimum_ring_size.max(1));
    let maximum = f64::from(config.maximum_ring_size.clamp(1, EnvoyRingHash::MAX_POINTS));
    let scale = ((least * minimum).ceil() / least).min(maximum);
    let mut points = Vec::with_capacity(scale.ceil() as usize + 1);
    let (mut current_hashes, mut target_hashes) = (0.0, 0.0);
    let mut text = Vec::new();
    for host in hosts {
        text.clear();
        text.extend_from_slice(host.key);
        text.push(b'_');
        let key_end = text.len();
        target_hashes += scale * host.weight;
        let mut index = 0_u64;
        while current_hashes < target_hashes {
            text.truncate(key_end);
            text.extend_from_slice(index.to_string().as_bytes());
            let hash = match config.hash_function {
                EnvoyHash::XxHash => xxh64(&text, 0),
                EnvoyHash::MurmurHash2 => murmur_hash_2(&text, STD_HASH_SEED),
            };
            points.push((hash, host.id));
            index += 1;
            current_hashes += 1.0;
        }
    }
    points.sort_by_key(|&(hash, _)| hash);
    points
}

/// Source: `STD_HASH_SEED` in Envoy `source/common/common/hash.h`.
const STD_HASH_SEED: u64 = 0xC70F_6907;

/// MurmurHash64A, words little-endian.
///
/// Source: Austin Appleby, `MurmurHash2.cpp` (public domain); Envoy
/// `source/common/common/hash.cc`.
fn murmur_hash_2(key: &[u8], seed: u64) -> u64 {
    const MUL: u64 = 0xC6A4_A793_5BD1_E995;
    let mut hash = seed ^ (key.len() as u64).wrapping_mul(MUL);
    let (words, rest) = key.as_chunks::<8>();
    for &word in words {
        let mixed = u64::from_le_bytes(word).wrapping_mul(MUL);
        hash = (hash ^ (mixed ^ (mixed >> 47)).wrapping_mul(MUL)).wrapping_mul(MUL);
    }
    if !rest.is_empty() {
        let mut word = [0; 8];
        word[..rest.len()].copy_from_slice(rest);
        hash = (hash ^ u64::from_le_bytes(word)).wrapping_mul(MUL);
    }
    hash = (hash ^ (hash >> 47)).wrapping_mul(MUL);
    hash ^ (hash >> 47)
}

impl Rules for EnvoyRingHash {
    type Config = EnvoyRingHashConfig;
    const HAS_OWNERS: bool = true;

    fn build(config: &EnvoyRingHashConfig, membership: &Membership) -> Self {
        let hosts = normalized(membership);
        let bounded = Bounded::of(config.balance_factor, &hosts);
        let (hashes, owners) = points(config, &hosts).into_iter().unzip();
        Self { config: config.clone(), hashes, owners, bounded }
    }

    fn pick(&mut self, held: &Connections, key: &[u8], _: u64) -> Option<BackendId> {
        let hash = xxh64(key, 0);
        let owner = self.owner_of_hash(hash)?;
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
        self.owner_of_hash(xxh64(key, 0))
    }

    fn candidates(&self, key: &[u8], visit: impl FnMut(BackendId) -> ControlFlow<()>) {
        let hash = xxh64(key, 0);
        let place = self.hashes.partition_point(|&point| point < hash);
        let (before, from) = self.owners.split_at(place);
        let _ = from.iter().chain(before).copied().try_for_each(visit);
    }

    fn bytes(&self) -> usize {
        self.hashes.capacity() * size_of::<u64>()
            + self.owners.capacity() * size_of::<BackendId>()
            + self.bounded.bytes()
    }

    fn most_bytes(config: &EnvoyRingHashConfig, backends: u64, weight: u64) -> u64 {
        // The lightest host has at least 1 / weight of it, rounded up to a whole point.
        let wanted = u64::from(config.minimum_ring_size).saturating_add(weight);
        let most = u64::from(config.maximum_ring_size.clamp(1, Self::MAX_POINTS));
        // As pairs, as hashes and owners, and what sorting takes.
        wanted.min(most).saturating_add(backends).saturating_mul(40)
    }
}
