//! Replicas, what a change costs, and when each connection moves.

use proptest::prelude::*;
use ringstorm::routing::compat::HaproxyConsistentConfig;
use ringstorm::routing::{
    AnchorConfig, BackendId, Membership, RingConfig, Scheme, SchemeConfig, Spread, disagreement,
    plan,
};

use super::{address, bits, cluster, permuted};

fn with_owners() -> Vec<SchemeConfig> {
    let all = SchemeConfig::NAMES.iter().map(|name| SchemeConfig::named(name).unwrap());
    all.filter(|config| Scheme::build(config, &Membership::new()).has_owners()).collect()
}

/// A cluster whose backends stand in these zones; 0 is none.
fn zoned(stream: u64, zones: &[u8]) -> Membership {
    let mut cluster = Membership::new();
    for (index, zone) in zones.iter().enumerate() {
        let zone = (*zone > 0).then(|| format!("zone-{zone}"));
        cluster.join(&address(stream, index as u64), 1, zone.as_deref());
    }
    cluster
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn replicas_are_distinct_begin_with_the_owner_and_are_as_many_as_there_can_be(
        zones in prop::collection::vec(0..4_u8, 0..9), count in 0..10_usize, key: u64,
    ) {
        let cluster = zoned(key, &zones);
        let key = key.to_le_bytes();
        for config in with_owners() {
            let scheme = Scheme::build(&config, &cluster);
            for spread in [Spread::Backends, Spread::Zones] {
                let replicas = scheme.replicas(&cluster, &key, count, spread);
                prop_assert_eq!(replicas.len(), count.min(zones.len()));
                if count > 0 {
                    prop_assert_eq!(replicas.first().copied(), scheme.owner(&key));
                }
                let mut unique = replicas.clone();
                unique.sort_unstable();
                unique.dedup();
                prop_assert_eq!(unique.len(), replicas.len());
            }
        }
    }

    /// As [`Scheme::update`] says: what goes by id is lost, who owns what is not, but under
    /// schemes that are a history.
    #[test]
    fn owners_after_an_update_to_an_unrelated_membership_are_those_of_a_fresh_build(
        weights in prop::collection::vec(1..4_u32, 1..9), order: u64, stream: u64,
    ) {
        let before = cluster(stream, &weights);
        let after = permuted(&before, order);
        let ids = (0..4).map(|place| (address(stream, place), 7 + place as u32)).collect();
        let with_ids = HaproxyConsistentConfig { ids, ..HaproxyConsistentConfig::default() };
        let histories = ["anchor", "memento", "redis_slot"];
        let configs = with_owners().into_iter().filter(|config| !histories.contains(&config.name()));
        for config in configs.chain([SchemeConfig::HaproxyConsistent(with_ids)]) {
            let mut updated = Scheme::build(&config, &before);
            updated.update(&after);
            let fresh = Scheme::build(&config, &after);
            for index in 0..100_u64 {
                let key = bits(stream, index).to_le_bytes();
                prop_assert_eq!(updated.owner(&key), fresh.owner(&key), "{}", config.name());
            }
        }
    }

    #[test]
    fn no_zone_has_a_second_replica_while_another_has_none(
        zones in prop::collection::vec(0..4_u8, 1..9), count in 1..10_usize, key: u64,
    ) {
        let cluster = zoned(key, &zones);
        for config in with_owners() {
            let scheme = Scheme::build(&config, &cluster);
            let replicas = scheme.replicas(&cluster, &key.to_le_bytes(), count, Spread::Zones);
            // Backends of unknown zone are zones of their own: they stand alone anyway.
            let available = |zone: u8| (0..zones.len()).filter(|&place| zones[place] == zone).count();
            let used = |zone: u8| {
                replicas.iter().filter(|id| zones[id.index()] == zone).count()
            };
            let most = (1..4).map(used).max().unwrap_or(0);
            for zone in 1..4 {
                prop_assert!(used(zone) + 1 >= most.min(available(zone) + 1), "{}", config.name());
            }
            if most > 1 {
                prop_assert_eq!(used(0), available(0), "{}", config.name());
            }
        }
    }

    #[test]
    fn replicas_by_preference_are_those_who_would_own_the_key_next(
        backends in 2..8_usize, key: u64,
    ) {
        for config in [SchemeConfig::Ring(RingConfig::default()), SchemeConfig::Rendezvous] {
            let mut cluster = cluster(key, &(1..=backends as u32).collect::<Vec<_>>());
            let mut scheme = Scheme::build(&config, &cluster);
            let replicas = scheme.replicas(&cluster, &key.to_le_bytes(), backends, Spread::Backends);
            for replica in replicas {
                prop_assert_eq!(scheme.owner(&key.to_le_bytes()), Some(replica));
                cluster.leave(replica);
                scheme.update(&cluster);
            }
        }
    }
}

