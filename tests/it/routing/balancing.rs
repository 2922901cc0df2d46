//! Schemes that place by turn, chance or count.

use proptest::prelude::*;
use ringstorm::routing::{
    BackendId, BackendState, Factor, KeyHash, MaglevConfig, Membership, PowerOfTwoConfig,
    RingConfig, Scheme, SchemeConfig,
};

use super::{bits, cluster};

fn picks(scheme: &mut Scheme, count: usize) -> Vec<usize> {
    (0..count).map(|_| scheme.pick(b"any", 0).unwrap().index()).collect()
}

fn choices(choices: u32, with_replacement: bool) -> SchemeConfig {
    SchemeConfig::PowerOfTwo(PowerOfTwoConfig { choices, with_replacement })
}

/// Every scheme, with small tables.
fn every_scheme() -> impl Iterator<Item = SchemeConfig> {
    SchemeConfig::NAMES.iter().map(|name| match SchemeConfig::named(name).unwrap() {
        SchemeConfig::Maglev(_) => SchemeConfig::Maglev(MaglevConfig { slots: 101 }),
        SchemeConfig::Ring(_) => {
            let bounded_load = Some(Factor::nearest(1.25));
            SchemeConfig::Ring(RingConfig { virtual_nodes: 8, bounded_load })
        }
        other => other,
    })
}

#[test]
fn smooth_round_robin_gives_the_sequences_of_the_catalogue() {
    // Validation catalogue B-SWRR-a to c.
    let cases: [(&[u32], &[usize]); 3] = [
        (&[5, 1, 1], &[0, 0, 1, 0, 2, 0, 0]),
        (&[4, 2, 1], &[0, 1, 0, 2, 0, 1, 0, 0, 1, 0, 2, 0, 1, 0]),
        (&[1, 1, 1], &[0, 1, 2, 0, 1, 2]),
    ];
    for (weights, sequence) in cases {
        let mut scheme = Scheme::build(&SchemeConfig::RoundRobin, &cluster(1, weights));
        assert_eq!(picks(&mut scheme, sequence.len()), sequence);
    }
}

/// The rule as nginx writes it: add, take the first largest, subtract the sum.
fn take_turn(credits: &mut [i64], weights: &[u32]) -> usize {
    let mut best = 0;
    for place in 0..weights.len() {
        credits[place] += i64::from(weights[place]);
        if credits[place] > credits[best] {
            best = place;
        }
    }
    credits[best] -= weights.iter().map(|&weight| i64::from(weight)).sum::<i64>();
    best
}

