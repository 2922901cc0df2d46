//! The consistent-hash ring.

use proptest::prelude::*;
use ringstorm::routing::{BackendId, KeyHash, Membership, Ring, RingConfig};

use super::{bits, cluster};

/// All points of a ring by the published rule, sorted: the slow oracle.
fn points(virtual_nodes: u32, cluster: &Membership) -> Vec<(u64, String, BackendId)> {
    let mut points = Vec::new();
    for backend in cluster.eligible() {
        for index in 0..virtual_nodes * backend.weight {
            let mut text = backend.address.clone().into_bytes();
            text.extend_from_slice(&index.to_le_bytes());
            points.push((KeyHash::of(&text).bits(), backend.address.clone(), backend.id));
        }
    }
    points.sort();
    points
}

/// The owner by a linear scan.
fn scan(points: &[(u64, String, BackendId)], hash: u64) -> Option<BackendId> {
    points.iter().find(|point| point.0 >= hash).or(points.first()).map(|point| point.2)
}

fn ring(virtual_nodes: u32, cluster: &Membership) -> Ring {
    Ring::build(&RingConfig { virtual_nodes, ..RingConfig::default() }, cluster)
}

fn weights() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(0..4_u32, 0..8)
}

/// Hashes at and beside every point, and others.
fn telling_hashes(points: &[(u64, String, BackendId)], stream: u64) -> Vec<u64> {
    let near =
        points.iter().flat_map(|point| [point.0.wrapping_sub(1), point.0, point.0.wrapping_add(1)]);
    near.chain([0, u64::MAX]).chain((0..200).map(|index| bits(stream, index))).collect()
}

