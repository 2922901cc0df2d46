//! A ring under bounded loads.

use proptest::prelude::*;
use ringstorm::routing::{
    BackendId, Connections, Factor, KeyHash, Membership, Ring, RingConfig, Rules, Scheme,
    SchemeConfig,
};

use super::{bits, cluster};

fn config(factor: f64) -> RingConfig {
    RingConfig { virtual_nodes: 20, bounded_load: Some(Factor::nearest(factor)) }
}

fn bounded(factor: f64, cluster: &Membership) -> Scheme {
    Scheme::build(&SchemeConfig::Ring(config(factor)), cluster)
}

/// ceil(factor x connections x weight / weights), the factor in hundredths.
fn cap(hundredths: u32, connections: u32, weight: u32, weights: u32) -> u32 {
    (hundredths * connections * weight).div_ceil(100 * weights)
}

proptest! {
    #[test]
    fn a_connection_goes_to_its_first_candidate_below_the_cap(
        weights in prop::collection::vec(0..4_u32, 1..8),
        hundredths in 100..200_u32,
        steps in prop::collection::vec((any::<u8>(), any::<Option<prop::sample::Index>>()), 1..150),
        stream: u64,
    ) {
        let cluster = cluster(stream, &weights);
        let factor = f64::from(hundredths) / 100.0;
        let mut scheme = bounded(factor, &cluster);
        let ring = Ring::build(&config(factor), &cluster);
        let sum: u32 = weights.iter().sum();
        let mut held = vec![0_u32; weights.len()];
        for (key, closes) in steps {
            let key = bits(stream, u64::from(key % 16)).to_le_bytes();
            let connections: u32 = held.iter().sum::<u32>() + 1;
            let room = |id: &BackendId| {
                held[id.index()] < cap(hundredths, connections, weights[id.index()], sum)
            };
            let expected = ring.candidates(KeyHash::of(&key)).find(room);
            prop_assert_eq!(expected.is_some(), sum > 0, "somebody always has room");
            prop_assert_eq!(scheme.pick(&key, 0), expected);
            prop_assert_eq!(scheme.owner(&key), ring.owner(KeyHash::of(&key)));
            if let Some(id) = expected {
                scheme.opened(id);
                held[id.index()] += 1;
                prop_assert!(held[id.index()] <= cap(hundredths, connections, weights[id.index()], sum));
            }
            if let Some(which) = closes {
                let place = which.index(weights.len());
                scheme.closed(BackendId::new(place as u32));
                held[place] = held[place].saturating_sub(1);
            }
        }
    }
}

#[test]
fn one_hot_key_fills_backends_up_to_the_cap_in_order_of_preference() {
    let cluster = cluster(3, &[1; 5]);
    let mut scheme = bounded(1.25, &cluster);
    for _ in 0..300 {
        let id = scheme.pick(b"hot", 0).unwrap();
        scheme.opened(id);
    }
    let ring = Ring::build(&config(1.25), &cluster);
    let held: Vec<u32> =
        ring.candidates(KeyHash::of(b"hot")).map(|id| scheme.connections(id)).collect();
    assert_eq!(held, [75, 75, 75, 75, 0]);
}

#[test]
fn a_ring_without_a_scheme_keeps_its_bound_when_it_is_built_and_when_it_is_updated() {
    let mut cluster = cluster(3, &[1; 4]);
    let built = Ring::build(&config(1.25), &cluster);
    cluster.join("joined", 1, None);
    for mut ring in [built.updated(&cluster), Ring::build(&config(1.25), &cluster)] {
        let mut held = Connections::of(&cluster);
        for _ in 0..300 {
            let id = ring.pick(&held, b"hot", 0).unwrap();
            ring.recounted(held.opened(id).unwrap());
        }
        let held: Vec<u32> = ring.candidates(KeyHash::of(b"hot")).map(|id| held.to(id)).collect();
        assert_eq!(held, [75, 75, 75, 75, 0]);
    }
}

#[test]
fn a_ring_that_was_not_told_what_is_held_still_places_everybody() {
    let cluster = cluster(3, &[1; 4]);
    let mut ring = Ring::build(&config(1.0), &cluster);
    let mut held = Connections::of(&cluster);
    for backend in &cluster {
        held.opened(backend.id);
    }
    assert_eq!(ring.pick(&held, b"hot", 0), ring.owner(KeyHash::of(b"hot")));
}

#[test]
fn the_mean_counts_only_backends_that_can_be_chosen() {
    let mut cluster = cluster(3, &[1, 1]);
    let mut scheme = bounded(1.0, &cluster);
    let [first, second] = [BackendId::new(0), BackendId::new(1)];
    for _ in 0..10 {
        scheme.opened(first);
    }
    cluster.set_weight(first, 0);
    let third = cluster.join("third", 1, None);
    scheme.update(&cluster);
    for _ in 0..8 {
        let id = scheme.pick(b"hot", 0).unwrap();
        scheme.opened(id);
    }
    assert_eq!([first, second, third].map(|id| scheme.connections(id)), [10, 4, 4]);
    scheme.forget_counts();
    assert_eq!(scheme.pick(b"hot", 0), scheme.owner(b"hot"));
}

#[test]
fn factors_below_one_and_absurd_ones_still_place_everybody() {
    for factor in [0.0, -5.0, 0.3, f64::NAN, f64::INFINITY] {
        let mut scheme = bounded(factor, &cluster(3, &[1, 1, 1]));
        for index in 0..30 {
            let id = scheme.pick(&bits(1, index).to_le_bytes(), 0).unwrap();
            scheme.opened(id);
        }
    }
}
