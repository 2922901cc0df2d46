//! The statistics against the validation catalogue (cases S-...), and the reduction.

use ringstorm::stats::chance::Chance;
use ringstorm::stats::{imbalance, interval, mser, paired, proportion, quantile, student};

/// Whether two numbers agree to a relative error.
fn close(got: f64, expected: f64, relative: f64) -> bool {
    (got - expected).abs() <= relative * expected.abs().max(f64::MIN_POSITIVE)
        || (expected == 0.0 && got.abs() <= relative)
}

#[track_caller]
fn assert_close(got: f64, expected: f64, relative: f64) {
    assert!(close(got, expected, relative), "got {got}, expected {expected}");
}

#[test]
fn student_t_quantiles_are_those_of_the_tables() {
    // S-T-a
    for (p, df, expected) in [
        (0.975, 1.0, 12.706_204_74),
        (0.975, 9.0, 2.262_157_163),
        (0.975, 19.0, 2.093_024_054),
        (0.975, 29.0, 2.045_229_642),
        (0.9995, 19.0, 3.883_405_853),
        (0.995, 4.0, 4.604_094_871),
        (0.95, 10.0, 1.812_461_123),
    ] {
        assert_close(student::quantile(p, df), expected, 1e-8);
    }
}

#[test]
fn the_far_tail_of_student_t_keeps_its_digits() {
    // Closed forms: df = 1 is Cauchy, df = 2 has 1 - t / sqrt(t^2 + 2).
    for t in [0.01, 0.5, 1.0, 3.0, 1e3, 1e6] {
        let cauchy = 2.0 * libm::atan(1.0 / t) / std::f64::consts::PI;
        assert_close(student::two_sided_tail(t, 1.0), cauchy, 1e-12);
        let root = (t * t + 2.0).sqrt();
        assert_close(student::two_sided_tail(t, 2.0), 2.0 / (root * (root + t)), 1e-12);
    }
    assert!(student::two_sided_tail(0.0, 7.0) >= 1.0);
    assert!(student::two_sided_tail(f64::INFINITY, 7.0) <= 0.0);
    // At a million degrees of freedom it is the normal law but for 1 part in a million.
    assert_close(student::quantile(0.975, 1e6), 1.959_963_984_540_054, 2e-6);
}

#[test]
fn the_t_interval_of_ten_replications_is_that_of_the_textbook() {
    // S-CI-a
    let data = [9.8, 10.4, 10.1, 9.5, 10.9, 10.0, 9.7, 10.3, 10.2, 9.6];
    let estimate = interval::Estimate::of(&data).unwrap();
    assert_close(estimate.mean, 10.05, 1e-8);
    assert_close(estimate.sd, 0.424_918_292_8, 1e-8);
    assert_close(estimate.half_width().unwrap(), 0.303_968_235_2, 1e-8);
    let [low, high] = estimate.interval().unwrap();
    assert_close(low, 9.746_031_765, 1e-8);
    assert_close(high, 10.353_968_24, 1e-8);
}

#[test]
fn one_value_has_a_mean_and_no_interval_and_equal_values_have_no_width() {
    let one = interval::Estimate::of(&[0.1]).unwrap();
    assert_eq!((one.mean, one.interval()), (0.1, None));
    let equal = interval::Estimate::of(&[0.1; 7]).unwrap();
    assert_eq!((equal.mean, equal.interval()), (0.1, Some([0.1, 0.1])));
    assert_eq!(interval::Estimate::of(&[]), None);
}

#[test]
fn paired_differences_use_what_the_pairs_have_in_common() {
    // S-PAIR-a
    let a = [12.1, 15.3, 9.8, 11.4, 14.0, 10.6];
    let b = [11.2, 14.1, 9.1, 10.9, 12.7, 9.9];
    let paired = paired::Paired::of(&a, &b, Chance::Plays).unwrap();
    assert_close(paired.difference.mean, 0.883_333_333_3, 1e-8);
    assert_close(paired.difference.sd, 0.312_516_666_2, 1e-8);
    assert_close(paired.difference.half_width().unwrap(), 0.327_966_127_6, 1e-8);
    assert_close(paired.p.unwrap(), 0.000_964_242_758_5, 1e-8);
}

#[test]
fn policies_that_behave_alike_differ_by_exactly_nothing() {
    let values = [0.1, 0.2, 0.7];
    let same = paired::Paired::of(&values, &values, Chance::Plays).unwrap();
    assert_eq!((same.difference.mean, same.difference.sd, same.p), (0.0, 0.0, Some(1.0)));
    let shifted = paired::Paired::of(&[3.0, 4.0, 5.0], &[1.0, 2.0, 3.0], Chance::Plays).unwrap();
    assert_eq!((shifted.difference.mean, shifted.p), (2.0, Some(0.25)));
    assert_eq!(paired::Paired::of(&[1.0], &[2.0], Chance::Plays).unwrap().p, None);
}

#[test]
fn differences_that_cancel_are_no_evidence() {
    let cancel = paired::Paired::of(&[1.0, 2.0], &[2.0, 1.0], Chance::Plays).unwrap();
    assert_eq!(cancel.p, Some(1.0));
}

