//! What to close, in which order, how fast.

use proptest::prelude::*;
use ringstorm::routing::{BackendId, Held, Holding, KeyHash, Order, Pace, excess, moved};

use super::bits;

fn holdings(loads: &[(u32, u32)]) -> Vec<Holding> {
    let holding = |(place, &(connections, weight)): (usize, &(u32, u32))| Holding {
        backend: BackendId::new(place as u32),
        connections,
        weight,
    };
    loads.iter().enumerate().map(holding).collect()
}

proptest! {
    #[test]
    fn after_the_plan_nobody_who_closed_is_below_its_share_or_a_whole_one_above(
        loads in prop::collection::vec((0..500_u32, 0..4_u32), 0..9),
        percent in 0..50_u32,
        minimum in 0..60_u32,
    ) {
        let holdings = holdings(&loads);
        let plan = excess(&holdings, f64::from(percent) / 100.0, minimum);
        let connections: u32 = loads.iter().map(|load| load.0).sum();
        let weights: u32 = loads.iter().map(|load| load.1).sum();
        for holding in &holdings {
            let close = plan.iter().find(|excess| excess.backend == holding.backend).map_or(0, |excess| excess.close);
            let share = |factor: u64| u64::from(connections) * u64::from(holding.weight) * factor;
            let over = u64::from(holding.connections) * u64::from(weights) * 100
                > share(100 + u64::from(percent));
            if over && weights > 0 && holding.connections > minimum {
                let left = u64::from(holding.connections - close);
                let fair = share(1).div_ceil(u64::from(weights));
                prop_assert_eq!(left, fair.max(u64::from(minimum)).min(u64::from(holding.connections)));
            } else {
                prop_assert_eq!(close, 0);
            }
        }
    }

    #[test]
    fn no_window_of_closes_exceeds_rate_and_burst(
        rate in 1..2_000_u32, burst in 1..20_u32,
        gaps in prop::collection::vec(0..20_000_000_u64, 1..100),
    ) {
        let mut pace = Pace::new(f64::from(rate), burst);
        let mut now = 0;
        let mut times = Vec::new();
        for gap in gaps {
            now += gap;
            let at = pace.next(now);
            prop_assert!(at >= now);
            times.push(at);
        }
        prop_assert!(times.is_sorted());
        for (first, &start) in times.iter().enumerate() {
            for (last, &end) in times.iter().enumerate().skip(first) {
                let count = (last - first + 1) as f64;
                // A token bucket lets burst + rate x time through; 1 ns of rounding up.
                let allowed = f64::from(burst) + f64::from(rate) * ((end - start) + 1) as f64 / 1e9;
                prop_assert!(count <= allowed + 1e-6, "{count} closes, {allowed} allowed");
            }
        }
    }
}

#[test]
fn a_bound_that_binary_floats_would_miss_is_met_exactly() {
    // 100 x 1.15 is 114.99999999999999 in binary floating point.
    let at_bound = holdings(&[(115, 1), (85, 1)]);
    assert!(excess(&at_bound, 0.15, 0).is_empty());
    let above = holdings(&[(116, 1), (84, 1)]);
    assert_eq!(excess(&above, 0.15, 0)[0].close, 16);
}

#[test]
fn nobody_closes_when_there_is_nowhere_to_go() {
    assert!(excess(&holdings(&[(50, 0), (70, 0)]), 0.0, 0).is_empty());
    let draining = excess(&holdings(&[(50, 0), (0, 1)]), f64::NAN, 10);
    assert_eq!(draining.len(), 1);
    assert_eq!(draining[0].close, 40);
}

#[test]
fn absurd_tolerances_and_loads_do_not_overflow() {
    let loads = holdings(&[(u32::MAX, u32::MAX), (u32::MAX, 1), (u32::MAX, u32::MAX)]);
    for tolerance in [f64::INFINITY, f64::NEG_INFINITY, 1e300, -1.0, 0.0] {
        let closing = excess(&loads, tolerance, 0).len();
        assert_eq!(closing, usize::from(tolerance <= 0.0));
    }
}

#[test]
fn only_connections_with_a_new_owner_are_moved_in_the_order_given() {
    let [a, b] = [0, 1].map(BackendId::new);
    let old = |key: &[u8]| (key != b"new").then_some(a);
    let new = |key: &[u8]| match key {
        b"gone" => None,
        b"moves" | b"new" => Some(b),
        _ => Some(a),
    };
    let held = [(1, "moves"), (2, "stays"), (3, "gone"), (4, "new")];
    let plan: Vec<_> =
        moved(held, old, new).map(|one| (one.connection, one.from, one.to)).collect();
    assert_eq!(plan, [(1, Some(a), b), (4, None, b)]);
}

#[test]
fn the_random_order_is_fixed_by_the_keys_and_unrelated_to_their_hashes() {
    let held = |index: u64| Held {
        connection: index,
        key: KeyHash::from_bits(index << 54),
        opened_ns: bits(1, index),
    };
    let mut forwards: Vec<_> = (0..1000).map(held).collect();
    let mut backwards: Vec<_> = (0..1000).rev().map(held).collect();
    Order::Random.arrange(&mut forwards);
    Order::Random.arrange(&mut backwards);
    assert_eq!(forwards, backwards);
    // Of the first half, a hypergeometric number has a low hash: sd 7.9, 5 sd are 40.
    let low = forwards[..500].iter().filter(|one| one.connection < 500).count();
    assert!(low.abs_diff(250) < 40, "{low}");
}

#[test]
fn oldest_and_newest_go_by_the_time_of_opening() {
    let held = |opened_ns| Held { connection: opened_ns, key: KeyHash::of(b"k"), opened_ns };
    let mut list = [5, 2, 9].map(held);
    Order::Oldest.arrange(&mut list);
    assert_eq!(list.map(|one| one.connection), [2, 5, 9]);
    Order::Newest.arrange(&mut list);
    assert_eq!(list.map(|one| one.connection), [9, 5, 2]);
}

#[test]
fn a_pace_neither_gains_nor_loses_over_a_million_closes() {
    let mut pace = Pace::new(300.0, 1);
    let last = (0..1_000_001).map(|_| pace.next(0)).last();
    // A million intervals of a 300th of a second, each exact to 2^-32 ns.
    assert!(last.unwrap().abs_diff(3_333_333_333_334) <= 1, "{last:?}");
}

#[test]
fn idle_time_fills_the_bucket_no_further_than_its_burst() {
    let mut pace = Pace::new(1.0, 3);
    let second = 1_000_000_000;
    let later: Vec<u64> = (0..4).map(|_| pace.next(100 * second)).collect();
    assert_eq!(later, [100, 100, 100, 101].map(|at| at * second));
}

#[test]
fn rates_without_sense_mean_never_or_at_once() {
    for rate in [0.0, -1.0, f64::NAN, f64::MIN_POSITIVE] {
        assert_eq!(Pace::new(rate, 5).next(7), u64::MAX);
    }
    let mut at_once = Pace::new(f64::INFINITY, 0);
    assert!((0..100).all(|_| at_once.next(7) == 7));
}
