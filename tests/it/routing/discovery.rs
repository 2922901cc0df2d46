//! The board behind `/gateway`.

use proptest::prelude::*;
use ringstorm::routing::{BackendId, Board, PowerOfTwoConfig, SelectRule};

use super::{bits, chi_squared, cluster};

const RULES: [SelectRule; 4] = [
    SelectRule::LeastLoaded,
    SelectRule::PowerOfTwo(PowerOfTwoConfig { choices: 2, with_replacement: false }),
    SelectRule::WeightedHeadroom { capacity: None },
    SelectRule::WeightedHeadroom { capacity: Some(4) },
];

fn board(rule: SelectRule, optimistic: bool, weights: &[u32]) -> Board {
    let mut board = Board::new(rule, optimistic);
    board.update(&cluster(1, weights));
    board
}

fn id(number: usize) -> BackendId {
    BackendId::new(number as u32)
}

/// How often each backend is picked.
fn frequencies(board: &Board, backends: usize, draws: u64) -> Vec<u64> {
    let mut board = board.clone();
    let mut seen = vec![0; backends];
    for index in 0..draws {
        seen[board.pick(bits(7, index), 0).unwrap().index()] += 1;
    }
    seen
}

proptest! {
    #[test]
    fn least_loaded_is_a_linear_scan_over_what_is_believed(
        weights in prop::collection::vec(0..4_u32, 1..12),
        steps in prop::collection::vec((any::<prop::sample::Index>(), 0..5_u32, any::<u64>()), 1..80),
        optimistic: bool,
        limit in prop::option::of(0..40_u64),
    ) {
        let mut board = Board::new(SelectRule::LeastLoaded, optimistic);
        if let Some(limit) = limit {
            board = board.expire_after(limit);
        }
        board.update(&cluster(1, &weights));
        let mut believed = vec![(0_u32, None::<u64>); weights.len()];
        for (now, (which, connections, chance)) in steps.into_iter().enumerate() {
            let (now, place) = (now as u64, which.index(weights.len()));
            if chance % 2 == 0 {
                board.report(id(place), connections, now);
                believed[place] = (connections, Some(now));
            }
            let fresh = |place: usize| {
                let (_, at) = believed[place];
                weights[place] > 0
                    && limit.is_none_or(|limit| at.is_none_or(|at| now - at <= limit))
            };
            let usable: Vec<usize> = (0..weights.len()).filter(|&place| fresh(place)).collect();
            let picked = board.pick(chance, now).map(BackendId::index);
            if usable.is_empty() {
                prop_assert_eq!(picked.is_some(), weights.iter().any(|&weight| weight > 0));
            } else {
                let load = |place: usize| (believed[place].0, weights[place]);
                let below = |a: (u32, u32), b: (u32, u32)| a.0 * b.1 < b.0 * a.1;
                let tied: Vec<usize> = usable
                    .iter()
                    .copied()
                    .filter(|&place| !usable.iter().any(|&other| below(load(other), load(place))))
                    .collect();
                let rank = (u128::from(chance) * tied.len() as u128) >> 64;
                prop_assert_eq!(picked, tied.get(rank as usize).copied());
            }
            if let (true, Some(place)) = (optimistic, picked) {
                believed[place].0 += 1;
            }
        }
    }

    #[test]
    fn expired_reports_are_not_used_while_others_are_fresh(
        old in prop::collection::vec(any::<bool>(), 2..8), chance: u64, again: u64,
    ) {
        for rule in RULES {
            let mut board = Board::new(rule, false).expire_after(100);
            board.update(&cluster(1, &vec![1; old.len()]));
            for (place, &old) in old.iter().enumerate() {
                board.report(id(place), 3, if old { 0 } else { 50 });
            }
            let picked = board.pick(chance, 150).unwrap().index();
            prop_assert!(!old[picked] || old.iter().all(|&old| old));
            // A report brings a backend back.
            board.report(id(0), 0, 151);
            let picked = board.pick(again, 152).unwrap().index();
            prop_assert!(picked == 0 || !old[picked]);
        }
    }
}

#[test]
fn a_board_that_is_not_optimistic_sends_a_herd_to_one_backend() {
    let mut board = board(SelectRule::LeastLoaded, false, &[1, 1, 1]);
    for (place, connections) in [5, 4, 6].into_iter().enumerate() {
        board.report(id(place), connections, 0);
    }
    assert!((0..50).all(|index| board.pick(bits(1, index), 1) == Some(id(1))));
}

