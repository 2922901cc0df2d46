use std::collections::BTreeMap;

use proptest::prelude::*;
use ringstorm::plan::{Deck, RunId, Shard};

fn shard(index: u32, count: u32) -> Shard {
    format!("{index}/{count}").parse().unwrap()
}

/// The runs of every shard.
fn deal(policies: &[usize], replications: u32, count: u32) -> Vec<Vec<RunId>> {
    let deck = Deck::new(policies.iter().copied(), replications);
    (1..=count).map(|index| shard(index, count).runs(&deck).collect()).collect()
}

fn every_run(policies: &[usize], replications: u32) -> Vec<RunId> {
    let mut runs = Vec::new();
    for (point, policies) in policies.iter().enumerate() {
        for policy in 0..*policies {
            runs.extend((0..replications).map(|replication| RunId { point, policy, replication }));
        }
    }
    runs
}

/// How many of a shard's runs are of each policy at each point.
fn cases(runs: &[RunId]) -> BTreeMap<(usize, usize), usize> {
    let mut cases = BTreeMap::new();
    for run in runs {
        *cases.entry((run.point, run.policy)).or_default() += 1;
    }
    cases
}

proptest! {
    #[test]
    fn every_run_is_in_exactly_one_shard_and_shards_differ_by_one_run_at_most(
        policies in prop::collection::vec(0_usize..6, 1..5), replications in 1_u32..30, count in 1_u32..80
    ) {
        let shards = deal(&policies, replications, count);
        let sizes: Vec<usize> = shards.iter().map(Vec::len).collect();
        prop_assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1, "{sizes:?}");
        let mut dealt = shards.concat();
        dealt.sort();
        prop_assert_eq!(dealt, every_run(&policies, replications));
    }

    #[test]
    fn a_policy_at_a_point_is_spread_over_all_shards(
        policies in 1_usize..6, points in 1_usize..5, replications in 1_u32..40, count in 1_u32..40
    ) {
        let fair = replications / count;
        for runs in deal(&vec![policies; points], replications, count) {
            for of_case in cases(&runs).values() {
                // A case begins and ends in the middle of a round.
                prop_assert!(*of_case as u32 <= fair + 2);
            }
            if replications % count == 0 {
                let cases = cases(&runs);
                prop_assert_eq!(cases.len(), policies * points);
                prop_assert!(cases.values().all(|of_case| *of_case as u32 == fair));
            }
        }
    }
}

#[test]
fn where_there_are_as_many_shards_as_policies_no_shard_gets_one_policy_or_one_point_alone() {
    // One replication of four policies at six points; without a shift, shard 1 had only policy 0.
    for count in [2, 3, 4, 6, 8] {
        for runs in deal(&[4; 6], 1, count) {
            let policies: Vec<usize> = runs.iter().map(|run| run.policy).collect();
            assert!(policies.iter().any(|policy| *policy != policies[0]), "{count}: {runs:?}");
            let points: Vec<usize> = runs.iter().map(|run| run.point).collect();
            assert!(points.iter().any(|point| *point != points[0]), "{count}: {runs:?}");
        }
    }
}

#[test]
fn the_dealing_is_fixed_since_machines_must_agree() {
    let named = |run: &RunId| format!("{}{}", ['a', 'b'][run.policy], run.replication);
    let dealt: Vec<String> = deal(&[2], 5, 3)
        .iter()
        .map(|runs| runs.iter().map(named).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(dealt, ["a0 a4 b1", "a1 b0 b2 b4", "a2 a3 b3"]);
}

#[test]
fn more_runs_and_shards_than_can_be_counted_are_dealt_without_an_overflow() {
    let deck = Deck::new([usize::MAX, 3], u32::MAX);
    assert_eq!(deck.size(), u64::MAX);
    let last = shard(u32::MAX, u32::MAX);
    assert_eq!(last.runs(&deck).take(3).count(), 3);
    assert_eq!(last.runs(&Deck::new([], 1)).count(), 0);
    assert_eq!(last.runs(&Deck::new([1], 0)).count(), 0);
}

#[test]
fn a_shard_is_named_by_two_numbers() {
    assert_eq!(shard(2, 8).to_string(), "shard 2 of 8");
    assert_eq!((shard(2, 8).index(), shard(2, 8).count()), (2, 8));
    for text in
        ["", "/", "1", "1/", "/1", "0/1", "2/1", "0/0", "1/2/3", "-1/2", "1/4294967296", "1 / 2"]
    {
        assert!(text.parse::<Shard>().is_err(), "{text}");
    }
}
