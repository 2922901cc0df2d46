//! What values that do not scatter prove, and how often that is wrong.

use ringstorm::engine::{Draws, Purpose};
use ringstorm::stats::chance::{Chance, Runs};
use ringstorm::stats::contrast::Contrast;
use ringstorm::stats::paired::{Paired, holm};
use ringstorm::stats::proportion::{newcombe, wilson};
use ringstorm::stats::shares::Shares;

fn paired(left: &[f64], right: &[f64]) -> (Option<f64>, Option<[f64; 2]>) {
    let found = Paired::of(left, right, Chance::Plays).unwrap();
    (found.p, found.ci95)
}

#[test]
fn pairs_that_agree_prove_what_a_sign_test_does() {
    assert_eq!(paired(&[23.0; 2], &[20.0; 2]), (Some(0.5), None));
    assert_eq!(paired(&[23.0, 24.0, 25.0], &[20.0, 21.0, 22.0]), (Some(0.25), None));
    assert_eq!(paired(&[23.0; 5], &[20.0; 5]), (Some(0.0625), None));
    // Six are the fewest by which it finds anything at 5%.
    assert_eq!(paired(&[23.0; 6], &[20.0; 6]), (Some(0.03125), Some([3.0, 3.0])));
    assert_eq!(paired(&[20.0; 2], &[20.0; 2]), (Some(1.0), Some([0.0, 0.0])));
}

#[test]
fn groups_that_agree_prove_what_a_permutation_test_does() {
    let welch = |n: usize, m: usize| {
        let found = Contrast::welch(&vec![23.0; n], &vec![20.0; m], Chance::Plays).unwrap();
        assert_eq!((found.difference, found.standard_error), (3.0, 0.0));
        (found.p, found.ci95)
    };
    for ((n, m), ways, ci95) in [
        ((2, 2), 6.0, None),
        ((3, 3), 20.0, None),
        ((2, 5), 21.0, None),
        ((4, 4), 70.0, Some([3.0, 3.0])),
    ] {
        let (p, interval) = welch(n, m);
        assert!((p - 2.0 / ways).abs() < 1e-12, "{n} and {m}: {p}");
        assert_eq!(interval, ci95, "{n} and {m}");
    }
}

#[test]
fn differences_that_are_equal_but_for_rounding_do_not_scatter() {
    // 0.3 - 0.1 and 0.4 - 0.2 differ in the last bit.
    assert_eq!(paired(&[0.3, 0.4], &[0.1, 0.2]).0, Some(0.5));
    let [low, high] = paired(&[0.1 + 0.2, 0.3], &[0.3, 0.3]).1.unwrap();
    assert!(low.to_bits() == high.to_bits() && low < 1e-16, "nor is this a difference: {low}");
}

#[test]
fn without_chance_a_difference_is_exact() {
    let found = Paired::of(&[23.0; 2], &[20.0; 2], Chance::Absent).unwrap();
    assert_eq!((found.p, found.ci95), (Some(0.0), Some([3.0, 3.0])));
    let found = Contrast::welch(&[23.0; 2], &[20.0; 2], Chance::Absent).unwrap();
    assert_eq!((found.p, found.ci95), (0.0, Some([3.0, 3.0])));
    let (all, none) = ([Some(true); 2], [Some(false); 2]);
    let found = Shares::of(&all, &none, true, Chance::Absent).unwrap();
    assert_eq!((found.p(), found.interval()), (0.0, [1.0, 1.0]));
}

#[test]
fn chance_has_no_part_where_every_replication_is_the_same_in_every_metric() {
    let of = |metrics: &[&[Option<f64>]]| Chance::of(metrics.iter().copied());
    let same = [Some(1.5); 3];
    assert_eq!(of(&[&same, &[None; 3]]), Chance::Absent);
    assert_eq!(of(&[&same, &[Some(1.0), Some(1.0), Some(2.0)]]), Chance::Plays);
    assert_eq!(of(&[&same, &[Some(1.0), Some(1.0), None]]), Chance::Plays);
    assert_eq!(of(&[&same[..1]]), Chance::Plays, "one run cannot tell");
    assert_eq!(of(&[]), Chance::Plays);
    assert_eq!(Chance::Absent.and(Chance::Absent), Chance::Absent);
    assert_eq!(Chance::Absent.and(Chance::Plays), Chance::Plays);
    assert_eq!(Chance::Plays.and(Chance::Absent), Chance::Plays);
}