proptest! {
    #[test]
    fn smooth_round_robin_follows_the_rule_and_is_exact_over_a_round(
        weights in prop::collection::vec(1..6_u32, 1..8), stream: u64,
    ) {
        let mut scheme = Scheme::build(&SchemeConfig::RoundRobin, &cluster(stream, &weights));
        let mut credits = vec![0; weights.len()];
        let round: u32 = weights.iter().sum();
        let mut taken = vec![0; weights.len()];
        for _ in 0..2 * round {
            let place = scheme.pick(b"any", 0).unwrap().index();
            prop_assert_eq!(place, take_turn(&mut credits, &weights));
            taken[place] += 1;
        }
        prop_assert!(taken.iter().zip(&weights).all(|(&times, &weight)| times == 2 * weight));
    }

    #[test]
    fn round_robin_keeps_the_turns_of_those_that_stay(
        weights in prop::collection::vec(1..4_u32, 2..7),
        turns in 0..20_usize,
        joins: bool,
        stream: u64,
    ) {
        let mut cluster = cluster(stream, &weights);
        let mut scheme = Scheme::build(&SchemeConfig::RoundRobin, &cluster);
        let mut credits = vec![0; weights.len()];
        for _ in 0..turns {
            scheme.pick(b"any", 0);
            take_turn(&mut credits, &weights);
        }
        // Someone who cannot be chosen joins, or the first one leaves.
        let (first, weights) = if joins {
            cluster.join("idle", 0, None);
            (0, weights)
        } else {
            cluster.leave(BackendId::new(0));
            credits.remove(0);
            (1, weights[1..].to_vec())
        };
        scheme.update(&cluster);
        for _ in 0..20 {
            let place = take_turn(&mut credits, &weights);
            prop_assert_eq!(scheme.pick(b"any", 0).unwrap().index(), place + first);
        }
    }

    #[test]
    fn least_connections_is_a_linear_scan_with_the_same_draw(
        weights in prop::collection::vec(0..4_u32, 1..20),
        steps in prop::collection::vec((any::<u64>(), any::<prop::sample::Index>(), any::<bool>()), 1..200),
        stream: u64,
    ) {
        let cluster = cluster(stream, &weights);
        let mut scheme = Scheme::build(&SchemeConfig::LeastConnections, &cluster);
        let mut counts = vec![0_u32; weights.len()];
        for (chance, which, closes) in steps {
            let expected = least_of(&counts, &weights, chance);
            let picked = scheme.pick(b"any", chance);
            prop_assert_eq!(picked.map(BackendId::index), expected);
            if let Some(place) = expected {
                scheme.opened(BackendId::new(place as u32));
                counts[place] += 1;
            }
            if closes {
                let place = which.index(weights.len());
                scheme.closed(BackendId::new(place as u32));
                counts[place] = counts[place].saturating_sub(1);
            }
        }
        for (place, &count) in counts.iter().enumerate() {
            prop_assert_eq!(scheme.connections(BackendId::new(place as u32)), count);
        }
    }

    #[test]
    fn with_as_many_choices_as_backends_the_least_loaded_is_found(
        weights in prop::collection::vec(1..4_u32, 1..8),
        counts in prop::collection::vec(0..6_u32, 8),
        chance: u64,
    ) {
        let mut scheme = Scheme::build(&choices(8, false), &cluster(3, &weights));
        for (place, &count) in counts.iter().enumerate().take(weights.len()) {
            for _ in 0..count {
                scheme.opened(BackendId::new(place as u32));
            }
        }
        let place = scheme.pick(b"any", chance).unwrap().index();
        let load = |place: usize| f64::from(counts[place]) / f64::from(weights[place]);
        prop_assert!((0..weights.len()).all(|other| load(place) <= load(other)));
    }

    #[test]
    fn no_scheme_picks_a_backend_that_is_not_eligible_whatever_happens(
        steps in prop::collection::vec((0..6_u8, 0..10_u32, any::<u64>()), 1..80),
    ) {
        for config in every_scheme() {
            let mut cluster = Membership::new();
            let mut scheme = Scheme::build(&config, &cluster);
            for &(step, number, chance) in &steps {
                let id = BackendId::new(number);
                match step {
                    0 => {
                        cluster.join(&format!("b{number}"), (chance % 4) as u32, None);
                        scheme.update(&cluster);
                    }
                    1 => {
                        cluster.leave(id);
                        scheme.update(&cluster);
                    }
                    2 => {
                        let states = [BackendState::Ready, BackendState::Draining, BackendState::Down];
                        cluster.set_state(id, states[chance as usize % 3]);
                        scheme.update(&cluster);
                    }
                    3 => scheme.opened(id),
                    4 => scheme.closed(id),
                    _ if chance % 8 == 0 => scheme.forget_counts(),
                    _ => {}
                }
                let key = chance.to_le_bytes();
                let picked = scheme.pick(&key, chance);
                prop_assert_eq!(picked.is_some(), cluster.eligible().next().is_some());
                for id in picked.into_iter().chain(scheme.owner(&key)) {
                    prop_assert!(cluster.get(id).unwrap().is_eligible(), "{}", config.name());
                }
            }
        }
    }
}

/// The kth of those with the least connections for their weight, k by chance.
fn least_of(counts: &[u32], weights: &[u32], chance: u64) -> Option<usize> {
    let eligible = || (0..weights.len()).filter(|&place| weights[place] > 0);
    let at_most = |a: usize, b: usize| counts[a] * weights[b] <= counts[b] * weights[a];
    let tied: Vec<usize> =
        eligible().filter(|&place| eligible().all(|other| at_most(place, other))).collect();
    let rank = (u128::from(chance) * tied.len() as u128) >> 64;
    tied.get(rank as usize).copied()
}

#[test]
fn mod_hash_repeats_a_backend_by_its_weight_without_the_common_divisor() {
    let ids = |weights: &[u32], key: &str| {
        let scheme = Scheme::build(&SchemeConfig::ModHash, &cluster(1, weights));
        scheme.owner(key.as_bytes()).unwrap().index()
    };
    for key in (0..100).map(|number| format!("user-{number}")) {
        let hash = KeyHash::of(key.as_bytes()).bits();
        assert_eq!(ids(&[1, 1, 1], &key), (hash % 3) as usize);
        assert_eq!(ids(&[50, 50, 50], &key), (hash % 3) as usize);
        assert_eq!(ids(&[4, 2, 0], &key), [0, 0, 1][(hash % 3) as usize]);
    }
}

#[test]
fn counts_survive_a_change_of_membership_and_end_with_their_backend() {
    for config in every_scheme() {
        let mut cluster = cluster(1, &[1, 1]);
        let [first, second] = [BackendId::new(0), BackendId::new(1)];
        let mut scheme = Scheme::build(&config, &cluster);
        scheme.opened(first);
        scheme.opened(first);
        scheme.opened(second);
        cluster.leave(second);
        let third = cluster.join("third", 1, None);
        scheme.update(&cluster);
        assert_eq!([first, second, third].map(|id| scheme.connections(id)), [2, 0, 0]);
        scheme.closed(second);
        scheme.closed(third);
        scheme.closed(BackendId::new(u32::MAX));
        assert_eq!([first, second, third].map(|id| scheme.connections(id)), [2, 0, 0]);
    }
}

