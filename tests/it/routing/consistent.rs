//! Consistent hashes: jump, rendezvous, maglev, anchor, memento.

use proptest::prelude::*;
use ringstorm::routing::{
    Anchor, AnchorConfig, BackendId, KeyHash, Maglev, MaglevConfig, Membership, RingConfig, Scheme,
    SchemeConfig, disagreement, jump,
};

use super::{address, bits, chi_squared, cluster, permuted};

fn anchor(capacity: u32) -> SchemeConfig {
    SchemeConfig::Anchor(AnchorConfig { capacity })
}

fn maglev(slots: u32) -> SchemeConfig {
    SchemeConfig::Maglev(MaglevConfig { slots })
}

fn ring() -> SchemeConfig {
    SchemeConfig::Ring(RingConfig { virtual_nodes: 20, bounded_load: None })
}

/// Those that move nothing needlessly whoever joins, leaves or changes weight.
fn minimal() -> [SchemeConfig; 4] {
    [ring(), SchemeConfig::Rendezvous, anchor(64), SchemeConfig::Memento]
}

fn owners(scheme: &Scheme, stream: u64) -> Vec<Option<BackendId>> {
    (0..300).map(|index| scheme.owner(&bits(stream, index).to_le_bytes())).collect()
}

/// One change: somebody's weight becomes another; 0 is as good as leaving.
#[derive(Clone, Debug)]
struct Reweight {
    which: prop::sample::Index,
    weight: u32,
    leaves: bool,
}

fn reweights() -> impl Strategy<Value = Vec<Reweight>> {
    let one = (any::<prop::sample::Index>(), 0..4_u32, any::<bool>())
        .prop_map(|(which, weight, leaves)| Reweight { which, weight, leaves });
    prop::collection::vec(one, 1..12)
}

proptest! {
    #[test]
    fn a_change_of_one_moves_keys_only_to_it_or_only_from_it(
        weights in prop::collection::vec(1..4_u32, 1..8), changes in reweights(), stream: u64,
    ) {
        for config in minimal() {
            let mut cluster = cluster(stream, &weights);
            let mut scheme = Scheme::build(&config, &cluster);
            let mut before = owners(&scheme, stream);
            for (index, change) in changes.iter().enumerate() {
                let id = BackendId::new(change.which.index(weights.len()) as u32);
                let old = cluster.get(id).map_or(0, |backend| backend.weight);
                let (id, grows) = match (change.leaves, cluster.get(id)) {
                    (true, Some(_)) => {
                        cluster.leave(id);
                        (id, false)
                    }
                    (_, None) => (cluster.join(&format!("new-{index}"), change.weight, None), true),
                    (false, Some(_)) => {
                        cluster.set_weight(id, change.weight);
                        (id, change.weight > old)
                    }
                };
                scheme.update(&cluster);
                let after = owners(&scheme, stream);
                for (before, after) in before.iter().zip(&after) {
                    let mover = if grows { after } else { before };
                    prop_assert!(before == after || *mover == Some(id), "{}", config.name());
                }
                before = after;
            }
        }
    }

    #[test]
    fn the_owner_has_the_highest_score(
        weights in prop::collection::vec(1..6_u32, 1..10), stream: u64,
    ) {
        // The rule as it is documented, one backend at a time.
        fn mix(mut x: u64) -> u64 {
            x ^= x >> 27;
            x = x.wrapping_mul(0x3C79_AC49_2BA7_B653);
            x ^= x >> 33;
            x = x.wrapping_mul(0x1C69_B3F7_4AC4_AE35);
            x ^ (x >> 27)
        }
        let cluster = cluster(stream, &weights);
        let scheme = Scheme::build(&SchemeConfig::Rendezvous, &cluster);
        for index in 0..50_u64 {
            let key = index.to_le_bytes();
            let score = |id: BackendId| {
                let backend = cluster.get(id).unwrap();
                let draw = mix(KeyHash::of(backend.address.as_bytes()).bits() ^ KeyHash::of(&key).bits());
                -f64::from(backend.weight) / libm::log(((draw >> 12) as f64 + 0.5) / 2_f64.powi(52))
            };
            let owner = scheme.owner(&key).unwrap();
            prop_assert!(cluster.iter().all(|backend| score(backend.id) <= score(owner)));
        }
    }

    #[test]
    fn schemes_that_go_by_address_agree_in_whatever_order_they_learnt(
        weights in prop::collection::vec(0..4_u32, 0..8), order in any::<u64>(), stream: u64,
    ) {
        let one = cluster(stream, &weights);
        let other = permuted(&one, order);
        prop_assert_eq!(one.checksum(), other.checksum());
        for config in [ring(), SchemeConfig::Rendezvous, maglev(101)] {
            let schemes = [&one, &other].map(|cluster| Scheme::build(&config, cluster));
            for index in 0..200_u64 {
                let name = |scheme: &Scheme, cluster: &Membership| {
                    let owner = scheme.owner(&index.to_le_bytes());
                    owner.and_then(|id| cluster.get(id)).map(|backend| backend.address.clone())
                };
                prop_assert_eq!(name(&schemes[0], &one), name(&schemes[1], &other));
            }
        }
    }

    #[test]
    fn routers_with_one_history_agree_whatever_it_was(
        weights in prop::collection::vec(1..4_u32, 1..8), changes in reweights(), stream: u64,
    ) {
        for config in [anchor(32), SchemeConfig::Memento] {
            let mut cluster = cluster(stream, &weights);
            let mut one = Scheme::build(&config, &cluster);
            let mut other = one.clone();
            for change in &changes {
                let id = BackendId::new(change.which.index(weights.len()) as u32);
                cluster.set_weight(id, change.weight);
                one.update(&cluster);
                other.update(&cluster);
                other.update(&cluster);
            }
            prop_assert_eq!(owners(&one, stream), owners(&other, stream));
        }
    }

    #[test]
    fn each_of_equal_backends_has_the_same_number_of_slots_or_one_more(
        backends in 1..30_usize, slots in 1..400_u32, stream: u64,
    ) {
        let cluster = cluster(stream, &vec![3; backends]);
        let table = Maglev::build(&MaglevConfig { slots }, &cluster);
        let counts: Vec<usize> = cluster.iter().map(|backend| table.slots_of(backend.id)).collect();
        let size: usize = counts.iter().sum();
        prop_assert!(size as u32 >= slots.max(2) && size as u32 <= 2 * slots.max(2));
        prop_assert!(counts.iter().all(|&count| count == size / backends || count == size.div_ceil(backends)));
        prop_assert_eq!(counts.iter().filter(|&&count| count > size / backends).count(), size % backends);
    }
}

