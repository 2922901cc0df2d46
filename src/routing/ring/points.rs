//! The points of a ring: who has how many, and where.

use std::cmp::Ordering;

use xxhash_rust::xxh3::xxh3_64;

use super::Ring;
use crate::routing::backend::BackendId;
use crate::routing::membership::Membership;

/// A point of the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Point {
    /// Where it stands.
    pub(super) position: u64,
    /// Who owns the hashes up to it.
    pub(super) owner: BackendId,
}

/// How many points a backend has. Equal stakes have the same points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stake {
    pub(super) id: BackendId,
    pub(super) points: u32,
    // The hash of the address that the points hash: in a membership that was built anew an
    // id may be another backend's.
    address: u64,
}

/// The stakes of the eligible backends, ids ascending.
pub(super) fn stakes(virtual_nodes: u32, membership: &Membership) -> Vec<Stake> {
    let per_weight = u64::from(virtual_nodes.max(1));
    let total: u128 = membership
        .eligible()
        .map(|backend| u128::from(per_weight) * u128::from(backend.weight))
        .sum();
    let limit = Ring::MAX_POINTS as u128;
    let points = |weight: u32| {
        let wanted = u128::from(per_weight) * u128::from(weight);
        let granted = if total <= limit { wanted } else { (wanted * limit / total).max(1) };
        granted as u32
    };
    membership
        .eligible()
        .map(|backend| Stake {
            id: backend.id,
            points: points(backend.weight),
            address: xxh3_64(backend.address.as_bytes()),
        })
        .collect()
}

/// The points of these stakes, sorted.
pub(super) fn of(stakes: &[Stake], membership: &Membership) -> Vec<Point> {
    let total = stakes.iter().map(|stake| stake.points as usize).sum();
    let mut points = Vec::with_capacity(total);
    for stake in stakes {
        let Some(backend) = membership.get(stake.id) else { continue };
        let mut text = backend.address.clone().into_bytes();
        let end = text.len();
        for index in 0..stake.points {
            text.truncate(end);
            text.extend_from_slice(&index.to_le_bytes());
            points.push(Point { position: xxh3_64(&text), owner: stake.id });
        }
    }
    points.sort_unstable_by(|a, b| order(*a, *b, membership));
    points
}

/// The points of `new` stakes, with those that `old` ones share taken over.
pub(super) fn updated(
    points: &[Point],
    old: &[Stake],
    new: &[Stake],
    membership: &Membership,
) -> Vec<Point> {
    let had =
        |stake: &Stake| old.binary_search_by_key(&stake.id, |other| other.id).map(|at| old[at]);
    let (same, fresh): (Vec<Stake>, Vec<Stake>) =
        new.iter().partition(|stake| had(stake).is_ok_and(|before| before == **stake));
    let mut stays = vec![false; same.last().map_or(0, |stake| stake.id.index() + 1)];
    for stake in &same {
        stays[stake.id.index()] = true;
    }
    let kept = points
        .iter()
        .copied()
        .filter(|point| stays.get(point.owner.index()).copied().unwrap_or(false));
    merged(kept, &of(&fresh, membership), membership)
}

/// Two sorted sequences as one.
fn merged(
    kept: impl Iterator<Item = Point>,
    fresh: &[Point],
    membership: &Membership,
) -> Vec<Point> {
    let mut all = Vec::with_capacity(kept.size_hint().1.unwrap_or(0) + fresh.len());
    let mut fresh = fresh.iter().copied().peekable();
    for point in kept {
        while let Some(other) = fresh.next_if(|&other| order(other, point, membership).is_lt()) {
            all.push(other);
        }
        all.push(point);
    }
    all.extend(fresh);
    all.shrink_to_fit();
    all
}

/// By position; points at one place by address, so that all routers agree.
pub(super) fn order(a: Point, b: Point, membership: &Membership) -> Ordering {
    let address = |point: Point| membership.get(point.owner).map(|backend| &backend.address);
    a.position.cmp(&b.position).then_with(|| address(a).cmp(&address(b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_at_one_place_go_by_address_in_whatever_order_they_joined() {
        for addresses in [["a", "b"], ["b", "a"]] {
            let mut cluster = Membership::new();
            for address in addresses {
                cluster.join(address, 1, None);
            }
            let a = cluster.find("a").unwrap().id;
            let b = cluster.find("b").unwrap().id;
            let at = |owner| Point { position: 7, owner };
            assert_eq!(order(at(a), at(b), &cluster), Ordering::Less);
            let both = merged([at(b)].into_iter(), &[at(a)], &cluster);
            assert_eq!(both, [at(a), at(b)]);
        }
    }

    #[test]
    fn weights_beyond_the_limit_share_it_in_proportion() {
        let mut cluster = Membership::new();
        cluster.join("a", u32::MAX, None);
        cluster.join("b", u32::MAX / 3, None);
        cluster.join("c", 1, None);
        let stakes = stakes(u32::MAX, &cluster);
        let points: Vec<u32> = stakes.iter().map(|stake| stake.points).collect();
        assert_eq!(points, [12_582_911, 4_194_303, 1]);
    }

    #[test]
    fn a_sum_of_weights_of_104_857_is_the_most_that_gives_each_its_160_points() {
        let mut cluster = Membership::new();
        cluster.join("heavy", 104_855, None);
        let light = cluster.join("light", 1, None);
        for (joining, points) in [("second", 160), ("third", 159)] {
            cluster.join(joining, 1, None);
            let stakes = stakes(160, &cluster);
            assert_eq!(stakes[light.index()].points, points, "{joining}");
        }
    }

    #[test]
    fn only_backends_whose_part_is_below_one_point_come_on_top_of_the_limit() {
        let mut cluster = Membership::new();
        cluster.join("heavy", u32::MAX, None);
        for light in 0..1_000 {
            cluster.join(&light.to_string(), 1, None);
        }
        let stakes = stakes(160, &cluster);
        let points = stakes.iter().map(|stake| stake.points as usize);
        assert!(stakes[1..].iter().all(|stake| stake.points == 1));
        assert!((Ring::MAX_POINTS + 1..=Ring::MAX_POINTS + 1_000).contains(&points.sum()));
    }
}