#[test]
fn a_draining_backend_keeps_its_count_for_the_day_it_is_back() {
    let mut cluster = cluster(1, &[1, 1]);
    let [first, second] = [BackendId::new(0), BackendId::new(1)];
    let mut scheme = Scheme::build(&SchemeConfig::LeastConnections, &cluster);
    scheme.opened(first);
    cluster.set_weight(first, 0);
    scheme.update(&cluster);
    scheme.opened(second);
    scheme.opened(second);
    cluster.set_weight(first, 1);
    scheme.update(&cluster);
    assert_eq!(scheme.pick(b"any", u64::MAX), Some(first));
}

#[test]
fn after_forgetting_all_counts_all_backends_tie_again() {
    let mut scheme = Scheme::build(&SchemeConfig::LeastConnections, &cluster(1, &[1, 1]));
    let first = scheme.pick(b"any", 0).unwrap();
    scheme.opened(first);
    assert_ne!(scheme.pick(b"any", 0), Some(first));
    scheme.forget_counts();
    assert_eq!(scheme.pick(b"any", 0), Some(first));
}

#[test]
fn only_hashing_schemes_have_owners() {
    for config in every_scheme() {
        let scheme = Scheme::build(&config, &cluster(1, &[1, 1]));
        assert_eq!(scheme.has_owners(), scheme.owner(b"any").is_some(), "{}", config.name());
        let counting = ["round_robin", "random", "least", "power_of_two"];
        let counts = counting.iter().any(|word| config.name().contains(word));
        assert_eq!(scheme.has_owners(), !counts, "{}", config.name());
    }
}

#[test]
fn picks_depend_on_chance_where_a_scheme_says_so() {
    for config in every_scheme() {
        // Ten picks, each opened, so that counts and turns have their say.
        let picks = |chance: u64| {
            let mut scheme = Scheme::build(&config, &cluster(1, &[1, 2, 1, 3]));
            let pick = |key: u64| {
                let backend = scheme.pick(&key.to_le_bytes(), chance).unwrap();
                scheme.opened(backend);
                backend
            };
            (0..10).map(pick).collect::<Vec<_>>()
        };
        let same = [1 << 20, 1 << 62, u64::MAX].iter().all(|chance| picks(*chance) == picks(0));
        assert_eq!(config.draws(), !same, "{}", config.name());
    }
}

#[test]
fn names_name_the_schemes_they_belong_to() {
    for (config, name) in every_scheme().zip(SchemeConfig::NAMES) {
        assert_eq!(config.name(), *name);
    }
    assert_eq!(SchemeConfig::named("roundrobin"), None);
}

#[test]
fn distinct_choices_follow_the_weights() {
    // Weights 1, 2, 5: the chance that a pair holds i is w_i/8 + the sum over j of
    // w_j/8 x w_i/(8 - w_j); with all idle but the last, a pair's other one is picked.
    let mut scheme = Scheme::build(&choices(2, false), &cluster(9, &[1, 2, 5]));
    scheme.opened(BackendId::new(2));
    let draws = 80_000;
    let mut seen = [0_u64; 3];
    for index in 0..draws {
        seen[scheme.pick(b"any", bits(9, index)).unwrap().index()] += 1;
    }
    let pair = |a: f64, b: f64| a / 8.0 * b / (8.0 - a) + b / 8.0 * a / (8.0 - b);
    let both_idle = pair(1.0, 2.0);
    let expected = [
        (pair(1.0, 5.0) + both_idle / 2.0) * draws as f64,
        (pair(2.0, 5.0) + both_idle / 2.0) * draws as f64,
    ];
    assert_eq!(seen[2], 0);
    // Chi-squared with one degree of freedom: 15.1 is exceeded once in 10,000.
    assert!(super::chi_squared(&seen[..2], &expected) < 15.1, "{seen:?} {expected:?}");
}

#[test]
fn choices_that_tie_are_drawn_evenly_though_the_heavy_one_is_mostly_drawn_first() {
    let mut scheme = Scheme::build(&choices(2, false), &cluster(9, &[1, 100]));
    let draws = 4_000;
    let heavy = (0..draws)
        .filter(|&index| scheme.pick(b"any", bits(11, index)) == Some(BackendId::new(1)))
        .count();
    // Binomial(4,000, 1/2): sd 31.6, so 4 sd are 126.
    assert!(heavy.abs_diff(2_000) < 126, "{heavy}");
}