#[test]
fn jump_gives_the_published_answers() {
    // google/guava guava-tests/.../HashingTest.java.
    let first = [0, 55, 62, 8, 45, 59, 86, 97, 82, 59, 73, 37, 17, 56, 86, 21, 90, 37, 38, 83];
    for (key, place) in first.into_iter().enumerate() {
        assert_eq!(jump(key as u64, 100), place);
    }
    let cases = [
        (10_863_919_174_838_991, 11, 6),
        (2_016_238_256_797_177_309, 11, 3),
        (1_673_758_223_894_951_030, 11, 5),
        (2, 100_001, 80_343),
        (2_201, 100_001, 22_152),
        (2_202, 100_001, 15_018),
    ];
    for (key, places, place) in cases {
        assert_eq!(jump(key, places), place);
    }
}

#[test]
fn jump_takes_any_number_of_places() {
    for key in [0, 1, u64::MAX, bits(1, 1)] {
        assert_eq!([jump(key, 0), jump(key, 1)], [0, 0]);
        assert!(jump(key, u64::MAX) < u64::MAX);
    }
}

#[test]
fn jump_and_rendezvous_move_a_binomial_number_of_keys_and_only_to_the_new_one() {
    // H-JUMP-a to c: servers, keys, mean, 99.9% interval.
    let cases = [(1, 1_000_u64, 448..=552), (4, 10_000, 1_869..=2_133), (9, 1_000, 70..=132)];
    for (servers, keys, interval) in cases {
        for config in
            [SchemeConfig::Jump, SchemeConfig::Rendezvous, anchor(10), SchemeConfig::Memento]
        {
            let mut cluster = cluster(4, &vec![1; servers]);
            let old = Scheme::build(&config, &cluster);
            let joined = cluster.join(&address(4, servers as u64), 1, None);
            let mut new = old.clone();
            new.update(&cluster);
            let moved: Vec<[u8; 8]> = (0..keys)
                .map(|key| bits(4, key).to_le_bytes())
                .filter(|key| old.owner(key) != new.owner(key))
                .collect();
            assert!(moved.iter().all(|key| new.owner(key) == Some(joined)));
            assert!(interval.contains(&moved.len()), "{} {}", config.name(), moved.len());
        }
    }
}