#[test]
fn an_optimistic_board_fills_up_the_valley_until_the_next_report() {
    let mut board = board(SelectRule::LeastLoaded, true, &[1, 1]);
    board.report(id(0), 10, 0);
    board.report(id(1), 4, 0);
    for index in 0..6 {
        assert_eq!(board.pick(bits(1, index), 1), Some(id(1)));
    }
    assert_eq!([board.connections(id(0)), board.connections(id(1))], [10, 10]);
    board.report(id(1), 7, 2);
    assert_eq!(board.connections(id(1)), 7);
    assert_eq!(board.pick(0, 3), Some(id(1)));
}

#[test]
fn a_report_brings_an_expired_backend_back_under_every_rule() {
    for rule in RULES {
        let mut board = Board::new(rule, false).expire_after(100);
        board.update(&cluster(1, &[1, 1]));
        board.report(id(0), 2, 0);
        board.report(id(1), 2, 90);
        assert_eq!(board.pick(0, 150), Some(id(1)));
        board.report(id(0), 0, 151);
        let picked = (0..50).filter(|&index| board.pick(bits(3, index), 152) == Some(id(0)));
        assert!(picked.count() > 10, "{rule:?}");
    }
}

#[test]
fn a_report_that_comes_late_is_ignored() {
    let mut board = board(SelectRule::LeastLoaded, false, &[1]);
    board.report(id(0), 5, 100);
    board.report(id(0), 9, 99);
    assert_eq!(board.connections(id(0)), 5);
    assert_eq!(board.age(id(0), 130), Some(30));
    assert_eq!(board.age(id(0), 90), Some(0));
}

#[test]
fn a_new_backend_is_empty_and_one_that_left_is_forgotten() {
    let mut cluster = cluster(1, &[1]);
    let mut board = Board::new(SelectRule::LeastLoaded, false);
    board.update(&cluster);
    board.report(id(0), 5, 1);
    let second = cluster.join("second", 1, None);
    board.update(&cluster);
    assert_eq!((board.pick(0, 2), board.age(second, 2)), (Some(second), None));
    assert_eq!(board.connections(id(0)), 5, "those that stay are remembered");
    cluster.leave(id(0));
    board.update(&cluster);
    board.report(id(0), 9, 3);
    assert_eq!((board.connections(id(0)), board.age(id(0), 3)), (0, None));
}

#[test]
fn headroom_draws_in_proportion_to_the_room_below_the_capacity() {
    let capacity = Some(100);
    let mut board = board(SelectRule::WeightedHeadroom { capacity }, false, &[1, 2, 1]);
    for (place, connections) in [70, 140, 130].into_iter().enumerate() {
        board.report(id(place), connections, 0);
    }
    let seen = frequencies(&board, 3, 9_000);
    assert_eq!(seen[2], 0, "it holds more than it can");
    // Room 30 and 60. Chi-squared with one degree of freedom: 15.1 once in 10,000.
    assert!(chi_squared(&seen[..2], &[3_000.0, 6_000.0]) < 15.1, "{seen:?}");
}

#[test]
fn without_a_capacity_the_fullest_for_its_weight_sets_it() {
    let mut board = board(SelectRule::WeightedHeadroom { capacity: None }, false, &[1, 2, 1]);
    for (place, connections) in [90, 60, 60].into_iter().enumerate() {
        board.report(id(place), connections, 0);
    }
    let seen = frequencies(&board, 3, 9_000);
    assert_eq!(seen[0], 0, "the fullest has no room");
    // 90 x 2 - 60 = 120 and 90 - 60 = 30.
    assert!(chi_squared(&seen[1..], &[7_200.0, 1_800.0]) < 15.1, "{seen:?}");
}

#[test]
fn without_any_room_the_draw_goes_by_weight() {
    let board = board(SelectRule::WeightedHeadroom { capacity: None }, false, &[1, 3, 2]);
    let seen = frequencies(&board, 3, 6_000);
    // Chi-squared with two degrees of freedom: 18.4 once in 10,000.
    assert!(chi_squared(&seen, &[1_000.0, 3_000.0, 2_000.0]) < 18.4, "{seen:?}");
}

#[test]
fn extreme_reports_and_weights_are_harmless() {
    for rule in RULES {
        let mut board = Board::new(rule, true).expire_after(0);
        assert_eq!(board.pick(u64::MAX, u64::MAX), None);
        board.report(id(usize::MAX >> 40), u32::MAX, u64::MAX);
        board.update(&cluster(1, &[u32::MAX, 1, u32::MAX]));
        board.report(id(0), u32::MAX, 0);
        board.report(id(1), u32::MAX, 0);
        for chance in [0, 1 << 63, u64::MAX] {
            for now in [0, 1, u64::MAX] {
                assert!(board.pick(chance, now).is_some());
            }
        }
    }
}
