//! The routing library.
#![allow(clippy::unwrap_used, reason = "a test that meets `None` has failed")]
#![allow(clippy::float_cmp, reason = "exact shares are compared exactly")]

/// Schemes that place by turn, chance or count.
mod balancing;
/// A ring under bounded loads.
mod bounded;
/// Replicas, the cost of a change, plans, disagreement.
mod change;
/// Jump, rendezvous, maglev, anchor, memento.
mod consistent;
/// The board behind `/gateway`.
mod discovery;
/// The hash of keys never changes.
mod hash;
/// Versions, differences, checksums, snapshots.
mod membership;
/// What to close, in which order, how fast.
mod rebalance;
/// The consistent-hash ring.
mod ring;
/// Closed forms of the validation catalogue.
mod statistics;

use ringstorm::routing::{KeyHash, Membership};

/// The `index`th 64 uniform bits of a stream.
pub fn bits(stream: u64, index: u64) -> u64 {
    let mut text = [0; 16];
    text[..8].copy_from_slice(&stream.to_le_bytes());
    text[8..].copy_from_slice(&index.to_le_bytes());
    KeyHash::of(&text).bits()
}

/// A membership of backends with these weights, at addresses that a stream gives.
pub fn cluster(stream: u64, weights: &[u32]) -> Membership {
    let mut cluster = Membership::new();
    for (index, &weight) in weights.iter().enumerate() {
        cluster.join(&address(stream, index as u64), weight, None);
    }
    cluster
}

/// The same backends in another order of joining, so with other ids.
pub fn permuted(cluster: &Membership, order: u64) -> Membership {
    let mut backends: Vec<_> = cluster.iter().collect();
    backends.sort_by_key(|backend| KeyHash::of(backend.address.as_bytes()).bits() ^ order);
    let mut permuted = Membership::new();
    for backend in backends {
        permuted.join(&backend.address, backend.weight, backend.zone.as_deref());
    }
    permuted
}

/// An address that a stream gives.
pub fn address(stream: u64, index: u64) -> String {
    let number = bits(stream ^ 0xADD2, index);
    format!("10.{}.{}.{}:{}", number & 255, (number >> 8) & 255, (number >> 16) & 255, number >> 48)
}

/// The sum of (seen - expected)^2 / expected.
pub fn chi_squared(seen: &[u64], expected: &[f64]) -> f64 {
    assert_eq!(seen.len(), expected.len());
    seen.iter().zip(expected).map(|(&s, &e)| (s as f64 - e) * (s as f64 - e) / e).sum()
}