#[test]
fn golden_owners_never_change() {
    // Computed by another program from the documented rules.
    let owners = |config: SchemeConfig, weights: [u32; 5]| {
        let mut cluster = Membership::new();
        for (index, weight) in weights.into_iter().enumerate() {
            cluster.join(&format!("10.0.0.{}:8080", index + 1), weight, None);
        }
        let scheme = Scheme::build(&config, &cluster);
        let owner = |user: u32| scheme.owner(format!("user-{user}").as_bytes()).unwrap().index();
        (0..20).map(owner).collect::<Vec<_>>()
    };
    assert_eq!(
        owners(SchemeConfig::Rendezvous, [1, 2, 1, 3, 1]),
        [3, 1, 4, 2, 3, 2, 3, 4, 4, 1, 3, 4, 3, 0, 2, 3, 3, 3, 3, 0]
    );
    assert_eq!(
        owners(SchemeConfig::Rendezvous, [1; 5]),
        [3, 1, 4, 2, 3, 2, 2, 4, 4, 1, 2, 4, 3, 0, 2, 3, 3, 0, 3, 0]
    );
    assert_eq!(
        owners(SchemeConfig::Jump, [1; 5]),
        [3, 1, 2, 2, 1, 1, 1, 1, 2, 3, 0, 4, 3, 3, 0, 1, 3, 4, 2, 2]
    );
    assert_eq!(
        owners(maglev(65_537), [1, 2, 1, 3, 1]),
        [1, 3, 3, 4, 4, 3, 1, 3, 3, 4, 2, 0, 0, 3, 3, 4, 4, 3, 3, 1]
    );
}

#[test]
fn shares_follow_the_weights_exactly_after_a_long_history() {
    for config in [SchemeConfig::Rendezvous, SchemeConfig::Jump, anchor(24), SchemeConfig::Memento]
    {
        let mut cluster = cluster(8, &[1, 2, 3, 4]);
        let mut scheme = Scheme::build(&config, &cluster);
        for step in 0..40 {
            let id = BackendId::new(bits(8, step) as u32 % 4);
            cluster.set_weight(id, (bits(9, step) % 5) as u32);
            scheme.update(&cluster);
        }
        for (number, weight) in [2, 1, 3, 0].into_iter().enumerate() {
            cluster.set_weight(BackendId::new(number as u32), weight);
        }
        scheme.update(&cluster);
        let keys = 30_000;
        let mut seen = [0_u64; 4];
        for index in 0..keys {
            seen[scheme.owner(&bits(10, index).to_le_bytes()).unwrap().index()] += 1;
        }
        assert_eq!(seen[3], 0);
        // Chi-squared with two degrees of freedom: 18.4 once in 10,000.
        let statistic = chi_squared(&seen[..3], &[10_000.0, 5_000.0, 15_000.0]);
        assert!(statistic < 18.4, "{} {seen:?}", config.name());
    }
}

#[test]
fn maglev_moves_as_much_as_an_independent_filler_found() {
    // H-MAGLEV-a: slots, servers before, moved and its 99.9% half-width over 30 seeds.
    let cases = [
        (65_537, 2, 0.333_74, 0.000_69),
        (65_537, 10, 0.093_432_2, 0.000_42),
        (5_003, 10, 0.101_606, 0.002),
    ];
    for (slots, servers, moved, half_width) in cases {
        let seeds = 12;
        let shares: Vec<f64> = (0..seeds)
            .map(|stream| {
                let mut cluster = cluster(stream, &vec![1; servers]);
                let old = Scheme::build(&maglev(slots), &cluster);
                cluster.join(&address(stream, servers as u64), 1, None);
                let new = Scheme::build(&maglev(slots), &cluster);
                let change = Scheme::diff(&old, &new).unwrap();
                assert!(change.exact && change.moved >= change.minimum);
                change.moved
            })
            .collect();
        let count = seeds as f64;
        let mean = shares.iter().sum::<f64>() / count;
        let variance =
            shares.iter().map(|share| (share - mean) * (share - mean)).sum::<f64>() / (count - 1.0);
        // t(0.9995, 29) is 3.66; two-sample z at 3.9.
        let their_error: f64 = half_width / 3.66;
        let error = (variance / count + their_error * their_error).sqrt();
        assert!((mean - moved).abs() < 3.9 * error, "{slots} {servers}: {mean} not {moved}");
    }
}

