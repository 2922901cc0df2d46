//! Rounding and invariants of rolling updates.

use proptest::prelude::*;
use ringstorm::engine::SimDuration;
use ringstorm::policy::rollout::{Amount, Limits, Sets, is_available, is_done, next};

use super::support::at;

#[test]
fn a_surge_is_rounded_up_and_the_unavailable_down_for_every_fleet_and_percentage() {
    for wanted in 1..=30 {
        for percent in 0..=100 {
            // By search, not by division: the fewest that are not fewer, the most that are not more.
            let up = (0..=wanted).find(|servers| servers * 100 >= wanted * percent).unwrap();
            let down =
                (0..=wanted).rev().find(|servers| servers * 100 <= wanted * percent).unwrap();
            let limits = Limits::new(wanted, Amount::Percent(percent), Amount::Percent(percent));
            assert_eq!((limits.surge, limits.unavailable), (up, if up == 0 { 1 } else { down }));
        }
    }
}

/// The comment of `ResolveFenceposts`, and the documentation's 10 servers.
#[test]
fn the_published_examples_of_both_limits_together_hold() {
    let limits = |wanted, unavailable, surge| {
        let limits = Limits::new(wanted, Amount::Percent(surge), Amount::Percent(unavailable));
        (limits.surge, limits.unavailable)
    };
    assert_eq!(limits(2, 1, 0), (0, 1));
    assert_eq!(limits(1, 1, 0), (0, 1));
    assert_eq!(limits(2, 25, 1), (1, 0));
    assert_eq!(limits(1, 25, 1), (1, 0));
    assert_eq!(limits(2, 0, 1), (1, 0));
    assert_eq!(limits(1, 0, 1), (1, 0));
    assert_eq!(limits(10, 25, 25), (3, 2));
}

#[test]
fn no_more_may_be_unavailable_than_are_wanted() {
    assert_eq!(Limits::new(3, Amount::Servers(0), Amount::Servers(9)).unavailable, 3);
}

#[test]
fn an_amount_is_a_number_or_a_whole_percentage() {
    let read = |json: &str| serde_json::from_str::<Amount>(json);
    assert_eq!(read("3").unwrap(), Amount::Servers(3));
    assert_eq!(read("\"25%\"").unwrap(), Amount::Percent(25));
    for wrong in ["\"25\"", "\"2.5%\"", "\"101%\"", "\"+5%\"", "\"%\"", "0.25", "-1", "5000000000"]
    {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_server_is_available_once_it_has_been_ready_for_the_minimum() {
    let min_ready = SimDuration::from_secs(10);
    assert!(!is_available(at(14), Some(at(5)), min_ready));
    assert!(is_available(at(15), Some(at(5)), min_ready));
    assert!(!is_available(at(15), None, min_ready));
}

#[test]
fn old_servers_that_are_not_available_go_first_and_cost_no_availability() {
    let limits = Limits::new(10, Amount::Servers(3), Amount::Servers(2));
    let sets = Sets { old: 10, old_available: 6, new: 3, new_available: 3 };
    // 13 exist and 8 must be available: 5 may go, of which 4 are unhealthy; 9 are available.
    assert_eq!(next(limits, sets).old, 5);
    // New servers that do not come up hold the old ones: 13 - 8 - 5 leaves nothing.
    let stuck = Sets { old: 8, old_available: 7, new: 5, new_available: 0 };
    assert_eq!(next(limits, stuck).old, 8);
}

proptest! {
    /// New servers become available in any order, some late: there are never too many,
    /// never too few available, and it ends.
    #[test]
    fn an_update_keeps_its_limits_and_ends(
        wanted in 1_u32..40,
        surge in 0_u32..=100,
        unavailable in 0_u32..=100,
        ready in prop::collection::vec(1_u32..6, 400),
    ) {
        let limits = Limits::new(wanted, Amount::Percent(surge), Amount::Percent(unavailable));
        let mut sets = Sets { old: wanted, old_available: wanted, new: 0, new_available: 0 };
        let mut ready = ready.into_iter();
        while !is_done(limits, sets) {
            let sizes = next(limits, sets);
            if (sizes.old, sizes.new) == (sets.old, sets.new) {
                prop_assert!(sets.new_available < sets.new, "stuck at {:?}", sets);
                let more = ready.next().expect("each look makes one ready at least");
                sets.new_available = sets.new.min(sets.new_available + more);
            }
            sets = Sets { old: sizes.old, old_available: sizes.old, new: sizes.new, ..sets };
            prop_assert!(sets.old + sets.new <= wanted + limits.surge);
            prop_assert!(sets.old_available + sets.new_available >= wanted - limits.unavailable);
        }
    }
}
