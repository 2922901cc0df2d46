//! Who leaves first.

use proptest::prelude::*;
use ringstorm::policy::termination::{Candidate, Pick};

use super::support::at;

fn candidate(id: u32) -> Candidate {
    Candidate {
        id,
        zone: 0,
        ready: true,
        ready_since: None,
        born: None,
        version: 0,
        connections: 0,
        chance: u64::from(id),
    }
}

fn order(pick: Pick, mut candidates: Vec<Candidate>) -> Vec<u32> {
    pick.sort(at(1_000), &mut candidates);
    candidates.iter().map(|candidate| candidate.id).collect()
}

#[test]
fn a_replica_set_lets_go_of_the_unready_then_of_the_newest_by_powers_of_two() {
    let ready = |id, since, chance| Candidate {
        ready_since: Some(at(since)),
        born: Some(at(since)),
        chance,
        ..candidate(id)
    };
    let unready = Candidate { ready: false, ready_since: None, born: Some(at(1)), ..candidate(9) };
    // Ages 1000, 990 (the same power of two, so by chance), 400 and 10 s; one is older than the run.
    let candidates = vec![
        candidate(0),
        ready(1, 0, 7),
        ready(2, 10, 3),
        ready(3, 600, 0),
        ready(4, 990, 5),
        unready,
    ];
    assert_eq!(order(Pick::ReplicaSet, candidates), [9, 4, 3, 2, 1, 0]);
}

#[test]
fn an_auto_scaling_group_levels_its_zones_and_lets_go_of_the_oldest_version() {
    let in_zone = |id, zone, version| Candidate { zone, version, ..candidate(id) };
    let candidates = vec![
        in_zone(0, 0, 1),
        in_zone(1, 0, 0),
        in_zone(2, 0, 1),
        in_zone(3, 1, 0),
        in_zone(4, 1, 1),
        in_zone(5, 2, 0),
    ];
    // Zone 0 has three: its old version goes. Then two zones have two, and zone 1 has an old one.
    assert_eq!(order(Pick::AutoScalingGroup, candidates), [1, 3, 0, 5, 2, 4]);
}

#[test]
fn the_plain_orders_are_by_birth_and_by_connections() {
    let loaded = |id, connections| Candidate { connections, ..candidate(id) };
    let candidates = vec![loaded(0, 3), loaded(1, 1), loaded(2, 1), loaded(3, 2)];
    assert_eq!(order(Pick::Newest, candidates.clone()), [3, 2, 1, 0]);
    assert_eq!(order(Pick::Oldest, candidates.clone()), [0, 1, 2, 3]);
    assert_eq!(order(Pick::FewestConnections, candidates), [2, 1, 3, 0]);
}

proptest! {
    #[test]
    fn an_order_depends_on_the_servers_alone_not_on_how_they_are_listed(
        facts in prop::collection::vec((0_u32..3, any::<bool>(), 0_u64..1_000, 0_u32..2, any::<u64>()), 0..40),
        turn in 0_usize..40,
    ) {
        let mut candidates: Vec<Candidate> = (0..).zip(&facts).map(|(id, fact)| {
            let (zone, ready, since, version, chance) = *fact;
            Candidate {
                zone, ready, version, chance,
                ready_since: ready.then(|| at(since)),
                born: Some(at(since / 2)),
                connections: version,
                ..candidate(id)
            }
        }).collect();
        for pick in [
            Pick::Newest, Pick::Oldest, Pick::FewestConnections, Pick::ReplicaSet, Pick::AutoScalingGroup,
        ] {
            let first = order(pick, candidates.clone());
            let by = turn % candidates.len().max(1);
            candidates.rotate_left(by);
            prop_assert_eq!(&order(pick, candidates.clone()), &first);
            let mut ids = first;
            ids.sort_unstable();
            prop_assert_eq!(ids, (0..candidates.len() as u32).collect::<Vec<_>>());
        }
    }
}