#[test]
fn a_second_maglev_backend_takes_half_of_the_slots_and_nothing_more() {
    let mut cluster = cluster(6, &[1]);
    let old = Scheme::build(&maglev(65_537), &cluster);
    cluster.join("joined", 1, None);
    let new = Scheme::build(&maglev(65_537), &cluster);
    let moved = Scheme::diff(&old, &new).unwrap().moved * 65_537.0;
    assert!((moved - 32_768.0).abs() < 1.5, "{moved}");
}

#[test]
fn whoever_finds_no_room_owns_nothing_and_is_named() {
    let mut cluster = cluster(1, &[2, 2, 2]);
    let mut anchor = Anchor::build(&AnchorConfig { capacity: 3 }, &cluster);
    assert_eq!(anchor.without_room(), [BackendId::new(1), BackendId::new(2)]);
    let owns = |anchor: &Anchor, number: u32| {
        let hashes = (0..200).map(|index| KeyHash::from_bits(bits(1, index)));
        hashes.filter(|&hash| anchor.owner(hash) == Some(BackendId::new(number))).count()
    };
    assert!(owns(&anchor, 1) > 0);
    assert_eq!(owns(&anchor, 2), 0);
    cluster.leave(BackendId::new(0));
    anchor.follow(&cluster);
    assert_eq!(anchor.without_room(), [BackendId::new(2)]);
    assert!(owns(&anchor, 2) > 0, "a seat has become free");
}

#[test]
fn a_scheme_names_whom_its_seats_did_not_reach_until_there_is_room() {
    let mut cluster = Membership::new();
    let first = cluster.join("first", 1 << 24, None);
    let late = ["second", "third"].map(|address| cluster.join(address, 3, None));
    for config in [anchor(1 << 24), SchemeConfig::Memento] {
        let mut cluster = cluster.clone();
        let mut scheme = Scheme::build(&config, &cluster);
        assert_eq!(scheme.without_room(), late, "{}", config.name());
        cluster.set_weight(first, (1 << 24) - 4);
        scheme.update(&cluster);
        assert_eq!(scheme.without_room(), [late[1]], "the third has one of three");
        cluster.leave(first);
        scheme.update(&cluster);
        assert!(scheme.without_room().is_empty());
    }
    for config in [ring(), SchemeConfig::Rendezvous, SchemeConfig::RoundRobin] {
        assert!(Scheme::build(&config, &cluster).without_room().is_empty(), "no seats");
    }
}

#[test]
fn absurd_weights_and_sizes_are_harmless() {
    let mut cluster = Membership::new();
    let heavy = cluster.join("heavy", u32::MAX, None);
    cluster.join("light", 1, None);
    let configs = [
        anchor(u32::MAX),
        anchor(0),
        maglev(0),
        maglev(300),
        SchemeConfig::Jump,
        SchemeConfig::Rendezvous,
        SchemeConfig::ModHash,
    ];
    for config in configs {
        let mut scheme = Scheme::build(&config, &cluster);
        assert!(scheme.owner(b"any").is_some());
        cluster.set_weight(heavy, 0);
        scheme.update(&cluster);
        assert!(scheme.owner(b"any").is_some());
        cluster.set_weight(heavy, u32::MAX);
    }
}

#[test]
fn a_router_that_starts_afresh_may_disagree_on_a_history() {
    let mut cluster = cluster(1, &[1, 1, 1, 1]);
    let mut old = Scheme::build(&SchemeConfig::Memento, &cluster);
    cluster.leave(BackendId::new(0));
    cluster.join("later", 1, None);
    old.update(&cluster);
    let fresh = Scheme::build(&SchemeConfig::Memento, &cluster);
    assert!(disagreement((&old, &cluster), (&fresh, &cluster)) > 0.1);
    assert_eq!(disagreement((&old, &cluster), (&old.clone(), &cluster)), 0.0);
}