#[test]
fn schemes_without_owners_have_no_replicas_and_no_cost_of_change() {
    let cluster = cluster(1, &[1, 1]);
    let scheme = Scheme::build(&SchemeConfig::RoundRobin, &cluster);
    assert!(scheme.replicas(&cluster, b"any", 2, Spread::Backends).is_empty());
    assert_eq!(Scheme::diff(&scheme, &scheme), None);
    assert_eq!(disagreement((&scheme, &cluster), (&scheme, &cluster)), 0.0);
}

#[test]
fn a_change_of_one_moves_the_least_that_it_can_but_under_mod_hash_and_maglev() {
    // What the compatible schemes move is tested against their recordings.
    let originals = ["nginx_", "haproxy_", "envoy_", "ketama", "redis_slot"];
    let is_ours = |config: &SchemeConfig| !originals.iter().any(|of| config.name().starts_with(of));
    for config in with_owners().into_iter().filter(is_ours) {
        let mut cluster = cluster(2, &[1; 10]);
        let old = Scheme::build(&config, &cluster);
        cluster.join("joined", 1, None);
        let mut new = old.clone();
        new.update(&cluster);
        let change = Scheme::diff(&old, &new).unwrap();
        let excess = change.moved - change.minimum;
        let name = config.name();
        match name {
            "mod_hash" => assert!((change.moved - 10.0 / 11.0).abs() < 0.006, "{change:?}"),
            "maglev" => assert!(excess > 0.0005 && excess < 0.006, "{change:?}"),
            _ => assert_eq!(excess, 0.0, "{name}"),
        }
        // The ring's own share varies: Beta(160, 1600) has a sd of 0.0069.
        let tolerance = if name == "ring" { 4.0 * 0.0069 } else { 0.005 };
        assert!((change.minimum - 1.0 / 11.0).abs() < tolerance, "{name} {change:?}");
        assert_eq!(change.exact, ["ring", "maglev"].contains(&name));
        // And back again: the same share, the other way.
        assert_eq!(Scheme::diff(&new, &old).unwrap().moved, change.moved);
    }
}

#[test]
fn losing_the_last_backend_moves_everything() {
    for config in with_owners() {
        let mut cluster = cluster(2, &[1]);
        let old = Scheme::build(&config, &cluster);
        cluster.leave(BackendId::new(0));
        let mut new = old.clone();
        new.update(&cluster);
        let change = Scheme::diff(&old, &new).unwrap();
        assert_eq!((change.moved, change.minimum), (1.0, 1.0), "{}", config.name());
    }
}

#[test]
fn a_plan_moves_each_connection_to_its_new_owner_at_the_given_rate() {
    let mut cluster = cluster(2, &[1; 4]);
    let config = SchemeConfig::Anchor(AnchorConfig::default());
    let old = Scheme::build(&config, &cluster);
    cluster.leave(BackendId::new(2));
    let mut new = old.clone();
    new.update(&cluster);
    let held = (0..4_000_u64).map(|connection| (connection, bits(3, connection).to_le_bytes()));
    let planned: Vec<_> = plan(held.clone(), &old, &new, 250.0, 1_000).collect();
    assert!(planned.iter().all(|(_, moved)| moved.from == Some(BackendId::new(2))));
    assert!(planned.iter().all(|(_, moved)| {
        new.owner(&bits(3, moved.connection).to_le_bytes()) == Some(moved.to)
    }));
    let moved = held.filter(|(_, key)| old.owner(key) != new.owner(key)).count();
    assert_eq!(planned.len(), moved);
    for (index, (at, _)) in planned.iter().enumerate() {
        assert_eq!(*at, 1_000 + 4_000_000 * index as u64);
    }
}

#[test]
fn two_routers_disagree_on_the_keys_of_a_backend_that_one_has_not_heard_of() {
    let old = cluster(5, &[1; 4]);
    let mut new = old.clone();
    new.join("joined", 1, None);
    assert_ne!(old.checksum(), new.checksum());
    let config = SchemeConfig::Rendezvous;
    let [a, b] = [&old, &new].map(|cluster| Scheme::build(&config, cluster));
    // Binomial over 65,536 keys: sd 0.0016.
    assert!((disagreement((&a, &old), (&b, &new)) - 0.2).abs() < 0.0064);
}