proptest! {
    #[test]
    fn the_owner_is_that_of_a_linear_scan(
        weights in weights(), virtual_nodes in 1..30_u32, stream: u64,
    ) {
        let cluster = cluster(stream, &weights);
        let ring = ring(virtual_nodes, &cluster);
        let points = points(virtual_nodes, &cluster);
        prop_assert_eq!(ring.points(), points.len());
        for hash in telling_hashes(&points, stream) {
            prop_assert_eq!(ring.owner(KeyHash::from_bits(hash)), scan(&points, hash));
        }
    }

    #[test]
    fn adding_a_backend_moves_only_keys_that_it_now_owns(
        weights in weights(), weight in 1..4_u32, stream: u64,
    ) {
        let mut cluster = cluster(stream, &weights);
        let old = ring(20, &cluster);
        let joined = cluster.join("joined", weight, None);
        let new = ring(20, &cluster);
        for index in 0..300 {
            let hash = KeyHash::from_bits(bits(stream, index));
            let owner = new.owner(hash);
            prop_assert!(owner == Some(joined) || owner == old.owner(hash));
        }
        prop_assert_eq!(Ring::moved(&old, &new), new.share(joined));
    }

    #[test]
    fn removing_a_backend_moves_only_the_keys_that_it_had(
        weights in prop::collection::vec(1..4_u32, 1..8), which: prop::sample::Index, stream: u64,
    ) {
        let mut cluster = cluster(stream, &weights);
        let old = ring(20, &cluster);
        let left = BackendId::new(which.index(weights.len()) as u32);
        cluster.leave(left);
        let new = ring(20, &cluster);
        for index in 0..300 {
            let hash = KeyHash::from_bits(bits(stream, index));
            prop_assert!(old.owner(hash) == Some(left) || new.owner(hash) == old.owner(hash));
        }
        prop_assert_eq!(Ring::moved(&old, &new), old.share(left));
    }

    #[test]
    fn rings_built_in_any_order_agree(
        entries in prop::collection::btree_map("[a-c]{1,3}", 1..4_u32, 1..8), stream: u64,
    ) {
        let mut forwards = Membership::new();
        let mut backwards = Membership::new();
        for (address, &weight) in &entries {
            forwards.join(address, weight, None);
        }
        for (address, &weight) in entries.iter().rev() {
            backwards.join(address, weight, None);
        }
        let (one, other) = (ring(10, &forwards), ring(10, &backwards));
        let address = |cluster: &Membership, owner: Option<BackendId>| {
            owner.and_then(|id| cluster.get(id)).map(|backend| backend.address.clone())
        };
        for index in 0..300 {
            let hash = KeyHash::from_bits(bits(stream, index));
            prop_assert_eq!(
                address(&forwards, one.owner(hash)),
                address(&backwards, other.owner(hash))
            );
        }
    }

    #[test]
    fn an_updated_ring_equals_one_that_is_built_afresh(
        before in weights(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..4_u32), 0..6),
        joining in weights(),
        stream: u64,
    ) {
        let mut cluster = cluster(stream, &before);
        let old = ring(12, &cluster);
        for (which, weight) in changes {
            cluster.set_weight(BackendId::new(which.index(8) as u32), weight);
        }
        for (index, weight) in joining.iter().enumerate() {
            cluster.join(&format!("joining-{index}"), *weight, None);
        }
        let (updated, fresh) = (old.updated(&cluster), ring(12, &cluster));
        prop_assert_eq!(Ring::moved(&updated, &fresh), 0.0);
        for hash in telling_hashes(&points(12, &cluster), stream) {
            let hash = KeyHash::from_bits(hash);
            prop_assert_eq!(updated.owner(hash), fresh.owner(hash));
        }
    }

    /// Who rebuilds a membership at each poll gives the same ids in another order.
    #[test]
    fn a_ring_that_is_updated_to_an_unrelated_membership_equals_one_that_is_built_afresh(
        before in weights(), after in weights(), order: u64, stream: u64,
    ) {
        let old = ring(12, &cluster(stream, &before));
        let cluster = super::permuted(&cluster(stream, &after), order);
        let (updated, fresh) = (old.updated(&cluster), ring(12, &cluster));
        prop_assert_eq!(updated.points(), fresh.points());
        prop_assert_eq!(Ring::moved(&updated, &fresh), 0.0);
        for hash in telling_hashes(&points(12, &cluster), stream) {
            let hash = KeyHash::from_bits(hash);
            prop_assert_eq!(updated.owner(hash), fresh.owner(hash));
        }
    }

    #[test]
    fn the_share_that_moves_is_exact(
        before in weights(), after in weights(), virtual_nodes in 1..8_u32, stream: u64,
    ) {
        let old_cluster = cluster(stream, &before);
        let mut new_cluster = old_cluster.clone();
        for (index, &weight) in after.iter().enumerate() {
            let id = BackendId::new(index as u32);
            if !new_cluster.set_weight(id, weight) && new_cluster.get(id).is_none() {
                new_cluster.join(&format!("later-{index}"), weight, None);
            }
        }
        let (old_points, new_points) =
            (points(virtual_nodes, &old_cluster), points(virtual_nodes, &new_cluster));
        // Between two neighbouring points of either ring nothing changes, so the hashes
        // at the points stand for the stretches that they end.
        let mut ends: Vec<u64> =
            old_points.iter().chain(&new_points).map(|point| point.0).chain([u64::MAX]).collect();
        ends.sort_unstable();
        ends.dedup();
        let mut start = 0_u128;
        let mut moved = 0_u128;
        for end in ends {
            if scan(&old_points, end) != scan(&new_points, end) {
                moved += u128::from(end) + 1 - start;
            }
            start = u128::from(end) + 1;
        }
        let (old, new) = (ring(virtual_nodes, &old_cluster), ring(virtual_nodes, &new_cluster));
        prop_assert_eq!(Ring::moved(&old, &new), moved as f64 / 2_f64.powi(64));
    }

    #[test]
    fn candidates_are_the_owners_as_each_in_turn_is_taken_away(
        weights in prop::collection::vec(1..3_u32, 0..7), stream: u64,
    ) {
        let mut cluster = cluster(stream, &weights);
        let whole = ring(9, &cluster);
        let hash = KeyHash::from_bits(bits(stream, 0));
        let candidates: Vec<BackendId> = whole.candidates(hash).collect();
        prop_assert_eq!(candidates.len(), weights.len());
        for candidate in candidates {
            prop_assert_eq!(ring(9, &cluster).owner(hash), Some(candidate));
            cluster.leave(candidate);
        }
    }

    #[test]
    fn shares_add_up_to_one(weights in prop::collection::vec(1..4_u32, 1..9), stream: u64) {
        let cluster = cluster(stream, &weights);
        let ring = ring(16, &cluster);
        let sum: f64 = cluster.iter().map(|backend| ring.share(backend.id)).sum();
        // Each share is rounded once, and so is each of at most 9 sums of at most 1.
        prop_assert!((sum - 1.0).abs() <= 18.0 * f64::EPSILON);
    }
}