#[test]
fn how_many_runs_are_needed_is_the_fewest_that_are_enough() {
    assert_eq!(Runs::Pairs(2).needed(1), Some(6));
    assert_eq!(Runs::Groups(2, 2).needed(1), Some(4));
    // 2 x 2^-n x 60 is at most 5% from n = 12 on.
    assert_eq!(Runs::Pairs(2).needed(60), Some(12));
}

/// Newcombe's interval for 2 of 2 against 2 of 2 is as wide as two runs are few.
#[test]
fn shares_of_runs_that_agree_by_chance_are_not_sure() {
    let two = [Some(true); 2];
    let apart = Shares::of(&two, &two, false, Chance::Plays).unwrap();
    assert_eq!((apart.difference(), apart.p()), (0.0, 1.0));
    assert_eq!(apart.interval(), newcombe((2, 2), (2, 2)).unwrap());
    assert!(apart.interval()[0] < -0.6);
    // Pairs that met the same draws and agree are the same share, of which 5% are left.
    let pairs = Shares::of(&two, &two, true, Chance::Plays).unwrap();
    assert_eq!(pairs.interval(), [0.0, 0.0]);
    let [low, high] = wilson(2, 2).unwrap();
    let [left, right] = pairs.interval_of_multiple(0.95);
    assert!((left - 0.05 * low).abs() < 1e-12 && (right - 0.05 * high).abs() < 1e-12);
    let [left, right] = pairs.interval_of_multiple(1.05);
    assert!((left + 0.05 * high).abs() < 1e-12 && (right + 0.05 * low).abs() < 1e-12);
    // Who had nothing to say is neither a yes nor a no, and no pair.
    let some = [Some(true), None];
    let unlike = Shares::of(&two, &some, true, Chance::Plays).unwrap();
    assert_eq!(unlike.interval(), newcombe((2, 2), (1, 1)).unwrap());
    assert_eq!(Shares::of(&two, &[None; 2], true, Chance::Plays), None);
}

/// Studies of equal policies, and metrics of each.
const STUDIES: u64 = 1_000;
const METRICS: u64 = 30;

/// A count of the metric in a run: how many of ten do what one in two, one in four, ... does.
fn count(study: u64, metric: u64, side: u64, run: u64) -> f64 {
    let draws = Draws::new(5, 0);
    let chance = [0.5, 0.25, 0.1, 0.02][metric as usize % 4];
    let does = |one: &u64| {
        let index = ((metric * 2 + side) * 32 + run) * 16 + one;
        draws.at(Purpose::new(1), study, index).unit() < chance
    };
    (0..10).filter(does).count() as f64
}

/// Of how many studies a difference of equal policies is claimed at 5%, and in how many some
/// metric differs without scatter.
fn claimed(runs: u64, p: fn(&[f64], &[f64]) -> (f64, bool)) -> (usize, usize) {
    let (mut claimed, mut agreeing) = (0, 0);
    for study in 0..STUDIES {
        let found = (0..METRICS).map(|metric| {
            let side = |side| (0..runs).map(|run| count(study, metric, side, run)).collect();
            let (new, base): (Vec<f64>, Vec<f64>) = (side(0), side(1));
            p(&new, &base)
        });
        let (raw, agree): (Vec<f64>, Vec<bool>) = found.unzip();
        claimed += usize::from(holm(&raw).iter().any(|p| *p <= 0.05));
        agreeing += usize::from(agree.contains(&true));
    }
    (claimed, agreeing)
}

#[test]
fn equal_policies_are_called_different_no_more_often_than_the_level_however_few_their_runs() {
    let pairs = |new: &[f64], base: &[f64]| {
        let found = Paired::of(new, base, Chance::Plays).unwrap();
        (found.p.unwrap(), found.difference.sd == 0.0 && found.difference.mean != 0.0)
    };
    let groups = |new: &[f64], base: &[f64]| {
        let found = Contrast::welch(new, base, Chance::Plays).unwrap();
        (found.p, found.standard_error == 0.0 && found.difference != 0.0)
    };
    // 5% of 1,000, and three standard deviations.
    let most = 50 + 21;
    for runs in [2, 3, 5, 10] {
        let (found, agreeing) = claimed(runs, pairs);
        assert!(found <= most, "{found} of {STUDIES} studies of {runs} pairs");
        assert!(runs > 2 || agreeing > 900, "{agreeing} of which Student's t would be certain");
        let (found, agreeing) = claimed(runs, groups);
        assert!(found <= most, "{found} of {STUDIES} studies of {runs} and {runs} runs");
        assert!(runs > 2 || agreeing > 400, "{agreeing} of which Welch's t would be certain");
    }
}
