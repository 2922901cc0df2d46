//! Whatever the membership, no scheme panics or chooses who may not be chosen.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use ringstorm::routing::compat::{
    EnvoyHash, EnvoyMaglevConfig, EnvoyRingHashConfig, HaproxyConsistentConfig, HaproxyHash,
    HaproxyHashType, HaproxyMapBasedConfig,
};
use ringstorm::routing::{BackendId, BackendState, Membership, Scheme, SchemeConfig, Spread};

/// Something that happens to a cluster.
#[derive(Clone, Debug)]
enum Step {
    Join(u8, u32),
    Leave(u8),
    Restate(u8, BackendState),
    Reweigh(u8, u32),
    Open(Vec<u8>),
    Close(u8),
    Forget,
}

fn weight() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0), Just(1), 1..5_u32, Just(256), Just(1000)]
}

fn step() -> impl Strategy<Value = Step> {
    let state = prop_oneof![
        Just(BackendState::Ready),
        Just(BackendState::Draining),
        Just(BackendState::Down)
    ];
    prop_oneof![
        3 => (any::<u8>(), weight()).prop_map(|(who, weight)| Step::Join(who, weight)),
        1 => any::<u8>().prop_map(Step::Leave),
        2 => (any::<u8>(), state).prop_map(|(who, state)| Step::Restate(who, state)),
        2 => (any::<u8>(), weight()).prop_map(|(who, weight)| Step::Reweigh(who, weight)),
        8 => proptest::collection::vec(any::<u8>(), 0..9).prop_map(Step::Open),
        2 => any::<u8>().prop_map(Step::Close),
        1 => Just(Step::Forget),
    ]
}

/// Every scheme of this folder, with parameters at their edges.
fn configs() -> impl Strategy<Value = SchemeConfig> {
    let plain = [
        "nginx_round_robin",
        "nginx_least_conn",
        "nginx_hash",
        "nginx_consistent",
        "haproxy_round_robin",
        "haproxy_leastconn",
        "ketama",
        "redis_slot",
    ];
    let plain = proptest::sample::select(plain.to_vec())
        .prop_map(|name| SchemeConfig::named(name).unwrap());
    let functions =
        vec![HaproxyHash::Sdbm, HaproxyHash::Djb2, HaproxyHash::Wt6, HaproxyHash::Crc32];
    let hash = (proptest::sample::select(functions), any::<bool>())
        .prop_map(|(function, avalanche)| HaproxyHashType { function, avalanche });
    let factor = proptest::sample::select(vec![0, 1, 101, 125, 200, u32::MAX]);
    let ids = proptest::collection::btree_map("[0-9]", any::<u32>(), 0..4);
    let consistent = (hash.clone(), factor.clone(), ids).prop_map(|(hash, balance_factor, ids)| {
        SchemeConfig::HaproxyConsistent(HaproxyConsistentConfig { hash, balance_factor, ids })
    });
    let map = hash.prop_map(|hash| SchemeConfig::HaproxyMapBased(HaproxyMapBasedConfig { hash }));
    let sizes = (0..2000_u32, 0..2000_u32, any::<bool>(), factor.clone());
    let ring = sizes.prop_map(|(minimum_ring_size, maximum_ring_size, murmur, balance_factor)| {
        SchemeConfig::EnvoyRingHash(EnvoyRingHashConfig {
            minimum_ring_size,
            maximum_ring_size,
            hash_function: if murmur { EnvoyHash::MurmurHash2 } else { EnvoyHash::XxHash },
            balance_factor,
        })
    });
    let maglev = (0..300_u32, factor).prop_map(|(table_size, balance_factor)| {
        SchemeConfig::EnvoyMaglev(EnvoyMaglevConfig { table_size, balance_factor })
    });
    prop_oneof![8 => plain, 4 => consistent, 1 => map, 2 => ring, 2 => maglev]
}

/// The member that a number points at.
fn member(cluster: &Membership, who: u8) -> Option<BackendId> {
    cluster.iter().nth(usize::from(who) % cluster.len().max(1)).map(|backend| backend.id)
}