#[test]
fn a_brute_force_over_a_fine_grid_finds_the_share_that_moves() {
    let mut cluster = cluster(5, &[1, 2, 1]);
    let old = ring(4, &cluster);
    cluster.join("joined", 1, None);
    cluster.set_weight(BackendId::new(1), 1);
    let new = ring(4, &cluster);
    let grid = 1 << 20;
    let moved = (0..grid)
        .map(|step| KeyHash::from_bits(step << 44))
        .filter(|&hash| old.owner(hash) != new.owner(hash))
        .count();
    // Each of at most 32 ends of arcs is off by less than one step.
    let exact = Ring::moved(&old, &new);
    assert!((moved as f64 / grid as f64 - exact).abs() < 32.0 / grid as f64);
}

#[test]
fn golden_owners_never_change() {
    // Computed by another program from the rule that `Ring` documents.
    let mut cluster = Membership::new();
    for number in 1..=5 {
        cluster.join(&format!("10.0.0.{number}:8080"), 1, None);
    }
    let ring = ring(160, &cluster);
    let owners: Vec<usize> = (0..40)
        .map(|user| ring.owner(KeyHash::of(format!("user-{user}").as_bytes())).unwrap().index())
        .collect();
    assert_eq!(
        owners,
        [
            3, 1, 0, 3, 1, 2, 4, 0, 4, 3, 2, 0, 4, 1, 4, 0, 4, 2, 3, 0, 2, 2, 1, 4, 2, 2, 3, 3, 2,
            0, 1, 0, 3, 2, 0, 1, 0, 1, 2, 2
        ]
    );
    let candidates: Vec<usize> =
        ring.candidates(KeyHash::of(b"user-0")).map(BackendId::index).collect();
    assert_eq!(candidates, [3, 4, 0, 1, 2]);
}

#[test]
fn a_ring_of_nobody_has_no_owner() {
    let ring = ring(160, &Membership::new());
    assert_eq!(ring.owner(KeyHash::of(b"any")), None);
    assert_eq!(ring.candidates(KeyHash::of(b"any")).count(), 0);
    assert_eq!(Ring::moved(&ring, &ring), 0.0);
    assert_eq!(ring.share(BackendId::new(0)), 0.0);
}

#[test]
fn a_lone_backend_owns_everything_and_losing_it_moves_everything() {
    let alone = ring(1, &cluster(1, &[1]));
    let nobody = ring(1, &Membership::new());
    assert_eq!(alone.share(BackendId::new(0)), 1.0);
    assert_eq!(Ring::moved(&alone, &nobody), 1.0);
    assert_eq!(Ring::moved(&nobody, &alone), 1.0);
}

#[test]
fn absurd_weights_are_scaled_down_and_still_owned_in_proportion() {
    let mut cluster = Membership::new();
    let heavy = cluster.join("heavy", u32::MAX, None);
    let light = cluster.join("light", u32::MAX / 4, None);
    let ring = ring(u32::MAX, &cluster);
    assert!(ring.points() <= Ring::MAX_POINTS);
    assert!((ring.share(heavy) / ring.share(light) - 4.0).abs() < 0.02);
}