#[test]
fn holm_multiplies_by_how_many_are_left_and_never_falls() {
    // S-HOLM-a
    let adjusted = paired::holm(&[0.01, 0.04, 0.03, 0.005]);
    for (got, expected) in adjusted.iter().zip([0.03, 0.06, 0.06, 0.02]) {
        assert_close(*got, expected, 1e-12);
    }
    assert!(paired::holm(&[]).is_empty());
    assert_eq!(paired::holm(&[0.6, 0.7]), [1.0, 1.0]);
}

#[test]
fn quantiles_are_linear_between_order_statistics() {
    // S-QUANT-a, S-QUANT-b (type 7)
    let cases: [(&[f64], [f64; 5]); 2] = [
        (&[15.0, 20.0, 35.0, 40.0, 50.0], [16.0, 23.0, 35.0, 46.0, 49.6]),
        (&[1.1, 2.5, 3.2, 4.4, 5.0, 6.6, 7.1, 8.8, 9.7, 10.3], [1.73, 4.04, 5.8, 9.76, 10.246]),
    ];
    for (sorted, expected) in cases {
        for (p, expected) in [0.05, 0.3, 0.5, 0.9, 0.99].into_iter().zip(expected) {
            assert_close(quantile::of_sorted(sorted, p).unwrap(), expected, 1e-12);
        }
    }
    assert_eq!(quantile::of_sorted(&[], 0.5), None);
    assert_eq!(quantile::of_sorted(&[3.0], 0.99), Some(3.0));
}

#[test]
fn imbalance_measures_are_those_of_the_catalogue() {
    // S-IMB-a to S-IMB-d: loads, Jain, Gini, population cv, max over mean.
    let cases: [(&[f64], [f64; 4]); 4] = [
        (&[10.0, 10.0, 10.0, 10.0], [1.0, 0.0, 0.0, 1.0]),
        (&[1000.0, 0.0], [0.5, 0.5, 1.0, 2.0]),
        (
            &[500.0, 300.0, 150.0, 50.0],
            [250_000.0 / 365_000.0, 0.375, 0.678_232_998_312_526_8, 2.0],
        ),
        (
            &[142.0, 93.0, 123.0, 121.0, 121.0],
            [72_000.0 / 73_224.0, 1.0 / 15.0, 0.017_f64.sqrt(), 142.0 / 120.0],
        ),
    ];
    for (loads, [jain, gini, cv, max_over_mean]) in cases {
        assert_close(imbalance::jain(loads).unwrap(), jain, 1e-12);
        assert_close(imbalance::gini(loads).unwrap(), gini, 1e-12);
        assert_close(imbalance::coefficient_of_variation(loads).unwrap(), cv, 1e-12);
        assert_close(imbalance::max_over_mean(loads).unwrap(), max_over_mean, 1e-12);
    }
    for nothing in [&[][..], &[0.0, 0.0][..]] {
        assert_eq!(imbalance::max_over_mean(nothing), None);
        assert_eq!(imbalance::jain(nothing), None);
        assert_eq!(imbalance::gini(nothing), None);
        assert_eq!(imbalance::coefficient_of_variation(nothing), None);
    }
}

#[test]
fn mser_forgets_the_start_of_a_series_that_settles() {
    // S-MSER-a
    let start = [40, 35, 28, 25, 20, 18, 15, 13, 12, 11];
    let settled =
        [11, 10, 8, 8, 10, 8, 9, 12, 12, 9, 8, 8, 12, 9, 11, 11, 8, 12, 8, 9, 12, 9, 11, 12, 10];
    let rest = [11, 10, 8, 8, 10, 8, 9, 12, 12, 9, 8, 8, 12, 9, 11];
    let series: Vec<f64> = start
        .iter()
        .chain(&settled)
        .chain(&settled)
        .chain(&settled)
        .chain(&rest)
        .map(|&value| f64::from(value))
        .collect();
    assert_eq!(series.len(), 100);
    let found = mser::mser5(&series).unwrap();
    assert_eq!((found.batches, found.observations, found.too_short), (2, 10, false));
    assert_close(found.statistic, 0.012_482_853_22, 1e-9);
    assert_close(found.mean_after, 9.844_444_444, 1e-9);
}

#[test]
fn mser_says_that_a_trend_has_no_steady_state() {
    // S-MSER-c
    let series: Vec<f64> = (1..=20).map(f64::from).collect();
    let found = mser::mser5(&series).unwrap();
    assert_eq!((found.batches, found.observations, found.too_short), (2, 10, true));
    assert_close(found.statistic, 3.125, 1e-9);
    assert_close(found.mean_after, 15.5, 1e-9);
    assert_eq!(mser::mser5(&series[..9]), None);
}

#[test]
fn a_share_of_runs_is_never_certain_and_never_outside_0_and_1() {
    // S-PROP-a (Wilson)
    for (yes, n, expected) in [
        (0, 20, [0.0, 0.161_125_158_1]),
        (3, 50, [0.020_614_970_35, 0.162_170_916_9]),
        (127, 1000, [0.107_780_009_3, 0.149_074_752_6]),
        (20, 20, [0.838_874_841_9, 1.0]),
    ] {
        let interval = proportion::wilson(yes, n).unwrap();
        assert_close(interval[0], expected[0], 1e-8);
        assert_close(interval[1], expected[1], 1e-8);
    }
    assert_eq!(proportion::wilson(0, 0), None);
}