fn change(cluster: &mut Membership, step: &Step) {
    match *step {
        Step::Join(who, weight) => {
            cluster.join(&format!("{}", who % 10), weight, None);
        }
        Step::Leave(who) => {
            member(cluster, who).map(|id| cluster.leave(id));
        }
        Step::Restate(who, state) => {
            member(cluster, who).map(|id| cluster.set_state(id, state));
        }
        Step::Reweigh(who, weight) => {
            member(cluster, who).map(|id| cluster.set_weight(id, weight));
        }
        Step::Open(_) | Step::Close(_) | Step::Forget => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_pick_is_eligible_and_there_is_one_exactly_if_somebody_is(
        config in configs(),
        steps in proptest::collection::vec(step(), 0..60),
    ) {
        let mut cluster = Membership::new();
        let mut scheme = Scheme::build(&config, &cluster);
        let eligible = |cluster: &Membership, id| cluster.get(id).unwrap().is_eligible();
        for step in &steps {
            let version = cluster.version();
            change(&mut cluster, step);
            if cluster.version() != version {
                scheme.update(&cluster);
            }
            match step {
                Step::Open(key) => {
                    if let Some(owner) = scheme.owner(key) {
                        prop_assert!(eligible(&cluster, owner));
                    }
                    let picked = scheme.pick(key, 0);
                    prop_assert_eq!(picked.is_some(), cluster.eligible().next().is_some());
                    if let Some(id) = picked {
                        prop_assert!(eligible(&cluster, id));
                        scheme.opened(id);
                    }
                }
                Step::Close(who) => {
                    if let Some(id) = member(&cluster, *who) {
                        scheme.closed(id);
                    }
                }
                Step::Forget => scheme.forget_counts(),
                _ => {}
            }
        }
        scheme.bytes();
    }

    #[test]
    fn a_scheme_that_went_through_changes_owns_as_a_fresh_one_does(
        name in proptest::sample::select(vec![
            "nginx_hash", "nginx_consistent", "haproxy_map_based", "haproxy_consistent",
            "envoy_ring_hash", "envoy_maglev", "ketama",
        ]),
        steps in proptest::collection::vec(step(), 0..20),
        keys in proptest::collection::vec(any::<u64>(), 20),
    ) {
        let config = match SchemeConfig::named(name).unwrap() {
            SchemeConfig::EnvoyRingHash(config) => SchemeConfig::EnvoyRingHash(
                EnvoyRingHashConfig { maximum_ring_size: 2048, ..config },
            ),
            SchemeConfig::EnvoyMaglev(config) => {
                SchemeConfig::EnvoyMaglev(EnvoyMaglevConfig { table_size: 1021, ..config })
            }
            other => other,
        };
        let mut cluster = Membership::new();
        let mut scheme = Scheme::build(&config, &cluster);
        for step in &steps {
            change(&mut cluster, step);
            scheme.update(&cluster);
        }
        let fresh = Scheme::build(&config, &cluster);
        for key in keys {
            let key = key.to_le_bytes();
            prop_assert_eq!(scheme.owner(&key), fresh.owner(&key));
        }
    }

    #[test]
    fn a_server_that_joins_a_consistent_ring_takes_keys_and_moves_no_others(
        name in proptest::sample::select(vec!["nginx_consistent", "haproxy_consistent", "ketama"]),
        servers in 3..8_u32,
        keys in proptest::collection::vec(any::<u64>(), 100),
    ) {
        // Of 8 equal servers libketama makes 8 x 160 points too, so that all keep theirs.
        let mut cluster = Membership::new();
        for k in 0..servers {
            cluster.join(&format!("10.0.0.{k}:80"), 1, None);
        }
        let mut scheme = Scheme::build(&SchemeConfig::named(name).unwrap(), &cluster);
        let before: Vec<_> = keys.iter().map(|key| scheme.owner(&key.to_le_bytes())).collect();
        let joined = cluster.join("10.0.0.9:80", 1, None);
        scheme.update(&cluster);
        for (key, before) in keys.iter().zip(before) {
            let owner = scheme.owner(&key.to_le_bytes());
            prop_assert!(owner == before || owner == Some(joined));
        }
    }

    #[test]
    fn haproxys_round_robin_is_within_two_picks_of_exact_over_a_window(
        weights in proptest::collection::vec(1..12_u32, 1..6),
    ) {
        let mut cluster = Membership::new();
        let ids: Vec<_> = weights.iter().enumerate()
            .map(|(k, &weight)| cluster.join(&k.to_string(), weight, None)).collect();
        let mut scheme = Scheme::build(&SchemeConfig::HaproxyRoundRobin, &cluster);
        let mut counts = BTreeMap::new();
        for _ in 0..16 * weights.iter().sum::<u32>() {
            *counts.entry(scheme.pick(b"", 0).unwrap()).or_insert(0) += 1;
        }
        for (id, weight) in ids.iter().zip(weights) {
            prop_assert!((16 * weight).abs_diff(counts[id]) <= 2, "{} for {weight}", counts[id]);
        }
    }

    #[test]
    fn redis_moves_no_more_slots_than_it_must(
        weights in proptest::collection::vec(1..9_u32, 1..8),
        joins in 1..9_u32,
    ) {
        use ringstorm::routing::Rules;
        use ringstorm::routing::Connections;
        use ringstorm::routing::compat::RedisSlot;

        let mut cluster = Membership::new();
        for (k, &weight) in weights.iter().enumerate() {
            cluster.join(&k.to_string(), weight, None);
        }
        let slots = |redis: &RedisSlot| -> Vec<_> {
            (0..RedisSlot::SLOTS).map(|slot| redis.server(slot).unwrap()).collect()
        };
        let before = RedisSlot::build(&(), &cluster);
        let joined = cluster.join("joined", joins, None);
        let mut after = before.clone();
        after.update(&Connections::default(), &cluster);
        let pairs = slots(&before).into_iter().zip(slots(&after));
        let moved = pairs.filter(|(before, after)| before != after).count();
        let taken = slots(&after).into_iter().filter(|&owner| owner == joined).count();
        prop_assert_eq!(moved, taken);
        let fair = u32::from(RedisSlot::SLOTS) * joins / (weights.iter().sum::<u32>() + joins);
        prop_assert!(taken as u32 == fair || taken as u32 == fair + 1);
    }

    #[test]
    fn envoys_maglev_tables_agree_in_whatever_order_hosts_joined(
        order in Just((0..9).collect::<Vec<u32>>()).prop_shuffle(),
        key in any::<u64>(),
    ) {
        let address = |order: &[u32]| {
            let mut cluster = Membership::new();
            for k in order {
                cluster.join(&k.to_string(), 1, None);
            }
            let config = EnvoyMaglevConfig { table_size: 1021, balance_factor: 0 };
            let scheme = Scheme::build(&SchemeConfig::EnvoyMaglev(config), &cluster);
            let owner = scheme.owner(&key.to_le_bytes()).unwrap();
            cluster.get(owner).unwrap().address.clone()
        };
        prop_assert_eq!(address(&order), address(&[0, 1, 2, 3, 4, 5, 6, 7, 8]));
    }
}

/// Every scheme of this folder with its usual parameters.
fn all() -> impl Iterator<Item = SchemeConfig> {
    let ours = ["nginx_", "haproxy_", "envoy_", "ketama", "redis_slot"];
    let names = SchemeConfig::NAMES.iter();
    let names = names.filter(move |name| ours.iter().any(|start| name.starts_with(start)));
    names.map(|name| SchemeConfig::named(name).unwrap())
}

#[test]
fn weights_of_four_billion_are_no_problem() {
    let mut cluster = Membership::new();
    for (address, weight) in [("a", u32::MAX), ("b", 1), ("c", u32::MAX)] {
        cluster.join(address, weight, None);
    }
    for config in all() {
        let mut scheme = Scheme::build(&config, &cluster);
        for k in 0..50_u32 {
            assert!(scheme.pick(&k.to_le_bytes(), 0).is_some(), "{}", config.name());
        }
    }
}

#[test]
fn replicas_are_distinct_and_begin_with_the_owner() {
    let mut cluster = Membership::new();
    for k in 0..5 {
        cluster.join(&format!("10.0.0.{k}:80"), 1, None);
    }
    let down = cluster.find("10.0.0.2:80").unwrap().id;
    cluster.set_state(down, BackendState::Down);
    for config in all() {
        let scheme = Scheme::build(&config, &cluster);
        for k in 0..100_u32 {
            let key = k.to_le_bytes();
            let replicas = scheme.replicas(&cluster, &key, 3, Spread::Backends);
            if !scheme.has_owners() {
                assert!(replicas.is_empty());
                continue;
            }
            assert_eq!(replicas.first().copied(), scheme.owner(&key), "{}", config.name());
            assert_eq!(replicas.iter().collect::<BTreeSet<_>>().len(), 3, "{}", config.name());
            assert!(!replicas.contains(&down));
        }
    }
}

#[test]
fn the_next_points_of_a_ring_name_who_owns_a_key_as_each_in_turn_fails() {
    for name in ["nginx_consistent", "ketama"] {
        for k in 0..50_u32 {
            let mut cluster = Membership::new();
            for k in 0..6 {
                cluster.join(&format!("10.0.0.{k}:80"), 1, None);
            }
            let mut scheme = Scheme::build(&SchemeConfig::named(name).unwrap(), &cluster);
            let key = k.to_le_bytes();
            for expected in scheme.replicas(&cluster, &key, 3, Spread::Backends) {
                assert_eq!(scheme.owner(&key), Some(expected), "{name}");
                cluster.set_state(expected, BackendState::Down);
                scheme.update(&cluster);
            }
        }
    }
}
